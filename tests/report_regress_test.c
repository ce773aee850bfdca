/* Results against earlier ones: what must repeat is compared exactly, durations by ranks. */
#include "report/regress.h"
#include "store_rows.h"

#include <math.h>
#include <sqlite3.h>

enum { POINTS = 3, SAMPLES = 20 };

/* A database with POINTS points, each timed SAMPLES times at `slower[i]` times a millisecond. */
static void make(const char *db, const double *slower, int64_t bits_of_first)
{
	struct store *s = store_with_facts(db);
	const struct row_sink sink = store_sink(s);
	struct err err = { 0 };

	for (int i = 0; i < POINTS; i++) {
		struct sample x = sample_numbered(i);
		struct energy_row energy = sample_energy(&x, "t1", i);

		x.lossy.verdict[0] = '\0';
		x.point.compressed_bits = i ? 1000 + i : bits_of_first;
		OK(put_sample(s, &x, &err));
		OK(sink.energy(sink.arg, &energy, &err));
		for (int j = 0; j < SAMPLES && slower; j++) {
			struct timing_row r =
			        sample_timing(&x, "decode", j, 1e-3 * slower[i] * (1 + 1e-4 * j));

			OK(sink.timing(sink.arg, &r, &err));
		}
	}
	OK(store_close(s, &err));
}

struct result {
	struct table t;
	struct regress_counts n;
};

static struct result compare(const char *before, const char *after)
{
	struct regress_request r = { .threshold = 0.05, .alpha = 0.05 };
	struct result out;
	struct err err = { 0 };

	OK(store_open(&r.before.store, before, STORE_READ, &err));
	OK(store_open(&r.after.store, after, STORE_READ, &err));
	OK(regress_compare(&r, &out.t, &out.n, &err));
	OK(store_close(r.before.store, &err));
	OK(store_close(r.after.store, &err));
	return out;
}

static const struct cell *cell(const struct table *t, size_t row, const char *column)
{
	cr_assert(row < t->n_rows && table_column(t, column) < t->n_columns);
	return table_cell(t, row, table_column(t, column));
}

struct two {
	struct scratch a, b;
};

static struct two two_make(void)
{
	return (struct two){ scratch_make(), scratch_make() };
}

static void two_remove(const struct two *d)
{
	scratch_remove(&d->a);
	scratch_remove(&d->b);
}

Test(report_regress, equal_results)
{
	struct two d = two_make();
	struct result r;

	make(d.a.db, NULL, 1000);
	make(d.b.db, NULL, 1000);
	r = compare(d.a.db, d.b.db);
	cr_assert_eq(r.t.n_rows, 0);
	cr_assert_eq(r.n.points, POINTS);
	cr_assert_gt(r.n.columns, n_point_fields);
	cr_assert_eq(regress_count(&r.n), 0);
	cr_assert_eq(r.n.only_before + r.n.only_after + r.n.tests, 0);
	cr_assert_not(r.n.by_point);
	table_release(&r.t);
	two_remove(&d);
}

Test(report_regress, one_bit_is_a_difference)
{
	struct two d = two_make();
	struct result r;

	make(d.a.db, NULL, 1000);
	make(d.b.db, NULL, 1001);
	r = compare(d.a.db, d.b.db);
	cr_assert_eq(r.t.n_rows, 1);
	cr_assert_eq(regress_count(&r.n), 1);
	cr_assert_str_eq(cell(&r.t, 0, "verdict")->t, "differs");
	cr_assert_str_eq(cell(&r.t, 0, "what")->t, "compressed_bits");
	cr_assert_eq(cell(&r.t, 0, "before")->i, 1000);
	cr_assert_eq(cell(&r.t, 0, "after")->i, 1001);
	table_release(&r.t);
	two_remove(&d);
}

