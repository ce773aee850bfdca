/* Trimming: the second lossy step, on integers only (design: |q| <= trim becomes 0; |q| > clip
 * becomes sign(q) * clip). Clip acts first; both act on distances from the zero point. */
#ifndef HCB_QUANT_TRIM_H
#define HCB_QUANT_TRIM_H

#include <stddef.h>
#include <stdint.h>

enum { CLIP_NONE = 0 };

struct trim_spec {
	unsigned trim; /* 0: no dead zone */
	unsigned clip; /* CLIP_NONE: no clipping */
};

/* out may equal q. */
void trim_apply(struct trim_spec s, const int16_t *q, size_t n, int16_t *out);

#endif
