#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/recipes.h"
#include "report/groups.h"
#include "report/pareto.h"
#include "store/store.h"

static const char *view_name(size_t i)
{
	const struct view *v = store_view(i);

	return v ? v->name : NULL;
}

/* The SELECT of --sql or --recipe, or NULL. */
static const char *sql_given(const struct invocation *in)
{
	const char *name = opt_text(in, "recipe");

	for (size_t i = 0; name && i < n_recipes; i++)
		if (!strcmp(recipes[i].name, name))
			return recipes[i].sql;
	return opt_text(in, "sql");
}

static enum status check_recipe(const struct invocation *in, struct err *e)
{
	const char *name = opt_text(in, "recipe");

	if (name && opt_text(in, "sql"))
		return err_set(e, ST_USAGE, "--recipe and --sql: take one of them");
	if (name && !sql_given(in))
		return err_unknown(e, "recipe", name, recipe_name, "recipes");
	return ST_OK;
}

static enum status find_view(const char *name, const struct view **out, struct err *e)
{
	for (size_t i = 0; (*out = store_view(i)); i++)
		if (!strcmp((*out)->name, name))
			return ST_OK;
	return err_unknown(e, "view", name, view_name, "views");
}

/* "a,-b" to "a, b DESC"; names of columns only, so that nothing else slips in. */
static enum status add_sort(struct text *sql, const struct table *columns, const char *sort,
                            struct err *e)
{
	text_add(sql, " ORDER BY ");
	for (const char *s = sort;;) {
		bool down = *s == '-';
		size_t n = strcspn(s += down, ","), c;
		enum status rc = table_find_column(columns, "--sort", s, n, &c, e);

		if (rc)
			return rc;
		text_addf(sql, "\"%s\"%s NULLS LAST", columns->column[c], down ? " DESC" : "");
		if (!s[n])
			return ST_OK;
		s += n + 1;
		text_add(sql, ", ");
	}
}

static enum status build_sql(const struct invocation *in, const struct view *v,
                             const struct table *columns, uint64_t limit, struct text *sql,
                             struct err *e)
{
	const char *where = opt_text(in, "where"), *sort = opt_text(in, "sort");
	enum status rc = ST_OK;

	text_addf(sql, "SELECT * FROM \"%s\"", v->name);
	if (where)
		text_addf(sql, " WHERE (%s\n)", where);
	if (sort)
		rc = add_sort(sql, columns, sort, e);
	else
		text_addf(sql, " ORDER BY %s", v->order);
	/* fronts and groups need all rows */
	if (limit != UINT64_MAX && !opt_text(in, "pareto") && !opt_text(in, "group-by"))
		text_addf(sql, " LIMIT %" PRIu64, limit);
	return !rc && sql->fail ? err_nomem(e) : rc;
}

static const struct table *suggesting; /* nearest_name() takes no context */

static const char *suggested(size_t i)
{
	return i < suggesting->n_columns ? suggesting->column[i] : NULL;
}

/* SQLite names the column that a condition got wrong; the view knows the one that was meant. */
static void suggest_column(const struct table *columns, struct err *e)
{
	static const char says[] = "no such column: ";
	const char *at = strstr(e->msg, says), *near;
	char said[sizeof(e->msg)];

	if (!at)
		return;
	suggesting = columns;
	near = nearest_name(at + strlen(says), suggested);
	snprintf(said, sizeof(said), "%s", e->msg);
	if (near)
		err_set(e, e->code, "%s; did you mean '%s'?", said, near);
	else
		err_set(e, e->code, "%s; 'hcbench help database' has the columns of each view",
		        said);
}

/* Runs --sql as it is, or reads the view. */
static enum status read_rows(const struct invocation *in, struct store *s, const struct view *v,
                             uint64_t limit, double seconds, struct table *out, struct err *e)
{
	const char *given = sql_given(in);
	struct text sql = { 0 };
	struct table columns = { 0 };
	enum status rc;

	if (given)
		return store_query(s, given, NULL, seconds, out, e);
	text_addf(&sql, "SELECT * FROM \"%s\" WHERE 0", v->name);
	rc = store_query(s, text_str(&sql), NULL, 0, &columns, e);
	text_release(&sql);
	if (!rc)
		rc = build_sql(in, v, &columns, limit, &sql, e);
	if (!rc) {
		rc = store_query(s, text_str(&sql), NULL, seconds, out, e);
		if (rc == ST_USAGE)
			suggest_column(&columns, e);
	}
	text_release(&sql);
	table_release(&columns);
	return rc;
}

/* What to show when nobody says: for reading the few columns that matter, for machines all but the
 * database's own row numbers, which depend on the order of arrival. */
static enum status choose_default_columns(struct table *t, const struct view *v, const char *format,
                                          struct err *e)
{
	struct text list = { 0 };
	enum status rc;

	if (v->brief && output_is_for_reading(format))
		return output_choose(t, v->brief, e);
	for (size_t c = 0; c < t->n_columns; c++) {
		size_t n = strlen(t->column[c]);

		if (n < 3 || strcmp(t->column[c] + n - 3, "_id"))
			text_addf(&list, "%s%s", list.n ? "," : "", t->column[c]);
	}
	rc = list.fail ? err_nomem(e) : output_choose(t, text_str(&list), e);
	text_release(&list);
	return rc;
}

