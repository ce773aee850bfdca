#include "base/arena.h"
#include "report/figure_parts.h"
#include "report/pareto.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void figure_data_release(struct figure_data *d)
{
	text_release(&d->dat);
	text_release(&d->variables);
	text_release(&d->sql);
	text_release(&d->about);
}

static enum status check(const struct text *t, struct err *e)
{
	return t->fail ? err_nomem(e) : ST_OK;
}

/* Inside single quotes gnuplot executes nothing and knows one escape, the doubled quote; a line
 * end would end the literal. */
void figure_quote(struct text *out, const char *value)
{
	text_add(out, "'");
	for (const char *s = value; *s; s++) {
		if (*s == '\'')
			text_add(out, "''");
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			text_add(out, "?");
		else
			text_addn(out, s, 1);
	}
	text_add(out, "'");
}

enum status figure_string(struct figure_data *d, const char *variable, const char *value,
                          struct err *e)
{
	text_addf(&d->variables, "%s = ", variable);
	figure_quote(&d->variables, value);
	text_add(&d->variables, "\n");
	return check(&d->variables, e);
}

static bool is_integral(double value)
{
	return fabs(value) < 1e15 && rint(value) >= value && rint(value) <= value;
}

static void add_number(struct text *out, double value)
{
	if (isnan(value))
		text_add(out, "NaN");
	else
		text_addf(out, "%.*g", is_integral(value) ? 15 : 10, value);
}

/* gnuplot divides integers as C does, so a number always looks real: 32.0. */
enum status figure_number(struct figure_data *d, const char *variable, double value, struct err *e)
{
	char text[64];

	/* ten digits may leave no decimal point either */
	snprintf(text, sizeof(text), "%.*g", is_integral(value) ? 15 : 10, value);
	text_addf(&d->variables, "%s = %s%s\n", variable, isnan(value) ? "NaN" : text,
	          strpbrk(text, ".en") ? "" : ".0");
	return check(&d->variables, e);
}

enum status figure_formula(struct figure_data *d, const char *variable, const char *expression,
                           struct err *e)
{
	text_addf(&d->variables, "%s = %s\n", variable, expression);
	return check(&d->variables, e);
}

enum status figure_about(struct figure_data *d, struct err *e, const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_add(&d->about, " ");
	for (const char *s = line; *s; s++)
		text_addn(&d->about, (unsigned char)*s < 0x20 || *s == 0x7f ? "?" : s, 1);
	return check(&d->about, e);
}

enum status figure_source(struct figure_data *d, const char *path, struct err *e)
{
	text_addf(&d->sql, "-- read from %s\n", path);
	return check(&d->sql, e);
}

/* Tabs separate and line ends end, so both leave text cells. */
static void add_cell(struct text *out, const struct cell *c)
{
	switch (c->type) {
	case CELL_NULL:
		text_add(out, "NaN");
		break;
	case CELL_INT:
		text_addf(out, "%" PRId64, c->i);
		break;
	case CELL_REAL:
		add_number(out, c->r);
		break;
	case CELL_TEXT:
		for (const char *s = c->t; *s; s++)
			text_addn(out, (unsigned char)*s < 0x20 || *s == '#' ? "?" : s, 1);
		break;
	}
}

enum status figure_block(struct figure_data *d, const char *name, const struct table *t,
                         struct err *e)
{
	text_addf(&d->variables, "%s = %zu\nn_%s = %zu\n", name, d->n_blocks, name, t->n_rows);
	text_addf(&d->dat, "%s# %s\n# ", d->n_blocks++ ? "\n\n" : "", name);
	for (size_t c = 0; c < t->n_columns; c++)
		text_addf(&d->dat, "%s%s", c ? "\t" : "", t->column[c]);
	text_add(&d->dat, "\n");
	for (size_t r = 0; r < t->n_rows; r++)
		for (size_t c = 0; c < t->n_columns; c++) {
			add_cell(&d->dat, table_cell(t, r, c));
			text_add(&d->dat, c + 1 < t->n_columns ? "\t" : "\n");
		}
	for (size_t c = 0; c < t->n_columns && t->n_rows == 0; c++)
		text_add(&d->dat, c + 1 < t->n_columns ? "NaN\t" : "NaN\n");
	return d->variables.fail ? err_nomem(e) : check(&d->dat, e);
}

/* The statement as a reader can run it: ?1, ?2 .. replaced by SQL literals. */
static void log_statement(struct text *out, const char *sql, const char *const *args)
{
	size_t n_args = 0;

	while (args && args[n_args])
		n_args++;
	for (const char *s = sql; *s; s++) {
		size_t i = *s == '?' && s[1] >= '1' && s[1] <= '9' ? (size_t)(s[1] - '1') : n_args;

		if (i >= n_args) {
			text_addn(out, s, 1);
			continue;
		}
		text_add(out, "'");
		for (const char *v = args[i]; *v; v++)
			text_addn(out, *v == '\'' ? "''" : v, *v == '\'' ? 2 : 1);
		text_add(out, "'");
		s++;
	}
	text_add(out, ";\n");
}

