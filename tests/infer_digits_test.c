/* The drawn digit set and the IDX format. */
#include "infer/digits.h"
#include "infer/idx.h"

#include "base/file.h"
#include "base/hash.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AREA = DIGITS_SIDE * DIGITS_SIDE };

/* SHA-256 of the first n images, then of their labels as bytes. */
static void split_hex(enum digits_split split, size_t n, char hex[DIGEST_HEX])
{
	uint8_t *pixels = malloc(n * AREA), *labels = malloc(n);
	struct digest d;

	cr_assert(pixels && labels);
	for (size_t i = 0; i < n; i++)
		labels[i] = (uint8_t)digits_draw(split, i, pixels + i * AREA);
	d = digest_of(
	        (const struct span[]){
	                {pixels,  n * AREA},
                        { labels, n       }
        },
	        2);
	digest_hex(&d, hex);
	free(pixels);
	free(labels);
}

/* The committed networks were trained on exactly this set. Derived with sha256sum from the files
 * of make_digits without their headers; gcc and clang at -O0 and -O3 agree. */
Test(infer_digits, golden)
{
	char hex[DIGEST_HEX];

	split_hex(DIGITS_SPLIT_TEST, DIGITS_TEST, hex);
	cr_expect_str_eq(hex, "cec209deeabecbcdfb96509d14896b7ef8d557ec0ef01ca1604d534232528a76");
	split_hex(DIGITS_SPLIT_TRAIN, 500, hex);
	cr_expect_str_eq(hex, "3c8a48cd8535dd1a1e314096ea987d6239b4e883035327af8ac6317ca1cdecec");
}

Test(infer_digits, images_are_independent)
{
	uint8_t first[AREA], other[AREA], again[AREA];
	uint16_t label = digits_draw(DIGITS_SPLIT_TEST, 7, first);

	memset(again, 0xa5, sizeof(again));
	for (size_t i = 0; i < 200; i++) {
		digits_draw(DIGITS_SPLIT_TRAIN, i, other);
		cr_expect(memcmp(first, other, AREA), "training image %zu is test image 7", i);
	}
	cr_expect_eq(digits_draw(DIGITS_SPLIT_TEST, 7, again), label);
	cr_expect_arr_eq(first, again, AREA);
}

/* Far indices draw within bounds too (the sanitizers watch), and every class is about a tenth. */
Test(infer_digits, labels_and_ink)
{
	static const size_t starts[] = { 0, DIGITS_TRAIN, (size_t)1 << 31, SIZE_MAX - 1000 };
	uint8_t pixels[AREA];
	unsigned count[10] = { 0 };

	for (size_t s = 0; s < sizeof(starts) / sizeof(starts[0]); s++) {
		for (size_t i = 0; i < 500; i++) {
			uint16_t label = digits_draw(DIGITS_SPLIT_TRAIN, starts[s] + i, pixels);
			size_t bright = 0;

			cr_assert_lt(label, 10);
			count[label]++;
			for (size_t p = 0; p < AREA; p++)
				bright += pixels[p] > 96;
			cr_expect(bright > 10 && bright < AREA / 2,
			          "image %zu has %zu bright pixels", starts[s] + i, bright);
		}
	}
	for (unsigned c = 0; c < 10; c++) /* 2000 draws: 200 +- 13, five deviations allowed */
		cr_expect(count[c] > 133 && count[c] < 267, "%u of class %u", count[c], c);
}

/* A control that shares nothing with the drawing: the nearest class mean, learned on training
 * images, is right on most test images, so pictures and labels belong together. */
Test(infer_digits, nearest_mean_recognises)
{
	enum { LEARN = 1000, TRY = 300 };
	static double mean[10][AREA];
	uint8_t pixels[AREA];
	unsigned count[10] = { 0 }, right = 0;

	for (size_t i = 0; i < LEARN; i++) {
		uint16_t label = digits_draw(DIGITS_SPLIT_TRAIN, i, pixels);

		count[label]++;
		for (size_t p = 0; p < AREA; p++)
			mean[label][p] += pixels[p];
	}
	for (size_t i = 0; i < TRY; i++) {
		uint16_t label = digits_draw(DIGITS_SPLIT_TEST, i, pixels);
		double best = 0;
		unsigned at = 10;

		for (unsigned c = 0; c < 10; c++) {
			double distance = 0;

			for (size_t p = 0; p < AREA; p++) {
				double d = mean[c][p] / count[c] - pixels[p];

				distance += d * d;
			}
			if (at == 10 || distance < best) {
				best = distance;
				at = c;
			}
		}
		right += at == label;
	}
	cr_expect(right > TRY / 2, "%u of %d recognised", right, TRY);
	cr_expect(right < TRY, "nearest mean never fails: the set is too easy");
}

struct place {
	char dir[64], path[96];
	struct arena arena;
	struct err e;
};

static struct place place_make(void)
{
	struct place p = { .dir = "/tmp/hcbench-idx-XXXXXX" };

	cr_assert_not_null(mkdtemp(p.dir));
	snprintf(p.path, sizeof(p.path), "%s/t.idx", p.dir);
	return p;
}

static void place_release(struct place *p)
{
	unlink(p->path);
	cr_expect_eq(rmdir(p->dir), 0, "%s: something was left behind", p->dir);
	arena_release(&p->arena);
}

static enum status read_bytes(struct place *p, const uint8_t *bytes, size_t n, unsigned rank)
{
	struct idx out;

	cr_assert(!file_write(p->path, bytes, n, &p->e), "%s", p->e.msg);
	return idx_read(&p->arena, p->path, rank, &out, &p->e);
}

