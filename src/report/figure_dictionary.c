#include "report/figure_parts.h"

#include <math.h>
#include <stdio.h>

/* The quantization and trim that give the smallest size within half a point of loss; where none
 * does, the most accurate. */
static const char prefix_sql[] =
        "SELECT lossy_id, bits, scope, trim, top1_delta, entropy0_bits FROM results\n"
        "WHERE model = ?1 AND data = ?2 AND codec LIKE 'dict:%' AND verified = 1\n"
        "  AND top1 IS NOT NULL\n"
        "GROUP BY lossy_id ORDER BY top1_delta < -0.5 - 1e-9,\n"
        "  CASE WHEN top1_delta < -0.5 - 1e-9 THEN -top1_delta ELSE min(bits_per_weight) END,\n"
        "  lossy_id LIMIT 1";

static const char sizes_sql[] =
        "SELECT group_size, entries, min(bits_per_weight) AS bits_per_weight FROM results\n"
        "WHERE lossy_id = CAST(?1 AS INTEGER) AND codec LIKE 'dict:%' AND verified = 1\n"
        "GROUP BY group_size, entries ORDER BY group_size, entries";

enum { ID, BITS, SCOPE, TRIM, DELTA, ENTROPY0 };
enum { GROUP, ENTRIES, BITS_PER_WEIGHT };
enum { MAX_CURVES = 8 };

/* In raw bits: up to the one the axis shows every curve whole, beyond that it ends at the other,
 * as a code that takes twice the raw bits is of no interest. */
#define WHOLE_TOP 4.5
#define CUT_TOP   2.0

struct curves {
	size_t n;
	int64_t group[MAX_CURVES];
	double last_bits[MAX_CURVES];
	double low, high, max_entries, best_bits, best_entries, best_group;
};

static enum status add_curve(struct figure_data *d, const struct table *t, int64_t group,
                             struct curves *c, struct err *e)
{
	struct table rows;
	char name[32];
	enum status rc = figure_rows(t, GROUP, group, &rows, e);

	snprintf(name, sizeof(name), "curve_%zu", c->n + 1);
	if (!rc)
		rc = figure_block(d, name, &rows, e);
	snprintf(name, sizeof(name), "size_%zu", c->n + 1);
	if (!rc)
		rc = figure_number(d, name, (double)group, e);
	for (size_t r = 0; r < rows.n_rows && !rc; r++) {
		double x = figure_value(&rows, r, ENTRIES),
		       y = figure_value(&rows, r, BITS_PER_WEIGHT);

		c->low = fmin(y, c->low);
		c->high = fmax(y, c->high);
		c->max_entries = fmax(x, c->max_entries);
		c->last_bits[c->n] = y;
		if (!(y >= c->best_bits)) {
			c->best_bits = y;
			c->best_entries = x;
			c->best_group = (double)group;
		}
	}
	c->group[c->n++] = group;
	table_release(&rows);
	return rc;
}

/* Where the line between the points of a group passes top for good, on logarithmic axes; NaN when
 * it begins above. */
static double leaves_at(const struct table *t, int64_t group, double top)
{
	double at = (double)NAN;

	for (size_t r = 1; r < t->n_rows; r++) {
		double x0 = figure_value(t, r - 1, ENTRIES), x1 = figure_value(t, r, ENTRIES);
		double y0 = figure_value(t, r - 1, BITS_PER_WEIGHT),
		       y1 = figure_value(t, r, BITS_PER_WEIGHT);

		if (table_cell(t, r - 1, GROUP)->i == group &&
		    table_cell(t, r, GROUP)->i == group && y0 <= top && y1 > top)
			at = x0 * pow(x1 / x0, log(top / y0) / log(y1 / y0));
	}
	return at;
}

/* A curve is named at its right end, or where it leaves the frame at the top well before that. */
static enum status add_label(struct figure_data *d, size_t number, double x, double y,
                             struct err *e)
{
	char name[32];
	enum status rc;

