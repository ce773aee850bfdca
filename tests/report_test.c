#include "plugins.h"
#include "report/figure.h"
#include "report/figure_parts.h"
#include "report/pareto.h"
#include "store_rows.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct table table_of(const char *const *columns, size_t n_columns, size_t n_rows)
{
	struct table t = { .n_columns = n_columns, .n_rows = n_rows };

	t.column = ARENA_NEW(&t.arena, const char *, n_columns);
	t.cell = ARENA_NEW(&t.arena, struct cell, n_columns * n_rows);
	cr_assert(t.column && t.cell);
	memcpy(t.column, columns, n_columns * sizeof(*columns));
	return t;
}

static void put_int(struct table *t, size_t row, size_t column, int64_t value)
{
	t->cell[row * t->n_columns + column] = (struct cell){ .type = CELL_INT, .i = value };
}

static void put_real(struct table *t, size_t row, size_t column, double value)
{
	t->cell[row * t->n_columns + column] = (struct cell){ .type = CELL_REAL, .r = value };
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* The definition, applied pair by pair: a row stays unless another of its group is at least as good
 * in every column and better in one, or equal and earlier. Columns 0..n-1 are minimised. */
static bool stays(const struct table *t, size_t r, size_t n, size_t group)
{
	for (size_t i = 0; i < n; i++)
		if (table_cell(t, r, i)->type == CELL_NULL)
			return false;
	for (size_t o = 0; o < t->n_rows; o++) {
		bool covers = o != r && table_cell(t, o, group)->i == table_cell(t, r, group)->i;
		bool better = false;

		for (size_t i = 0; i < n; i++) {
			const struct cell *a = table_cell(t, o, i), *b = table_cell(t, r, i);

			covers = covers && a->type != CELL_NULL && a->i <= b->i;
			better = better || a->i < b->i;
		}
		if (covers && (better || o < r))
			return false;
	}
	return true;
}

/* Random tables with ties, missing values and one to three objectives against the definition. */
Test(report, pareto_equals_definition)
{
	static const char *const columns[] = { "a", "b", "c", "g", "id" };
	static const char *const objectives[] = { "-a", "-a,-b", "-a,-b,-c" };
	uint32_t seed = 1;

	for (size_t trial = 0; trial < 300; trial++) {
		size_t n = next_random(&seed) % 60, wanted = 0, n_objectives = 1 + trial % 3;
		struct table t = table_of(columns, 5, n), all;
		struct err err = { 0 };

		for (size_t r = 0; r < n; r++) {
			for (size_t c = 0; c < 3; c++)
				if (next_random(&seed) % 12)
					put_int(&t, r, c, next_random(&seed) % 9);
			put_int(&t, r, 3, trial % 2 ? next_random(&seed) % 3 : 0);
			put_int(&t, r, 4, (int64_t)r);
		}
		all = t;
		OK(pareto_filter(&t, objectives[n_objectives - 1], trial % 2 ? "g" : NULL, &err));
		all.arena = t.arena;
		for (size_t r = 0; r < n; r++)
			wanted += stays(&all, r, n_objectives, 3);
		cr_assert_eq(t.n_rows, wanted, "trial %zu", trial);
		for (size_t r = 0; r < t.n_rows; r++) {
			cr_assert(stays(&all, (size_t)table_cell(&t, r, 4)->i, n_objectives, 3));
			if (r && table_cell(&t, r, 3)->i == table_cell(&t, r - 1, 3)->i)
				cr_assert_leq(table_cell(&t, r - 1, 0)->i, table_cell(&t, r, 0)->i);
		}
		table_release(&t);
	}
}

/* Smaller bits_per_weight and larger top1 are better, as the fields say. Of the points
 * (4, 99) (2, 98) (3, 97) (2, 98) (1, 90) the third loses to the second and the fourth equals it.
 */
Test(report, pareto_takes_directions_from_fields)
{
	static const char *const columns[] = { "bits_per_weight", "top1" };
	static const double points[][2] = {
		{4,  99},
                { 2, 98},
                { 3, 97},
                { 2, 98},
                { 1, 90}
	};
	static const double front[][2] = {
		{1,  90},
                { 2, 98},
                { 4, 99}
	};
	struct table t = table_of(columns, 2, 5);
	struct err err = { 0 };

	for (size_t r = 0; r < 5; r++)
		for (size_t c = 0; c < 2; c++)
			put_real(&t, r, c, points[r][c]);
	OK(pareto_filter(&t, "bits_per_weight,top1", NULL, &err));
	cr_assert_eq(t.n_rows, 3);
	for (size_t r = 0; r < 3; r++)
		for (size_t c = 0; c < 2; c++)
			cr_assert_float_eq(table_cell(&t, r, c)->r, front[r][c], 0);
	/* Best first also when more is better: top1 leads, from the most accurate down. */
	OK(pareto_filter(&t, "top1,bits_per_weight", NULL, &err));
	cr_assert_eq(t.n_rows, 3);
	cr_assert_float_eq(table_cell(&t, 0, 1)->r, 99, 0);
	/* With both directions turned round one point is best in both. */
	OK(pareto_filter(&t, "+bits_per_weight,+top1", NULL, &err));
	cr_assert_eq(t.n_rows, 1);
	table_release(&t);
}

Test(report, pareto_refuses)
{
	static const char *const columns[] = { "bits_per_weight", "model", "bits" };
	static const char *const wrong[] = { "",      ",",     "bits_per_weight,", "-", "bitts",
		                             "model", "-model" };
	struct table t = table_of(columns, 3, 1);
	struct err err = { 0 };

	t.cell[1] = (struct cell){ .type = CELL_TEXT, .t = "m" };
	put_real(&t, 0, 0, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert_eq(pareto_filter(&t, wrong[i], NULL, &err), ST_USAGE, "%s", wrong[i]);
		cr_assert(strlen(err.msg) > 20);
	}
	cr_assert_eq(pareto_filter(&t, "bits", NULL, &err), ST_USAGE);
	cr_assert(strstr(err.msg, "-bits or +bits"), "%s", err.msg);
	cr_assert_eq(pareto_filter(&t, "bits_per_weight", "group", &err), ST_USAGE);
	cr_assert_eq(t.n_rows, 1);
	OK(pareto_filter(&t, "bits_per_weight", "model", &err));
	cr_assert_eq(t.n_rows, 1);
	table_release(&t);
}

/* What is not a single quote or a control character goes through; a literal ends where it should.
 */
Test(report, quoting)
{
	static const struct {
		const char *value, *quoted;
	} cases[] = {
		{"lenet",             "'lenet'"        },
		{ "it's",             "'it''s'"        },
		{ "'",                "''''"           },
		{ "a`touch x`b",      "'a`touch x`b'"  },
		{ "a\nquit",          "'a?quit'"       },
		{ "\"%s\\",           "'\"%s\\'"       },
		{ "\x1b[31m\xc2\xb5", "'?[31m\xc2\xb5'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = { 0 };

		figure_quote(&t, cases[i].value);
		cr_assert_str_eq(text_str(&t), cases[i].quoted);
		text_release(&t);
	}
}

/* Blocks are separated by two empty lines, which is how gnuplot counts them; an empty table draws
 * nothing; integers look real so that gnuplot does not divide them as integers. */
Test(report, data_format)
{
	static const char *const columns[] = { "x", "name" };
	struct figure_data d = { 0 };
	struct table t = table_of(columns, 2, 2), none = table_of(columns, 2, 0);
	struct err err = { 0 };

	put_int(&t, 0, 0, 7);
	put_real(&t, 1, 0, 0.25);
	t.cell[1] = (struct cell){ .type = CELL_TEXT, .t = "a\tb#" };
	OK(figure_block(&d, "one", &t, &err));
	OK(figure_block(&d, "empty", &none, &err));
	OK(figure_block(&d, "two", &t, &err));
	OK(figure_number(&d, "n", 32, &err));
	OK(figure_number(&d, "h", 0.5, &err));
	OK(figure_number(&d, "missing", (double)NAN, &err));
	OK(figure_string(&d, "s", "it's", &err));
	cr_assert_str_eq(text_str(&d.dat), "# one\n# x\tname\n7\ta?b?\n0.25\tNaN\n"
	                                   "\n\n# empty\n# x\tname\nNaN\tNaN\n"
	                                   "\n\n# two\n# x\tname\n7\ta?b?\n0.25\tNaN\n");
	cr_assert_str_eq(text_str(&d.variables), "one = 0\nn_one = 2\nempty = 1\nn_empty = 0\n"
	                                         "two = 2\nn_two = 2\nn = 32.0\nh = 0.5\n"
	                                         "missing = NaN\ns = 'it''s'\n");
	figure_data_release(&d);
	table_release(&t);
	table_release(&none);
}

/* Labels end up apart, inside and in their order, and stay where they are when nothing is wrong. */
Test(report, labels_spread)
{
	uint32_t seed = 2;

	for (size_t trial = 0; trial < 200; trial++) {
		size_t n = 1 + next_random(&seed) % 8;
		double y[8], before[8];

		for (size_t i = 0; i < n; i++)
			before[i] = y[i] = next_random(&seed) % 1000 / 1000.0;
		figure_spread(y, n, 0.1, 0, 1);
		for (size_t i = 0; i < n; i++) {
			cr_assert(y[i] >= -1e-9 && y[i] <= 1 + 1e-9, "%g", y[i]);
			for (size_t j = 0; j < n; j++)
				if (before[i] < before[j])
					cr_assert(y[j] - y[i] > 0.099, "%g %g", y[i], y[j]);
		}
	}
	{
		double y[] = { 0.5, 0.1, (double)NAN, 0.9 };

		figure_spread(y, 4, 0.1, 0, 1);
		cr_assert(y[0] == 0.5 && y[1] == 0.1 && isnan(y[2]) && y[3] == 0.9);
	}
}

/* One point with its accuracy and energy. */
static void put_row(struct store *s, const char *model, int bits, int trim, int group, int d,
                    double loss, double bits_per_weight, struct err *e)
{
	struct err err = *e;
	struct row_sink sink = store_sink(s);
	struct energy_row energy;
	struct sample x;
	char line[512];

	snprintf(line, sizeof(line), "model=%s data=none bits=%d trim=%d group=%d codec=%s%.0d",
	         model, bits, trim, group, d ? "dict:" : "raw", d);
	x = sample_make(line, 1);
	x.lossy.top1_fp32 = 98;
	x.lossy.top1 = 98 - loss;
	x.lossy.top1_low = x.lossy.top1 - 0.3;
	x.lossy.top1_high = x.lossy.top1 + 0.3;
	x.lossy.top1_delta = -loss;
	x.lossy.images = 1000;
	x.lossy.weights = 1000;
	x.lossy.entropy0_bits = bits / 2.0 - trim * 0.2;
	x.point.bits_per_weight = bits_per_weight;
	x.point.ratio_fp32 = 32 / x.point.bits_per_weight;
	x.point.entries = d ? d : ROW_NO_INT;
	x.point.inference_cycles = 1000 + 4000 / group;
	x.point.load_stalls = 4000 / group;
	x.point.weights_per_cycle = group;
	energy = sample_energy(&x, "t1", 1);
	energy.energy_pj = 1e5 * x.point.bits_per_weight;
	energy.energy_raw_pj = 1e5 * bits;
	energy.energy_int8_pj = 8e5;
	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &energy, &err));
	for (int i = 0; i < 2; i++) {
		struct layer_row layer = sample_layer(&x, i, 1);

		layer.layer_stream_bits = 40 + 10 * i;
		layer.layer_dict_bits = 20;
		layer.layer_side_bits = 5;
		OK(sink.layer(sink.arg, &layer, &err));
	}
	if (trim == 0) {
		const int32_t value[] = { -1, 0, 1, 5 };
		const int64_t count[] = { 100, 700, 150, 50 };

		OK(store_put_histogram(s, x.lossy.lossy_key, value, count, 4, &err));
	}
}