/* Expects ST_DATA and a message that names the file and says `what`. */
static void refuse(struct place *p, const uint8_t *bytes, size_t n, unsigned rank, const char *what)
{
	enum status rc = read_bytes(p, bytes, n, rank);

	cr_expect_eq(rc, ST_DATA, "%zu bytes, rank %u: status %d", n, rank, (int)rc);
	cr_expect(strstr(p->e.msg, p->path), "no path in: %s", p->e.msg);
	cr_expect(strstr(p->e.msg, what), "no '%s' in: %s", what, p->e.msg);
}

Test(infer_idx, round_trip)
{
	static const size_t dims[][4] = {
		{1,    1, 1, 1},
                { 5,   3, 2, 7},
                { 0,   4, 4, 1},
                { 300, 1, 2, 1}
	};
	struct place p = place_make();
	uint8_t bytes[1200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t d = 0; d < sizeof(dims) / sizeof(dims[0]); d++) {
		for (unsigned rank = 1; rank <= 4; rank++) {
			struct idx in = { .rank = rank, .bytes = bytes }, out;
			size_t n = 1;

			for (unsigned i = 0; i < rank; i++)
				n *= in.dim[i] = dims[d][i];
			cr_assert(!idx_write(p.path, &in, &p.e), "%s", p.e.msg);
			cr_assert(!idx_read(&p.arena, p.path, rank, &out, &p.e), "%s", p.e.msg);
			cr_expect_eq(out.rank, rank);
			cr_expect_arr_eq(out.dim, in.dim, sizeof(in.dim));
			cr_expect(n == 0 || !memcmp(out.bytes, bytes, n));
		}
	}
	place_release(&p);
}

/* Five labels 3 1 4 1 5, gzipped by Python's gzip module (time stamp 0). */
static const uint8_t plain[] = { 0, 0, 8, 1, 0, 0, 0, 5, 3, 1, 4, 1, 5 };
static const uint8_t gzipped[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63,
	0x60, 0xe0, 0x60, 0x64, 0x60, 0x60, 0x60, 0x65, 0x66, 0x64, 0x61,
	0x64, 0x05, 0x00, 0xed, 0x2d, 0xdc, 0x9b, 0x0d, 0x00, 0x00, 0x00
};

Test(infer_idx, plain_and_gzip)
{
	struct place p = place_make();
	struct idx in = { .rank = 1, .dim = { 5 }, .bytes = plain + 8 }, out;
	struct span written;

	cr_assert(!idx_write(p.path, &in, &p.e), "%s", p.e.msg);
	cr_assert(!file_read(&p.arena, p.path, 100, &written, &p.e), "%s", p.e.msg);
	cr_assert_eq(written.n, sizeof(plain));
	cr_expect_arr_eq(written.p, plain, sizeof(plain));
	cr_assert(!file_write(p.path, gzipped, sizeof(gzipped), &p.e), "%s", p.e.msg);
	cr_assert(!idx_read(&p.arena, p.path, 1, &out, &p.e), "%s", p.e.msg);
	cr_assert_eq(out.dim[0], 5);
	cr_expect_arr_eq(out.bytes, plain + 8, 5);
	for (size_t n = 4; n < sizeof(gzipped); n++)
		cr_expect_eq(read_bytes(&p, gzipped, n, 1), ST_DATA, "gzip cut to %zu", n);
	place_release(&p);
}

Test(infer_idx, refuses_what_is_not_idx)
{
	static const uint8_t images[] = { 0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 8, 9 };
	uint8_t b[sizeof(images) + 1] = { 0 };
	struct place p = place_make();

	for (size_t n = 0; n < sizeof(images); n++)
		refuse(&p, images, n, 3, "truncated");
	cr_expect_eq(read_bytes(&p, images, sizeof(images), 3), ST_OK);
	refuse(&p, images, sizeof(images), 1, "expected 1");
	memcpy(b, images, sizeof(images));
	refuse(&p, b, sizeof(b), 3, "1 bytes after");
	b[2] = 0x0d;
	refuse(&p, b, sizeof(images), 3, "unsigned bytes");
	b[2] = 8;
	b[0] = 'P';
	refuse(&p, b, sizeof(images), 3, "expected 00 00 08 03");
	b[0] = 0;
	/* 2^30 x 1 x 2 exceeds the limit; 2^32 - 1 cubed would wrap. */
	b[4] = 0x40;
	refuse(&p, b, sizeof(images), 3, "refused");
	memset(b + 4, 0xff, 12);
	refuse(&p, b, sizeof(images), 3, "refused");
	place_release(&p);
}

/* A dimension of 0 leaves no content, but does not let absurd sizes through, wherever it stands. */
Test(infer_idx, zero_does_not_hide_absurd_sizes)
{
	struct place p = place_make();

	for (unsigned zero = 0; zero < 3; zero++) {
		uint8_t b[16] = { 0, 0, 8, 3 };

		memset(b + 4, 0xff, 12);
		memset(b + 4 + 4 * zero, 0, 4);
		refuse(&p, b, sizeof(b), 3, "refused");
	}
	place_release(&p);
}

Test(infer_idx, missing_and_unwritable)
{
	struct place p = place_make();
	struct idx in = { .rank = 1, .dim = { 5 }, .bytes = plain + 8 }, out;

	cr_expect_eq(idx_read(&p.arena, p.path, 1, &out, &p.e), ST_ENV);
	cr_expect(strstr(p.e.msg, p.path));
	snprintf(p.path, sizeof(p.path), "%s/none/t.idx", p.dir);
	cr_expect_eq(idx_write(p.path, &in, &p.e), ST_ENV);
	cr_expect(strstr(p.e.msg, p.path));
	in.rank = 5;
	cr_expect_eq(idx_write(p.path, &in, &p.e), ST_INTERNAL);
	place_release(&p);
}
