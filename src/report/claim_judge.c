#include "report/claim_check.h"

#include <math.h>
#include <string.h>

#define LIST_CLAIM_CHECK(n) &claim_check_##n,
const struct claim_check *const claim_checks[] = { CLAIM_CHECKS(LIST_CLAIM_CHECK) };
#undef LIST_CLAIM_CHECK
const size_t n_claim_checks = sizeof(claim_checks) / sizeof(claim_checks[0]);

const char *const claim_verdict_names[] = { "reproduced", "not reproduced", "cannot be run here" };

size_t claim_rows(const struct claim *c)
{
	return c->together ? 1 : c->n_networks;
}

const char *claim_network(const struct claim *c, size_t i)
{
	return c->together ? c->together : c->network[i];
}

/* The margin absorbs the rounding of ratios computed in binary. */
bool claim_holds(const struct claim *c, double ours)
{
	double margin = c->tolerance + 1e-9 * fmax(1, fabs(c->published));

	switch (c->judge) {
	case JUDGE_AT_LEAST:
		return ours >= c->published - margin;
	case JUDGE_AT_MOST:
		return ours <= c->published + margin;
	default:
		return fabs(ours - c->published) <= margin;
	}
}

static enum status run_check(const struct claim *c, struct arena *a, struct claim_result *out,
                             struct err *e)
{
	size_t n = strcspn(c->check, ":");

	for (size_t i = 0; i < n_claim_checks; i++)
		if (strlen(claim_checks[i]->name) == n &&
		    !strncmp(claim_checks[i]->name, c->check, n))
			return claim_checks[i]->run(c->check[n] ? c->check + n + 1 : "", a, out, e);
	return err_set(e, ST_DATA, "%s: check: there is no '%.*s'", c->path, (int)n, c->check);
}

static double number_of(const struct table *t, const char *column)
{
	size_t at = table_column(t, column);
	const struct cell *cell = at < t->n_columns && t->n_rows ? table_cell(t, 0, at) : NULL;

	if (cell && cell->type == CELL_INT)
		return (double)cell->i;
	return cell && cell->type == CELL_REAL ? cell->r : (double)NAN;
}

static enum status text_of(const struct table *t, const char *column, struct arena *a,
                           const char **out, struct err *e)
{
	size_t at = table_column(t, column);
	const struct cell *cell = at < t->n_columns && t->n_rows ? table_cell(t, 0, at) : NULL;

	if (!cell || cell->type != CELL_TEXT)
		return ST_OK;
	*out = arena_strdup(a, cell->t);
	return *out ? ST_OK : err_nomem(e);
}

static enum status run_sql(const struct claim *c, size_t i, struct store *s, struct arena *a,
                           struct claim_result *out, struct err *e)
{
	const char *args[] = { c->together ? "" : c->network[i], NULL };
	struct table t = { 0 };
	enum status rc = store_query(s, c->sql, strstr(c->sql, "?1") ? args : NULL, 0, &t, e);

	if (!rc && table_column(&t, "ours") == t.n_columns)
		rc = err_set(e, ST_DATA, "sql: the result has no column 'ours'");
	if (!rc && t.n_rows > 1)
		rc = err_set(e, ST_DATA, "sql: expected one row, got %zu", t.n_rows);
	if (!rc) {
		out->ours = number_of(&t, "ours");
		out->low = number_of(&t, "low");
		out->high = number_of(&t, "high");
		rc = text_of(&t, "point", a, &out->point, e);
	}
	if (!rc)
		rc = text_of(&t, "reason", a, &out->reason, e);
	table_release(&t);
	if (rc)
		err_wrap(e, "%s", c->path);
	return rc;
}

enum status claim_evaluate(const struct claim *c, size_t i, struct store *s, struct arena *a,
                           struct claim_result *out, struct err *e)
{
	enum status rc;

	*out = (struct claim_result){ .ours = (double)NAN,
		                      .low = (double)NAN,
		                      .high = (double)NAN };
	rc = c->check ? run_check(c, a, out, e) : run_sql(c, i, s, a, out, e);
	if (rc)
		return rc;
	if (isnan(out->ours)) {
		out->verdict = CLAIM_NOT_REPRODUCED;
		if (!out->reason)
			out->reason = "no stored point meets the conditions";
		return ST_OK;
	}
	out->verdict = claim_holds(c, out->ours) ? CLAIM_REPRODUCED : CLAIM_NOT_REPRODUCED;
	return ST_OK;
}
