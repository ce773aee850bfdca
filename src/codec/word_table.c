#include "codec/word_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* A word while counting: packed where it has at most 64 bits, which then decide alone, otherwise
 * where it stands. */
struct entry {
	union {
		uint64_t key;
		const uint16_t *word;
	};
	uint32_t tag; /* of its hash */
	uint32_t count;
};

enum {
	DIRECT_BITS = 20,       /* words of at most this width index the counts themselves */
	PART_WORDS = 1 << 12,   /* about so many words are counted at a time, in the cache */
	MAX_PART_BITS = 12,     /* more parts would not be written side by side */
	SLICE_WORDS = 1 << 24,  /* and so many are laid out at a time */
	SMALL_COUNTS = 1 << 16, /* counts below are tallied in an array */
};

struct counter {
	const struct word_scope *s;
	bool packed;
	size_t n_distinct;
	/* How many words occur so often: by count where that is small, else one by one. */
	uint32_t *tally, *large;
	size_t n_tally, n_large;
	/* The best so far, up to twice as many as there are ranks. */
	struct entry *best, *tmp;
	size_t n_best, cap_best;
	bool is_cut; /* the worst that is still worth a rank is best[WORDS_MAX_RANK - 1] */
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* The word at w as an entry that occurs once, and its hash. */
static struct entry entry_of(const struct counter *c, const uint16_t *w, uint64_t *hash)
{
	struct entry x = { .count = 1 };
	uint64_t h = 0;

	if (c->packed) {
		x.key = word_pack(w, c->s->group, c->s->bits);
		h = mix(x.key);
	} else {
		x.word = w;
		for (unsigned i = 0; i < c->s->group; i++)
			h = mix(h + w[i] + 1);
	}
	x.tag = (uint32_t)h;
	*hash = h;
	return x;
}

static bool same_word(const struct counter *c, const struct entry *x, const struct entry *y)
{
	return x->tag == y->tag &&
	       (c->packed ? x->key == y->key
	                  : !memcmp(x->word, y->word, c->s->group * sizeof(*x->word)));
}

/* Most frequent first; ties: smaller word value first. */
static int by_rank(const struct entry *x, const struct entry *y, const struct counter *c)
{
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (c->packed)
		return x->key < y->key ? -1 : x->key > y->key;
	for (unsigned i = 0; i < c->s->group; i++)
		if (x->word[i] != y->word[i])
			return x->word[i] < y->word[i] ? -1 : 1;
	return 0;
}

/* Merge sort, since qsort() passes no context. tmp has room for n. */
static void sort_entries(struct entry *v, struct entry *tmp, size_t n, const struct counter *c)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	if (n <= 12) {
		for (i = 1; i < n; i++) {
			struct entry x = v[i];

			for (k = i; k > 0 && by_rank(&x, &v[k - 1], c) < 0; k--)
				v[k] = v[k - 1];
			v[k] = x;
		}
		return;
	}
	sort_entries(v, tmp, half, c);
	sort_entries(v + half, tmp, n - half, c);
	if (by_rank(&v[half - 1], &v[half], c) < 0)
		return;
	while (i < half && j < n)
		tmp[k++] = by_rank(&v[i], &v[j], c) < 0 ? v[i++] : v[j++];
	memcpy(tmp + k, v + i, (half - i) * sizeof(*v));
	k += half - i;
	memcpy(v, tmp, k * sizeof(*v));
}

/* Sorts the best and leaves as many as there are ranks. */
static void cut_best(struct counter *c)
{
	sort_entries(c->best, c->tmp, c->n_best, c);
	if (c->n_best >= WORDS_MAX_RANK) {
		c->n_best = WORDS_MAX_RANK;
		c->is_cut = true;
	}
}

/* Takes note of a distinct word, whose count is final. */
static void take(struct counter *c, const struct entry *x)
{
	c->n_distinct++;
	if (x->count < c->n_tally)
		c->tally[x->count]++;
	else
		c->large[c->n_large++] = x->count;
	if (c->is_cut && by_rank(x, &c->best[WORDS_MAX_RANK - 1], c) > 0)
		return;
	if (c->n_best == c->cap_best)
		cut_best(c);
	c->best[c->n_best++] = *x;
}

static bool is_direct(const struct word_scope *s)
{
	unsigned width = s->group * s->bits;

	return width <= DIRECT_BITS && (size_t)1 << width <= s->n_words;
}

static enum status count_direct(struct counter *c, struct err *e)
{
	const struct word_scope *s = c->s;
	size_t n = (size_t)1 << s->group * s->bits;
	uint32_t *count = calloc(n, sizeof(*count));

