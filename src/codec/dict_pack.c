/* Three ways: by a table that holds the code of each value of a few symbols, where that is small
 * for the layer; by rank without branches, where a word fits a machine word; and long words piece
 * by piece. */
#include "codec/dict_pack.h"
#include "codec/dict_decode.h"
#include "codec/word_key.h"

#include <stdlib.h>

/* Chunks of a table; their code; and how many symbols pay for building one entry. */
enum { CHUNK_BITS = 12, CHUNK_BITS_WIDE = 16, CODE_BITS = 26, PAYS = 4 };

#ifdef __GNUC__
#define PACK_INLINE static inline __attribute__((always_inline))
#else
#define PACK_INLINE static inline
#endif

/* What is not yet a whole word of the stream, from the top. */
struct packer {
	uint64_t *out, rest;
	unsigned n_rest;
};

/* Appends the low n bits of v, 1 <= n <= 64; there is room for a word past the last bit. */
static inline void pack(struct packer *k, uint64_t v, unsigned n)
{
	const uint64_t high = v << (64 - n), over = high << 1 << (63 - k->n_rest);
	const unsigned n_new = k->n_rest + n;
	const uint64_t word = k->rest | high >> k->n_rest;
	uint64_t is_full = (uint64_t)0 - (n_new >> 6);

	KEEP(is_full); /* cannot be foreseen */
	*k->out = word;
	k->rest = (word & ~is_full) | (over & is_full);
	k->out += n_new / 64;
	k->n_rest = n_new % 64;
}

/* Full words of at most 62 bits; two in one go where they fit. Ranks are those of the words in
 * turn, or, where rank_of is not NULL, of each value of a word. Inlined with a constant group. */
PACK_INLINE void pack_words(struct packer *to, const uint16_t *v, const uint32_t *rank,
                            const uint32_t *rank_of, size_t n, const struct codec_params *p,
                            unsigned group, unsigned bits)
{
	struct packer copy = *to, *const k = &copy; /* which no store can change */
	const unsigned hit = bits_for_index(p->arg[0]) + 1, miss = group * bits + 1;
	const uint64_t flag = (uint64_t)1 << (hit - 1);
	const uint32_t entries = p->arg[0];
	const bool by_pairs = hit <= 32 && miss <= 32;
	uint64_t pair = 0;
	unsigned n_pair = 0;

	for (size_t j = 0; j < n; j++, v += group) {
		const uint64_t raw = group == 1 ? v[0] : key_pack(v, group, bits);
		const uint32_t r = rank_of ? rank_of[raw] : rank[j];
		uint64_t is_hit = (uint64_t)0 - (r < entries), code;
		unsigned length;

		KEEP(is_hit);
		length = miss + ((hit - miss) & (unsigned)is_hit);
		code = (is_hit & (flag | r)) | (raw & ~is_hit);

		pair = n_pair ? pair << length | code : code;
		n_pair += length;
		if (by_pairs && j % 2 == 0)
			continue;
		pack(k, pair, n_pair);
		n_pair = 0;
	}
	if (n_pair)
		pack(k, pair, n_pair);
	*to = copy;
}

/* The code and its length, in the lowest 5 bits, of each value of `chunk` symbols. */
static uint32_t *chunk_table(const struct word_table *few, const struct codec_params *p,
                             unsigned chunk, unsigned bits)
{
	const unsigned width = p->group * bits, hit = bits_for_index(p->arg[0]) + 1;
	const size_t n = (size_t)1 << chunk * bits, mask = ((size_t)1 << width) - 1;
	uint32_t *table = malloc(n * sizeof(*table));

	for (size_t i = 0; table && i < n; i++) {
		uint32_t code = 0, length = 0;

		for (unsigned at = chunk * bits; at > 0; at -= width) {
			const uint32_t raw = (uint32_t)(i >> (at - width) & mask);
			const uint32_t rank = few->rank_of[raw];
			const bool is_hit = rank < p->arg[0];
			const unsigned add = is_hit ? hit : width + 1;

			code = code << add | (is_hit ? (uint32_t)1 << (hit - 1) | rank : raw);
			length += add;
		}
		table[i] = code << 5 | length;
	}
	return table;
}

static unsigned code_longest(const struct codec_params *p, unsigned bits)
{
	const unsigned index_bits = bits_for_index(p->arg[0]), raw_bits = p->group * bits;

	return 1 + (index_bits > raw_bits ? index_bits : raw_bits);
}

/* Symbols of a chunk: one or several words. 0: a table would not pay, or is not possible. */
static unsigned chunk_of(const struct word_table *few, const struct codec_params *p, size_t n,
                         unsigned bits)
{
	const unsigned width = p->group * bits, longest = code_longest(p, bits);
	unsigned chunk = p->group;

	if (!few->rank_of || p->group > 2 || width > CHUNK_BITS_WIDE || longest > CODE_BITS)
		return 0;
	if (chunk == 1 && 2 * width <= CHUNK_BITS && 2 * longest <= CODE_BITS &&
	    n >= (size_t)PAYS << 2 * width)
		chunk = 2;
	return n >= (size_t)PAYS << chunk * bits ? chunk : 0;
}

/* Code and length of a chunk. */
static inline uint64_t chunk_code(const uint32_t *table, const uint16_t *v, unsigned chunk,
                                  unsigned bits)
{
	return table[chunk == 1 ? v[0] : (size_t)v[0] << bits | v[1]];
}

