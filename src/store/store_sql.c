#include "store/internal.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AXES_NONE, AXES_LOSSY, AXES_OTHER };

/* How a kind of row lies in its table: which columns stand for others (a key is a BLOB in its own
 * table and a reference in the others) and which axes it carries. */
static const struct {
	const char *table;
	const char *references;    /* columns besides axes and fields */
	const char *reference_key; /* field that a reference stands for, or NULL */
	const char *blob_key;      /* field stored as 32 bytes, or NULL */
	int axes;
	const struct field *fields;
	const size_t *n_fields;
	size_t bytes;
	const char *read; /* tail of the statement that reads one row, or NULL */
} row_kinds[N_KINDS] = {
	[KIND_LOSSY] = {
		.table = "lossy",
		.references = "model_id run_id",
		.blob_key = "lossy_key",
		.axes = AXES_LOSSY,
		.fields = lossy_fields,
		.n_fields = &n_lossy_fields,
		.bytes = sizeof(struct lossy_row),
		.read = "accuracy WHERE lossy_id = :lossy_id",
	},
	[KIND_POINT] = {
		.table = "point",
		.references = "lossy_id run_id",
		.reference_key = "lossy_key",
		.blob_key = "key",
		.axes = AXES_OTHER,
		.fields = point_fields,
		.n_fields = &n_point_fields,
		.bytes = sizeof(struct point_row),
		.read = "points WHERE point_id = :point_id",
	},
	[KIND_ENERGY] = {
		.table = "energy",
		.references = "point_id",
		.reference_key = "key",
		.axes = AXES_NONE,
		.fields = energy_fields,
		.n_fields = &n_energy_fields,
		.bytes = sizeof(struct energy_row),
	},
	[KIND_LAYER] = {
		.table = "layer",
		.references = "point_id",
		.reference_key = "key",
		.axes = AXES_NONE,
		.fields = layer_fields,
		.n_fields = &n_layer_fields,
		.bytes = sizeof(struct layer_row),
	},
	[KIND_TIMING] = {
		.table = "timing",
		.references = "point_id run_id",
		.reference_key = "key",
		.axes = AXES_NONE,
		.fields = timing_fields,
		.n_fields = &n_timing_fields,
		.bytes = sizeof(struct timing_row),
	},
};

static const char *const statement_sql[N_STATEMENTS] = {
	[STMT_BEGIN] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_LOSSY_ID] = "SELECT lossy_id FROM lossy WHERE lossy_key = :lossy_key",
	[STMT_POINT_ID] = "SELECT point_id, status = 'ok' FROM point WHERE key = :key",
	[STMT_DROP_ENERGY] = "DELETE FROM energy WHERE point_id = :point_id",
	[STMT_DROP_LAYERS] = "DELETE FROM layer WHERE point_id = :point_id",
	[STMT_DROP_TIMINGS] = "DELETE FROM timing WHERE point_id = :point_id",
	[STMT_DROP_POINT] = "DELETE FROM point WHERE point_id = :point_id",
	[STMT_BEGIN_RUN] = "INSERT INTO run (command, version, git_commit, compiler, host, cpu, "
	                   "kernel, libraries, study, started) VALUES (:command, :version, "
	                   ":git_commit, :compiler, :host, :cpu, :kernel, :libraries, :study, "
	                   ":started)",
	[STMT_END_RUN] =
	        "UPDATE run SET status = :status, finished = :finished WHERE run_id = :run_id",
	[STMT_MODEL_ID] = "SELECT model_id FROM model WHERE name = :name AND digest = :digest",
	[STMT_INSERT_MODEL] = "INSERT INTO model (name, path, digest, weights, other_params) "
	                      "VALUES (:name, :path, :digest, :weights, :other_params)",
	[STMT_INSERT_KERNEL] = "INSERT INTO kernel (model_id, kernel_index, layer, shape, weights, "
	                       "macs) VALUES (:model_id, :kernel_index, :layer, :shape, :weights, "
	                       ":macs)",
	[STMT_INSERT_DATASET] = "INSERT INTO dataset (name, digest, images) "
	                        "VALUES (:name, :digest, :images) ON CONFLICT DO NOTHING",
	[STMT_TECHNOLOGY] = "SELECT digest = :digest FROM technology WHERE name = :name",
	[STMT_DROP_PRICED] = "DELETE FROM energy WHERE technology = :technology",
	[STMT_PUT_TECHNOLOGY] = "INSERT INTO technology (name, digest, csv) "
	                        "VALUES (:name, :digest, :csv) ON CONFLICT (name) DO UPDATE "
	                        "SET digest = excluded.digest, csv = excluded.csv",
	[STMT_HISTOGRAM] = "SELECT 1 FROM histogram WHERE lossy_id = :lossy_id LIMIT 1",
	[STMT_INSERT_HISTOGRAM] = "INSERT INTO histogram (lossy_id, value, count) "
	                          "VALUES (:lossy_id, :value, :count)",
	[STMT_KEYS] = "SELECT lower(hex(key)), status FROM point ORDER BY point_id",
	[STMT_PARTIAL] =
	        "SELECT lower(hex(lossy_key)), verdict FROM lossy WHERE verdict IS NOT NULL "
	        "ORDER BY lossy_id",
	[STMT_UNCONFIRMED] = "SELECT lossy_key, verdict FROM unconfirmed WHERE place <= 4",
	/* A code that no decoder passes has no counts, and no energy. */
	[STMT_UNPRICED] = "SELECT point_id FROM point AS p WHERE status = 'ok' AND "
	                  "weight_reads IS NOT NULL AND NOT EXISTS "
	                  "(SELECT 1 FROM energy AS e WHERE e.point_id = p.point_id AND "
	                  "e.technology = :technology) ORDER BY point_id",
};

