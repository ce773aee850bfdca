#include "report/page.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MINUS     "\xe2\x88\x92"
#define THIN      "\xe2\x80\xaf" /* narrow no-break space */
#define UNDEFINED "\xef\xbf\xbd" /* stands for what HTML does not allow */

void page_escape(struct text *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		switch (c) {
		case '&':
			text_add(out, "&amp;");
			break;
		case '<':
			text_add(out, "&lt;");
			break;
		case '>':
			text_add(out, "&gt;");
			break;
		case '"':
			text_add(out, "&quot;");
			break;
		case '\'':
			text_add(out, "&#39;");
			break;
		default:
			if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
				text_add(out, UNDEFINED);
			else
				text_addn(out, s, 1);
		}
	}
}

void page_add(struct page *p, const char *fmt, ...)
{
	char line[2048];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(line))
		p->out->fail = true; /* a programmer's mistake that must not go unseen */
	else
		text_add(p->out, line);
}

void page_none(struct text *out, const char *why)
{
	text_add(out, "<span class=\"none\" title=\"");
	page_escape(out, why);
	text_add(out, "\">&ndash;</span>");
}

double page_value(const struct cell *c)
{
	if (c->type == CELL_REAL)
		return c->r;
	return c->type == CELL_INT ? (double)c->i : (double)NAN;
}

void page_fixed(struct text *out, double value, int decimals)
{
	char digits[400];
	size_t whole;

	if (isnan(value)) {
		page_none(out, "no value");
		return;
	}
	snprintf(digits, sizeof(digits), "%.*f", decimals, fabs(value));
	if (value < 0 && strspn(digits, "0.") != strlen(digits))
		text_add(out, MINUS);
	whole = strcspn(digits, ".");
	for (size_t i = 0; i < whole; i++) {
		if (i && whole > 4 && (whole - i) % 3 == 0)
			text_add(out, THIN);
		text_addn(out, digits + i, 1);
	}
	text_add(out, digits + whole);
}

void page_significant(struct text *out, double value, int digits)
{
	double size = fabs(value);
	int decimals = digits - 1;

	if (size > 0 && isfinite(size))
		decimals -= (int)floor(log10(size));
	page_fixed(out, value, decimals < 0 ? 0 : decimals > 12 ? 12 : decimals);
}

void page_command(struct page *p, const char *command, const char *rest)
{
	struct text db = { 0 };

	text_add_argument(&db, p->r->db);
	text_addf(p->out, "<p class=\"command\"><code>hcbench %s --db ", command);
	page_escape(p->out, text_str(&db));
	text_add(p->out, *rest ? " " : "");
	page_escape(p->out, rest);
	text_add(p->out, "</code></p>\n");
	p->out->fail |= db.fail;
	text_release(&db);
}

void page_point(struct text *out, const char *point)
{
	text_add(out, "<details class=\"point\"><summary>point</summary><code>");
	page_escape(out, point);
	text_add(out, "</code></details>");
}

static bool is_number(enum page_format f)
{
	return f == PAGE_FIXED || f == PAGE_SIGNIFICANT;
}

static void add_number(struct text *out, const struct cell *c, const struct page_column *column)
{
	double value = page_value(c) * (column->scale == 0.0 ? 1 : column->scale);

	if (column->format == PAGE_FIXED)
		page_fixed(out, value, column->digits);
	else
		page_significant(out, value, column->digits);
}

void page_cell(struct text *out, const struct table *t, size_t row, const struct page_column *c)
{
	const struct cell *cell = table_cell(t, row, table_column(t, c->column)), *low, *high;

	if (cell->type == CELL_NULL) {
		page_none(out, "no value");
		return;
	}
	if (is_number(c->format) && cell->type != CELL_TEXT) {
		add_number(out, cell, c);
		if (!c->low)
			return;
		low = table_cell(t, row, table_column(t, c->low));
		high = table_cell(t, row, table_column(t, c->high));
		if (low->type == CELL_NULL || high->type == CELL_NULL)
			return;
		text_add(out, " <small>(");
		add_number(out, low, c);
		text_add(out, " to ");
		add_number(out, high, c);
		text_add(out, ")</small>");
	} else if (cell->type == CELL_INT) {
		text_addf(out, "%" PRId64, cell->i);
	} else if (cell->type == CELL_REAL) {
		page_significant(out, cell->r, 6);
	} else if (c->format == PAGE_POINT) {
		page_point(out, cell->t);
	} else {
		text_add(out, c->format == PAGE_CODE ? "<code>" : "");
		page_escape(out, cell->t);
		text_add(out, c->format == PAGE_CODE ? "</code>" : "");
	}
}

