/* Three ways: by a table that holds the code of each value of a few symbols, where that is small
 * for the layer; by rank without branches, several words in one go, where a word fits a machine
 * word; and long words piece by piece. */
#include "codec/dict_pack.h"
#include "base/clones.h"
#include "codec/branchless.h"
#include "codec/dict_decode.h"
#include "codec/dict_index.h"
#include "codec/word_key.h"

#include <stdlib.h>

/* Chunks of a table; their code; how many symbols pay for building one entry; and how many words of
 * the dictionary a word of the layer pays for. */
enum { CHUNK_BITS = 12, CODE_BITS = 26, PAYS = 4, INDEX_PAYS = 4 };

enum { WORD_BITS = 64, SHORT_BITS = 62, PACK_BLOCK = 256 };

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_BMI2 1
#endif
#ifdef __GNUC__
#define PACK_INLINE static inline __attribute__((always_inline))
#else
#define PACK_INLINE static inline
#endif

/* A choice without a branch: by a mask, all ones or none. */
PACK_INLINE uint64_t choose(uint64_t mask, uint64_t yes, uint64_t no)
{
	return no ^ ((yes ^ no) & mask);
}

/* All ones if a < b; the compiler may not turn what depends on it into a branch. Both < 2^63. */
PACK_INLINE uint64_t mask_less(uint64_t a, uint64_t b)
{
	uint64_t mask = (uint64_t)0 - ((a - b) >> 63);

	KEEP(mask);
	return mask;
}

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