/* n chunks of constant size, by pairs or by fours. */
static inline void pack_chunks(struct packer *to, const uint32_t *table, const uint16_t *v,
                               size_t n, unsigned chunk, unsigned bits, bool by_fours)
{
	struct packer copy = *to, *const k = &copy;
	const unsigned step = by_fours ? 4 : 2;
	size_t i = 0;

	for (; i + step <= n; i += step, v += step * chunk) {
		const uint64_t a = chunk_code(table, v, chunk, bits);
		const uint64_t b = chunk_code(table, v + chunk, chunk, bits);
		uint64_t code = (a >> 5) << (b & 31) | b >> 5;
		unsigned length = (unsigned)((a & 31) + (b & 31));

		if (by_fours) {
			const uint64_t c = chunk_code(table, v + 2 * chunk, chunk, bits);
			const uint64_t d = chunk_code(table, v + 3 * chunk, chunk, bits);
			const unsigned after = (unsigned)((c & 31) + (d & 31));

			code = code << after | (c >> 5) << (d & 31) | d >> 5;
			length += after;
		}
		pack(k, code, length);
	}
	for (; i < n; i++, v += chunk) {
		const uint64_t a = chunk_code(table, v, chunk, bits);

		pack(k, a >> 5, a & 31);
	}
	*to = copy;
}

/* False: there is no memory for the table, or it would not pay. Chunks are whole words. */
static bool pack_by_table(struct packer *k, const struct word_table *few, const struct symbols *v,
                          const struct codec_params *p, size_t *n)
{
	const unsigned chunk = chunk_of(few, p, v->n, v->bits);
	uint32_t *table = chunk ? chunk_table(few, p, chunk, v->bits) : NULL;
	bool by_fours;

	if (!table)
		return false;
	by_fours = 4 * (chunk / p->group) * code_longest(p, v->bits) <= 64;
	if (chunk == 1 && by_fours)
		pack_chunks(k, table, v->v, v->n, 1, v->bits, true);
	else if (chunk == 1)
		pack_chunks(k, table, v->v, v->n, 1, v->bits, false);
	else if (by_fours)
		pack_chunks(k, table, v->v, v->n / 2, 2, v->bits, true);
	else
		pack_chunks(k, table, v->v, v->n / 2, 2, v->bits, false);
	free(table);
	*n = v->n / chunk * chunk / p->group;
	return true;
}

/* Words of a multiple of 4 symbols. */
static void pack_long(struct packer *to, const uint16_t *v, const uint32_t *rank, size_t n,
                      const struct codec_params *p, unsigned bits)
{
	struct packer copy = *to, *const k = &copy;
	const unsigned hit = bits_for_index(p->arg[0]) + 1, group = p->group;
	const unsigned step = bits <= 8 && group % 8 == 0 ? 8 : 4;

	for (size_t j = 0; j < n; j++, v += group) {
		if (rank[j] < p->arg[0]) {
			pack(k, (uint64_t)1 << (hit - 1) | rank[j], hit);
			continue;
		}
		pack(k, 0, 1);
		for (unsigned i = 0; i < group; i += step)
			pack(k, key_pack(v + i, step, bits), step * bits);
	}
	*to = copy;
}

static void pack_block(struct packer *k, const uint16_t *v, const uint32_t *rank, size_t n,
                       const struct codec_params *p, unsigned bits)
{
	if (p->group > 4)
		pack_long(k, v, rank, n, p, bits);
	else if (p->group == 1)
		pack_words(k, v, rank, NULL, n, p, 1, bits);
	else if (p->group == 2)
		pack_words(k, v, rank, NULL, n, p, 2, bits);
	else if (p->group == 4)
		pack_words(k, v, rank, NULL, n, p, 4, bits);
	else
		pack_words(k, v, rank, NULL, n, p, p->group, bits);
}

/* As pack_block(), for words of at most 4 symbols. */
static void pack_by_value(struct packer *k, const uint16_t *v, const uint32_t *rank_of, size_t n,
                          const struct codec_params *p, unsigned bits)
{
	if (p->group == 1)
		pack_words(k, v, NULL, rank_of, n, p, 1, bits);
	else if (p->group == 2)
		pack_words(k, v, NULL, rank_of, n, p, 2, bits);
	else if (p->group == 4)
		pack_words(k, v, NULL, rank_of, n, p, 4, bits);
	else
		pack_words(k, v, NULL, rank_of, n, p, p->group, bits);
}

size_t dict_pack_most(const struct word_table *few, const struct source *s,
                      const struct codec_params *p, size_t l, struct bit_writer *w)
{
	const struct symbols *layer = &s->layer[l];
	const bool is_long = p->group > 4;
	const size_t full = layer->n / p->group;
	struct packer k = { .out = w->words };
	uint32_t rank[WORDS_BLOCK];
	size_t done = 0, n;

	if (is_long ? p->group % 4 != 0 : p->group * s->bits > 62)
		return 0;
	if (!pack_by_table(&k, few, layer, p, &done) && few->rank_of && !is_long) {
		pack_by_value(&k, layer->v, few->rank_of, full, p, s->bits);
		done = full;
	}
	for (size_t i = done; i < full; i += n) {
		n = full - i < WORDS_BLOCK ? full - i : WORDS_BLOCK;
		words_rank_few(few, s->words, s, l, i, n, rank);
		pack_block(&k, layer->v + i * p->group, rank, n, p, s->bits);
	}
	w->n_bits = (size_t)(k.out - w->words) * 64 + k.n_rest;
	if (k.n_rest)
		*k.out = k.rest;
	return full;
}