enum status store_sql_error(const struct store *s, int rc, const char *doing, struct err *e)
{
	const char *why = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);

	if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY)
		return err_set(e, ST_ENV,
		               "%s: a writer was killed in the middle: run that sweep again, it "
		               "recovers the file",
		               s->path);
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_nomem(e);
	case SQLITE_FULL:
		return err_set(e, ST_ENV,
		               "%s: cannot %s: no space left on its disk, make room and run the "
		               "same command again; what was committed is kept",
		               s->path, doing);
	case SQLITE_IOERR:
		return err_set(e, ST_ENV,
		               "%s: cannot %s: %s (%s): check the disk, its free space and the "
		               "file size limit, and run the same command again",
		               s->path, doing, why, strerror(sqlite3_system_errno(s->db)));
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ST_DATA,
		               "%s: damaged (%s; while trying to %s): restore a copy, or move it "
		               "away and run again",
		               s->path, why, doing);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ST_ENV,
		               "%s: cannot %s: another program holds it: close that and run again",
		               s->path, doing);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_set(
		        e, ST_ENV,
		        "%s: cannot %s: %s: check the permissions of the file and its folder",
		        s->path, doing, why);
	default:
		return err_set(e, ST_INTERNAL, "%s: cannot %s: %s", s->path, doing, why);
	}
}

static bool is(const char *name, const char *other)
{
	return other && !strcmp(name, other);
}

static bool has_axis(enum row_kind kind, const struct axis *a)
{
	return row_kinds[kind].axes != AXES_NONE &&
	       a->lossy == (row_kinds[kind].axes == AXES_LOSSY);
}

static void add_name(struct text *columns, struct text *values, const char *name, size_t n)
{
	if (columns->n) {
		text_add(columns, ", ");
		text_add(values, ", ");
	}
	text_addn(columns, name, n);
	text_add(values, ":");
	text_addn(values, name, n);
}

/* An accuracy on all images takes the place of a verdict. */
static void confirm_sql(struct text *out)
{
	text_add(out, "(lossy_key) DO UPDATE SET run_id = excluded.run_id");
	for (size_t i = 0; i < n_lossy_fields; i++)
		if (!is(lossy_fields[i].name, row_kinds[KIND_LOSSY].blob_key))
			text_addf(out, ", %s = excluded.%s", lossy_fields[i].name,
			          lossy_fields[i].name);
	text_add(out, " WHERE lossy.verdict IS NOT NULL AND excluded.verdict IS NULL");
}