static void add_heads(struct text *out, const struct page_column *column, size_t n)
{
	text_add(out, "<thead><tr>");
	for (size_t i = 0; i < n; i++) {
		text_addf(out, "<th scope=\"col\"%s",
		          is_number(column[i].format) ? " class=\"n\"" : "");
		if (column[i].title) {
			text_add(out, " title=\"");
			page_escape(out, column[i].title);
			text_add(out, "\"");
		}
		text_add(out, ">");
		page_escape(out, column[i].head);
		text_add(out, "</th>");
	}
	text_add(out, "</tr></thead>\n<tbody>\n");
}

/* Short texts stay on one line, long ones get the room to be read. */
static const char *cell_class(const struct table *t, size_t row, const struct page_column *c)
{
	const struct cell *cell = table_cell(t, row, table_column(t, c->column));

	if (is_number(c->format))
		return " class=\"n\"";
	if (c->format != PAGE_TEXT || cell->type != CELL_TEXT)
		return "";
	return strlen(cell->t) > 28 ? " class=\"long\"" : " class=\"short\"";
}

/* Rows first .. end - 1. */
static void add_table(struct text *out, const struct table *t, size_t first, size_t end,
                      const char *caption, const char *part, const struct page_column *column,
                      size_t n_columns)
{
	text_add(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
	page_escape(out, caption);
	text_add(out, *part ? ": " : "");
	page_escape(out, part);
	text_addf(out, "\"><table><caption%s>", *part ? " class=\"quiet\"" : "");
	page_escape(out, caption);
	text_add(out, *part ? ": " : "");
	page_escape(out, part);
	text_add(out, "</caption>\n");
	add_heads(out, column, n_columns);
	for (size_t r = first; r < end; r++) {
		text_add(out, "<tr>");
		for (size_t i = 0; i < n_columns; i++) {
			text_addf(out, "<%s%s>", i ? "td" : "th scope=\"row\"",
			          cell_class(t, r, &column[i]));
			page_cell(out, t, r, &column[i]);
			text_add(out, i ? "</td>" : "</th>");
		}
		text_add(out, "</tr>\n");
	}
	text_add(out, "</tbody></table></div>\n");
}

/* More rows than this are folded, a part for each value of the first column. */
enum { FOLD_ROWS = 24 };

/* The text that heads a row; NULL if it is none. */
static const char *row_head(const struct table *t, size_t row, const struct page_column *column)
{
	const struct cell *c = table_cell(t, row, table_column(t, column[0].column));

	return c->type == CELL_TEXT ? c->t : NULL;
}

static size_t end_of_part(const struct table *t, size_t first, size_t n,
                          const struct page_column *column)
{
	size_t end = first + 1;

	while (end < n && !strcmp(row_head(t, end, column), row_head(t, first, column)))
		end++;
	return end;
}

/* Worth it from three parts that are more than two rows each. */
static bool should_fold(const struct table *t, size_t n, const struct page_column *column)
{
	size_t parts = 0;

	if (n <= FOLD_ROWS)
		return false;
	for (size_t r = 0; r < n; r++)
		if (!row_head(t, r, column))
			return false;
	for (size_t r = 0; r < n; r = end_of_part(t, r, n, column))
		parts++;
	return parts >= 3 && 3 * parts <= n;
}

static void add_parts(struct text *out, const struct table *t, size_t n, const char *caption,
                      const struct page_column *column, size_t n_columns)
{
	text_add(out, "<div class=\"folds\">\n<p class=\"caption\">");
	page_escape(out, caption);
	text_add(out, "</p>\n");
	for (size_t r = 0, end; r < n; r = end) {
		end = end_of_part(t, r, n, column);
		text_addf(out, "<details class=\"fold\"%s><summary>", r ? "" : " open");
		page_escape(out, row_head(t, r, column));
		text_addf(out, " <small>%zu row%s</small></summary>\n", end - r,
		          end - r == 1 ? "" : "s");
		add_table(out, t, r, end, caption, row_head(t, r, column), column, n_columns);
		text_add(out, "</details>\n");
	}
	text_add(out, "</div>\n");
}

void page_table(struct page *p, const struct table *t, const char *caption,
                const struct page_column *column, size_t n_columns, size_t max_rows)
{
	size_t n = t->n_rows < max_rows ? t->n_rows : max_rows;

	if (should_fold(t, n, column))
		add_parts(p->out, t, n, caption, column, n_columns);
	else
		add_table(p->out, t, 0, n, caption, "", column, n_columns);
	if (n < t->n_rows)
		text_addf(
		        p->out,
		        "<p class=\"more\">The first %zu of %zu rows; the command below gives all.</p>\n",
		        n, t->n_rows);
}

enum status page_query_table(struct page *p, const char *sql, const char *const *args,
                             const char *caption, const struct page_column *column,
                             size_t n_columns, size_t max_rows, const char *why, struct err *e)
{
	struct table t;
	enum status rc = store_query(p->s, sql, args, 0, &t, e);

	if (rc)
		return rc;
	if (t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "%s", why);
	else
		page_table(p, &t, caption, column, n_columns, max_rows);
	table_release(&t);
	return rc;
}
