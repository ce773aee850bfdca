#include "report/pareto.h"

#include "report/groups.h"
#include "run/row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBJECTIVES = 16 };

struct objective {
	size_t column;
	double sign; /* the key sign * value is minimised */
};

/* A row with its keys, smaller is better; rows are compared within a group only. */
struct entry {
	size_t row, group, n_keys;
	const double *key;
};

static enum status parse_objective(const struct table *t, const char *name, size_t len,
                                   struct objective *out, struct err *e)
{
	const struct field *f;
	const char *text;
	int direction = 0;
	enum status rc;

	if (len && (*name == '-' || *name == '+')) {
		direction = *name == '-' ? -1 : 1;
		name++;
		len--;
	}
	rc = table_find_column(t, "--pareto", name, len, &out->column, e);
	if (rc)
		return rc;
	text = t->column[out->column];
	if (!direction) {
		f = field_find(text);
		direction = f ? f->better : 0;
	}
	if (!direction)
		return err_set(e, ST_USAGE,
		               "--pareto: is less or more of '%s' better? write -%s or +%s", text,
		               text, text);
	out->sign = direction < 0 ? 1 : -1;
	return ST_OK;
}

static enum status parse_objectives(const struct table *t, const char *columns,
                                    struct objective *out, size_t *n, struct err *e)
{
	*n = 0;
	for (const char *s = columns;;) {
		size_t len = strcspn(s, ",");
		enum status rc;

		if (*n == MAX_OBJECTIVES)
			return err_set(e, ST_USAGE, "--pareto: more than %d columns",
			               MAX_OBJECTIVES);
		rc = parse_objective(t, s, len, &out[*n], e);
		if (rc)
			return rc;
		++*n;
		if (!s[len])
			return ST_OK;
		s += len + 1;
	}
}

/* By group, then lexicographically by keys: a row can then be dominated only by earlier ones. */
static int compare_entries(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	for (size_t i = 0; i < a->n_keys; i++)
		if (a->key[i] < b->key[i] || a->key[i] > b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static bool covers(const struct entry *a, const struct entry *b)
{
	for (size_t i = 0; i < a->n_keys; i++)
		if (a->key[i] > b->key[i])
			return false;
	return true;
}

/* Compacts sorted entries to the fronts; returns how many. With one or two keys only the last
 * member of a front can cover the next entry: its last key is the smallest so far. */
static size_t keep_fronts(struct entry *entry, size_t n)
{
	size_t kept = 0, front = 0;

	for (size_t i = 0; i < n; i++) {
		bool dominated = false;

		if (kept == front || entry[front].group != entry[i].group)
			front = kept;
		if (entry[i].n_keys <= 2)
			dominated = kept > front && covers(&entry[kept - 1], &entry[i]);
		else
			for (size_t j = front; j < kept && !dominated; j++)
				dominated = covers(&entry[j], &entry[i]);
		if (!dominated)
			entry[kept++] = entry[i];
	}
	return kept;
}

static enum status read_keys(const struct table *t, const struct objective *objective, size_t n,
                             const size_t *group, double *key, struct entry *entry, size_t *n_out,
                             struct err *e)
{
	*n_out = 0;
	for (size_t r = 0; r < t->n_rows; r++) {
		double *k = key + *n_out * n;
		bool complete = true;

		for (size_t i = 0; i < n; i++) {
			const struct cell *c = table_cell(t, r, objective[i].column);

			if (c->type == CELL_TEXT)
				return err_set(
				        e, ST_USAGE,
				        "--pareto: column '%s' holds text ('%.40s'), a front "
				        "needs numbers",
				        t->column[objective[i].column], c->t);
			k[i] = objective[i].sign * (c->type == CELL_INT ? (double)c->i : c->r);
			complete = complete && c->type != CELL_NULL && !isnan(k[i]);
		}
		if (complete)
			entry[(*n_out)++] = (struct entry){ r, group[r], n, k };
	}
	return ST_OK;
}

static enum status rewrite(struct table *t, const struct entry *entry, size_t n, struct err *e)
{
	struct cell *cell = ARENA_NEW(&t->arena, struct cell, n * t->n_columns);

	if (!cell)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		memcpy(cell + i * t->n_columns, t->cell + entry[i].row * t->n_columns,
		       t->n_columns * sizeof(*cell));
	t->cell = cell;
	t->n_rows = n;
	return ST_OK;
}

enum status pareto_filter(struct table *t, const char *columns, const char *within, struct err *e)
{
	struct objective objective[MAX_OBJECTIVES];
	size_t n, n_entries, *group = NULL;
	struct entry *entry = NULL;
	double *key = NULL;
	enum status rc = parse_objectives(t, columns, objective, &n, e);

	if (!rc && within) /* names that are wrong, also without rows */
		rc = table_groups(&(struct table){ .n_columns = t->n_columns, .column = t->column },
		                  "--within", within, NULL, e);
	if (rc || t->n_rows == 0)
		return rc;
	group = calloc(t->n_rows, sizeof(*group));
	entry = calloc(t->n_rows, sizeof(*entry));
	key = calloc(t->n_rows, n * sizeof(*key));
	if (!group || !entry || !key)
		rc = err_nomem(e);
	if (!rc && within)
		rc = table_groups(t, "--within", within, group, e);
	if (!rc)
		rc = read_keys(t, objective, n, group, key, entry, &n_entries, e);
	if (!rc) {
		qsort(entry, n_entries, sizeof(*entry), compare_entries);
		n_entries = keep_fronts(entry, n_entries);
		rc = rewrite(t, entry, n_entries, e);
	}
	free(group);
	free(entry);
	free(key);
	return rc;
}