static void insert_sql(struct text *out, enum row_kind kind)
{
	struct text columns = { 0 }, values = { 0 };
	const char *r = row_kinds[kind].references;

	while (*r) {
		size_t n = strcspn(r, " ");

		add_name(&columns, &values, r, n);
		r += n + (r[n] == ' ');
	}
	for (size_t i = 0; i < n_axes; i++)
		if (has_axis(kind, &axes[i]))
			add_name(&columns, &values, axes[i].column, strlen(axes[i].column));
	for (size_t i = 0; i < *row_kinds[kind].n_fields; i++) {
		const char *name = row_kinds[kind].fields[i].name;

		if (!is(name, row_kinds[kind].reference_key))
			add_name(&columns, &values, name, strlen(name));
	}
	text_addf(out, "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT ", row_kinds[kind].table,
	          text_str(&columns), text_str(&values));
	if (kind == KIND_LOSSY)
		confirm_sql(out);
	else
		text_add(out, "DO NOTHING");
	out->fail |= columns.fail || values.fail;
	text_release(&columns);
	text_release(&values);
}

static void read_sql(struct text *out, enum row_kind kind)
{
	for (size_t i = 0; i < *row_kinds[kind].n_fields; i++)
		text_addf(out, "%s%s", i ? ", " : "SELECT ", row_kinds[kind].fields[i].name);
	text_addf(out, " FROM %s", row_kinds[kind].read);
}

enum status store_statement(struct store *s, unsigned id, sqlite3_stmt **out, struct err *e)
{
	struct text sql = { 0 };
	int rc;

	*out = s->stmt[id];
	if (*out) {
		sqlite3_reset(*out);
		sqlite3_clear_bindings(*out);
		return ST_OK;
	}
	if (id < STMT_INSERT + N_KINDS)
		insert_sql(&sql, (enum row_kind)(id - STMT_INSERT));
	else if (id == STMT_READ_LOSSY || id == STMT_READ_POINT)
		read_sql(&sql, id == STMT_READ_LOSSY ? KIND_LOSSY : KIND_POINT);
	else
		text_add(&sql, statement_sql[id]);
	if (sql.fail) {
		text_release(&sql);
		return err_nomem(e);
	}
	rc = sqlite3_prepare_v3(s->db, text_str(&sql), -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[id],
	                        NULL);
	text_release(&sql);
	/* Its identity and version are ours, so a statement that does not fit is damage. */
	if (rc == SQLITE_ERROR)
		return err_set(e, ST_DATA,
		               "%s: its tables are not those of schema %d (%s): it was changed by "
		               "another program, restore a copy",
		               s->path, STORE_SCHEMA, sqlite3_errmsg(s->db));
	if (rc)
		return store_sql_error(s, rc, "prepare a statement", e);
	*out = s->stmt[id];
	return ST_OK;
}

/* "name" is the parameter without its colon. */
static int parameter(sqlite3_stmt *st, const char *name)
{
	char with_colon[96];

	snprintf(with_colon, sizeof(with_colon), ":%s", name);
	return sqlite3_bind_parameter_index(st, with_colon);
}

static enum status bound(const struct store *s, int rc, const char *name, struct err *e)
{
	if (rc == SQLITE_TOOBIG)
		return err_set(e, ST_DATA, "%s: %s is too long to be stored", s->path, name);
	if (rc)
		return store_sql_error(s, rc, name, e);
	return ST_OK;
}

enum status store_bind_int(struct store *s, sqlite3_stmt *st, const char *name, int64_t v,
                           struct err *e)
{
	int i = parameter(st, name);

	return bound(s, v == ROW_NO_INT ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v),
	             name, e);
}

static enum status bind_real(struct store *s, sqlite3_stmt *st, const char *name, double v,
                             struct err *e)
{
	int i = parameter(st, name);

	if (isinf(v))
		return err_set(e, ST_INTERNAL, "%s: %s is infinite, refused", s->path, name);
	return bound(s, isnan(v) ? sqlite3_bind_null(st, i) : sqlite3_bind_double(st, i, v), name,
	             e);
}

enum status store_bind_text(struct store *s, sqlite3_stmt *st, const char *name, const char *v,
                            struct err *e)
{
	int i = parameter(st, name);

	return bound(s,
	             v && *v ? sqlite3_bind_text(st, i, v, -1, SQLITE_TRANSIENT)
	                     : sqlite3_bind_null(st, i),
	             name, e);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum status store_bind_key(struct store *s, sqlite3_stmt *st, const char *name, const char *hex,
                           struct err *e)
{
	struct digest d;
	size_t n = 0;

