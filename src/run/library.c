#include "run/library.h"

#include <stdlib.h>
#include <string.h>

#include "infer/accuracy.h"
#include "run/sidecar.h"

struct library_model {
	struct library_model *next;
	const char *name;
	struct model *model;
	struct model *folded; /* NULL until it is asked for */
};

struct library_data {
	struct library_data *next;
	const char *name, *model;
	char preprocess[PREPROCESS_TEXT]; /* "" without */
	struct dataset *data;             /* may serve several models */
	bool owned;
};

struct library_reference {
	struct library_reference *next;
	const struct model *model;
	const struct dataset *data;
	struct reference *reference;
};

struct library_tech {
	struct library_tech *next;
	struct tech *tech;
};

enum status library_init(struct library *l, struct err *e)
{
	*l = (struct library){ 0 };
	return catalog_load(&l->catalog, e);
}

void library_release(struct library *l)
{
	for (struct library_model *m = l->models; m; m = m->next) {
		model_free(m->folded);
		model_free(m->model);
	}
	for (struct library_data *d = l->data; d; d = d->next)
		if (d->owned)
			dataset_free(d->data);
	for (struct library_reference *r = l->references; r; r = r->next)
		reference_free(r->reference);
	for (struct library_tech *t = l->techs; t; t = t->next)
		tech_free(t->tech);
	catalog_release(&l->catalog);
	arena_release(&l->arena);
	*l = (struct library){ 0 };
}

enum status library_model(struct library *l, const char *name, const struct model **out,
                          struct err *e)
{
	struct library_model *m;
	const char *path;
	enum status rc;

	for (m = l->models; m; m = m->next)
		if (!strcmp(m->name, name)) {
			*out = m->model;
			return ST_OK;
		}
	m = ARENA_NEW(&l->arena, struct library_model, 1);
	if (!m || !(m->name = arena_strdup(&l->arena, name)))
		return err_nomem(e);
	rc = catalog_resolve(&l->catalog, name, &path, e);
	if (!rc)
		rc = (l->paged ? model_load_paged : model_load)(&m->model, path, m->name, e);
	if (rc)
		return rc;
	m->next = l->models;
	l->models = m;
	*out = m->model;
	return ST_OK;
}

enum status library_network(struct library *l, const struct point *p, const struct model **out,
                            struct err *e)
{
	struct library_model *m;
	enum status rc = library_model(l, p->model, out, e);

	if (rc || p->batchnorm == BATCHNORM_SEPARATE)
		return rc;
	for (m = l->models; strcmp(m->name, p->model);)
		m = m->next;
	if (!m->folded)
		rc = model_fold(&m->folded, m->model, e);
	*out = m->folded;
	return rc;
}

/* Loads what no other model asked for in the same way. */
static enum status load_data(struct library *l, struct library_data *d, struct err *e)
{
	const struct preprocess *p = NULL;
	struct preprocess room;
	const char *path;
	enum status rc = catalog_resolve(&l->catalog, d->model, &path, e);

	if (!rc)
		rc = sidecar_for(path, d->name, &room, &p, e);
	if (rc)
		return rc;
	if (p)
		preprocess_text(p, d->preprocess);
	for (const struct library_data *o = l->data; o; o = o->next)
		if (!strcmp(o->name, d->name) && !strcmp(o->preprocess, d->preprocess)) {
			d->data = o->data;
			return ST_OK;
		}
	d->owned = true;
	return dataset_load(&d->data, d->name, p, e);
}

enum status library_data(struct library *l, const char *model, const char *name,
                         const struct dataset **out, struct err *e)
{
	struct library_data *d;
	enum status rc;

	*out = NULL;
	if (!strcmp(name, "none"))
		return ST_OK;
	for (d = l->data; d; d = d->next)
		if (!strcmp(d->name, name) && !strcmp(d->model, model)) {
			*out = d->data;
			return ST_OK;
		}
	d = ARENA_NEW(&l->arena, struct library_data, 1);
	if (!d || !(d->name = arena_strdup(&l->arena, name)) ||
	    !(d->model = arena_strdup(&l->arena, model)))
		return err_nomem(e);
	rc = load_data(l, d, e);
	if (rc)
		return rc;
	d->next = l->data;
	l->data = d;
	*out = d->data;
	return ST_OK;
}

enum status library_reference(struct library *l, const struct model *m, const struct dataset *d,
                              struct reference **out, struct err *e)
{
	struct library_reference *r;

	for (r = l->references; r; r = r->next)
		if (r->model == m && r->data == d) {
			*out = r->reference;
			return ST_OK;
		}
	r = ARENA_NEW(&l->arena, struct library_reference, 1);
	*out = r ? reference_create(d->n) : NULL;
	if (!*out)
		return err_nomem(e);
	*r = (struct library_reference){ l->references, m, d, *out };
	l->references = r;
	return ST_OK;
}

enum status library_tech(struct library *l, const char *name, const struct tech **out,
                         struct err *e)
{
	struct library_tech *t;
	enum status rc;

	for (t = l->techs; t; t = t->next)
		if (!strcmp(t->tech->name, name)) {
			*out = t->tech;
			return ST_OK;
		}
	t = ARENA_NEW(&l->arena, struct library_tech, 1);
	if (!t)
		return err_nomem(e);
	rc = tech_load(&t->tech, name, e);
	if (rc)
		return rc;
	t->next = l->techs;
	l->techs = t;
	*out = t->tech;
	return ST_OK;
}

static enum status check_group(const struct model *m, const struct point *p, struct err *e)
{
	unsigned spw = p->quant.quantizer->symbols_per_weight;

	for (size_t k = 0; k < m->n_kernels; k++)
		if (p->params.group > m->kernels[k].n * spw)
			return err_set(e, ST_USAGE,
			               "group: a word of %u symbols is larger than layer %s of %s "
			               "(%zu weights); use a smaller group",
			               p->params.group, m->kernels[k].layer, m->name,
			               m->kernels[k].n);
	return ST_OK;
}

enum status library_settle(struct library *l, struct point *p, char key[DIGEST_HEX],
                           char lossy_key[DIGEST_HEX], struct err *e)
{
	const struct model *m;
	const struct model *network;
	const struct dataset *d;
	struct reference *reference;
	char text[POINT_TEXT];
	struct digest digest;
	enum status rc = catalog_settle(&l->catalog, p, e);

	if (!rc)
		rc = library_model(l, p->model, &m, e);
	if (!rc && strcmp(p->data, "none") != 0)
		rc = model_need_graph(m, e);
	if (!rc)
		rc = library_network(l, p, &network, e);
	if (!rc && network->n_nodes == m->n_nodes) /* there was nothing to fold */
		p->batchnorm = BATCHNORM_SEPARATE;
	if (!rc)
		rc = library_data(l, p->model, p->data, &d, e);
	if (!rc)
		rc = check_group(m, p, e);
	if (!rc && d)
		rc = accuracy_check(m, d, e);
	if (!rc && d)
		rc = library_reference(l, network, d, &reference, e);
	if (rc)
		return rc;
	point_text(p, text);
	digest = point_key(text, &m->digest, d ? &d->digest : NULL);
	digest_hex(&digest, key);
	point_lossy_text(p, text);
	digest = point_key(text, &m->digest, d ? &d->digest : NULL);
	digest_hex(&digest, lossy_key);
	return ST_OK;
}
