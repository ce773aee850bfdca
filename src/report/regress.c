#include "report/regress.h"

#include "base/text.h"
#include "report/regress_parts.h"
#include "report/table_rows.h"

#include <stdlib.h>
#include <string.h>

const char regress_brief[] = "verdict,what,before,after,ratio,cliffs_delta,p_holm,point";

static const char *result_columns[N_REGRESS_COLUMNS] = {
	"verdict", "what",         "point", "technology", "before",         "after",        "ratio",
	"larger",  "cliffs_delta", "p",     "p_holm",     "samples_before", "samples_after"
};

/* The same rows of both sides, in the order of their names. */
struct pair {
	struct table before, after;
	size_t id_before, id_after; /* column that names a row */
};

struct regression {
	const struct regress_request *request;
	struct regress_counts *counts;
	struct table *out;
	struct err *e;
};

const char *regress_identity(bool by_point)
{
	return by_point ? "p.point || ' ' || coalesce(p.model_sha256, '')" : "p.key";
}

static enum status method_version(struct store *s, struct table *out, struct err *e)
{
	return store_query(s,
	                   "SELECT coalesce((SELECT value FROM meta WHERE name = "
	                   "'method_version'), '?')",
	                   NULL, 0, out, e);
}

static enum status compare_methods(const struct regress_request *r, bool *differ, struct err *e)
{
	struct table before = { 0 }, after = { 0 };
	enum status rc = method_version(r->before.store, &before, e);

	if (!rc)
		rc = method_version(r->after.store, &after, e);
	*differ = !rc && strcmp(table_cell(&before, 0, 0)->t, table_cell(&after, 0, 0)->t) != 0;
	table_release(&before);
	table_release(&after);
	return rc;
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

/* Row numbers and names of the file itself, which mean nothing beyond it. */
static bool is_own(const char *column, bool by_point)
{
	static const char *const own[] = { "point_id", "lossy_id", "run_id", "identity" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(column, own[i]))
			return true;
	return by_point && (!strcmp(column, "key") || !strcmp(column, "lossy_key"));
}

/* What an evaluation on a part of the images leaves open: the lossy fields from total_images on. */
static bool is_accuracy(const char *column)
{
	bool evaluated = false;

	for (size_t i = 0; i < n_lossy_fields; i++) {
		evaluated |= !strcmp(lossy_fields[i].name, "total_images");
		if (!strcmp(lossy_fields[i].name, column))
			return evaluated;
	}
	return false;
}

static const struct cell *named(const struct table *t, size_t row, const char *column)
{
	size_t c = table_column(t, column);

	return c < t->n_columns ? table_cell(t, row, c) : NULL;
}

/* Whether two rows have the cell and it differs. */
static bool differ(const struct pair *p, size_t b, size_t a, const char *column)
{
	const struct cell *before = named(&p->before, b, column),
	                  *after = named(&p->after, a, column);

	return before && after && compare_cells(before, after) != 0;
}

static struct cell copy_cell(struct arena *a, const struct cell *c, bool *fail)
{
	struct cell copy = *c;

	if (c->type == CELL_TEXT) {
		copy.t = arena_strdup(a, c->t);
		*fail |= !copy.t;
	}
	return copy;
}

static enum status add_difference(struct regression *g, const struct pair *p, size_t b, size_t a,
                                  size_t column)
{
	struct cell *row = table_add_row(g->out);
	struct arena *arena = &g->out->arena;
	const char *name = p->after.column[column];
	const struct cell *technology = named(&p->after, a, "technology");
	const struct cell *before = named(&p->before, b, name);
	const struct cell *after = table_cell(&p->after, a, column);
	bool fail = !row;

	if (fail)
		return err_nomem(g->e);
	row[REGRESS_VERDICT] = cell_text("differs");
	row[REGRESS_WHAT] = cell_text(arena_strdup(arena, name));
	row[REGRESS_POINT] = copy_cell(arena, named(&p->after, a, "point"), &fail);
	if (technology)
		row[REGRESS_TECHNOLOGY] = copy_cell(arena, technology, &fail);
	row[REGRESS_BEFORE] = copy_cell(arena, before, &fail);
	row[REGRESS_AFTER] = copy_cell(arena, after, &fail);
	return fail || !row[REGRESS_WHAT].t ? err_nomem(g->e) : ST_OK;
}

/* A verdict and an accuracy on all images are both right: only what they share is compared. */
static bool alike(const struct pair *p, size_t b, size_t a)
{
	return !differ(p, b, a, "images") && !differ(p, b, a, "verdict");
}

static enum status compare_row(struct regression *g, const struct pair *p, size_t b, size_t a,
                               bool *differs)
{
	bool same_images = alike(p, b, a);
	size_t columns = 0;
	enum status rc = ST_OK;

	*differs = false;
	g->counts->not_alike += !same_images;
	for (size_t c = 0; c < p->after.n_columns && !rc; c++) {
		const char *name = p->after.column[c];

		if (is_own(name, g->counts->by_point) || (!same_images && is_accuracy(name)) ||
		    table_column(&p->before, name) == p->before.n_columns)
			continue;
		columns++;
		if (!differ(p, b, a, name))
			continue;
		*differs = true;
		rc = add_difference(g, p, b, a, c);
	}
	if (columns > g->counts->columns)
		g->counts->columns = columns;
	return rc;
}

/* Merges the two sorted lists. count: these rows are the points themselves. */
static enum status compare_rows(struct regression *g, const struct pair *p, bool count)
{
	size_t b = 0, a = 0, nb = p->before.n_rows, na = p->after.n_rows;
	struct regress_counts *n = g->counts;
	enum status rc = ST_OK;

