/* Three ways: by a table that holds the code of each value of a few symbols, where that is small
 * for the layer; by rank without branches, several words in one go, where a word fits a machine
 * word; and long words piece by piece. */
#include "codec/dict_pack.h"
#include "codec/dict_decode.h"
#include "codec/dict_index.h"
#include "codec/word_key.h"

#include <stdlib.h>

/* Chunks of a table; their code; how many symbols pay for building one entry; and how many words of
 * the dictionary a word of the layer pays for. */
enum { CHUNK_BITS = 12, CHUNK_BITS_WIDE = 16, CODE_BITS = 26, PAYS = 4, INDEX_PAYS = 4 };

enum { WORD_BITS = 64, SHORT_BITS = 62 };

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_BMI2 1
#endif
#ifdef __GNUC__
#define PACK_INLINE static inline __attribute__((always_inline))
#else
#define PACK_INLINE static inline
#endif

/* The low bits of x gathered from the places where mask has ones. Only for the way of BMI2. */
PACK_INLINE uint64_t extract(uint64_t x, uint64_t mask)
{
#ifdef HAS_BMI2
	uint64_t out;

	__asm__("pext %2, %1, %0" : "=r"(out) : "r"(x), "r"(mask));
	return out;
#else
	return x & mask;
#endif
}

/* As key_pack(). With `by_bmi2` symbols have at most 8 bits. */
PACK_INLINE uint64_t pack_raw(const uint16_t *v, unsigned n, unsigned bits, bool by_bmi2)
{
	const uint64_t one = ((uint64_t)1 << bits) - 1;
	uint64_t x = 0;

	if (n == 1)
		return v[0];
	if (by_bmi2 && n == 2) {
		uint32_t y;

		memcpy(&y, v, sizeof(y));
		return extract(y << 16 | y >> 16, one << 16 | one);
	}
	if (!by_bmi2 || n % 4)
		return key_pack(v, n, bits);
	for (unsigned i = 0; i < n; i += 4) { /* the upper bytes, once all are in reverse */
		uint64_t y;

		memcpy(&y, v + i, sizeof(y));
		y = extract(__builtin_bswap64(y), one * UINT64_C(0x0100010001000100));
		x = i ? x << 4 * bits | y : y;
	}
	return x;
}

/* What is not yet a whole word of the stream, from the top. */
struct packer {
	uint64_t *out, rest;
	unsigned n_rest;
};

/* Appends the low n bits of v, 1 <= n <= 64; there is room for a word past the last bit. */
PACK_INLINE void pack(struct packer *k, uint64_t v, unsigned n)
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

/* The code of a word and its length. */
struct word_code {
	unsigned hit, miss; /* bits */
	uint64_t flag;
	uint32_t entries;
};

static struct word_code word_code_of(const struct codec_params *p, unsigned bits)
{
	const unsigned index_bits = bits_for_index(p->arg[0]);

	return (struct word_code){ .hit = 1 + index_bits,
		                   .miss = 1 + p->group * bits,
		                   .flag = (uint64_t)1 << index_bits,
		                   .entries = p->arg[0] };
}

static unsigned longest_of(struct word_code s)
{
	return s.hit > s.miss ? s.hit : s.miss;
}

/* Full words of at most SHORT_BITS each. Ranks are those of the words in turn, or, where rank_of is
 * not NULL, of each value of a word. Inlined with a constant group, or any. */
struct short_words {
	const uint16_t *v;
	const uint32_t *rank, *rank_of;
	size_t n;
};

/* `step` words from word j on in one go. */
PACK_INLINE void pack_step(struct packer *k, const struct short_words *w, size_t j,
                           const struct word_code *s, unsigned group, unsigned bits, unsigned step,
                           bool by_bmi2)
{
	uint64_t codes = 0;
	unsigned length = 0;

#pragma GCC unroll 6
	for (unsigned i = 0; i < step; i++) {
		const uint64_t raw = pack_raw(w->v + (j + i) * group, group, bits, by_bmi2);
		const uint32_t r = w->rank_of ? w->rank_of[raw] : w->rank[j + i];
		uint64_t is_hit = (uint64_t)0 - (r < s->entries);
		unsigned one;

		KEEP(is_hit);
		one = s->miss + ((s->hit - s->miss) & (unsigned)is_hit);
		codes = (i ? codes << one : 0) | (is_hit & (s->flag | r)) | (raw & ~is_hit);
		length += one;
	}
	pack(k, codes, length);
}

