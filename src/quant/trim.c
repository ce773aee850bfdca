#include "quant/trim.h"

#include "base/clones.h"

#include <stdlib.h>

CLONES void trim_apply(struct trim_spec s, const int16_t *q, size_t n, int16_t *out)
{
	int trim = (int)s.trim, clip = s.clip == CLIP_NONE ? -INT16_MIN : (int)s.clip;

	for (size_t i = 0; i < n; i++) {
		int v = q[i];

		v = v > clip ? clip : v < -clip ? -clip : v;
		out[i] = (int16_t)(abs(v) <= trim && trim ? 0 : v);
	}
}
