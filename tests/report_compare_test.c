/* Codecs at equal accuracy, worked out by hand on a database of a dozen made-up points. */
#include "report/compare.h"
#include "store_rows.h"

#include <math.h>

/* A point of `bits_stored` bits on a prefix whose loss on the selection half is `loss`. */
static void put(struct store *s, const char *line, int64_t bits_stored, double loss, bool verified)
{
	struct sample x = sample_make(line, 1);
	struct err err = { 0 };

	x.lossy.verdict[0] = '\0';
	x.lossy.weights = 100;
	x.lossy.entropy0_bits = 1.5;
	x.lossy.entropy0_layer_bits = 1.25;
	x.lossy.selection_delta = -loss;
	x.lossy.confirm_delta = -loss - 0.25;
	x.lossy.top1_delta = -loss - 0.125;
	x.point.compressed_bits = bits_stored;
	x.point.bits_per_weight = (double)bits_stored / 100;
	x.point.ratio_fp32 = 3200 / (double)bits_stored;
	x.point.ratio_int8 = 800 / (double)bits_stored;
	x.point.entropy_group_bits = 1.25;
	x.point.verified = verified;
	OK(put_sample(s, &x, &err));
}

/* The prefix of 3 bits loses 0.5 less a rounding error, that of 2 bits too much. HardCompress is
 * smallest at 3 bits (240, since the point of 10 bits is not verified), raw at 4 bits. */
static struct store *example(const char *db)
{
	struct store *s = store_with_facts(db);

	put(s, "model=m data=none bits=4 group=2 codec=dict:4", 300, 0.1, true);
	put(s, "model=m data=none bits=4 codec=raw", 200, 0.1, true);
	put(s, "model=m data=none bits=3 group=2 codec=dict:4", 240, 0.5 + 1e-12, true);
	put(s, "model=m data=none bits=3 group=4 codec=dict:4", 250, 0.5 + 1e-12, true);
	put(s, "model=m data=none bits=3 group=2 codec=dict:8", 10, 0.5 + 1e-12, false);
	put(s, "model=m data=none bits=3 codec=raw", 300, 0.5 + 1e-12, true);
	put(s, "model=m data=none bits=2 group=2 codec=dict:4", 100, 0.6, true);
	return s;
}

static const struct cell *find(const struct table *t, const char *basis, const char *name,
                               const char *column)
{
	for (size_t r = 0; r < t->n_rows; r++)
		if (!strcmp(table_cell(t, r, table_column(t, "basis"))->t, basis) &&
		    !strcmp(table_cell(t, r, table_column(t, "name"))->t, name))
			return table_cell(t, r, table_column(t, column));
	cr_assert(false, "no row %s %s", basis, name);
	return NULL;
}

static void expect_real(const struct table *t, const char *basis, const char *name,
                        const char *column, double want)
{
	const struct cell *c = find(t, basis, name, column);

	cr_assert(c->type == CELL_REAL && fabs(c->r - want) < 1e-9, "%s %s %s: %.12g, not %.12g",
	          basis, name, column, c->r, want);
}

/* All codecs but the two that have points, in their order. */
static void check_missing(const char *text)
{
	struct text want = { 0 };

	for (size_t i = 0; i < n_codecs; i++)
		if (strcmp(codecs[i]->name, "raw") && strcmp(codecs[i]->name, "dict"))
			text_addf(&want, "%s%s", want.n ? ", " : "m: no verified point of ",
			          codecs[i]->name);
	cr_assert(strstr(text, text_str(&want)), "'%s' lacks '%s'", text, text_str(&want));
	cr_assert_eq(!strstr(text, "no verified point"), want.n == 0);
	text_release(&want);
}

Test(report_compare, equal_accuracy)
{
	struct scratch d = scratch_make();
	struct store *s = example(d.db);
	struct compare_request r = { .loss = 0.5, .technology = "t1" };
	struct text missing = { 0 };
	struct err err = { 0 };
	struct table t;

	OK(compare_table(s, &r, &t, &missing, &err));
	cr_assert_eq(find(&t, "same", "dict", "compressed_bits")->i, 240);
	cr_assert_str_eq(find(&t, "same", "dict", "codec")->t, "dict:4");
	cr_assert_str_eq(find(&t, "same", "dict", "family")->t, codec_find("dict")->family);
	cr_assert_eq(find(&t, "same", "raw", "compressed_bits")->i, 300);
	cr_assert_eq(find(&t, "same", "raw", "bits")->i, 3);
	cr_assert_eq(find(&t, "own", "dict", "compressed_bits")->i, 240);
	cr_assert_eq(find(&t, "own", "raw", "compressed_bits")->i, 200);
	cr_assert_eq(find(&t, "own", "raw", "bits")->i, 4);
	expect_real(&t, "same", "dict", "of_hardcompress", 1);
	expect_real(&t, "same", "raw", "of_hardcompress", 0.8);
	expect_real(&t, "own", "raw", "of_hardcompress", 1.2);
	expect_real(&t, "same", "raw", "selection_loss", 0.5 + 1e-12);
	expect_real(&t, "same", "raw", "confirm_loss", 0.75);
	expect_real(&t, "same", "raw", "loss", 0.625);
	cr_assert_eq(find(&t, "same", "raw", "energy_pj")->type, CELL_NULL);
	cr_assert_eq(find(&t, "same", "raw", "decode_mb_s")->type, CELL_NULL);
	expect_real(&t, "same", "order-0, model", "bits_per_weight", 1.5);
	expect_real(&t, "same", "order-0, model", "ratio_fp32", 32 / 1.5);
	expect_real(&t, "same", "order-0, model", "of_hardcompress", 1.6);
	expect_real(&t, "same", "order-0, per layer", "bits_per_weight", 1.25);
	expect_real(&t, "same", "order-2, model", "bits_per_weight", 1.25);
	cr_assert_eq(t.n_rows, 2 + 2 + 3);
	check_missing(text_str(&missing));
	table_release(&t);
	text_release(&missing);
	OK(store_close(s, &err));
	scratch_remove(&d);
}

