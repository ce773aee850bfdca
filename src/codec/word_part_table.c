/* Counting the words of one part: a hash table that fits the cache, since a part is small. */
#include "codec/word_counter.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/clones.h"

/* With four slots per word a word is mostly where it is looked for first. */
enum { FIRST_BITS = 10, MAX_FIRST_BITS = 15, SPARSE = 4 };

/* Where the bits that a part leaves open are few, they index counts, unless there would be more
 * than DIRECT_PAYS of these per word. */
enum { LEAST_REST = 5, MOST_REST = 14, DIRECT_PAYS = 8, TOGETHER = 32, FEW = 4 };

enum status part_table_create(struct part_table *t, const struct word_parts *p,
                              const struct counter *c, struct err *e)
{
	const size_t n_words = c->s->n_words >> p->bits;
	const unsigned width = c->s->group * c->s->bits;
	const unsigned wanted = bits_for_index(SPARSE * (n_words + 1));
	const unsigned most = wanted < MAX_FIRST_BITS ? wanted : MAX_FIRST_BITS;
	const unsigned bits = most > FIRST_BITS ? most : FIRST_BITS;
	const size_t n = (size_t)1 << bits;

	*t = (struct part_table){ .key = malloc(2 * n * sizeof(uint64_t)),
		                  .count = calloc(n, sizeof(*t->count)),
		                  .used = malloc(n * sizeof(*t->used)),
		                  .bits = bits };
	if (p->narrow && width >= p->bits + LEAST_REST && width <= p->bits + MOST_REST) {
		t->rest_bits = width - p->bits;
		t->direct = calloc((size_t)1 << t->rest_bits, sizeof(*t->direct));
		if (!t->direct)
			return err_nomem(e);
	}
	return t->key && t->count && t->used ? ST_OK : err_nomem(e);
}

void part_table_release(struct part_table *t)
{
	free(t->key);
	free(t->count);
	free(t->used);
	free(t->direct);
}

/* How keys are laid out; a constant wherever it is used. */
enum lanes { NARROW, ONE, TWO, FAR };

/* The hash of key i, at the top of 64 bits. */
static inline uint64_t hash_at(enum lanes lanes, const void *v, size_t i)
{
	if (lanes == NARROW)
		return (uint64_t)((const uint32_t *)v)[i] << 32;
	return ((const uint64_t *)v)[lanes == ONE ? i : 2 * i];
}

static inline bool same_keys(enum lanes lanes, const void *v, size_t i, const void *w, size_t j,
                             unsigned group)
{
	const uint64_t *x = (const uint64_t *)v + 2 * i, *y = (const uint64_t *)w + 2 * j;

	if (lanes == NARROW)
		return ((const uint32_t *)v)[i] == ((const uint32_t *)w)[j];
	if (lanes == ONE)
		return ((const uint64_t *)v)[i] == ((const uint64_t *)w)[j];
	return key_same(lanes == TWO ? KEY_TWO : KEY_FAR, x, y, group);
}

static inline void copy_key(enum lanes lanes, void *v, size_t i, const void *w, size_t j)
{
	if (lanes == NARROW) {
		((uint32_t *)v)[i] = ((const uint32_t *)w)[j];
	} else if (lanes == ONE) {
		((uint64_t *)v)[i] = ((const uint64_t *)w)[j];
	} else {
		((uint64_t *)v)[2 * i] = ((const uint64_t *)w)[2 * j];
		((uint64_t *)v)[2 * i + 1] = ((const uint64_t *)w)[2 * j + 1];
	}
}

/* The slots again, twice as many. */
static bool grow(struct part_table *t, enum lanes lanes, unsigned part_bits)
{
	const struct part_table old = *t;
	const unsigned bits = old.bits + 1;
	const size_t size = (size_t)1 << bits;

	t->key = malloc(2 * size * sizeof(uint64_t));
	t->count = calloc(size, sizeof(*t->count));
	t->used = malloc(size * sizeof(*t->used));
	if (!t->key || !t->count || !t->used) {
		free(t->key);
		free(t->count);
		free(t->used);
		*t = old;
		return false;
	}
	t->bits = bits;
	for (size_t i = 0; i < old.n; i++) {
		size_t at = hash_at(lanes, old.key, old.used[i]) << part_bits >> (64 - bits);

		while (t->count[at])
			at = (at + 1) & (size - 1);
		copy_key(lanes, t->key, at, old.key, old.used[i]);
		t->count[at] = old.count[old.used[i]];
		t->used[i] = (uint32_t)at;
	}
	free(old.key);
	free(old.count);
	free(old.used);
	return true;
}

/* n words at v, for which there are slots. A new word and one more of an old one take the same way,
 * since which it will be cannot be foreseen. */
static inline void count_run(struct part_table *t, enum lanes lanes, unsigned part_bits,
                             unsigned group, const void *v, size_t n_words)
{
	const size_t mask = ((size_t)1 << t->bits) - 1;
	const unsigned shift = 64 - t->bits;
	uint32_t *count = t->count, *used = t->used;
	void *key = t->key;
	size_t n = t->n;

	for (size_t i = 0; i < n_words; i++) {
		size_t at = hash_at(lanes, v, i) << part_bits >> shift;

		while (count[at] && !same_keys(lanes, key, at, v, i, group))
			at = (at + 1) & mask;
		copy_key(lanes, key, at, v, i);
		used[n] = (uint32_t)at;
		n += count[at]++ == 0;
	}
	t->n = n;
}

