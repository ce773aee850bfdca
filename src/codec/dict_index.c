/* The first of a chain is compared with the word whatever it is, without a branch: most words are
 * either that one or in no chain. Only what is left follows the chain, which is seldom since there
 * are SPARSE times as many chains as words, the more frequent words in front. */
#include "codec/dict_index.h"
#include "base/bits.h"
#include "codec/branchless.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { SPARSE = 8, MORE = 1 << 15 };

#ifdef __GNUC__
#define INDEX_INLINE static inline __attribute__((always_inline))
#else
#define INDEX_INLINE static inline
#endif

INDEX_INLINE uint64_t four(const uint16_t *v)
{
	uint64_t x;

	memcpy(&x, v, sizeof(x));
	return le64toh(x);
}

/* Sum of products, whose top bits are as good as random. */
INDEX_INLINE uint64_t hash(const uint16_t *v, unsigned group)
{
	static const uint64_t factor[] = { UINT64_C(0xd6e8feb86659fd93),
		                           UINT64_C(0x9e3779b97f4a7c15),
		                           UINT64_C(0xbf58476d1ce4e5b9),
		                           UINT64_C(0x94d049bb133111eb) };
	uint64_t h = 0;

	if (group % 4 == 0)
		for (unsigned i = 0; i < group; i += 4)
			h = i % 16 ? h + four(v + i) * factor[i / 4 % 4]
			           : (h ^ h >> 32) + four(v + i) * factor[0];
	else
		for (unsigned i = 0; i < group; i++)
			h = (h + v[i] + 1) * factor[0];
	return h;
}

INDEX_INLINE bool same(const uint16_t *v, const uint16_t *w, unsigned group)
{
	uint64_t differ = 0;

	if (group % 4 == 0)
		for (unsigned i = 0; i < group; i += 4)
			differ |= four(v + i) ^ four(w + i);
	else
		for (unsigned i = 0; i < group; i++)
			differ |= (uint64_t)(v[i] ^ w[i]);
	return !differ;
}

/* The chains are made from the last rank on, so that the first ones are in front, rank 0, which is
 * also what empty chains begin with, at last. */
INDEX_INLINE void fill(struct dict_index *x, unsigned group)
{
	for (uint32_t r = x->n; r-- > 0;) {
		uint16_t *at = &x->head[hash(x->symbol + (size_t)r * group, group) >> x->shift];

		x->next[r] = *at;
		*at = (uint16_t)(r | (*at ? MORE : 0));
	}
}

bool dict_index_make(struct dict_index *x, const uint16_t *symbol, uint32_t n, unsigned group)
{
	const unsigned bits = n ? bits_for_index((uint64_t)SPARSE * n) : 1;

	*x = (struct dict_index){ .symbol = symbol, .n = n, .group = group, .shift = 64 - bits };
	x->head = calloc(((size_t)1 << bits) + n, sizeof(*x->head));
	if (!x->head)
		return false;
	x->next = x->head + ((size_t)1 << bits);
	if (group == 4)
		fill(x, 4);
	else if (group == 8)
		fill(x, 8);
	else if (group == 16)
		fill(x, 16);
	else
		fill(x, group);
	return true;
}

void dict_index_release(struct dict_index *x)
{
	free(x->head);
	*x = (struct dict_index){ 0 };
}

/* Inlined with a constant group, or any. */
INDEX_INLINE void find(const struct dict_index *x, const uint16_t *v, size_t n, unsigned group,
                       uint32_t *rank)
{
	const uint16_t *const head = x->head, *const symbol = x->symbol;
	const unsigned shift = x->shift;

	for (size_t i = 0; i < n; i++, v += group) {
		unsigned at = head[hash(v, group) >> shift], r = at & (MORE - 1);
		uint32_t found = DICT_INDEX_NONE;
		bool is = same(v, symbol + (size_t)r * group, group);

		if (at & MORE && !is)
			do {
				at = x->next[r];
				r = at & (MORE - 1);
				is = same(v, symbol + (size_t)r * group, group);
			} while (at & MORE && !is);
		found = is ? r : found;
		KEEP(found);
		rank[i] = found;
	}
}

void dict_index_find(const struct dict_index *x, const uint16_t *v, size_t n, uint32_t *rank)
{
	if (!x->n)
		for (size_t i = 0; i < n; i++)
			rank[i] = DICT_INDEX_NONE;
	else if (x->group == 4)
		find(x, v, n, 4, rank);
	else if (x->group == 8)
		find(x, v, n, 8, rank);
	else if (x->group == 16)
		find(x, v, n, 16, rank);
	else
		find(x, v, n, x->group, rank);
}
