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

/* A ranked word, in the order of parts. */
struct sought {
	uint64_t key[2];
	uint32_t rank, next; /* next: of the same part, + 1 */
};

/* Ranked words of each part: first[k] is the first one + 1. */
struct seeker {
	struct sought *word;
	uint32_t *first;
};

static enum status seek_ranks(struct seeker *q, const struct word_parts *p, const struct counter *c,
                              const struct word_table *t, struct err *e)
{
	const struct word_scope *s = c->s;
	const size_t n_parts = (size_t)1 << p->bits, words = t->n_ranks * sizeof(*q->word);
	char *room = room_zeroed(c->room, ROOM_RANKED, words + n_parts * sizeof(*q->first));

	if (!room)
		return err_nomem(e);
	q->word = (struct sought *)(void *)room;
	q->first = (uint32_t *)(void *)(room + words);
	for (size_t r = t->n_ranks; r-- > 0;) {
		struct sought *x = &q->word[r];
		size_t k;

		if (c->kind != KEY_FAR && !(c->best[r].high | c->best[r].low))
			continue; /* the zero word is in no part */
		key_make(c->kind, t->symbol + r * s->group, s->group, s->bits, x->key);
		if (p->narrow)
			x->key[0] = (uint64_t)key_mix_narrow((uint32_t)c->best[r].low) << 32;
		x->rank = (uint32_t)r;
		k = part_of(x->key[0], p->bits);
		x->next = q->first[k];
		q->first[k] = (uint32_t)r + 1;
	}
	return ST_OK;
}

/* Words compared at a time. A key of 0 is in no part. */
enum { AT_ONCE = 4 };

/* How many of the run are each of the words sought. Inlined with constants. */
static inline void find_narrow(const uint32_t *v, size_t n, uint64_t sought[AT_ONCE][2],
                               uint32_t *found)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < AT_ONCE; j++)
			found[j] += v[i] == (uint32_t)(sought[j][0] >> 32);
}

static inline void find_wide(const uint64_t *v, unsigned lanes, size_t n,
                             uint64_t sought[AT_ONCE][2], uint32_t *found)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < AT_ONCE; j++)
			found[j] += (v[lanes * i] == sought[j][0]) &
			            (lanes == 1 || v[lanes * i + 1] == sought[j][1]);
}

CLONES static void find_words(const struct word_parts *p, const struct counter *c,
                              struct key_run run, uint64_t sought[AT_ONCE][2], uint32_t *found)
{
	uint32_t sum[AT_ONCE] = { 0 };

	if (p->narrow)
		find_narrow(run.key, run.n, sought, sum);
	else if (c->kind == KEY_ONE)
		find_wide(run.key, 1, run.n, sought, sum);
	else
		find_wide(run.key, 2, run.n, sought, sum);
	for (size_t j = 0; j < AT_ONCE; j++)
		found[j] = sum[j];
}

/* Compares all words of part k with the few ranked ones of it: cheaper than looking up each. */
static void compare_part(const struct word_parts *p, const struct counter *c,
                         const struct seeker *q, size_t k, uint32_t *const *hits)
{
	const size_t n_parts = (size_t)1 << p->bits;

	for (uint32_t w = q->first[k]; w;) {
		uint64_t sought[AT_ONCE][2] = { { 0 } };
		uint32_t rank[AT_ONCE], found[AT_ONCE];
		size_t at = p->first[k], n = 0;

		for (; w && n < AT_ONCE; w = q->word[w - 1].next) {
			memcpy(sought[n], q->word[w - 1].key, sizeof(sought[n]));
			rank[n++] = q->word[w - 1].rank;
		}
		for (size_t l = 0; l < c->s->n_layers; l++)
			for (size_t rest = p->size[l * n_parts + k]; rest;) {
				const struct key_run run = parts_walk(p, c->kind, &at, rest);

				find_words(p, c, run, sought, found);
				for (size_t j = 0; j < n; j++)
					if (found[j])
						hits[l][rank[j] + 1] += found[j];
				rest -= run.n;
			}
	}
}

/* Looks up n words of a layer. Inlined with a constant kind. */
static inline void hit_words(const struct word_table *t, const struct counter *c,
                             enum key_kind kind, const uint64_t *v, size_t n, uint32_t *hits)
{
	const unsigned lanes = key_lanes(kind), shift = 64 - t->slot_bits;
	const size_t mask = ((size_t)1 << t->slot_bits) - 1;
	const struct word_slot *slot = t->slot;

	for (const uint64_t *x = v; x < v + n * lanes; x += lanes) {
		size_t at = x[0] >> shift;

		while (slot[at].rank && !key_same(kind, slot[at].key, x, c->s->group))
			at = (at + 1) & mask;
		hits[slot[at].rank] += slot[at].rank > 0;
	}
}

static void hit_narrow(const struct word_table *t, const struct counter *c, const uint32_t *v,
                       size_t n, uint32_t *hits)
{
	uint64_t key[WORDS_BLOCK];

	for (size_t i = 0; i < n; i += WORDS_BLOCK) {
		const size_t now = n - i < WORDS_BLOCK ? n - i : WORDS_BLOCK;

		for (size_t j = 0; j < now; j++)
			key[j] = key_mix(key_unmix_narrow(v[i + j]));
		hit_words(t, c, KEY_ONE, key, now, hits);
	}
}

static void look_up_part(const struct word_parts *p, const struct counter *c,
                         const struct word_table *t, size_t k, uint32_t *const *hits)
{
	const size_t n_parts = (size_t)1 << p->bits;
	size_t at = p->first[k];

	for (size_t l = 0; l < c->s->n_layers; l++)
		for (size_t rest = p->size[l * n_parts + k]; rest;) {
			const struct key_run run = parts_walk(p, c->kind, &at, rest);

			if (p->narrow)
				hit_narrow(t, c, run.key, run.n, hits[l]);
			else if (c->kind == KEY_ONE)
				hit_words(t, c, KEY_ONE, run.key, run.n, hits[l]);
			else if (c->kind == KEY_TWO)
				hit_words(t, c, KEY_TWO, run.key, run.n, hits[l]);
			else
				hit_words(t, c, KEY_FAR, run.key, run.n, hits[l]);
			rest -= run.n;
		}
}

/* Whether comparing costs less than looking up, in about cycles. */
static bool few_enough(const struct word_parts *p, const struct counter *c, const struct seeker *q,
                       size_t k)
{
	const size_t each = p->total[k] / 4 + 8 * c->s->n_layers, most = 8 * p->total[k];
	size_t cost = 0;

	for (uint32_t at = q->first[k]; at && cost <= most; at = q->word[at - 1].next)
		cost += each;
	return cost <= most && c->kind != KEY_FAR;
}

static void hit_parts(const struct word_parts *p, const struct counter *c, const struct seeker *q,
                      const struct word_table *t, uint32_t *const *hits)
{
	for (size_t k = p->from; k < p->to; k++)
		if (!q->first[k])
			continue;
		else if (few_enough(p, c, q, k))
			compare_part(p, c, q, k, hits);
		else
			look_up_part(p, c, t, k, hits);
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
		hit_parts(p, c, &q, t, hits);
		return ST_OK;
	}
	for (size_t from = 0; from < n_parts && !rc; from = p->to) {
		rc = word_parts_lay_out(p, c, from, e);
		if (!rc)
			hit_parts(p, c, &q, t, hits);
	}
	return rc;
}
