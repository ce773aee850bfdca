/* Bitmask dictionary: a word that differs from an entry in one or two places of two neighbouring
 * bits is sent as the entry's index and what to flip (Seong and Mishra, IEEE TCAD 27(4), 2008; Basu
 * and Mishra, IEEE TVLSI 18, 2010). Masks are the 2-bit fully sliding ones of the authors' tool;
 * entries are the most frequent words, their frequency-based selection.
 *
 * A word of W = G x b bits is sent as the shortest of
 *   1   W raw bits
 *   01  index                        it is an entry
 *   000 mask, index                  one mask away (00 where `masks` is 1: there is no other count)
 *   001 mask, mask, index            two masks away
 * where a mask is the place of its first bit from the left, ceil(log2(W - 1)) bits, and its two
 * bits, which are added to the entry without carry, and an index has ceil(log2 D) bits. The papers
 * write the number of masks as a field of fixed width; this prefix is never longer. */
#include "codec/dictionary.h"
#include "codec/word_table.h"

#include <stdlib.h>
#include <string.h>

/* How a word is sent; the first three are also how many masks it takes. */
enum kind { EXACT, MASK1, MASK2, RAW, N_KINDS };

enum { MAX_LIMBS = CODEC_MAX_GROUP * 16 / 64, MAX_ENTRIES = 4096 };

struct format {
	unsigned width, limbs; /* of a word, in bits and in 64-bit limbs */
	unsigned index_bits, place_bits;
	unsigned max_masks;
	size_t cost[N_KINDS]; /* bits in all */
	unsigned most;        /* masks that are still shorter than raw */
	bool exact;           /* whether an index alone is */
};

struct match {
	enum kind kind;
	uint32_t index;
};

/* Finds the best entry for words; each ranked word is searched for once. */
struct matcher {
	struct format f;
	const struct word_table *t;
	uint32_t used;   /* entries that hold words */
	uint64_t *entry; /* used x limbs, the first bit of the word is the top bit of its first limb
	                  */
	uint16_t *known; /* per rank: 0 not yet searched, else 1 + index x N_KINDS + kind */
};

static struct format format_of(const struct codec_params *p, unsigned bits)
{
	struct format f = { .width = p->group * bits, .max_masks = p->arg[1] };
	size_t mask;

	f.limbs = (f.width + 63) / 64;
	f.index_bits = bits_for_index(p->arg[0]);
	f.place_bits = bits_for_index(f.width - 1);
	mask = f.place_bits + 2;
	f.cost[RAW] = 1 + f.width;
	f.cost[EXACT] = 2 + f.index_bits;
	f.cost[MASK1] = (f.max_masks == 1 ? 2 : 3) + mask + f.index_bits;
	f.cost[MASK2] = 3 + 2 * mask + f.index_bits;
	f.exact = f.cost[EXACT] < f.cost[RAW];
	while (f.most < f.max_masks && f.cost[EXACT + f.most + 1] < f.cost[RAW])
		f.most++;
	return f;
}

static void pack(const uint16_t *symbols, unsigned group, unsigned bits, unsigned limbs,
                 uint64_t *out)
{
	struct bit_writer w = bit_writer_on(out, (size_t)limbs * 64);

	memset(out, 0, limbs * sizeof(*out));
	bits_put_run(&w, symbols, group, bits);
}

/* The first mask from the left that is not 0, cleared in x: its place and its two bits. A mask
 * never starts at the word's last bit. */
static unsigned take_mask(uint64_t *x, const struct format *f, unsigned *place)
{
	unsigned i = 0, at, pattern;

	while (!x[i])
		i++;
	at = i * 64 + (unsigned)__builtin_clzll(x[i]);
	*place = at < f->width - 1 ? at : f->width - 2;
	pattern = (unsigned)(x[*place / 64] >> (63 - *place % 64)) << 1 & 2;
	pattern |= (unsigned)(x[(*place + 1) / 64] >> (63 - (*place + 1) % 64)) & 1;
	for (unsigned j = *place; j < *place + 2; j++)
		x[j / 64] &= ~((uint64_t)1 << (63 - j % 64));
	return pattern;
}

/* How many masks make a of b, at most 3. From one end on, greedily: no fewer would do. */
static unsigned masks_between(const uint64_t *a, const uint64_t *b, unsigned limbs)
{
	unsigned masks = 0;
	bool over = false; /* the last mask reaches into this limb */

	for (unsigned i = 0; i < limbs; i++) {
		uint64_t x = a[i] ^ b[i];

		if (over)
			x &= ~(uint64_t)0 >> 1;
		over = false;
		for (; x; masks++) {
			uint64_t top = (uint64_t)1 << (63 - __builtin_clzll(x));

			if (masks == 2)
				return 3;
			over = top == 1;
			x &= ~(top | top >> 1);
		}
	}
	return masks;
}

