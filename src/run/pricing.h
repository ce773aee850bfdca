/* What a point is priced in. Private to the run layer; pipeline_price() is in pipeline.h. */
#ifndef HCB_RUN_PRICING_H
#define HCB_RUN_PRICING_H

#include "hw/energy.h"
#include "model/model.h"
#include "run/point.h"

/* What kernel k asks of the array. A model of weights only: each is taken once, the rest is not
 * known. */
struct array_counts layer_counts(const struct model *m, size_t k, struct array array);

/* The memories, the port and the decoder of p, with weights of this many bits. */
struct platform platform_of(const struct point *p, unsigned weight_bits);

#endif
