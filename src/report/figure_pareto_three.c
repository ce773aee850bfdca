#include "report/figure_parts.h"
#include "report/pareto.h"

#include <math.h>

/* The technology and array with the most priced points. */
static const char platform_sql[] =
        "SELECT technology, array FROM results\n"
        "WHERE model = ?1 AND data = ?2 AND energy_pj > 0 AND inference_cycles > 0\n"
        "GROUP BY technology, array\n"
        "ORDER BY count(*) DESC, technology <> '45nm-lstp', technology, array LIMIT 1";

/* Plain and compressed; of points that the figure cannot tell apart the first. */
static const char points_sql[] =
        "SELECT inference_cycles, energy_pj, min(0.0, top1_delta) AS top1_delta, codec = 'raw' AS raw,\n"
        "  top1_delta_low, top1_delta_high, bits, trim, group_size, codec, memory, port FROM results\n"
        "WHERE model = ?1 AND data = ?2 AND technology = ?3 AND array = ?4 AND verified = 1\n"
        "  AND quant <> 'none' AND energy_pj > 0 AND inference_cycles > 0 AND top1_delta >= -2 - 1e-9\n"
        "  AND verdict IS NULL\n"
        "GROUP BY format('%.2e', energy_pj), format('%.2e', inference_cycles), lossy_id, raw\n"
        "ORDER BY energy_pj, inference_cycles, point";

static const char objectives[] = "-energy_pj,-inference_cycles,+top1_delta";

enum { CYCLES, ENERGY, DELTA, RAW };

static enum status add_range(struct figure_data *d, const struct table *t, size_t column,
                             const char *low_name, const char *high_name, struct err *e)
{
	double low = (double)INFINITY, high = 0;
	enum status rc;

	for (size_t r = 0; r < t->n_rows; r++) {
		low = fmin(low, figure_value(t, r, column));
		high = fmax(high, figure_value(t, r, column));
	}
	rc = figure_number(d, low_name, low, e);
	return rc ? rc : figure_number(d, high_name, high, e);
}

/* Beside the front all points, the front's own among them. */
static enum status add_points(struct figure_data *d, const struct table *t, struct err *e)
{
	struct table front, part;
	enum status rc = figure_block(d, "all", t, e);

	if (!rc)
		rc = add_range(d, t, CYCLES, "cycles_low", "cycles_high", e);
	if (!rc)
		rc = add_range(d, t, ENERGY, "energy_low", "energy_high", e);
	if (rc)
		return rc;
	rc = figure_rows(t, t->n_columns, 0, &front, e);
	if (!rc)
		rc = pareto_filter(&front, objectives, NULL, e);
	for (int64_t raw = 0; raw < 2 && !rc; raw++) {
		rc = figure_rows(&front, RAW, raw, &part, e);
		if (!rc)
			rc = figure_block(d, raw ? "front_raw" : "front_codes", &part, e);
		table_release(&part);
	}
	table_release(&front);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table platform = { 0 }, t = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[5] = { model, subject.data };

	if (!rc)
		rc = figure_query(d, s, platform_sql, args, &platform, e);
	if (!rc && platform.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no point has cycles and a price");
	for (size_t i = 0; i < 2 && !rc; i++)
		args[2 + i] = table_cell(&platform, 0, i)->t;
	if (!rc)
		rc = figure_string(d, "technology", args[2], e);
	if (!rc)
		rc = figure_string(d, "array", args[3], e);
	if (!rc)
		rc = figure_query(d, s, points_sql, args, &t, e);
	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified point loses at most 2 points");
	if (!rc)
		rc = add_points(d, &t, e);
	table_release(&t);
	table_release(&platform);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_pareto_three = {
	.name = "pareto_three",
	.help = "Energy, latency and accuracy at once: the points that no other beats in all three",
	.caption =
	        "Every memory and port of the study in one technology and on one array, at most 2 points "
	        "of loss. Light dots: beaten by another point in all three; with a black edge: the front, "
	        "circles behind a decoder, squares plain words. Colour: points of top-1 lost.",
	.collect = collect,
	.per_model = true,
};