PACK_INLINE void pack_words(struct packer *to, const struct short_words *w, struct word_code s,
                            unsigned group, unsigned bits, unsigned step, bool by_bmi2)
{
	const struct short_words words = *w;
	struct packer k = *to; /* which no store can change */
	size_t j = 0;

	for (; j + step <= words.n; j += step)
		pack_step(&k, &words, j, &s, group, bits, step, by_bmi2);
	for (; j < words.n; j++)
		pack_step(&k, &words, j, &s, group, bits, 1, by_bmi2);
	*to = k;
}

/* By the steps that are compiled. */
PACK_INLINE void pack_group(struct packer *to, const struct short_words *w, struct word_code s,
                            unsigned group, unsigned bits, bool by_bmi2)
{
	const unsigned step = WORD_BITS / longest_of(s);

	if (step >= 6)
		pack_words(to, w, s, group, bits, 6, by_bmi2);
	else if (step >= 3)
		pack_words(to, w, s, group, bits, 3, by_bmi2);
	else if (step == 2)
		pack_words(to, w, s, group, bits, 2, by_bmi2);
	else
		pack_words(to, w, s, group, bits, 1, by_bmi2);
}

/* The code and its length, in the lowest 5 bits, of each value of `chunk` symbols. */
static uint32_t *chunk_table(const uint32_t *rank_of, const struct codec_params *p, unsigned chunk,
                             unsigned bits)
{
	const unsigned width = p->group * bits, hit = bits_for_index(p->arg[0]) + 1;
	const size_t n = (size_t)1 << chunk * bits, mask = ((size_t)1 << width) - 1;
	uint32_t *table = malloc(n * sizeof(*table));

	for (size_t i = 0; table && i < n; i++) {
		uint32_t code = 0, length = 0;

		for (unsigned at = chunk * bits; at > 0; at -= width) {
			const uint32_t raw = (uint32_t)(i >> (at - width) & mask);
			const uint32_t rank = rank_of[raw];
			const bool is_hit = rank < p->arg[0];
			const unsigned add = is_hit ? hit : width + 1;

			code = code << add | (is_hit ? (uint32_t)1 << (hit - 1) | rank : raw);
			length += add;
		}
		table[i] = code << 5 | length;
	}
	return table;
}

/* Symbols of a chunk: one or several words. 0: a table would not pay, or is not possible. */
static unsigned chunk_of(const uint32_t *rank_of, const struct codec_params *p, size_t n,
                         unsigned bits)
{
	const unsigned width = p->group * bits, longest = longest_of(word_code_of(p, bits));
	unsigned chunk = p->group;

	if (!rank_of || p->group > 2 || width > CHUNK_BITS_WIDE || longest > CODE_BITS)
		return 0;
	if (chunk == 1 && 2 * width <= CHUNK_BITS && 2 * longest <= CODE_BITS &&
	    n >= (size_t)PAYS << 2 * width)
		chunk = 2;
	return n >= (size_t)PAYS << chunk * bits ? chunk : 0;
}

/* `step` chunks from v on. */
PACK_INLINE void pack_step_chunks(struct packer *k, const uint32_t *table, const uint16_t *v,
                                  unsigned chunk, unsigned bits, unsigned step, bool by_bmi2)
{
	uint64_t codes = 0;
	unsigned length = 0;

#pragma GCC unroll 6
	for (unsigned i = 0; i < step; i++) {
		const uint32_t x = table[pack_raw(v + i * chunk, chunk, bits, by_bmi2)];

		codes = codes << (x & 31) | x >> 5;
		length += x & 31;
	}
	pack(k, codes, length);
}

/* n chunks of constant size, `step` in one go. */
PACK_INLINE void pack_chunks(struct packer *to, const uint32_t *table, const uint16_t *v, size_t n,
                             unsigned chunk, unsigned bits, unsigned step, bool by_bmi2)
{
	struct packer k = *to;
	size_t j = 0;

	for (; j + step <= n; j += step, v += step * chunk)
		pack_step_chunks(&k, table, v, chunk, bits, step, by_bmi2);
	for (; j < n; j++, v += chunk)
		pack_step_chunks(&k, table, v, chunk, bits, 1, by_bmi2);
	*to = k;
}

PACK_INLINE void pack_chunked(struct packer *k, const uint32_t *table, const uint16_t *v, size_t n,
                              unsigned chunk, unsigned bits, unsigned longest, bool by_bmi2)
{
	if (6 * longest <= WORD_BITS)
		pack_chunks(k, table, v, n, chunk, bits, 6, by_bmi2);
	else if (4 * longest <= WORD_BITS)
		pack_chunks(k, table, v, n, chunk, bits, 4, by_bmi2);
	else
		pack_chunks(k, table, v, n, chunk, bits, 2, by_bmi2);
}

