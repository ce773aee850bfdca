#include "codec/source.h"

#include <string.h>

/* The GEMM of one group of a kernel, and the array that takes it fold by fold. */
struct tiling {
	size_t n_filters, n_inner; /* N columns, K rows */
	size_t rows, cols;
};

/* Copies `spw` symbols between stream position i and weight w; inverse swaps the two. */
static void move(const uint16_t *in, uint16_t *out, size_t i, size_t w, unsigned spw, bool inverse)
{
	size_t to = inverse ? w : i, from = inverse ? i : w;

	for (unsigned j = 0; j < spw; j++)
		out[to * spw + j] = in[from * spw + j];
}

/* One fold: filters n0.., rows k0.. of the group that starts at filter `base`. Returns the next
 * stream position. */
static size_t fold(const struct tiling *f, size_t base, size_t n0, size_t k0, size_t i,
                   const uint16_t *in, uint16_t *out, unsigned spw, bool inverse)
{
	size_t n_end = n0 + f->cols < f->n_filters ? n0 + f->cols : f->n_filters;
	size_t k_end = k0 + f->rows < f->n_inner ? k0 + f->rows : f->n_inner;

	for (size_t k = k_end; k-- > k0;)
		for (size_t n = n0; n < n_end; n++)
			move(in, out, i++, (base + n) * f->n_inner + k, spw, inverse);
	return i;
}

/* One fold of an array through which weights stream, one array column or row per filter. */
static size_t stream_fold(const struct tiling *f, enum stream_order order, size_t base,
                          size_t first, size_t i, const uint16_t *in, uint16_t *out, unsigned spw,
                          bool inverse)
{
	size_t all = order == ORDER_ARRAY_OS ? f->n_filters : f->n_inner;
	size_t steps = order == ORDER_ARRAY_OS ? f->n_inner : f->n_filters;
	size_t width = order == ORDER_ARRAY_OS ? f->cols : f->rows;
	size_t end = first + width < all ? first + width : all;

	for (size_t t = 0; t < steps; t++)
		for (size_t w = first; w < end; w++) {
			size_t n = order == ORDER_ARRAY_OS ? w : t;
			size_t k = order == ORDER_ARRAY_OS ? t : w;

			move(in, out, i++, (base + n) * f->n_inner + k, spw, inverse);
		}
	return i;
}

static void permute(const struct kernel *k, enum stream_order order, size_t rows, size_t cols,
                    unsigned spw, bool inverse, const uint16_t *in, uint16_t *out)
{
	struct tiling f = { k->channels / k->groups, k->n / k->channels, rows, cols };
	size_t i = 0;

	for (size_t g = 0; g < k->groups; g++) {
		size_t base = g * f.n_filters;

		if (order == ORDER_ARRAY_OS)
			for (size_t n0 = 0; n0 < f.n_filters; n0 += cols)
				i = stream_fold(&f, order, base, n0, i, in, out, spw, inverse);
		else if (order == ORDER_ARRAY_IS)
			for (size_t k0 = 0; k0 < f.n_inner; k0 += rows)
				i = stream_fold(&f, order, base, k0, i, in, out, spw, inverse);
		else
			for (size_t n0 = 0; n0 < f.n_filters; n0 += cols)
				for (size_t k0 = 0; k0 < f.n_inner; k0 += rows)
					i = fold(&f, base, n0, k0, i, in, out, spw, inverse);
	}
}

void stream_reorder(const struct kernel *k, enum stream_order order, size_t rows, size_t cols,
                    unsigned spw, const uint16_t *in, uint16_t *out)
{
	if (order == ORDER_OIHW)
		memcpy(out, in, k->n * spw * sizeof(*out));
	else
		permute(k, order, rows, cols, spw, false, in, out);
}

void stream_restore(const struct kernel *k, enum stream_order order, size_t rows, size_t cols,
                    unsigned spw, const uint16_t *in, uint16_t *out)
{
	if (order == ORDER_OIHW)
		memcpy(out, in, k->n * spw * sizeof(*out));
	else
		permute(k, order, rows, cols, spw, true, in, out);
}

void stream_deal(const uint16_t *in, size_t n, unsigned group, unsigned lanes, uint16_t *out,
                 size_t *n_lane)
{
	size_t at = 0;

	for (unsigned j = 0; j < lanes; j++) {
		size_t first = at;

		for (size_t i = (size_t)j * group; i < n; i += (size_t)lanes * group) {
			size_t take = n - i < group ? n - i : group;

			memcpy(out + at, in + i, take * sizeof(*in));
			at += take;
		}
		n_lane[j] = at - first;
	}
}
