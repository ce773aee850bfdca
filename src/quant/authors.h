/* Symbol statistics as the published scripts print them (github ArunAyush/HardCompress, commit
 * 6c0e289): one scale for all convolution and dense kernels, the largest positive weight;
 * magnitude = truncate(|w / scale * 255|), signs dropped; biases and batch-norm not counted. */
#ifndef HCB_QUANT_AUTHORS_H
#define HCB_QUANT_AUTHORS_H

#include "model/model.h"

#include <stdint.h>

struct authors_count {
	int64_t magnitude, count;
};

struct authors_statistics {
	struct arena arena;
	size_t kernels, weights;
	float scale;
	int64_t zeros, ones, largest;
	size_t n_distinct;
	struct authors_count *counts; /* by magnitude, ascending */
};

/* ST_DATA when no weight is positive: the published scale does not exist. */
enum status authors_statistics(struct authors_statistics *out, const struct model *m,
                               struct err *e);
void authors_release(struct authors_statistics *s);

#endif