/* A piece of a long word: the low n bits of v, perhaps none. */
PACK_INLINE void pack_piece(struct packer *k, uint64_t v, unsigned n)
{
	const uint64_t high = v << 1 << (63 - n), over = high << 1 << (63 - k->n_rest);
	const unsigned n_new = k->n_rest + n;
	const uint64_t word = k->rest | high >> k->n_rest;
	uint64_t is_full = (uint64_t)0 - (n_new >> 6);

	KEEP(is_full);
	*k->out = word;
	k->rest = (word & ~is_full) | (over & is_full);
	k->out += n_new / 64;
	k->n_rest = n_new % 64;
}

/* Words of a multiple of 4 symbols of less than 16 bits, hit or not, without branches: pieces are
 * of `step` symbols, the first with the flag or the index. */
PACK_INLINE void pack_mixed(struct packer *to, const uint16_t *v, const uint32_t *rank, size_t n,
                            struct word_code s, unsigned group, unsigned bits, unsigned step,
                            bool by_bmi2)
{
	struct packer copy = *to, *const k = &copy;
	const unsigned piece = step * bits, first = 1 + piece;

	for (size_t j = 0; j < n; j++, v += group) {
		uint64_t is_hit = (uint64_t)0 - (rank[j] < s.entries);

		KEEP(is_hit);
		pack(k,
		     (is_hit & (s.flag | rank[j])) | (pack_raw(v, step, bits, by_bmi2) & ~is_hit),
		     first + ((s.hit - first) & (unsigned)is_hit));
		for (unsigned i = step; i < group; i += step)
			pack_piece(k, pack_raw(v + i, step, bits, by_bmi2) & ~is_hit,
			           piece & (unsigned)~is_hit);
	}
	*to = copy;
}

/* The same with a branch, for any words. */
PACK_INLINE void pack_either(struct packer *to, const uint16_t *v, const uint32_t *rank, size_t n,
                             struct word_code s, unsigned group, unsigned bits, unsigned step,
                             bool by_bmi2)
{
	struct packer copy = *to, *const k = &copy;

	for (size_t j = 0; j < n; j++, v += group) {
		if (rank[j] < s.entries) {
			pack(k, s.flag | rank[j], s.hit);
			continue;
		}
		pack(k, 0, 1);
		for (unsigned i = 0; i < group; i += step)
			pack(k, pack_raw(v + i, step, bits, by_bmi2), step * bits);
	}
	*to = copy;
}

/* What is packed, and how it is found. */
struct pack_job {
	struct packer *to;
	struct short_words w; /* or long ones, with ranks in turn */
	struct word_code s;
	unsigned group, bits;
	bool foreseen; /* nearly all words are hits, or nearly none */
	/* Words of a table: n chunks */
	const uint32_t *table;
	unsigned chunk;
};

PACK_INLINE void pack_long(const struct pack_job *j, unsigned group, bool by_bmi2)
{
	const unsigned bits = j->bits;

	if (group % 4)
		pack_either(j->to, j->w.v, j->w.rank, j->w.n, j->s, group, bits, 1, false);
	else if (group % 8 == 0 && bits <= 8 && (j->foreseen || bits == 8))
		pack_either(j->to, j->w.v, j->w.rank, j->w.n, j->s, group, bits, 8, by_bmi2);
	else if (group % 8 == 0 && bits < 8)
		pack_mixed(j->to, j->w.v, j->w.rank, j->w.n, j->s, group, bits, 8, by_bmi2);
	else
		pack_either(j->to, j->w.v, j->w.rank, j->w.n, j->s, group, bits, 4, by_bmi2);
}

PACK_INLINE void pack_job(const struct pack_job *j, bool by_bmi2)
{
	const unsigned group = j->group, bits = j->bits;
	const bool is_long = group * bits > SHORT_BITS ||
	                     (group % 4 == 0 && group > 4 && j->foreseen && !j->w.rank_of);

	if (j->table && j->chunk == 1)
		pack_chunked(j->to, j->table, j->w.v, j->w.n, 1, bits, longest_of(j->s), by_bmi2);
	else if (j->table)
		pack_chunked(j->to, j->table, j->w.v, j->w.n, 2, bits, 2 / group * longest_of(j->s),
		             by_bmi2);
	else if (is_long && group == 8)
		pack_long(j, 8, by_bmi2);
	else if (is_long && group == 16)
		pack_long(j, 16, by_bmi2);
	else if (is_long)
		pack_long(j, group, by_bmi2);
	else if (group == 1)
		pack_group(j->to, &j->w, j->s, 1, bits, by_bmi2);
	else if (group == 2)
		pack_group(j->to, &j->w, j->s, 2, bits, by_bmi2);
	else if (group == 4)
		pack_group(j->to, &j->w, j->s, 4, bits, by_bmi2);
	else if (group == 8)
		pack_group(j->to, &j->w, j->s, 8, bits, by_bmi2);
	else
		pack_group(j->to, &j->w, j->s, group, bits, false);
}

