#include "codec/word_table.h"

#include "codec/word_counter.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_COUNTS = 1 << 16 }; /* counts below are tallied in an array */

/* Most frequent first; ties: smaller word value first. */
static inline int by_rank(const struct ranked *x, const struct ranked *y, const struct counter *c)
{
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (c->kind == KEY_FAR) {
		const uint16_t *v = (const uint16_t *)(uintptr_t)x->high;
		const uint16_t *w = (const uint16_t *)(uintptr_t)y->high;

		for (unsigned i = 0; i < c->s->group; i++)
			if (v[i] != w[i])
				return v[i] < w[i] ? -1 : 1;
		return 0;
	}
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->low < y->low ? -1 : x->low > y->low;
}

static void swap(struct ranked *x, struct ranked *y)
{
	struct ranked t = *x;

	*x = *y;
	*y = t;
}

/* Moves the k best of n words to the front (Hoare's selection), in any order. */
static void select_best(struct ranked *v, size_t n, size_t k, const struct counter *c)
{
	while (k > 0 && k < n) {
		const struct ranked pivot = v[(n - 1) / 2];
		size_t i = 0, j = n - 1;

		for (;;) {
			while (by_rank(&v[i], &pivot, c) < 0)
				i++;
			while (by_rank(&pivot, &v[j], c) < 0)
				j--;
			if (i >= j)
				break;
			swap(&v[i++], &v[j--]);
		}
		/* No word twice: all before i are better than all from j + 1 on. */
		if (k <= j) {
			n = j + 1;
		} else {
			v += j + 1;
			n -= j + 1;
			k -= j + 1;
		}
	}
}

/* Merge sort, since qsort() passes no context. tmp has room for n. */
static void sort_words(struct ranked *v, struct ranked *tmp, size_t n, const struct counter *c)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	if (n <= 12) {
		for (i = 1; i < n; i++) {
			struct ranked x = v[i];

			for (k = i; k > 0 && by_rank(&x, &v[k - 1], c) < 0; k--)
				v[k] = v[k - 1];
			v[k] = x;
		}
		return;
	}
	sort_words(v, tmp, half, c);
	sort_words(v + half, tmp, n - half, c);
	if (by_rank(&v[half - 1], &v[half], c) < 0)
		return;
	while (i < half && j < n)
		tmp[k++] = by_rank(&v[i], &v[j], c) < 0 ? v[i++] : v[j++];
	memcpy(tmp + k, v + i, (half - i) * sizeof(*v));
	k += half - i;
	memcpy(v, tmp, k * sizeof(*v));
}

/* Leaves as many of the best as there are ranks. */
static void cut_best(struct counter *c)
{
	if (c->n_best < c->max_ranks)
		return;
	select_best(c->best, c->n_best, c->max_ranks, c);
	c->n_best = c->max_ranks;
	c->worst = c->best[0];
	for (size_t i = 1; i < c->n_best; i++)
		if (by_rank(&c->worst, &c->best[i], c) < 0)
			c->worst = c->best[i];
}

void counter_note_many(struct counter *c, uint32_t count)
{
	if (count < c->n_tally)
		c->tally[count]++;
	else
		c->large[c->n_large++] = count;
}

void counter_offer(struct counter *c, uint64_t high, uint64_t low, uint32_t count)
{
	if (c->n_best == c->cap_best)
		cut_best(c);
	c->best[c->n_best++] = (struct ranked){ high, low, count };
}

enum status counter_sort(struct counter *c, struct err *e)
{
	struct ranked *sorted;

	cut_best(c);
	sorted = room_for(c->room, ROOM_SORTED, c->n_best * sizeof(*sorted));
	if (!sorted)
		return err_nomem(e);
	sort_words(c->best, sorted, c->n_best, c);
	for (size_t way = 0; way < TALLY_WAYS; way++)
		for (size_t i = 0; i < TALLY_FEW && i < c->n_tally; i++)
			c->tally[i] += c->few[way][i];
	return ST_OK;
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

static void unpack(uint64_t key, uint16_t *v, unsigned n, unsigned bits)
{
	const uint64_t mask = ((uint64_t)1 << bits) - 1;

	for (unsigned i = n; i-- > 0; key >>= bits)
		v[i] = (uint16_t)(key & mask);
}

/* The ranked words themselves, and room for the hits of each layer. */
static enum status make_ranks(struct counter *c, struct word_table *t, uint32_t **hits,
                              struct arena *a, struct err *e)
{
	const unsigned group = c->s->group, bits = c->s->bits;
	const unsigned high = c->kind == KEY_TWO ? group / 2 : 0;
	uint16_t *symbol = ARENA_NEW(a, uint16_t, c->n_best * group);
	uint32_t *count = ARENA_NEW(a, uint32_t, c->n_best);

