/* A procedurally drawn digit set: ten stroke skeletons under a random affine map, stroke width,
 * local bends, specks, blur and noise; 28 x 28 grey levels. Integer arithmetic only, so the bytes
 * are the same on every machine. */
#ifndef HCB_INFER_DIGITS_H
#define HCB_INFER_DIGITS_H

#include <stddef.h>
#include <stdint.h>

enum { DIGITS_SIDE = 28, DIGITS_TRAIN = 20000, DIGITS_TEST = 2000 };
enum digits_split { DIGITS_SPLIT_TRAIN, DIGITS_SPLIT_TEST };

/* Draws image `index` of a split and returns its label; images are independent of one another. */
uint16_t digits_draw(enum digits_split split, size_t index, uint8_t out[DIGITS_SIDE * DIGITS_SIDE]);

#endif
