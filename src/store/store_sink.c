#include "store/internal.h"

#include <string.h>

enum status store_select_lossy(struct store *s, const char *lossy_key, struct err *e)
{
	int64_t id[2] = { 0, 0 };
	bool found = false;
	sqlite3_stmt *st;
	enum status rc;

	if (s->lossy_id && !strcmp(s->lossy_key, lossy_key))
		return ST_OK;
	s->lossy_id = 0;
	rc = store_statement(s, STMT_LOSSY_ID, &st, e);
	if (!rc)
		rc = store_bind_key(s, st, "lossy_key", lossy_key, e);
	if (!rc)
		rc = store_look_up(s, st, &found, id, e);
	if (rc || !found)
		return rc;
	s->lossy_id = id[0];
	memcpy(s->lossy_key, lossy_key, DIGEST_HEX);
	return ST_OK;
}

static enum status insert_lossy(struct store *s, const struct lossy_row *r, const struct point *p,
                                struct err *e)
{
	const struct known_model *m = store_known_model(s, p->model);
	sqlite3_stmt *st;
	enum status rc;

	if (!m)
		return err_set(e, ST_INTERNAL, "%s: a row of model '%s' came before the model",
		               s->path, p->model);
	if (!s->run_id)
		return err_set(e, ST_INTERNAL, "%s: a row came before its run", s->path);
	rc = store_statement(s, STMT_INSERT + KIND_LOSSY, &st, e);
	if (!rc)
		rc = store_bind_int(s, st, "model_id", m->model_id, e);
	if (!rc)
		rc = store_bind_int(s, st, "run_id", s->run_id, e);
	if (!rc)
		rc = store_bind_row(s, st, KIND_LOSSY, r, p, e);
	if (!rc)
		rc = store_run(s, st, "write a lossy prefix", e);
	s->lossy_id = 0; /* of the row put, or of the one that was there */
	return rc;
}

static enum status put_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                             struct err *e)
{
	struct store *s = arg;
	enum status rc = store_begin_write(s, true, e);

	if (rc)
		return rc;
	rc = insert_lossy(s, r, p, e);
	if (!rc)
		rc = store_select_lossy(s, r->lossy_key, e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}

static enum status find_point(struct store *s, const char *key, bool *found, int64_t id_ok[2],
                              struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_POINT_ID, &st, e);

	if (!rc)
		rc = store_bind_key(s, st, "key", key, e);
	return rc ? rc : store_look_up(s, st, found, id_ok, e);
}

static enum status drop_point(struct store *s, int64_t point_id, struct err *e)
{
	static const unsigned order[] = { STMT_DROP_ENERGY, STMT_DROP_LAYERS, STMT_DROP_TIMINGS,
		                          STMT_DROP_POINT };
	enum status rc = ST_OK;

	for (size_t i = 0; !rc && i < sizeof(order) / sizeof(order[0]); i++) {
		sqlite3_stmt *st;

		rc = store_statement(s, order[i], &st, e);
		if (!rc)
			rc = store_bind_int(s, st, "point_id", point_id, e);
		if (!rc)
			rc = store_run(s, st, "replace a failed point", e);
	}
	return rc;
}

static enum status insert_point(struct store *s, const struct point_row *r, const struct point *p,
                                struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = ST_OK;

	if (!s->run_id)
		return err_set(e, ST_INTERNAL, "%s: a row came before its run", s->path);
	if (*r->lossy_key)
		rc = store_select_lossy(s, r->lossy_key, e);
	else
		s->lossy_id = 0;
	if (rc)
		return rc;
	/* A point may fail because its lossy prefix did; one that succeeded has one. */
	if (!s->lossy_id && !strcmp(r->status, "ok"))
		return err_set(e, ST_INTERNAL, "%s: point '%s' came before its lossy prefix",
		               s->path, r->point);
	rc = store_statement(s, STMT_INSERT + KIND_POINT, &st, e);
	if (!rc)
		rc = store_bind_int(s, st, "lossy_id", s->lossy_id ? s->lossy_id : ROW_NO_INT, e);
	if (!rc)
		rc = store_bind_int(s, st, "run_id", s->run_id, e);
	if (!rc)
		rc = store_bind_row(s, st, KIND_POINT, r, p, e);
	return rc ? rc : store_run(s, st, "write a point", e);
}

