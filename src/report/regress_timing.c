#include "base/stats.h"
#include "base/text.h"
#include "report/regress_parts.h"
#include "report/table_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a clock may not resolve: a duration below it is taken for it. */
#define CLOCK_STEP_S 1e-9

/* Columns of timings_of(). */
enum { IDENTITY, SECONDS, OPERATION, POINT };

/* Durations of one operation on one point on both sides, and what the test says. */
struct test {
	const char *operation, *point;
	size_t n_before, n_after;
	double before_s, after_s, ratio; /* medians */
	struct rank_test rank;
	double p_holm;
	const char *verdict;
	int order; /* of verdicts, worst first */
};

static enum status timings_of(const struct regress_side *side, bool by_point, struct table *out,
                              struct err *e)
{
	char run[32], not_run[32];
	const char *args[] = { run, not_run, NULL };
	struct text sql = { 0 };
	enum status rc;

	snprintf(run, sizeof(run), "%" PRId64, side->run);
	snprintf(not_run, sizeof(not_run), "%" PRId64, side->not_run);
	text_addf(&sql,
	          "SELECT %s || ' ' || t.operation AS identity, t.seconds, t.operation, p.point "
	          "FROM timing AS t JOIN points AS p ON p.point_id = t.point_id "
	          "WHERE t.run_id = CASE CAST(?1 AS INTEGER) WHEN 0 THEN (SELECT max(u.run_id) "
	          "FROM timing AS u WHERE u.point_id = t.point_id "
	          "AND u.run_id <> CAST(?2 AS INTEGER)) ELSE CAST(?1 AS INTEGER) END "
	          "ORDER BY identity, t.sample",
	          regress_identity(by_point));
	rc = sql.fail ? err_nomem(e) : store_query(side->store, text_str(&sql), args, 0, out, e);
	text_release(&sql);
	return rc;
}

/* Rows with the name of row first: first .. end - 1. */
static size_t end_of(const struct table *t, size_t first)
{
	size_t end = first;

	while (end < t->n_rows &&
	       !strcmp(table_cell(t, end, IDENTITY)->t, table_cell(t, first, IDENTITY)->t))
		end++;
	return end;
}

static double *samples(const struct table *t, size_t first, size_t end)
{
	double *v = calloc(end - first + 1, sizeof(*v));

	for (size_t i = first; i < end && v; i++)
		v[i - first] = table_cell(t, i, SECONDS)->r;
	return v;
}

static enum status run_test(const struct table *before, size_t b, size_t b_end,
                            const struct table *after, size_t a, size_t a_end, struct test *out,
                            struct err *e)
{
	double *x = samples(before, b, b_end), *y = samples(after, a, a_end);
	bool ok = x && y;

	*out = (struct test){ .operation = table_cell(after, a, OPERATION)->t,
		              .point = table_cell(after, a, POINT)->t,
		              .n_before = b_end - b,
		              .n_after = a_end - a };
	ok = ok && stats_rank_test(x, out->n_before, y, out->n_after, &out->rank);
	if (ok) {
		out->before_s = stats_median(x, out->n_before);
		out->after_s = stats_median(y, out->n_after);
		out->ratio = fmax(out->after_s, CLOCK_STEP_S) / fmax(out->before_s, CLOCK_STEP_S);
	}
	free(x);
	free(y);
	return ok ? ST_OK : err_nomem(e);
}

static enum status run_tests(const struct table *before, const struct table *after,
                             struct test *test, size_t *n, struct err *e)
{
	size_t b = 0, a = 0;
	enum status rc = ST_OK;

	*n = 0;
	while (b < before->n_rows && a < after->n_rows && !rc) {
		size_t b_end = end_of(before, b), a_end = end_of(after, a);
		int order = strcmp(table_cell(before, b, IDENTITY)->t,
		                   table_cell(after, a, IDENTITY)->t);

		if (!order)
			rc = run_test(before, b, b_end, after, a, a_end, &test[(*n)++], e);
		b = order <= 0 ? b_end : b;
		a = order >= 0 ? a_end : a;
	}
	return rc;
}

