/* JPEG files (the only user of libjpeg-turbo). */
#include "infer/image.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/* libjpeg reports through this: a fatal error jumps to `out`, a warning is judged by its number. */
struct reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	const char *name;
	struct image *image;
	uint8_t *row; /* one row of CMYK */
	struct err *e;
	enum status rc;
};

static void fail(j_common_ptr jpeg)
{
	struct reader *r = jpeg->client_data;
	char text[JMSG_LENGTH_MAX];

	jpeg->err->format_message(jpeg, text);
	if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY)
		r->rc = err_nomem(r->e);
	else
		r->rc = err_set(r->e, ST_DATA, "%s: not a JPEG file that can be decoded: %s",
		                r->name, text);
	longjmp(r->out, 1);
}

/* Bytes between two markers, or a marker that an editor left behind, cost no pixel. */
static void judge(j_common_ptr jpeg, int level)
{
	int code = jpeg->err->msg_code;

	if (level < 0 && (code == JWRN_HIT_MARKER || code == JWRN_JPEG_EOF ||
	                  code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC))
		fail(jpeg);
}

/* 8-bit a * b / 255, rounded. */
static unsigned scale(unsigned a, unsigned b)
{
	unsigned t = a * b + 128;

	return ((t >> 8) + t) >> 8;
}

/* Inverted CMYK: c, m, y and k hold what is left of the white. */
static void convert_row(uint8_t *rgb, const uint8_t *cmyk, size_t w)
{
	for (size_t x = 0; x < w; x++)
		for (unsigned c = 0; c < 3; c++) {
			unsigned k = cmyk[4 * x + 3];

			rgb[3 * x + c] = (uint8_t)(k - scale(255U - cmyk[4 * x + c], k));
		}
}

static void read_pixels(struct reader *r, struct span file)
{
	struct jpeg_decompress_struct *jpeg = &r->jpeg;
	struct image *im = r->image;
	bool cmyk;

	jpeg_mem_src(jpeg, file.p, file.n);
	jpeg_read_header(jpeg, TRUE);
	cmyk = jpeg->num_components == 4;
	if (cmyk)
		jpeg->out_color_space = JCS_CMYK;
	else
		jpeg->out_color_space = JCS_RGB;
	im->w = jpeg->image_width;
	im->h = jpeg->image_height;
	if (im->w > IMAGE_MAX_PIXELS / im->h) {
		r->rc = err_set(r->e, ST_DATA, "%s: %zu x %zu pixels, more than %d are refused",
		                r->name, im->w, im->h, IMAGE_MAX_PIXELS);
		return;
	}
	im->rgb = malloc(im->w * im->h * 3);
	r->row = cmyk ? malloc(im->w * 4) : NULL;
	if (!im->rgb || (cmyk && !r->row)) {
		r->rc = err_nomem(r->e);
		return;
	}
	jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height) {
		uint8_t *to = im->rgb + (size_t)jpeg->output_scanline * im->w * 3;

		jpeg_read_scanlines(jpeg, cmyk ? &r->row : &to, 1);
		if (cmyk)
			convert_row(to, r->row, im->w);
	}
	jpeg_finish_decompress(jpeg);
}

enum status image_decode(struct image *out, struct span file, const char *name, struct err *e)
{
	struct reader r = { .name = name, .image = out, .e = e };
	enum status rc;

	*out = (struct image){ 0 };
	if (!file.n) /* libjpeg's memory source takes that for a misuse */
		return err_set(e, ST_DATA, "%s: the file is empty", name);
	r.jpeg.err = jpeg_std_error(&r.errors);
	r.jpeg.client_data = &r;
	r.errors.error_exit = fail;
	r.errors.emit_message = judge;
	if (!setjmp(r.out)) {
		jpeg_create_decompress(&r.jpeg);
		read_pixels(&r, file);
	}
	jpeg_destroy_decompress(&r.jpeg);
	free(r.row);
	rc = r.rc;
	if (rc)
		image_release(out);
	return rc;
}

void image_release(struct image *im)
{
	free(im->rgb);
	*im = (struct image){ 0 };
}

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

const char *image_library_version(void)
{
	return TEXT(LIBJPEG_TURBO_VERSION);
}