	if (!count)
		return err_nomem(e);
	for (size_t l = 0; l < s->n_layers; l++)
		for (size_t i = 0; i < words_in(&s->layer[l], s->group); i++)
			count[word_pack(word_at(s, l, i), s->group, s->bits)]++;
	for (size_t key = 0; key < n; key++)
		if (count[key])
			take(c, &(struct entry){ .key = key, .count = count[key] });
	free(count);
	return ST_OK;
}

/* Counts n words that hold all occurrences of each of them; the entries are used up. */
static enum status count_part(struct counter *c, struct entry *v, size_t n, struct err *e)
{
	/* Fresh memory: of a large part that is one word over and over, next to nothing is used. */
	const size_t mask = ((size_t)1 << bits_for_index(2 * n + 1)) - 1;
	uint32_t *slot = calloc(mask + 1, sizeof(*slot)); /* 0: free, else entry index + 1 */
	size_t n_distinct = 0;

	if (!slot)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		const struct entry x = v[i];
		size_t at = x.tag & mask;

		while (slot[at] && !same_word(c, &v[slot[at] - 1], &x))
			at = (at + 1) & mask;
		if (slot[at]) {
			v[slot[at] - 1].count++;
		} else {
			v[n_distinct] = x;
			slot[at] = (uint32_t)++n_distinct;
		}
	}
	for (size_t i = 0; i < n_distinct; i++)
		take(c, &v[i]);
	free(slot);
	return ST_OK;
}

/* Which of 2^bits parts a word belongs to. */
static size_t part_of(uint64_t hash, unsigned bits)
{
	return bits ? hash >> (64 - bits) : 0;
}

/* Lays out the words of the parts from..to - 1, n in all, part after part, and counts them. */
static enum status count_slice(struct counter *c, unsigned part_bits, const size_t *size,
                               size_t from, size_t to, size_t n, struct err *e)
{
	const struct word_scope *s = c->s;
	struct entry *v = malloc((n + 1) * sizeof(*v));
	size_t *end = malloc((to - from) * sizeof(*end)), at = 0;
	enum status rc = v && end ? ST_OK : err_nomem(e);

	for (size_t p = from; p < to && !rc; at += size[p++])
		end[p - from] = at;
	for (size_t l = 0; l < s->n_layers && !rc; l++)
		for (size_t i = 0; i < words_in(&s->layer[l], s->group); i++) {
			uint64_t hash;
			struct entry x = entry_of(c, word_at(s, l, i), &hash);
			size_t p = part_of(hash, part_bits);

			if (p >= from && p < to)
				v[end[p - from]++] = x;
		}
	for (size_t p = from; p < to && !rc; p++)
		rc = count_part(c, v + end[p - from] - size[p], size[p], e);
	free(v);
	free(end);
	return rc;
}

/* Words too wide for an array are parted by their hash, so that each part is counted in the cache,
 * and the parts laid out slice by slice, so that memory does not grow with the model. */
static enum status count_parts(struct counter *c, struct err *e)
{
	const struct word_scope *s = c->s;
	unsigned bits = bits_for_index(s->n_words / PART_WORDS + 1);
	size_t n_parts, *size;
	enum status rc = ST_OK;

	bits = bits < MAX_PART_BITS ? bits : MAX_PART_BITS;
	n_parts = (size_t)1 << bits;
	size = calloc(n_parts, sizeof(*size));
	if (!size)
		return err_nomem(e);
	for (size_t l = 0; l < s->n_layers; l++)
		for (size_t i = 0; i < words_in(&s->layer[l], s->group); i++) {
			uint64_t hash;

			entry_of(c, word_at(s, l, i), &hash);
			size[part_of(hash, bits)]++;
		}
	for (size_t from = 0, to; from < n_parts && !rc; from = to) {
		size_t n = size[from];

		for (to = from + 1; to < n_parts && n + size[to] <= SLICE_WORDS; to++)
			n += size[to];
		rc = count_slice(c, bits, size, from, to, n, e);
	}
	free(size);
	return rc;
}

static int descending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x > y ? -1 : x < y;
}

/* The tally as runs of equal counts, the largest first. */
static enum status make_runs(struct counter *c, struct word_table *t, struct arena *a,
                             struct err *e)
{
	struct count_run *run;
	size_t n = c->n_large;

	for (size_t i = 1; i < c->n_tally; i++)
		n += c->tally[i] > 0;
	t->run = run = ARENA_NEW(a, struct count_run, n);
	if (!run)
		return err_nomem(e);
	qsort(c->large, c->n_large, sizeof(*c->large), descending);
	for (size_t i = 0; i < c->n_large; i++)
		run[t->n_runs++] = (struct count_run){ c->large[i], 1 };
	for (size_t i = c->n_tally; i-- > 1;)
		if (c->tally[i])
			run[t->n_runs++] = (struct count_run){ (uint32_t)i, c->tally[i] };
	return ST_OK;
}

