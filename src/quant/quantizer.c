#include "quant/quantizer.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY(n) &quantizer_##n,
const struct quantizer *const quantizers[] = { QUANTIZERS(ENTRY) };
const size_t n_quantizers = sizeof(quantizers) / sizeof(quantizers[0]);

const struct quantizer *quantizer_find(const char *name)
{
	for (size_t i = 0; i < n_quantizers; i++)
		if (!strcmp(quantizers[i]->name, name))
			return quantizers[i];
	return NULL;
}

enum status quant_check(const struct quant_spec *s, struct err *e)
{
	const struct quantizer *q = s->quantizer;

	if (s->bits < q->min_bits || s->bits > q->max_bits)
		return err_set(e, ST_USAGE, "bits: quant=%s takes %u..%u, not %u", q->name,
		               q->min_bits, q->max_bits, s->bits);
	if (s->scale == SCALE_AUTHORS && !q->has_authors)
		return err_set(e, ST_USAGE, "scale: quant=%s has no scale=authors", q->name);
	if (s->scale == SCALE_AUTHORS && s->scope != SCOPE_GLOBAL)
		return err_set(e, ST_USAGE,
		               "scale: scale=authors is one scale for the whole "
		               "model; use scope=global");
	return ST_OK;
}

static struct quant_group fit_one(const struct quant_spec *s, const float *w, size_t n)
{
	return s->quantizer->fit(s, &w, &n, 1, NULL);
}

static enum status fit_global(struct quantized *qz, const struct model *m, struct quant_group *g,
                              struct err *e)
{
	const float **run = ARENA_NEW(&qz->arena, const float *, m->n_kernels);
	size_t *n = ARENA_NEW(&qz->arena, size_t, m->n_kernels);

	if (!run || !n)
		return err_nomem(e);
	for (size_t i = 0; i < m->n_kernels; i++) {
		run[i] = m->kernels[i].w;
		n[i] = m->kernels[i].n;
	}
	*g = qz->spec.quantizer->fit(&qz->spec, run, n, m->n_kernels, m);
	if (qz->spec.scale == SCALE_AUTHORS && !(g->scale > 0))
		return err_set(e, ST_DATA,
		               "%s: no weight is positive, so the published scale "
		               "(largest positive weight) does not exist",
		               m->name);
	return ST_OK;
}

/* Weights that share group g of kernel k. */
static size_t group_size(const struct quantized *qz, const struct kernel *k)
{
	return qz->spec.scope == SCOPE_CHANNEL ? k->n / k->channels : k->n;
}

static enum status fit_kernel(struct quantized *qz, const struct kernel *k, size_t index,
                              const struct quant_group *global, struct err *e)
{
	struct qkernel *out = &qz->kernel[index];
	size_t step = group_size(qz, k);

	out->n = k->n * qz->spec.quantizer->symbols_per_weight;
	out->n_groups = k->n / step;
	out->group = ARENA_NEW(&qz->arena, struct quant_group, out->n_groups);
	if (!out->group)
		return err_nomem(e);
	for (size_t g = 0; g < out->n_groups; g++)
		out->group[g] = global ? *global : fit_one(&qz->spec, k->w + g * step, step);
	return ST_OK;
}

void quantize_kernel(const struct quantized *qz, const struct model *m, size_t k, int16_t *q)
{
	const struct quantizer *qr = qz->spec.quantizer;
	const struct qkernel *to = &qz->kernel[k];
	const size_t step = m->kernels[k].n / to->n_groups;

	for (size_t g = 0; g < to->n_groups; g++)
		qr->quantize(&qz->spec, to->group[g], m->kernels[k].w + g * step, step,
		             q + g * step * qr->symbols_per_weight);
}

/* Sign-magnitude width that holds every magnitude that occurs: more than spec.bits only where no
 * clamp bounds them (scale=authors). */
static enum status need_width(struct quantized *qz, const struct model *m, struct err *e)
{
	size_t most = 0;
	int largest = 0;
	int16_t *q;