	for (; n < 2 * sizeof(d.byte); n++) {
		int v = hex_digit(hex[n]);

		if (v < 0)
			break;
		d.byte[n / 2] = (uint8_t)(n % 2 ? d.byte[n / 2] | v : v << 4);
	}
	if (n < 2 * sizeof(d.byte) || hex[n])
		return err_set(e, ST_INTERNAL, "%s: %s '%.64s' is not 64 lower-case hex digits",
		               s->path, name, hex);
	return store_bind_digest(s, st, name, &d, e);
}

enum status store_bind_digest(struct store *s, sqlite3_stmt *st, const char *name,
                              const struct digest *d, struct err *e)
{
	return bound(s,
	             sqlite3_bind_blob(st, parameter(st, name), d->byte, sizeof(d->byte),
	                               SQLITE_TRANSIENT),
	             name, e);
}

static enum status bind_axis(struct store *s, sqlite3_stmt *st, const struct axis *a,
                             const struct point *p, struct err *e)
{
	char value[POINT_NAME], *end;
	long long n;

	a->format(p, value, sizeof(value));
	if (!a->integer)
		return store_bind_text(s, st, a->column, value, e);
	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno || end == value || *end)
		return err_set(e, ST_INTERNAL, "%s: axis %s has the value '%s', not an integer",
		               s->path, a->name, value);
	return store_bind_int(s, st, a->column, n, e);
}

static enum status bind_field(struct store *s, sqlite3_stmt *st, enum row_kind kind,
                              const struct field *f, const void *row, struct err *e)
{
	const char *at = (const char *)row + f->offset;

	if (is(f->name, row_kinds[kind].reference_key))
		return ST_OK;
	if (is(f->name, row_kinds[kind].blob_key))
		return store_bind_key(s, st, f->name, at, e);
	switch (f->type) {
	case FIELD_INT:
		return store_bind_int(s, st, f->name, *(const int64_t *)(const void *)at, e);
	case FIELD_REAL:
		return bind_real(s, st, f->name, *(const double *)(const void *)at, e);
	case FIELD_TEXT:
		break;
	}
	return store_bind_text(s, st, f->name, at, e);
}

enum status store_bind_row(struct store *s, sqlite3_stmt *st, enum row_kind kind, const void *row,
                           const struct point *p, struct err *e)
{
	enum status rc = ST_OK;

	for (size_t i = 0; !rc && p && i < n_axes; i++)
		if (has_axis(kind, &axes[i]))
			rc = bind_axis(s, st, &axes[i], p, e);
	for (size_t i = 0; !rc && i < *row_kinds[kind].n_fields; i++)
		rc = bind_field(s, st, kind, &row_kinds[kind].fields[i], row, e);
	return rc;
}

/* Room of a text member: up to the next field, so that a changed file cannot write past it. */
static size_t text_room(enum row_kind kind, const struct field *f)
{
	size_t end = row_kinds[kind].bytes;

	for (size_t i = 0; i < *row_kinds[kind].n_fields; i++) {
		size_t at = row_kinds[kind].fields[i].offset;

		if (at > f->offset && at < end)
			end = at;
	}
	return end - f->offset;
}

void store_read_row(sqlite3_stmt *st, enum row_kind kind, void *row)
{
	memset(row, 0, row_kinds[kind].bytes);
	for (size_t i = 0; i < *row_kinds[kind].n_fields; i++) {
		const struct field *f = &row_kinds[kind].fields[i];
		bool null = sqlite3_column_type(st, (int)i) == SQLITE_NULL;
		char *at = (char *)row + f->offset;
		int64_t n;
		double r;
		const unsigned char *t;

		switch (f->type) {
		case FIELD_INT:
			n = null ? ROW_NO_INT : sqlite3_column_int64(st, (int)i);
			memcpy(at, &n, sizeof(n));
			break;
		case FIELD_REAL:
			r = null ? ROW_NO_REAL : sqlite3_column_double(st, (int)i);
			memcpy(at, &r, sizeof(r));
			break;
		case FIELD_TEXT:
			t = sqlite3_column_text(st, (int)i);
			if (t)
				snprintf(at, text_room(kind, f), "%s", (const char *)t);
			break;
		}
	}
}
