/* Words as keys to count by. Private to the codec layer.
 *
 * A word of at most 64 bits is a number, and h a one-to-one mix of it, whose top bits are as good
 * as random: h alone decides. Wider words are two numbers (`high` goes with h unchanged), and those
 * of more than 128 bits a hash and where the symbols stand. */
#ifndef HCB_CODEC_WORD_KEY_H
#define HCB_CODEC_WORD_KEY_H

#include "codec/word_table.h"

#include <endian.h>
#include <string.h>

enum key_kind { KEY_ONE, KEY_TWO, KEY_FAR };

/* How keys of a scope are laid out: `lanes` numbers each, the first is h. */
static inline unsigned key_lanes(enum key_kind kind)
{
	return kind == KEY_ONE ? 1 : 2;
}

static inline enum key_kind key_kind_of(unsigned group, unsigned bits)
{
	if (group * bits <= 64)
		return KEY_ONE;
	return (group - group / 2) * bits <= 64 ? KEY_TWO : KEY_FAR;
}

/* Multiplication by an odd number and its inverse modulo 2^64. */
static inline uint64_t key_mix(uint64_t x)
{
	return (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
}

static inline uint64_t key_unmix(uint64_t h)
{
	uint64_t x = h * UINT64_C(0xcfee444d8b59a89b);

	return x ^ x >> 32;
}

/* The same for words of width <= 32 bits, modulo 2^width; h at the top of 32 bits. */
static inline uint32_t key_mix_narrow(uint32_t x, unsigned width)
{
	return (x ^ x >> (width + 1) / 2) * UINT32_C(0x9e3779b1) << (32 - width);
}

static inline uint32_t key_unmix_narrow(uint32_t h, unsigned width)
{
	const uint32_t x =
	        (h >> (32 - width)) * UINT32_C(0x0e8b2f51) << (32 - width) >> (32 - width);

	return x ^ x >> (width + 1) / 2;
}

/* Four symbols as a number, the first on top: neighbours first, then the two halves. */
static inline uint64_t key_pack_four(const uint16_t *w, unsigned bits)
{
	const uint64_t odd = UINT64_C(0x0000ffff0000ffff);
	uint64_t x;

	memcpy(&x, w, sizeof(x));
	x = le64toh(x);
	x = (x & odd) << bits | (x >> 16 & odd);
	return (x & UINT32_MAX) << 2 * bits | x >> 32;
}

/* The first n symbols at w as a number of n * bits <= 64 bits. */
static inline uint64_t key_pack(const uint16_t *w, unsigned n, unsigned bits)
{
	uint64_t key = 0;
	unsigned i = 0;

	for (; i + 4 <= n; i += 4)
		key = (i ? key << 4 * bits : 0) | key_pack_four(w + i, bits);
	for (; i < n; i++)
		key = key << bits | w[i];
	return key;
}

/* The key of a word. */
static inline void key_make(enum key_kind kind, const uint16_t *w, unsigned group, unsigned bits,
                            uint64_t *key)
{
	if (kind == KEY_ONE) {
		key[0] = key_mix(key_pack(w, group, bits));
	} else if (kind == KEY_TWO) {
		key[1] = key_pack(w, group / 2, bits);
		key[0] =
		        key_mix(key_pack(w + group / 2, group - group / 2, bits) + key_mix(key[1]));
	} else {
		uint64_t h = 0;

		for (unsigned i = 0; i < group; i++)
			h = key_mix(h + w[i] + 1);
		key[0] = h;
		key[1] = (uintptr_t)w;
	}
}

static inline const uint16_t *key_word(const uint64_t *key)
{
	return (const uint16_t *)(uintptr_t)key[1];
}

static inline bool key_same(enum key_kind kind, const uint64_t *x, const uint64_t *y,
                            unsigned group)
{
	if (x[0] != y[0])
		return false;
	return kind == KEY_ONE || x[1] == y[1] ||
	       (kind == KEY_FAR && !memcmp(key_word(x), key_word(y), group * sizeof(uint16_t)));
}

/* Keys of n words of layer l from word `first` on. */
void keys_make(const struct word_scope *s, size_t l, size_t first, size_t n, uint64_t *key);

/* The same for words of at most 32 bits, with the narrow mix. */
void keys_make_narrow(const struct word_scope *s, size_t l, size_t first, size_t n, uint32_t *key);

#endif
