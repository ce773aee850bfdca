#include "store/internal.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum file_state { FILE_MISSING, FILE_EMPTY, FILE_OURS };

/* Looks at the file's header before SQLite does, so that nothing of a foreign file is touched. */
static enum status inspect(const struct store *s, enum file_state *out, struct err *e)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char h[100];
	struct stat st;
	uint32_t id;
	ssize_t n;
	int fd;

	if (stat(s->file, &st)) {
		*out = FILE_MISSING;
		if (errno == ENOENT)
			return ST_OK;
		return err_set(e, ST_ENV, "%s: cannot open: %s", s->path, strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return err_set(e, ST_ENV, "%s: not a regular file; name a database file", s->path);
	fd = open(s->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ST_ENV, "%s: cannot open: %s", s->path, strerror(errno));
	n = pread(fd, h, sizeof(h), 0);
	close(fd);
	if (n < 0)
		return err_set(e, ST_ENV, "%s: cannot read: %s", s->path, strerror(errno));
	*out = n == 0 ? FILE_EMPTY : FILE_OURS;
	if (n == 0)
		return ST_OK;
	if (n < (ssize_t)sizeof(h) || memcmp(h, magic, sizeof(magic)))
		return err_set(e, ST_DATA,
		               "%s: not an hcbench database (no SQLite header): name another file",
		               s->path);
	id = (uint32_t)h[68] << 24 | (uint32_t)h[69] << 16 | (uint32_t)h[70] << 8 | h[71];
	if (id != STORE_APPLICATION_ID)
		return err_set(e, ST_DATA,
		               "%s: a database of another program (application_id 0x%08x, expected "
		               "0x%08x): name another file",
		               s->path, (unsigned)id, (unsigned)STORE_APPLICATION_ID);
	return ST_OK;
}

/* The absolute name of path with links resolved; its folder must exist. */
static enum status resolve(struct store *s, struct err *e)
{
	const char *slash = strrchr(s->path, '/');
	struct text folder = { 0 }, file = { 0 };
	char *dir;

	if (!*s->path || (slash && !slash[1]))
		return err_set(e, ST_USAGE, "'%s' does not name a database file", s->path);
	s->file = realpath(s->path, NULL);
	if (s->file)
		return ST_OK;
	if (errno != ENOENT)
		return err_set(e, ST_ENV, "%s: cannot open: %s", s->path, strerror(errno));
	text_addn(&folder, slash ? s->path : "./", slash ? (size_t)(slash - s->path) + 1 : 2);
	dir = folder.fail ? NULL : realpath(text_str(&folder), NULL);
	if (!dir) {
		enum status rc = folder.fail ? err_nomem(e)
		                             : err_set(e, ST_ENV,
		                                       "%s: cannot open its folder: %s: make it, "
		                                       "or name another file",
		                                       s->path, strerror(errno));

		text_release(&folder);
		return rc;
	}
	text_release(&folder);
	text_addf(&file, "%s/%s", strcmp(dir, "/") ? dir : "", slash ? slash + 1 : s->path);
	free(dir);
	if (file.fail) {
		text_release(&file);
		return err_nomem(e);
	}
	s->file = file.s;
	return ST_OK;
}

static enum status exec(struct store *s, const char *sql, const char *doing, struct err *e)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc ? store_sql_error(s, rc, doing, e) : ST_OK;
}

/* Opens name with what SQLite's page on untrusted files asks for. Until the file is known to be
 * sound, closing must not write into it either. */
static enum status connect(struct store *s, const char *name, int flags, struct err *e)
{
	int rc = sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc)
		return store_sql_error(s, rc, "open it", e);
	sqlite3_busy_timeout(s->db, 10000);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	/* "nope" is a column that does not exist, not a text */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return exec(s,
	            "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; "
	            "PRAGMA synchronous = FULL",
	            "open it", e);
}

