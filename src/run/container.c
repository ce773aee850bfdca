#include "run/container.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/export.h"
#include "run/stages.h"

/* The model file around the weights, and where they belong. */
struct remainder {
	struct text bytes;
	uint64_t *insert_at;
};

static enum status take_bytes(void *arg, const void *p, size_t n, struct err *e)
{
	struct remainder *r = arg;

	text_addn(&r->bytes, p, n);
	return r->bytes.fail ? err_nomem(e) : ST_OK;
}

static enum status take_place(void *arg, size_t k, struct err *e)
{
	struct remainder *r = arg;

	(void)e;
	r->insert_at[k] = r->bytes.n;
	return ST_OK;
}

static enum status write_graph(struct hcw_writer *w, const struct model *m, struct err *e)
{
	struct arena scratch = { 0 };
	struct remainder r = { .insert_at = ARENA_NEW(&scratch, uint64_t, m->n_kernels) };
	const struct export_sink sink = { &r, take_bytes, take_place };
	enum status rc = r.insert_at ? export_onnx(m, &sink, e) : err_nomem(e);

	if (!rc)
		rc = hcw_put_graph(w, (struct span){ r.bytes.s, r.bytes.n }, r.insert_at, e);
	text_release(&r.bytes);
	arena_release(&scratch);
	return rc;
}

static enum status write_layer(struct pipeline *pl, const struct point *p, struct hcw_writer *w,
                               size_t l, struct code *c, struct err *e)
{
	const struct kernel *k = &pl->model->kernels[l];
	const struct hcw_layer layer = {
		.name = k->layer,
		.tensor = k->name,
		.shape = k->shape,
		.groups = k->groups,
		.n = k->n,
		.transposed = k->transposed,
		.quant = p->quant,
		.trim = p->trim,
		.wire_bits = pl->quantized->wire_bits,
		.codec = p->codec,
		.params = p->params,
		.order = p->order,
		.rows = p->array.rows,
		.cols = p->array.cols,
	};
	enum status rc = verified_code(pl, p, l, c, e);

	if (!rc)
		rc = hcw_put_layer(w, &layer, c, pl->quantized->kernel[l].group, e);
	symbols_rest(&pl->layer[l]);
	code_release(c);
	return rc;
}

static enum status write_all(struct pipeline *pl, const struct point *p, struct hcw_writer *w,
                             struct err *e)
{
	struct code c = { 0 };
	enum status rc = ST_OK;

	if (p->codec->encode_shared)
		rc = p->codec->encode_shared(&pl->source, &p->params, &c.shared, e);
	if (!rc)
		rc = hcw_put_shared(w, &c.shared, e);
	for (size_t l = 0; l < pl->source.n_layers && !rc; l++)
		rc = write_layer(pl, p, w, l, &c, e);
	if (!rc && model_has_graph(pl->model))
		rc = write_graph(w, pl->model, e);
	bit_string_release(&c.shared);
	return rc;
}

static enum status write_file(struct pipeline *pl, const struct point *p, const char *path,
                              struct err *e)
{
	char text[POINT_TEXT], lossy[POINT_TEXT];
	struct hcw_info info = {
		.model = p->model, .lossy = lossy, .point = text, .port_bits = p->port_bits
	};
	struct hcw_writer *w = NULL;
	enum status rc = p->codec->sizes ? enter_sized(pl, p, e) : enter_words(pl, p, e);

	assert(p->lanes == 1); /* a layer is one stream in the file */
	if (rc)
		return rc;
	point_text(p, text);
	point_lossy_text(p, lossy);
	info.digest = pl->model->digest;
	rc = hcw_create(&w, path, &info, e);
	if (!rc)
		rc = write_all(pl, p, w, e);
	if (!rc)
		return hcw_finish(w, e);
	hcw_discard(w);
	return rc;
}

enum status container_write(struct pipeline *pl, const struct point *p, const char *path,
                            struct err *e)
{
	enum status rc;

	stages_one_point(pl, true);
	rc = write_file(pl, p, path, e);
	stages_one_point(pl, false);
	return rc;
}

