/* Counting wide words: they are parted by their hash, so that each part is counted in the cache,
 * and the parts laid out slice by slice, so that memory does not grow with the model. */
#include "codec/word_counter.h"

#include <stdlib.h>

#include "base/bits.h"

enum {
	PART_WORDS = 1 << 11,  /* about so many words are counted at a time, in the cache */
	MAX_PART_BITS = 12,    /* more parts would not be written side by side */
	SLICE_KEYS = 1 << 25,  /* and numbers of so many keys are laid out at a time */
	FIRST_SLOTS = 1 << 10, /* of the table of a part, which grows */
};

/* Room to count one part in: the distinct words and a hash table of them. */
struct part_table {
	uint64_t *key;
	uint32_t *count, *slot; /* slot: 0 free, else number of the word + 1 */
	size_t n, cap;          /* cap: words, half of the slots */
};

static size_t part_of(uint64_t h, unsigned bits)
{
	return bits ? h >> (64 - bits) : 0;
}

static size_t layer_words(const struct word_scope *s, size_t l)
{
	return words_in(&s->layer[l], s->group);
}

static size_t block(size_t words, size_t i)
{
	return words - i < WORDS_BLOCK ? words - i : WORDS_BLOCK;
}

/* How many words of each layer each part has. */
static void measure(struct word_parts *p, const struct counter *c)
{
	const unsigned lanes = key_lanes(c->kind);
	const size_t n_parts = (size_t)1 << p->bits;
	uint64_t key[2 * WORDS_BLOCK];

	for (size_t l = 0; l < c->s->n_layers; l++) {
		const size_t words = layer_words(c->s, l);
		uint32_t *size = p->size + l * n_parts;

		for (size_t i = 0; i < words; i += WORDS_BLOCK) {
			const size_t n = block(words, i);

			keys_make(c->s, l, i, n, key);
			for (size_t j = 0; j < n; j++)
				size[part_of(key[j * lanes], p->bits)]++;
		}
		for (size_t k = 0; k < n_parts; k++)
			p->total[k] += size[k];
	}
}

/* Lays out the keys of the parts from `from` on, as many as a slice holds. */
static enum status lay_out(struct word_parts *p, const struct counter *c, size_t from,
                           struct err *e)
{
	const unsigned lanes = key_lanes(c->kind);
	const size_t n_parts = (size_t)1 << p->bits;
	uint64_t key[2 * WORDS_BLOCK];
	size_t n = p->total[from];

	free(p->key);
	p->from = from;
	p->end[from] = 0;
	for (p->to = from + 1; p->to < n_parts && (n + p->total[p->to]) * lanes <= SLICE_KEYS;
	     p->to++) {
		p->end[p->to] = n;
		n += p->total[p->to];
	}
	p->key = malloc((n + 1) * lanes * sizeof(*p->key));
	if (!p->key)
		return err_nomem(e);
	for (size_t l = 0; l < c->s->n_layers; l++) {
		const size_t words = layer_words(c->s, l);

		for (size_t i = 0; i < words; i += WORDS_BLOCK) {
			const size_t now = block(words, i);

			keys_make(c->s, l, i, now, key);
			for (size_t j = 0; j < now; j++) {
				const uint64_t *x = key + j * lanes;
				const size_t k = part_of(x[0], p->bits);

				if (k - p->from < p->to - p->from)
					memcpy(p->key + p->end[k]++ * lanes, x, lanes * sizeof(*x));
			}
		}
	}
	return ST_OK;
}

static const uint64_t *part_keys(const struct word_parts *p, const struct counter *c, size_t k)
{
	return p->key + (p->end[k] - p->total[k]) * key_lanes(c->kind);
}

static bool grow(struct part_table *t, const struct counter *c, unsigned part_bits)
{
	const unsigned lanes = key_lanes(c->kind);
	const size_t cap = t->cap ? 2 * t->cap : FIRST_SLOTS / 2;
	uint64_t *key = realloc(t->key, cap * lanes * sizeof(*key));
	uint32_t *count = realloc(t->count, cap * sizeof(*count));
	uint32_t *slot = realloc(t->slot, 2 * cap * sizeof(*slot));

	t->key = key ? key : t->key;
	t->count = count ? count : t->count;
	t->slot = slot ? slot : t->slot;
	if (!key || !count || !slot)
		return false;
	t->cap = cap;
	memset(slot, 0, 2 * cap * sizeof(*slot));
	for (size_t i = 0; i < t->n; i++) {
		size_t at = part_of(key[i * lanes] << part_bits, bits_for_index(2 * cap));

		while (slot[at])
			at = (at + 1) & (2 * cap - 1);
		slot[at] = (uint32_t)i + 1;
	}
	return true;
}