/* Sizes and losses follow from bits, trim, group, D. */
static void put_point(struct store *s, const char *model, int bits, int trim, int group, int d,
                      struct err *e)
{
	double loss = (trim == 7 ? 80 : trim * 0.4) + (bits < 6 ? 0.9 : 0.05);

	put_row(s, model, bits, trim, group, d, loss,
	        d ? bits / 2.0 + 6.0 / (group + d) - trim * 0.1 : bits, e);
}

static struct store *study(const char *db, const char *model)
{
	static const int groups[] = { 1, 4, 16 }, entries[] = { 1, 16, 256 };
	struct store *s = store_with_facts(db);
	struct err err = { 0 };

	OK(put_model(s, model, &err));
	for (int bits = 4; bits <= 8; bits += 4)
		for (int trim = 0; trim < 2; trim++) {
			put_point(s, model, bits, trim, 1, 0, &err);
			for (size_t g = 0; g < 3; g++)
				for (size_t d = 0; d < 3; d++)
					put_point(s, model, bits, trim, groups[g], entries[d],
					          &err);
		}
	OK(store_flush(s, &err));
	return s;
}

static void count_file(void *arg, const char *path)
{
	cr_assert(file_exists(path), "%s", path);
	++*(int *)arg;
}

static struct span read_figure(struct arena *a, const char *dir, const char *file)
{
	struct err err = { 0 };
	struct span span;

