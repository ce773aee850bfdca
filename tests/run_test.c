#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/sweep.h"

#define TOY TEST_VECTORS "/onnx/ok_conv_pool_gemm.onnx"

static struct span text_span(const char *s)
{
	return (struct span){ s, strlen(s) };
}

Test(run, point_text_is_canonical_and_reproduces_itself)
{
	struct point p, again;
	struct err e;
	char text[POINT_TEXT], back[POINT_TEXT];

	cr_assert_eq(point_parse(&p, "group=8 codec=dict:64 bits=4 model=lenet5-digits trim=2", &e),
	             ST_OK, "%s", e.msg);
	point_text(&p, text);
	cr_assert_str_eq(
	        text,
	        "model=lenet5-digits data=auto batchnorm=separate quant=symmetric bits=4 scope=tensor "
	        "round=nearest scale=max trim=2 clip=none activations=f32 group=8 order=oihw "
	        "codec=dict:64 dict_scope=model decoder=ring lanes=1 port=64 array=ws:16x16 "
	        "tile_buffer=single memory=1MiB buffer=128KiB");
	cr_assert_eq(point_parse(&again, text, &e), ST_OK);
	point_text(&again, back);
	cr_assert_str_eq(text, back);
	point_lossy_text(&p, text);
	cr_assert_str_eq(
	        text,
	        "model=lenet5-digits data=auto batchnorm=separate quant=symmetric bits=4 scope=tensor "
	        "round=nearest scale=max trim=2 clip=none activations=f32");
}

static void expect_usage(const char *line, const char *words)
{
	struct point p;
	struct err e;

	cr_assert_eq(point_parse(&p, line, &e), ST_USAGE, "accepted: %s", line);
	cr_assert_not_null(strstr(e.msg, words), "'%s' does not say '%s'", e.msg, words);
}

/* What rests in the array and how tiles are buffered are part of the name; a named array is what it
 * stands for. */
Test(run, arrays_have_one_name)
{
	static const char *const same[][2] = {
		{"model=m array=tpu_v1",                           "model=m array=ws:256x256"  },
		{ "model=m array=eyeriss tile_buffer=single",      "model=m array=ws:12x14"    },
		{ "model=m codec=raw decoder=none array=os:016x8",
                 "model=m codec=raw array=os:16x8"                                             },
		{ "model=m decoder=unmodelled tile_buffer=double", "model=m decoder=unmodelled"},
	};
	struct point p;
	struct err e;
	char a[POINT_TEXT], b[POINT_TEXT];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		cr_assert_eq(point_parse(&p, same[i][0], &e), ST_OK, "%s", e.msg);
		point_text(&p, a);
		cr_assert_eq(point_parse(&p, same[i][1], &e), ST_OK, "%s", e.msg);
		point_text(&p, b);
		cr_expect_str_eq(a, b);
	}
	cr_assert_eq(point_parse(&p, "model=m array=is:3x5 tile_buffer=double", &e), ST_OK);
	cr_expect(p.array.flow == DATAFLOW_IS && p.array.rows == 3 && p.array.cols == 5);
	point_text(&p, a);
	cr_expect_not_null(strstr(a, " array=is:3x5 tile_buffer=double memory="));
	expect_usage("model=m tile_buffer=triple", "single|double");
}

/* Lanes are part of the name where there is a decoder, and share the array's weights evenly. */
Test(run, lanes_divide_the_array)
{
	struct point p;
	struct err e;
	char a[POINT_TEXT];

	cr_assert_eq(point_parse(&p, "model=m lanes=4 array=ws:3x8", &e), ST_OK, "%s", e.msg);
	point_text(&p, a);
	cr_expect_not_null(strstr(a, " decoder=ring lanes=4 port=64"));
	cr_assert_eq(point_parse(&p, "model=m codec=raw lanes=7", &e), ST_OK, "%s", e.msg);
	cr_expect_eq(p.lanes, 1u);
	cr_assert_eq(point_parse(&p, "model=m array=is:6x8 lanes=3", &e), ST_OK, "%s", e.msg);
	expect_usage("model=m array=ws:6x8 lanes=3", "no divisor of the 8 weights");
	expect_usage("model=m lanes=0", "1..64");
	expect_usage("model=m lanes=65", "1..64");
}

