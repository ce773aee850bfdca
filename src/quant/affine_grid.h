/* Weights that lie on a uniform grid already: trained with quantization, or read from a file of
 * integers and a step. */
#ifndef HCB_QUANT_AFFINE_GRID_H
#define HCB_QUANT_AFFINE_GRID_H

#include "quant/quantizer.h"

#include <stdbool.h>
#include <stddef.h>

/* One scale group and its extremes, both widened to include 0. */
struct weights {
	const float *const *run;
	const size_t *run_n;
	size_t n_runs;
	float low, high;
	const struct model *m; /* whose kernels the runs are, or NULL */
};

/* Whether all weights are integer multiples of one step, up to the rounding of single precision,
 * and fit 0 .. levels with some zero point. Then *g is that step, a zero point, and on_grid. The
 * step is one that reproduces all weights bit for bit, of those the largest, where there is one;
 * else the one of the coarsest grid that reproduces the most. */
bool affine_grid(const struct weights *w, int levels, struct quant_group *g);

#endif