	snprintf(name, sizeof(name), "label_%zu", number);
	rc = figure_number(d, name, y, e);
	snprintf(name, sizeof(name), "leaves_%zu", number);
	return rc ? rc : figure_number(d, name, x, e);
}

/* Names at the right that would meet are moved apart. The axis is logarithmic and holds about 13
 * lines of text. */
static enum status add_labels(struct figure_data *d, const struct table *t, const struct curves *c,
                              double bits, struct err *e)
{
	double top = 1.1 * (c->high <= WHOLE_TOP * bits ? c->high : CUT_TOP * bits);
	double x[MAX_CURVES], y[MAX_CURVES], low = log10(c->low), high = log10(top);
	enum status rc;

	low -= 0.1 * (high - low); /* room for the name of the bound */
	rc = figure_number(d, "y_low", pow(10, low), e);
	if (!rc)
		rc = figure_number(d, "y_high", top, e);
	for (size_t i = 0; i < c->n; i++) {
		x[i] = c->last_bits[i] > top ? leaves_at(t, c->group[i], top) : (double)NAN;
		if (x[i] > c->max_entries / 6) /* no room for the name inside the frame */
			x[i] = (double)NAN;
		y[i] = isnan(x[i]) ? fmin(log10(c->last_bits[i]), high) : (double)NAN;
	}
	figure_spread(y, c->n, (high - low) / 13, low, high);
	for (size_t i = 0; i < c->n && !rc; i++)
		rc = add_label(d, i + 1, x[i], isnan(y[i]) ? top : pow(10, y[i]), e);
	return rc;
}

static enum status add_curves(struct store *s, int64_t id, double bound, double bits,
                              struct figure_data *d, struct err *e)
{
	struct curves c = { .low = bound, .high = bound, .best_bits = (double)NAN };
	struct table t = { 0 };
	char id_text[32];
	const char *args[] = { id_text, NULL };
	enum status rc;

	snprintf(id_text, sizeof(id_text), "%lld", (long long)id);
	rc = figure_query(d, s, sizes_sql, args, &t, e);
	for (size_t r = 0; r < t.n_rows && !rc && c.n < MAX_CURVES; r++) {
		int64_t group = table_cell(&t, r, GROUP)->i;

		if (r == 0 || group != table_cell(&t, r - 1, GROUP)->i)
			rc = add_curve(d, &t, group, &c, e);
	}
	if (!rc)
		rc = add_labels(d, &t, &c, bits, e);
	if (!rc)
		rc = figure_number(d, "n_curves", (double)c.n, e);
	if (!rc)
		rc = figure_number(d, "max_entries", c.max_entries, e);
	if (!rc)
		rc = figure_number(d, "best_bits", c.best_bits, e);
	if (!rc)
		rc = figure_number(d, "best_entries", c.best_entries, e);
	if (!rc)
		rc = figure_number(d, "best_group", c.best_group, e);
	table_release(&t);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table prefix = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[] = { model, subject.data, NULL };

	if (!rc)
		rc = figure_query(d, s, prefix_sql, args, &prefix, e);
	if (!rc && prefix.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified dictionary point");
	if (!rc)
		rc = figure_string(d, "scope", table_cell(&prefix, 0, SCOPE)->t, e);
	if (!rc)
		rc = figure_number(d, "bits", figure_value(&prefix, 0, BITS), e);
	if (!rc)
		rc = figure_number(d, "trim", figure_value(&prefix, 0, TRIM), e);
	if (!rc)
		rc = figure_number(d, "loss", 0 - figure_value(&prefix, 0, DELTA), e);
	if (!rc)
		rc = figure_number(d, "entropy0", figure_value(&prefix, 0, ENTROPY0), e);
	if (!rc)
		rc = add_curves(s, table_cell(&prefix, 0, ID)->i,
		                figure_value(&prefix, 0, ENTROPY0), figure_value(&prefix, 0, BITS),
		                d, e);
	table_release(&prefix);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_dictionary = {
	.name = "dictionary",
	.help = "Size against dictionary size, one curve per word length",
	.collect = collect,
	.per_model = true,
};
