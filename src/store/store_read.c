#include "store/internal.h"

#include <stdlib.h>

/* The rows of a statement that gives a key and a word. */
static enum status each_key(struct store *s, unsigned id,
                            void (*each)(void *arg, const char *key, const char *word), void *arg,
                            struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_statement(s, id, &st, e);
	int step;

	if (rc)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW) {
		const unsigned char *key = sqlite3_column_text(st, 0);
		const unsigned char *status = sqlite3_column_text(st, 1);

		if (!key || !status) {
			sqlite3_reset(st);
			return err_nomem(e);
		}
		each(arg, (const char *)key, (const char *)status);
	}
	if (step != SQLITE_DONE)
		rc = store_sql_error(s, step, "read the keys", e);
	sqlite3_reset(st);
	return rc;
}

enum status store_keys(struct store *s,
                       void (*each)(void *arg, const char *key, const char *status), void *arg,
                       struct err *e)
{
	return each_key(s, STMT_KEYS, each, arg, e);
}

enum status store_verdicts(struct store *s, bool unconfirmed_only,
                           void (*each)(void *arg, const char *lossy_key, const char *verdict),
                           void *arg, struct err *e)
{
	return each_key(s, unconfirmed_only ? STMT_UNCONFIRMED : STMT_PARTIAL, each, arg, e);
}

/* Reads the row of statement id whose parameter `name` is row_id; ST_SKIP when there is none. */
static enum status read_by_id(struct store *s, unsigned id, const char *name, int64_t row_id,
                              enum row_kind kind, void *out, struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_statement(s, id, &st, e);
	int step;

	if (!rc)
		rc = store_bind_int(s, st, name, row_id, e);
	if (rc)
		return rc;
	step = sqlite3_step(st);
	if (step == SQLITE_ROW)
		store_read_row(st, kind, out);
	else if (step == SQLITE_DONE)
		rc = err_set(e, ST_SKIP, "%s: no such row", s->path);
	else
		rc = store_sql_error(s, step, "read a row", e);
	sqlite3_reset(st);
	return rc;
}

/* Row number of a key, by STMT_LOSSY_ID or STMT_POINT_ID; ST_SKIP when there is none. */
static enum status id_of(struct store *s, unsigned id, const char *name, const char *key,
                         int64_t *out, struct err *e)
{
	int64_t found_id[2] = { 0, 0 };
	bool found = false;
	sqlite3_stmt *st;
	enum status rc = store_statement(s, id, &st, e);

	if (!rc)
		rc = store_bind_key(s, st, name, key, e);
	if (!rc)
		rc = store_look_up(s, st, &found, found_id, e);
	if (!rc && !found)
		rc = err_set(e, ST_SKIP, "%s: no row with this key", s->path);
	*out = found_id[0];
	return rc;
}

enum status store_find_lossy(struct store *s, const char *lossy_key, struct lossy_row *out,
                             struct err *e)
{
	int64_t id;
	enum status rc = id_of(s, STMT_LOSSY_ID, "lossy_key", lossy_key, &id, e);

	return rc ? rc : read_by_id(s, STMT_READ_LOSSY, "lossy_id", id, KIND_LOSSY, out, e);
}

enum status store_find_point(struct store *s, const char *key, struct point_row *out, struct err *e)
{
	int64_t id;
	enum status rc = id_of(s, STMT_POINT_ID, "key", key, &id, e);

	return rc ? rc : read_by_id(s, STMT_READ_POINT, "point_id", id, KIND_POINT, out, e);
}

/* Row numbers first, rows one by one afterwards: the callback may write meanwhile. */
static enum status unpriced_ids(struct store *s, const char *technology, int64_t **ids, size_t *n,
                                struct err *e)
{
	size_t cap = 0;
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_UNPRICED, &st, e);
	int step;

	if (!rc)
		rc = store_bind_text(s, st, "technology", technology, e);
	if (rc)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW) {
		if (*n == cap) {
			int64_t *grown = realloc(*ids, (cap = cap ? 2 * cap : 256) * sizeof(**ids));

			if (!grown) {
				sqlite3_reset(st);
				return err_nomem(e);
			}
			*ids = grown;
		}
		(*ids)[(*n)++] = sqlite3_column_int64(st, 0);
	}
	if (step != SQLITE_DONE)
		rc = store_sql_error(s, step, "look for points without energy", e);
	sqlite3_reset(st);
	return rc;
}

enum status store_unpriced(struct store *s, const char *technology,
                           void (*each)(void *arg, const struct point_row *r), void *arg,
                           struct err *e)
{
	int64_t *ids = NULL;
	size_t n = 0;
	enum status rc = unpriced_ids(s, technology, &ids, &n, e);

	for (size_t i = 0; !rc && i < n; i++) {
		struct point_row r;

		rc = read_by_id(s, STMT_READ_POINT, "point_id", ids[i], KIND_POINT, &r, e);
		if (!rc)
			each(arg, &r);
	}
	free(ids);
	return rc;
}
