#include "cli/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static uint64_t macs_of(const struct gemm *g)
{
	return (uint64_t)g->m * g->n * g->k * g->groups;
}

static enum status put_model(struct store *db, struct library *l, const char *name, struct err *e)
{
	struct arena a = { 0 };
	struct kernel_info *k;
	const struct model *m;
	struct model_info info;
	enum status rc = library_model(l, name, &m, e);

	if (rc)
		return rc;
	info = (struct model_info){ name, m->path, m->digest, (int64_t)m->n_weights,
		                    (int64_t)m->n_other };
	k = ARENA_NEW(&a, struct kernel_info, m->n_kernels);
	if (!k)
		return err_nomem(e);
	for (size_t i = 0; i < m->n_kernels; i++) {
		char *shape = arena_alloc(&a, 64, 1);

		if (!shape) {
			arena_release(&a);
			return err_nomem(e);
		}
		shape_text(&m->kernels[i].shape, shape);
		k[i] = (struct kernel_info){ (int64_t)i, m->kernels[i].layer, shape,
			                     (int64_t)m->kernels[i].n, ROW_NO_INT };
	}
	for (size_t i = 0; i < m->n_nodes; i++) {
		const struct node *node = &m->nodes[i];
		struct gemm g = model_gemm(m, node);

		if (node->op == OP_CONV || node->op == OP_DENSE)
			k[node->kernel].macs = (int64_t)macs_of(&g);
	}
	rc = store_put_model(db, &info, k, m->n_kernels, e);
	arena_release(&a);
	return rc;
}

static enum status put_data(struct store *db, struct library *l, const char *model,
                            const char *name, struct err *e)
{
	const struct dataset *d;
	enum status rc = library_data(l, model, name, &d, e);

	if (rc || !d)
		return rc;
	return store_put_dataset(db, name, &d->digest, (int64_t)d->n, e);
}

static enum status put_technology(struct store *db, struct library *l, const char *name,
                                  struct err *e)
{
	struct arena a = { 0 };
	const struct tech *t;
	struct span file = { "", 0 };
	enum status rc = library_tech(l, name, &t, e);

	if (!rc)
		rc = file_read(&a, t->file, 1 << 24, &file, e);
	if (!rc)
		rc = store_put_technology(db, name, &t->digest, file.p, e);
	arena_release(&a);
	return rc;
}

enum status put_facts(struct store *db, struct library *l, const struct plan *p,
                      const struct study *s, struct err *e)
{
	const char *model = "", *data = "";
	enum status rc = ST_OK;

	for (size_t t = 0; t < p->n_tasks && !rc; t++) {
		const struct point *at = &p->point[p->task[t].first].p;

		if (strcmp(model, at->model))
			rc = put_model(db, l, at->model, e);
		if (!rc && (strcmp(model, at->model) || strcmp(data, at->data)))
			rc = put_data(db, l, at->model, at->data, e);
		model = at->model;
		data = at->data;
	}
	for (size_t i = 0; i < s->n_technologies && !rc; i++)
		rc = put_technology(db, l, s->technology[i], e);
	return rc;
}