	while ((b < nb || a < na) && !rc) {
		int order = b == nb   ? 1
		            : a == na ? -1
		                      : strcmp(table_cell(&p->before, b, p->id_before)->t,
		                               table_cell(&p->after, a, p->id_after)->t);
		bool differs;

		if (order) {
			n->only_before += count && order < 0;
			n->only_after += count && order > 0;
		} else {
			rc = compare_row(g, p, b, a, &differs);
			n->points += count;
			n->differing += differs;
		}
		b += order <= 0;
		a += order >= 0;
	}
	return rc;
}

/* Runs the statement on both sides and compares what comes out. */
static enum status compare_query(struct regression *g, const char *sql, const char *model,
                                 bool count)
{
	const char *args[] = { model, NULL };
	struct pair p = { 0 };
	enum status rc = store_query(g->request->before.store, sql, args, 0, &p.before, g->e);

	if (!rc)
		rc = store_query(g->request->after.store, sql, args, 0, &p.after, g->e);
	p.id_before = table_column(&p.before, "identity");
	p.id_after = table_column(&p.after, "identity");
	if (!rc)
		rc = compare_rows(g, &p, count);
	table_release(&p.before);
	table_release(&p.after);
	return rc;
}

/* One network at a time, so that only its rows stand in memory. */
static enum status compare_model(struct regression *g, const char *model)
{
	const char *identity = regress_identity(g->counts->by_point);
	struct text points = { 0 }, energies = { 0 };
	enum status rc;

	text_addf(&points,
	          "SELECT %s AS identity, p.* FROM points AS p WHERE coalesce(p.model, '') = ?1 "
	          "ORDER BY identity",
	          identity);
	text_addf(&energies, "SELECT %s || ' ' || e.technology AS identity, p.point, e.technology",
	          identity);
	for (size_t i = 0; i < n_energy_fields; i++)
		if (strcmp(energy_fields[i].name, "key") &&
		    strcmp(energy_fields[i].name, "technology"))
			text_addf(&energies, ", e.%s", energy_fields[i].name);
	text_add(&energies, " FROM points AS p JOIN energy AS e ON e.point_id = p.point_id "
	                    "WHERE coalesce(p.model, '') = ?1 ORDER BY identity");
	rc = points.fail || energies.fail ? err_nomem(g->e) : ST_OK;
	if (!rc)
		rc = compare_query(g, text_str(&points), model, true);
	if (!rc)
		rc = compare_query(g, text_str(&energies), model, false);
	text_release(&points);
	text_release(&energies);
	return rc;
}

static enum status list_models(struct store *s, struct table *out, struct err *e)
{
	return store_query(s,
	                   "SELECT DISTINCT coalesce(l.model, '') AS model FROM point AS p LEFT "
	                   "JOIN lossy AS l ON l.lossy_id = p.lossy_id ORDER BY model",
	                   NULL, 0, out, e);
}

/* Networks of either side, each once. */
static enum status compare_models(struct regression *g)
{
	struct table before = { 0 }, after = { 0 };
	size_t b = 0, a = 0;
	enum status rc = list_models(g->request->before.store, &before, g->e);

	if (!rc)
		rc = list_models(g->request->after.store, &after, g->e);
	while (!rc && (b < before.n_rows || a < after.n_rows)) {
		const char *x = b < before.n_rows ? table_cell(&before, b, 0)->t : NULL;
		const char *y = a < after.n_rows ? table_cell(&after, a, 0)->t : NULL;
		int order = !x ? 1 : !y ? -1 : strcmp(x, y);

		rc = compare_model(g, order <= 0 ? x : y);
		b += order <= 0;
		a += order >= 0;
	}
	table_release(&before);
	table_release(&after);
	return rc;
}

enum status regress_compare(const struct regress_request *r, struct table *out,
                            struct regress_counts *counts, struct err *e)
{
	struct regression g = { r, counts, out, e };
	enum status rc;

	*counts = (struct regress_counts){ 0 };
	table_begin(out, result_columns, N_REGRESS_COLUMNS);
	rc = compare_methods(r, &counts->by_point, e);
	if (!rc && !r->timings_only)
		rc = compare_models(&g);
	if (!rc)
		rc = regress_timings(r, counts->by_point, out, counts, e);
	if (rc)
		table_release(out);
	return rc;
}
