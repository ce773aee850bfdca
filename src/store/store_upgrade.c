#include "store/internal.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* What schema 3 added, as it begins in schema.sql and views.sql. */
static const struct {
	const char *sql, *begin;
} added[] = {
	{store_schema_sql, "TABLE timing ("   },
	{ store_views_sql, "VIEW timings AS\n"},
};

static enum status execute(struct store *s, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc ? store_sql_error(s, rc, "bring it up to date", e) : ST_OK;
}

/* Runs "CREATE " or "CREATE TEMP " with the statement that begins there. */
static enum status create(struct store *s, const char *verb, const char *sql, const char *begin,
                          struct err *e)
{
	const char *at = strstr(sql, begin), *end = at ? strstr(at, ";\n") : NULL;
	struct text statement = { 0 };
	enum status rc;

	if (!end)
		return err_set(e, ST_INTERNAL, "the schema has no %s", begin);
	text_add(&statement, verb);
	text_addn(&statement, at, (size_t)(end - at));
	rc = statement.fail ? err_nomem(e) : execute(s, text_str(&statement), e);
	text_release(&statement);
	return rc;
}

enum status store_upgrade(struct store *s, struct err *e)
{
	bool writes = s->mode == STORE_WRITE;
	char mark[64];
	enum status rc = writes ? execute(s, "BEGIN IMMEDIATE", e) : ST_OK;

	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]) && !rc; i++)
		rc = create(s, writes ? "CREATE " : "CREATE TEMP ", added[i].sql, added[i].begin,
		            e);
	if (!writes)
		return rc;
	snprintf(mark, sizeof(mark), "PRAGMA user_version = %d; COMMIT", STORE_SCHEMA);
	if (!rc)
		rc = execute(s, mark, e);
	if (rc)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}