	OK(file_read(a, arena_printf(a, "%s/%s", dir, file), 1 << 24, &span, &err));
	return span;
}

/* These are about the networks that claims name. */
static bool of_claims(const struct figure *f)
{
	return f == &figure_claims || f == &figure_reach137;
}

/* A network of the claims at 8.16x without loss, and at 160x with 11 % of its accuracy. */
Test(report, figures_of_claims)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "lenet5-mnist");
	int n = 0;
	struct figure_request r = { t.dir, "svg", 3.5, count_file, &n };
	struct arena a = { 0 };
	struct err err = { 0 };
	struct span first, again;

	put_row(s, "lenet5-mnist", 3, 1, 16, 1, 87, 0.2, &err);
	OK(store_flush(s, &err));
	OK(figure_draw(&figure_reach137, s, &r, &err));
	cr_assert(strstr(read_figure(&a, t.dir, "reach137.dat").p, "\n1\tlenet5-mnist\t98\t11\t"));
	OK(figure_draw(&figure_claims, s, &r, &err));
	first = read_figure(&a, t.dir, "claims.svg");
	OK(figure_draw(&figure_claims, s, &r, &err));
	again = read_figure(&a, t.dir, "claims.svg");
	cr_assert(first.n == again.n && !memcmp(first.p, again.p, first.n));
	cr_assert(strstr(first.p, "HardCompress"));
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Every figure draws in every format; the same data gives the same SVG and PNG; the script beside
 * the figure draws it again on its own. */