/* Hands the words over and frees their slots. */
static inline void take_words(struct part_table *t, enum lanes lanes, struct counter *c)
{
	for (size_t i = 0; i < t->n; i++) {
		const size_t at = t->used[i];
		const uint64_t *x = (const uint64_t *)t->key + 2 * at;
		const uint32_t count = t->count[at];

		t->count[at] = 0;
		counter_note(c, i, count);
		if (!counter_wants(c, count))
			continue;
		if (lanes == NARROW)
			counter_try(c, 0,
			            key_unmix_narrow(((const uint32_t *)t->key)[at],
			                             c->s->group * c->s->bits),
			            count);
		else if (lanes == ONE)
			counter_try(c, 0, key_unmix(((const uint64_t *)t->key)[at]), count);
		else if (lanes == TWO)
			counter_try(c, x[1], key_unmix(x[0]) - key_mix(x[1]), count);
		else
			counter_try(c, x[1], 0, count);
	}
	c->n_distinct += t->n;
}

static inline bool count_and_take(struct part_table *t, enum lanes lanes,
                                  const struct word_parts *p, struct counter *c, size_t k)
{
	size_t at = p->first[k];

	for (size_t rest = p->total[k]; rest;) {
		const struct key_run run = parts_walk(p, c->kind, &at, rest);

		while ((t->n + run.n) * 2 > (size_t)1 << t->bits)
			if (!grow(t, lanes, p->bits))
				return false;
		count_run(t, lanes, p->bits, c->s->group, run.key, run.n);
		rest -= run.n;
	}
	take_words(t, lanes, c);
	return true;
}

/* Words of a part that differ in few bits: those index the counts. */
static void count_direct(struct part_table *t, const struct word_parts *p, size_t k)
{
	const unsigned part_bits = p->bits, shift = 32 - t->rest_bits;
	uint32_t *count = t->direct;
	size_t at = p->first[k];

	for (size_t rest = p->total[k]; rest;) {
		const struct key_run run = parts_walk(p, KEY_ONE, &at, rest);
		const uint32_t *key = run.key;

		for (size_t i = 0; i < run.n; i++)
			count[key[i] << part_bits >> shift]++;
		rest -= run.n;
	}
}

/* Tallies some counts below FEW and tells the largest one. */
static inline uint32_t tally_few(const uint32_t *count, uint32_t *tally)
{
	uint32_t most = 0, n[FEW] = { 0 };

	for (size_t i = 0; i < TOGETHER; i++) {
		most = count[i] > most ? count[i] : most;
		n[1] += count[i] == 1;
		n[2] += count[i] == 2;
		n[3] += count[i] == 3;
	}
	for (size_t i = 1; i < FEW; i++)
		tally[i] += n[i];
	return most;
}

/* Hands the words over and zeroes their counts. Most are few, which is told for many at once. */
CLONES static void take_direct(struct part_table *t, struct counter *c, size_t k)
{
	const unsigned width = c->s->group * c->s->bits;
	const uint32_t part = (uint32_t)(k << t->rest_bits);
	uint32_t tally[FEW] = { 0 };
	size_t n = 0;

	for (size_t from = 0; from < (size_t)1 << t->rest_bits; from += TOGETHER) {
		uint32_t *count = t->direct + from;
		const uint32_t most = tally_few(count, tally);

		for (size_t i = 0; i < TOGETHER && (most >= FEW || counter_wants(c, most)); i++) {
			if (count[i] >= FEW)
				counter_note(c, n++, count[i]);
			if (count[i] && counter_wants(c, count[i]))
				counter_try(c, 0,
				            key_unmix_narrow((uint32_t)(part + from + i)
				                                     << (32 - width),
				                             width),
				            count[i]);
		}
	}
	memset(t->direct, 0, sizeof(*t->direct) << t->rest_bits);
	for (size_t i = 1; i < FEW; i++) {
		c->few[0][i] += tally[i];
		n += tally[i];
	}
	c->n_distinct += n;
}

enum status part_table_count(struct part_table *t, const struct word_parts *p, struct counter *c,
                             size_t k, struct err *e)
{
	bool ok;

	t->n = 0;
	if (t->direct && p->total[k] >= ((size_t)1 << t->rest_bits) / DIRECT_PAYS) {
		count_direct(t, p, k);
		take_direct(t, c, k);
		return ST_OK;
	}
	if (p->narrow)
		ok = count_and_take(t, NARROW, p, c, k);
	else if (c->kind == KEY_ONE)
		ok = count_and_take(t, ONE, p, c, k);
	else if (c->kind == KEY_TWO)
		ok = count_and_take(t, TWO, p, c, k);
	else
		ok = count_and_take(t, FAR, p, c, k);
	return ok ? ST_OK : err_nomem(e);
}