	for (size_t k = 0; k < qz->n_kernels; k++)
		most = qz->kernel[k].n > most ? qz->kernel[k].n : most;
	q = malloc(most * sizeof(*q));
	if (!q)
		return err_nomem(e);
	for (size_t k = 0; k < qz->n_kernels; k++) {
		quantize_kernel(qz, m, k, q);
		model_rest(m, k);
		for (size_t i = 0; i < qz->kernel[k].n; i++)
			if (abs(q[i]) > largest)
				largest = abs(q[i]);
	}
	free(q);
	while (quant_levels(qz->wire_bits) < largest)
		qz->wire_bits++;
	return ST_OK;
}

static enum status fit_all(struct quantized *qz, const struct model *m, struct err *e)
{
	const bool is_global = qz->spec.scope == SCOPE_GLOBAL;
	struct quant_group global;
	enum status rc = is_global ? fit_global(qz, m, &global, e) : ST_OK;

	for (size_t i = 0; i < m->n_kernels && !rc; i++) {
		rc = fit_kernel(qz, &m->kernels[i], i, is_global ? &global : NULL, e);
		if (!is_global)
			model_rest(m, i);
	}
	if (!rc && qz->spec.scale == SCALE_AUTHORS)
		rc = need_width(qz, m, e);
	return rc;
}

enum status quantize_scales(struct quantized **out, const struct model *m,
                            const struct quant_spec *s, struct err *e)
{
	struct quantized *qz;
	enum status rc;

	*out = NULL;
	rc = quant_check(s, e);
	if (rc)
		return rc;
	qz = calloc(1, sizeof(*qz));
	if (!qz)
		return err_nomem(e);
	qz->spec = *s;
	qz->wire_bits = s->quantizer->symbols_per_weight > 1 ? 16 : s->bits;
	qz->n_kernels = m->n_kernels;
	qz->kernel = ARENA_NEW(&qz->arena, struct qkernel, m->n_kernels);
	rc = qz->kernel ? fit_all(qz, m, e) : err_nomem(e);
	if (rc)
		quantized_free(qz);
	else
		*out = qz;
	return rc;
}

enum status quantize(struct quantized **out, const struct model *m, const struct quant_spec *s,
                     struct err *e)
{
	enum status rc = quantize_scales(out, m, s, e);

	for (size_t k = 0; k < m->n_kernels && !rc; k++) {
		struct qkernel *to = &(*out)->kernel[k];

		to->q = arena_alloc_unset(&(*out)->arena, to->n, sizeof(*to->q));
		if (to->q)
			quantize_kernel(*out, m, k, to->q);
		else
			rc = err_nomem(e);
	}
	if (rc) {
		quantized_free(*out);
		*out = NULL;
	}
	return rc;
}

void quantized_free(struct quantized *q)
{
	if (!q)
		return;
	arena_release(&q->arena);
	free(q);
}

void dequantize(const struct quantized *qz, const struct kernel *k, size_t index, const int16_t *q,
                float *w)
{
	const struct quantizer *qr = qz->spec.quantizer;
	size_t step = group_size(qz, k);

	for (size_t g = 0; g < qz->kernel[index].n_groups; g++)
		qr->dequantize(&qz->spec, qz->kernel[index].group[g],
		               q + g * step * qr->symbols_per_weight, step, w + g * step);
}

void quant_to_wire(const struct quantized *qz, size_t index, const int16_t *q, uint16_t *wire)
{
	const struct qkernel *k = &qz->kernel[index];
	size_t step = k->n / k->n_groups;

	for (size_t g = 0; g < k->n_groups; g++)
		qz->spec.quantizer->to_wire(qz->wire_bits, k->group[g], q + g * step, step,
		                            wire + g * step);
}

void quant_from_wire(const struct quantized *qz, size_t index, const uint16_t *wire, int16_t *q)
{
	const struct qkernel *k = &qz->kernel[index];
	size_t step = k->n / k->n_groups;

	for (size_t g = 0; g < k->n_groups; g++)
		qz->spec.quantizer->from_wire(qz->wire_bits, k->group[g], wire + g * step, step,
		                              q + g * step);
}

size_t quant_side_bits(const struct quant_spec *s, const struct kernel *k)
{
	size_t n_groups = s->scope == SCOPE_CHANNEL ? k->channels : 1;

	if (s->quantizer->symbols_per_weight > 1)
		return 0; /* none stores the weights themselves */
	return n_groups * (32 + (s->quantizer->zero_point ? s->bits : 0));
}
