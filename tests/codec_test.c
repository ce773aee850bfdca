#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec/codec.h"
#include "plugins.h"

static struct source source_of(struct symbols *layers, size_t n)
{
	return (struct source){ n, layers, layers[0].bits, NULL };
}

/* Layers 0 0 1 0 0 | 3 0 0 with 2-bit symbols in words of 2: 00 10 0(0) | 30 0(0), as bits 0000
 * 0100 0000 | 1100 0000. Counts: 0000 three times, then 0100 before 1100 (smaller value first). D =
 * 2: index 1 bit. Dictionary 0000 0100. Layer 0: 1.0 1.1 1.0 = 101110; layer 1: 0.1100 1.0 =
 * 0110010. */
Test(codec, dictionary_stream_by_hand)
{
	const uint16_t a[] = { 0, 0, 1, 0, 0 }, b[] = { 3, 0, 0 };
	struct symbols l[] = {
		{a,  5, 2},
                { b, 3, 2}
	};
	struct source s = source_of(l, 2);
	struct codec_params p = { 2, DICT_MODEL, 2 };
	struct words *w;
	struct coded c;
	struct err e;

	cr_assert_eq(words_count(&w, &s, 2, DICT_MODEL, &e), ST_OK);
	s.words = w;
	cr_assert(w->table[0].n_words == 5 && w->table[0].n_distinct == 3);
	cr_assert(w->table[0].count[0] == 3 && w->table[0].count[1] == 1);
	cr_assert(w->table[0].symbol[2] == 1 && w->table[0].symbol[3] == 0);
	cr_assert(w->table[0].symbol[4] == 3);
	cr_assert_eq(codec_dict.encode(&s, &p, &c, &e), ST_OK);
	cr_assert_eq(c.shared.n_bits, 8);
	cr_assert_eq(c.shared.words[0] >> 56, 0x04);
	cr_assert_eq(c.layer[0].n_bits, 6);
	cr_assert_eq(c.layer[0].words[0] >> 58, 0x2e);
	cr_assert_eq(c.layer[1].n_bits, 7);
	cr_assert_eq(c.layer[1].words[0] >> 57, 0x32);
	coded_release(&c);
	words_free(w);
}

/* The same with a dictionary per layer and D = 1 (no index): dictionary 0000 each; layer 0: 00 10
 * 00
 * -> 1 0.0100 1 = 1001001; layer 1: 30 00, both once, 0000 first -> 0.1100 1 = 011001. */
Test(codec, layer_dictionary_of_one_entry)
{
	const uint16_t a[] = { 0, 0, 1, 0, 0 }, b[] = { 3, 0, 0 };
	struct symbols l[] = {
		{a,  5, 2},
                { b, 3, 2}
	};
	struct source s = source_of(l, 2);
	struct codec_params p = { 2, DICT_LAYER, 1 };
	struct words *w;
	struct coded c;
	struct err e;

	cr_assert_eq(words_count(&w, &s, 2, DICT_LAYER, &e), ST_OK);
	s.words = w;
	cr_assert_eq(codec_dict.encode(&s, &p, &c, &e), ST_OK);
	cr_assert(c.shared.n_bits == 0 && c.table[0].n_bits == 4 && c.table[1].n_bits == 4);
	cr_assert_eq(c.layer[0].n_bits, 7);
	cr_assert_eq(c.layer[0].words[0] >> 57, 0x49);
	cr_assert_eq(c.layer[1].n_bits, 6);
	cr_assert_eq(c.layer[1].words[0] >> 58, 0x19);
	coded_release(&c);
	words_free(w);
}

/* Symbol 5 of 3 bits, then 1: 101 001. */
Test(codec, raw_stream_by_hand)
{
	const uint16_t a[] = { 5, 1 };
	struct symbols l = { a, 2, 3 };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, 0 };
	struct coded c;
	struct err e;

	cr_assert_eq(codec_raw.encode(&s, &p, &c, &e), ST_OK);
	cr_assert(c.layer[0].n_bits == 6 && c.layer[0].words[0] >> 58 == 0x29);
	coded_release(&c);
}

/* 32-bit port, shared 40, two layers with table 8 / side 64 / stream 33: padded 64 + 2 (32 + 64 +
 * 64) = 384; parts 40 + 2 * 8 dict, 128 side, 66 stream = 250; padding 134. */
Test(codec, every_bit_is_accounted_for)
{
	size_t table[] = { 8, 8 }, layer[] = { 33, 33 }, side[] = { 64, 64 };
	struct coded_sizes sizes = { 40, table, layer };
	struct bit_account a = account(&sizes, side, 2, 32);

	cr_assert(a.dict == 56 && a.side == 128 && a.stream == 66 && a.padding == 134);
	cr_assert_eq(a.total, 384);
}

/* Layers of several sizes, drawn so that small symbols are likely; shape 0: random, 1: all zero,
 * 2: all equal, 3: sparse. */
