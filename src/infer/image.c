#include "infer/image.h"

#include <math.h>
#include <stdlib.h>

/* Weights of a pass are integers with this many fractional bits: 8 bits of pixel, 22 of weight and
 * the sign of a sum fill an int, with one bit to spare. */
enum { WEIGHT_BITS = 22 };

/* One output position: the input positions first .. first + n - 1, n weights. */
struct tap {
	size_t first, n;
};

/* The taps of `count` output positions; weights lie `cap` apart. */
struct filter {
	size_t count, cap;
	struct tap *tap;
	int32_t *weight;
};

static void filter_release(struct filter *f)
{
	free(f->tap);
	free(f->weight);
}

static double triangle(double x)
{
	x = fabs(x);
	return x < 1 ? 1 - x : 0;
}

/* Output positions first .. first + count - 1 of a resize from `in` to `out` positions. */
static enum status filter_make(struct filter *f, size_t in, size_t out, size_t first, size_t count,
                               struct err *e)
{
	double scale = (double)in / (double)out, support = scale > 1 ? scale : 1;
	double *w;

	f->count = count;
	f->cap = (size_t)ceil(support) * 2 + 1;
	f->tap = calloc(count, sizeof(*f->tap));
	f->weight = calloc(count * f->cap, sizeof(*f->weight));
	w = calloc(f->cap, sizeof(*w));
	if (!f->tap || !f->weight || !w) {
		free(w);
		return err_nomem(e);
	}
	for (size_t i = 0; i < count; i++) {
		double center = ((double)(first + i) + 0.5) * scale, sum = 0;
		double low = center - support + 0.5, high = center + support + 0.5;
		size_t begin = low > 0 ? (size_t)low : 0;
		size_t end = high < (double)in ? (size_t)high : in;

		f->tap[i] = (struct tap){ begin, end - begin };
		for (size_t k = 0; k < end - begin; k++) {
			w[k] = triangle(((double)(begin + k) - center + 0.5) * (1 / support));
			sum += w[k];
		}
		for (size_t k = 0; k < end - begin; k++)
			f->weight[i * f->cap + k] =
			        (int32_t)(0.5 + w[k] / sum * (1 << WEIGHT_BITS));
	}
	free(w);
	return ST_OK;
}

/* Weights are not negative and add up to 1 within rounding: only 256 has to be cut off. */
static uint8_t to_grey(int32_t sum)
{
	int32_t v = sum >> WEIGHT_BITS;

	return v > 255 ? 255 : (uint8_t)v;
}

/* Rows first .. first + n - 1 of the image, each filtered along x: n x f->count x 3. */
static void filter_rows(const struct image *in, const struct filter *f, size_t first, size_t n,
                        uint8_t *out)
{
	for (size_t y = 0; y < n; y++) {
		const uint8_t *row = in->rgb + (first + y) * in->w * 3;

		for (size_t x = 0; x < f->count; x++, out += 3) {
			const uint8_t *p = row + f->tap[x].first * 3;
			const int32_t *w = f->weight + x * f->cap;
			int32_t r = 1 << (WEIGHT_BITS - 1), g = r, b = r;

			for (size_t k = 0; k < f->tap[x].n; k++, p += 3) {
				r += p[0] * w[k];
				g += p[1] * w[k];
				b += p[2] * w[k];
			}
			out[0] = to_grey(r);
			out[1] = to_grey(g);
			out[2] = to_grey(b);
		}
	}
}

/* The rows of filter_rows(), whose first is `first` in the image, filtered along y into planes. */
static void filter_columns(const uint8_t *rows, size_t first, const struct filter *f, size_t side,
                           uint8_t *planes)
{
	for (size_t y = 0; y < f->count; y++) {
		const uint8_t *top = rows + (f->tap[y].first - first) * side * 3;
		const int32_t *w = f->weight + y * f->cap;

		for (size_t x = 0; x < side; x++)
			for (size_t c = 0; c < 3; c++) {
				const uint8_t *p = top + x * 3 + c;
				int32_t sum = 1 << (WEIGHT_BITS - 1);

				for (size_t k = 0; k < f->tap[y].n; k++, p += side * 3)
					sum += *p * w[k];
				planes[(c * f->count + y) * side + x] = to_grey(sum);
			}
	}
}

enum status image_resize(const struct image *in, const struct fit *f, uint8_t *planes,
                         struct err *e)
{
	struct filter x = { 0 }, y = { 0 };
	uint8_t *rows = NULL;
	enum status rc = filter_make(&x, in->w, f->w, f->left, f->side, e);

	if (!rc)
		rc = filter_make(&y, in->h, f->h, f->top, f->side, e);
	if (!rc) {
		const struct tap *last = &y.tap[f->side - 1];
		size_t first = y.tap[0].first, n = last->first + last->n - first;

		rows = malloc(n * f->side * 3);
		if (rows) {
			filter_rows(in, &x, first, n, rows);
			filter_columns(rows, first, &y, f->side, planes);
		} else {
			rc = err_nomem(e);
		}
	}
	free(rows);
	filter_release(&x);
	filter_release(&y);
	return rc;
}

/* The longer side after the shorter one became `to`; nearbyint() takes halves to even. */
static size_t longer(size_t shorter, size_t side, size_t to)
{
	return (size_t)nearbyint((double)(side * to) / (double)shorter);
}

struct fit image_fit(size_t w, size_t h, size_t resize_short, size_t side)
{
	struct fit f = { .w = side, .h = side, .side = side };

	if (!resize_short)
		return f;
	f.w = w <= h ? resize_short : longer(h, w, resize_short);
	f.h = h <= w ? resize_short : longer(w, h, resize_short);
	f.left = (f.w - side) / 2;
	f.top = (f.h - side) / 2;
	return f;
}