/* Whether layer l is kernel l: its name and shape, scales and zero points, and every symbol. */
static enum status compare_layer(struct hcw *h, const struct pipeline *pl, size_t l, uint16_t *v,
                                 struct quant_group *group, struct err *e)
{
	const struct kernel *k = &pl->model->kernels[l];
	const struct qkernel *q = &pl->quantized->kernel[l];
	const struct hcw_layer *y = &h->layer[l];
	enum status rc;

	if (strcmp(k->name, y->tensor) != 0 || k->n != y->n || hcw_symbols_of(y) != q->n ||
	    hcw_groups_of(y) != q->n_groups || y->wire_bits != pl->quantized->wire_bits)
		return err_set(e, ST_FAILED,
		               "layer %zu is %s of %zu weights, in the model %s of %zu", l,
		               y->tensor, y->n, k->name, k->n);
	rc = hcw_symbols(h, l, v, group, e);
	if (rc)
		return rc;
	for (size_t g = 0; g < q->n_groups; g++)
		if (memcmp(&group[g].scale, &q->group[g].scale, sizeof(float)) != 0 ||
		    group[g].zero != q->group[g].zero)
			return err_set(e, ST_FAILED,
			               "layer %s: scale %zu is %.9g with zero point %d, of the "
			               "model %.9g and %d",
			               y->name, g, (double)group[g].scale, group[g].zero,
			               (double)q->group[g].scale, q->group[g].zero);
	for (size_t i = 0; i < q->n; i++)
		if (v[i] != pl->layer[l].v[i])
			return err_set(e, ST_FAILED, "layer %s: symbol %zu is %u, of the model %u",
			               y->name, i, v[i], pl->layer[l].v[i]);
	return ST_OK;
}

static enum status compare_layers(struct hcw *h, const struct pipeline *pl, struct err *e)
{
	size_t most = 0, groups = 0;
	struct quant_group *group;
	uint16_t *v;
	enum status rc = ST_OK;

	if (h->n_layers != pl->model->n_kernels)
		return err_set(e, ST_FAILED, "%s has %zu layers, the model %zu", h->path,
		               h->n_layers, pl->model->n_kernels);
	for (size_t l = 0; l < h->n_layers; l++) {
		const struct hcw_layer *y = &h->layer[l];

		most = hcw_symbols_of(y) > most ? hcw_symbols_of(y) : most;
		groups = hcw_groups_of(y) > groups ? hcw_groups_of(y) : groups;
	}
	v = malloc(most * sizeof(*v));
	group = malloc(groups * sizeof(*group));
	if (!v || !group)
		rc = err_nomem(e);
	for (size_t l = 0; l < h->n_layers && !rc; l++) {
		rc = compare_layer(h, pl, l, v, group, e);
		symbols_rest(&pl->layer[l]);
	}
	free(v);
	free(group);
	if (!rc && memcmp(&h->info.digest, &pl->model->digest, sizeof(h->info.digest)) != 0)
		return err_set(e, ST_FAILED,
		               "all symbols are the same, but %s was made from another file: its "
		               "SHA-256 is not that of the model",
		               h->path);
	return rc;
}

enum status container_compare(struct hcw *h, struct library *l, const char *model, struct err *e)
{
	char key[DIGEST_HEX], lossy_key[DIGEST_HEX];
	struct pipeline *pl = NULL;
	struct point p;
	enum status rc = point_parse(&p, h->info.point, e);

	if (rc) {
		err_wrap(e, "%s: its point", h->path);
		return rc;
	}
	rc = point_set(&p, "model", model, e);
	if (!rc)
		rc = point_set(&p, "data", "none", e);
	if (!rc)
		rc = point_finish(&p, e);
	if (!rc && p.lanes > 1)
		rc = err_set(e, ST_DATA,
		             "%s: its point has lanes=%u, but a container holds one "
		             "stream per layer",
		             h->path, p.lanes);
	if (!rc)
		rc = library_settle(l, &p, key, lossy_key, e);
	if (!rc)
		rc = pipeline_create(&pl, l, e);
	if (!rc) {
		stages_one_point(pl, true);
		rc = enter_stream(pl, &p, e);
	}
	if (!rc)
		rc = compare_layers(h, pl, e);
	pipeline_free(pl);
	return rc;
}
