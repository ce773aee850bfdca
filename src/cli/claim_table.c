#include "cli/claim_table.h"

#include "report/table_rows.h"

#include <stdio.h>
#include <string.h>

/* The names that machines read. */
static const char *columns[] = { "id",  "source", "claim",   "network", "published", "ours",
	                         "low", "high",   "verdict", "point",   "reason" };
const char claim_table_brief[] = "id,network,published,ours,low,high,verdict";
enum { VERDICT = 8, REASON = 10 };

static const char *list_columns[] = { "id",        "source", "claim", "conditions", "interval",
	                              "published", "unit",   "judge", "networks" };
const char claim_list_brief[] = "id,published,unit,judge,networks,claim";

void claim_table_begin(struct claim_table *t)
{
	table_begin(&t->table, columns, sizeof(columns) / sizeof(columns[0]));
}

enum status claim_table_add(struct claim_table *t, const struct claim *c, size_t i,
                            const struct claim_result *r, struct err *e)
{
	struct cell *row = table_add_row(&t->table);

	if (!row)
		return err_nomem(e);
	*row++ = cell_text(c->id);
	*row++ = cell_text(c->source);
	*row++ = cell_text(c->statement);
	*row++ = cell_text(claim_network(c, i));
	*row++ = cell_real(c->published);
	*row++ = cell_real(r->ours);
	*row++ = cell_real(r->low);
	*row++ = cell_real(r->high);
	*row++ = cell_text(claim_verdict_names[r->verdict]);
	*row++ = cell_text(r->point);
	*row++ = cell_text(r->reason);
	return ST_OK;
}

void claim_table_count(const struct claim_table *t, size_t count[3])
{
	memset(count, 0, 3 * sizeof(*count));
	for (size_t r = 0; r < t->table.n_rows; r++)
		for (size_t v = 0; v < 3; v++)
			if (!strcmp(table_cell(&t->table, r, VERDICT)->t, claim_verdict_names[v]))
				count[v]++;
}

void claim_table_reasons(const struct claim_table *t)
{
	const struct table *table = &t->table;
	const char *cannot = claim_verdict_names[CLAIM_CANNOT_RUN];

	for (size_t r = 0; r < table->n_rows; r++) {
		const char *reason = table_cell(table, r, REASON)->t;
		bool said = strcmp(table_cell(table, r, VERDICT)->t, cannot) != 0 || !reason;

		for (size_t i = 0; i < r && !said; i++)
			said = table_cell(table, i, REASON)->t &&
			       !strcmp(table_cell(table, i, REASON)->t, reason);
		if (!said)
			fprintf(stderr, "cannot be run here: %s\n", reason);
	}
}

void claim_table_list(struct claim_table *t)
{
	table_begin(&t->table, list_columns, sizeof(list_columns) / sizeof(list_columns[0]));
}

enum status claim_table_list_add(struct claim_table *t, const struct claim *c, struct err *e)
{
	static const char *const judges[N_CLAIM_JUDGES] = { "at least", "at most", "about" };
	struct cell *row = table_add_row(&t->table);

	if (!row)
		return err_nomem(e);
	*row++ = cell_text(c->id);
	*row++ = cell_text(c->source);
	*row++ = cell_text(c->statement);
	*row++ = cell_text(c->conditions);
	*row++ = cell_text(*c->interval ? c->interval : NULL);
	*row++ = cell_real(c->published);
	*row++ = cell_text(c->unit);
	*row++ = cell_text(judges[c->judge]);
	*row++ = cell_int((int64_t)claim_rows(c));
	return ST_OK;
}
