/* Labelled images: what accuracy is measured on. One const struct per source, listed below. */
#ifndef HCB_INFER_DATASET_H
#define HCB_INFER_DATASET_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dataset {
	struct arena arena;
	const char *name;
	struct digest digest; /* of pixels and labels */
	size_t n;             /* images */
	size_t c, h, w;       /* of one image */
	unsigned n_classes;
	const uint8_t *pixels;  /* n x c x h x w */
	const uint16_t *labels; /* n, each below n_classes */

	/* Half of the images, fixed by a hash of (digest, index): configurations are chosen on it
	 * and confirmed on the other half. */
	const bool *selection; /* n */
};

struct dataset_source {
	const char *name, *help;
	/* The test split. ST_ENV when files are missing: the message says how to fetch them. */
	enum status (*load)(struct dataset *d, struct err *e);
};

#define DATASETS(X)        X(digits) X(mnist) X(fashion_mnist)

#define DECLARE_DATASET(n) extern const struct dataset_source dataset_##n;
DATASETS(DECLARE_DATASET)
#undef DECLARE_DATASET

extern const struct dataset_source *const datasets[];
extern const size_t n_datasets;

/* By name ("mnist"), or "idx:DIR" for a directory with the four official IDX file names. *out is
 * the caller's (dataset_free). Unknown name: ST_USAGE with a suggestion. */
enum status dataset_load(struct dataset **out, const char *name, struct err *e);
void dataset_free(struct dataset *d);

/* Images first .. first + n - 1 as network input: pixel / 255, n x c x h x w. */
void dataset_batch(const struct dataset *d, size_t first, size_t n, float *out);

#endif