/* The entry that takes the fewest masks, the most frequent of these. */
static struct match search(const struct matcher *m, const uint64_t *word)
{
	const unsigned limbs = m->f.limbs;
	struct match best = { RAW, 0 };
	unsigned fewest = m->f.most + 1;

	for (uint32_t i = 0; i < m->used && fewest > 1; i++) {
		unsigned masks;

		if (limbs == 1) {
			/* The same from the other end, without branches: most entries fail. */
			uint64_t x = word[0] ^ m->entry[i], low = x & (~x + 1), y;

			x &= ~(low | low << 1);
			low = x & (~x + 1);
			y = x & ~(low | low << 1);
			if (y)
				continue;
			masks = x ? 2 : 1;
		} else {
			masks = masks_between(word, m->entry + (size_t)i * limbs, limbs);
		}
		if (masks < fewest) {
			best = (struct match){ (enum kind)(EXACT + masks), i };
			fewest = masks;
		}
	}
	return best;
}

/* Best match of a word; v are its symbols. */
static struct match match(const struct matcher *m, const struct words *w, unsigned bits,
                          uint32_t rank, const uint16_t *v)
{
	uint64_t word[MAX_LIMBS];
	struct match found = { RAW, 0 };

	if (rank < m->used)
		return (struct match){ m->f.exact ? EXACT : RAW, rank };
	if (rank < m->t->n_ranks && m->known[rank]) {
		uint16_t k = m->known[rank] - 1;

		return (struct match){ (enum kind)(k % N_KINDS), k / N_KINDS };
	}
	if (m->f.most) {
		pack(v, w->group, bits, m->f.limbs, word);
		found = search(m, word);
	}
	if (rank < m->t->n_ranks)
		m->known[rank] = (uint16_t)(1 + found.index * N_KINDS + found.kind);
	return found;
}

static void matcher_release(struct matcher *m)
{
	free(m->entry);
	free(m->known);
}

static enum status matcher_make(struct matcher *m, const struct word_table *t,
                                const struct codec_params *p, unsigned bits, struct err *e)
{
	*m = (struct matcher){ .f = format_of(p, bits), .t = t };
	m->used = p->arg[0] < t->n_ranks ? p->arg[0] : (uint32_t)t->n_ranks;
	m->entry = malloc(((size_t)m->used * m->f.limbs + 1) * sizeof(*m->entry));
	m->known = calloc(t->n_ranks + 1, sizeof(*m->known));
	if (!m->entry || !m->known) {
		matcher_release(m);
		return err_nomem(e);
	}
	for (uint32_t i = 0; i < m->used; i++)
		pack(t->symbol + (size_t)i * p->group, p->group, bits, m->f.limbs,
		     m->entry + (size_t)i * m->f.limbs);
	return ST_OK;
}

static size_t stream_bits(const struct matcher *m, const struct source *s, size_t l)
{
	const struct word_scope scope = { .layer = s->layer,
		                          .tail = s->words->tail,
		                          .n_layers = s->n_layers,
		                          .group = s->words->group,
		                          .bits = s->bits };
	uint32_t rank[WORDS_BLOCK];
	size_t n_bits = 0;

	for (size_t i = 0; i < s->words->layer_words[l]; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n; j++)
			n_bits += m->f.cost[match(m, s->words, s->bits, rank[j],
			                          word_at(&scope, l, i + j))
			                            .kind];
	}
	return n_bits;
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	struct matcher m = { 0 };
	enum status rc = ST_OK;

	dictionary_sizes(s, p, out);
	for (size_t l = 0; l < s->n_layers && !rc; l++) {
		const struct word_table *t = words_table(s->words, l);

		if (t != m.t) {
			matcher_release(&m);
			rc = matcher_make(&m, t, p, s->bits, e);
		}
		if (!rc)
			out->layer_bits[l] = stream_bits(&m, s, l);
		symbols_rest(&s->layer[l]);
	}
	if (!rc)
		matcher_release(&m);
	return rc;
}

/* The masks between a word and its entry, then the index. */
static void put_match(struct bit_writer *w, const struct matcher *m, struct match found,
                      const uint64_t *word)
{
	const struct format *f = &m->f;
	const uint64_t *entry = m->entry + (size_t)found.index * f->limbs;
	uint64_t x[MAX_LIMBS];

	bits_put(w, found.kind == EXACT, 2);
	if (found.kind != EXACT && f->max_masks > 1)
		bits_put(w, found.kind == MASK2, 1);
	for (unsigned i = 0; i < f->limbs && found.kind != EXACT; i++)
		x[i] = word[i] ^ entry[i];
	for (unsigned k = EXACT; k < found.kind; k++) {
		unsigned place, pattern = take_mask(x, f, &place);

		bits_put(w, place, f->place_bits);
		bits_put(w, pattern, 2);
	}
	bits_put(w, found.index, f->index_bits);
}

