/* What the files of this folder share. */
#ifndef HCB_STORE_INTERNAL_H
#define HCB_STORE_INTERNAL_H

#include "store/store.h"

#include <sqlite3.h>

/* "HCB1", so that file(1) and other programs know whose it is. */
enum { STORE_APPLICATION_ID = 0x48434231, STORE_SCHEMA = 5, STORE_GROUP_COMMIT = 64 };

extern const char store_schema_sql[], store_views_sql[];

/* Kinds of rows that are made of fields; index of row_kinds. */
enum row_kind { KIND_LOSSY, KIND_POINT, KIND_ENERGY, KIND_LAYER, KIND_TIMING, N_KINDS };

enum statement {
	STMT_INSERT,                             /* one per row_kind */
	STMT_READ_LOSSY = STMT_INSERT + N_KINDS, /* by lossy_id */
	STMT_READ_POINT,                         /* by point_id */
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_LOSSY_ID,
	STMT_POINT_ID,
	STMT_DROP_ENERGY,
	STMT_DROP_LAYERS,
	STMT_DROP_TIMINGS,
	STMT_DROP_POINT,
	STMT_BEGIN_RUN,
	STMT_END_RUN,
	STMT_MODEL_ID,
	STMT_INSERT_MODEL,
	STMT_INSERT_KERNEL,
	STMT_INSERT_DATASET,
	STMT_TECHNOLOGY,
	STMT_DROP_PRICED,
	STMT_PUT_TECHNOLOGY,
	STMT_HISTOGRAM,
	STMT_INSERT_HISTOGRAM,
	STMT_KEYS,
	STMT_PARTIAL,
	STMT_UNCONFIRMED,
	STMT_UNPRICED,
	N_STATEMENTS
};

/* A model whose rows this session may put. */
struct known_model {
	struct known_model *next;
	int64_t model_id;
	char name[];
};

/* DB.lock, held with flock(2): it dies with its holder, so a stale file locks nobody out. */
struct store_lock {
	char *path;
	int fd; /* -1: not held */
};

struct store {
	sqlite3 *db;
	char *path; /* as given, for messages */
	char *file; /* absolute, links resolved, so that one file has one lock */
	enum store_mode mode;
	struct store_lock lock;
	sqlite3_stmt *stmt[N_STATEMENTS];
	/* After a failed write nothing more is written: the group was rolled back, and what the
	 * cached ids below refer to may be gone. */
	struct err broken;
	unsigned pending; /* points put since the last commit */
	int64_t run_id;
	struct known_model *models;
	int64_t lossy_id, point_id; /* of the keys below; the rows put last */
	char lossy_key[DIGEST_HEX], point_key[DIGEST_HEX];
};

/* store_lock.c */
enum status store_lock(struct store_lock *l, const char *file, const char *path, struct err *e);
void store_unlock(struct store_lock *l);

/* store_sql.c: statements generated from axes[] and the field tables. */

/* Maps an SQLite result to a status and one line naming the file. doing: "write a point". */
enum status store_sql_error(const struct store *s, int rc, const char *doing, struct err *e);
/* The cached statement, prepared on first use, reset and without bindings. */
enum status store_statement(struct store *s, unsigned id, sqlite3_stmt **out, struct err *e);

/* Binding by name, ":run_id". All refuse with ST_INTERNAL what must not be stored. */
enum status store_bind_int(struct store *s, sqlite3_stmt *st, const char *name, int64_t v,
                           struct err *e);
/* NULL and "" are stored as NULL. */
enum status store_bind_text(struct store *s, sqlite3_stmt *st, const char *name, const char *v,
                            struct err *e);
enum status store_bind_key(struct store *s, sqlite3_stmt *st, const char *name, const char *hex,
                           struct err *e);
enum status store_bind_digest(struct store *s, sqlite3_stmt *st, const char *name,
                              const struct digest *d, struct err *e);
/* All fields of a row, and the axes of its kind (p may be NULL for kinds without). */
enum status store_bind_row(struct store *s, sqlite3_stmt *st, enum row_kind kind, const void *row,
                           const struct point *p, struct err *e);
/* Columns of a STMT_READ_* row into a struct of its kind. */
void store_read_row(sqlite3_stmt *st, enum row_kind kind, void *row);

/* store_txn.c */

/* Before a write: inside a transaction. between_points: the group before it may be committed, so
 * that a point always is with its energies and layers. */
enum status store_begin_write(struct store *s, bool between_points, struct err *e);
/* After a failed write, takes its whole group back: half a point must not look like a whole one.
 * Returns rc. */
enum status store_give_up(struct store *s, enum status rc, struct err *e);
/* Runs a bound statement that gives no rows. */
enum status store_run(struct store *s, sqlite3_stmt *st, const char *doing, struct err *e);
/* Runs a bound statement that gives at most one row of up to two integers. */
enum status store_look_up(struct store *s, sqlite3_stmt *st, bool *found, int64_t out[2],
                          struct err *e);

/* store_facts.c: the content that a model name stands for in this session, or NULL. */
struct known_model *store_known_model(struct store *s, const char *name);

/* store_sink.c: sets s->lossy_id to the row of a key, 0 when there is none. */
enum status store_select_lossy(struct store *s, const char *lossy_key, struct err *e);

#endif
