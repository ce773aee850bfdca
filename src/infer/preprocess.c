#include "infer/preprocess.h"

#include <math.h>
#include <stdio.h>

enum status preprocess_check(const struct preprocess *p, struct err *e)
{
	if (p->input < 1 || p->input > PREPROCESS_MAX_SIDE)
		return err_set(e, ST_USAGE, "input is %u, expected 1 to %d pixels", p->input,
		               PREPROCESS_MAX_SIDE);
	if (p->resize_short_side > PREPROCESS_MAX_SIDE)
		return err_set(e, ST_USAGE, "resize_short_side is %u, expected at most %d pixels",
		               p->resize_short_side, PREPROCESS_MAX_SIDE);
	if (p->resize_short_side && p->resize_short_side < p->input)
		return err_set(e, ST_USAGE,
		               "resize_short_side (%u) is smaller than input (%u): nothing could "
		               "be cut out",
		               p->resize_short_side, p->input);
	for (unsigned c = 0; c < 3; c++) {
		if (!isfinite(p->mean[c]))
			return err_set(e, ST_USAGE, "mean: expected finite numbers");
		if (!isfinite(p->std[c]) || !(p->std[c] > 0))
			return err_set(e, ST_USAGE, "std: expected positive numbers");
	}
	return ST_OK;
}

void preprocess_text(const struct preprocess *p, char out[PREPROCESS_TEXT])
{
	snprintf(out, PREPROCESS_TEXT,
	         "input=%u resize_short_side=%u channel_order=%s mean=%.9g,%.9g,%.9g "
	         "std=%.9g,%.9g,%.9g",
	         p->input, p->resize_short_side, p->bgr ? "BGR" : "RGB", (double)p->mean[0],
	         (double)p->mean[1], (double)p->mean[2], (double)p->std[0], (double)p->std[1],
	         (double)p->std[2]);
}
