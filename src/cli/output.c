#include "cli/output.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/groups.h"

enum { CELL_TEXT_MAX = 64, EXACT_DIGITS = 12, READABLE_DIGITS = 6 };

/* The text of a cell; buf is used for numbers. */
static const char *cell_text(const struct cell *c, int digits, const char *null,
                             char buf[CELL_TEXT_MAX])
{
	switch (c->type) {
	case CELL_NULL:
		return null;
	case CELL_INT:
		snprintf(buf, CELL_TEXT_MAX, "%" PRId64, c->i);
		return buf;
	case CELL_REAL:
		snprintf(buf, CELL_TEXT_MAX, "%.*g", digits, c->r);
		return buf;
	case CELL_TEXT:
		return c->t;
	}
	return null;
}

/* Length in columns: bytes that do not continue a UTF-8 character. */
static size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* A control byte in a name must not reach the terminal. */
static void put_clean(const char *s, size_t width, bool right)
{
	size_t n = columns(s), pad = n < width ? width - n : 0;

	if (right)
		printf("%*s", (int)pad, "");
	for (; *s; s++)
		putchar((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
	if (!right)
		printf("%*s", (int)pad, "");
}

static void print_aligned(const struct table *t)
{
	size_t *width = calloc(t->n_columns + 1, sizeof(*width));
	char buf[CELL_TEXT_MAX];

	if (!width)
		return;
	for (size_t c = 0; c < t->n_columns; c++) {
		width[c] = columns(t->column[c]);
		for (size_t r = 0; r < t->n_rows; r++) {
			size_t n =
			        columns(cell_text(table_cell(t, r, c), READABLE_DIGITS, "-", buf));

			width[c] = n > width[c] ? n : width[c];
		}
	}
	for (size_t r = 0; r <= t->n_rows; r++) {
		for (size_t c = 0; c < t->n_columns; c++) {
			const struct cell *cell = r ? table_cell(t, r - 1, c) : NULL;
			bool last = c + 1 == t->n_columns;
			bool number = t->n_rows && table_cell(t, 0, c)->type != CELL_TEXT;

			put_clean(cell ? cell_text(cell, READABLE_DIGITS, "-", buf) : t->column[c],
			          last && !number ? 0 : width[c], number);
			printf("%s", last ? "\n" : "  ");
		}
	}
	free(width);
}

static void print_csv_field(const char *s)
{
	if (!strpbrk(s, ",\"\n\r")) {
		fputs(s, stdout);
		return;
	}
	putchar('"');
	for (; *s; s++) {
		if (*s == '"')
			putchar('"');
		putchar(*s);
	}
	putchar('"');
}

static void print_csv(const struct table *t)
{
	char buf[CELL_TEXT_MAX];

	for (size_t c = 0; c < t->n_columns; c++) {
		printf("%s", c ? "," : "");
		print_csv_field(t->column[c]);
	}
	printf("\n");
	for (size_t r = 0; r < t->n_rows; r++) {
		for (size_t c = 0; c < t->n_columns; c++) {
			printf("%s", c ? "," : "");
			print_csv_field(cell_text(table_cell(t, r, c), EXACT_DIGITS, "", buf));
		}
		printf("\n");
	}
}

static void print_markdown_cell(const char *s)
{
	for (; *s; s++) {
		if (*s == '|' || *s == '\\')
			putchar('\\');
		putchar((unsigned char)*s < 0x20 ? ' ' : *s);
	}
}

static void print_markdown(const struct table *t)
{
	char buf[CELL_TEXT_MAX];

	for (size_t c = 0; c < t->n_columns; c++) {
		printf("| ");
		print_markdown_cell(t->column[c]);
		printf(" ");
	}
	printf("|\n");
	for (size_t c = 0; c < t->n_columns; c++)
		printf(t->n_rows && table_cell(t, 0, c)->type != CELL_TEXT ? "| ---: " : "| --- ");
	printf("|\n");
	for (size_t r = 0; r < t->n_rows; r++) {
		for (size_t c = 0; c < t->n_columns; c++) {
			printf("| ");
			print_markdown_cell(
			        cell_text(table_cell(t, r, c), READABLE_DIGITS, "-", buf));
			printf(" ");
		}
		printf("|\n");
	}
}

static void print_latex_cell(const char *s)
{
	for (; *s; s++) {
		if (strchr("#$%&_{}", *s))
			printf("\\%c", *s);
		else if (*s == '\\')
			fputs("\\textbackslash{}", stdout);
		else if (strchr("~^", *s))
			printf("\\%c{}", *s);
		else
			putchar((unsigned char)*s < 0x20 ? ' ' : *s);
	}
}

/* A tabular environment with the rules of booktabs, to be put into a document as it is. */
static void print_latex(const struct table *t)
{
	char buf[CELL_TEXT_MAX];

	printf("\\begin{tabular}{");
	for (size_t c = 0; c < t->n_columns; c++)
		putchar(t->n_rows && table_cell(t, 0, c)->type != CELL_TEXT ? 'r' : 'l');
	printf("}\n\\toprule\n");
	for (size_t r = 0; r <= t->n_rows; r++) {
		for (size_t c = 0; c < t->n_columns; c++) {
			printf("%s", c ? " & " : "");
			print_latex_cell(
			        r ? cell_text(table_cell(t, r - 1, c), READABLE_DIGITS, "--", buf)
			          : t->column[c]);
		}
		printf(" \\\\\n%s", r ? "" : "\\midrule\n");
	}
	printf("\\bottomrule\n\\end{tabular}\n");
}

static json_t *cell_json(const struct cell *c)
{
	json_t *text;

	switch (c->type) {
	case CELL_INT:
		return json_integer(c->i);
	case CELL_REAL:
		return isfinite(c->r) ? json_real(c->r) : json_null();
	case CELL_TEXT:
		text = json_string(c->t);
		return text ? text : json_string("(not UTF-8)");
	case CELL_NULL:
		break;
	}
	return json_null();
}

static json_t *row_json(const struct table *t, size_t r)
{
	json_t *o = json_object();

	for (size_t c = 0; c < t->n_columns && o; c++)
		if (json_object_set_new(o, t->column[c], cell_json(table_cell(t, r, c)))) {
			json_decref(o);
			o = NULL;
		}
	return o;
}

/* An object has no two members of one name: the second would silently replace the first. */
static enum status check_names(const struct table *t, struct err *e)
{
	for (size_t c = 0; c < t->n_columns; c++)
		if (table_column(t, t->column[c]) < c)
			return err_set(e, ST_USAGE,
			               "two columns are named '%s', which JSON cannot hold: rename "
			               "one (SELECT .. AS ..)",
			               t->column[c]);
	return ST_OK;
}

/* One row at a time, so that a large result does not stand twice in memory. */
static enum status print_json(const struct table *t, const char *open, const char *between,
                              const char *close, size_t flags, struct err *e)
{
	enum status rc = check_names(t, e);

	if (rc)
		return rc;
	fputs(open, stdout);
	for (size_t r = 0; r < t->n_rows; r++) {
		json_t *o = row_json(t, r);

		if (!o)
			return err_nomem(e);
		fputs(r ? between : "", stdout);
		json_dumpf(o, stdout, flags | JSON_REAL_PRECISION(EXACT_DIGITS));
		json_decref(o);
	}
	fputs(close, stdout);
	return ST_OK;
}

bool output_is_for_reading(const char *format)
{
	return !strcmp(format, "table") || !strcmp(format, "md") || !strcmp(format, "latex");
}

enum status output_choose(struct table *t, const char *list, struct err *e)
{
	size_t from[256], n = 0;
	const char **column;
	struct cell *cell;

	if (!*list)
		return err_set(e, ST_USAGE, "--columns: name at least one column, or all");
	for (const char *s = list;;) {
		size_t len = strcspn(s, ",");
		enum status rc;

		if (n == sizeof(from) / sizeof(from[0]))
			return err_set(e, ST_USAGE, "--columns: more than %zu", n);
		rc = table_find_column(t, "--columns", s, len, &from[n], e);
		if (rc)
			return rc;
		n++;
		if (!s[len])
			break;
		s += len + 1;
	}
	column = ARENA_NEW(&t->arena, const char *, n);
	cell = ARENA_NEW(&t->arena, struct cell, n * t->n_rows);
	if (!column || !cell)
		return err_nomem(e);
	for (size_t c = 0; c < n; c++) {
		column[c] = t->column[from[c]];
		for (size_t r = 0; r < t->n_rows; r++)
			cell[r * n + c] = *table_cell(t, r, from[c]);
	}
	t->column = column;
	t->cell = cell;
	t->n_columns = n;
	return ST_OK;
}

enum status output_check(const char *format, struct err *e)
{
	static const char *const known[] = { "table", "csv", "json", "jsonl", "md", "latex" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], format))
			return ST_OK;
	return err_set(e, ST_USAGE, "--format: no '%s' (expected one of %s)", format,
	               OUTPUT_FORMATS);
}

