/* Scales, as batch normalizations are loaded, multiplied into the layer before them. */
#include "model/graph_node.h"

#include <stdlib.h>
#include <string.h>

/* A copy of a model on the way. Values and the kernels that no scale changes are those of `from`.
 */
struct folding {
	const struct model *from;
	struct model *to;
	size_t *uses;   /* of each value: nodes that read it, and the output */
	size_t *alias;  /* of each value: the one that holds it in the copy */
	size_t *writer; /* of each value: the node of the copy that makes it, or SIZE_MAX */
	bool *owned;    /* of each kernel: its weights are the copy's */
	struct err *e;
};

/* The convolution or dense layer of the copy that takes the scale in, or NULL. */
static struct node *layer_before(const struct folding *f, const struct node *scale)
{
	const size_t in = scale->input[0], at = f->writer[f->alias[in]];
	struct node *layer = at == SIZE_MAX ? NULL : &f->to->nodes[at];

	if (!layer || (layer->op != OP_CONV && layer->op != OP_DENSE) || f->uses[in] != 1)
		return NULL;
	return layer;
}

/* The weights of kernel k that may be written to. */
static float *own_weights(struct folding *f, size_t k)
{
	struct kernel *kernel = &f->to->kernels[k];
	float *w;

	if (f->owned[k])
		return (float *)kernel->w;
	w = ARENA_NEW(&f->to->arena, float, kernel->n);
	if (w)
		memcpy(w, kernel->w, kernel->n * sizeof(*w));
	kernel->w = w;
	f->owned[k] = w != NULL;
	return w;
}

/* (w x + b) * scale + shift = (w * scale) x + (b * scale + shift). */
static enum status fold_scale(struct folding *f, struct node *layer, const struct node *scale)
{
	const struct kernel *k = &f->to->kernels[layer->kernel];
	const size_t step = k->n / k->channels;
	float *w = own_weights(f, layer->kernel);
	float *bias = ARENA_NEW(&f->to->arena, float, k->channels);
	enum status rc;

	if (!w || !bias)
		return err_nomem(f->e);
	for (size_t c = 0; c < k->channels; c++) {
		for (size_t i = 0; i < step; i++)
			w[c * step + i] *= scale->scale[c];
		bias[c] = (layer->bias ? layer->bias[c] : 0.0f) * scale->scale[c] + scale->bias[c];
	}
	rc = graph_check_finite(scale->op, scale->name, "product with the weights before it", w,
	                        k->n, f->e);
	if (!rc)
		rc = graph_check_finite(scale->op, scale->name, "product with the bias before it",
		                        bias, k->channels, f->e);
	model_rest(f->to, layer->kernel);
	model_rest(f->from, layer->kernel);
	f->to->n_other -= (layer->bias ? 2 : 1) * k->channels;
	layer->bias = bias;
	f->alias[scale->output] = f->alias[scale->input[0]];
	return rc;
}

static enum status copy_nodes(struct folding *f)
{
	enum status rc = ST_OK;

	for (size_t i = 0; i < f->from->n_nodes && !rc; i++) {
		const struct node *node = &f->from->nodes[i];
		struct node *layer = node->op == OP_SCALE ? layer_before(f, node) : NULL;
		struct node *copy;

		if (layer) {
			rc = fold_scale(f, layer, node);
			continue;
		}
		copy = &f->to->nodes[f->to->n_nodes];
		*copy = *node;
		for (unsigned k = 0; k < node->n_inputs; k++)
			copy->input[k] = f->alias[node->input[k]];
		f->writer[node->output] = f->to->n_nodes++;
	}
	f->to->output = f->alias[f->from->output];
	return rc;
}

static enum status prepare(struct folding *f)
{
	const struct model *from = f->from;
	struct model *to = f->to;

	f->uses = calloc(from->n_values, sizeof(*f->uses));
	f->alias = calloc(from->n_values, sizeof(*f->alias));
	f->writer = calloc(from->n_values, sizeof(*f->writer));
	f->owned = calloc(from->n_kernels + 1, sizeof(*f->owned));
	to->nodes = ARENA_NEW(&to->arena, struct node, from->n_nodes);
	to->kernels = ARENA_NEW(&to->arena, struct kernel, from->n_kernels);
	if (!f->uses || !f->alias || !f->writer || !f->owned || !to->nodes || !to->kernels)
		return err_nomem(f->e);
	memcpy(to->kernels, from->kernels, from->n_kernels * sizeof(*to->kernels));
	for (size_t i = 0; i < from->n_values; i++) {
		f->alias[i] = i;
		f->writer[i] = SIZE_MAX;
	}
	for (size_t i = 0; i < from->n_nodes; i++)
		for (unsigned k = 0; k < from->nodes[i].n_inputs; k++)
			f->uses[from->nodes[i].input[k]]++;
	f->uses[from->output]++;
	return ST_OK;
}

enum status model_fold(struct model **out, const struct model *m, struct err *e)
{
	struct folding f = { .from = m, .e = e, .to = calloc(1, sizeof(*f.to)) };
	enum status rc;

	*out = NULL;
	if (!f.to)
		return err_nomem(e);
	*f.to = *m;
	f.to->arena = (struct arena){ .paged = m->arena.paged };
	f.to->file = (struct arena){ 0 }; /* stays m's */
	f.to->base = m;
	f.to->n_nodes = 0;
	rc = prepare(&f);
	if (!rc)
		rc = copy_nodes(&f);
	free(f.uses);
	free(f.alias);
	free(f.writer);
	free(f.owned);
	if (rc) {
		rc = arena_explain(&f.to->arena, rc, e);
		model_free(f.to);
	} else {
		*out = f.to;
	}
	return rc;
}
