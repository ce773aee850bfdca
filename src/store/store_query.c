#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bounds of a query: what SQLite's page on untrusted SQL asks for, wide enough for our views. */
static const struct {
	int id, value;
} query_limits[] = {
	{SQLITE_LIMIT_LENGTH,               16 << 20},
	{ SQLITE_LIMIT_SQL_LENGTH,          100000  },
	{ SQLITE_LIMIT_COLUMN,              400     },
	{ SQLITE_LIMIT_EXPR_DEPTH,          100     },
	{ SQLITE_LIMIT_COMPOUND_SELECT,     20      },
	{ SQLITE_LIMIT_VDBE_OP,             100000  },
	{ SQLITE_LIMIT_FUNCTION_ARG,        100     },
	{ SQLITE_LIMIT_ATTACHED,            0       },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200     },
	{ SQLITE_LIMIT_VARIABLE_NUMBER,     100     },
	{ SQLITE_LIMIT_TRIGGER_DEPTH,       10      },
	{ SQLITE_LIMIT_WORKER_THREADS,      0       },
};

enum { N_LIMITS = sizeof(query_limits) / sizeof(query_limits[0]), OPS_PER_CHECK = 10000 };

static const size_t max_result_bytes = (size_t)2 << 30;

static int authorize(void *arg, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
	(void)arg;
	(void)a;
	(void)c;
	(void)d;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && !strcmp(b, "load_extension") ? SQLITE_DENY : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int out_of_time(void *deadline)
{
	return seconds() > *(const double *)deadline;
}

static enum status sql_failed(struct store *s, int rc, double limit_s, struct err *e)
{
	switch (rc & 0xff) {
	case SQLITE_AUTH:
		return err_set(e, ST_USAGE, "query: only reading with SELECT is allowed (%s)",
		               sqlite3_errmsg(s->db));
	case SQLITE_INTERRUPT:
		return err_set(e, ST_USAGE,
		               "query: stopped after %g s: narrow it with --where or a LIMIT",
		               limit_s);
	case SQLITE_ERROR:
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return err_set(e, ST_USAGE, "query: %s", sqlite3_errmsg(s->db));
	default:
		return store_sql_error(s, rc, "run the query", e);
	}
}

static enum status prepare(struct store *s, const char *sql, double limit_s, sqlite3_stmt **out,
                           struct err *e)
{
	sqlite3_stmt *more = NULL;
	const char *tail;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, out, &tail);

	if (rc)
		return sql_failed(s, rc, limit_s, e);
	if (!*out)
		return err_set(e, ST_USAGE, "query: empty, expected one SELECT statement");
	/* Blanks and comments may follow, nothing else. */
	while (*tail && !rc && !more) {
		const char *at = tail;

		rc = sqlite3_prepare_v2(s->db, at, -1, &more, &tail);
		if (tail == at)
			break;
	}
	sqlite3_finalize(more);
	if (rc || more)
		return err_set(e, ST_USAGE, "query: one statement at a time");
	if (!sqlite3_stmt_readonly(*out))
		return err_set(e, ST_USAGE, "query: only reading with SELECT is allowed");
	return ST_OK;
}

static enum status bind_args(sqlite3_stmt *st, const char *const *args, struct err *e)
{
	int wanted = sqlite3_bind_parameter_count(st), n = 0;

	for (; args && args[n]; n++)
		if (n < wanted && sqlite3_bind_text(st, n + 1, args[n], -1, SQLITE_TRANSIENT))
			return err_nomem(e);
	if (n != wanted)
		return err_set(e, ST_USAGE, "query: has %d parameters, %d values given", wanted, n);
	return ST_OK;
}