static void disconnect(struct store *s)
{
	for (size_t i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(s->stmt[i]);
	memset(s->stmt, 0, sizeof(s->stmt));
	sqlite3_close_v2(s->db);
	s->db = NULL;
}

static enum status create_schema(struct store *s, struct err *e)
{
	static const char about[] =
	        "INSERT INTO meta (name, value) VALUES "
	        "('about', 'results of hcbench; read the views, schema in sqlite_master'), "
	        "('method_version', '" METHOD_VERSION "')";
	char marks[96];
	enum status rc;

	snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
	         STORE_APPLICATION_ID, STORE_SCHEMA);
	rc = exec(s, "BEGIN", "create the tables", e);
	if (!rc)
		rc = exec(s, store_schema_sql, "create the tables", e);
	if (!rc)
		rc = exec(s, store_views_sql, "create the views", e);
	if (!rc)
		rc = exec(s, about, "create the tables", e);
	if (!rc)
		rc = exec(s, marks, "create the tables", e);
	return rc ? rc : exec(s, "COMMIT", "create the tables", e);
}

static void sync_folder(const char *file)
{
	char *dir = strdup(file);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;

	if (slash) {
		slash[slash == dir] = '\0';
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			fsync(fd);
			close(fd);
		}
	}
	free(dir);
}

/* Made whole beside its place and then renamed: under its own name it is never half a database. */
static enum status create(struct store *s, struct err *e)
{
	struct text made = { 0 }, journal = { 0 };
	enum status rc;

	text_addf(&made, "%s.new", s->file);
	text_addf(&journal, "%s.new-journal", s->file);
	if (made.fail || journal.fail) {
		rc = err_nomem(e);
		goto out;
	}
	unlink(text_str(&made));
	unlink(text_str(&journal));
	rc = connect(s, text_str(&made), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e);
	if (!rc)
		rc = create_schema(s, e);
	disconnect(s);
	if (!rc && rename(text_str(&made), s->file))
		rc = err_set(e, ST_ENV, "%s: cannot create: %s", s->path, strerror(errno));
	if (rc) {
		unlink(text_str(&made));
		unlink(text_str(&journal));
	} else {
		sync_folder(s->file);
	}
out:
	text_release(&made);
	text_release(&journal);
	return rc;
}

/* First value of a pragma: its integer, or 1 when it is the text `good`. */
static enum status pragma(struct store *s, const char *sql, const char *good, int64_t *out,
                          struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	*out = 0;
	if (!rc)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && good) {
		const char *text = (const char *)sqlite3_column_text(st, 0);

		*out = text && !strcmp(text, good);
	} else if (rc == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? ST_OK : store_sql_error(s, rc, "check it", e);
}

static enum status check(struct store *s, struct err *e)
{
	int64_t version, sound;
	enum status rc = pragma(s, "PRAGMA user_version", NULL, &version, e);

	if (rc)
		return rc;
	if (version > STORE_SCHEMA)
		return err_set(e, ST_DATA,
		               "%s: written by a newer hcbench (schema %lld, this one knows %d): "
		               "update hcbench or name another file",
		               s->path, (long long)version, STORE_SCHEMA);
	if (version < STORE_SCHEMA)
		return err_set(e, ST_DATA,
		               "%s: schema %lld, this hcbench has %d and does not convert: read it "
		               "with the hcbench that wrote it, or run the study into another file",
		               s->path, (long long)version, STORE_SCHEMA);
	rc = pragma(s, "PRAGMA quick_check(1)", "ok", &sound, e);
	if (!rc && !sound)
		rc = err_set(e, ST_DATA,
		             "%s: damaged (quick_check): restore a copy, or move it away and run "
		             "again",
		             s->path);
	return rc;
}

static enum status open_write(struct store *s, struct err *e)
{
	enum file_state state;
	bool created;
	int64_t wal = 0;
	enum status rc = inspect(s, &state, e);

