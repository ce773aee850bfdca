#include "codec/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* A distinct word while counting. key is the packed word where group * bits <= 64 (then it decides
 * alone), otherwise a hash of it. */
struct entry {
	uint64_t key;
	uint32_t count;
	uint32_t word; /* where it first occurs */
	uint32_t id;   /* order of first occurrence */
};

/* Interning table of one dictionary scope. */
struct counter {
	const uint16_t *symbols; /* padded words, one after the other */
	unsigned group, bits;
	bool packed; /* key is the word itself */
	unsigned slot_bits;
	uint32_t *slot; /* 0: free, else entry index + 1 */
	struct entry *entry;
	size_t n_entries;
};

enum { DIRECT_BITS = 20 }; /* words of at most this width index the slots directly */

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

static uint64_t word_key(const struct counter *c, const uint16_t *w)
{
	uint64_t key = 0;

	if (c->packed)
		for (unsigned i = 0; i < c->group; i++)
			key = key << c->bits | w[i];
	else
		for (unsigned i = 0; i < c->group; i++)
			key = mix(key + w[i] + 1);
	return key;
}

static bool same_word(const struct counter *c, uint32_t a, uint32_t b)
{
	return !memcmp(c->symbols + (size_t)a * c->group, c->symbols + (size_t)b * c->group,
	               c->group * sizeof(*c->symbols));
}

/* Id of word number w, counted once more. */
static uint32_t intern(struct counter *c, uint32_t w)
{
	uint64_t key = word_key(c, c->symbols + (size_t)w * c->group);
	size_t mask = ((size_t)1 << c->slot_bits) - 1;
	bool direct = c->group * c->bits <= c->slot_bits && c->packed;
	size_t i = direct ? key : mix(key) & mask;

	for (;; i = (i + 1) & mask) {
		struct entry *e = &c->entry[c->slot[i] ? c->slot[i] - 1 : 0];

		if (!c->slot[i]) {
			c->entry[c->n_entries] =
			        (struct entry){ key, 1, w, (uint32_t)c->n_entries };
			c->slot[i] = (uint32_t)++c->n_entries;
			return (uint32_t)c->n_entries - 1;
		}
		if (e->key == key && (c->packed || same_word(c, e->word, w))) {
			e->count++;
			return e->id;
		}
	}
}

