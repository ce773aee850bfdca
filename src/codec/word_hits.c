/* How often each layer has each ranked word, from the words laid out in parts. */
#include "codec/word_counter.h"

#include "base/bits.h"
#include "base/clones.h"

/* The ranked words, each where the top bits of h say. */
static enum status index_ranks(const struct counter *c, struct word_table *t, struct arena *a,
                               struct err *e)
{
	const struct word_scope *s = c->s;
	struct word_slot *slot;

	t->slot_bits = bits_for_index(2 * t->n_ranks + 2);
	t->slot = slot = ARENA_NEW(a, struct word_slot, (size_t)1 << t->slot_bits);
	if (!slot)
		return err_nomem(e);
	for (size_t r = 0; r < t->n_ranks; r++) {
		uint64_t key[2] = { 0 };
		size_t at;

		key_make(c->kind, t->symbol + r * s->group, s->group, s->bits, key);
		for (at = part_of(key[0], t->slot_bits); slot[at].rank;)
			at = (at + 1) & (((size_t)1 << t->slot_bits) - 1);
		slot[at] = (struct word_slot){
			{key[0], key[1]},
                        (uint32_t)r + 1
		};
	}
	return ST_OK;
}

/* A ranked word. */
struct sought {
	uint64_t key[2];
	uint32_t rank, next; /* next: of the same part, + 1 */
	uint32_t same;       /* another one of the same tag, + 1 */
};

/* Ranked words of each part: first[k] is the first one + 1. Those of the part at hand by a tag, the
 * bits of their hash below those of the part: tag[] is the first one + 1. Most words have a tag
 * that nobody has, which a small table in the cache tells. */
struct seeker {
	struct sought *word;
	uint32_t *first, *tag;
	unsigned part_bits, tag_bits;
};

enum { FEWEST_TAGS = 10, MOST_TAGS = 14, SPARSE = 16, FEW = 12 };

static enum status seek_ranks(struct seeker *q, const struct word_parts *p, const struct counter *c,
                              const struct word_table *t, struct err *e)
{
	const struct word_scope *s = c->s;
	const size_t n_parts = (size_t)1 << p->bits, words = t->n_ranks * sizeof(*q->word);
	const unsigned tags = bits_for_index(SPARSE * (t->n_ranks / n_parts + 1));
	char *room;

	q->part_bits = p->bits;
	q->tag_bits = tags < FEWEST_TAGS ? FEWEST_TAGS : tags > MOST_TAGS ? MOST_TAGS : tags;
	room = room_zeroed(c->room, ROOM_RANKED,
	                   words + (n_parts + ((size_t)1 << q->tag_bits)) * sizeof(*q->first));
	if (!room)
		return err_nomem(e);
	q->word = (struct sought *)(void *)room;
	q->first = (uint32_t *)(void *)(room + words);
	q->tag = q->first + n_parts;
	for (size_t r = t->n_ranks; r-- > 0;) {
		struct sought *x = &q->word[r];
		size_t k;

		if (c->kind != KEY_FAR && !(c->best[r].high | c->best[r].low))
			continue; /* the zero word is in no part */
		key_make(c->kind, t->symbol + r * s->group, s->group, s->bits, x->key);
		if (p->narrow)
			x->key[0] = (uint64_t)key_mix_narrow((uint32_t)c->best[r].low,
			                                     s->group * s->bits)
			            << 32;
		x->rank = (uint32_t)r;
		k = part_of(x->key[0], p->bits);
		x->next = q->first[k];
		q->first[k] = (uint32_t)r + 1;
	}
	return ST_OK;
}

static inline uint32_t *tag_of(const struct seeker *q, uint64_t h)
{
	return &q->tag[h << q->part_bits >> (64 - q->tag_bits)];
}

/* The first number of key i; narrow ones are at the top of 64 bits. */
static inline uint64_t hash_at(bool narrow, unsigned lanes, const void *v, size_t i)
{
	return narrow ? (uint64_t)((const uint32_t *)v)[i] << 32 : ((const uint64_t *)v)[lanes * i];
}

/* Inlined with a constant kind. Which words have a tag cannot be foreseen, so they are gathered
 * without branches. */
static inline void hit_run(const struct seeker *q, bool narrow, enum key_kind kind, unsigned group,
                           struct key_run run, uint32_t *hits)
{
	const unsigned lanes = key_lanes(kind);
	uint16_t tagged[CHUNK_KEYS];
	size_t n = 0;