enum status figure_query(struct figure_data *d, struct store *s, const char *sql,
                         const char *const *args, struct table *out, struct err *e)
{
	log_statement(&d->sql, sql, args);
	if (d->sql.fail)
		return err_nomem(e);
	return store_query(s, sql, args, 0, out, e);
}

double figure_value(const struct table *t, size_t row, size_t column)
{
	const struct cell *c;

	if (row >= t->n_rows || column >= t->n_columns)
		return (double)NAN;
	c = table_cell(t, row, column);
	if (c->type == CELL_INT)
		return (double)c->i;
	return c->type == CELL_REAL ? c->r : (double)NAN;
}

enum status figure_rows(const struct table *t, size_t column, int64_t value, struct table *out,
                        struct err *e)
{
	*out = (struct table){ .n_columns = t->n_columns, .column = t->column };
	out->cell = ARENA_NEW(&out->arena, struct cell, t->n_rows * t->n_columns);
	if (!out->cell)
		return err_nomem(e);
	for (size_t r = 0; r < t->n_rows; r++) {
		if (column < t->n_columns && table_cell(t, r, column)->i != value)
			continue;
		memcpy(out->cell + out->n_rows++ * t->n_columns, t->cell + r * t->n_columns,
		       t->n_columns * sizeof(*out->cell));
	}
	return ST_OK;
}

enum status figure_front(struct figure_data *d, const char *name, const struct table *t,
                         const char *columns, struct err *e)
{
	struct table front;
	enum status rc = figure_rows(t, t->n_columns, 0, &front, e);

	if (!rc)
		rc = pareto_filter(&front, columns, NULL, e);
	if (!rc)
		rc = figure_block(d, name, &front, e);
	table_release(&front);
	return rc;
}

enum status figure_subject(struct figure_subject *out, struct figure_data *d, struct store *s,
                           const char *model, struct err *e)
{
	static const char sql[] = "SELECT data, images, top1_fp32, weights FROM accuracy\n"
	                          "WHERE model = ?1 AND top1 IS NOT NULL\n"
	                          "GROUP BY data ORDER BY count(*) DESC, data LIMIT 1";
	const char *args[] = { model, NULL };
	enum status rc;

	*out = (struct figure_subject){ .data = "" };
	rc = figure_query(d, s, sql, args, &out->table, e);
	if (rc)
		return rc;
	if (out->table.n_rows == 0)
		return err_set(e, ST_SKIP, "no point with an accuracy");
	out->data = table_cell(&out->table, 0, 0)->t;
	out->images = figure_value(&out->table, 0, 1);
	out->top1_fp32 = figure_value(&out->table, 0, 2);
	out->weights = figure_value(&out->table, 0, 3);
	rc = figure_about(d, e, "%s on %.0f images of %s; fp32 top-1: %.2f %%.", model, out->images,
	                  out->data, out->top1_fp32);
	if (!rc)
		rc = figure_string(d, "model", model, e);
	if (!rc)
		rc = figure_string(d, "data_set", out->data, e);
	if (!rc)
		rc = figure_number(d, "images", out->images, e);
	if (!rc)
		rc = figure_number(d, "top1_fp32", out->top1_fp32, e);
	return rc ? rc : figure_number(d, "weights", out->weights, e);
}

void figure_subject_release(struct figure_subject *subject)
{
	table_release(&subject->table);
}

struct figure_window figure_window(const struct table *t, size_t top1, size_t top1_high,
                                   double fp32)
{
	struct figure_window w = { .high = fp32 };

	for (size_t r = 0; r < t->n_rows; r++)
		if (figure_value(t, r, top1) >= fp32 - HALF_POINT)
			w.high = fmax(w.high, figure_value(t, r, top1_high));
	w.low = fmax(fp32 - fmax(3, 4 * (w.high - fp32)), 0);
	w.high = fmin(w.high + 0.08 * (w.high - w.low), 100.2);
	return w;
}

/* Relaxation: neighbours in order that are too close move apart by equal amounts, the whole is
 * kept inside; a few hundred rounds settle the dozen labels of a figure. */
void figure_spread(double *y, size_t n, double gap, double low, double high)
{
	size_t order[64], m = 0;

	for (size_t i = 0; i < n && m < sizeof(order) / sizeof(order[0]); i++) {
		size_t j = m;

		if (isnan(y[i]))
			continue;
		for (; j > 0 && y[order[j - 1]] > y[i]; j--)
			order[j] = order[j - 1];
		order[j] = i;
		m++;
	}
	for (int round = 0; round < 400; round++) {
		for (size_t j = 0; j + 1 < m; j++) {
			double missing = gap - (y[order[j + 1]] - y[order[j]]);

			if (missing > 0) {
				y[order[j]] -= missing / 2;
				y[order[j + 1]] += missing / 2;
			}
		}
		for (size_t j = 0; j < m; j++) {
			double floor_y = low + (double)j * gap,
			       ceil_y = high - (double)(m - 1 - j) * gap;

			y[order[j]] = fmax(fmin(y[order[j]], ceil_y), fmin(floor_y, ceil_y));
		}
	}
}