/* Equal work has one name: raw uses neither words nor dictionary scope nor order. */
Test(run, axes_that_do_not_apply_are_fixed)
{
	struct point p;
	struct err e;
	char a[POINT_TEXT], b[POINT_TEXT];

	cr_assert_eq(point_parse(&p, "model=m codec=raw group=8 dict_scope=layer order=array", &e),
	             ST_OK);
	point_text(&p, a);
	cr_assert_eq(point_parse(&p, "model=m codec=raw", &e), ST_OK);
	point_text(&p, b);
	cr_assert_str_eq(a, b);
	cr_assert_eq(point_parse(&p, "model=m quant=none codec=raw scope=channel", &e), ST_OK);
	cr_assert(p.quant.bits == 32 && p.quant.scope == SCOPE_TENSOR);
	cr_assert_eq(point_parse(&p, "model=m bits=8 clip=127", &e), ST_OK);
	cr_assert_eq(p.trim.clip, CLIP_NONE);
	cr_assert_eq(point_parse(&p, "model=m bits=8 clip=126", &e), ST_OK);
	cr_assert_eq(p.trim.clip, 126);
}

Test(run, bad_points_are_refused_with_advice)
{
	expect_usage("bits=4", "model must be given");
	expect_usage("model=m bots=4", "did you mean 'bits'");
	expect_usage("model=m bits=0", "expected 2..16");
	expect_usage("model=m bits=17", "takes 2..16");
	expect_usage("model=m trim=-1", "expected 0..");
	expect_usage("model=m bits=4 trim=8", "expected 0..7");
	expect_usage("model=m codec=dict:0", "1..65536");
	expect_usage("model=m codec=dict:1099511627776", "1..65536");
	expect_usage("model=m codec=dict", "dict:256");
	expect_usage("model=m codec=raw:4", "too many parameters, write raw");
	expect_usage("model=m codec=dixt:4", "did you mean 'dict'");
	expect_usage("model=m group=65", "1..64");
	expect_usage("model=m scope=global=x", "expected global|tensor|channel");
	expect_usage("model=m codec=raw decoder=ring", "use decoder=none");
	expect_usage("model=m array=ws:0x4", "ws|os|is:ROWSxCOLS");
	expect_usage("model=m memory=1MB", "KiB or MiB");
	expect_usage("model=m quant=none trim=1", "no integers");
	expect_usage("model=m word", "axis=value");
	expect_usage("model=m bits=4 bits=4", "bits stands twice");
	expect_usage("model=m quant=none bits=8", "takes 32..32");
}

/* Every axis has a default that it accepts, a column, help, and formats to what it parses. */
Test(run, axis_table_is_sound)
{
	struct point p;

	for (size_t i = 0; i < n_axes; i++) {
		char value[POINT_NAME];
		struct err e;

		point_init(&p);
		cr_assert(*axes[i].help && *axes[i].column && *axes[i].values);
		axes[i].format(&p, value, sizeof(value));
		if (*axes[i].initial)
			cr_assert_eq(axes[i].parse(&p, value, &e), ST_OK, "%s=%s", axes[i].name,
			             value);
		for (size_t j = 0; j < i; j++)
			cr_assert(strcmp(axes[i].name, axes[j].name) &&
			          strcmp(axes[i].column, axes[j].column));
	}
}

Test(run, row_fields_have_names_units_and_help)
{
	cr_assert_eq(field_find("bits_per_weight")->better, -1);
	cr_assert_str_eq(field_find("energy_pj")->unit, "pJ");
	cr_assert_null(field_find("nonesuch"));
	for (size_t i = 0; i < n_point_fields; i++)
		cr_assert(*point_fields[i].help);
}

