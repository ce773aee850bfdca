#include "cli/database_help.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/recipes.h"
#include "store/describe.h"

/* A | ends a cell of a table; * and < mean something to Markdown. */
static void cell(const char *s)
{
	for (; *s; s++) {
		if (strchr("|*<>", *s))
			putchar('\\');
		putchar(*s);
	}
}

static void print_relation(const struct store_relation *r)
{
	printf("\n### %s\n\n%s\n\n| column | type | what |\n| --- | --- | --- |\n", r->name,
	       r->help);
	for (size_t i = 0; i < r->n_columns; i++) {
		const struct store_column *c = &r->column[i];

		printf("| `%s` | %s | ", c->name, c->type);
		cell(c->help);
		if (c->refers)
			printf(" (a row of `%s`)", c->refers);
		printf(" |\n");
	}
}

enum status print_database_help(struct err *e)
{
	struct arena a = { 0 };
	const struct store_relation *r;
	size_t n;
	enum status rc = store_describe(&a, &r, &n, e);

	if (!rc)
		printf("# The results database\n\n"
		       "Written by `hcbench help database`; do not edit.\n\n"
		       "One SQLite file. Views are for readers, tables are what they are made of. A unit "
		       "stands in square\nbrackets; a value that does not exist is NULL, never 0.\n\n"
		       "## Recipes\n\n`hcbench query --db FILE --recipe NAME` runs one; any other "
		       "SELECT goes with `--sql`.\n");
	for (size_t i = 0; i < n_recipes && !rc; i++)
		printf("\n**%s** (`%s`)\n\n```sql\n%s\n```\n", recipes[i].question, recipes[i].name,
		       recipes[i].sql);
	if (!rc)
		printf("\n## In a browser\n\nWith [Datasette](https://datasette.io), on a database that "
		       "no sweep is writing:\n\n```sh\nhcbench help datasette results >metadata.json\n"
		       "datasette -i results.db --metadata metadata.json\n```\n");
	for (int view = 1; view >= 0 && !rc; view--) {
		printf(view ? "\n## Views\n" : "\n## Tables\n");
		for (size_t i = 0; i < n; i++)
			if (r[i].view == view)
				print_relation(&r[i]);
	}
	arena_release(&a);
	return rc;
}

/* Which column names a row that others refer to, and columns to narrow by (all have indexes). */
static const struct {
	const char *table, *label, *facets[3];
} hints[] = {
	{"run",         "command", { NULL }                       },
	{ "model",      "name",    { NULL }                       },
	{ "technology", "name",    { NULL }                       },
	{ "lossy",      "lossy",   { "model", "model_id", NULL }  },
	{ "point",      "point",   { "group_size", "codec", NULL }},
	{ "energy",     NULL,      { "technology", NULL }         },
};

static json_t *relation_json(const struct store_relation *r)
{
	json_t *columns = json_object(), *o = json_pack("{s:s}", "description", r->help);

	for (size_t i = 0; i < r->n_columns; i++)
		json_object_set_new(columns, r->column[i].name, json_string(r->column[i].help));
	json_object_set_new(o, "columns", columns);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		json_t *facets = NULL;

		if (strcmp(hints[i].table, r->name))
			continue;
		if (hints[i].label)
			json_object_set_new(o, "label_column", json_string(hints[i].label));
		for (size_t k = 0; k < 3 && hints[i].facets[k]; k++) {
			facets = facets ? facets : json_array();
			json_array_append_new(facets, json_string(hints[i].facets[k]));
		}
		if (facets)
			json_object_set_new(o, "facets", facets);
	}
	return o;
}

enum status print_datasette(const char *name, struct err *e)
{
	struct arena a = { 0 };
	const struct store_relation *r;
	json_t *tables, *queries, *all;
	size_t n;
	enum status rc = store_describe(&a, &r, &n, e);

	if (rc) {
		arena_release(&a);
		return rc;
	}
	tables = json_object();
	queries = json_object();
	for (size_t i = 0; i < n; i++)
		json_object_set_new(tables, r[i].name, relation_json(&r[i]));
	for (size_t i = 0; i < n_recipes; i++)
		json_object_set_new(queries, recipes[i].name,
		                    json_pack("{s:s, s:s}", "title", recipes[i].question, "sql",
		                              recipes[i].sql));
	all = json_pack("{s:s, s:{s:{s:o, s:o}}}", "title", "hcbench results", "databases", name,
	                "tables", tables, "queries", queries);
	if (!all || json_dumpf(all, stdout, JSON_INDENT(2)))
		rc = err_nomem(e);
	putchar('\n');
	json_decref(all);
	arena_release(&a);
	return rc;
}