enum status output_table(const struct table *t, const char *format, struct err *e)
{
	enum status rc = output_check(format, e);

	if (rc)
		return rc;
	if (!strcmp(format, "json"))
		return print_json(t, "[\n", ",\n", "\n]\n", JSON_COMPACT, e);
	if (!strcmp(format, "jsonl"))
		return print_json(t, "", "\n", t->n_rows ? "\n" : "", JSON_COMPACT, e);
	if (!strcmp(format, "csv"))
		print_csv(t);
	else if (!strcmp(format, "md"))
		print_markdown(t);
	else if (!strcmp(format, "latex"))
		print_latex(t);
	else
		print_aligned(t);
	return ST_OK;
}

/* A single row reads best as one field per line. */
static void print_fields(const struct table *t)
{
	char buf[CELL_TEXT_MAX];

	for (size_t c = 0; c < t->n_columns; c++) {
		put_clean(t->column[c], 24, false);
		put_clean(cell_text(table_cell(t, 0, c), READABLE_DIGITS, "-", buf), 0, false);
		putchar('\n');
	}
}

enum status output_row(const struct table *t, const char *format, struct err *e)
{
	enum status rc = output_check(format, e);

	if (rc)
		return rc;
	if (!strcmp(format, "json"))
		return print_json(t, "", "", "\n", JSON_INDENT(2), e);
	if (strcmp(format, "table"))
		return output_table(t, format, e);
	print_fields(t);
	return ST_OK;
}