static size_t count_points(const char *yaml, const char *const *sets, size_t n_sets)
{
	struct study *s;
	struct err e;
	size_t n;

	cr_assert_eq(study_parse(&s, text_span(yaml), "s.yaml", sets, n_sets, &e), ST_OK, "%s",
	             e.msg);
	n = s->n_points;
	study_free(s);
	return n;
}

/* 2 scopes x 3 trims x (2 groups x 5 dictionaries 1 2 4 8 16). */
Test(run, study_is_a_cross_product)
{
	const char *yaml = "name: x\ndefaults: { model: m, scope: [global, tensor] }\n"
	                   "grids:\n  - { bits: 5, trim: \"0..4:2\", group: [1, 8], "
	                   "codec: \"dict:1..16*2\" }\n";
	const char *sets[] = { "trim=1", "scope=[channel]" };

	cr_assert_eq(count_points(yaml, NULL, 0), 2 * 3 * 2 * 5);
	cr_assert_eq(count_points(yaml, sets, 2), 2 * 5);
	cr_assert_eq(count_points("points: [\"model=m bits=4\", \"model=m bits=5\"]\n", NULL, 0),
	             2);
}

Test(run, bad_sets_are_refused)
{
	const char *yaml = "grids:\n  - { model: m, bits: 4 }\n";
	const char *points = "points: [\"model=m bits=4\"]\n";
	const char *bad[] = { "bots=4", "bits", "bits=99", "bits=[]" };
	const char *good = "bits=5";
	struct study *s;
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		cr_assert_eq(study_parse(&s, text_span(yaml), "s", &bad[i], 1, &e), ST_USAGE, "%s",
		             bad[i]);
		cr_assert_not_null(strstr(e.msg, "--set"));
	}
	cr_assert_eq(study_parse(&s, text_span(points), "s", &good, 1, &e), ST_USAGE);
}

static void expect_study_error(const char *yaml, const char *words)
{
	struct study *s;
	struct err e;

	cr_assert_eq(study_parse(&s, text_span(yaml), "s.yaml", NULL, 0, &e), ST_USAGE,
	             "accepted: %s", yaml);
	cr_assert_null(s);
	cr_assert_not_null(strstr(e.msg, words), "'%s' does not say '%s'", e.msg, words);
}

Test(run, bad_studies_name_the_line_and_the_mend)
{
	expect_study_error("", "not a study");
	expect_study_error("- 1\n", "not a study");
	expect_study_error("name: x\n", "no points");
	expect_study_error("nam: x\n", "s.yaml:1: unknown key 'nam'; did you mean 'name'");
	expect_study_error("grids:\n  - { model: m,\n      bots: 4 }\n",
	                   "s.yaml:3: unknown axis 'bots'; did you mean 'bits'");
	expect_study_error("grids:\n  - { model: m, bits: 0 }\n", "s.yaml:2: bits: '0'");
	expect_study_error("grids:\n  - { model: m, trim: -1 }\n", "s.yaml:2: trim: '-1'");
	expect_study_error("grids:\n  - { model: m, codec: \"dict:0\" }\n", "1..65536");
	expect_study_error("grids:\n  - { model: m, codec: lzma }\n", "unknown codec 'lzma'");
	expect_study_error("grids:\n  - { model: m, bits: [] }\n", "empty list");
	expect_study_error("grids:\n  - { model: m, bits: {a: 1} }\n", "a value or a list");
	expect_study_error("grids:\n  - { model: m, bits: 4, bits: 5 }\n",
	                   "axis bits stands twice");
	expect_study_error("name: \"a\\nb\"\npoints: [\"model=m\"]\n",
	                   "s.yaml:1: expected one line");
	expect_study_error("grids:\n  - { bits: 4 }\n", "model must be given");
	expect_study_error("grids: [\n", "not valid YAML");
	expect_study_error("points: [\"model=m bits=99\"]\n", "s.yaml:1: bits");
	expect_study_error("grids:\n  - {model: m}\ndefaults: {bits: 4}\n", "before grids");
}

/* Rows collected in memory. */
struct rows {
	struct point_row point[512];
	struct energy_row energy[1024];
	size_t n_points, n_energies, n_lossy, n_layers;
	bool kill_worker;
};

