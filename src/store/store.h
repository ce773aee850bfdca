/* The results database (the only user of SQLite). One read-write connection per file, held under
 * a lock; everything else reads. WAL with synchronous=FULL, BEGIN IMMEDIATE, group commit. */
#ifndef HCB_STORE_STORE_H
#define HCB_STORE_STORE_H

#include "base/err.h"
#include "run/row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum store_mode { STORE_READ, STORE_WRITE /* creates the file where missing */ };

/* ST_ENV: cannot open, read-only directory, lock held (names host and pid), disk full, network
 * file system; ST_DATA: not an hcbench database (foreign application_id), damaged, or newer than
 * this program. Nothing is created or changed on error. */
enum status store_open(struct store **out, const char *path, enum store_mode mode, struct err *e);
/* Commits and closes; the closed database is one plain file (no log beside it) unless a reader
 * still has it open. NULL is fine. */
enum status store_close(struct store *s, struct err *e);

/* Provenance of one run; a row belongs to the run that computed it. */
struct run_info {
	const char *command; /* argv, quoted */
	const char *version, *git_commit, *compiler, *host, *cpu, *kernel, *started; /* ISO 8601 */
	const char *libraries; /* "SQLite 3.40.1, oneDNN 2.6.3, ..." */
	const char *study;     /* text of the study file, or "" */
};
enum status store_begin_run(struct store *s, const struct run_info *r, struct err *e);
/* status: "done", "stopped" or "failed". finished: ISO 8601. */
enum status store_end_run(struct store *s, const char *status, const char *finished, struct err *e);

/* Facts that rows refer to, so they come first: the model of a row (model_info.name is the value of
 * the axis model) and the technology of an energy, in this session. Putting the same again is no
 * change. A technology whose digest changed drops the energies that were priced with the old one;
 * store_unpriced() then lists their points. */
struct model_info {
	const char *name, *path;
	struct digest digest;
	int64_t weights, other_params;
};
struct kernel_info {
	int64_t index;
	const char *layer, *shape;
	int64_t weights, macs;
};
enum status store_put_model(struct store *s, const struct model_info *m,
                            const struct kernel_info *k, size_t n_kernels, struct err *e);
enum status store_put_dataset(struct store *s, const char *name, const struct digest *digest,
                              int64_t images, struct err *e);
enum status store_put_technology(struct store *s, const char *name, const struct digest *digest,
                                 const char *csv, struct err *e);
/* Histogram of the integers of an untrimmed lossy prefix. */
enum status store_put_histogram(struct store *s, const char *lossy_key, const int32_t *value,
                                const int64_t *count, size_t n, struct err *e);

/* A sink that writes rows of the run that was begun; valid while s is open. Commits every 64
 * points, always between points, and on store_flush (to be called between points). A key that is
 * already stored with status ok is left as it is; a skipped or failed one is replaced, and so is
 * the verdict of a lossy prefix by an accuracy on all images. A write that fails rolls back to the
 * last commit, and every later one fails alike: close, and resume. Infinite values, and ok points
 * without size or ratio, are refused (ST_INTERNAL). */
struct row_sink store_sink(struct store *s);
enum status store_flush(struct store *s, struct err *e);

/* What is already there, for resuming. */
enum status store_keys(struct store *s,
                       void (*each)(void *arg, const char *key, const char *status), void *arg,
                       struct err *e);
/* Lossy prefixes with a verdict instead of an accuracy; or only the next of those that may be on
 * the front of size and accuracy (view unconfirmed). */
enum status store_verdicts(struct store *s, bool unconfirmed_only,
                           void (*each)(void *arg, const char *lossy_key, const char *verdict),
                           void *arg, struct err *e);
/* ST_SKIP when absent. */
enum status store_find_lossy(struct store *s, const char *lossy_key, struct lossy_row *out,
                             struct err *e);
enum status store_find_point(struct store *s, const char *key, struct point_row *out,
                             struct err *e);
/* Points that have no energy with this technology, to price stored counts. */
enum status store_unpriced(struct store *s, const char *technology,
                           void (*each)(void *arg, const struct point_row *r), void *arg,
                           struct err *e);

/* A result table in memory, every cell as SQLite gave it. */
enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT };
struct cell {
	enum cell_type type;
	int64_t i;
	double r;
	const char *t;
};
struct table {
	struct arena arena;
	size_t n_columns, n_rows;
	const char **column;
	struct cell *cell; /* n_rows x n_columns */
};
void table_release(struct table *t);
static inline const struct cell *table_cell(const struct table *t, size_t row, size_t column)
{
	return &t->cell[row * t->n_columns + column];
}
/* Column index, or n_columns when absent. */
size_t table_column(const struct table *t, const char *name);

/* Runs one SELECT. Reading only: an authorizer refuses everything else, also ATTACH, PRAGMA and
 * extensions; limits bound length and depth; it is stopped after time_limit_s (0: 60). text values
 * bound to ?1, ?2 .. come from args (NULL-terminated, may be NULL). BLOBs become lower-case hex.
 * ST_USAGE: SQL error, out of time, or a result above 2 GiB. */
enum status store_query(struct store *s, const char *sql, const char *const *args,
                        double time_limit_s, struct table *out, struct err *e);

/* Views: what they hold, their default order (SQL), and the columns that a reader wants first
 * (NULL: all). NULL past the end. */
struct view {
	const char *name, *help, *order, *brief;
};
const struct view *store_view(size_t i);

const char *store_library_version(void);

/* Whether the file system with this statfs(2) magic is a network one, which databases must not be
 * written on. */
bool store_fs_is_remote(unsigned long magic);

#endif
