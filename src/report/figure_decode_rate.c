#include "report/figure_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The platform with the most networks, then the most points. */
static const char platform_sql[] =
        "SELECT array, CAST(port AS TEXT), tile_buffer FROM points\n"
        "WHERE status = 'ok' AND inference_cycles > load_stalls AND weights_per_cycle > 0\n"
        "GROUP BY array, port, tile_buffer\n"
        "ORDER BY count(DISTINCT model) DESC, count(*) DESC, array, port, tile_buffer LIMIT 1";

/* Latency against that of the array without a wait for weights; of points of about the same rate
 * the fastest. Plain words are decoders too, of as many weights per cycle as the port brings. */
static const char points_sql[] =
        "SELECT model, weights_per_cycle AS rate, min(1.0 * inference_cycles\n"
        "  / (inference_cycles - load_stalls)) AS slowdown, codec = 'raw' AS raw, inference_cycles\n"
        "FROM points WHERE status = 'ok' AND array = ?1 AND port = CAST(?2 AS INTEGER)\n"
        "  AND tile_buffer = ?3 AND inference_cycles > load_stalls AND weights_per_cycle > 0\n"
        "GROUP BY model, raw, format('%.1e', weights_per_cycle) ORDER BY model, rate";

enum { MODEL, RATE, SLOWDOWN, RAW };
enum { MAX_CURVES = 10, MAX_NAME = 24 };

struct axes {
	size_t n;
	double left[MAX_CURVES], start[MAX_CURVES];
	double x_low, x_high, y_high;
};

/* The rows begin..end of a network as a block, decoders before plain words. */
static enum status add_curve(struct figure_data *d, const struct table *t, size_t begin, size_t end,
                             struct axes *x, struct err *e)
{
	struct table part = *t;
	char name[32];
	enum status rc;

	part.cell += begin * t->n_columns;
	part.n_rows = end - begin;
	x->left[x->n] = x->start[x->n] = (double)NAN;
	for (size_t r = 0; r < part.n_rows; r++) {
		double rate = figure_value(&part, r, RATE), y = figure_value(&part, r, SLOWDOWN);

		if (r == 0) {
			x->left[x->n] = rate;
			x->start[x->n] = y;
		}
		x->x_low = fmin(x->x_low, rate);
		x->x_high = fmax(x->x_high, rate);
		x->y_high = fmax(x->y_high, y);
	}
	x->n++;
	snprintf(name, sizeof(name), "curve_%zu", x->n);
	rc = figure_block(d, name, &part, e);
	snprintf(name, sizeof(name), "name_%zu", x->n);
	return rc ? rc : figure_string(d, name, table_cell(&part, 0, MODEL)->t, e);
}

/* Names stand on the left, where curves are the furthest apart, moved so that none meet: the axis
 * is logarithmic and the frame holds about 13 lines. */
static enum status add_labels(struct figure_data *d, const struct axes *x, struct err *e)
{
	double y[MAX_CURVES], low = log10(0.93), high = log10(x->y_high * 1.1);
	char name[32];
	enum status rc = figure_number(d, "y_low", 0.93, e);

	for (size_t i = 0; i < x->n; i++)
		y[i] = log10(x->start[i]);
	figure_spread(y, x->n, (high - low) / 13, low + (high - low) / 26, high);
	if (!rc)
		rc = figure_number(d, "y_high", x->y_high * 1.1, e);
	for (size_t i = 0; i < x->n && !rc; i++) {
		snprintf(name, sizeof(name), "label_%zu", i + 1);
		rc = figure_number(d, name, pow(10, y[i]), e);
		snprintf(name, sizeof(name), "left_%zu", i + 1);
		if (!rc)
			rc = figure_number(d, name, x->left[i], e);
		snprintf(name, sizeof(name), "start_%zu", i + 1);
		if (!rc)
			rc = figure_number(d, name, x->start[i], e);
	}
	if (!rc)
		rc = figure_number(d, "x_low", x->x_low, e);
	if (!rc)
		rc = figure_number(d, "x_high", fmax(x->x_high, 2 * x->x_low), e);
	return rc ? rc : figure_number(d, "n_curves", (double)x->n, e);
}

static enum status add_curves(struct figure_data *d, struct table *t, struct err *e)
{
	struct axes x = { .x_low = (double)INFINITY, .y_high = 1.5 };
	enum status rc = figure_short_names(t, MODEL, MAX_NAME, e);
	size_t begin = 0;

	for (size_t r = 1; r <= t->n_rows && !rc && x.n < MAX_CURVES; r++) {
		if (r < t->n_rows &&
		    !strcmp(table_cell(t, r, MODEL)->t, table_cell(t, begin, MODEL)->t))
			continue;
		rc = add_curve(d, t, begin, r, &x, e);
		begin = r;
	}
	if (!rc && begin < t->n_rows)
		rc = figure_about(d, e, "Networks beyond the first %d are left out.", MAX_CURVES);
	return rc ? rc : add_labels(d, &x, e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct table platform = { 0 }, t = { 0 };
	const char *args[4] = { NULL };
	enum status rc = figure_query(d, s, platform_sql, NULL, &platform, e);

	(void)model;
	if (!rc && platform.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no point has cycles of an inference");
	for (size_t i = 0; i < 3 && !rc; i++)
		args[i] = table_cell(&platform, 0, i)->t;
	if (!rc)
		rc = figure_string(d, "array", args[0], e);
	if (!rc)
		rc = figure_string(d, "port", args[1], e);
	if (!rc)
		rc = figure_query(d, s, points_sql, args, &t, e);
	if (!rc)
		rc = figure_about(d, e, "Array %s, port of %s bits, %s tile buffer.", args[0],
		                  args[1], args[2]);
	if (!rc)
		rc = add_curves(d, &t, e);
	table_release(&t);
	table_release(&platform);
	return rc;
}

const struct figure figure_decode_rate = {
	.name = "decode_rate",
	.help = "Latency of an inference against the decode rate of its weights",
	.caption =
	        "Latency is relative to the same array when it never waits for weights. Filled: points "
	        "behind a decoder; crosses: plain words of the port. At about the same rate the "
	        "fastest point stands for all.",
	.collect = collect,
};