static enum status on_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                            struct err *e)
{
	(void)r;
	(void)p;
	(void)e;
	((struct rows *)arg)->n_lossy++;
	return ST_OK;
}

static void kill_children(void)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
	f = fopen(path, "r");
	while (f && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (f)
		fclose(f);
}

static enum status on_point(void *arg, const struct point_row *r, const struct point *p,
                            struct err *e)
{
	struct rows *rows = arg;

	(void)p;
	(void)e;
	rows->point[rows->n_points++] = *r;
	if (rows->kill_worker) {
		rows->kill_worker = false;
		kill_children();
	}
	return ST_OK;
}

static enum status on_energy(void *arg, const struct energy_row *r, struct err *e)
{
	struct rows *rows = arg;

	(void)e;
	rows->energy[rows->n_energies++] = *r;
	return ST_OK;
}

static enum status on_layer(void *arg, const struct layer_row *r, struct err *e)
{
	(void)r;
	(void)e;
	((struct rows *)arg)->n_layers++;
	return ST_OK;
}

static const char toy_study[] =
        "defaults: { model: \"" TOY "\", data: none, memory: 64KiB, buffer: 64KiB }\n"
        "grids:\n"
        "  - { quant: none, codec: [raw, \"dict:2\"] }\n"
        "  - { bits: 3..6, trim: 0..2, group: [1, 2], codec: [raw, \"dict:1..4*2\"] }\n"
        "  - { quant: affine, bits: 4, scope: channel, codec: [\"dict:3\"], dict_scope: layer }\n";

static struct rows *run_study(const char *yaml, unsigned jobs, bool kill_worker, enum status want,
                              struct sweep_counts *counts)
{
	static const char *const tech[] = { "45nm-lstp" };
	struct rows *rows = calloc(1, sizeof(*rows));
	const struct row_sink sink = { rows, on_lossy, on_point, on_energy, on_layer, NULL, NULL };
	const struct sweep_options o = { .jobs = jobs, .technology = tech, .n_technologies = 1 };
	struct study *s;
	struct library l;
	struct plan *p;
	struct err e = { 0 };