Test(report, figures_draw)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	int n = 0;
	struct figure_request r = { t.dir, "svg,pdf,png", 3.5, count_file, &n };
	struct arena a = { 0 };
	struct err err = { 0 };

	cr_assert_eq(n_figures, plugins_defined("src/report", "const struct figure figure_"));
	for (size_t i = 0; i < n_figures; i++) {
		static const char *const stable[] = { "svg", "png" };
		const char *of = figures[i]->per_model ? "-m" : "";

		if (of_claims(figures[i]))
			continue;
		OK(figure_draw(figures[i], s, &r, &err));
		cr_assert_gt(
		        read_figure(&a, t.dir, arena_printf(&a, "%s%s.txt", figures[i]->name, of))
		                .n,
		        20);
		for (size_t f = 0; f < 2; f++) {
			const char *file =
			        arena_printf(&a, "%s%s.%s", figures[i]->name, of, stable[f]);
			const char *script = arena_printf(&a, "%s%s.gp", figures[i]->name, of);
			struct span first = read_figure(&a, t.dir, file), second;

			OK(figure_gnuplot(t.dir, script, stable[f], "again", &err));
			second = read_figure(&a, t.dir, "again");
			cr_assert_eq(first.n, second.n, "%s", file);
			cr_assert(!memcmp(first.p, second.p, first.n), "%s", file);
		}
	}
	cr_assert_eq(n, 7 * ((int)n_figures - 2));
	cr_assert(strstr(read_figure(&a, t.dir, "histogram-m.svg").p, "zeros 70.0 %"));
	/* trim 1 makes 0 of -1 and 1 too: 700 + 100 + 150 of 1000 */
	cr_assert(strstr(read_figure(&a, t.dir, "histogram-m.svg").p, "zeros 95.0 %"));
	/* layers of 10 and 20 weights: 40 / 10 and 50 / 20 bits in the stream, 2 and 1 in the
	 * dictionary, 0.5 and 0.25 beside; a third and two thirds of the weights */
	cr_assert(strstr(read_figure(&a, t.dir, "layers-m.dat").p,
	                 "\n1\tconv\t4\t2\t0.5\t33.33333333\t2\n"
	                 "2\tdense\t2.5\t1\t0.25\t66.66666667\t2\n"));
	/* Cells of 2 widths and 2 trims: losses 0.9, 1.3 at 4 bits, 0.05, 0.45 at 8 */
	cr_assert(strstr(read_figure(&a, t.dir, "heatmap-m.dat").p, "\n0\t0\t0\t4\t0.9\t97.1\t"));
	cr_assert(strstr(read_figure(&a, t.dir, "heatmap-m.dat").p, "\n1\t1\t1\t8\t0.45\t97.55\t"));
	/* G = 4: 1000 cycles without and 2000 with waiting; G = 16: 1250 */
	cr_assert(strstr(read_figure(&a, t.dir, "decode_rate.dat").p, "\nm\t4\t2\t0\t2000\n"));
	cr_assert(strstr(read_figure(&a, t.dir, "decode_rate.dat").p, "\nm\t16\t1.25\t0\t1250\n"));
	/* The prefix with the most codecs within half a point that is the smallest: 8 bits, trim 1;
	 * order-0 3.8 bits of 3.922 and of 8. */
	cr_assert(strstr(read_figure(&a, t.dir, "efficiency.dat").p, "\n0\t0\t96.8"));
	cr_assert(strstr(read_figure(&a, t.dir, "efficiency.dat").p, "\n0\t1\t47.5\n"));
	/* 8 bits, trim 0 loses 0.05, trim 1 loses 0.45; the smallest within 0.5 is
	 * 8 / 2 + 6 / (16 + 256) - 0.1 = 3.922 bits: 8.16x. */
	cr_assert(strstr(read_figure(&a, t.dir, "pareto_accuracy-m.svg").p, "circle: 8.16x"));
	cr_assert(strstr(read_figure(&a, t.dir, "dictionary-m.svg").p,
	                 "smallest: 3.92 bits per weight, G = 16, D = 256"));
	/* Raw needs 8 bits for that: 0.8 uJ against 0.3922 uJ. */
	cr_assert(strstr(read_figure(&a, t.dir, "pareto_energy-m.svg").p, "392 nJ compressed"));
	cr_assert(strstr(read_figure(&a, t.dir, "pareto_energy-m.svg").p, "800 nJ raw"));
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* A name is text and nothing else: no command of it runs, its file stays in the folder. */
Test(report, hostile_model_name)
{
	static const char long_path[] =
	        "/very/long/path/of/a/model/file/that/somebody/keeps/in/a/deep/folder/m.onnx";
	const char *const names[] = { "`touch${IFS}pwned`", "../a'.system(\"id\").'b",
		                      "x\"`touch${IFS}pwned`\";%s%n@_{^}", long_path };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct scratch t = scratch_make();
		struct store *s = study(t.db, names[i]);
		int n = 0;
		struct figure_request r = { t.dir, "svg", 3.5, count_file, &n };
		struct err err = { 0 };
		char canary[128];

		for (size_t f = 0; f < n_figures; f++)
			cr_assert_eq(figure_draw(figures[f], s, &r, &err),
			             of_claims(figures[f]) ? ST_SKIP : ST_OK, "%s", err.msg);
		cr_assert_eq(n, 5 * ((int)n_figures - 2));
		snprintf(canary, sizeof(canary), "%s/pwned", t.dir);
		cr_assert(!file_exists(canary) && !file_exists("pwned"));
		OK(store_close(s, &err));
		/* Everything that was written lies in the folder, next to the database. */
		cr_assert_geq(scratch_files(&t), (unsigned)n);
		scratch_remove(&t);
	}
}

