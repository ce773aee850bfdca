#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/word_room.h"
#include "codec_coding.h"

/* One symbol in ten is not zero. */
static void draw(uint16_t *v, size_t n, unsigned bits)
{
	unsigned mask = (1u << bits) - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned r = (unsigned)rand();

		v[i] = (uint16_t)(r % 10 ? 0 : (r >> 8) & mask);
	}
}

/* Ranks of the n words of one layer: as many as there are, each the word that it stands for. */
static void check_ranks(const struct words *w, const struct source *s, size_t n)
{
	const struct word_table *t = &w->table[0];
	uint32_t rank[WORDS_BLOCK];

	for (size_t at = 0; at < n; at += WORDS_BLOCK) {
		size_t now = words_block(w, 0, at);

		words_rank(w, s, 0, at, now, rank);
		for (size_t i = 0; i < now; i++) {
			size_t from = (at + i) * w->group;
			size_t take = s->layer->n - from < w->group ? s->layer->n - from : w->group;

			cr_assert_lt(rank[i], t->n_ranks);
			cr_assert_eq(memcmp(t->symbol + rank[i] * w->group, s->layer->v + from,
			                    take * sizeof(*t->symbol)),
			             0);
		}
	}
}

/* Largest count first, then smaller words; each rank's count is how often it was given. */
static void check_table(const struct words *w)
{
	const struct word_table *t = &w->table[0];
	size_t words = 0, distinct = 0;

	for (size_t r = 0; r < t->n_ranks; r++) {
		const uint16_t *x = t->symbol + (r - (r > 0)) * w->group;

		cr_assert_eq(w->hits[0][r + 1] - w->hits[0][r], t->count[r]);
		cr_assert(r == 0 || t->count[r - 1] >= t->count[r]);
		if (r > 0 && t->count[r - 1] == t->count[r]) {
			size_t j = 0;

			while (j < w->group && x[j] == x[j + w->group])
				j++;
			cr_assert(j < w->group && x[j] < x[j + w->group]);
		}
	}
	for (size_t i = 0; i < t->n_runs; i++) {
		cr_assert(i == 0 || t->run[i - 1].count >= t->run[i].count);
		words += (size_t)t->run[i].count * t->run[i].n;
		distinct += t->run[i].n;
	}
	cr_assert(words == t->n_words && distinct == t->n_distinct);
}

Test(codec, word_ranks_are_right)
{
	static uint16_t v[20000];
	struct symbols l = { v, 20000, 5, NULL };
	struct source s = source_of(&l, 1);
	struct err e;

	srand(3);
	for (unsigned group = 1; group <= 30; group = group * 2 + 1)
		for (l.n = 900; l.n <= 20000; l.n += 19100) {
			struct words *w;
			size_t n = (l.n + group - 1) / group;

			draw(v, l.n, 5);
			cr_assert_eq(words_count(&w, &s, group, DICT_MODEL, &e), ST_OK);
			cr_assert_eq(w->table[0].n_words, n);
			check_ranks(w, &s, n);
			check_table(w);
			words_free(w);
		}
}

/* 100,000 words of two 16-bit symbols, word i being i: every third once more. Those that occur
 * twice, 33,334, come first; then 32,202 of the others, smaller ones first, and the rest of the
 * 66,666 have no rank. The last word with one is the 32,202nd of 1 2 4 5 7 8 ..: 48,302. */
Test(codec, only_the_most_frequent_words_have_ranks)
{
	enum { N = 100000 + 33334 };
	uint16_t *v = malloc(2 * N * sizeof(*v));
	struct symbols l = { v, 2 * (size_t)N, 16, NULL };
	struct source s = source_of(&l, 1);
	struct words *w;
	uint32_t rank[3];
	struct err e;

	cr_assert_not_null(v);
	for (uint32_t i = 0; i < N; i++) {
		uint32_t word = i < 100000 ? i : (i - 100000) * 3;

		v[2 * i] = (uint16_t)(word >> 16);
		v[2 * i + 1] = (uint16_t)word;
	}
	cr_assert_eq(words_count(&w, &s, 2, DICT_MODEL, &e), ST_OK);
	cr_assert(w->table[0].n_distinct == 100000 && w->table[0].n_ranks == WORDS_MAX_RANK);
	cr_assert(w->table[0].n_runs == 2 && w->table[0].run[0].n == 33334);
	check_table(w);
	words_rank(w, &s, 0, 48302, 3, rank);
	cr_assert(rank[0] == WORDS_MAX_RANK - 1 && rank[1] == 16101 && rank[2] == WORDS_MAX_RANK);
	words_rank(w, &s, 0, 99999, 2, rank);
	cr_assert(rank[0] == 33333 && rank[1] == 0);
	cr_assert_eq(words_hits(w, 0, WORDS_MAX_RANK), 2 * 33334 + 32202);
	words_free(w);
	free(v);
}

