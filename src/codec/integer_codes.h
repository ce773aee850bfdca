/* Codes for unsigned integers of any size, and a look at the next bits of a reader. Private to the
 * codec layer. */
#ifndef HCB_CODEC_INTEGER_CODES_H
#define HCB_CODEC_INTEGER_CODES_H

#include "base/bits.h"

/* The next 64 bits; zeros where the words end. Bits past r->n_bits are whatever the last word
 * holds, so that the reader's caller checks the position, as bits_skip() does. */
static inline uint64_t bits_peek(const struct bit_reader *r)
{
	size_t i = r->pos / 64, n = bits_words(r->n_bits);
	unsigned off = (unsigned)(r->pos % 64);
	uint64_t v = i < n ? r->words[i] << off : 0;

	if (off && i + 1 < n)
		v |= r->words[i + 1] >> (64 - off);
	return v;
}

static inline void bits_skip(struct bit_reader *r, size_t n)
{
	if (r->fail || n > r->n_bits - r->pos)
		r->fail = true;
	else
		r->pos += n;
}

/* The first n bits of a window, 0 <= n <= 63. */
static inline uint64_t window_top(uint64_t window, unsigned n)
{
	return window >> 1 >> (63 - n);
}

/* floor(log2 v), v >= 1. */
static inline unsigned floor_log2(uint64_t v)
{
	return 63 - (unsigned)__builtin_clzll(v);
}

enum { EXPGOLOMB_ZEROS = 20 }; /* a code that begins with more is refused */

/* Exp-Golomb code of order k (Teuhola 1978; order 0 of v - 1 is Elias' gamma code of v): u + 2^k in
 * binary, behind as many zeros as it has bits above k + 1. u < 2^20, k <= 16. */
static inline unsigned expgolomb_bits(uint64_t u, unsigned k)
{
	return 2 * floor_log2(u + ((uint64_t)1 << k)) + 1 - k;
}

static inline void expgolomb_put(struct bit_writer *w, uint64_t u, unsigned k)
{
	bits_put(w, u + ((uint64_t)1 << k), expgolomb_bits(u, k));
}

static inline uint64_t expgolomb_get(struct bit_reader *r, unsigned k)
{
	uint64_t window = bits_peek(r);
	unsigned zeros = window ? (unsigned)__builtin_clzll(window) : 64;

	if (zeros > EXPGOLOMB_ZEROS) {
		r->fail = true;
		return 0;
	}
	bits_skip(r, 2 * zeros + 1 + k);
	return r->fail ? 0 : window_top(window, 2 * zeros + 1 + k) - ((uint64_t)1 << k);
}

/* 0, 1, -1, 2, -2 .. as 0, 1, 2, 3, 4 .. and back. */
static inline uint64_t zigzag(int64_t v)
{
	return v > 0 ? 2 * (uint64_t)v - 1 : 2 * (uint64_t)-v;
}

static inline int64_t unzigzag(uint64_t u)
{
	return u & 1 ? (int64_t)(u / 2) + 1 : -(int64_t)(u / 2);
}

#endif
