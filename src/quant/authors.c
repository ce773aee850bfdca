#include "quant/authors.h"

#include <math.h>
#include <stdlib.h>

/* How often magnitudes occur. Only negative weights can be larger than the scale, so there are few
 * large magnitudes; they are listed one by one. */
enum { SMALL = 1 << 16 };

struct tally {
	int64_t *small; /* of each magnitude below SMALL */
	int64_t *large;
	size_t n_large, cap;
};

static bool add_large(struct tally *t, int64_t magnitude)
{
	if (t->n_large == t->cap) {
		const size_t cap = t->cap ? 2 * t->cap : 1024;
		int64_t *grown = realloc(t->large, cap * sizeof(*grown));

		if (!grown)
			return false;
		t->large = grown;
		t->cap = cap;
	}
	t->large[t->n_large++] = magnitude;
	return true;
}

static int by_magnitude(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

/* In single precision, as numpy evaluates float32 arrays: w / scale * 255. */
static bool count(struct tally *t, const struct model *m, float scale)
{
	t->small = calloc(SMALL, sizeof(*t->small));
	for (size_t k = 0; k < m->n_kernels && t->small; k++) {
		for (size_t i = 0; i < m->kernels[k].n; i++) {
			const float x = fabsf(m->kernels[k].w[i] / scale * 255.0f);

			if (x < (float)SMALL)
				t->small[(size_t)x]++;
			else if (!add_large(t, x < 0x1p62f ? (int64_t)x : (int64_t)1 << 62))
				return false;
		}
		model_rest(m, k);
	}
	if (t->n_large)
		qsort(t->large, t->n_large, sizeof(*t->large), by_magnitude);
	return t->small != NULL;
}

static enum status list(struct authors_statistics *out, const struct tally *t, struct err *e)
{
	size_t n = t->n_large;

	for (size_t v = 0; v < SMALL; v++)
		n += t->small[v] > 0;
	out->counts = ARENA_NEW(&out->arena, struct authors_count, n);
	if (!out->counts)
		return err_nomem(e);
	for (size_t v = 0; v < SMALL; v++)
		if (t->small[v])
			out->counts[out->n_distinct++] =
			        (struct authors_count){ (int64_t)v, t->small[v] };
	for (size_t i = 0; i < t->n_large; i++) {
		if (i == 0 || t->large[i] != t->large[i - 1])
			out->counts[out->n_distinct++].magnitude = t->large[i];
		out->counts[out->n_distinct - 1].count++;
	}
	out->zeros = t->small[0];
	out->ones = t->small[1];
	out->largest = out->counts[out->n_distinct - 1].magnitude;
	return ST_OK;
}

static float largest_positive(const struct model *m)
{
	float largest = 0;

	for (size_t k = 0; k < m->n_kernels; k++) {
		for (size_t i = 0; i < m->kernels[k].n; i++)
			if (m->kernels[k].w[i] > largest)
				largest = m->kernels[k].w[i];
		model_rest(m, k);
	}
	return largest;
}

enum status authors_statistics(struct authors_statistics *out, const struct model *m, struct err *e)
{
	struct tally t = { 0 };
	enum status rc;

	*out = (struct authors_statistics){ .kernels = m->n_kernels,
		                            .weights = m->n_weights,
		                            .scale = largest_positive(m) };
	if (!(out->scale > 0))
		return err_set(e, ST_DATA,
		               "%s: no weight is positive, so the published scale "
		               "(largest positive weight) does not exist",
		               m->name);
	rc = count(&t, m, out->scale) ? list(out, &t, e) : err_nomem(e);
	free(t.small);
	free(t.large);
	return rc;
}

void authors_release(struct authors_statistics *s)
{
	arena_release(&s->arena);
	*s = (struct authors_statistics){ 0 };
}