enum { LAYERS = 4, LARGEST = 1000 };

static void draw(uint16_t *v, size_t n, unsigned bits, int shape)
{
	unsigned mask = (1u << bits) - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned r = (unsigned)rand();

		v[i] = (uint16_t)(shape == 0   ? r & mask
		                  : shape == 1 ? 0
		                  : shape == 2 ? mask
		                  : r % 10     ? 0
		                               : (r >> 8) & mask);
	}
}

static void check_sizes(const struct codec *c, const struct source *s, const struct codec_params *p,
                        const struct coded *coded)
{
	size_t table[LAYERS], layer[LAYERS];
	struct coded_sizes sizes = { 0, table, layer };

	c->sizes(s, p, &sizes);
	cr_assert_eq(sizes.shared_bits, coded->shared.n_bits);
	for (size_t l = 0; l < s->n_layers; l++) {
		cr_assert_eq(table[l], coded->table[l].n_bits);
		cr_assert_eq(layer[l], coded->layer[l].n_bits, "%s G=%u D=%u: %zu != %zu", c->name,
		             p->group, p->entries, layer[l], coded->layer[l].n_bits);
	}
}

/* Lengths add up to the stream and stay below the longest. */
static void check_lengths(const struct codec *c, const struct source *s,
                          const struct codec_params *p, const struct coded *coded)
{
	uint16_t length[LARGEST];

	for (size_t l = 0; l < s->n_layers; l++) {
		struct code_lengths codes = { .length_bits = length };
		size_t sum = 0;

		c->lengths(s, l, p, &codes);
		for (size_t i = 0; i < codes.n; i++) {
			sum += length[i];
			cr_assert_leq(length[i], codes.longest_bits);
		}
		cr_assert_eq(sum, coded->layer[l].n_bits);
		cr_assert_geq(codes.n * codes.symbols_per_code, s->layer[l].n);
	}
}

/* Encoded twice the same; decoded back; one bit fewer or more refused; a flipped bit never
 * crashes. */
static void round_trip(const struct codec *c, const struct source *s, const struct codec_params *p)
{
	struct coded coded, again;
	uint16_t v[LARGEST];
	struct err e;

	cr_assert_eq(c->encode(s, p, &coded, &e), ST_OK);
	cr_assert_eq(c->encode(s, p, &again, &e), ST_OK);
	check_sizes(c, s, p, &coded);
	check_lengths(c, s, p, &coded);
	for (size_t l = 0; l < s->n_layers; l++) {
		struct bit_string *b = &coded.layer[l];

		cr_assert_eq(b->n_bits, again.layer[l].n_bits);
		cr_assert_eq(memcmp(b->words, again.layer[l].words, bits_words(b->n_bits) * 8), 0);
		cr_assert_eq(c->decode(&coded, l, p, s->bits, v, s->layer[l].n, &e), ST_OK, "%s",
		             e.msg);
		cr_assert_eq(memcmp(v, s->layer[l].v, s->layer[l].n * sizeof(*v)), 0);
		if (b->n_bits == 0)
			continue;
		b->n_bits--;
		cr_assert_eq(c->decode(&coded, l, p, s->bits, v, s->layer[l].n, &e), ST_DATA);
		b->n_bits += 2; /* one more word is there */
		cr_assert_eq(c->decode(&coded, l, p, s->bits, v, s->layer[l].n, &e), ST_DATA);
		b->n_bits--;
		b->words[b->n_bits / 128] ^= (uint64_t)1 << (b->n_bits % 61);
		c->decode(&coded, l, p, s->bits, v, s->layer[l].n, &e);
	}
	coded_release(&coded);
	coded_release(&again);
}

static void all_parameters(const struct codec *c, struct source *s)
{
	static const unsigned groups[] = { 1, 2, 3, 8, 16, 64 };
	static const uint32_t entries[] = { 1, 2, 3, 16, 100, 4096 };
	struct words *w;
	struct err e;

	if (!c->uses_words) {
		round_trip(c, s, &(struct codec_params){ 1, DICT_MODEL, 0 });
		return;
	}
	for (size_t g = 0; g < 6; g++)
		for (int scope = 0; scope < N_DICT_SCOPES; scope++) {
			cr_assert_eq(words_count(&w, s, groups[g], (enum dict_scope)scope, &e),
			             ST_OK);
			s->words = w;
			for (size_t d = 0; d < (c->has_entries ? 6 : 1); d++)
				round_trip(c, s,
				           &(struct codec_params){
				                   groups[g], (enum dict_scope)scope, entries[d] });
			words_free(w);
			s->words = NULL;
		}
}

