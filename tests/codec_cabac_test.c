#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "codec_coding.h"

/* Three symbols of 3 bits, 0 1 7, one greater-than flag. As sign-magnitude they are 0 1 -3, as
 * two's complement 0 1 -1: the latter is smaller. Numbers are hexadecimal, p is in units of 2^-16.
 *
 *   bin                          p     lower     low       range
 *   (start)                                      00000000  ffffffff
 *   two's complement       1     8000  7fff8000  00000000  7fff8000
 *   0: significant[0]      0     8000  3fff8000  3fff8000  40000000
 *   1: significant[0]      1     4000  10000000  3fff8000  10000000   p: after one 0, half of 8000
 *      negative[0]         0     8000  08000000  47ff8000  08000000
 *      greater than 1 [+]  0     8000  04000000  4bff8000  04000000
 *  -1: significant[1]      1     8000  02000000  4bff8000  02000000   one of the two before is not
 * 0 negative[2]         1     8000  01000000  4bff8000  01000000   the one before is positive
 *      greater than 1 [-]  0     8000  00800000  4c7f8000  00800000   below 2^24: 4c is sent
 *   (end)                                        7f800000  80000000   80 is sent
 */
Test(codec_cabac, golden)
{
	uint16_t v[] = { 0, 1, 7 };
	struct symbols l = { v, 3, 3, NULL };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, { 1 } };
	struct coding coded;

	code_layers(&coded, codec_find("cabac"), &s, &p);
	cr_assert_eq(coded.layer[0].stream.n_bits, 16);
	cr_assert_eq(coded.layer[0].stream.words[0], 0x4c80ull << 48);
	cr_assert_eq(coded.layer[0].table.n_bits, 0);
	coding_release(&coded);
}

static double entropy_bits(const uint16_t *v, size_t n)
{
	size_t count[256] = { 0 };
	double bits = 0;

	for (size_t i = 0; i < n; i++)
		count[v[i]]++;
	for (int i = 0; i < 256; i++)
		if (count[i])
			bits += (double)count[i] * log2((double)n / (double)count[i]);
	return bits;
}

static double cabac_bits(const uint16_t *v, size_t n, unsigned bits)
{
	struct symbols l = { v, n, bits, NULL };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, { 10 } };
	struct coding coded;
	double size;

	code_layers(&coded, codec_find("cabac"), &s, &p);
	size = (double)coded.layer[0].stream.n_bits;
	coding_release(&coded);
	return size;
}

enum { N = 100000 };

/* Sum of twelve, rounded: bell-shaped with a deviation of `width` levels, two's complement or
 * sign-magnitude of 8 bits. */
static void bell(uint16_t *v, double width, bool twos)
{
	for (size_t i = 0; i < N; i++) {
		double sum = -6;
		int q;

		for (int k = 0; k < 12; k++)
			sum += rand() / (RAND_MAX + 1.0);
		q = (int)lround(sum * width);
		v[i] = (uint16_t)(q >= 0 ? q : twos ? 256 + q : 128 - q);
	}
}

/* Independent control: symbols that know nothing of each other cost their entropy, within 2 %. */
Test(codec_cabac, independent_symbols_cost_their_entropy)
{
	static const double widths[] = { 0.3, 0.5, 1, 3, 6, 10, 18 };
	uint16_t *v = malloc(N * sizeof(*v));

	cr_assert_not_null(v);
	srand(5);
	for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
		for (int twos = 0; twos < 2; twos++) {
			double bits, entropy;

			bell(v, widths[w], twos);
			bits = cabac_bits(v, N, 8);
			entropy = entropy_bits(v, N);
			cr_assert(bits > 0.995 * entropy && bits < 1.02 * entropy,
			          "width %g: %.4f bits per symbol, entropy %.4f", widths[w],
			          bits / N, entropy / N);
		}
	free(v);
}

/* One in fifty is +-1: 0.16 bits. The fast estimate, over some 2^6 bins, wavers about so small a
 * probability, so that it is 3 % here. */
Test(codec_cabac, sparse_symbols_cost_little_more_than_their_entropy)
{
	uint16_t *v = malloc(N * sizeof(*v));
	double bits, entropy;

	cr_assert_not_null(v);
	srand(8);
	for (size_t i = 0; i < N; i++)
		v[i] = (uint16_t)(rand() % 50 ? 0 : rand() & 256 ? 1 : 255);
	bits = cabac_bits(v, N, 8);
	entropy = entropy_bits(v, N);
	cr_assert(bits > 0.995 * entropy && bits < 1.03 * entropy, "%g", bits / entropy);
	free(v);
}

/* It adapts: a layer whose second half is another kind of layer costs less than its entropy, by
 * more than half of what knowing the halves is worth. */
Test(codec_cabac, it_follows_what_changes)
{
	uint16_t *v = malloc(N * sizeof(*v)), *narrow = malloc(N * sizeof(*v));
	double bits, halves, pooled;

	cr_assert(v && narrow);
	srand(6);
	bell(v, 12, true);
	bell(narrow, 0.5, true);
	for (size_t i = N / 2; i < N; i++)
		v[i] = narrow[i];
	bits = cabac_bits(v, N, 8);
	pooled = entropy_bits(v, N);
	halves = entropy_bits(v, N / 2) + entropy_bits(v + N / 2, N / 2);
	cr_assert(bits < (pooled + halves) / 2, "%.0f bits, entropy %.0f, of the halves %.0f", bits,
	          pooled, halves);
	free(narrow);
	free(v);
}

/* Nothing at all costs at most a hundredth of a bit: probabilities come near 0. */
Test(codec_cabac, zeros_cost_next_to_nothing)
{
	uint16_t *v = calloc(N, sizeof(*v));

	cr_assert_not_null(v);
	cr_assert_lt(cabac_bits(v, N, 8), 0.01 * N);
	free(v);
}

/* A stream of ones only is above the interval that there is; zeros are 1s throughout, so the
 * magnitude passes what 4 bits hold; a long stream is read no further than its symbols go. */
Test(codec_cabac, hostile_streams_are_refused)
{
	uint64_t ones[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX }, zeros[4] = { 0 };
	struct code c = {
		.stream = {ones, 256}
	};
	struct codec_params p = { 1, DICT_MODEL, { 10 } };
	const struct codec *cabac = codec_find("cabac");
	uint16_t v[64];
	struct err e;

	cr_assert_eq(cabac->decode(&c, &p, 4, v, 64, &e), ST_DATA);
	c.stream.words = zeros;
	cr_assert_eq(cabac->decode(&c, &p, 4, v, 64, &e), ST_DATA);
	cr_assert_eq(cabac->decode(&c, &p, 16, v, 64, &e), ST_DATA);
	cr_assert_eq(cabac->decode(&c, &p, 4, v, 0, &e), ST_DATA);
	c.stream.n_bits = 0;
	cr_assert_eq(cabac->decode(&c, &p, 4, v, 64, &e), ST_DATA);
	cr_assert_eq(cabac->decode(&c, &p, 4, v, 0, &e), ST_OK);
}
