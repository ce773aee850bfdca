#include "report/figure_parts.h"
#include "report/pareto.h"

#include <math.h>

static const char technology_sql[] =
        "SELECT technology FROM results\n"
        "WHERE model = ?1 AND data = ?2 AND energy_pj IS NOT NULL\n"
        "GROUP BY technology ORDER BY count(*) DESC, technology <> '45nm-lstp', technology LIMIT 1";

static const char compressed_sql[] =
        "SELECT energy_pj, top1, top1_low, top1_high, bits, scope, trim, group_size, entries,\n"
        "  bits_per_weight FROM results\n"
        "WHERE model = ?1 AND data = ?2 AND technology = ?3 AND codec <> 'raw' AND verified = 1\n"
        "  AND energy_pj IS NOT NULL AND top1 IS NOT NULL ORDER BY energy_pj, point";

/* For each width the scope and rounding that are the most accurate, at their own energy. */
static const char raw_sql[] =
        "SELECT energy_pj, max(top1) AS top1, bits\n"
        "FROM (SELECT bits, top1, min(energy_raw_pj) AS energy_pj FROM results\n"
        "  WHERE model = ?1 AND data = ?2 AND technology = ?3 AND trim = 0 AND quant <> 'none'\n"
        "    AND energy_raw_pj IS NOT NULL AND top1 IS NOT NULL GROUP BY lossy_id)\n"
        "GROUP BY bits ORDER BY bits";

static const char int8_sql[] =
        "SELECT energy_pj, max(top1) AS top1\n"
        "FROM (SELECT top1, min(energy_int8_pj) AS energy_pj FROM results\n"
        "  WHERE model = ?1 AND data = ?2 AND technology = ?3 AND trim = 0 AND bits = 8\n"
        "    AND energy_int8_pj IS NOT NULL AND top1 IS NOT NULL GROUP BY lossy_id)\n"
        "HAVING count(*) > 0";

static const char energy_and_accuracy[] = "-energy_pj,+top1";

enum { ENERGY, TOP1, TOP1_LOW, TOP1_HIGH };

static double smallest_energy(const struct table *t, double floor_top1)
{
	double best = (double)NAN;

	for (size_t r = 0; r < t->n_rows; r++)
		if (figure_value(t, r, TOP1) >= floor_top1)
			best = fmin(figure_value(t, r, ENERGY), best);
	return best;
}

/* The left end of the axis is 1 unit or more, where there is such a unit. */
static enum status add_unit(struct figure_data *d, double left, struct err *e)
{
	static const struct {
		const char *name;
		double pj;
	} units[] = {
		{"pJ",   1  },
                { "nJ",  1e3},
                { "µJ", 1e6},
                { "mJ",  1e9}
	};
	size_t u = 0;
	enum status rc;

	while (u + 1 < sizeof(units) / sizeof(units[0]) && left >= units[u + 1].pj)
		u++;
	rc = figure_string(d, "energy_unit", units[u].name, e);
	return rc ? rc : figure_number(d, "energy_unit_pj", units[u].pj, e);
}

static enum status add_window(struct figure_data *d, const struct table *t, const struct table *raw,
                              const struct table *int8, double fp32, struct err *e)
{
	struct figure_window w = figure_window(t, TOP1, TOP1_HIGH, fp32);
	double left = fmin(smallest_energy(t, w.low), smallest_energy(raw, w.low));
	double right = fmax(figure_value(int8, 0, ENERGY), 0);
	enum status rc;

	if (isnan(left)) /* all are below the window */
		left = smallest_energy(t, 0);
	right = fmax(right, left);
	for (size_t r = 0; r < raw->n_rows; r++)
		right = fmax(right, figure_value(raw, r, ENERGY));
	rc = add_unit(d, left, e);
	if (!rc)
		rc = figure_number(d, "accuracy_low", w.low, e);
	if (!rc)
		rc = figure_number(d, "accuracy_high", w.high, e);
	if (!rc)
		rc = figure_number(d, "energy_low", left, e);
	if (!rc)
		rc = figure_number(d, "energy_high", right, e);
	if (!rc)
		rc = figure_number(d, "half_point_energy", smallest_energy(t, fp32 - HALF_POINT),
		                   e);
	return rc ? rc
	          : figure_number(d, "half_point_raw", smallest_energy(raw, fp32 - HALF_POINT), e);
}

static enum status add_points(struct store *s, const char *const *args, double fp32,
                              struct figure_data *d, struct err *e)
{
	struct table t = { 0 }, raw = { 0 }, int8 = { 0 };
	enum status rc = figure_query(d, s, compressed_sql, args, &t, e);

	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified compressed point with accuracy and energy");
	if (!rc)
		rc = figure_query(d, s, raw_sql, args, &raw, e);
	if (!rc)
		rc = figure_query(d, s, int8_sql, args, &int8, e);
	if (!rc)
		rc = figure_front(d, "front", &t, energy_and_accuracy, e);
	if (!rc)
		rc = figure_front(d, "raw", &raw, energy_and_accuracy, e);
	if (!rc)
		rc = figure_block(d, "int8", &int8, e);
	if (!rc)
		rc = add_window(d, &t, &raw, &int8, fp32, e);
	table_release(&int8);
	table_release(&raw);
	table_release(&t);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table technology = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[] = { model, subject.data, NULL, NULL };

	if (!rc)
		rc = figure_query(d, s, technology_sql, args, &technology, e);
	if (!rc && technology.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no point has been priced");
	if (!rc) {
		args[2] = table_cell(&technology, 0, 0)->t;
		rc = figure_string(d, "technology", args[2], e);
	}
	if (!rc)
		rc = add_points(s, args, subject.top1_fp32, d, e);
	table_release(&technology);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_pareto_energy = {
	.name = "pareto_energy",
	.help = "Energy per inference against top-1 accuracy: compressed, raw b-bit and int8",
	.collect = collect,
	.per_model = true,
};
