#include "store/internal.h"

enum status store_give_up(struct store *s, enum status rc, struct err *e)
{
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->pending = 0;
	s->broken.code = rc;
	if (e)
		s->broken = *e;
	return rc;
}

enum status store_run(struct store *s, sqlite3_stmt *st, const char *doing, struct err *e)
{
	int rc = sqlite3_step(st);
	enum status status = ST_OK;

	if (rc != SQLITE_DONE)
		status = store_sql_error(s, rc, doing, e);
	sqlite3_reset(st);
	return status;
}

static enum status run_simple(struct store *s, unsigned id, const char *doing, struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_statement(s, id, &st, e);

	return rc ? rc : store_run(s, st, doing, e);
}

enum status store_look_up(struct store *s, sqlite3_stmt *st, bool *found, int64_t out[2],
                          struct err *e)
{
	int rc = sqlite3_step(st);
	enum status status = ST_OK;

	*found = rc == SQLITE_ROW;
	for (int i = 0; *found && i < 2 && i < sqlite3_column_count(st); i++)
		out[i] = sqlite3_column_int64(st, i);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = store_sql_error(s, rc, "look up a row", e);
	sqlite3_reset(st);
	return status;
}

enum status store_flush(struct store *s, struct err *e)
{
	enum status rc;

	if (s->broken.code) {
		if (e)
			*e = s->broken;
		return s->broken.code;
	}
	if (sqlite3_get_autocommit(s->db))
		return ST_OK;
	rc = run_simple(s, STMT_COMMIT, "commit", e);
	if (rc)
		return store_give_up(s, rc, e);
	s->pending = 0;
	return ST_OK;
}

enum status store_begin_write(struct store *s, bool between_points, struct err *e)
{
	enum status rc;

	if (s->mode != STORE_WRITE)
		return err_set(e, ST_INTERNAL, "%s: opened for reading only", s->path);
	if (s->broken.code || (between_points && s->pending >= STORE_GROUP_COMMIT)) {
		rc = store_flush(s, e);
		if (rc)
			return rc;
	}
	if (!sqlite3_get_autocommit(s->db))
		return ST_OK;
	return run_simple(s, STMT_BEGIN, "begin a transaction", e);
}