	signal(SIGPIPE, SIG_IGN); /* as the command line does */
	rows->kill_worker = kill_worker;
	cr_assert_eq(study_parse(&s, text_span(yaml), "toy", NULL, 0, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(library_init(&l, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(plan_make(&p, s, &l, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(sweep_run(p, &l, &o, &sink, counts, &e), want, "%s", e.msg);
	plan_free(p);
	library_release(&l);
	study_free(s);
	return rows;
}

static int by_key(const void *x, const void *y)
{
	return strcmp(((const struct point_row *)x)->key, ((const struct point_row *)y)->key);
}

Test(run, rows_do_not_depend_on_the_number_of_jobs)
{
	struct sweep_counts counts;
	struct rows *one = run_study(toy_study, 1, false, ST_OK, &counts);
	struct rows *three = run_study(toy_study, 3, false, ST_OK, &counts);

	cr_assert_gt(one->n_points, 60);
	cr_assert_eq(one->n_points, three->n_points);
	cr_assert_eq(one->n_energies, one->n_points);
	qsort(one->point, one->n_points, sizeof(one->point[0]), by_key);
	qsort(three->point, three->n_points, sizeof(three->point[0]), by_key);
	cr_assert_eq(memcmp(one->point, three->point, one->n_points * sizeof(one->point[0])), 0);
	for (size_t i = 0; i < one->n_points; i++)
		cr_assert(!strcmp(one->point[i].status, "ok") && one->point[i].verified == 1);
	free(one);
	free(three);
}

/* The raw point's own energy is the raw baseline of every point with the same lossy prefix. */
Test(run, raw_baseline_is_the_raw_point)
{
	struct sweep_counts counts;
	struct rows *r = run_study("grids:\n  - { model: \"" TOY "\", data: none, bits: 8, "
	                           "memory: 64KiB, buffer: 64KiB, codec: [raw, \"dict:4\"] }\n",
	                           1, false, ST_OK, &counts);

	cr_assert_eq(r->n_points, 2);
	cr_assert_eq(r->energy[0].energy_raw_pj, r->energy[1].energy_raw_pj);
	for (size_t i = 0; i < 2; i++)
		if (strstr(r->point[i].point, "codec=raw"))
			cr_assert_eq(r->energy[i].energy_pj, r->energy[i].energy_raw_pj);
		else
			cr_assert_neq(r->energy[i].energy_pj, r->energy[i].energy_raw_pj);
	cr_assert_eq(r->energy[0].energy_int8_pj, r->energy[0].energy_raw_pj); /* 8 bits */
	free(r);
}

/* fp32 passes through the whole pipeline unchanged, also a weight whose lower half is 0x8000. */
Test(run, no_quantizer_no_error)
{
	struct library l;
	struct pipeline *pl;
	struct point p;
	struct lossy_row row;
	struct err e;

	cr_assert_eq(library_init(&l, &e), ST_OK);
	cr_assert_eq(point_parse(&p, "model=lenet300-digits data=none quant=none codec=raw", &e),
	             ST_OK);
	cr_assert_eq(pipeline_create(&pl, &l, &e), ST_OK);
	cr_assert_eq(pipeline_lossy(pl, &p, "key", 0, &row, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(row.weight_rmse, 0);
	pipeline_free(pl);
	library_release(&l);
}

/* A worker killed in the middle of its task: the rest of that task fails by name, others go on. The
 * first task has far more rows than a pipe holds, so the worker cannot have finished it. */
Test(run, a_dead_worker_takes_only_its_task_along)
{
	struct sweep_counts counts;
	struct rows *r = run_study("defaults: { model: \"" TOY "\", data: none, memory: 64KiB, "
	                           "buffer: 64KiB }\n"
	                           "grids:\n  - { bits: 3, group: 1..8, codec: \"dict:1..16\" }\n"
	                           "  - { bits: 4..6, codec: raw }\n",
	                           1, true, ST_FAILED, &counts);
	size_t failed = 0;

	cr_assert_eq(r->n_points, 8 * 16 + 3);
	for (size_t i = 0; i < r->n_points; i++)
		if (!strcmp(r->point[i].status, "failed")) {
			cr_assert_not_null(strstr(r->point[i].reason, "signal 9"));
			cr_assert_not_null(strstr(r->point[i].point, "bits=3"));
			cr_assert_eq(r->point[i].compressed_bits, ROW_NO_INT);
			failed++;
		}
	cr_assert(failed > 0 && failed == counts.failed);
	free(r);
}

Test(run, a_group_larger_than_a_layer_is_refused_before_anything_runs)
{
	struct study *s;
	struct library l;
	struct plan *p;
	struct err e;

	cr_assert_eq(study_parse(&s,
	                         text_span("grids:\n  - { model: \"" TOY "\", data: none, "
	                                   "group: 64, codec: \"dict:4\" }\n"),
	                         "s.yaml", NULL, 0, &e),
	             ST_OK);
	cr_assert_eq(library_init(&l, &e), ST_OK);
	cr_assert_eq(plan_make(&p, s, &l, &e), ST_USAGE);
	cr_assert_not_null(strstr(e.msg, "s.yaml:2: group"), "%s", e.msg);
	library_release(&l);
	study_free(s);
}

Test(run, a_missing_price_is_an_error_before_anything_runs)
{
	struct study *s;
	struct library l;
	struct plan *p;
	struct err e;

	cr_assert_eq(study_parse(&s,
	                         text_span("technologies: 45nm-lstp\ngrids:\n  - { model: \"" TOY
	                                   "\", data: none, memory: 1KiB, codec: raw }\n"),
	                         "s.yaml", NULL, 0, &e),
	             ST_OK);
	cr_assert_eq(library_init(&l, &e), ST_OK);
	cr_assert_eq(plan_make(&p, s, &l, &e), ST_USAGE);
	cr_assert_not_null(strstr(e.msg, "sram_read"), "%s", e.msg);
	library_release(&l);
	study_free(s);
}
