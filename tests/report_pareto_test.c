/* Pareto fronts against their definition. */
#include "plugins.h"
#include "report/pareto.h"
#include "small_tables.h"
#include "store_rows.h"

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
Test(report_pareto, pareto_equals_definition)
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
Test(report_pareto, pareto_takes_directions_from_fields)
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

Test(report_pareto, pareto_refuses)
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
