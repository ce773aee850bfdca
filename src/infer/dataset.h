/* Labelled images: what accuracy is measured on. One const struct per source, listed below. */
#ifndef HCB_INFER_DATASET_H
#define HCB_INFER_DATASET_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "infer/preprocess.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tensor_cache;

struct dataset {
	struct arena arena;
	struct tensor_cache *tensors; /* holds the pixels of photographs, or NULL */
	const char *name;
	const char *dir;      /* folder that the caller named, or NULL: where it was fetched to */
	struct digest digest; /* of pixels, labels, and how pixels become numbers */
	size_t n;             /* images */
	size_t c, h, w;       /* of one image */
	unsigned n_classes;
	const uint8_t *pixels;  /* n x c x h x w; photographs: resized and cut, R, G, B */
	const uint16_t *labels; /* n, each below n_classes */
	const struct preprocess *preprocess; /* of photographs; NULL: the input is pixel / 255 */

	/* A random order, fixed by a hash of (digest, index). Its first half is the selection half:
	 * configurations are chosen on it and confirmed on the other one. */
	const uint32_t *order; /* n: indices of images */
	const bool *selection; /* n */
};

struct dataset_source {
	const char *name, *help;
	bool photos; /* photographs: of any size, prepared as each network wants them */
	/* The test split, from d->dir where that is given. Photographs are only listed (n, labels)
	 * without d->preprocess. ST_ENV when files are missing: the message says how to fetch
	 * them. What it got is released by dataset_free, also after an error. */
	enum status (*load)(struct dataset *d, struct err *e);
};

#define DATASETS(X)        X(digits) X(mnist) X(fashion_mnist) X(imagenet) X(cifar10)

#define DECLARE_DATASET(n) extern const struct dataset_source dataset_##n;
DATASETS(DECLARE_DATASET)
#undef DECLARE_DATASET

extern const struct dataset_source *const datasets[];
extern const size_t n_datasets;

/* By name ("mnist"), or "idx:DIR" for a directory with the four official IDX file names, or
 * "NAME:DIR" for a set of photographs that lies in DIR. Photographs need p, which is copied; other
 * sets ignore it. *out is the caller's (dataset_free). Unknown name: ST_USAGE with a suggestion. */
enum status dataset_load(struct dataset **out, const char *name, const struct preprocess *p,
                         struct err *e);
void dataset_free(struct dataset *d);

/* Whether dataset_load() needs to know how photographs are to be prepared. */
bool dataset_has_photos(const char *name);

/* How many images there are, without decoding them. */
enum status dataset_count(const char *name, size_t *n, struct err *e);

/* Images first .. first + n - 1 as network input, n x c x h x w: pixel / 255, or as d->preprocess
 * says, in the network's channel order. */
void dataset_batch(const struct dataset *d, size_t first, size_t n, float *out);

#endif