/* Wider: the prefix of 2 bits counts. Narrower than all: nothing does. */
Test(report_compare, the_loss_chooses)
{
	struct scratch d = scratch_make();
	struct store *s = example(d.db);
	struct compare_request r = { .loss = 1, .technology = "t1" };
	struct text missing = { 0 };
	struct err err = { 0 };
	struct table t;

	OK(compare_table(s, &r, &t, &missing, &err));
	cr_assert_eq(find(&t, "same", "dict", "compressed_bits")->i, 100);
	cr_assert_not_null(strstr(text_str(&missing), "m: no verified point of raw"));
	table_release(&t);
	r.loss = 0.01;
	cr_assert_eq(compare_table(s, &r, &t, &missing, &err), ST_SKIP);
	cr_assert_not_null(strstr(err.msg, "within 0.01 points"), "%s", err.msg);
	r.model = "nonesuch";
	cr_assert_eq(compare_table(s, &r, &t, &missing, &err), ST_USAGE);
	text_release(&missing);
	OK(store_close(s, &err));
	scratch_remove(&d);
}

Test(report_compare, energy_and_speed)
{
	struct scratch d = scratch_make();
	struct store *s = example(d.db);
	struct compare_request r = { .loss = 0.5, .technology = "t1" };
	struct sample x = sample_make("model=m data=none bits=3 codec=raw", 1);
	const struct row_sink sink = store_sink(s);
	const struct energy_row energy = sample_energy(&x, "t1", 1);
	struct text missing = { 0 };
	struct err err = { 0 };
	struct table t;

	for (int i = 0; i < 3; i++) { /* 30 weights in 3 ms */
		struct timing_row row = sample_timing(&x, "decode", i, 0.002 + 0.001 * i);

		OK(sink.timing(sink.arg, &row, &err));
	}
	OK(sink.energy(sink.arg, &energy, &err));
	OK(compare_table(s, &r, &t, &missing, &err));
	expect_real(&t, "same", "raw", "decode_mb_s", 30 / 0.003 / 1e6);
	expect_real(&t, "same", "raw", "energy_pj", energy.energy_pj);
	cr_assert_eq(find(&t, "same", "raw", "encode_mb_s")->type, CELL_NULL);
	table_release(&t);
	text_release(&missing);
	OK(store_close(s, &err));
	scratch_remove(&d);
}

static void write_csv(const char *path, const char *rows)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fprintf(f, "# about\nnetwork,method,ratio_fp32,bits_per_weight,loss,retrained,source\n%s",
	        rows);
	fclose(f);
}

/* 32 / 240 * 100 = 13.33x is HardCompress; 40x is three times that. */
Test(report_compare, published_figures)
{
	struct scratch d = scratch_make();
	char path[128];
	struct store *s = example(d.db);
	struct compare_request r = { .loss = 0.5, .technology = "t1", .published = path };
	struct text missing = { 0 };
	struct err err = { 0 };
	struct table t;

	snprintf(path, sizeof(path), "%s/published.csv", d.dir);
	write_csv(path, "m*,Trained,40,,-0.1,yes,\"one, two\"\nm,Bits,,4,,no,said\n"
	                "m,Lossy,100,,0.6,yes,said\nother,Other,50,,,yes,said\n");
	OK(compare_table(s, &r, &t, &missing, &err));
	expect_real(&t, "published", "Trained", "of_hardcompress", 3);
	expect_real(&t, "published", "Trained", "bits_per_weight", 0.8);
	expect_real(&t, "published", "Trained", "loss", -0.1);
	cr_assert_str_eq(find(&t, "published", "Trained", "codec")->t,
	                 "Trained (published, retrained)");
	cr_assert_str_eq(find(&t, "published", "Trained", "source")->t, "one, two");
	expect_real(&t, "published", "Bits", "ratio_fp32", 8);
	cr_assert_str_eq(find(&t, "published", "Bits", "retrained")->t, "no");
	cr_assert_eq(find(&t, "published", "Bits", "loss")->type, CELL_NULL);
	cr_assert_eq(t.n_rows, 7 + 2);
	table_release(&t);
	write_csv(path, "m,Method,fast,,,yes,said\n");
	cr_assert_eq(compare_table(s, &r, &t, &missing, &err), ST_DATA);
	cr_assert_not_null(strstr(err.msg, "published.csv:3: expected"), "%s", err.msg);
	text_release(&missing);
	OK(store_close(s, &err));
	scratch_remove(&d);
}

/* The file that ships is well formed, and every row has a source. */
Test(report_compare, shipped_figures)
{
	struct scratch d = scratch_make();
	struct store *s = example(d.db);
	struct compare_request r = { .loss = 0.5,
		                     .technology = "t1",
		                     .published = SOURCE_DIR "/datasets/published.csv" };
	struct text missing = { 0 };
	struct err err = { 0 };
	struct table t;

	OK(compare_table(s, &r, &t, &missing, &err));
	cr_assert_eq(t.n_rows, 7);
	table_release(&t);
	text_release(&missing);
	OK(store_close(s, &err));
	scratch_remove(&d);
}
