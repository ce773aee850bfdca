/* Bit output and input: big-endian bit order inside 64-bit words (the first bit written is the
 * most significant bit of word 0). Inline, since every codec's inner loop is made of these. */
#ifndef HCB_BASE_BITS_H
#define HCB_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Number of 64-bit words that hold n bits. */
static inline size_t bits_words(size_t n_bits)
{
	return n_bits / 64 + (n_bits % 64 != 0);
}

/* Writes into words the caller owns, which must be zero beforehand. Beyond cap_bits it writes
 * nothing more and latches fail. */
struct bit_writer {
	uint64_t *words;
	size_t cap_bits, n_bits;
	bool fail;
};

static inline struct bit_writer bit_writer_on(uint64_t *words, size_t cap_bits)
{
	return (struct bit_writer){ .words = words, .cap_bits = cap_bits };
}

/* Appends the low n bits of v, most significant first; 0 <= n <= 64, higher bits of v must be 0. */
static inline void bits_put(struct bit_writer *w, uint64_t v, unsigned n)
{
	size_t i = w->n_bits / 64;
	unsigned room = 64 - (unsigned)(w->n_bits % 64);

	if (n > w->cap_bits - w->n_bits || w->fail) {
		w->fail = true;
		return;
	}
	w->n_bits += n;
	if (n == 0)
		return;
	if (n <= room) {
		w->words[i] |= v << (room - n);
	} else {
		w->words[i] |= v >> (n - room);
		w->words[i + 1] |= v << (64 - (n - room));
	}
}

/* Reads; past the end it yields zeros and latches fail, so a decoder checks once, after the loop,
 * and also checks that all bits were consumed. */
struct bit_reader {
	const uint64_t *words;
	size_t n_bits, pos;
	bool fail;
};

static inline struct bit_reader bit_reader_on(const uint64_t *words, size_t n_bits)
{
	return (struct bit_reader){ .words = words, .n_bits = n_bits };
}

static inline uint64_t bits_get(struct bit_reader *r, unsigned n)
{
	size_t i = r->pos / 64;
	unsigned room = 64 - (unsigned)(r->pos % 64);
	uint64_t v;

	if (n == 0)
		return 0;
	if (r->fail || n > r->n_bits - r->pos) {
		r->fail = true;
		return 0;
	}
	r->pos += n;
	v = r->words[i] << (64 - room);
	if (n > room)
		v |= r->words[i + 1] >> room;
	return v >> (64 - n);
}

/* n symbols of `bits` bits each (1..16), as one bits_put / bits_get per 64 bits. */
static inline void bits_put_run(struct bit_writer *w, const uint16_t *v, size_t n, unsigned bits)
{
	size_t per = 64 / bits;

	for (size_t i = 0; i < n; i += per) {
		size_t take = n - i < per ? n - i : per;
		uint64_t packed = 0;

		for (size_t j = 0; j < take; j++)
			packed = packed << bits | v[i + j];
		bits_put(w, packed, (unsigned)take * bits);
	}
}

static inline void bits_get_run(struct bit_reader *r, uint16_t *v, size_t n, unsigned bits)
{
	size_t per = 64 / bits;
	uint64_t mask = ((uint64_t)1 << bits) - 1;

	for (size_t i = 0; i < n; i += per) {
		size_t take = n - i < per ? n - i : per;
		uint64_t packed = bits_get(r, (unsigned)take * bits);

		for (size_t j = take; j-- > 0; packed >>= bits)
			v[i + j] = (uint16_t)(packed & mask);
	}
}

/* ceil(log2(n)) for n >= 1: the bits of an index into n entries. */
static inline unsigned bits_for_index(uint64_t n)
{
	unsigned k = 0;

	while (k < 63 && ((uint64_t)1 << k) < n)
		k++;
	return k;
}

/* n rounded up to a multiple of unit (unit >= 1). */
static inline size_t bits_round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

#endif
