/* libFuzzer target: any bytes give an image that can be resized, or a clear error. Seeds:
 * tests/vectors/images/images. */
#include "infer/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { SIDE = 16 };
	uint8_t planes[3 * SIDE * SIDE];
	struct err e = { 0 };
	struct image im;
	enum status rc = image_decode(&im, (struct span){ data, size }, "fuzz", &e);

	if (rc != ST_OK && (rc != ST_DATA || im.rgb || !e.msg[0]))
		abort();
	if (rc == ST_OK) {
		struct fit f = image_fit(im.w, im.h, SIDE + 1, SIDE);

		if (image_resize(&im, &f, planes, &e))
			abort();
	}
	image_release(&im);
	return 0;
}
