#include "report/figure_parts.h"

#include <math.h>
#include <stdio.h>

/* The prefix nearest to plain 8-bit quantization, one scale per tensor. */
static const char prefix_sql[] =
        "SELECT lossy_id, bits, scope, entropy0_bits, weights FROM accuracy\n"
        "WHERE model = ?1 AND trim = 0 AND lossy_id IN (SELECT lossy_id FROM histogram)\n"
        "ORDER BY abs(bits - 8), scope <> 'tensor', quant <> 'symmetric', round <> 'nearest',\n"
        "  scale <> 'max', clip <> 'none', lossy_id LIMIT 1";

static const char histogram_sql[] =
        "SELECT value, count, 100.0 * count / (SELECT sum(count) FROM histogram\n"
        "  WHERE lossy_id = CAST(?1 AS INTEGER)) AS share_percent\n"
        "FROM histogram WHERE lossy_id = CAST(?1 AS INTEGER) ORDER BY value";

/* Of the same quantization the largest trim that loses at most half a point. Trimming needs no
 * second histogram: integers up to the trim become 0. */
static const char trim_sql[] =
        "SELECT a.trim, a.entropy0_bits, -a.top1_delta FROM accuracy AS a\n"
        "  JOIN accuracy AS b ON b.lossy_id = CAST(?1 AS INTEGER)\n"
        "    AND a.model = b.model AND a.data = b.data AND a.quant = b.quant AND a.bits = b.bits\n"
        "    AND a.scope = b.scope AND a.round = b.round AND a.scale = b.scale AND a.clip = b.clip\n"
        "    AND a.batchnorm = b.batchnorm AND a.activations = b.activations\n"
        "WHERE a.trim > 0 AND a.top1_delta >= -0.5 - 1e-9 AND a.verdict IS NULL\n"
        "ORDER BY a.trim DESC LIMIT 1";

enum { ID, BITS, SCOPE, ENTROPY0, WEIGHTS };
enum { VALUE, COUNT, SHARE };

/* NaN where no trim is stored. */
static enum status add_trim(struct store *s, const char *id, const struct table *histogram,
                            struct figure_data *d, struct err *e)
{
	const char *args[] = { id, NULL };
	struct table t = { 0 };
	double trim, zeros = 0;
	enum status rc = figure_query(d, s, trim_sql, args, &t, e);

	trim = figure_value(&t, 0, 0);
	for (size_t r = 0; r < histogram->n_rows; r++)
		if (fabs(figure_value(histogram, r, VALUE)) <= trim)
			zeros += figure_value(histogram, r, SHARE);
	if (!rc)
		rc = figure_number(d, "trim", trim, e);
	if (!rc)
		rc = figure_number(d, "trim_zero_percent", isnan(trim) ? trim : zeros, e);
	if (!rc)
		rc = figure_number(d, "trim_entropy0", figure_value(&t, 0, 1), e);
	if (!rc)
		rc = figure_number(d, "trim_loss", figure_value(&t, 0, 2), e);
	table_release(&t);
	return rc;
}

static enum status add_histogram(struct store *s, int64_t id, struct figure_data *d, struct err *e)
{
	struct table t = { 0 };
	char id_text[32];
	const char *args[] = { id_text, NULL };
	double zeros = 0;
	enum status rc;

	snprintf(id_text, sizeof(id_text), "%lld", (long long)id);
	rc = figure_query(d, s, histogram_sql, args, &t, e);
	for (size_t r = 0; r < t.n_rows && !rc; r++)
		if (table_cell(&t, r, VALUE)->i == 0)
			zeros = figure_value(&t, r, SHARE);
	if (!rc)
		rc = figure_block(d, "histogram", &t, e);
	if (!rc)
		rc = figure_number(d, "zero_percent", zeros, e);
	if (!rc)
		rc = figure_number(d, "value_low", figure_value(&t, 0, VALUE), e);
	if (!rc)
		rc = figure_number(d, "value_high", figure_value(&t, t.n_rows - 1, VALUE), e);
	if (!rc)
		rc = add_trim(s, id_text, &t, d, e);
	table_release(&t);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct table prefix = { 0 };
	const char *args[] = { model, NULL };
	enum status rc = figure_query(d, s, prefix_sql, args, &prefix, e);

	if (!rc && prefix.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no histogram is stored");
	if (!rc)
		rc = figure_string(d, "model", model, e);
	if (!rc)
		rc = figure_string(d, "scope", table_cell(&prefix, 0, SCOPE)->t, e);
	if (!rc)
		rc = figure_number(d, "bits", figure_value(&prefix, 0, BITS), e);
	if (!rc)
		rc = figure_number(d, "weights", figure_value(&prefix, 0, WEIGHTS), e);
	if (!rc)
		rc = figure_number(d, "entropy0", figure_value(&prefix, 0, ENTROPY0), e);
	if (!rc)
		rc = add_histogram(s, table_cell(&prefix, 0, ID)->i, d, e);
	table_release(&prefix);
	return rc;
}

const struct figure figure_histogram = {
	.name = "histogram",
	.help = "Weights after 8-bit quantization and after trimming: how often each integer occurs",
	.caption =
	        "Grey: before trimming; blue: after it, with the largest stored trim of the same "
	        "quantization that loses at most half a point. Trimmed integers are 0.",
	.collect = collect,
	.per_model = true,
};