static void unpack(uint64_t key, uint16_t *v, unsigned group, unsigned bits)
{
	const uint64_t mask = ((uint64_t)1 << bits) - 1;

	for (unsigned i = group; i-- > 0; key >>= bits)
		v[i] = (uint16_t)(key & mask);
}

/* The ranked words themselves. */
static enum status make_ranks(struct counter *c, struct word_table *t, struct arena *a,
                              struct err *e)
{
	const unsigned group = c->s->group, bits = c->s->bits;
	uint16_t *symbol = ARENA_NEW(a, uint16_t, t->n_ranks * group);
	uint32_t *count = ARENA_NEW(a, uint32_t, t->n_ranks);

	if (!symbol || !count)
		return err_nomem(e);
	for (size_t r = 0; r < t->n_ranks; r++) {
		const struct entry *x = &c->best[r];
		uint16_t *v = symbol + r * group;

		count[r] = x->count;
		if (c->packed)
			unpack(x->key, v, group, bits);
		else
			memcpy(v, x->word, group * sizeof(*v));
	}
	t->symbol = symbol;
	t->count = count;
	return ST_OK;
}

static enum status index_direct(struct counter *c, struct word_table *t, struct arena *a,
                                struct err *e)
{
	size_t n = (size_t)1 << c->s->group * c->s->bits;
	uint32_t *rank_of = ARENA_NEW(a, uint32_t, n);

	if (!rank_of)
		return err_nomem(e);
	for (size_t key = 0; key < n; key++)
		rank_of[key] = WORDS_MAX_RANK;
	for (size_t r = 0; r < t->n_ranks; r++)
		rank_of[c->best[r].key] = (uint32_t)r;
	t->rank_of = rank_of;
	return ST_OK;
}

/* Looks up every word among the ranked ones. */
static enum status rank_words(struct counter *c, struct word_table *t, struct arena *a,
                              struct err *e)
{
	const struct word_scope *s = c->s;
	const size_t mask = ((size_t)1 << bits_for_index(4 * t->n_ranks + 1)) - 1;
	uint32_t *slot = calloc(mask + 1, sizeof(*slot)); /* 0: free, else rank + 1 */
	uint32_t *rank = ARENA_NEW(a, uint32_t, s->n_words);
	uint64_t hash;

	t->rank = rank;
	if (!slot || !rank) {
		free(slot);
		return err_nomem(e);
	}
	for (uint32_t r = 0; r < t->n_ranks; r++) {
		size_t at = c->best[r].tag & mask;

		while (slot[at])
			at = (at + 1) & mask;
		slot[at] = r + 1;
	}
	for (size_t l = 0; l < s->n_layers; l++)
		for (size_t i = 0; i < words_in(&s->layer[l], s->group); i++) {
			struct entry x = entry_of(c, word_at(s, l, i), &hash);
			size_t at = x.tag & mask;

			while (slot[at] && !same_word(c, &c->best[slot[at] - 1], &x))
				at = (at + 1) & mask;
			*rank++ = slot[at] ? slot[at] - 1 : WORDS_MAX_RANK;
		}
	free(slot);
	return ST_OK;
}

enum status word_table_make(struct word_table *t, const struct word_scope *s, struct arena *a,
                            struct err *e)
{
	const bool direct = is_direct(s);
	struct counter c = { .s = s, .packed = s->group * s->bits <= 64 };
	enum status rc;

	*t = (struct word_table){ .n_words = s->n_words };
	c.n_tally = s->n_words < SMALL_COUNTS ? s->n_words + 1 : SMALL_COUNTS;
	c.cap_best = s->n_words < 2 * WORDS_MAX_RANK ? s->n_words + 1 : 2 * WORDS_MAX_RANK;
	c.tally = calloc(c.n_tally, sizeof(*c.tally));
	c.large = malloc((s->n_words / SMALL_COUNTS + 1) * sizeof(*c.large));
	c.best = malloc(c.cap_best * sizeof(*c.best));
	c.tmp = malloc(c.cap_best * sizeof(*c.tmp));
	rc = c.tally && c.large && c.best && c.tmp ? ST_OK : err_nomem(e);
	if (!rc)
		rc = direct ? count_direct(&c, e) : count_parts(&c, e);
	if (!rc) {
		cut_best(&c);
		t->n_distinct = c.n_distinct;
		t->n_ranks = c.n_best;
		rc = make_runs(&c, t, a, e);
	}
	if (!rc)
		rc = make_ranks(&c, t, a, e);
	if (!rc)
		rc = direct ? index_direct(&c, t, a, e) : rank_words(&c, t, a, e);
	free(c.tally);
	free(c.large);
	free(c.best);
	free(c.tmp);
	return rc;
}