/* A study of one point has degenerate axes, and a front of one point; with a trim of 7 that point
 * lies outside what the axes show. */
static void draw_single_point(int trim)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	int n = 0, tables = 0;
	struct figure_request r = { t.dir, "svg", 7.16, count_file, &n };
	struct err err = { 0 };

	/* Without results only what is drawn from shipped tables is there. */
	for (size_t f = 0; f < n_figures; f++)
		cr_assert_eq(figure_draw(figures[f], s, &r, &err),
		             figures[f]->from_tables ? ST_OK : ST_SKIP, "%s", figures[f]->name);
	cr_assert_gt(n, 0);
	tables = n;
	put_point(s, "m", 4, trim, 8, 16, &err);
	OK(store_flush(s, &err));
	for (size_t f = 0; f < n_figures; f++) {
		enum status rc = figure_draw(figures[f], s, &r, &err);
		/* no trimmed histogram, and 1.3 points lost or 80.9 */
		bool has_data = figures[f] != &figure_histogram &&
		                figures[f] != &figure_efficiency && !of_claims(figures[f]) &&
		                (trim < 7 || figures[f] != &figure_pareto_three);

		cr_assert_eq(rc, has_data ? ST_OK : ST_SKIP, "%s", err.msg);
	}
	cr_assert_eq(n, 5 * ((int)n_figures - (trim < 7 ? 4 : 5)) + tables);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

