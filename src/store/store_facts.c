#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

static enum status begin_run(struct store *s, const struct run_info *r, struct err *e)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{"command",     r->command   },
		{ "version",    r->version   },
		{ "git_commit", r->git_commit},
		{ "compiler",   r->compiler  },
		{ "host",       r->host      },
		{ "cpu",        r->cpu       },
		{ "kernel",     r->kernel    },
		{ "libraries",  r->libraries },
		{ "study",      r->study     },
		{ "started",    r->started   },
	};
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_BEGIN_RUN, &st, e);

	for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = store_bind_text(s, st, texts[i].name, texts[i].value, e);
	if (!rc)
		rc = store_run(s, st, "record the run", e);
	if (!rc)
		s->run_id = sqlite3_last_insert_rowid(s->db);
	return rc;
}

enum status store_begin_run(struct store *s, const struct run_info *r, struct err *e)
{
	enum status rc = store_begin_write(s, true, e);

	if (rc)
		return rc;
	rc = begin_run(s, r, e);
	return rc ? store_give_up(s, rc, e) : store_flush(s, e);
}

enum status store_end_run(struct store *s, const char *status, const char *finished, struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = s->broken.code ? ST_OK : store_flush(s, e);

	/* A run whose writing failed can still be marked, since its row was committed first. */
	if (!rc)
		rc = store_statement(s, STMT_END_RUN, &st, e);
	if (!rc)
		rc = store_bind_text(s, st, "status", status, e);
	if (!rc)
		rc = store_bind_text(s, st, "finished", finished, e);
	if (!rc)
		rc = store_bind_int(s, st, "run_id", s->run_id, e);
	return rc ? rc : store_run(s, st, "end the run", e);
}

static enum status find_model(struct store *s, const struct model_info *m, bool *found,
                              int64_t *model_id, struct err *e)
{
	int64_t id[2] = { 0, 0 };
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_MODEL_ID, &st, e);

	if (!rc)
		rc = store_bind_text(s, st, "name", m->name, e);
	if (!rc)
		rc = store_bind_digest(s, st, "digest", &m->digest, e);
	if (!rc)
		rc = store_look_up(s, st, found, id, e);
	*model_id = id[0];
	return rc;
}

static enum status insert_model(struct store *s, const struct model_info *m, int64_t *model_id,
                                struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_INSERT_MODEL, &st, e);

	if (!rc)
		rc = store_bind_text(s, st, "name", m->name, e);
	if (!rc)
		rc = store_bind_text(s, st, "path", m->path, e);
	if (!rc)
		rc = store_bind_digest(s, st, "digest", &m->digest, e);
	if (!rc)
		rc = store_bind_int(s, st, "weights", m->weights, e);
	if (!rc)
		rc = store_bind_int(s, st, "other_params", m->other_params, e);
	if (!rc)
		rc = store_run(s, st, "write a model", e);
	*model_id = sqlite3_last_insert_rowid(s->db);
	return rc;
}

static enum status insert_kernel(struct store *s, int64_t model_id, const struct kernel_info *k,
                                 struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_INSERT_KERNEL, &st, e);

	if (!rc)
		rc = store_bind_int(s, st, "model_id", model_id, e);
	if (!rc)
		rc = store_bind_int(s, st, "kernel_index", k->index, e);
	if (!rc)
		rc = store_bind_text(s, st, "layer", k->layer, e);
	if (!rc)
		rc = store_bind_text(s, st, "shape", k->shape, e);
	if (!rc)
		rc = store_bind_int(s, st, "weights", k->weights, e);
	if (!rc)
		rc = store_bind_int(s, st, "macs", k->macs, e);
	return rc ? rc : store_run(s, st, "write a kernel", e);
}

struct known_model *store_known_model(struct store *s, const char *name)
{
	for (struct known_model *k = s->models; k; k = k->next)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

/* The rows of this session belong to this content of the model, whatever else has its name. */
static enum status remember_model(struct store *s, const char *name, int64_t model_id,
                                  struct err *e)
{
	struct known_model *k = store_known_model(s, name);
	size_t n = strlen(name) + 1;