static void judge(struct test *t, const struct regress_request *r, struct regress_counts *counts)
{
	static const char *const verdicts[] = { "slower",          "slightly slower", "faster",
		                                "slightly faster", "unclear",         "same" };
	enum { SLOWER, SLIGHTLY_SLOWER, FASTER, SLIGHTLY_FASTER, UNCLEAR, SAME };
	bool more = t->ratio > 1 + r->threshold, less = t->ratio < 1 / (1 + r->threshold);

	if (t->p_holm < r->alpha && t->rank.larger > 0.5)
		t->order = more ? SLOWER : SLIGHTLY_SLOWER;
	else if (t->p_holm < r->alpha)
		t->order = less ? FASTER : SLIGHTLY_FASTER;
	else
		t->order = more || less ? UNCLEAR : SAME;
	t->verdict = verdicts[t->order];
	counts->slower += t->order == SLOWER;
	counts->faster += t->order == FASTER;
	counts->unclear += t->order == UNCLEAR;
}

static int compare_tests(const void *pa, const void *pb)
{
	const struct test *a = pa, *b = pb;
	int c;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->ratio > b->ratio || a->ratio < b->ratio)
		return a->ratio > b->ratio ? -1 : 1;
	c = strcmp(a->point, b->point);
	return c ? c : strcmp(a->operation, b->operation);
}

static enum status correct(struct test *test, size_t n, struct err *e)
{
	double *p = calloc(2 * n + 1, sizeof(*p));
	bool ok = p;

	for (size_t i = 0; i < n && ok; i++)
		p[i] = test[i].rank.p;
	ok = ok && stats_holm(p, p + n, n);
	for (size_t i = 0; i < n && ok; i++)
		test[i].p_holm = p[n + i];
	free(p);
	return ok ? ST_OK : err_nomem(e);
}

/* Samples of each side with which the smallest possible p, 2 / C(2 k, k), passes the correction. */
static size_t samples_needed(size_t n_tests, double alpha)
{
	double ways = 1;
	size_t k = 0;

	while (2 / ways * (double)n_tests >= alpha) {
		k++;
		ways *= (double)(2 * k) * (double)(2 * k - 1) / ((double)k * (double)k);
	}
	return k;
}

static enum status add_row(const struct test *t, struct table *out, struct err *e)
{
	struct cell *row = table_add_row(out);
	const char *point = arena_strdup(&out->arena, t->point);
	const char *operation = arena_strdup(&out->arena, t->operation);

	if (!row || !point || !operation)
		return err_nomem(e);
	row[REGRESS_VERDICT] = cell_text(t->verdict);
	row[REGRESS_WHAT] = cell_text(operation);
	row[REGRESS_POINT] = cell_text(point);
	row[REGRESS_BEFORE] = cell_real(t->before_s);
	row[REGRESS_AFTER] = cell_real(t->after_s);
	row[REGRESS_RATIO] = cell_real(t->ratio);
	row[REGRESS_LARGER] = cell_real(t->rank.larger);
	row[REGRESS_CLIFFS_DELTA] = cell_real(2 * t->rank.larger - 1);
	row[REGRESS_P] = cell_real(t->rank.p);
	row[REGRESS_P_HOLM] = cell_real(t->p_holm);
	row[REGRESS_SAMPLES_BEFORE] = cell_int((int64_t)t->n_before);
	row[REGRESS_SAMPLES_AFTER] = cell_int((int64_t)t->n_after);
	return ST_OK;
}

static enum status settle(struct test *test, size_t n, const struct regress_request *r,
                          struct table *out, struct regress_counts *counts, struct err *e)
{
	enum status rc = correct(test, n, e);

	counts->tests = n;
	counts->needed = samples_needed(n, r->alpha);
	for (size_t i = 0; i < n && !rc; i++) {
		const struct test *t = &test[i];
		size_t fewer = t->n_before < t->n_after ? t->n_before : t->n_after;

		judge(&test[i], r, counts);
		counts->fewest = i && counts->fewest < fewer ? counts->fewest : fewer;
	}
	if (!rc)
		qsort(test, n, sizeof(*test), compare_tests);
	for (size_t i = 0; i < n && !rc; i++)
		rc = add_row(&test[i], out, e);
	return rc;
}

enum status regress_timings(const struct regress_request *r, bool by_point, struct table *out,
                            struct regress_counts *counts, struct err *e)
{
	struct table before = { 0 }, after = { 0 };
	struct test *test = NULL;
	size_t n = 0;
	enum status rc = timings_of(&r->before, by_point, &before, e);

	if (!rc)
		rc = timings_of(&r->after, by_point, &after, e);
	if (!rc) {
		test = calloc(after.n_rows + 1, sizeof(*test));
		rc = test ? run_tests(&before, &after, test, &n, e) : err_nomem(e);
	}
	if (!rc)
		rc = settle(test, n, r, out, counts, e);
	free(test);
	table_release(&before);
	table_release(&after);
	return rc;
}