Test(codec, properties_of_every_codec, .timeout = 120)
{
	static const size_t sizes[][LAYERS] = {
		{1,     15, 16, 17 },
                { 1000, 64, 3,  999},
                { 0,    5,  0,  1  }
	};
	static const unsigned widths[] = { 2, 3, 4, 8, 9, 16 };
	static uint16_t v[LAYERS][LARGEST];
	struct symbols l[LAYERS];

	srand(11);
	for (size_t i = 0; i < n_codecs; i++)
		for (size_t b = 0; b < 6; b++)
			for (int shape = 0; shape < 4; shape++)
				for (size_t z = 0; z < 3; z++) {
					struct source s;

					for (size_t k = 0; k < LAYERS; k++) {
						draw(v[k], sizes[z][k], widths[b], shape);
						l[k] = (struct symbols){ v[k], sizes[z][k],
							                 widths[b] };
					}
					s = source_of(l, LAYERS);
					all_parameters(codecs[i], &s);
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
	struct symbols l = { v, 20000, 5 };
	struct source s = source_of(&l, 1);
	struct err e;

	srand(3);
	for (unsigned group = 1; group <= 30; group = group * 2 + 1)
		for (l.n = 900; l.n <= 20000; l.n += 19100) {
			struct words *w;
			size_t n = (l.n + group - 1) / group;

			draw(v, l.n, 5, 3);
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
	struct symbols l = { v, 2 * (size_t)N, 16 };
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

/* A dense 3 x 2 kernel (3 filters, 2 weights each) on a 2 x 2 array. Fold 1: filters 0 1, rows k =
 * 1 then k = 0: w01 w11 w00 w10; fold 2: filter 2: w21 w20. Storage is w00 w01 w10 w11 w20 w21. */
Test(codec, array_order_by_hand)
{
	struct kernel k = { .n = 6, .channels = 3, .groups = 1 };
	const uint16_t in[] = { 0, 1, 10, 11, 20, 21 };
	uint16_t out[6], back[6];

	stream_reorder(&k, ORDER_ARRAY, 2, 2, 1, in, out);
	cr_assert_eq(memcmp(out, (uint16_t[]){ 1, 11, 0, 10, 21, 20 }, sizeof(out)), 0);
	stream_restore(&k, ORDER_ARRAY, 2, 2, 1, out, back);
	cr_assert_eq(memcmp(back, in, sizeof(in)), 0);
}

Test(codec, array_order_is_a_permutation)
{
	struct kernel k = { .n = 24 * 9, .channels = 24, .groups = 4 };
	uint16_t in[2 * 24 * 9], out[2 * 24 * 9], back[2 * 24 * 9];

	for (size_t i = 0; i < 2 * k.n; i++)
		in[i] = (uint16_t)i;
	for (size_t rows = 1; rows <= 16; rows *= 4)
		for (size_t cols = 1; cols <= 16; cols *= 2)
			for (unsigned spw = 1; spw <= 2; spw++) {
				stream_reorder(&k, ORDER_ARRAY, rows, cols, spw, in, out);
				stream_restore(&k, ORDER_ARRAY, rows, cols, spw, out, back);
				cr_assert_eq(memcmp(in, back, k.n * spw * sizeof(*in)), 0);
			}
}

/* Symbols 0 0 0 1: H = 2 - 0.75 log2 3 = 0.811278; words of two 00 01: H = 1 per word, 0.5 per
 * symbol. */
Test(codec, entropies_by_hand)
{
	const uint16_t a[] = { 0, 0, 0, 1 };
	struct symbols l = { a, 4, 4 };
	struct source s = source_of(&l, 1);
	struct words *w;
	struct err e;

	cr_assert_float_eq(entropy_symbols(&s), 2 - 0.75 * log2(3), 1e-12);
	cr_assert_eq(words_count(&w, &s, 2, DICT_MODEL, &e), ST_OK);
	cr_assert_float_eq(entropy_words(w, 4), 0.5, 1e-12);
	words_free(w);
}

Test(codec, dictionary_index_beyond_entries_is_refused)
{
	const uint16_t a[] = { 1, 2, 3, 1, 2, 3 };
	struct symbols l = { a, 6, 4 };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, 3 };
	struct words *w;
	struct coded c;
	struct err e;
	uint16_t v[6];

	cr_assert_eq(words_count(&w, &s, 1, DICT_MODEL, &e), ST_OK);
	s.words = w;
	cr_assert_eq(codec_dict.encode(&s, &p, &c, &e), ST_OK);
	c.layer[0].words[0] |= UINT64_C(0x6000000000000000); /* index 3 of 0..2 */
	cr_assert_eq(codec_dict.decode(&c, 0, &p, 4, v, 6, &e), ST_DATA);
	c.shared.n_bits--;
	cr_assert_eq(codec_dict.decode(&c, 0, &p, 4, v, 6, &e), ST_DATA);
	coded_release(&c);
	words_free(w);
}

Test(codec, list_is_complete)
{
	cr_assert_eq(n_codecs, plugins_defined("src/codec", "const struct codec codec_"));
	for (size_t i = 0; i < n_codecs; i++)
		cr_assert_eq(codec_find(codecs[i]->name), codecs[i]);
	cr_assert_null(codec_find("nonesuch"));
}