	for (size_t i = 0; i < run.n; i++) {
		tagged[n] = (uint16_t)i;
		n += *tag_of(q, hash_at(narrow, lanes, run.key, i)) != 0;
	}
	for (size_t j = 0; j < n; j++) {
		const uint64_t *x = (const uint64_t *)run.key + lanes * tagged[j];
		const uint64_t h = hash_at(narrow, lanes, run.key, tagged[j]);

		for (uint32_t w = *tag_of(q, h); w; w = q->word[w - 1].same)
			if (narrow ? q->word[w - 1].key[0] == h
			           : key_same(kind, q->word[w - 1].key, x, group)) {
				hits[q->word[w - 1].rank + 1]++;
				break;
			}
	}
}

static void hit_part(const struct word_parts *p, const struct counter *c, const struct seeker *q,
                     size_t k, uint32_t *const *hits)
{
	const size_t n_parts = (size_t)1 << p->bits;
	const unsigned group = c->s->group;
	size_t at = p->first[k];

	for (size_t l = 0; l < c->s->n_layers; l++)
		for (size_t rest = p->size[l * n_parts + k]; rest;) {
			const struct key_run run = parts_walk(p, c->kind, &at, rest);

			if (p->narrow)
				hit_run(q, true, KEY_ONE, group, run, hits[l]);
			else if (c->kind == KEY_ONE)
				hit_run(q, false, KEY_ONE, group, run, hits[l]);
			else if (c->kind == KEY_TWO)
				hit_run(q, false, KEY_TWO, group, run, hits[l]);
			else
				hit_run(q, false, KEY_FAR, group, run, hits[l]);
			rest -= run.n;
		}
}

/* The same for narrow keys and few ranked words: all keys are compared with each. */
CLONES static void compare_part(const struct word_parts *p, const struct counter *c,
                                const struct seeker *q, size_t k, uint32_t *const *hits)
{
	const size_t n_parts = (size_t)1 << p->bits;

	for (uint32_t w = q->first[k]; w; w = q->word[w - 1].next) {
		const uint32_t sought = (uint32_t)(q->word[w - 1].key[0] >> 32);
		size_t at = p->first[k];

		for (size_t l = 0; l < c->s->n_layers; l++)
			for (size_t rest = p->size[l * n_parts + k]; rest;) {
				const struct key_run run = parts_walk(p, c->kind, &at, rest);
				uint32_t found = 0;

				for (size_t i = 0; i < run.n; i++)
					found += ((const uint32_t *)run.key)[i] == sought;
				hits[l][q->word[w - 1].rank + 1] += found;
				rest -= run.n;
			}
	}
}

/* Whether comparing costs less than looking up. */
static bool are_few(const struct word_parts *p, const struct seeker *q, size_t k)
{
	size_t n = 0;

	for (uint32_t w = q->first[k]; w && n <= FEW; w = q->word[w - 1].next)
		n++;
	return p->narrow && n <= FEW;
}

static void hit_parts(const struct word_parts *p, const struct counter *c, const struct seeker *q,
                      uint32_t *const *hits)
{
	for (size_t k = p->from; k < p->to; k++) {
		if (are_few(p, q, k)) {
			compare_part(p, c, q, k, hits);
			continue;
		}
		for (uint32_t w = q->first[k]; w; w = q->word[w - 1].next) {
			uint32_t *tag = tag_of(q, q->word[w - 1].key[0]);

			q->word[w - 1].same = *tag;
			*tag = w;
		}
		if (q->first[k] && p->total[k])
			hit_part(p, c, q, k, hits);
		for (uint32_t w = q->first[k]; w; w = q->word[w - 1].next)
			*tag_of(q, q->word[w - 1].key[0]) = 0;
	}
}

enum status word_parts_rank(struct word_parts *p, const struct counter *c, struct word_table *t,
                            uint32_t *const *hits, struct arena *a, struct err *e)
{
	const size_t n_parts = (size_t)1 << p->bits;
	struct seeker q = { 0 };
	enum status rc = index_ranks(c, t, a, e);

	/* All of the layer's words are those of the table. */
	if (c->s->n_layers == 1) {
		for (size_t r = 0; r < t->n_ranks && !rc; r++)
			hits[0][r + 1] = t->count[r];
		return rc;
	}
	if (!rc)
		rc = seek_ranks(&q, p, c, t, e);
	for (size_t r = 0; r < t->n_ranks && !rc; r++)
		if (c->kind != KEY_FAR && !(c->best[r].high | c->best[r].low))
			for (size_t l = 0; l < c->s->n_layers; l++)
				hits[l][r + 1] = p->zeros[l];
	/* A single slice is still there. */
	if (p->from == 0 && p->to == n_parts && !rc) {
		hit_parts(p, c, &q, hits);
		return ST_OK;
	}
	for (size_t from = 0; from < n_parts && !rc; from = p->to) {
		rc = word_parts_lay_out(p, c, from, e);
		if (!rc)
			hit_parts(p, c, &q, hits);
	}
	return rc;
}