/* As key_pack(), of 1 symbol or a multiple of 4; with `by_bmi2` they have at most 8 bits. */
PACK_INLINE uint64_t pack_raw(const uint16_t *v, unsigned n, unsigned bits, bool by_bmi2)
{
	const uint64_t one = ((uint64_t)1 << bits) - 1;
	uint64_t x = 0;

	if (n == 1)
		return v[0];
	if (!by_bmi2)
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

/* Appends the top n bits of v, which has no others; there is room for a word past the last bit.
 * Whether a word of the stream is full cannot be foreseen, hence no branch. */
PACK_INLINE void pack_top(struct packer *k, uint64_t v, unsigned n)
{
	const unsigned n_new = k->n_rest + n;
	const uint64_t word = k->rest | v >> k->n_rest;
	const uint64_t over = v << 1 << (~k->n_rest & 63);

	*k->out = word;
	k->rest = pick(n_new / 64, over, word);
	k->out += n_new / 64;
	k->n_rest = n_new % 64;
}

/* The low n bits of v, which has no others, n <= 64. */
PACK_INLINE void pack(struct packer *k, uint64_t v, unsigned n)
{
	pack_top(k, v << (-n & 63), n);
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

/* Codes of a block of words of at most SHORT_BITS, from the top: first as plain loops, which become
 * vectors, then one after the other into the stream. */
struct codes {
	uint64_t code[PACK_BLOCK], length[PACK_BLOCK];
	size_t n;
};

/* Inlined with a constant group, or any. */
static inline void make_raw(struct codes *c, const uint16_t *v, unsigned group, unsigned bits)
{
	for (size_t j = 0; j < c->n; j++)
		c->code[j] = key_pack(v + j * group, group, bits);
}

/* The words as numbers. */
CLONES static void codes_raw(struct codes *c, const uint16_t *v, unsigned group, unsigned bits)
{
	if (group == 1)
		make_raw(c, v, 1, bits);
	else if (group == 2)
		make_raw(c, v, 2, bits);
	else if (group == 4)
		make_raw(c, v, 4, bits);
	else if (group == 8)
		make_raw(c, v, 8, bits);
	else
		make_raw(c, v, group, bits);
}

/* And then as codes. */
CLONES static void codes_make(struct codes *c, const uint32_t *rank, struct word_code s)
{
	for (size_t j = 0; j < c->n; j++) {
		const bool is_hit = rank[j] < s.entries;

		c->code[j] = is_hit ? (s.flag | rank[j]) << (WORD_BITS - s.hit)
		                    : c->code[j] << (WORD_BITS - s.miss);
		c->length[j] = is_hit ? s.hit : s.miss;
	}
}

/* Every `each` codes as one. Inlined with a constant. */
static inline void join(struct codes *restrict to, const struct codes *restrict from, size_t each)
{
	const size_t whole = from->n / each;

	for (size_t j = 0; j < whole; j++) {
		uint64_t code = from->code[each * j], length = from->length[each * j];

		for (size_t k = each * j + 1; k < each * (j + 1); k++) {
			code |= from->code[k] >> length;
			length += from->length[k];
		}
		to->code[j] = code;
		to->length[j] = length;
	}
	to->n = whole;
	for (size_t k = each * whole; k < from->n; k++) {
		to->code[to->n] = from->code[k];
		to->length[to->n++] = from->length[k];
	}
}

CLONES static void codes_join(struct codes *restrict to, const struct codes *restrict from,
                              unsigned each)
{
	if (each == 3)
		join(to, from, 3);
	else
		join(to, from, 2);
}

PACK_INLINE void pack_codes(struct packer *to, const struct codes *c)
{
	struct packer k = *to; /* which no store can change */

	for (size_t j = 0; j < c->n; j++)
		pack_top(&k, c->code[j], (unsigned)c->length[j]);
	*to = k;
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

	if (!rank_of || p->group > 2 || width > CHUNK_BITS || longest > CODE_BITS)
		return 0;
	if (chunk == 1 && 2 * width <= CHUNK_BITS && 2 * longest <= CODE_BITS &&
	    n >= (size_t)PAYS << 2 * width)
		chunk = 2;
	return n >= (size_t)PAYS << chunk * bits ? chunk : 0;
}

/* `step` chunks from v on. */
PACK_INLINE void pack_some(struct packer *k, const uint32_t *table, const uint16_t *v,
                           unsigned chunk, unsigned bits, unsigned step)
{
	uint64_t codes = 0;
	unsigned length = 0;

#pragma GCC unroll 6
	for (unsigned i = 0; i < step; i++) {
		const uint32_t x = table[key_pack(v + i * chunk, chunk, bits)];

		codes = codes << (x & 31) | x >> 5;
		length += x & 31;
	}
	pack(k, codes, length);
}

/* n chunks of constant size, `step` in one go. */
PACK_INLINE void pack_chunks(struct packer *to, const uint32_t *table, const uint16_t *v, size_t n,
                             unsigned chunk, unsigned bits, unsigned step)
{
	struct packer k = *to;
	size_t j = 0;

	for (; j + step <= n; j += step, v += step * chunk)
		pack_some(&k, table, v, chunk, bits, step);
	for (; j < n; j++, v += chunk)
		pack_some(&k, table, v, chunk, bits, 1);
	*to = k;
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
		const uint64_t is_hit = mask_less(rank[j], s.entries);

		pack(k, choose(is_hit, s.flag | rank[j], pack_raw(v, step, bits, by_bmi2)),
		     (unsigned)choose(is_hit, s.hit, first));
		for (unsigned i = step; i < group; i += step)
			pack(k, choose(is_hit, 0, pack_raw(v + i, step, bits, by_bmi2)),
			     (unsigned)choose(is_hit, 0, piece));
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

/* What is packed, in one of three ways. */
struct pack_job {
	struct packer *to;
	const uint16_t *v;
	size_t n; /* words, or chunks */
	struct word_code s;
	unsigned group, bits;
	bool foreseen;             /* nearly all words are hits, or nearly none */
	const uint32_t *table;     /* of chunks */
	unsigned chunk;            /* symbols */
	const struct codes *codes; /* of short words */
	const uint32_t *rank;      /* of long ones */
};

PACK_INLINE void pack_table(const struct pack_job *j, unsigned chunk)
{
	const unsigned longest = j->chunk / j->group * longest_of(j->s);

	if (6 * longest <= WORD_BITS)
		pack_chunks(j->to, j->table, j->v, j->n, chunk, j->bits, 6);
	else if (4 * longest <= WORD_BITS)
		pack_chunks(j->to, j->table, j->v, j->n, chunk, j->bits, 4);
	else
		pack_chunks(j->to, j->table, j->v, j->n, chunk, j->bits, 2);
}

PACK_INLINE void pack_long(const struct pack_job *j, unsigned group, bool by_bmi2)
{
	const unsigned bits = j->bits;

	if (group % 4)
		pack_either(j->to, j->v, j->rank, j->n, j->s, group, bits, 1, by_bmi2);
	else if (group % 8 || bits > 8)
		pack_either(j->to, j->v, j->rank, j->n, j->s, group, bits, 4, by_bmi2);
	else if (j->foreseen || bits == 8)
		pack_either(j->to, j->v, j->rank, j->n, j->s, group, bits, 8, by_bmi2);
	else
		pack_mixed(j->to, j->v, j->rank, j->n, j->s, group, bits, 8, by_bmi2);
}

PACK_INLINE void pack_any(const struct pack_job *j, bool by_bmi2)
{
	if (j->table && j->chunk == 1)
		pack_table(j, 1);
	else if (j->table)
		pack_table(j, 2);
	else if (j->codes)
		pack_codes(j->to, j->codes);
	else if (j->group == 8)
		pack_long(j, 8, by_bmi2);
	else if (j->group == 16)
		pack_long(j, 16, by_bmi2);
	else
		pack_long(j, j->group, by_bmi2);
}

#ifdef HAS_BMI2
__attribute__((target("bmi,bmi2"))) static void pack_bmi2(const struct pack_job *j)
{
	pack_any(j, true);
}
#endif

static void pack_best(const struct pack_job *j)
{
#ifdef HAS_BMI2
	if (__builtin_cpu_supports("bmi2") && j->bits <= 8) {
		pack_bmi2(j);
		return;
	}
#endif
	pack_any(j, false);
}

/* Ranks by word value, by an index, or as words_rank_few(). */
struct finder {
	const uint32_t *rank_of;
	struct dict_index index;
	struct word_table few;
	bool has_index;
};

/* An index where the layer is large enough to pay for it. */
static enum status finder_make(struct finder *f, const struct source *s,
                               const struct codec_params *p, size_t l, struct err *e)
{
	const struct word_table *t = words_table(s->words, l);
	const size_t n = t->n_ranks < p->arg[0] ? t->n_ranks : p->arg[0];

	*f = (struct finder){ .rank_of = t->rank_of, .few = *t };
	if (t->rank_of || n / INDEX_PAYS > s->words->layer_words[l])
		return ST_OK;
	if (n > DICT_INDEX_MOST)
		return words_few(&f->few, s->words, s, l, p->arg[0], e);
	f->has_index = dict_index_make(&f->index, t->symbol, (uint32_t)n, p->group);
	return f->has_index ? ST_OK : err_nomem(e);
}

static void finder_release(struct finder *f)
{
	dict_index_release(&f->index);
	words_few_release(&f->few);
}

/* All full words in blocks. */
static void pack_blocks(struct pack_job *j, const struct finder *f, const struct source *s,
                        size_t l, size_t full)
{
	const bool is_short =
	        j->group * j->bits <= SHORT_BITS && (j->group < 8 || !j->foreseen || f->rank_of);
	struct codes codes[2], *c = codes, *joined = codes + 1;
	uint32_t rank[PACK_BLOCK];

	for (size_t i = 0; i < full; i += j->n, j->v += j->n * j->group) {
		j->n = c->n = full - i < PACK_BLOCK ? full - i : PACK_BLOCK;
		if (is_short)
			codes_raw(c, j->v, j->group, j->bits);
		if (f->rank_of)
			for (size_t k = 0; k < j->n; k++)
				rank[k] = f->rank_of[c->code[k]];
		else if (f->has_index)
			dict_index_find(&f->index, j->v, j->n, rank);
		else
			words_rank_few(&f->few, s->words, s, l, i, j->n, rank);
		if (is_short)
			codes_make(c, rank, j->s);
		for (unsigned fit = WORD_BITS / longest_of(j->s); is_short && fit > 1;) {
			const unsigned each = fit == 3 ? 3 : 2;

			codes_join(joined, c, each);
			c = joined;
			joined = c == codes ? codes + 1 : codes;
			fit /= each;
		}
		j->codes = is_short ? c : NULL;
		j->rank = rank;
		pack_best(j);
	}
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
	j->n = v->n / chunk;
	pack_best(j);
	free(table);
	*done = v->n / chunk * chunk / p->group;
	return true;
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
	struct packer k = { .out = w->words };
	struct pack_job j = { .to = &k,
		              .v = layer->v,
		              .s = word_code_of(p, s->bits),
		              .group = p->group,
		              .bits = s->bits,
		              .foreseen = is_foreseen(s, p, l) };
	struct finder f;
	enum status rc = ST_OK;

	*done = layer->n / p->group;
	if (!pack_by_table(&j, words_table(s->words, l), layer, p, done)) {
		rc = finder_make(&f, s, p, l, e);
		if (!rc) {
			pack_blocks(&j, &f, s, l, *done);
			finder_release(&f);
		}
	}
	w->n_bits = (size_t)(k.out - w->words) * 64 + k.n_rest;
	if (k.n_rest)
		*k.out = k.rest;
	return rc;
}
