#include "report/figure_parts.h"
#include "report/pareto.h"
#include "report/table_rows.h"

#include <math.h>
#include <stdio.h>

/* Every network on its data set with the most results. */
static const char networks_sql[] =
        "SELECT model, data, images, top1_fp32 FROM (SELECT model, data, images, top1_fp32,\n"
        "    row_number() OVER (PARTITION BY model ORDER BY count(*) DESC, data) AS place\n"
        "  FROM accuracy WHERE top1_delta IS NOT NULL AND verdict IS NULL GROUP BY model, data)\n"
        "WHERE place = 1 ORDER BY model LIMIT 24";

static const char points_sql[] =
        "SELECT bits_per_weight, top1_delta, top1_delta_low, top1_delta_high, ratio_fp32, bits,\n"
        "  scope, trim, group_size, codec FROM points\n"
        "WHERE model = ?1 AND data = ?2 AND status = 'ok' AND codec <> 'raw' AND verified = 1\n"
        "  AND top1_delta IS NOT NULL AND verdict IS NULL ORDER BY bits_per_weight, point";

enum { MODEL, DATA, IMAGES };
enum { BITS_PER_WEIGHT, DELTA, DELTA_LOW, DELTA_HIGH, RATIO };
enum { MAX_NAME = 26 };

/* Points of loss that the panels show. */
#define DEEPEST 3.0

struct panels {
	size_t n;
	double left, right, high;
	struct table summary; /* a row per panel */
};

/* The smallest within half a point, and what of the front lies in the panels. */
static enum status add_summary(struct panels *p, const char *name, const struct table *front,
                               struct err *e)
{
	struct cell *row = table_add_row(&p->summary);
	size_t best = front->n_rows;

	if (!row)
		return err_nomem(e);
	for (size_t r = 0; r < front->n_rows; r++) {
		double x = figure_value(front, r, BITS_PER_WEIGHT),
		       delta = figure_value(front, r, DELTA);

		if (delta < -DEEPEST)
			continue;
		p->left = fmin(p->left, x);
		p->right = fmax(p->right, x);
		p->high = fmax(p->high, delta);
		if (best == front->n_rows && delta >= -HALF_POINT)
			best = r;
	}
	row[0] = cell_text(name);
	row[1] = cell_real(figure_value(front, best, BITS_PER_WEIGHT));
	row[2] = cell_real(figure_value(front, best, DELTA));
	row[3] = cell_real(figure_value(front, best, RATIO));
	return ST_OK;
}

static enum status add_panel(struct store *s, const struct table *networks, size_t row,
                             const char *short_name, struct panels *p, struct figure_data *d,
                             struct err *e)
{
	const char *args[] = { table_cell(networks, row, MODEL)->t,
		               table_cell(networks, row, DATA)->t, NULL };
	struct table t = { 0 };
	char name[32];
	enum status rc = figure_query(d, s, points_sql, args, &t, e);

	snprintf(name, sizeof(name), "front_%zu", p->n + 1);
	if (!rc)
		rc = pareto_filter(&t, "-bits_per_weight,+top1_delta", NULL, e);
	if (!rc && t.n_rows > 0) {
		p->n++;
		rc = figure_block(d, name, &t, e);
		snprintf(name, sizeof(name), "name_%zu", p->n);
		if (!rc)
			rc = figure_string(d, name, short_name, e);
		if (!rc)
			rc = add_summary(p, short_name, &t, e);
		if (!rc)
			rc = figure_about(d, e, "%s: %.0f images of %s.", args[0],
			                  figure_value(networks, row, IMAGES), args[1]);
	}
	table_release(&t);
	return rc;
}

static enum status add_axes(const struct panels *p, struct figure_data *d, struct err *e)
{
	double left = isnan(p->left) ? 1 : p->left, right = isnan(p->right) ? 8 : p->right;
	enum status rc = figure_number(d, "n_panels", (double)p->n, e);

	if (!rc)
		rc = figure_number(d, "x_low", left / 1.4, e);
	if (!rc)
		rc = figure_number(d, "x_high", fmax(right * 1.3, left * 2), e);
	if (!rc)
		rc = figure_number(d, "y_low", -DEEPEST - 0.15, e);
	if (!rc)
		rc = figure_number(d, "y_high", fmin(p->high, 2) + 0.4, e);
	if (!rc)
		rc = figure_formula(d, "columns", "width > 5 ? 4 : 2", e);
	if (!rc)
		rc = figure_formula(d, "n_rows", "ceil(n_panels / columns)", e);
	/* inches: axis and heading, and a row of panels with their names */
	return rc ? rc : figure_formula(d, "height", "0.44 + 1.25 * n_rows", e);
}

static enum status add_panels(struct store *s, const struct table *networks, struct figure_data *d,
                              struct err *e)
{
	static const char *columns[] = { "network", "bits_per_weight", "top1_delta", "ratio_fp32" };
	struct panels p = { .left = (double)NAN, .right = (double)NAN };
	struct table names;
	enum status rc = figure_rows(networks, networks->n_columns, 0, &names, e);

	table_begin(&p.summary, columns, sizeof(columns) / sizeof(columns[0]));
	if (!rc)
		rc = figure_short_names(&names, MODEL, MAX_NAME, e);
	for (size_t r = 0; r < networks->n_rows && !rc; r++)
		rc = add_panel(s, networks, r, table_cell(&names, r, MODEL)->t, &p, d, e);
	if (!rc && p.n == 0)
		rc = err_set(e, ST_SKIP, "no verified compressed point with an accuracy");
	if (!rc)
		rc = figure_block(d, "summary", &p.summary, e);
	if (!rc)
		rc = add_axes(&p, d, e);
	table_release(&p.summary);
	table_release(&names);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct table networks = { 0 };
	enum status rc = figure_query(d, s, networks_sql, NULL, &networks, e);

	(void)model;
	if (!rc && networks.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no point with an accuracy");
	if (!rc)
		rc = add_panels(s, &networks, d, e);
	table_release(&networks);
	return rc;
}

const struct figure figure_pareto_all = {
	.name = "pareto_all",
	.help = "Pareto fronts of size against loss of accuracy, all networks on one page",
	.caption =
	        "Blue: the network's own front, with 95 % intervals of the paired difference to fp32 "
	        "(Agresti-Min); grey: those of the others. The circle is the smallest point within "
	        "half a point of loss (below the dashed line more is lost), the number beside it its "
	        "compression against fp32.",
	.collect = collect,
};