/* --columns: named, "all", or not given. A statement of the user's own is shown as it is. */
static enum status shape(struct table *t, const struct invocation *in, const struct view *v,
                         struct err *e)
{
	const char *columns = opt_text(in, "columns");

	if (columns && strcmp(columns, "all"))
		return output_choose(t, columns, e);
	if (columns || sql_given(in))
		return ST_OK;
	return choose_default_columns(t, v, opt_text(in, "format"), e);
}

static enum status check_options(const struct invocation *in, uint64_t *limit, struct err *e)
{
	enum status rc = output_check(opt_text(in, "format"), e);

	if (!rc)
		rc = check_recipe(in, e);
	if (!rc && sql_given(in) && (opt_text(in, "where") || opt_text(in, "sort")))
		return err_set(e, ST_USAGE,
		               "--sql and --recipe say all; they cannot go with --where or --sort");
	if (!rc && opt_text(in, "within") && !opt_text(in, "pareto"))
		return err_set(e, ST_USAGE, "--within goes with --pareto");
	*limit = UINT64_MAX;
	if (!rc && opt_text(in, "limit"))
		rc = opt_uint(in, "limit", 1, INT64_MAX, limit, e);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct store *s = NULL;
	struct table t = { 0 };
	const struct view *v = NULL;
	uint64_t limit, seconds;
	const char *by = opt_text(in, "group-by"), *pareto = opt_text(in, "pareto");
	enum status rc = check_options(in, &limit, e);

	if (!rc)
		rc = opt_uint(in, "seconds", 1, 86400, &seconds, e);
	if (!rc)
		rc = find_view(opt_text(in, "view"), &v, e);
	if (!rc)
		rc = store_open(&s, opt_text(in, "db"), STORE_READ, e);
	if (!rc)
		rc = read_rows(in, s, v, limit, (double)seconds, &t, e);
	if (!rc && pareto)
		rc = pareto_filter(&t, pareto, opt_text(in, "within"), e);
	if (!rc && by)
		rc = table_group_by(&t, by, opt_text(in, "columns"),
		                    sql_given(in) ? NULL : v->brief, e);
	else if (!rc)
		rc = shape(&t, in, v, e);
	if (!rc) {
		t.n_rows = t.n_rows < limit ? t.n_rows : (size_t)limit;
		rc = output_table(&t, opt_text(in, "format"), e);
	}
	table_release(&t);
	store_close(s, NULL);
	return rc;
}

static const struct opt opts[] = {
	{"db",        'd', "FILE",    "results/hcbench.db", false, "results database"                          },
	{ "view",     'v', "VIEW",    "results",            false, "what to read; see 'hcbench list views'"    },
	{ "where",    'w', "EXPR",    NULL,                 false, "SQL condition on its columns"              },
	{ "sort",     's', "COLUMNS", NULL,                 false, "comma separated; -column sorts downwards"  },
	{ "columns",  'c', "COLUMNS", NULL,                 false, "only these, in this order; all: every one" },
	{ "pareto",   'p', "COLUMNS", NULL,                 false,
         "only rows that no other beats in all of these (+name: larger is better, -name: smaller)"             },
	{ "within",   'i', "COLUMNS", NULL,                 false, "a front for each value of these"           },
	{ "group-by", 'g', "COLUMNS", NULL,                 false, "one row for each value of these; see above"},
	{ "limit",    'l', "N",       NULL,                 false, "at most N rows"                            },
	{ "sql",      'q', "SELECT",  NULL,                 false, "a statement of your own, reading only"     },
	{ "recipe",   'r', "RECIPE",  NULL,                 false,
         "a question of docs/database.md, in place of --sql"                                                   },
	{ "seconds",  't', "N",       "60",                 false, "time that reading may take"                },
	{ "format",   'f', "FORMAT",  "table",              false, OUTPUT_FORMATS                              },
};

const struct command command_query = {
	.name = "query",
	.args = "",
	.help = "reads the results database",
	.details =
	        "Rows are read (--where, --sort), then --pareto keeps fronts, --group-by makes one row\n"
	        "of each group, and --limit cuts. --columns of a group: n (its rows); a column (its value\n"
	        "in the group's first row, the best one under --sort); min(x), max(x), median(x), mean(x)\n"
	        "of the values there are; best(x), the end that is better. Without --columns: n and best()\n"
	        "of what can be better.\n"
	        "latex needs \\usepackage{booktabs}. docs/database.md has every column of every view.\n",
	.examples =
	        "  hcbench query --view best\n"
	        "  hcbench query --where \"bits=4 AND group_size>=8\" --sort -ratio_fp32 --limit 10\n"
	        "  hcbench query --pareto bits_per_weight,top1 --within model \\\n"
	        "      --columns model,bits_per_weight,top1,bits,scope,trim,group_size,codec\n"
	        "  hcbench query --where \"top1_delta>=-1\" --group-by model,codec --sort energy_pj \\\n"
	        "      --columns \"model,codec,n,energy_pj,median(energy_pj),bits_per_weight,point\"\n"
	        "  hcbench query --recipe smallest\n"
	        "  hcbench query --sql \"SELECT count(*) AS points FROM results\" --format json\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
