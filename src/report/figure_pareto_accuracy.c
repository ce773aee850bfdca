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

/* 0, which no figure shows, stands for what no study can ask for. */
static int group_of(const struct table *t, size_t row)
{
	int64_t group = table_cell(t, row, GROUP)->i;

	return group >= 1 && group <= MAX_GROUP ? (int)group : 0;
}

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

/* How many points of the front of all groups, at least as accurate as low, each group has; -1 for
 * a group without any point. */
static enum status count_shares(const struct table *t, double low, int *share, struct err *e)
{
	struct table front;
	enum status rc = figure_rows(t, t->n_columns, 0, &front, e);

	for (int g = 0; g <= MAX_GROUP; g++)
		share[g] = -1;
	for (size_t r = 0; r < t->n_rows; r++)
		share[group_of(t, r)] = 0;
	if (!rc)
		rc = pareto_filter(&front, size_and_accuracy, NULL, e);
	for (size_t r = 0; r < front.n_rows && !rc; r++)
		if (figure_value(&front, r, TOP1) >= low)
			share[group_of(&front, r)]++;
	table_release(&front);
	return rc;
}

/* One front per word length, for as many as can be told apart: those that the front of all is made
 * of, of equals the shorter. */
static enum status add_groups(struct figure_data *d, const struct table *t, double low,
                              struct err *e)
{
	int share[MAX_GROUP + 1];
	bool shown[MAX_GROUP + 1] = { false };
	size_t number = 0, present = 0;
	enum status rc = count_shares(t, low, share, e);

	for (int g = 1; g <= MAX_GROUP; g++)
		present += share[g] >= 0;
	for (size_t n = 0; n < MAX_SHOWN; n++) {
		int best = 0;

		for (int g = 1; g <= MAX_GROUP; g++)
			if (!shown[g] && share[g] >= 0 && (!best || share[g] > share[best]))
				best = g;
		shown[best] = true;
	}
	for (int g = 1; g <= MAX_GROUP && !rc; g++)
		if (shown[g])
			rc = add_group(d, t, g, ++number, e);
	if (!rc)
		rc = figure_number(d, "n_groups", (double)number, e);
	return rc ? rc : figure_number(d, "n_all_groups", (double)present, e);
}

/* Accuracy is shown where a network is still of use, sizes where a front passes through that. */
static enum status add_window(struct figure_data *d, const struct table *t, struct figure_window w,
                              double fp32, struct err *e)
{
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
	struct figure_window w = { 0 };
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
		w = figure_window(&t, TOP1, TOP1_HIGH, subject.top1_fp32);
	if (!rc)
		rc = add_groups(d, &t, w.low, e);
	if (!rc)
		rc = add_window(d, &t, w, subject.top1_fp32, e);
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
