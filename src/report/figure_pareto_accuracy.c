#include "report/figure_parts.h"
#include "report/pareto.h"

#include <math.h>
#include <stdio.h>

static const char compressed_sql[] =
        "SELECT group_size, bits_per_weight, top1, top1_low, top1_high, ratio_fp32, bits, scope,\n"
        "  trim, entries FROM results\n"
        "WHERE model = ?1 AND data = ?2 AND codec <> 'raw' AND verified = 1 AND top1 IS NOT NULL\n"
        "GROUP BY key ORDER BY bits_per_weight, point";

/* For each width the scope and rounding that are the most accurate, at their own size: that of the
 * stored raw point, without one the width of the weights. */
static const char raw_sql[] =
        "SELECT bits, coalesce(raw, bits) AS bits_per_weight, max(top1) AS top1\n"
        "FROM (SELECT bits, top1, min(CASE codec WHEN 'raw' THEN bits_per_weight END) AS raw\n"
        "  FROM results WHERE model = ?1 AND data = ?2 AND trim = 0 AND quant <> 'none'\n"
        "    AND top1 IS NOT NULL GROUP BY lossy_id)\n"
        "GROUP BY bits ORDER BY bits";

static const char size_and_accuracy[] = "-bits_per_weight,+top1";

enum { GROUP, BITS_PER_WEIGHT, TOP1, TOP1_LOW, TOP1_HIGH };
enum { MAX_GROUP = 64, MAX_SHOWN = 4 };

static enum status add_group(struct figure_data *d, const struct table *t, int64_t group,
                             size_t number, struct err *e)
{
	struct table rows;
	char name[32];
	enum status rc = figure_rows(t, GROUP, group, &rows, e);

	snprintf(name, sizeof(name), "group_%zu", number);
	if (!rc)
		rc = figure_front(d, name, &rows, size_and_accuracy, e);
	snprintf(name, sizeof(name), "size_%zu", number);
	if (!rc)
		rc = figure_number(d, name, (double)group, e);
	table_release(&rows);
	return rc;
}

/* One front per word length, for as many as can be told apart: the most telling first. */
static enum status add_groups(struct figure_data *d, const struct table *t, struct err *e)
{
	static const int preferred[] = { 1, 4, 16, 64, 8, 2, 32 };
	bool present[MAX_GROUP + 1] = { false }, shown[MAX_GROUP + 1] = { false };
	size_t n = 0, number = 0;
	enum status rc = ST_OK;

	for (size_t r = 0; r < t->n_rows; r++) {
		int64_t g = table_cell(t, r, GROUP)->i;

		if (g >= 1 && g <= MAX_GROUP)
			present[g] = true;
	}
	for (size_t i = 0; i < sizeof(preferred) / sizeof(preferred[0]) && n < MAX_SHOWN; i++)
		if (present[preferred[i]]) {
			shown[preferred[i]] = true;
			n++;
		}
	for (int g = 1; g <= MAX_GROUP && n < MAX_SHOWN; g++)
		if (present[g] && !shown[g]) {
			shown[g] = true;
			n++;
		}
	for (int g = 1; g <= MAX_GROUP && !rc; g++)
		if (shown[g])
			rc = add_group(d, t, g, ++number, e);
	return rc ? rc : figure_number(d, "n_groups", (double)number, e);
}

/* Accuracy is shown where a network is still of use, sizes where a front passes through that. */
static enum status add_window(struct figure_data *d, const struct table *t, double fp32,
                              struct err *e)
{
	struct figure_window w = figure_window(t, TOP1, TOP1_HIGH, fp32);
	double left = (double)NAN, half_bits = (double)NAN, half_top1 = half_bits;
	enum status rc;

	for (size_t r = 0; r < t->n_rows; r++) {
		double x = figure_value(t, r, BITS_PER_WEIGHT), y = figure_value(t, r, TOP1);

		if (y >= w.low)
			left = fmin(left, x);
		if (y >= fp32 - HALF_POINT && !(x >= half_bits)) {
			half_bits = x;
			half_top1 = y;
		}
	}
	for (size_t r = 0; r < t->n_rows && isnan(left); r++) /* all are below the window */
		left = figure_value(t, r, BITS_PER_WEIGHT);
	rc = figure_number(d, "accuracy_low", w.low, e);
	if (!rc)
		rc = figure_number(d, "accuracy_high", w.high, e);
	if (!rc)
		rc = figure_number(d, "bits_low", left, e);
	if (!rc)
		rc = figure_number(d, "half_point_bits", half_bits, e);
	return rc ? rc : figure_number(d, "half_point_top1", half_top1, e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table t = { 0 }, raw = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[] = { model, subject.data, NULL };

	if (!rc)
		rc = figure_query(d, s, compressed_sql, args, &t, e);
	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified compressed point with an accuracy");
	if (!rc)
		rc = figure_query(d, s, raw_sql, args, &raw, e);
	if (!rc)
		rc = figure_front(d, "front", &t, size_and_accuracy, e);
	if (!rc)
		rc = figure_front(d, "raw", &raw, size_and_accuracy, e);
	if (!rc)
		rc = add_groups(d, &t, e);
	if (!rc)
		rc = add_window(d, &t, subject.top1_fp32, e);
	table_release(&raw);
	table_release(&t);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_pareto_accuracy = {
	.name = "pareto_accuracy",
	.help = "Pareto fronts of bits per weight against top-1 accuracy, one per word length",
	.collect = collect,
	.per_model = true,
};