static const char *hex_text(struct arena *a, const unsigned char *p, int n)
{
	char *out = arena_alloc(a, 2 * (size_t)n + 1, 1);

	for (int i = 0; out && i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	return out;
}

static bool read_cell(sqlite3_stmt *st, int i, struct arena *a, struct cell *c)
{
	int type = sqlite3_column_type(st, i);
	const void *p;

	*c = (struct cell){ .type = CELL_NULL };
	if (type == SQLITE_INTEGER) {
		c->type = CELL_INT;
		c->i = sqlite3_column_int64(st, i);
	} else if (type == SQLITE_FLOAT) {
		c->type = CELL_REAL;
		c->r = sqlite3_column_double(st, i);
	} else if (type == SQLITE_BLOB) {
		c->type = CELL_TEXT;
		p = sqlite3_column_blob(st, i);
		c->t = hex_text(a, p, p ? sqlite3_column_bytes(st, i) : 0);
	} else if (type == SQLITE_TEXT) {
		c->type = CELL_TEXT;
		p = sqlite3_column_text(st, i);
		c->t = p ? arena_strdup(a, p) : NULL;
	}
	return c->type != CELL_TEXT || c->t;
}

static enum status read_columns(sqlite3_stmt *st, struct table *out, struct err *e)
{
	out->n_columns = (size_t)sqlite3_column_count(st);
	out->column = ARENA_NEW(&out->arena, const char *, out->n_columns);
	if (!out->column)
		return err_nomem(e);
	for (size_t i = 0; i < out->n_columns; i++) {
		const char *name = sqlite3_column_name(st, (int)i);

		out->column[i] = name ? arena_strdup(&out->arena, name) : NULL;
		if (!out->column[i])
			return err_nomem(e);
	}
	return ST_OK;
}

/* Rows into a growing buffer; the caller frees it. */
static enum status read_rows(struct store *s, sqlite3_stmt *st, double limit_s, struct table *out,
                             struct cell **cells, struct err *e)
{
	size_t cap = 0, row = out->n_columns * sizeof(**cells);
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (out->n_rows * row + out->arena.used_bytes > max_result_bytes)
			return err_set(e, ST_USAGE,
			               "query: the result is larger than %zu MiB: narrow it with "
			               "--where or a LIMIT",
			               max_result_bytes >> 20);
		if (out->n_rows == cap) {
			size_t wider = cap ? 2 * cap : 64;
			struct cell *grown = realloc(*cells, wider * row);

			if (!grown)
				return err_nomem(e);
			*cells = grown;
			cap = wider;
		}
		for (size_t i = 0; i < out->n_columns; i++)
			if (!read_cell(st, (int)i, &out->arena,
			               &(*cells)[out->n_rows * out->n_columns + i]))
				return err_nomem(e);
		out->n_rows++;
	}
	return rc == SQLITE_DONE ? ST_OK : sql_failed(s, rc, limit_s, e);
}

static enum status run_query(struct store *s, const char *sql, const char *const *args,
                             double limit_s, struct table *out, struct err *e)
{
	sqlite3_stmt *st = NULL;
	struct cell *cells = NULL;
	enum status rc = prepare(s, sql, limit_s, &st, e);

	if (!rc)
		rc = bind_args(st, args, e);
	if (!rc)
		rc = read_columns(st, out, e);
	if (!rc)
		rc = read_rows(s, st, limit_s, out, &cells, e);
	sqlite3_finalize(st);
	if (!rc) {
		out->cell = ARENA_NEW(&out->arena, struct cell, out->n_rows * out->n_columns);
		if (!out->cell)
			rc = err_nomem(e);
		else if (out->n_rows)
			memcpy(out->cell, cells, out->n_rows * out->n_columns * sizeof(*cells));
	}
	free(cells);
	if (rc)
		table_release(out);
	return rc;
}

enum status store_query(struct store *s, const char *sql, const char *const *args,
                        double time_limit_s, struct table *out, struct err *e)
{
	double limit_s = time_limit_s > 0 ? time_limit_s : 60;
	double deadline = seconds() + limit_s;
	int before[N_LIMITS];
	enum status rc;

	*out = (struct table){ 0 };
	for (size_t i = 0; i < N_LIMITS; i++)
		before[i] = sqlite3_limit(s->db, query_limits[i].id, query_limits[i].value);
	sqlite3_set_authorizer(s->db, authorize, NULL);
	sqlite3_progress_handler(s->db, OPS_PER_CHECK, out_of_time, &deadline);
	rc = run_query(s, sql, args, limit_s, out, e);
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	sqlite3_set_authorizer(s->db, NULL, NULL);
	for (size_t i = 0; i < N_LIMITS; i++)
		sqlite3_limit(s->db, query_limits[i].id, before[i]);
	return rc;
}