#ifdef HAS_BMI2
__attribute__((target("bmi,bmi2"))) static void pack_bmi2(const struct pack_job *j)
{
	if (j->bits > 8)
		pack_job(j, false);
	else
		pack_job(j, true);
}
#endif

static void pack_any(const struct pack_job *j)
{
#ifdef HAS_BMI2
	if (__builtin_cpu_supports("bmi2")) {
		pack_bmi2(j);
		return;
	}
#endif
	pack_job(j, false);
}

/* False: there is no memory for the table, or it would not pay. Chunks are whole words. */
static bool pack_by_table(struct pack_job *j, const struct word_table *t, const struct symbols *v,
                          const struct codec_params *p, size_t *done)
{
	const unsigned chunk = chunk_of(t->rank_of, p, v->n, v->bits);
	uint32_t *table = chunk ? chunk_table(t->rank_of, p, chunk, v->bits) : NULL;

	if (!table)
		return false;
	j->table = table;
	j->chunk = chunk;
	j->w.n = v->n / chunk;
	pack_any(j);
	free(table);
	j->table = NULL;
	*done = v->n / chunk * chunk / p->group;
	return true;
}

/* Ranks by the index, which is NULL where all ranks are to be looked up. */
static void pack_blocks(const struct pack_job *j, const struct dict_index *index,
                        const struct word_table *few, const struct source *s, size_t l, size_t full)
{
	const uint16_t *const v = j->w.v;
	struct pack_job block = *j;
	uint32_t rank[WORDS_BLOCK];

	block.w.rank = rank;
	for (size_t i = 0; i < full; i += block.w.n) {
		block.w.n = full - i < WORDS_BLOCK ? full - i : WORDS_BLOCK;
		block.w.v = v + i * block.group;
		if (index)
			dict_index_find(index, block.w.v, block.w.n, rank);
		else
			words_rank_few(few, s->words, s, l, i, block.w.n, rank);
		pack_any(&block);
	}
}

/* All full words, each looked up in a table of hashes. */
static enum status pack_by_hash(struct pack_job *j, const struct source *s,
                                const struct codec_params *p, size_t l, size_t full, struct err *e)
{
	const struct word_table *t = words_table(s->words, l);
	const uint32_t n = (uint32_t)(t->n_ranks < p->arg[0] ? t->n_ranks : p->arg[0]);
	struct word_table few;
	struct dict_index index;
	enum status rc = ST_OK;

	if (n / INDEX_PAYS > full) {
		pack_blocks(j, NULL, t, s, l, full);
	} else if (n <= DICT_INDEX_MOST) {
		if (!dict_index_make(&index, t->symbol, n, p->group))
			return err_nomem(e);
		pack_blocks(j, &index, NULL, s, l, full);
		dict_index_release(&index);
	} else {
		rc = words_few(&few, s->words, s, l, p->arg[0], e);
		if (!rc) {
			pack_blocks(j, NULL, &few, s, l, full);
			words_few_release(&few);
		}
	}
	return rc;
}

/* As flags_foreseen() of the decoder. */
static bool is_foreseen(const struct source *s, const struct codec_params *p, size_t l)
{
	const size_t words = s->words->layer_words[l], hits = words_hits(s->words, l, p->arg[0]);

	return hits <= words / DICT_SELDOM || words - hits <= words / DICT_SELDOM;
}

enum status dict_pack(const struct source *s, const struct codec_params *p, size_t l,
                      struct bit_writer *w, size_t *done, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	const struct word_table *t = words_table(s->words, l);
	const size_t full = layer->n / p->group;
	struct packer k = { .out = w->words };
	struct pack_job j = {
		.to = &k,
		.w = {.v = layer->v, .rank_of = t->rank_of, .n = full},
		.s = word_code_of(p, s->bits),
		.group = p->group,
		.bits = s->bits,
		.foreseen = is_foreseen(s, p, l)
	};
	enum status rc = ST_OK;

	*done = full;
	if (!t->rank_of)
		rc = pack_by_hash(&j, s, p, l, full, e);
	else if (!pack_by_table(&j, t, layer, p, done) && p->group * s->bits <= SHORT_BITS)
		pack_any(&j);
	w->n_bits = (size_t)(k.out - w->words) * 64 + k.n_rest;
	if (k.n_rest)
		*k.out = k.rest;
	return rc;
}
