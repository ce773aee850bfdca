#include "infer/dataset.h"

#include "base/text.h"
#include "infer/dataset_idx.h"
#include "infer/tensor_cache.h"

#include <stdlib.h>
#include <string.h>

#define DATASET_ENTRY(n) &dataset_##n,
const struct dataset_source *const datasets[] = { DATASETS(DATASET_ENTRY) };
const size_t n_datasets = sizeof(datasets) / sizeof(datasets[0]);

static const char *name_at(size_t i)
{
	return i < n_datasets ? datasets[i]->name : NULL;
}

/* *dir is what stands behind "NAME:", or NULL. */
static const struct dataset_source *find(const char *name, const char **dir)
{
	*dir = NULL;
	for (size_t i = 0; i < n_datasets; i++) {
		size_t n = strlen(datasets[i]->name);

		if (!strcmp(datasets[i]->name, name))
			return datasets[i];
		if (datasets[i]->photos && !strncmp(datasets[i]->name, name, n) && name[n] == ':') {
			*dir = name + n + 1;
			return datasets[i];
		}
	}
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

/* Images in the order of SHA-256(data set's digest, index). */
static enum status shuffle(struct dataset *d, struct err *e)
{
	uint32_t *shuffled = ARENA_NEW(&d->arena, uint32_t, d->n);
	bool *half = ARENA_NEW(&d->arena, bool, d->n);
	struct keyed *order = calloc(d->n, sizeof(*order));

	if (!shuffled || !half || !order) {
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
	for (size_t i = 0; i < d->n; i++) {
		shuffled[i] = (uint32_t)order[i].index;
		half[order[i].index] = i < d->n / 2;
	}
	free(order);
	d->order = shuffled;
	d->selection = half;
	return ST_OK;
}

static enum status finish(struct dataset *d, struct err *e)
{
	uint8_t *labels = malloc(2 * d->n + 1); /* little-endian, on any machine */
	char how[PREPROCESS_TEXT] = "";
	struct hash h;

	if (!labels)
		return err_nomem(e);
	if (d->tensors) { /* hashed when they were checked */
		h = d->tensors->hash;
	} else {
		hash_begin(&h);
		hash_add(&h, d->pixels, d->n * d->c * d->h * d->w);
	}
	if (d->preprocess)
		preprocess_text(d->preprocess, how);
	for (size_t i = 0; i < d->n; i++) {
		labels[2 * i] = (uint8_t)(d->labels[i] & 0xff);
		labels[2 * i + 1] = (uint8_t)(d->labels[i] >> 8);
	}
	hash_add(&h, labels, 2 * d->n);
	hash_add(&h, how, strlen(how));
	d->digest = hash_end(&h);
	free(labels);
	return shuffle(d, e);
}

/* A data set with its name and folder, nothing loaded. */
static enum status create(struct dataset **out, const char *name, struct err *e)
{
	bool is_idx = !strncmp(name, "idx:", 4);
	const char *dir = is_idx ? name + 4 : NULL;
	struct dataset *d;

	*out = NULL;
	if (!is_idx && !find(name, &dir))
		return err_unknown(e, "data set", name, name_at, "datasets");
	if (dir && !*dir)
		return err_set(e, ST_USAGE, "data set '%s': a folder is expected behind the colon",
		               name);
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_nomem(e);
	d->name = arena_strdup(&d->arena, name);
	d->dir = dir ? arena_strdup(&d->arena, dir) : NULL;
	if (!d->name || (dir && !d->dir)) {
		dataset_free(d);
		return err_nomem(e);
	}
	*out = d;
	return ST_OK;
}

static enum status read_images(struct dataset *d, struct err *e)
{
	const char *dir;
	const struct dataset_source *source = find(d->name, &dir);

	return source ? source->load(d, e)
	              : dataset_read_idx(d, d->dir, "check the folder's name", e);
}

static enum status take_preprocess(struct dataset *d, const struct preprocess *p, struct err *e)
{
	struct preprocess *copy;
	enum status rc;

	if (!p)
		return err_set(
		        e, ST_USAGE,
		        "data set '%s' holds photographs: how the network wants them must be "
		        "said",
		        d->name);
	rc = preprocess_check(p, e);
	copy = ARENA_NEW(&d->arena, struct preprocess, 1);
	if (!rc && !copy)
		rc = err_nomem(e);
	if (!rc) {
		*copy = *p;
		d->preprocess = copy;
	}
	return rc;
}

enum status dataset_load(struct dataset **out, const char *name, const struct preprocess *p,
                         struct err *e)
{
	enum status rc = create(out, name, e);

	if (!rc && dataset_has_photos(name))
		rc = take_preprocess(*out, p, e);
	if (!rc)
		rc = read_images(*out, e);
	if (!rc)
		rc = finish(*out, e);
	if (rc) {
		dataset_free(*out);
		*out = NULL;
	}
	return rc;
}

void dataset_free(struct dataset *d)
{
	if (!d)
		return;
	if (d->tensors)
		tensor_cache_close(d->tensors);
	arena_release(&d->arena);
	free(d);
}

bool dataset_has_photos(const char *name)
{
	const char *dir;
	const struct dataset_source *source = find(name, &dir);

	return source && source->photos;
}

enum status dataset_count(const char *name, size_t *n, struct err *e)
{
	struct dataset *d;
	enum status rc = create(&d, name, e);

	if (!rc)
		rc = read_images(d, e);
	*n = rc ? 0 : d->n;
	dataset_free(d);
	return rc;
}

/* What each grey level of channel c becomes. */
static void levels(const struct dataset *d, size_t c, float out[256])
{
	const struct preprocess *p = d->preprocess;

	for (unsigned v = 0; v < 256; v++)
		out[v] = p ? ((float)v - p->mean[c]) / p->std[c] : (float)v / 255.0f;
}

void dataset_batch(const struct dataset *d, size_t first, size_t n, float *out)
{
	size_t plane = d->h * d->w, image = d->c * plane;
	bool reversed = d->preprocess && d->preprocess->bgr;

	for (size_t c = 0; c < d->c; c++) {
		float value[256];

		levels(d, c, value);
		for (size_t i = 0; i < n; i++) {
			const uint8_t *in = d->pixels + (first + i) * image +
			                    (reversed ? d->c - 1 - c : c) * plane;
			float *to = out + i * image + c * plane;

			for (size_t k = 0; k < plane; k++)
				to[k] = value[in[k]];
		}
	}
}