/* That fewer ranks are wanted, or where words were counted, changes nothing: w, of few ranks,
 * against all of them. */
static void check_few(const struct words *w, const struct words *all, uint32_t n_wanted)
{
	const struct word_table *t = &w->table[0], *u = &all->table[0];

	cr_assert(w->max_ranks == n_wanted && all->max_ranks == WORDS_MAX_RANK);
	cr_assert_eq(t->n_ranks, u->n_ranks < n_wanted ? u->n_ranks : n_wanted);
	cr_assert(t->n_distinct == u->n_distinct && t->n_words == u->n_words);
	cr_assert_eq(t->n_runs, u->n_runs);
	cr_assert_eq(memcmp(t->run, u->run, t->n_runs * sizeof(*t->run)), 0);
	cr_assert_eq(memcmp(t->count, u->count, t->n_ranks * sizeof(*t->count)), 0);
	cr_assert_eq(memcmp(t->symbol, u->symbol, t->n_ranks * w->group * sizeof(*t->symbol)), 0);
	for (size_t l = 0; l < w->n_layers; l++)
		for (uint32_t d = 0; d <= n_wanted; d++)
			cr_assert_eq(words_hits(w, l, d), words_hits(all, l, d));
}

/* Words of 1 to 33 symbols of 3, 6 and 8 bits (narrow, up to 64 and up to 128 bits, wider), in
 * layers of 40,000, 7 and 21,001 symbols. The first one holds fewer distinct symbols. */
Test(codec, few_ranks_in_used_room_are_the_first_of_all)
{
	enum { N = 40000 + 7 + 21001 };
	static uint16_t v[N];
	struct symbols l[3] = {
		{v,          40000, 0, NULL},
                { v + 40000, 7,     0, NULL},
                { v + 40007, 21001, 0, NULL}
	};
	struct source s = source_of(l, 3);
	struct words_room *room = words_room_create();
	struct err e;

	cr_assert_not_null(room);
	srand(5);
	for (unsigned bits = 3; bits <= 8; bits += bits == 3 ? 3 : 2) {
		s.bits = bits;
		for (size_t i = 0; i < N; i++)
			v[i] = (uint16_t)((rand() % 3 ? 0u : (unsigned)rand() >> 4) &
			                  ((i < 40000 ? 4u : 1u << bits) - 1));
		for (unsigned group = 1; group <= 33;
		     group = group < 3 ? group + 1 : 2 * group - 1) {
			struct words *all, *few;

			for (size_t i = 0; i < 3; i++)
				l[i].bits = bits;
			s.max_ranks = 0;
			s.room = NULL;
			cr_assert_eq(words_count(&all, &s, group, DICT_MODEL, &e), ST_OK);
			s.room = room;
			for (s.max_ranks = 1; s.max_ranks <= 1000; s.max_ranks *= 31) {
				cr_assert_eq(words_count(&few, &s, group, DICT_MODEL, &e), ST_OK);
				check_few(few, all, s.max_ranks);
				words_free(few);
			}
			words_free(all);
		}
	}
	words_room_free(room);
}

/* Three layers of n symbols in all, words of some of them, with one slice of memory and with many:
 * all words have ranks, so nothing may differ. */
