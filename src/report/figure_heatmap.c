#include "report/figure_parts.h"

#include <math.h>
#include <stdio.h>

/* The one method (all of a lossy prefix but bits and trim) with the most pairs of them; of equals
 * the one that loses least. */
static const char method_sql[] =
        "SELECT quant, scope, round, scale, clip, batchnorm, activations FROM accuracy\n"
        "WHERE model = ?1 AND data = ?2 AND quant <> 'none' AND top1_delta IS NOT NULL\n"
        "GROUP BY quant, scope, round, scale, clip, batchnorm, activations\n"
        "ORDER BY count(*) DESC, avg(top1_delta) DESC, quant, scope LIMIT 1";

/* Columns and rows of the map are ranks, so that widths and trims of any spacing fill it. */
static const char cells_sql[] =
        "SELECT dense_rank() OVER (ORDER BY trim) - 1 AS trim_place,\n"
        "  dense_rank() OVER (ORDER BY bits) - 1 AS bits_place, trim, bits,\n"
        "  max(0.0, -top1_delta) AS loss, top1, top1_low, top1_high FROM accuracy\n"
        "WHERE model = ?1 AND data = ?2 AND top1_delta IS NOT NULL AND quant = ?3 AND scope = ?4\n"
        "  AND round = ?5 AND scale = ?6 AND clip = ?7 AND batchnorm = ?8\n"
        "  AND activations = ?9 ORDER BY bits, trim";

enum { TRIM_PLACE, BITS_PLACE, TRIM, BITS };
enum { QUANT, SCOPE, N_METHOD = 7 };

static enum status add_tics(struct figure_data *d, const struct table *t, size_t place,
                            size_t value, const char *variable, struct err *e)
{
	double last = 0;
	char name[32];
	enum status rc = ST_OK;

	for (size_t r = 0; r < t->n_rows; r++)
		last = fmax(last, figure_value(t, r, place));
	for (double at = 0; at <= last && !rc; at += 1)
		for (size_t r = 0; r < t->n_rows; r++)
			if (fabs(figure_value(t, r, place) - at) < 0.5) {
				snprintf(name, sizeof(name), "%s_%.0f", variable, at);
				rc = figure_number(d, name, figure_value(t, r, value), e);
				break;
			}
	snprintf(name, sizeof(name), "n_%s", variable);
	return rc ? rc : figure_number(d, name, last + 1, e);
}

static enum status add_cells(struct store *s, const char *const *args, struct figure_data *d,
                             struct err *e)
{
	struct table t = { 0 };
	enum status rc = figure_query(d, s, cells_sql, args, &t, e);

	if (!rc)
		rc = figure_block(d, "cells", &t, e);
	if (!rc)
		rc = add_tics(d, &t, TRIM_PLACE, TRIM, "trim", e);
	if (!rc)
		rc = add_tics(d, &t, BITS_PLACE, BITS, "bits", e);
	/* inches: heading and axis, a row of cells */
	if (!rc)
		rc = figure_formula(d, "height", "1.2 + 0.26 * n_bits", e);
	table_release(&t);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table method = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[3 + N_METHOD] = { model, subject.data };

	if (!rc)
		rc = figure_query(d, s, method_sql, args, &method, e);
	if (!rc && method.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no quantized network with an accuracy");
	for (size_t i = 0; i < N_METHOD && !rc; i++)
		args[2 + i] = table_cell(&method, 0, i)->t;
	if (!rc)
		rc = figure_string(d, "quantizer", args[2 + QUANT], e);
	if (!rc)
		rc = figure_string(d, "scope", args[2 + SCOPE], e);
	if (!rc)
		rc = add_cells(s, args, d, e);
	table_release(&method);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_heatmap = {
	.name = "heatmap",
	.help = "Loss of top-1 accuracy for each weight width and trim",
	.caption =
	        "Points of top-1 lost against fp32 on the same images, one quantizer and scope; a gain "
	        "counts as 0. Framed: at most half a point. White: not evaluated.",
	.collect = collect,
	.per_model = true,
};