Test(report, single_point)
{
	draw_single_point(1);
	draw_single_point(7);
}

Test(report, figures_refuse)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	struct figure_request r = { t.dir, "svg,gif", 3.5, NULL, NULL };
	struct err err = { 0 };
	char under_a_file[128];

	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_USAGE);
	cr_assert(strstr(err.msg, "gif"), "%s", err.msg);
	r.formats = "";
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_USAGE);
	r.formats = "svg";
	r.width_in = (double)NAN;
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_USAGE);
	r.width_in = 3.5;
	snprintf(under_a_file, sizeof(under_a_file), "%s/x", t.db);
	r.out_dir = under_a_file;
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_ENV);
	r.out_dir = t.dir;
	cr_assert_eq(setenv("PATH", "/nonexistent", 1), 0);
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_ENV);
	cr_assert(strstr(err.msg, "apt-get install gnuplot-nox"), "%s", err.msg);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* gnuplot's complaint comes back as one line, and no figure is left under its name. */
Test(report, script_error)
{
	struct scratch t = scratch_make();
	struct err err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/bad.gp", t.dir);
	OK(file_write(path, "x = 1\nplot nonsense\n", 20, &err));
	cr_assert_eq(figure_gnuplot(t.dir, "bad.gp", "svg", "bad.svg", &err), ST_INTERNAL);
	cr_assert(strstr(err.msg, "bad.gp") && strstr(err.msg, "line 2"), "%s", err.msg);
	scratch_remove(&t);
}

/* A program of that name in the folder comes before every gnuplot. */
static void fake_gnuplot(const struct scratch *t, const char *script)
{
	char path[128];
	struct err err = { 0 };

	snprintf(path, sizeof(path), "%s/gnuplot", t->dir);
	OK(file_write(path, script, strlen(script), &err));
	cr_assert_eq(chmod(path, 0755), 0);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", t->dir);
	cr_assert_eq(setenv("PATH", path, 1), 0);
}

