/* Every claim on a line: our values relative to the published one, a mark per network. */
#include "base/file.h"
#include "report/claim.h"
#include "report/figure_parts.h"
#include "report/table_rows.h"

#include <math.h>

static const char *mark_columns[] = { "place", "relative", "low", "high", "verdict" };
static const char *line_columns[] = { "place", "title", "published", "marks" };

struct drawing {
	struct claims claims;
	struct arena arena;
	struct table mark, line;
	size_t n_stored; /* verdicts that rest on stored points */
	double low, high;
};

static double relative(double value, double published)
{
	return value > 0 ? value / published : (double)NAN;
}

static enum status add_marks(struct drawing *g, const struct claim *c, struct store *s,
                             int64_t place, int64_t *n, struct err *e)
{
	for (size_t i = 0; i < claim_rows(c); i++) {
		struct claim_result r;
		struct cell *row;
		enum status rc = claim_evaluate(c, i, s, &g->arena, &r, e);

		if (rc)
			return rc;
		if (!(r.ours > 0))
			continue;
		row = table_add_row(&g->mark);
		if (!row)
			return err_nomem(e);
		row[0] = cell_int(place);
		row[1] = cell_real(relative(r.ours, c->published));
		row[2] = cell_real(relative(r.low, c->published));
		row[3] = cell_real(relative(r.high, c->published));
		row[4] = cell_int(r.verdict == CLAIM_REPRODUCED);
		g->low = fmin(g->low, fmin(row[1].r, row[2].type ? row[2].r : row[1].r));
		g->high = fmax(g->high, fmax(row[1].r, row[3].type ? row[3].r : row[1].r));
		g->n_stored += c->n_networks > 0;
		++*n;
	}
	return ST_OK;
}

/* Claims of nothing (a loss of 0) have no ratio to ours, and no line. */
static enum status add_line(struct drawing *g, const struct claim *c, struct figure_data *d,
                            struct store *s, struct err *e)
{
	int64_t n = 0, place = (int64_t)g->line.n_rows + 1;
	struct cell *row;
	enum status rc;

	if (!(c->published > 0))
		return ST_OK;
	rc = add_marks(g, c, s, place, &n, e);
	if (rc || n == 0)
		return rc;
	if (c->sql)
		text_addf(&d->sql, "-- %s\n%s\n", c->id, c->sql);
	row = table_add_row(&g->line);
	if (!row)
		return err_nomem(e);
	row[0] = cell_int(place);
	row[1] = cell_text(c->title);
	row[2] = cell_text(arena_printf(&g->arena, "%.6g%s%s", c->published,
	                                *c->unit == 'x' ? "" : " ", c->unit));
	row[3] = cell_int(n);
	return row[2].t ? ST_OK : err_nomem(e);
}

static enum status draw(struct drawing *g, struct figure_data *d, struct err *e)
{
	enum status rc;

	if (g->n_stored == 0)
		return err_set(e, ST_SKIP,
		               "no points that a claim is about: run 'hcbench reproduce'");
	rc = figure_block(d, "claims", &g->line, e);
	if (!rc)
		rc = figure_block(d, "marks", &g->mark, e);
	if (!rc)
		rc = figure_number(d, "x_low", fmin(g->low, 0.5) / 1.4, e);
	if (!rc)
		rc = figure_number(d, "x_high", fmax(g->high, 2) * 1.4, e);
	/* inches: a line of 8 pt text per claim, and what stands above and below */
	return rc ? rc : figure_number(d, "height", 1.35 + 0.155 * (double)g->line.n_rows, e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct drawing g = { .low = (double)INFINITY, .high = 0 };
	const char *dir = file_shipped(&g.arena, "datasets/claims");
	enum status rc;

	(void)model;
	table_begin(&g.mark, mark_columns, sizeof(mark_columns) / sizeof(mark_columns[0]));
	table_begin(&g.line, line_columns, sizeof(line_columns) / sizeof(line_columns[0]));
	rc = dir ? claims_load(&g.claims, dir, e)
	         : err_set(e, ST_SKIP, "datasets/claims is not installed");
	for (size_t i = 0; i < g.claims.n && !rc; i++)
		rc = add_line(&g, &g.claims.claim[i], d, s, e);
	if (!rc)
		rc = draw(&g, d, e);
	table_release(&g.mark);
	table_release(&g.line);
	claims_release(&g.claims);
	arena_release(&g.arena);
	return rc;
}

const struct figure figure_claims = {
	.name = "claims",
	.help = "published claims: our values relative to the published ones",
	.collect = collect,
};