	if (!symbol || !count)
		return err_nomem(e);
	t->n_distinct = c->n_distinct;
	t->n_ranks = c->n_best;
	t->symbol = symbol;
	t->count = count;
	for (size_t r = 0; r < t->n_ranks; r++) {
		const struct ranked *x = &c->best[r];
		uint16_t *v = symbol + r * group;

		count[r] = x->count;
		if (c->kind == KEY_FAR) {
			memcpy(v, (const uint16_t *)(uintptr_t)x->high, group * sizeof(*v));
			continue;
		}
		unpack(x->high, v, high, bits);
		unpack(x->low, v + high, group - high, bits);
	}
	for (size_t l = 0; l < c->s->n_layers; l++) {
		hits[l] = ARENA_NEW(a, uint32_t, t->n_ranks + 1);
		if (!hits[l])
			return err_nomem(e);
	}
	return ST_OK;
}

static enum status count_and_rank(struct counter *c, struct word_table *t, uint32_t **hits,
                                  struct arena *a, struct err *e)
{
	const bool is_direct = word_direct_fits(c->s);
	struct word_direct direct = { 0 };
	struct word_parts parts = { 0 };
	enum status rc =
	        is_direct ? word_direct_count(&direct, c, e) : word_parts_count(&parts, c, e);

	if (!rc)
		rc = counter_sort(c, e);
	if (!rc)
		rc = make_runs(c, t, a, e);
	if (!rc)
		rc = make_ranks(c, t, hits, a, e);
	if (!rc)
		rc = is_direct ? word_direct_rank(&direct, c, t, hits, a, e)
		               : word_parts_rank(&parts, c, t, hits, a, e);
	for (size_t l = 0; l < c->s->n_layers && !rc; l++)
		for (size_t r = 0; r < t->n_ranks; r++)
			hits[l][r + 1] += hits[l][r];
	return rc;
}

enum status word_table_make(struct word_table *t, const struct word_scope *s, uint32_t **hits,
                            struct words_room *room, struct arena *a, struct err *e)
{
	struct counter c = { .s = s,
		             .room = room,
		             .kind = key_kind_of(s->group, s->bits),
		             .max_ranks = s->max_ranks };

	*t = (struct word_table){ .n_words = s->n_words };
	c.n_tally = s->n_words < SMALL_COUNTS ? s->n_words + 1 : SMALL_COUNTS;
	c.cap_best = s->n_words < 2 * c.max_ranks ? s->n_words + 1 : 2 * c.max_ranks;
	c.tally = room_zeroed(room, ROOM_TALLY, c.n_tally * sizeof(*c.tally));
	c.large = room_for(room, ROOM_LARGE, (s->n_words / SMALL_COUNTS + 1) * sizeof(*c.large));
	c.best = room_for(room, ROOM_BEST, c.cap_best * sizeof(*c.best));
	return c.tally && c.large && c.best ? count_and_rank(&c, t, hits, a, e) : err_nomem(e);
}

static void rank_direct(const struct word_table *t, const struct word_scope *s, size_t l,
                        size_t first, size_t n, uint32_t *rank)
{
	const size_t full = s->layer[l].n / s->group;

	if (s->group == 1) {
		for (size_t i = 0; i < n; i++)
			rank[i] = t->rank_of[s->layer[l].v[first + i]];
		return;
	}
	for (size_t i = first; i < first + n; i++) {
		const uint16_t *w =
		        i < full ? s->layer[l].v + i * s->group : s->tail + l * s->group;

		*rank++ = t->rank_of[key_pack(w, s->group, s->bits)];
	}
}

void word_table_rank(const struct word_table *t, const struct word_scope *s, size_t l, size_t first,
                     size_t n, uint32_t *rank)
{
	const enum key_kind kind = key_kind_of(s->group, s->bits);
	const size_t mask = ((size_t)1 << t->slot_bits) - 1;
	uint64_t key[2 * WORDS_BLOCK];

	if (t->rank_of) {
		rank_direct(t, s, l, first, n, rank);
		return;
	}
	keys_make(s, l, first, n, key);
	for (size_t i = 0; i < n; i++) {
		const uint64_t *x = key + i * key_lanes(kind);
		size_t at = x[0] >> (64 - t->slot_bits);

		while (t->slot[at].rank && !key_same(kind, t->slot[at].key, x, s->group))
			at = (at + 1) & mask;
		rank[i] = t->slot[at].rank ? t->slot[at].rank - 1 : WORDS_MAX_RANK;
	}
}