/* gnuplot may fail without a word, or succeed with half a file: neither leaves a figure. */
Test(report, silent_gnuplot)
{
	static const struct {
		const char *format, *script, *complaint;
		enum status rc;
	} cases[] = {
		{"svg",  "exit 7",                                  "gnuplot exited with status 7", ST_ENV     },
		{ "svg", "echo >&2; exit 7",                        "gnuplot exited with status 7", ST_ENV     },
		{ "svg", "echo why >&2; exit 7",                    "why",                          ST_INTERNAL},
		{ "svg", "kill -XFSZ $$",                           "file incomplete",              ST_ENV     },
		{ "svg", "exit 0",                                  "file incomplete",              ST_ENV     },
		{ "svg", ": >$f.svg.part",                          "file incomplete",              ST_ENV     },
		{ "svg", "echo '<svg></svg' >$f.svg.part",          "file incomplete",              ST_ENV     },
		{ "svg", "echo '<svg></svg><g' >$f.svg.part",       "file incomplete",              ST_ENV     },
		{ "png", "printf 'IEND' >$f.png.part",              "file incomplete",              ST_ENV     },
		{ "pdf", "echo '%%EO' >$f.pdf.part",                "file incomplete",              ST_ENV     },
		{ "svg", "printf '<svg></svg>\\n\\n' >$f.svg.part", NULL,                           ST_OK      },
		{ "pdf", "echo '%%EOF' >$f.pdf.part",               NULL,                           ST_OK      },
	};
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	struct figure_request r = { .out_dir = t.dir, .width_in = 3.5 };
	struct arena a = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = figures[0]->name, *format = cases[i].format;
		const char *path = arena_printf(&a, "%s/%s-m.%s", t.dir, name, format);

		fake_gnuplot(&t,
		             arena_printf(&a, "#!/bin/sh\nf=%s-m\n%s\n", name, cases[i].script));
		r.formats = format;
		cr_assert_eq(figure_draw(figures[0], s, &r, &err), cases[i].rc, "%zu: %s", i,
		             err.msg);
		if (cases[i].complaint)
			cr_assert(strstr(err.msg, cases[i].complaint), "%s", err.msg);
		cr_assert_eq(file_exists(path), !cases[i].complaint, "%s", path);
		cr_assert(!file_exists(arena_printf(&a, "%s.part", path)));
	}
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* The real gnuplot at the file size limit, with the signal ignored as hcbench does. */
Test(report, file_size_limit)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct rlimit whole, small;
	struct err err = { 0 };
	char path[128];

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &whole), 0);
	small = whole;
	small.rlim_cur = 8192;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_ENV);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &whole), 0);
	cr_assert(strstr(err.msg, "file incomplete"), "%s", err.msg);
	snprintf(path, sizeof(path), "%s/%s-m.svg", t.dir, figures[0]->name);
	cr_assert(!file_exists(path));
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Points on the overall front: 2 of G = 2, 1 each of 8, 16, 32 and 64; 1 and 4 have none. */
static const struct {
	int group;
	double bits, loss;
} crowd[] = {
	{1,   9, 0.9},
        { 4,  9, 0.8},
        { 2,  2, 0.7},
        { 2,  3, 0.6},
        { 8,  4, 0.5},
	{ 16, 5, 0.4},
        { 32, 6, 0.3},
        { 64, 1, 60 },
        { 64, 7, 0.2},
};

/* Of more groups than can be told apart those are shown that the front consists of; what lies below
 * the window does not count. */
Test(report, groups_of_the_front)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct arena a = { 0 };
	struct err err = { 0 };
	const char *svg;

	OK(put_model(s, "m", &err));
	for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
		put_row(s, "m", 8, (int)i, crowd[i].group, 16, crowd[i].loss, crowd[i].bits, &err);
	OK(store_flush(s, &err));
	OK(figure_draw(&figure_pareto_accuracy, s, &r, &err));
	svg = read_figure(&a, t.dir, "pareto_accuracy-m.svg").p;
	cr_assert(strstr(svg, "grey: front of all 7 groups, 95 %"));
	cr_assert(strstr(svg, "G = 2<") && strstr(svg, "G = 8<") && strstr(svg, "G = 16<") &&
	          strstr(svg, "G = 32<"));
	cr_assert(!strstr(svg, "G = 1<") && !strstr(svg, "G = 4<") && !strstr(svg, "G = 64<"));
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Ten networks with long names that differ in the middle: each figure of all of them names every
 * one, and apart from the others. */
Test(report, ten_networks)
{
	static const char *const figure_of_all[] = { "pareto_all", "decode_rate", "efficiency" };
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct arena a = { 0 };
	struct err err = { 0 };

	for (int i = 0; i < 10; i++) {
		const char *name =
		        arena_printf(&a, "imagenet/a_network_with_a_long_name_%d_224_fp32", i);

		OK(put_model(s, name, &err));
		put_point(s, name, 8, 0, 1, 16, &err);
		put_point(s, name, 8, 1, 4, 16, &err);
	}
	OK(store_flush(s, &err));
	for (size_t f = 0; f < n_figures; f++)
		for (size_t k = 0; k < 3; k++) {
			const char *svg;

			if (strcmp(figures[f]->name, figure_of_all[k]))
				continue;
			OK(figure_draw(figures[f], s, &r, &err));
			svg = read_figure(&a, t.dir, arena_printf(&a, "%s.svg", figures[f]->name))
			              .p;
			for (int i = 0; i < 10; i++)
				cr_assert(strstr(svg, arena_printf(&a, "%d_224_fp32<", i)),
				          "%s: %d", figures[f]->name, i);
		}
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}