/* Most frequent first; ties: smaller word value first. */
static int by_rank(const struct entry *x, const struct entry *y, const struct counter *c)
{
	const uint16_t *a, *b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (c->packed)
		return x->key < y->key ? -1 : x->key > y->key;
	a = c->symbols + (size_t)x->word * c->group;
	b = c->symbols + (size_t)y->word * c->group;
	for (unsigned i = 0; i < c->group; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
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

/* Turns the counted entries into table t; id_rank[id] becomes the rank. */
static enum status make_table(struct words *ws, struct counter *c, size_t n_words,
                              struct word_table *t, uint32_t *id_rank, struct err *e)
{
	struct entry *tmp = malloc((c->n_entries + 1) * sizeof(*tmp));
	uint16_t *symbol = ARENA_NEW(&ws->arena, uint16_t, c->n_entries * c->group);
	uint32_t *count = ARENA_NEW(&ws->arena, uint32_t, c->n_entries);
	uint64_t *sum = ARENA_NEW(&ws->arena, uint64_t, c->n_entries + 1);

	if (!tmp || !symbol || !count || !sum) {
		free(tmp);
		return err_nomem(e);
	}
	sort_entries(c->entry, tmp, c->n_entries, c);
	free(tmp);
	for (size_t r = 0; r < c->n_entries; r++) {
		memcpy(symbol + r * c->group, c->symbols + (size_t)c->entry[r].word * c->group,
		       c->group * sizeof(*symbol));
		count[r] = c->entry[r].count;
		sum[r + 1] = sum[r] + count[r];
		id_rank[c->entry[r].id] = (uint32_t)r;
	}
	*t = (struct word_table){ n_words, c->n_entries, symbol, count, sum };
	return ST_OK;
}

/* Prefix sums of the ranks of layer l. */
static enum status make_hits(struct words *ws, size_t l, struct err *e)
{
	size_t n = words_table(ws, l)->n_distinct;

	n = n < WORDS_MAX_RANK ? n : WORDS_MAX_RANK;
	ws->n_ranks[l] = n;
	ws->hits[l] = ARENA_NEW(&ws->arena, uint64_t, n + 1);
	if (!ws->hits[l])
		return err_nomem(e);
	for (size_t i = 0; i < ws->layer_words[l]; i++)
		if (ws->rank[l][i] < n)
			ws->hits[l][ws->rank[l][i] + 1]++;
	for (size_t r = 0; r < n; r++)
		ws->hits[l][r + 1] += ws->hits[l][r];
	return ST_OK;
}

/* Counts the n_words words at c->symbols into table t; rank receives the rank of each. */
static enum status count_scope(struct words *ws, struct counter *c, size_t n_words,
                               struct word_table *t, uint32_t *rank, struct err *e)
{
	const unsigned width = c->group * c->bits;
	uint32_t *id_rank = malloc((n_words + 1) * sizeof(*id_rank));
	size_t distinct = n_words; /* at most */
	enum status rc;

	c->packed = width <= 64;
	if (width < 32 && (size_t)1 << width < distinct)
		distinct = (size_t)1 << width;
	c->slot_bits = bits_for_index(2 * distinct + 16);
	if (c->group * c->bits <= DIRECT_BITS && c->slot_bits < c->group * c->bits)
		c->slot_bits = c->group * c->bits;
	c->slot = calloc((size_t)1 << c->slot_bits, sizeof(*c->slot));
	c->entry = malloc((n_words + 1) * sizeof(*c->entry));
	c->n_entries = 0;
	rc = id_rank && c->slot && c->entry ? ST_OK : err_nomem(e);
	if (!rc) {
		for (size_t i = 0; i < n_words; i++)
			rank[i] = intern(c, (uint32_t)i);
		rc = make_table(ws, c, n_words, t, id_rank, e);
	}
	for (size_t i = 0; i < n_words && !rc; i++)
		rank[i] = id_rank[rank[i]];
	free(id_rank);
	free(c->slot);
	free(c->entry);
	return rc;
}

static enum status alloc_words(struct words *ws, const struct source *s, struct err *e)
{
	ws->n_layers = s->n_layers;
	ws->n_tables = ws->scope == DICT_MODEL ? 1 : s->n_layers;
	ws->table = ARENA_NEW(&ws->arena, struct word_table, ws->n_tables);
	ws->layer_words = ARENA_NEW(&ws->arena, size_t, s->n_layers);
	ws->rank = ARENA_NEW(&ws->arena, uint32_t *, s->n_layers);
	ws->hits = ARENA_NEW(&ws->arena, uint64_t *, s->n_layers);
	ws->n_ranks = ARENA_NEW(&ws->arena, size_t, s->n_layers);
	if (!ws->table || !ws->layer_words || !ws->rank || !ws->hits || !ws->n_ranks)
		return err_nomem(e);
	return ST_OK;
}

/* Lays the layers out as whole words, zero padded, and points the ranks into one array. */
static enum status lay_out(struct words *ws, const struct source *s, uint16_t **padded,
                           uint32_t **rank, struct err *e)
{
	size_t total = 0, at = 0;

	for (size_t l = 0; l < s->n_layers; l++) {
		ws->layer_words[l] = (s->layer[l].n + ws->group - 1) / ws->group;
		total += ws->layer_words[l];
	}
	if (total > UINT32_MAX - 1)
		return err_set(e, ST_USAGE, "%zu words are more than %u; use a larger group", total,
		               UINT32_MAX - 1);
	*padded = calloc(total * ws->group + 1, sizeof(**padded));
	*rank = ARENA_NEW(&ws->arena, uint32_t, total);
	if (!*padded || !*rank)
		return err_nomem(e);
	for (size_t l = 0; l < s->n_layers; l++) {
		memcpy(*padded + at * ws->group, s->layer[l].v, s->layer[l].n * sizeof(**padded));
		ws->rank[l] = *rank + at;
		at += ws->layer_words[l];
	}
	return ST_OK;
}

static enum status count_all(struct words *ws, const struct source *s, const uint16_t *padded,
                             uint32_t *rank, struct err *e)
{
	size_t at = 0;
	enum status rc = ST_OK;

	for (size_t t = 0; t < ws->n_tables && !rc; t++) {
		struct counter c = { .symbols = padded + at * ws->group,
			             .group = ws->group,
			             .bits = s->bits };
		size_t n = 0;

		for (size_t l = t; l < (ws->scope == DICT_MODEL ? s->n_layers : t + 1); l++)
			n += ws->layer_words[l];
		rc = count_scope(ws, &c, n, &ws->table[t], rank + at, e);
		at += n;
	}
	for (size_t l = 0; l < s->n_layers && !rc; l++)
		rc = make_hits(ws, l, e);
	return rc;
}

enum status words_count(struct words **out, const struct source *s, unsigned group,
                        enum dict_scope scope, struct err *e)
{
	struct words *ws = calloc(1, sizeof(*ws));
	uint16_t *padded = NULL;
	uint32_t *rank = NULL;
	enum status rc;

	*out = NULL;
	if (!ws)
		return err_nomem(e);
	ws->group = group;
	ws->scope = scope;
	rc = alloc_words(ws, s, e);
	if (!rc)
		rc = lay_out(ws, s, &padded, &rank, e);
	if (!rc)
		rc = count_all(ws, s, padded, rank, e);
	free(padded);
	if (rc)
		words_free(ws);
	else
		*out = ws;
	return rc;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	arena_release(&w->arena);
	free(w);
}

uint64_t words_hits(const struct words *w, size_t l, uint32_t entries)
{
	size_t n = entries < w->n_ranks[l] ? entries : w->n_ranks[l];

	return w->hits[l][n];
}
