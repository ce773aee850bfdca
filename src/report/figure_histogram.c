#include "report/figure_parts.h"

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

enum { ID, BITS, SCOPE, ENTROPY0, WEIGHTS };
enum { VALUE, COUNT, SHARE };

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
	.help = "Weights after 8-bit quantization: how often each integer occurs",
	.collect = collect,
	.per_model = true,
};