static void put_words(struct bit_writer *w, const struct matcher *m, const struct source *s,
                      size_t l)
{
	const struct word_scope scope = { .layer = s->layer,
		                          .tail = s->words->tail,
		                          .n_layers = s->n_layers,
		                          .group = s->words->group,
		                          .bits = s->bits };
	uint32_t rank[WORDS_BLOCK];
	uint64_t word[MAX_LIMBS] = { 0 };

	for (size_t i = 0; i < s->words->layer_words[l]; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n; j++) {
			const uint16_t *v = word_at(&scope, l, i + j);
			struct match found = match(m, s->words, s->bits, rank[j], v);

			if (found.kind == RAW) {
				bits_put(w, 1, 1);
				bits_put_run(w, v, scope.group, s->bits);
				continue;
			}
			if (found.kind != EXACT)
				pack(v, scope.group, s->bits, m->f.limbs, word);
			put_match(w, m, found, word);
		}
	}
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct word_table *t = words_table(s->words, l);
	struct matcher m;
	struct bit_writer w;
	size_t cap;
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = dictionary_put(t, p, s->bits, DICTIONARY_ALL, &c->table, e);
	if (!rc)
		rc = matcher_make(&m, t, p, s->bits, e);
	if (rc)
		return rc;
	cap = s->words->layer_words[l] * m.f.cost[RAW]; /* no word is longer */
	rc = bit_string_alloc(&c->stream, cap, e);
	if (!rc) {
		w = bit_writer_on(c->stream.words, cap);
		put_words(&w, &m, s, l);
		c->stream.n_bits = w.n_bits;
	}
	matcher_release(&m);
	return rc;
}

/* One word of G symbols. False: there is no such code. */
static bool get_word(struct bit_reader *r, const struct format *f, const uint16_t *dictionary,
                     const struct codec_params *p, unsigned bits, uint16_t *word)
{
	unsigned masks = 0;
	size_t index;
	uint32_t flip[2], at[2];

	if (bits_get(r, 1)) {
		bits_get_run(r, word, p->group, bits);
		return !r->fail;
	}
	if (!bits_get(r, 1))
		masks = f->max_masks > 1 ? 1 + (unsigned)bits_get(r, 1) : 1;
	for (unsigned k = 0; k < masks; k++) {
		at[k] = (uint32_t)bits_get(r, f->place_bits);
		flip[k] = (uint32_t)bits_get(r, 2);
		if (at[k] > f->width - 2)
			return false;
	}
	index = bits_get(r, f->index_bits);
	if (r->fail || index >= p->arg[0])
		return false;
	memcpy(word, dictionary + index * p->group, p->group * sizeof(*word));
	for (unsigned k = 0; k < masks; k++)
		for (unsigned i = 0; i < 2; i++) {
			uint32_t bit = at[k] + i;

			word[bit / bits] ^=
			        (uint16_t)((flip[k] >> (1 - i) & 1) << (bits - 1 - bit % bits));
		}
	return true;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const struct format f = format_of(p, bits);
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	uint16_t *dictionary, word[CODEC_MAX_GROUP];
	bool ok = true;
	enum status rc = dictionary_get(dictionary_of(c, p), p, bits, &dictionary, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && ok; i += p->group) {
		size_t take = n - i < p->group ? n - i : p->group;

		ok = get_word(&r, &f, dictionary, p, bits, word);
		if (ok)
			memcpy(v + i, word, take * sizeof(*v));
		for (size_t j = take; j < p->group && ok; j++)
			ok = word[j] == 0;
	}
	free(dictionary);
	if (!ok || r.pos != r.n_bits)
		return err_set(e, ST_DATA, "bitmask stream: damaged near bit %zu", r.pos);
	return ST_OK;
}

const struct codec codec_bitmask = {
	.name = "bitmask",
	.help = "ENTRIES most frequent words by index, with up to MASKS differences of two bits",
	.family = "dictionary",
	.source =
	        "Seong and Mishra, Bitmask-Based Code Compression, IEEE TCAD 27(4), 2008; Basu and "
	        "Mishra, IEEE TVLSI 18, 2010",
	.arg = {{ "entries", 1, MAX_ENTRIES, 0 }, { "masks", 1, 2, 2 }},
	.uses_words = true,
	.all_ranks = true,
	.uses_scope = true,
	.uses_order = true,
	.sizes = sizes,
	.encode_shared = dictionary_put_shared,
	.encode = encode,
	.decode = decode,
};