void table_release(struct table *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	*t = (struct table){ 0 };
}

size_t table_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (!strcmp(t->column[i], name))
			return i;
	return t->n_columns;
}

/* clang-format off */
static const struct view views[] = {
	{
		.name = "results",
		.help = "every point that succeeded, once per technology: axes, accuracy, sizes, "
			"cycles, energy",
		.order = "point, technology",
		.brief = "model,bits,scope,trim,group_size,codec,bits_per_weight,ratio_fp32,efficiency,"
			 "top1,top1_delta,decode_cycles,energy_pj,technology",
	},
	{
		.name = "points",
		.help = "every point with its status, without energy",
		.order = "point",
		.brief = "status,model,bits,scope,trim,group_size,codec,bits_per_weight,ratio_fp32,top1,"
			 "reason",
	},
	{
		.name = "best",
		.help = "the best configuration of each network at each loss level, and the safe one",
		.order = "model, data, activations, loss_level",
		.brief = "model,loss_level,bits,scope,trim,group_size,codec,bits_per_weight,ratio_fp32,"
			 "ratio_int8,efficiency,top1,top1_delta,confirm_delta,safe_ratio_fp32",
	},
	{
		.name = "capacity",
		.help = "which networks fit into a memory: as fp32, as 8 bits, and compressed at each loss level",
		.order = "model, data, activations, loss_level, capacity_bytes",
		.brief = "model,loss_level,capacity_bytes,fp32_bytes,int8_bytes,compressed_bytes,"
			 "fp32_fits,int8_fits,compressed_fits",
	},
	{
		.name = "accuracy",
		.help = "every quantized and trimmed network: accuracy and symbol statistics",
		.order = "lossy",
		.brief = "model,quant,bits,scope,round,trim,zeros,entropy0_bits,weight_rmse,images,top1,"
			 "top1_low,top1_high,top1_delta,mcnemar_p",
	},
	{
		.name = "unconfirmed",
		.help = "lossy prefixes that may be on the front of size and accuracy and have a verdict only",
		.order = "model, data, activations, compressed_bits",
		.brief = "model,activations,compressed_bits,top1_delta,lossy",
	},
	{
		.name = "layers",
		.help = "layers of the points that succeeded, with their share of the energy",
		.order = "point, technology, layer",
		.brief = "model,layer_name,layer_shape,layer_stream_bits,layer_decode_cycles,"
			 "layer_inference_cycles,layer_energy_pj,point",
	},
	{
		.name = "breakdown",
		.help = "what the energy of a point is made of, a row per technology and component",
		.order = "point_id, technology, place",
		.brief = "point_id,technology,component,component_pj",
	},
	{
		.name = "energy_choice",
		.help = "the point of least energy: plain 8 bits, plain, HardCompress, other codecs",
		.order = "model, data, activations, loss_level, technology, memory, array, kind",
		.brief = "model,loss_level,technology,memory,array,kind,energy_pj,point",
	},
	{
		.name = "breakeven",
		.help = "bits saved per weight against decoder energy per weight, and the energy per bit "
			"of a memory above which decoding pays",
		.order = "point, technology",
		.brief = "model,codec,technology,saved_bits,saved_int8_bits,decoder_pj,"
			 "breakeven_pj_per_bit,breakeven_int8_pj_per_bit",
	},
	{
		.name = "batches",
		.help = "energy per image when a batch shares the weights read",
		.order = "point, technology, batch",
		.brief = "model,technology,batch,energy_per_image_pj,point",
	},
	{
		.name = "failures",
		.help = "points without a result, and why",
		.order = "point",
		.brief = "status,reason,point",
	},
	{
		.name = "timings",
		.help = "median durations of encoding and decoding by software, per point and run",
		.order = "point, operation, run_id",
		.brief = "model,codec,group_size,operation,samples,median_seconds,weights_mb_s,run_id",
	},
	{
		.name = "models",
		.help = "networks",
		.order = "model, digest",
	},
	{
		.name = "runs",
		.help = "provenance of every run",
		.order = "started",
		.brief = "started,finished,status,points,version,git_commit,command",
	},
};
/* clang-format on */

const struct view *store_view(size_t i)
{
	return i < sizeof(views) / sizeof(views[0]) ? &views[i] : NULL;
}
