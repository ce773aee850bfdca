/* Timings: stored beside the rows that must repeat, and files from before there were any. */
#include "store_rows.h"

#include <math.h>

/* The number that a query with one cell gives. */
static double query_real(struct store *s, const char *sql)
{
	struct err err = { 0 };
	struct table t;
	double r;

	OK(store_query(s, sql, NULL, 0, &t, &err));
	cr_assert(t.n_rows == 1 && t.n_columns == 1 && t.cell[0].type == CELL_REAL, "%s", sql);
	r = t.cell[0].r;
	table_release(&t);
	return r;
}

static void put_timing(struct store *s, const struct sample *x, const char *operation, int sample,
                       double seconds)
{
	const struct row_sink sink = store_sink(s);
	struct timing_row r = sample_timing(x, operation, sample, seconds);
	struct err err = { 0 };

	OK(sink.timing(sink.arg, &r, &err));
}

/* Of 1, 2, 4 and 8 s the median is 3 s: 30 weights in 3 s are 1e-5 MB/s. Of 1, 5 and 3 s it is 3 s.
 * Two runs keep theirs apart, and the point stays the row it was. */
Test(store_timing, medians_of_every_run)
{
	static const double decode[] = { 8, 1, 4, 2 }, encode[] = { 1, 5, 3 };
	const struct run_info again = { .command = "hcbench again", .version = "0", .study = "" };
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none bits=5 group=4", 1);
	struct point_row stored;
	struct err err = { 0 };

	OK(put_sample(s, &x, &err));
	for (int i = 0; i < 4; i++)
		put_timing(s, &x, "decode", i, decode[i]);
	for (int i = 0; i < 3; i++)
		put_timing(s, &x, "encode", i, encode[i]);
	OK(store_end_run(s, "done", "2026-01-01T00:00:00Z", &err));
	OK(store_begin_run(s, &again, &err));
	put_timing(s, &x, "decode", 0, 0.5);
	OK(store_flush(s, &err));
	cr_assert_eq(query_int(s, "SELECT count(*) FROM timings"), 3);
	cr_assert_eq(query_int(s, "SELECT samples FROM timings WHERE run_id = 1 "
	                          "AND operation = 'decode'"),
	             4);
	cr_assert(fabs(query_real(s, "SELECT weights_mb_s FROM timings WHERE run_id = 1 "
	                             "AND operation = 'decode'") -
	               1e-5) < 1e-15);
	cr_assert(fabs(query_real(s, "SELECT median_seconds FROM timings WHERE run_id = 1 "
	                             "AND operation = 'encode'") -
	               3) < 1e-15);
	cr_assert(fabs(query_real(s, "SELECT median_seconds FROM timings WHERE run_id = 2") - 0.5) <
	          1e-15);
	OK(store_find_point(s, x.point.key, &stored, &err));
	cr_assert_eq(stored.compressed_bits, x.point.compressed_bits);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

Test(store_timing, needs_its_point)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	const struct row_sink sink = store_sink(s);
	struct sample x = sample_make("model=m data=none bits=5 group=4", 1);
	struct timing_row r = sample_timing(&x, "decode", 0, 1);
	struct err err = { 0 };

	cr_assert_eq(sink.timing(sink.arg, &r, &err), ST_INTERNAL);
	cr_assert_not_null(strstr(err.msg, "came before the point"), "%s", err.msg);
	OK(store_close(s, &err));
	scratch_remove(&t);
}
