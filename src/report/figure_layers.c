#include "report/figure_parts.h"

#include <math.h>
#include <stdio.h>

/* The smallest dictionary point within half a point of loss; where there is none, the most
 * accurate. */
static const char point_sql[] =
        "SELECT CAST(point_id AS TEXT), bits, scope, trim, group_size, codec, dict_scope,\n"
        "  1.0 * stream_bits / weights, 1.0 * dict_bits / weights,\n"
        "  1.0 * (side_bits + padding_bits) / weights, -top1_delta FROM points\n"
        "WHERE model = ?1 AND data = ?2 AND status = 'ok' AND codec LIKE 'dict:%' AND verified = 1\n"
        "  AND top1_delta IS NOT NULL AND verdict IS NULL AND point_id IN (SELECT point_id FROM layer)\n"
        "ORDER BY top1_delta < -0.5 - 1e-9,\n"
        "  CASE WHEN top1_delta < -0.5 - 1e-9 THEN -top1_delta ELSE bits_per_weight END, point\n"
        "LIMIT 1";

/* The layers with the most weights, in the order of the network; view layers has a row for each
 * technology. */
static const char layers_sql[] =
        "WITH one AS (SELECT layer, coalesce(nullif(layer_name, ''), layer) AS name,\n"
        "    max(layer_weights) AS weights,\n"
        "    max(layer_stream_bits) AS stream, max(coalesce(layer_dict_bits, 0)) AS dict,\n"
        "    max(coalesce(layer_side_bits, 0)) AS side\n"
        "  FROM layers WHERE point_id = CAST(?1 AS INTEGER) AND layer_weights > 0\n"
        "  GROUP BY layer),\n"
        "largest AS (SELECT *, 100.0 * weights / sum(weights) OVER () AS share, count(*) OVER () AS n\n"
        "  FROM one ORDER BY weights DESC, layer LIMIT 60)\n"
        "SELECT row_number() OVER (ORDER BY layer) AS place, name, 1.0 * stream / weights AS stream,\n"
        "  1.0 * dict / weights AS dict, 1.0 * side / weights AS side, share, n FROM largest\n"
        "ORDER BY layer";

enum { ID, BITS, SCOPE, TRIM, GROUP, CODEC, DICT_SCOPE, STREAM, DICT, SIDE, LOSS };
enum { L_PLACE, L_NAME, L_STREAM, L_DICT, L_SIDE, L_SHARE, L_N };
enum { MAX_NAME = 20 };

static enum status add_layers(struct store *s, const char *id, double whole, struct figure_data *d,
                              struct err *e)
{
	const char *args[] = { id, NULL };
	struct table t = { 0 };
	double most = whole;
	enum status rc = figure_query(d, s, layers_sql, args, &t, e);

	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "the sizes of the layers are not stored");
	if (!rc)
		rc = figure_short_names(&t, L_NAME, MAX_NAME, e);
	for (size_t r = 0; r < t.n_rows; r++)
		most = fmax(most, figure_value(&t, r, L_STREAM) + figure_value(&t, r, L_DICT) +
		                          figure_value(&t, r, L_SIDE));
	if (!rc)
		rc = figure_block(d, "layers", &t, e);
	if (!rc)
		rc = figure_number(d, "x_high", most, e);
	if (!rc)
		rc = figure_number(d, "n_of", figure_value(&t, 0, L_N), e);
	/* inches: heading and axis, a line per layer and one for the whole */
	if (!rc)
		rc = figure_formula(d, "line_in", "n_layers > 24 ? 0.115 : 0.16", e);
	if (!rc)
		rc = figure_formula(d, "height", "0.98 + line_in * (n_layers + 1.6)", e);
	table_release(&t);
	return rc;
}

static enum status add_point(struct store *s, const struct table *t, struct figure_data *d,
                             struct err *e)
{
	static const struct {
		const char *name;
		size_t column;
	} numbers[] = {
		{"bits",          BITS  },
                { "trim",         TRIM  },
                { "group",        GROUP },
		{ "whole_stream", STREAM},
                { "whole_dict",   DICT  },
                { "whole_side",   SIDE  },
		{ "loss",         LOSS  },
	};
	double whole =
	        figure_value(t, 0, STREAM) + figure_value(t, 0, DICT) + figure_value(t, 0, SIDE);
	enum status rc = figure_string(d, "scope", table_cell(t, 0, SCOPE)->t, e);

	if (!rc)
		rc = figure_string(d, "codec", table_cell(t, 0, CODEC)->t, e);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && !rc; i++)
		rc = figure_number(d, numbers[i].name, figure_value(t, 0, numbers[i].column), e);
	return rc ? rc : add_layers(s, table_cell(t, 0, ID)->t, whole, d, e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table point = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[] = { model, subject.data, NULL };

	if (!rc)
		rc = figure_query(d, s, point_sql, args, &point, e);
	if (!rc && point.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified dictionary point with sizes of layers");
	if (!rc)
		rc = add_point(s, &point, d, e);
	table_release(&point);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_layers = {
	.name = "layers",
	.help = "Bits per weight of every layer, by what they hold, and its share of the weights",
	.caption =
	        "The smallest dictionary point within half a point of loss. Side information is the "
	        "count of symbols and the scales; the whole network's has the padding too, and the "
	        "dictionary that all layers share.",
	.collect = collect,
	.per_model = true,
};
