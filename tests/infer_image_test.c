/* Photographs against Pillow: tests/vectors/make_images.py drew them and wrote what Pillow makes of
 * them; damaged files are refused. */
#include "base/file.h"
#include "infer/image.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *file;
	size_t resize_short, side;
} cases[] = {
	{"colour.jpg",  24, 16},
        { "colour.jpg", 0,  20},
        { "colour.jpg", 50, 48},
	{ "tall.jpg",   9,  8 },
        { "grey.jpg",   21, 16},
        { "inks.jpg",   24, 24},
	{ "small.jpg",  0,  32},
        { "small.jpg",  32, 27},
};
enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };

static struct span read_vector(struct arena *a, const char *name)
{
	struct err e = { 0 };
	struct span file;

	cr_assert(
	        !file_read(a, arena_printf(a, TEST_VECTORS "/images/%s", name), 1 << 20, &file, &e),
	        "%s", e.msg);
	return file;
}

static struct span read_image(struct arena *a, const char *name)
{
	return read_vector(a, arena_printf(a, "images/%s", name));
}

Test(infer_image, equals_pillow)
{
	struct arena a = { 0 };
	struct span expected = read_vector(&a, "expected.bin");
	const uint8_t *want = expected.p;

	for (size_t i = 0; i < N_CASES; i++) {
		size_t side = cases[i].side, n = 3 * side * side, off = 0;
		uint8_t *got = ARENA_NEW(&a, uint8_t, n);
		struct err e = { 0 };
		struct image im;
		struct fit f;

		cr_assert(!image_decode(&im, read_image(&a, cases[i].file), cases[i].file, &e),
		          "%s", e.msg);
		f = image_fit(im.w, im.h, cases[i].resize_short, side);
		cr_assert(!image_resize(&im, &f, got, &e), "%s", e.msg);
		for (size_t k = 0; k < n; k++)
			off += abs(got[k] - want[k]) > 0;
		cr_expect_eq(off, 0, "%s to %zu: %zu of %zu values differ", cases[i].file, side,
		             off, n);
		want += n;
		image_release(&im);
	}
	cr_expect_eq(want, (const uint8_t *)expected.p + expected.n);
	arena_release(&a);
}

/* 3 x 1 pixels to 2 x 1: scale and reach of the triangle are 1.5, centres 0.75 and 2.25. Pixels lie
 * at 0.5, 1.5, 2.5, so the left weights are 1 - 0.25/1.5 = 5/6, 1 - 0.75/1.5 = 1/2 and (beyond the
 * reach) 0, divided by their sum: 5/8 and 3/8. */
Test(infer_image, weights_by_hand)
{
	uint8_t rgb[9] = { 8, 80, 255, 16, 160, 255, 240, 0, 255 };
	struct image im = { .w = 3, .h = 1, .rgb = rgb };
	struct fit f = { .w = 2, .h = 1, .side = 1 };
	uint8_t got[3];

	cr_assert(!image_resize(&im, &f, got, NULL));
	cr_expect_eq(got[0], 11);  /* 8 * 5/8 + 16 * 3/8 */
	cr_expect_eq(got[1], 110); /* 80 * 5/8 + 160 * 3/8 */
	cr_expect_eq(got[2], 255);
	f.left = 1;
	cr_assert(!image_resize(&im, &f, got, NULL));
	cr_expect_eq(got[0], 156); /* 240 * 5/8 + 16 * 3/8 */
	cr_expect_eq(got[1], 60);
	cr_expect_eq(got[2], 255);
}

/* Cutting is a view of the whole: any crop equals the same pixels of the full resize. */
Test(infer_image, crop_is_part_of_the_whole)
{
	struct arena a = { 0 };
	struct image im;
	uint8_t whole[3 * 29 * 29], part[3 * 7 * 7];
	struct fit all = { .w = 29, .h = 29, .side = 29 };

	cr_assert(!image_decode(&im, read_image(&a, "colour.jpg"), "colour.jpg", NULL));
	cr_assert(!image_resize(&im, &all, whole, NULL));
	for (size_t at = 0; at <= 22; at += 11) {
		struct fit f = { .w = 29, .h = 29, .left = at, .top = 22 - at, .side = 7 };

		cr_assert(!image_resize(&im, &f, part, NULL));
		for (size_t c = 0; c < 3; c++)
			for (size_t y = 0; y < 7; y++)
				cr_expect_arr_eq(part + (c * 7 + y) * 7,
				                 whole + (c * 29 + y + f.top) * 29 + at, 7);
	}
	image_release(&im);
	arena_release(&a);
}

Test(infer_image, fit)
{
	struct fit f = image_fit(500, 375, 256, 224);

	/* 500 * 256 / 375 = 341.33; (341 - 224) / 2 = 58.5 */
	cr_expect(f.w == 341 && f.h == 256 && f.left == 58 && f.top == 16 && f.side == 224);
	f = image_fit(200, 375, 146, 128); /* 273.75 */
	cr_expect(f.w == 146 && f.h == 274 && f.left == 9 && f.top == 73);
	f = image_fit(4, 5, 2, 2); /* 2.5: to even */
	cr_expect(f.w == 2 && f.h == 2 && f.left == 0 && f.top == 0);
	f = image_fit(500, 375, 0, 32);
	cr_expect(f.w == 32 && f.h == 32 && f.left == 0 && f.top == 0 && f.side == 32);
}

static void refused(struct span file, const char *part)
{
	struct err e = { 0 };
	struct image im;

	cr_expect_eq(image_decode(&im, file, "a.jpg", &e), ST_DATA, "%zu bytes", file.n);
	cr_expect(strstr(e.msg, "a.jpg: ") == e.msg && strstr(e.msg, part), "%s", e.msg);
	cr_expect_null(im.rgb);
}

Test(infer_image, damaged_files_are_refused)
{
	static const char png[] = "\x89PNG\r\n\x1a\n";
	struct arena a = { 0 };
	struct span file = read_image(&a, "tall.jpg");
	uint8_t *cut;

	refused((struct span){ "", 0 }, "empty");
	refused((struct span){ png, sizeof(png) }, "not a JPEG file");
	for (size_t n = 1; n < file.n; n += n < 64 ? 1 : 97) {
		cut = malloc(n); /* of exact size, so that reading beyond it is seen */
		memcpy(cut, file.p, n);
		refused((struct span){ cut, n }, "not a JPEG file");
		free(cut);
	}
	/* 65500 x 65500 in the frame header: FF C0, length, precision, height, width */
	cut = arena_alloc(&a, file.n, 1);
	memcpy(cut, file.p, file.n);
	for (size_t i = 0; i + 9 < file.n; i++)
		if (cut[i] == 0xff && cut[i + 1] == 0xc0) {
			cut[i + 5] = cut[i + 7] = 0xff;
			cut[i + 6] = cut[i + 8] = 0xdc;
			break;
		}
	refused((struct span){ cut, file.n }, "65500 x 65500");
	arena_release(&a);
}
