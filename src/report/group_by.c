#include "report/groups.h"

#include "base/text.h"
#include "run/row.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 256 };

enum what { FIRST, COUNT, MIN, MAX, MEDIAN, MEAN };

/* One column of the result. */
struct output {
	enum what what;
	size_t column;
	const char *name;
};

/* Of "best(x)": which end is best. */
static enum status best_end(const char *name, enum what *out, struct err *e)
{
	const struct field *f = field_find(name);

	if (!f || !f->better)
		return err_set(e, ST_USAGE,
		               "--columns: is less or more of '%s' better? write min(%s) or "
		               "max(%s)",
		               name, name, name);
	*out = f->better < 0 ? MIN : MAX;
	return ST_OK;
}

static enum status parse_function(const char *s, size_t len, bool *best, enum what *out,
                                  struct err *e)
{
	static const struct {
		const char *name;
		enum what what;
	} functions[] = {
		{"min",     MIN   },
		{ "max",    MAX   },
		{ "median", MEDIAN},
		{ "mean",   MEAN  },
		{ "best",   FIRST }
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strlen(functions[i].name) == len && !strncmp(functions[i].name, s, len)) {
			*out = functions[i].what;
			*best = *out == FIRST;
			return ST_OK;
		}
	return err_set(e, ST_USAGE,
	               "--columns: no function '%.*s' (expected min, max, median, mean or best)",
	               (int)(len < 40 ? len : 40), s);
}

static enum status parse_output(struct table *t, const char *s, size_t len, struct output *out,
                                struct err *e)
{
	size_t open = strcspn(s, "(,");
	bool best = false;
	enum status rc;

	out->name = arena_printf(&t->arena, "%.*s", (int)len, s);
	if (!out->name)
		return err_nomem(e);
	out->what = FIRST;
	if (!strcmp(out->name, "n")) {
		out->what = COUNT;
		return ST_OK;
	}
	if (open >= len)
		return table_find_column(t, "--columns", s, len, &out->column, e);
	if (s[len - 1] != ')')
		return err_set(e, ST_USAGE, "--columns: '%s' lacks its ')'", out->name);
	rc = parse_function(s, open, &best, &out->what, e);
	if (!rc)
		rc = table_find_column(t, "--columns", s + open + 1, len - open - 2, &out->column,
		                       e);
	if (!rc && best)
		rc = best_end(t->column[out->column], &out->what, e);
	return rc;
}

static enum status parse_outputs(struct table *t, const char *columns, struct output *out,
                                 size_t *n, struct err *e)
{
	*n = 0;
	for (const char *s = columns;;) {
		size_t len = strcspn(s, ",");
		enum status rc;

		if (*n == MAX_COLUMNS)
			return err_set(e, ST_USAGE, "--columns: more than %d", MAX_COLUMNS);
		rc = parse_output(t, s, len, &out[*n], e);
		if (rc)
			return rc;
		++*n;
		if (!s[len])
			return ST_OK;
		s += len + 1;
	}
}

static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = list; *s; s += *s == ',') {
		size_t len = strcspn(s, ",");

		if (len == n && !strncmp(s, name, n))
			return true;
		s += len;
	}
	return false;
}

/* What to show when nobody says. */
static void default_columns(const struct table *t, const char *by, const char *wanted,
                            struct text *out)
{
	text_addf(out, "%s,n", by);
	for (size_t c = 0; c < t->n_columns; c++) {
		const char *name = t->column[c];
		const struct field *f = field_find(name);

		if (f && f->better && !listed(by, name) && (!wanted || listed(wanted, name)))
			text_addf(out, ",best(%s)", name);
	}
}

