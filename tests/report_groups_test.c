#include "report/groups.h"
#include "report/pareto.h"
#include "store_rows.h"

/* The table of the tests, sorted by bits_per_weight:
 *
 *     codec  bits_per_weight  top1   decode_cycles
 *     a      1.0              90     10
 *     b      1.5              NULL   20
 *     a      2.0              80     7
 *     a      4.0              91     NULL
 *     b      5.0              NULL   2^62 + 1   (no double)
 */
static struct table example(void)
{
	static const char *const names[] = { "codec", "bits_per_weight", "top1", "decode_cycles" };
	static const char *const codec[] = { "a", "b", "a", "a", "b" };
	static const double bits[] = { 1, 1.5, 2, 4, 5 }, top1[] = { 90, 0, 80, 91, 0 };
	static const int64_t cycles[] = { 10, 20, 7, 0, (1LL << 62) + 1 };
	struct table t = { .n_columns = 4, .n_rows = 5 };

	t.column = ARENA_NEW(&t.arena, const char *, 4);
	t.cell = ARENA_NEW(&t.arena, struct cell, 20);
	cr_assert(t.column && t.cell);
	memcpy(t.column, names, sizeof(names));
	for (size_t r = 0; r < 5; r++) {
		t.cell[4 * r] = (struct cell){ .type = CELL_TEXT, .t = codec[r] };
		t.cell[4 * r + 1] = (struct cell){ .type = CELL_REAL, .r = bits[r] };
		if (top1[r] > 0)
			t.cell[4 * r + 2] = (struct cell){ .type = CELL_REAL, .r = top1[r] };
		if (cycles[r] > 0)
			t.cell[4 * r + 3] = (struct cell){ .type = CELL_INT, .i = cycles[r] };
	}
	return t;
}

/* By hand: of a, bits 1 2 4 have the median 2 and the mean 7/3, top1 80..91, cycles 10 7 have the
 * median 8.5; of b, bits 1.5 5 have the median 3.25 and no top1. */
Test(report_groups, aggregates)
{
	struct table t = example();
	struct err err = { 0 };

	OK(table_group_by(&t, "codec",
	                  "codec,n,bits_per_weight,median(bits_per_weight),mean(bits_per_weight),"
	                  "min(top1),best(top1),min(decode_cycles),median(decode_cycles)",
	                  NULL, &err));
	cr_assert_eq(t.n_rows, 2);
	cr_assert_eq(t.n_columns, 9);
	cr_assert_str_eq(t.column[3], "median(bits_per_weight)");
	cr_assert_str_eq(table_cell(&t, 0, 0)->t, "a");
	cr_assert_eq(table_cell(&t, 0, 1)->i, 3);
	cr_assert_eq(table_cell(&t, 0, 2)->r, 1.0);
	cr_assert_eq(table_cell(&t, 0, 3)->r, 2.0);
	cr_assert_eq(table_cell(&t, 0, 4)->r, 7.0 / 3);
	cr_assert_eq(table_cell(&t, 0, 5)->r, 80.0);
	cr_assert_eq(table_cell(&t, 0, 6)->r, 91.0);
	cr_assert_eq(table_cell(&t, 0, 7)->type, CELL_INT);
	cr_assert_eq(table_cell(&t, 0, 7)->i, 7);
	cr_assert_eq(table_cell(&t, 0, 8)->r, 8.5);
	cr_assert_str_eq(table_cell(&t, 1, 0)->t, "b");
	cr_assert_eq(table_cell(&t, 1, 1)->i, 2);
	cr_assert_eq(table_cell(&t, 1, 3)->r, 3.25);
	cr_assert_eq(table_cell(&t, 1, 5)->type, CELL_NULL);
	table_release(&t);
}

/* bits_per_weight and decode_cycles are better when smaller, top1 when larger; only wanted columns.
 */
Test(report_groups, default_columns)
{
	struct table t = example();
	struct err err = { 0 };

	OK(table_group_by(&t, "codec", NULL, "codec,bits_per_weight,top1", &err));
	cr_assert_eq(t.n_columns, 4);
	cr_assert_str_eq(t.column[1], "n");
	cr_assert_str_eq(t.column[2], "best(bits_per_weight)");
	cr_assert_eq(table_cell(&t, 0, 2)->r, 1.0);
	cr_assert_eq(table_cell(&t, 0, 3)->r, 91.0);
	table_release(&t);
}

/* Rows without a value are a group of their own; two columns group by both. */
Test(report_groups, several_columns)
{
	struct table t = example();
	struct err err = { 0 };
	size_t group[5];

	OK(table_groups(&t, "--group-by", "codec,top1", group, &err));
	cr_assert_eq(group[1], 1);
	cr_assert_eq(group[4], 1);
	for (size_t r = 0; r < 4; r++)
		cr_assert_eq(group[r], r);
	OK(pareto_filter(&t, "-bits_per_weight", "codec,top1", &err));
	cr_assert_eq(t.n_rows, 4);
	table_release(&t);
}

Test(report_groups, refuses)
{
	static const struct {
		const char *by, *columns, *says;
	} wrong[] = {
		{"codecs", NULL,          "did you mean 'codec'?"         },
		{ "",      NULL,          "expected names of columns"     },
		{ "codec", "n,",          "expected names of columns"     },
		{ "codec", "min(top2)",   "did you mean 'top1'?"          },
		{ "codec", "min(top1",    "lacks its ')'"                 },
		{ "codec", "least(top1)", "no function 'least'"           },
		{ "codec", "min()",       "expected names of columns"     },
		{ "codec", "max(codec)",  "the column holds text ('a')"   },
		{ "codec", "best(codec)", "write min(codec) or max(codec)"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct table t = example();
		struct err err = { 0 };

		cr_assert_eq(table_group_by(&t, wrong[i].by, wrong[i].columns, NULL, &err),
		             ST_USAGE);
		cr_assert(strstr(err.msg, wrong[i].says), "%s", err.msg);
		table_release(&t);
	}
}