static enum status replace_point(struct store *s, const struct point_row *r, const struct point *p,
                                 struct err *e)
{
	int64_t id_ok[2] = { 0, 0 };
	bool found = false;
	enum status rc = find_point(s, r->key, &found, id_ok, e);

	if (!rc && !(found && id_ok[1])) {
		if (found)
			rc = drop_point(s, id_ok[0], e);
		if (!rc)
			rc = insert_point(s, r, p, e);
		id_ok[0] = sqlite3_last_insert_rowid(s->db);
	}
	if (rc)
		return rc;
	s->point_id = id_ok[0];
	memcpy(s->point_key, r->key, DIGEST_HEX);
	s->pending++;
	return ST_OK;
}

static enum status put_point(void *arg, const struct point_row *r, const struct point *p,
                             struct err *e)
{
	struct store *s = arg;
	enum status rc = store_begin_write(s, true, e);

	if (rc)
		return rc;
	rc = replace_point(s, r, p, e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}

/* Sets s->point_id to a stored point: nearly always the one just put, else one that is priced
 * later, which counts for the group like a point. */
static enum status select_point(struct store *s, const char *key, struct err *e)
{
	int64_t id_ok[2] = { 0, 0 };
	bool found = false;
	enum status rc = find_point(s, key, &found, id_ok, e);

	if (rc)
		return rc;
	if (!found)
		return err_set(e, ST_INTERNAL, "%s: a row of point %.16s... came before the point",
		               s->path, key);
	s->point_id = id_ok[0];
	memcpy(s->point_key, key, DIGEST_HEX);
	s->pending++;
	return ST_OK;
}

static enum status put_of_point(struct store *s, enum row_kind kind, const char *key,
                                const void *row, const char *doing, struct err *e)
{
	bool current = s->point_id && !strcmp(s->point_key, key);
	sqlite3_stmt *st;
	enum status rc = store_begin_write(s, !current, e);

	if (rc)
		return rc;
	if (!current)
		rc = select_point(s, key, e);
	if (!rc)
		rc = store_statement(s, STMT_INSERT + (unsigned)kind, &st, e);
	if (!rc)
		rc = store_bind_int(s, st, "point_id", s->point_id, e);
	if (!rc && kind == KIND_TIMING)
		rc = store_bind_int(s, st, "run_id", s->run_id, e);
	if (!rc)
		rc = store_bind_row(s, st, kind, row, NULL, e);
	if (!rc)
		rc = store_run(s, st, doing, e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}

static enum status put_energy(void *arg, const struct energy_row *r, struct err *e)
{
	return put_of_point(arg, KIND_ENERGY, r->key, r, "write an energy", e);
}

static enum status put_layer(void *arg, const struct layer_row *r, struct err *e)
{
	return put_of_point(arg, KIND_LAYER, r->key, r, "write a layer", e);
}

static enum status put_timing(void *arg, const struct timing_row *r, struct err *e)
{
	return put_of_point(arg, KIND_TIMING, r->key, r, "write a timing", e);
}

static enum status put_histogram(void *arg, const char *lossy_key, const int32_t *value,
                                 const int64_t *count, size_t n, struct err *e)
{
	return store_put_histogram(arg, lossy_key, value, count, n, e);
}

struct row_sink store_sink(struct store *s)
{
	return (struct row_sink){
		.arg = s,
		.lossy = put_lossy,
		.point = put_point,
		.energy = put_energy,
		.layer = put_layer,
		.histogram = put_histogram,
		.timing = put_timing,
	};
}