static int compare_reals(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* An end of sorted values, exactly as it stands in the table; or a value between them. */
static struct cell aggregate(enum what what, const double *v, size_t n, bool integers)
{
	double x = 0;

	if (n == 0)
		return (struct cell){ .type = CELL_NULL };
	if (what == MIN || what == MAX) {
		x = what == MIN ? v[0] : v[n - 1];
		if (integers)
			return (struct cell){ .type = CELL_INT, .i = (int64_t)x };
	} else if (what == MEDIAN) {
		x = n % 2 ? v[n / 2] : v[n / 2 - 1] + (v[n / 2] - v[n / 2 - 1]) / 2;
	} else {
		for (size_t i = 0; i < n; i++)
			x += v[i];
		x /= (double)n;
	}
	return (struct cell){ .type = CELL_REAL, .r = x };
}

/* Rows of the group that starts at place `at` of order[] (rows sorted by group): n of them. */
static enum status summarize(const struct table *t, const struct output *o, const size_t *order,
                             size_t n, double *v, struct cell *out, struct err *e)
{
	bool integers = true;
	size_t n_values = 0;

	if (o->what == FIRST || o->what == COUNT) {
		*out = o->what == FIRST ? *table_cell(t, order[0], o->column)
		                        : (struct cell){ .type = CELL_INT, .i = (int64_t)n };
		return ST_OK;
	}
	for (size_t i = 0; i < n; i++) {
		const struct cell *c = table_cell(t, order[i], o->column);

		if (c->type == CELL_TEXT)
			return err_set(e, ST_USAGE,
			               "--columns: %s: the column holds text ('%.40s')", o->name,
			               c->t);
		if (c->type == CELL_NULL)
			continue;
		/* Beyond 2^53 a double is not the integer any more. */
		integers = integers && c->type == CELL_INT && llabs(c->i) <= 1LL << 53;
		v[n_values++] = c->type == CELL_INT ? (double)c->i : c->r;
	}
	qsort(v, n_values, sizeof(*v), compare_reals);
	*out = aggregate(o->what, v, n_values, integers);
	return ST_OK;
}

/* Rows in the order of their groups; a group's rows keep their order. Counting sort. */
static size_t order_rows(const size_t *group, size_t n_rows, size_t *start, size_t *order)
{
	size_t n_groups = 0, at = 0;

	for (size_t r = 0; r < n_rows; r++)
		start[group[r]]++;
	for (size_t r = 0; r < n_rows; r++) {
		size_t n = start[r];

		n_groups += n > 0;
		start[r] = at;
		at += n;
	}
	for (size_t r = 0; r < n_rows; r++)
		order[start[group[r]]++] = r;
	return n_groups;
}

/* work: three arrays of n_rows. group[] as table_groups() made it. */
static enum status make_rows(struct table *t, const struct output *o, size_t n_outputs,
                             const size_t *group, size_t *start, size_t *order, double *v,
                             struct err *e)
{
	size_t n_groups = order_rows(group, t->n_rows, start, order), at = 0;
	struct cell *cell = ARENA_NEW(&t->arena, struct cell, n_groups * n_outputs);
	const char **column = ARENA_NEW(&t->arena, const char *, n_outputs);

	if (!cell || !column)
		return err_nomem(e);
	for (size_t g = 0; g < n_groups; g++) {
		size_t n = start[group[order[at]]] - at;

		for (size_t i = 0; i < n_outputs; i++) {
			enum status rc =
			        summarize(t, &o[i], order + at, n, v, &cell[g * n_outputs + i], e);

			if (rc)
				return rc;
		}
		at += n;
	}
	for (size_t i = 0; i < n_outputs; i++)
		column[i] = o[i].name;
	t->cell = cell;
	t->column = column;
	t->n_columns = n_outputs;
	t->n_rows = n_groups;
	return ST_OK;
}

enum status table_group_by(struct table *t, const char *by, const char *columns, const char *wanted,
                           struct err *e)
{
	struct text list = { 0 };
	struct output *o = calloc(MAX_COLUMNS, sizeof(*o));
	size_t n, room = t->n_rows + 1;
	size_t *group = calloc(room, sizeof(*group)), *start = calloc(room, sizeof(*start));
	size_t *order = calloc(room, sizeof(*order));
	double *v = calloc(room, sizeof(*v));
	enum status rc = o && group && start && order && v ? ST_OK : err_nomem(e);

	if (!rc)
		rc = table_groups(t, "--group-by", by, group, e);
	if (!rc && !columns) {
		default_columns(t, by, wanted, &list);
		columns = text_str(&list);
		rc = list.fail ? err_nomem(e) : ST_OK;
	}
	if (!rc)
		rc = parse_outputs(t, columns, o, &n, e);
	if (!rc)
		rc = make_rows(t, o, n, group, start, order, v, e);
	text_release(&list);
	free(o);
	free(group);
	free(start);
	free(order);
	free(v);
	return rc;
}
