#include "quant/authors.h"

#include <math.h>
#include <stdlib.h>

static int by_magnitude(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

/* In single precision, as numpy evaluates float32 arrays: w / scale * 255. */
static size_t magnitudes(const struct model *m, float scale, int64_t *out)
{
	size_t n = 0;

	for (size_t k = 0; k < m->n_kernels; k++)
		for (size_t i = 0; i < m->kernels[k].n; i++) {
			float x = fabsf(m->kernels[k].w[i] / scale * 255.0f);

			out[n++] = x < 0x1p62f ? (int64_t)x : (int64_t)1 << 62;
		}
	return n;
}

static float largest_positive(const struct model *m)
{
	float largest = 0;

	for (size_t k = 0; k < m->n_kernels; k++)
		for (size_t i = 0; i < m->kernels[k].n; i++)
			if (m->kernels[k].w[i] > largest)
				largest = m->kernels[k].w[i];
	return largest;
}

enum status authors_statistics(struct authors_statistics *out, const struct model *m, struct err *e)
{
	int64_t *v;

	*out = (struct authors_statistics){ .kernels = m->n_kernels,
		                            .weights = m->n_weights,
		                            .scale = largest_positive(m) };
	if (!(out->scale > 0))
		return err_set(e, ST_DATA,
		               "%s: no weight is positive, so the published scale "
		               "(largest positive weight) does not exist",
		               m->name);
	v = malloc(m->n_weights * sizeof(*v));
	out->counts = ARENA_NEW(&out->arena, struct authors_count, m->n_weights);
	if (!v || !out->counts) {
		free(v);
		return err_nomem(e);
	}
	magnitudes(m, out->scale, v);
	qsort(v, m->n_weights, sizeof(*v), by_magnitude);
	for (size_t i = 0; i < m->n_weights; i++) {
		if (i == 0 || v[i] != v[i - 1])
			out->counts[out->n_distinct++].magnitude = v[i];
		out->counts[out->n_distinct - 1].count++;
		out->zeros += v[i] == 0;
		out->ones += v[i] == 1;
	}
	out->largest = v[m->n_weights - 1];
	free(v);
	return ST_OK;
}

void authors_release(struct authors_statistics *s)
{
	arena_release(&s->arena);
	*s = (struct authors_statistics){ 0 };
}
