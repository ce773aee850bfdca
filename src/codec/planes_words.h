/* Words of 2 to 16 symbols, one after the other: for processors with and without pdep. A file
 * that knows better defines UNPACK(x, n, bits) first: n fields of `bits` bits as n bytes, the rest
 * of the result being anything. Private to the codec layer. */
#ifndef HCB_CODEC_PLANES_WORDS_H
#define HCB_CODEC_PLANES_WORDS_H

#include "codec/planes_block.h"

#ifndef UNPACK
/* Halves first: of 8 fields, of 4, of 2. */
PLANES_INLINE uint64_t planes_unpack(uint64_t x, unsigned n, unsigned bits)
{
	const uint64_t four = ((uint64_t)1 << 4 * bits) - 1;
	const uint64_t two = (((uint64_t)1 << 2 * bits) - 1) * UINT64_C(0x0000000100000001);
	const uint64_t one = (((uint64_t)1 << bits) - 1) * UINT64_C(0x0001000100010001);

	if (n > 4)
		x = (x & four) | (x >> 4 * bits & four) << 32;
	if (n > 2)
		x = (x & two) | (x & two << 2 * bits) << (16 - 2 * bits);
	return (x & one) | (x & one << bits) << (8 - bits);
}
#define UNPACK(x, n, bits) planes_unpack(x, n, bits)
#endif

PLANES_INLINE uint64_t planes_entry(const uint8_t *at, unsigned n)
{
	uint64_t x = 0;

	memcpy(&x, at, n);
	return le64toh(x);
}

PLANES_INLINE void planes_store(uint8_t *at, uint64_t x, unsigned n)
{
	x = htole64(x);
	memcpy(at, &x, n);
}

/* A choice by a mask, not by a branch. Inlined with a constant group. */
PLANES_INLINE void planes_block_words(struct planes_job *j, unsigned group)
{
	const unsigned index_bits = j->d->index_bits, bits = j->d->bits;
	const uint64_t index_mask = ((uint64_t)1 << index_bits) - 1;
	const uint8_t *const entry = j->d->byte;
	const unsigned part = group < 8 ? group : 8;
	const struct plane index = j->index, raw = j->raw;
	size_t at = index.pos, raw_at = raw.pos;
	uint64_t flags = planes_load(j->flags), highest = j->highest;
	uint8_t *out = j->out;

	for (unsigned i = 0; i < PLANES_WORDS; i++, flags >>= 1, out += group) {
		const uint64_t hit = (uint64_t)0 - (flags & 1);
		const uint64_t k = planes_peek(&index, at) & index_mask & hit;

		highest = k > highest ? k : highest;
		for (unsigned g = 0; g < group; g += part) {
			const uint64_t x = planes_peek(&raw, raw_at + (size_t)g * bits);
			const uint64_t known = planes_entry(entry + k * group + g, part);

			planes_store(out + g, (known & hit) | (UNPACK(x, part, bits) & ~hit), part);
		}
		at += index_bits & hit;
		raw_at += (size_t)group * bits & ~hit;
	}
	j->index.pos = at;
	j->raw.pos = raw_at;
	j->highest = (uint32_t)highest;
	j->out = out;
	j->flags += 8;
	j->n_blocks--;
}

PLANES_INLINE void planes_run_words(struct planes_job *j)
{
	while (planes_ready(j))
		if (j->d->group == 2)
			planes_block_words(j, 2);
		else if (j->d->group == 4)
			planes_block_words(j, 4);
		else if (j->d->group == 8)
			planes_block_words(j, 8);
		else
			planes_block_words(j, 16);
}

#endif