	if (!k) {
		k = malloc(sizeof(*k) + n);
		if (!k)
			return err_nomem(e);
		memcpy(k->name, name, n);
		k->next = s->models;
		s->models = k;
	}
	k->model_id = model_id;
	return ST_OK;
}

enum status store_put_model(struct store *s, const struct model_info *m,
                            const struct kernel_info *k, size_t n_kernels, struct err *e)
{
	int64_t model_id;
	bool found = false;
	enum status rc = store_begin_write(s, true, e);

	if (rc)
		return rc;
	rc = find_model(s, m, &found, &model_id, e);
	if (!rc && !found) {
		rc = insert_model(s, m, &model_id, e);
		for (size_t i = 0; !rc && i < n_kernels; i++)
			rc = insert_kernel(s, model_id, &k[i], e);
	}
	if (!rc)
		rc = remember_model(s, m->name, model_id, e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}

enum status store_put_dataset(struct store *s, const char *name, const struct digest *digest,
                              int64_t images, struct err *e)
{
	sqlite3_stmt *st;
	enum status rc = store_begin_write(s, true, e);

	if (rc)
		return rc;
	rc = store_statement(s, STMT_INSERT_DATASET, &st, e);
	if (!rc)
		rc = store_bind_text(s, st, "name", name, e);
	if (!rc)
		rc = store_bind_digest(s, st, "digest", digest, e);
	if (!rc)
		rc = store_bind_int(s, st, "images", images, e);
	if (!rc)
		rc = store_run(s, st, "write a data set", e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}

static enum status put_technology(struct store *s, const char *name, const struct digest *digest,
                                  const char *csv, struct err *e)
{
	int64_t same[2] = { 0, 0 };
	bool found = false;
	sqlite3_stmt *st;
	enum status rc = store_statement(s, STMT_TECHNOLOGY, &st, e);

	if (!rc)
		rc = store_bind_text(s, st, "name", name, e);
	if (!rc)
		rc = store_bind_digest(s, st, "digest", digest, e);
	if (!rc)
		rc = store_look_up(s, st, &found, same, e);
	if (rc || (found && same[0]))
		return rc;
	rc = store_statement(s, STMT_DROP_PRICED, &st, e);
	if (!rc)
		rc = store_bind_text(s, st, "technology", name, e);
	if (!rc)
		rc = store_run(s, st, "drop energies of the former prices", e);
	if (!rc)
		rc = store_statement(s, STMT_PUT_TECHNOLOGY, &st, e);
	if (!rc)
		rc = store_bind_text(s, st, "name", name, e);
	if (!rc)
		rc = store_bind_digest(s, st, "digest", digest, e);
	if (!rc)
		rc = store_bind_text(s, st, "csv", csv, e);
	return rc ? rc : store_run(s, st, "write a technology", e);
}

enum status store_put_technology(struct store *s, const char *name, const struct digest *digest,
                                 const char *csv, struct err *e)
{
	enum status rc = store_begin_write(s, true, e);

	if (rc)
		return rc;
	rc = put_technology(s, name, digest, csv, e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}

static enum status put_histogram(struct store *s, const char *lossy_key, const int32_t *value,
                                 const int64_t *count, size_t n, struct err *e)
{
	int64_t unused[2];
	bool found = false;
	sqlite3_stmt *st;
	enum status rc = store_select_lossy(s, lossy_key, e);

	if (rc)
		return rc;
	if (!s->lossy_id)
		return err_set(e, ST_INTERNAL, "%s: histogram of a lossy prefix that is not stored",
		               s->path);
	rc = store_statement(s, STMT_HISTOGRAM, &st, e);
	if (!rc)
		rc = store_bind_int(s, st, "lossy_id", s->lossy_id, e);
	if (!rc)
		rc = store_look_up(s, st, &found, unused, e);
	for (size_t i = 0; !rc && !found && i < n; i++) {
		rc = store_statement(s, STMT_INSERT_HISTOGRAM, &st, e);
		if (!rc)
			rc = store_bind_int(s, st, "lossy_id", s->lossy_id, e);
		if (!rc)
			rc = store_bind_int(s, st, "value", value[i], e);
		if (!rc)
			rc = store_bind_int(s, st, "count", count[i], e);
		if (!rc)
			rc = store_run(s, st, "write a histogram", e);
	}
	return rc;
}

enum status store_put_histogram(struct store *s, const char *lossy_key, const int32_t *value,
                                const int64_t *count, size_t n, struct err *e)
{
	enum status rc = store_begin_write(s, false, e);

	if (rc)
		return rc;
	rc = put_histogram(s, lossy_key, value, count, n, e);
	return rc ? store_give_up(s, rc, e) : ST_OK;
}