static void check_slices(uint16_t *v, size_t n, unsigned bits, unsigned group)
{
	struct symbols l[3] = {
		{v,                  n / 2,             bits, NULL},
		{ v + n / 2,         n / 3,             bits, NULL},
		{ v + n / 2 + n / 3, n - n / 2 - n / 3, bits, NULL}
	};
	struct source s = source_of(l, 3);
	struct words_room *room = words_room_create();
	struct words *one, *many;
	struct err e;

	cr_assert_not_null(room);
	s.bits = bits;
	cr_assert_eq(words_count(&one, &s, group, DICT_MODEL, &e), ST_OK);
	s.room = room;
	for (room->slice_bytes = 1; room->slice_bytes < 1 << 16; room->slice_bytes *= 200) {
		cr_assert_eq(words_count(&many, &s, group, DICT_MODEL, &e), ST_OK);
		check_few(many, one, WORDS_MAX_RANK);
		words_free(many);
	}
	words_free(one);
	words_room_free(room);
}

/* 40,000 words in 16 parts: narrow ones, of up to 64 and 128 bits and wider. First most of them
 * differ, then only the symbols 0 and 1 occur (parts of very different sizes), then all words are
 * the same one. */
Test(codec, slices_of_memory_change_no_counts)
{
	static const unsigned group[] = { 4, 6, 16, 17 };
	uint16_t *v = malloc(sizeof(*v) * 40000 * 17);

	cr_assert_not_null(v);
	srand(7);
	for (unsigned values = 256; values >= 1; values = values == 256 ? 2 : values / 2)
		for (size_t g = 0; g < 4; g++) {
			const size_t n = (size_t)40000 * group[g] - 5;

			for (size_t i = 0; i < n; i++)
				v[i] = (uint16_t)(values == 1 ? 3
				                              : ((unsigned)rand() >> 4) % values);
			check_slices(v, n, 8, group[g]);
		}
	free(v);
}

/* 100,000 words of 18 bits make 32 parts, in which 13 bits are open: their counts are indexed. */
Test(codec, counts_of_narrow_words_in_parts_are_right)
{
	enum { LAYERS = 2, WORDS = 50000, GROUP = 3, BITS = 6 };
	static uint16_t v[LAYERS][WORDS * GROUP];
	static uint32_t count[LAYERS][1 << GROUP * BITS];
	struct symbols layer[LAYERS];
	struct source s = { .n_layers = LAYERS, .layer = layer, .bits = BITS, .max_ranks = 500 };
	uint64_t x = 1, hits[LAYERS] = { 0 };
	size_t n_distinct = 0, n_tallied = 0;
	struct words *ws;
	struct err e;

	for (size_t l = 0; l < LAYERS; l++) {
		for (size_t i = 0; i < WORDS * GROUP; i++) {
			x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
			v[l][i] = (uint16_t)(x >> 58 & (x >> 52));
		}
		for (size_t i = 0; i < WORDS * GROUP; i += GROUP)
			count[l][v[l][i] << 2 * BITS | v[l][i + 1] << BITS | v[l][i + 2]]++;
		layer[l] = (struct symbols){ .v = v[l], .n = WORDS * GROUP, .bits = BITS };
	}
	for (size_t key = 0; key < (size_t)1 << GROUP * BITS; key++)
		n_distinct += count[0][key] + count[1][key] > 0;
	cr_assert_eq(words_count(&ws, &s, GROUP, DICT_MODEL, &e), ST_OK);
	cr_assert_eq(ws->table[0].n_distinct, n_distinct);
	for (size_t i = 0; i < ws->table[0].n_runs; i++)
		n_tallied += (size_t)ws->table[0].run[i].count * ws->table[0].run[i].n;
	cr_assert_eq(n_tallied, LAYERS * WORDS);
	cr_assert_eq(ws->table[0].n_ranks, 500);
	for (uint32_t r = 0; r < 500; r++) {
		const uint16_t *w = ws->table[0].symbol + r * GROUP;
		const size_t key = (size_t)w[0] << 2 * BITS | (size_t)w[1] << BITS | w[2];

		cr_assert_eq(ws->table[0].count[r], count[0][key] + count[1][key]);
		cr_assert(!r || ws->table[0].count[r] <= ws->table[0].count[r - 1]);
		for (size_t l = 0; l < LAYERS; l++) {
			hits[l] += count[l][key];
			cr_assert_eq(words_hits(ws, l, r + 1), hits[l]);
		}
	}
	words_free(ws);
}
