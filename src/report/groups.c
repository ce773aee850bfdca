#include "report/groups.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BY = 32 };

static const struct table *suggesting; /* nearest_name() takes no context */

static const char *suggested(size_t i)
{
	return i < suggesting->n_columns ? suggesting->column[i] : NULL;
}

enum status table_find_column(const struct table *t, const char *doing, const char *name,
                              size_t len, size_t *out, struct err *e)
{
	char text[128];
	const char *near;

	for (*out = 0; *out < t->n_columns; ++*out)
		if (strlen(t->column[*out]) == len && !strncmp(t->column[*out], name, len))
			return ST_OK;
	if (len == 0 || len >= sizeof(text))
		return err_set(e, ST_USAGE,
		               "%s: expected names of columns, with commas between them", doing);
	memcpy(text, name, len);
	text[len] = '\0';
	suggesting = t;
	near = nearest_name(text, suggested);
	if (near)
		return err_set(e, ST_USAGE, "%s: no column '%s'; did you mean '%s'?", doing, text,
		               near);
	return err_set(e, ST_USAGE,
	               "%s: no column '%s'; 'hcbench help database' has the columns of each view",
	               doing, text);
}

static int compare_cells(const struct cell *a, const struct cell *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	switch (a->type) {
	case CELL_INT:
		return (a->i > b->i) - (a->i < b->i);
	case CELL_REAL:
		return (a->r > b->r) - (a->r < b->r);
	case CELL_TEXT:
		return strcmp(a->t, b->t);
	case CELL_NULL:
		break;
	}
	return 0;
}

/* A row with what it is grouped by. */
struct member {
	const struct table *t;
	const size_t *by;
	size_t n_by, row;
};

static int compare_values(const struct member *a, const struct member *b)
{
	int c = 0;

	for (size_t i = 0; i < a->n_by && !c; i++)
		c = compare_cells(table_cell(a->t, a->row, a->by[i]),
		                  table_cell(b->t, b->row, a->by[i]));
	return c;
}

static int compare_members(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;
	int c = compare_values(a, b);

	return c ? c : (a->row > b->row) - (a->row < b->row);
}

static enum status find_columns(const struct table *t, const char *doing, const char *columns,
                                size_t by[MAX_BY], size_t *n, struct err *e)
{
	*n = 0;
	for (const char *s = columns;;) {
		size_t len = strcspn(s, ",");
		enum status rc;

		if (*n == MAX_BY)
			return err_set(e, ST_USAGE, "%s: more than %d columns", doing, MAX_BY);
		rc = table_find_column(t, doing, s, len, &by[*n], e);
		if (rc)
			return rc;
		++*n;
		if (!s[len])
			return ST_OK;
		s += len + 1;
	}
}

enum status table_groups(const struct table *t, const char *doing, const char *columns,
                         size_t *group, struct err *e)
{
	size_t by[MAX_BY], n;
	struct member *m;
	enum status rc = find_columns(t, doing, columns, by, &n, e);

	if (rc || t->n_rows == 0)
		return rc;
	m = calloc(t->n_rows, sizeof(*m));
	if (!m)
		return err_nomem(e);
	for (size_t r = 0; r < t->n_rows; r++)
		m[r] = (struct member){ t, by, n, r };
	qsort(m, t->n_rows, sizeof(*m), compare_members);
	for (size_t i = 0, first = 0; i < t->n_rows; i++) {
		if (compare_values(&m[i], &m[first]))
			first = i;
		group[m[i].row] = m[first].row;
	}
	free(m);
	return ST_OK;
}
