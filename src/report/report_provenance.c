/* Where every number comes from: runs, contents of networks and data sets, prices with sources. */
#include "report/page.h"

#include "hw/tech.h"

#include <string.h>

/* clang-format off */
static const struct page_column run_columns[] = {
	{ .column = "run_id", .head = "run" },
	{ .column = "started", .head = "started" },
	{ .column = "finished", .head = "finished", .title = "missing: killed, or still running" },
	{ .column = "status", .head = "status" },
	{ .column = "points", .head = "points", .format = PAGE_FIXED },
	{ .column = "version", .head = "hcbench" },
	{ .column = "git_commit", .head = "commit", .format = PAGE_CODE },
	{ .column = "compiler", .head = "compiler" },
	{ .column = "cpu", .head = "processor" },
	{ .column = "kernel", .head = "system" },
	{ .column = "libraries", .head = "libraries" },
	{ .column = "command", .head = "arguments", .format = PAGE_CODE },
};
/* clang-format on */

static const struct page_column model_columns[] = {
	{.column = "name",                  .head = "network"   },
	{  .column = "sha256", .head = "SHA-256 of its content",  .format = PAGE_CODE },
	{ .column = "weights",         .head = "kernel weights", .format = PAGE_FIXED },
	{ .column = "path",              .head = "read from",  .format = PAGE_CODE },
};

static const struct page_column data_columns[] = {
	{.column = "name",                  .head = "data set"  },
	{  .column = "sha256", .head = "SHA-256 of its content",  .format = PAGE_CODE },
	{ .column = "images",                 .head = "images", .format = PAGE_FIXED },
};

static enum status add_table(struct page *p, const char *sql, const char *caption,
                             const struct page_column *column, size_t n_columns, struct err *e)
{
	enum status rc = page_query_table(p, sql, NULL, caption, column, n_columns, 100, "none", e);

	return rc == ST_SKIP ? ST_OK : rc;
}

/* The studies that were swept, each once, folded away. */
static enum status add_studies(struct page *p, struct err *e)
{
	struct table t;
	enum status rc = store_query(p->s,
	                             "SELECT min(run_id), study FROM run WHERE study <> '' "
	                             "GROUP BY study ORDER BY 1 LIMIT 20",
	                             NULL, 0, &t, e);

	if (rc)
		return rc;
	for (size_t r = 0; r < t.n_rows; r++) {
		page_add(p, "<details><summary>Study of run %.0f</summary><pre>",
		         page_value(table_cell(&t, r, 0)));
		page_escape(p->out, table_cell(&t, r, 1)->t);
		text_add(p->out, "</pre></details>\n");
	}
	table_release(&t);
	return ST_OK;
}

/* Every source once, in the order of the prices. */
static void add_sources(struct page *p, const struct tech *t)
{
	text_add(p->out, "<ul>\n");
	for (size_t i = 0; i < t->n_prices; i++) {
		size_t earlier = 0;

		while (earlier < i && strcmp(t->price[earlier].source, t->price[i].source))
			earlier++;
		if (earlier < i)
			continue;
		text_add(p->out, "<li><code>");
		page_escape(p->out, t->price[i].action);
		text_add(p->out, "</code>");
		for (size_t j = i + 1; j < t->n_prices; j++)
			if (!strcmp(t->price[j].source, t->price[i].source) &&
			    strcmp(t->price[j].action, t->price[j - 1].action)) {
				text_add(p->out, ", <code>");
				page_escape(p->out, t->price[j].action);
				text_add(p->out, "</code>");
			}
		text_add(p->out, ": ");
		page_escape(p->out, t->price[i].source);
		text_add(p->out, "</li>\n");
	}
	text_add(p->out, "</ul>\n");
}

static enum status add_prices(struct page *p, struct err *e)
{
	static const char sql[] =
	        "SELECT group_concat(name, ', '), csv, count(*) FROM (SELECT name, csv FROM technology "
	        "ORDER BY name) GROUP BY csv ORDER BY min(name) LIMIT 20";
	struct table t;
	enum status rc = store_query(p->s, sql, NULL, 0, &t, e);

	if (rc)
		return rc;
	if (t.n_rows)
		text_add(p->out, "<h3>Price tables and their sources</h3>\n");
	for (size_t r = 0; r < t.n_rows; r++) {
		const char *csv = table_cell(&t, r, 1)->t;
		struct tech *tech = NULL;
		struct err why = { 0 };

		text_add(p->out, "<details><summary>");
		page_escape(p->out, table_cell(&t, r, 0)->t);
		text_add(p->out, "</summary>\n");
		if (tech_parse(&tech, (struct span){ (const unsigned char *)csv, strlen(csv) },
		               "stored table", "stored", &why)) {
			text_add(p->out, "<p>");
			page_escape(p->out, why.msg);
			text_add(p->out, "</p>\n");
		} else {
			add_sources(p, tech);
		}
		tech_free(tech);
		text_add(p->out, "</details>\n");
	}
	if (t.n_rows)
		page_command(p, "query", "--sql \"SELECT name, csv FROM technology\" --format csv");
	table_release(&t);
	return ST_OK;
}

static enum status write(struct page *p, struct err *e)
{
	enum status rc;

#define COLUMNS(a) a, sizeof(a) / sizeof(a[0])
	rc = add_table(p,
	               "SELECT run_id, started, finished, status, points, version, git_commit, "
	               "compiler, cpu, kernel, libraries, command FROM runs ORDER BY run_id",
	               "Runs", COLUMNS(run_columns), e);
	page_command(p, "query", "--view runs --columns all");
	if (!rc)
		rc = add_studies(p, e);
	if (!rc)
		rc = add_table(
		        p,
		        "SELECT name, lower(hex(digest)) AS sha256, weights, path FROM model "
		        "ORDER BY name, digest",
		        "Contents of the networks", COLUMNS(model_columns), e);
	if (!rc)
		rc = add_table(p,
		               "SELECT name, lower(hex(digest)) AS sha256, images FROM dataset "
		               "ORDER BY name, digest",
		               "Contents of the data sets", COLUMNS(data_columns), e);
#undef COLUMNS
	if (!rc)
		page_command(p, "query", "--sql \"SELECT name, hex(digest), images FROM dataset\"");
	return rc ? rc : add_prices(p, e);
}

const struct report_section report_provenance = { "provenance", "Provenance", write };
