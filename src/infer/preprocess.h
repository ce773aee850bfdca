/* How a network wants photographs: size, channel order, and pixels turned into numbers. */
#ifndef HCB_INFER_PREPROCESS_H
#define HCB_INFER_PREPROCESS_H

#include "base/err.h"

#include <stdbool.h>

enum { PREPROCESS_MAX_SIDE = 4096, PREPROCESS_TEXT = 256 };

struct preprocess {
	unsigned input;             /* height and width of what the network takes */
	unsigned resize_short_side; /* before the centre crop; 0: straight to input x input */
	bool bgr;                   /* the network's channels are B, G, R */
	float mean[3], std[3]; /* in its channel order: x = (pixel - mean) / std, pixel 0..255 */
};

/* ST_USAGE when a value cannot be meant: the message names it. */
enum status preprocess_check(const struct preprocess *p, struct err *e);

/* One line, the same for the same values and different for different ones. */
void preprocess_text(const struct preprocess *p, char out[PREPROCESS_TEXT]);

#endif