static void execute(const char *db, const char *sql)
{
	sqlite3 *raw;

	cr_assert_eq(sqlite3_open(db, &raw), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(raw, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
	             sqlite3_errmsg(raw));
	cr_assert_eq(sqlite3_close(raw), SQLITE_OK);
}

/* An energy differs in its last bit; a point is gone; another was seen on fewer images. */
Test(report_regress, energies_lost_points_and_part_evaluations)
{
	struct two d = two_make();
	struct result r;

	make(d.a.db, NULL, 1000);
	make(d.b.db, NULL, 1000);
	execute(d.b.db,
	        "UPDATE energy SET energy_pj = energy_pj * (1 + 1e-15) WHERE point_id = 2;"
	        "DELETE FROM energy WHERE point_id = 3; DELETE FROM point WHERE point_id = 3;"
	        "UPDATE lossy SET images = images - 1, top1 = 1 WHERE lossy_id = 1");
	r = compare(d.a.db, d.b.db);
	cr_assert_eq(r.t.n_rows, 1);
	cr_assert_str_eq(cell(&r.t, 0, "what")->t, "energy_pj");
	cr_assert_str_eq(cell(&r.t, 0, "technology")->t, "t1");
	cr_assert_eq(r.n.points, 2);
	cr_assert_eq(r.n.only_before, 1);
	cr_assert_eq(r.n.not_alike, 2, "%zu", r.n.not_alike); /* two points of one prefix */
	table_release(&r.t);
	two_remove(&d);
}

/* Keys of another method never match; points do, and what differs is said. */
Test(report_regress, another_method)
{
	struct two d = two_make();
	struct result r;

	make(d.a.db, NULL, 1000);
	make(d.b.db, NULL, 1001);
	execute(d.b.db, "UPDATE meta SET value = '0' WHERE name = 'method_version';"
	                "UPDATE point SET key = randomblob(32)");
	r = compare(d.a.db, d.b.db);
	cr_assert(r.n.by_point);
	cr_assert_eq(r.n.points, POINTS);
	cr_assert_eq(r.t.n_rows, 1);
	cr_assert_str_eq(cell(&r.t, 0, "what")->t, "compressed_bits");
	table_release(&r.t);
	two_remove(&d);
}

/* 20 samples without overlap: p = 2 / C(40, 20) each. 10 % is a regression, 1 % is too small to
 * matter, 10 % less is a gain. */
Test(report_regress, timings)
{
	static const double before[] = { 1, 1, 1.1 }, after[] = { 1.1, 1.01, 1 };
	static const char *const verdict[] = { "slower", "slightly slower", "faster" };
	struct two d = two_make();
	struct result r;

	make(d.a.db, before, 1000);
	make(d.b.db, after, 1000);
	r = compare(d.a.db, d.b.db);
	cr_assert_eq(r.t.n_rows, 3);
	for (size_t i = 0; i < 3; i++) {
		const double p = 2 / 137846528820.0;

		cr_assert_str_eq(cell(&r.t, i, "verdict")->t, verdict[i]);
		cr_assert_str_eq(cell(&r.t, i, "what")->t, "decode");
		cr_assert(fabs(cell(&r.t, i, "p")->r - p) < 1e-6 * p);
		cr_assert(fabs(cell(&r.t, i, "p_holm")->r - 3 * p) < 1e-6 * p);
		cr_assert_eq(cell(&r.t, i, "samples_after")->i, SAMPLES);
	}
	cr_assert(fabs(cell(&r.t, 0, "ratio")->r - 1.1) < 1e-9);
	cr_assert(fabs(cell(&r.t, 0, "cliffs_delta")->r - 1) < 1e-12);
	cr_assert(fabs(cell(&r.t, 2, "larger")->r) < 1e-12);
	cr_assert_eq(r.n.tests, 3);
	cr_assert_eq(r.n.slower, 1);
	cr_assert_eq(r.n.faster, 1);
	cr_assert_eq(regress_count(&r.n), 1);
	cr_assert_eq(r.n.fewest, SAMPLES);
	cr_assert_eq(r.n.needed, 5); /* 3 * 2 / C(8, 4) = 0.086, 3 * 2 / C(10, 5) = 0.024 */
	table_release(&r.t);
	two_remove(&d);
}

/* The second run of one database against its first. */
Test(report_regress, runs_of_one_database)
{
	static const double first[] = { 1, 1, 1 };
	struct scratch d = scratch_make();
	struct regress_request r = { .timings_only = true, .threshold = 0.05, .alpha = 0.05 };
	struct regress_counts n;
	struct err err = { 0 };
	struct table t;
	struct row_sink sink;
	struct store *s;

	make(d.db, first, 1000);
	OK(store_open(&s, d.db, STORE_WRITE, &err));
	OK(store_begin_run(s, &(struct run_info){ .command = "again", .study = "" }, &err));
	sink = store_sink(s);
	for (int i = 0; i < POINTS; i++)
		for (int j = 0; j < SAMPLES; j++) {
			struct sample x = sample_numbered(i);
			struct timing_row row =
			        sample_timing(&x, "decode", j, 1e-3 * (1.2 + 1e-4 * j));

			OK(sink.timing(sink.arg, &row, &err));
		}
	OK(store_flush(s, &err));
	r.before = (struct regress_side){ .store = s, .run = 1 };
	r.after = (struct regress_side){ .store = s, .not_run = 1 };
	OK(regress_compare(&r, &t, &n, &err));
	cr_assert_eq(n.tests, POINTS);
	cr_assert_eq(n.slower, POINTS);
	cr_assert_eq(n.points, 0);
	table_release(&t);
	OK(store_close(s, &err));
	scratch_remove(&d);
}
