/* Photographs: JPEG files to grey levels of a given size, the way Pillow does it, since that is
 * what the published accuracies of networks were measured with. */
#ifndef HCB_INFER_IMAGE_H
#define HCB_INFER_IMAGE_H

#include "base/err.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

/* Goes into every hash of decoded pixels; raised when image.c or image_jpeg.c changes a pixel. */
enum { IMAGE_METHOD = 1 };

enum { IMAGE_MAX_SIDE = 65500, IMAGE_MAX_PIXELS = 1 << 26 };

struct image {
	size_t w, h;
	uint8_t *rgb; /* h x w x 3, owned (image_release) */
};

/* Decodes a JPEG file held in memory (libjpeg-turbo: slow integer DCT, smooth chroma upsampling,
 * its defaults). Grey becomes R = G = B; CMYK is taken as Adobe writes it, inverted, and converted
 * without a colour profile. The orientation tag is ignored. ST_DATA for anything else and for a
 * file that is damaged or ends early, with `name` in front. */
enum status image_decode(struct image *out, struct span file, const char *name, struct err *e);
void image_release(struct image *im);

/* What is wanted of an image: it is thought of as resized to w x h, and the side x side pixels at
 * (left, top) are cut out of that. */
struct fit {
	size_t w, h;
	size_t left, top, side;
};

/* The shorter side becomes `resize_short` (0: the image is resized to side x side whatever its
 * shape), the longer one follows, rounded to nearest (halves to even); the crop is centred, an odd
 * pixel to spare is on the right or below. side <= resize_short unless that is 0. */
struct fit image_fit(size_t w, size_t h, size_t resize_short, size_t side);

/* Resizes with the triangle filter, widened by the ratio when shrinking, rows before columns, each
 * pass rounded to 8 bits, and cuts: 3 x side x side into planes (R, G, B). */
enum status image_resize(const struct image *in, const struct fit *f, uint8_t *planes,
                         struct err *e);

/* Of libjpeg-turbo, as compiled. */
const char *image_library_version(void);

#endif