/* Inlined with a constant kind. v: n words that hold all occurrences of each of them. */
static inline bool count_part(struct part_table *t, const struct counter *c, enum key_kind kind,
                              unsigned part_bits, const uint64_t *v, size_t n)
{
	const unsigned lanes = key_lanes(kind);
	unsigned bits = bits_for_index(2 * t->cap);

	for (const uint64_t *x = v; x < v + n * lanes; x += lanes) {
		size_t at = part_of(x[0] << part_bits, bits);

		while (t->slot[at] &&
		       !key_same(kind, t->key + (t->slot[at] - 1) * lanes, x, c->s->group))
			at = (at + 1) & (2 * t->cap - 1);
		if (t->slot[at]) {
			t->count[t->slot[at] - 1]++;
			continue;
		}
		memcpy(t->key + t->n * lanes, x, lanes * sizeof(*x));
		t->count[t->n++] = 1;
		t->slot[at] = (uint32_t)t->n;
		if (t->n == t->cap) {
			if (!grow(t, c, part_bits))
				return false;
			bits++;
		}
	}
	return true;
}

static void take_part(struct counter *c, const struct part_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const uint64_t *x = t->key + i * key_lanes(c->kind);

		if (c->kind == KEY_ONE)
			counter_take(c, 0, key_unmix(x[0]), t->count[i]);
		else if (c->kind == KEY_TWO)
			counter_take(c, x[1], key_unmix(x[0]) - key_mix(x[1]), t->count[i]);
		else
			counter_take(c, x[1], 0, t->count[i]);
	}
}

static enum status count_slice(struct word_parts *p, struct counter *c, struct part_table *t,
                               struct err *e)
{
	for (size_t k = p->from; k < p->to; k++) {
		const uint64_t *v = part_keys(p, c, k);
		bool ok;

		t->n = 0;
		memset(t->slot, 0, 2 * t->cap * sizeof(*t->slot));
		if (c->kind == KEY_ONE)
			ok = count_part(t, c, KEY_ONE, p->bits, v, p->total[k]);
		else if (c->kind == KEY_TWO)
			ok = count_part(t, c, KEY_TWO, p->bits, v, p->total[k]);
		else
			ok = count_part(t, c, KEY_FAR, p->bits, v, p->total[k]);
		if (!ok)
			return err_nomem(e);
		take_part(c, t);
	}
	return ST_OK;
}

enum status word_parts_count(struct word_parts *p, struct counter *c, struct err *e)
{
	struct part_table t = { 0 };
	size_t n_parts;
	enum status rc = ST_OK;

	*p = (struct word_parts){ .bits = bits_for_index(c->s->n_words / PART_WORDS + 1) };
	p->bits = p->bits < MAX_PART_BITS ? p->bits : MAX_PART_BITS;
	n_parts = (size_t)1 << p->bits;
	p->size = calloc(c->s->n_layers * n_parts + 1, sizeof(*p->size));
	p->total = calloc(n_parts, sizeof(*p->total));
	p->end = calloc(n_parts, sizeof(*p->end));
	if (!p->size || !p->total || !p->end || !grow(&t, c, p->bits))
		rc = err_nomem(e);
	else
		measure(p, c);
	for (size_t from = 0; from < n_parts && !rc; from = p->to) {
		rc = lay_out(p, c, from, e);
		if (!rc)
			rc = count_slice(p, c, &t, e);
	}
	free(t.key);
	free(t.count);
	free(t.slot);
	return rc;
}

/* The ranked words, each where the top bits of h say: parts have their slots side by side. */
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

/* Inlined with a constant kind. */
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

static void hit_slice(const struct word_parts *p, const struct counter *c,
                      const struct word_table *t, uint32_t *const *hits)
{
	const size_t n_parts = (size_t)1 << p->bits;

	for (size_t k = p->from; k < p->to; k++) {
		const uint64_t *v = part_keys(p, c, k);

		for (size_t l = 0; l < c->s->n_layers; l++) {
			const size_t n = p->size[l * n_parts + k];

			if (c->kind == KEY_ONE)
				hit_words(t, c, KEY_ONE, v, n, hits[l]);
			else if (c->kind == KEY_TWO)
				hit_words(t, c, KEY_TWO, v, n, hits[l]);
			else
				hit_words(t, c, KEY_FAR, v, n, hits[l]);
			v += n * key_lanes(c->kind);
		}
	}
}

enum status word_parts_rank(struct word_parts *p, const struct counter *c, struct word_table *t,
                            uint32_t *const *hits, struct arena *a, struct err *e)
{
	const size_t n_parts = (size_t)1 << p->bits;
	enum status rc = index_ranks(c, t, a, e);

	/* All of the layer's words are those of the table. */
	if (c->s->n_layers == 1) {
		for (size_t r = 0; r < t->n_ranks && !rc; r++)
			hits[0][r + 1] = t->count[r];
		return rc;
	}
	/* A single slice is still there. */
	if (p->from == 0 && p->to == n_parts && !rc) {
		hit_slice(p, c, t, hits);
		return ST_OK;
	}
	for (size_t from = 0; from < n_parts && !rc; from = p->to) {
		rc = lay_out(p, c, from, e);
		if (!rc)
			hit_slice(p, c, t, hits);
	}
	return rc;
}

void word_parts_release(struct word_parts *p)
{
	free(p->size);
	free(p->total);
	free(p->key);
	free(p->end);
}
