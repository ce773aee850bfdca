#include "infer/dataset.h"

#include "base/text.h"
#include "infer/dataset_idx.h"

#include <stdlib.h>
#include <string.h>

#define DATASET_ENTRY(n) &dataset_##n,
const struct dataset_source *const datasets[] = { DATASETS(DATASET_ENTRY) };
const size_t n_datasets = sizeof(datasets) / sizeof(datasets[0]);

static const char *name_at(size_t i)
{
	return i < n_datasets ? datasets[i]->name : NULL;
}

static const struct dataset_source *find(const char *name)
{
	for (size_t i = 0; i < n_datasets; i++)
		if (!strcmp(datasets[i]->name, name))
			return datasets[i];
	return NULL;
}

/* An image and the key that orders it. */
struct keyed {
	uint8_t key[sizeof(struct digest)];
	size_t index;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = memcmp(x->key, y->key, sizeof(x->key));

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

/* The first half of the images in the order of SHA-256(data set's digest, index). */
static enum status select_half(struct dataset *d, struct err *e)
{
	bool *half = ARENA_NEW(&d->arena, bool, d->n);
	struct keyed *order = calloc(d->n, sizeof(*order));

	if (!half || !order) {
		free(order);
		return err_nomem(e);
	}
	for (size_t i = 0; i < d->n; i++) {
		uint8_t index[8];
		struct span parts[] = {
			{d->digest.byte, sizeof(d->digest.byte)},
                        { index,         sizeof(index)         }
		};
		struct digest key;

		for (unsigned b = 0; b < sizeof(index); b++)
			index[b] = (uint8_t)((uint64_t)i >> (8 * b));
		key = digest_of(parts, 2);
		memcpy(order[i].key, key.byte, sizeof(order[i].key));
		order[i].index = i;
	}
	qsort(order, d->n, sizeof(*order), by_key);
	for (size_t i = 0; i < d->n / 2; i++)
		half[order[i].index] = true;
	free(order);
	d->selection = half;
	return ST_OK;
}

static enum status finish(struct dataset *d, struct err *e)
{
	uint8_t *labels = malloc(2 * d->n + 1); /* little-endian, on any machine */
	struct span parts[] = {
		{d->pixels, d->n * d->c * d->h * d->w},
                { labels,   2 * d->n                 }
	};

	if (!labels)
		return err_nomem(e);
	for (size_t i = 0; i < d->n; i++) {
		labels[2 * i] = (uint8_t)(d->labels[i] & 0xff);
		labels[2 * i + 1] = (uint8_t)(d->labels[i] >> 8);
	}
	d->digest = digest_of(parts, 2);
	free(labels);
	return select_half(d, e);
}

enum status dataset_load(struct dataset **out, const char *name, struct err *e)
{
	bool is_idx = !strncmp(name, "idx:", 4);
	const struct dataset_source *source = is_idx ? NULL : find(name);
	struct dataset *d;
	enum status rc;

	*out = NULL;
	if (!is_idx && !source)
		return err_unknown(e, "data set", name, name_at, "datasets");
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_nomem(e);
	d->name = arena_strdup(&d->arena, name);
	if (!d->name)
		rc = err_nomem(e);
	else if (is_idx)
		rc = dataset_read_idx(d, name + 4, "check the folder's name", e);
	else
		rc = source->load(d, e);
	if (!rc)
		rc = finish(d, e);
	if (rc) {
		dataset_free(d);
		return rc;
	}
	*out = d;
	return ST_OK;
}

void dataset_free(struct dataset *d)
{
	if (!d)
		return;
	arena_release(&d->arena);
	free(d);
}

void dataset_batch(const struct dataset *d, size_t first, size_t n, float *out)
{
	size_t image = d->c * d->h * d->w;
	const uint8_t *in = d->pixels + first * image;

	for (size_t i = 0; i < n * image; i++)
		out[i] = (float)in[i] / 255.0f;
}