	if (!rc)
		rc = store_lock(&s->lock, s->file, s->path, e);
	if (!rc)
		rc = inspect(s, &state, e); /* again: it may have come into being meanwhile */
	if (rc)
		return rc;
	created = state != FILE_OURS;
	if (created)
		rc = create(s, e);
	if (!rc)
		rc = connect(s, s->file, SQLITE_OPEN_READWRITE, e);
	if (!rc && !created)
		rc = check(s, e);
	if (!rc)
		rc = pragma(s, "PRAGMA journal_mode = WAL", "wal", &wal, e);
	if (!rc && !wal)
		rc = err_set(e, ST_ENV,
		             "%s: its file system cannot hold a write-ahead log: put it on a local "
		             "disk",
		             s->path);
	if (rc && created && state == FILE_MISSING && s->db) {
		disconnect(s);
		unlink(s->file);
	}
	if (!rc)
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return rc;
}

static bool has_log(const struct store *s)
{
	struct text wal = { 0 };
	struct stat st;
	bool has;

	text_addf(&wal, "%s-wal", s->file);
	has = wal.fail || (!stat(text_str(&wal), &st) && st.st_size > 0);
	text_release(&wal);
	return has;
}

/* In a folder that cannot be written SQLite cannot make the shared memory of a write-ahead log;
 * without a log none is needed. */
static enum status connect_immutable(struct store *s, struct err *e)
{
	struct text uri = { 0 };
	enum status rc;

	text_add(&uri, "file:");
	for (const char *c = s->file; *c; c++) {
		if (strchr("?#%", *c))
			text_addf(&uri, "%%%02X", (unsigned)*c);
		else
			text_addn(&uri, c, 1);
	}
	text_add(&uri, "?immutable=1");
	rc = uri.fail ? err_nomem(e)
	              : connect(s, text_str(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
	text_release(&uri);
	return rc;
}

static enum status open_read(struct store *s, struct err *e)
{
	enum file_state state;
	int64_t ignored;
	enum status rc = inspect(s, &state, e);

	if (rc)
		return rc;
	if (state == FILE_MISSING)
		return err_set(e, ST_ENV,
		               "%s: no such database: make one with 'hcbench sweep STUDY.yaml --db "
		               "%s'",
		               s->path, s->path);
	if (state == FILE_EMPTY)
		return err_set(e, ST_DATA, "%s: an empty file, not an hcbench database", s->path);
	rc = connect(s, s->file, SQLITE_OPEN_READONLY, e);
	if (!rc)
		rc = pragma(s, "PRAGMA user_version", NULL, &ignored, e);
	if (rc && s->db && (sqlite3_errcode(s->db) & 0xff) == SQLITE_CANTOPEN && !has_log(s)) {
		disconnect(s);
		rc = connect_immutable(s, e);
	}
	return rc ? rc : check(s, e);
}

static void release(struct store *s)
{
	disconnect(s);
	store_unlock(&s->lock);
	while (s->models) {
		struct known_model *next = s->models->next;

		free(s->models);
		s->models = next;
	}
	free(s->path);
	free(s->file);
	free(s);
}

enum status store_open(struct store **out, const char *path, enum store_mode mode, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));
	enum status rc;

	*out = NULL;
	if (!s)
		return err_nomem(e);
	s->lock.fd = -1;
	s->mode = mode;
	s->path = strdup(path);
	rc = s->path ? resolve(s, e) : err_nomem(e);
	if (!rc)
		rc = mode == STORE_WRITE ? open_write(s, e) : open_read(s, e);
	if (rc)
		release(s);
	else
		*out = s;
	return rc;
}

enum status store_close(struct store *s, struct err *e)
{
	enum status rc = ST_OK;

	if (!s)
		return ST_OK;
	if (s->mode == STORE_WRITE) {
		/* A broken group was reported and rolled back when it broke. */
		if (!s->broken.code)
			rc = store_flush(s, e);
		/* At rest it is one plain file, also for read-only folders and for copying; where
		 * a reader holds the log, that stays for the next writer. */
		sqlite3_busy_timeout(s->db, 0);
		sqlite3_exec(s->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	}
	release(s);
	return rc;
}

const char *store_library_version(void)
{
	return sqlite3_libversion();
}
