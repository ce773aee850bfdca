/* Variants of the dictionary: streams by hand, and sizes against those of other ways to count. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bit_text.h"
#include "codec_coding.h"

/* Codes the n symbols of one layer. */
static void code_one(struct coding *out, const struct codec *c, const struct codec_params *p,
                     const uint16_t *v, size_t n, unsigned bits)
{
	struct symbols l = { v, n, bits, NULL };
	struct source s = source_of(&l, 1);
	struct words *w;
	struct err e;

	cr_assert_eq(words_count(&w, &s, p->group, p->scope, &e), ST_OK);
	s.words = w;
	code_layers(out, c, &s, p);
	words_free(w);
}

static size_t size_of(const struct codec *c, const struct codec_params *p, const uint16_t *v,
                      size_t n, unsigned bits)
{
	struct coding coded;
	size_t n_bits;

	code_one(&coded, c, p, v, n, bits);
	n_bits = coded.layer[0].stream.n_bits;
	coding_release(&coded);
	return n_bits;
}

/* Words of two 2-bit symbols: 00 00 00 10 3(0), zeros three times, 0100 before 1100. One entry, the
 * most frequent word that is not zero, so its index has no bits: run of 2, run of 1 (one bit each),
 * the entry, the other raw. */
Test(codec_dictionary, runs_by_hand)
{
	const uint16_t v[] = { 0, 0, 0, 0, 0, 0, 1, 0, 3 };
	struct codec_params p = {
		2, DICT_MODEL, {1, 1}
	};
	struct coding c;
	uint16_t back[9];
	struct err e;

	code_one(&c, &codec_dictz, &p, v, 9, 2);
	check_bits(&c.shared, "01 00");
	check_bits(&c.layer[0].stream, "01 1 / 01 0 / 1 / 00 1100");
	c.layer[0].stream.words[0] |= UINT64_C(1) << (63 - 12); /* the padding of the last word */
	cr_assert_eq(codec_dictz.decode(&c.layer[0], &p, 2, back, 9, &e), ST_DATA);
	coding_release(&c);
}

/* A run is longer than what is left: 01 1, two words of zeros, where there is one. */
Test(codec_dictionary, run_beyond_the_layer_is_refused)
{
	struct codec_params p = {
		1, DICT_MODEL, {1, 1}
	};
	uint64_t words[2] = { UINT64_C(0x6000000000000000), 0 }, entry[2] = { 0, 0 };
	struct code c = {
		.shared = {entry,  2},
                  .stream = { words, 3}
	};
	uint16_t v[2];
	struct err e;

	cr_assert_eq(codec_dictz.decode(&c, &p, 2, v, 2, &e), ST_OK);
	cr_assert_eq(codec_dictz.decode(&c, &p, 2, v, 1, &e), ST_DATA);
	c.shared.n_bits = 1;
	cr_assert_eq(codec_dictz.decode(&c, &p, 2, v, 2, &e), ST_DATA);
}

/* Symbols 0 (three times), 1 (twice), 2, 3 of 2 bits; three entries, the first hot, so that its
 * index has no bits and the index of the two others one. */
Test(codec_dictionary, two_levels_by_hand)
{
	const uint16_t v[] = { 0, 1, 0, 3, 0, 1, 2 };
	struct codec_params p = {
		1, DICT_MODEL, {3, 1}
	};
	struct coding c;

	code_one(&c, &codec_dict2, &p, v, 7, 2);
	check_bits(&c.shared, "00 01 10");
	check_bits(&c.layer[0].stream, "1 / 01 0 / 1 / 00 11 / 1 / 01 0 / 01 1");
	coding_release(&c);
}

/* Words of two 8-bit symbols, one entry, the word of zeros, which occurs twice. A place has
 * ceil(log2 15) = 4 bits, so one mask makes 3 + 6 = 9 bits, two make 15, raw is 17. */
Test(codec_dictionary, masks_by_hand)
{
	const uint16_t v[] = { 0, 0, 0, 1, 0x0c, 0, 0x80, 1, 0, 0, 0x81, 1 };
	struct codec_params p = {
		2, DICT_MODEL, {1, 2}
	};
	struct coding c;

	code_one(&c, &codec_bitmask, &p, v, 12, 8);
	check_bits(&c.shared, "00000000 00000000");
	check_bits(&c.layer[0].stream, "01 / 000 1110 01 / 000 0100 11 / 001 0000 10 1110 01 / 01 "
	                               "/ 1 10000001 00000001");
	coding_release(&c);
	p.arg[1] = 1; /* two masks are raw then, and one has a bit less */
	code_one(&c, &codec_bitmask, &p, v, 12, 8);
	check_bits(&c.layer[0].stream, "01 / 00 1110 01 / 00 0100 11 / 1 10000000 00000001 / 01 / "
	                               "1 10000001 00000001");
	coding_release(&c);
}

/* Small numbers, as trimmed weights are; no word of two is zero. */
static void draw(uint16_t *v, size_t n, unsigned bits)
{
	for (size_t i = 0; i < n; i++) {
		unsigned r = (unsigned)rand();

		v[i] = (uint16_t)((r & 0xff & (r >> 8) & (r >> 16)) & ((1u << bits) - 1));
		if (i % 2 == 0 && v[i] == 0)
			v[i] = 1;
	}
}

/* Where no word is zero dictz is dict with a bit more for every raw word; so is dict2 where all
 * entries are hot. */
Test(codec_dictionary, variants_cost_what_they_add_to_dict)
{
	enum { N = 3000 };
	static uint16_t v[N];
	struct symbols l = { v, N, 6, NULL };
	struct source s = source_of(&l, 1);

	srand(5);
	draw(v, N, 6);
	for (uint32_t entries = 1; entries <= 256; entries *= 4) {
		struct codec_params p = {
			2, DICT_MODEL, {entries, entries}
		};
		struct words *w;
		struct err e;
		size_t raw, dict;

		cr_assert_eq(words_count(&w, &s, 2, DICT_MODEL, &e), ST_OK);
		raw = w->layer_words[0] - words_hits(w, 0, entries);
		words_free(w);
		dict = size_of(&codec_dict, &p, v, N, 6);
		cr_assert_eq(size_of(&codec_dict2, &p, v, N, 6), dict + raw);
		p.arg[1] = 3;
		cr_assert_eq(size_of(&codec_dictz, &p, v, N, 6), dict + raw);
	}
}

/* 70,000 words twice and zero once, so that zero is beyond the ranks: it is sent raw, 34 bits as
 * the 4464 other words that find no place, and each of the 65,536 entries is there twice in 17
 * bits. */
Test(codec_dictionary, zero_word_without_a_rank)
{
	enum { WORDS = 70000, N = 2 * (2 * WORDS + 1) };
	uint16_t *v = calloc(N, sizeof(*v)), *back = malloc(N * sizeof(*v));
	struct codec_params p = {
		2, DICT_MODEL, {WORDS_MAX_RANK, 4}
	};
	struct coding c;
	struct err e;

	cr_assert(v && back);
	for (uint32_t i = 0; i < 2 * WORDS; i++) {
		uint32_t word = i % WORDS + 1;

		v[2 * i] = (uint16_t)(word >> 16);
		v[2 * i + 1] = (uint16_t)word;
	}
	code_one(&c, &codec_dictz, &p, v, N, 16);
	cr_assert_eq(c.layer[0].stream.n_bits, 2 * 65536 * 17 + (2 * 4464 + 1) * 34);
	cr_assert_eq(codec_dictz.decode(&c.layer[0], &p, 16, back, N, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(memcmp(back, v, N * sizeof(*v)), 0);
	coding_release(&c);
	free(v);
	free(back);
}

static bool bit_of(const uint16_t *word, unsigned bits, unsigned i)
{
	return word[i / bits] >> (bits - 1 - i % bits) & 1;
}

/* Fewest masks of two neighbouring bits between two words by trying, from the first differing bit
 * on, both places a mask that holds it can have; at most `left`, else left + 1. */
static unsigned fewest(const uint16_t *a, const uint16_t *b, unsigned bits, unsigned width,
                       unsigned from, unsigned left)
{
	unsigned i = from, best;

	while (i < width && bit_of(a, bits, i) == bit_of(b, bits, i))
		i++;
	if (i >= width)
		return 0;
	if (!left)
		return 1;
	best = 1 + fewest(a, b, bits, width, i + 2, left - 1);
	if (i > 0) {
		unsigned other = 1 + fewest(a, b, bits, width, i + 1, left - 1);

		best = other < best ? other : best;
	}
	return best;
}

/* Size of the mask code by trying every entry on every word. */
static size_t size_by_trying(const uint16_t *v, size_t n, const struct word_table *t,
                             const struct codec_params *p, unsigned bits)
{
	unsigned width = p->group * bits, place = bits_for_index(width - 1);
	unsigned index = bits_for_index(p->arg[0]);
	size_t cost[] = { 2 + index, (p->arg[1] == 1 ? 2 : 3) + place + 2 + index,
		          3 + 2 * (place + 2) + index };
	size_t sum = 0;

	for (size_t i = 0; i < n; i += p->group) {
		size_t best = 1 + width;

		for (uint32_t d = 0; d < p->arg[0] && d < t->n_ranks; d++) {
			unsigned k =
			        fewest(v + i, t->symbol + d * p->group, bits, width, 0, p->arg[1]);

			if (k <= p->arg[1] && cost[k] < best)
				best = cost[k];
		}
		sum += best;
	}
	return sum;
}

/* Words of 12, 64, 65 and 120 bits: in part of a machine word, one, and two. */
Test(codec_dictionary, masks_are_the_fewest)
{
	static const struct {
		unsigned group, bits;
	} shape[] = {
		{3,   4},
                { 8,  8},
                { 13, 5},
                { 20, 6}
	};
	enum { WORDS = 200 };
	static uint16_t v[WORDS * 20];

	srand(9);
	for (size_t k = 0; k < sizeof(shape) / sizeof(shape[0]); k++)
		for (uint32_t masks = 1; masks <= 2; masks++) {
			const unsigned group = shape[k].group, bits = shape[k].bits;
			const size_t n = WORDS * group;
			struct codec_params p = {
				group, DICT_MODEL, {10, masks}
			};
			struct symbols l = { v, n, bits, NULL };
			struct source s = source_of(&l, 1);
			struct words *w;
			struct err e;
			size_t expected;

			/* Every fourth word is one of five, the others differ from it in few bits.
			 */
			for (size_t i = 0; i < n; i++)
				v[i] = (uint16_t)(i / group / 4 % 5);
			for (size_t i = 0; i < WORDS; i++)
				for (size_t f = 0; f < i % 4; f++) {
					unsigned at = (unsigned)rand() % (group * bits);

					v[i * group + at / bits] ^= (uint16_t)(1u << at % bits);
				}
			cr_assert_eq(words_count(&w, &s, group, DICT_MODEL, &e), ST_OK);
			expected = size_by_trying(v, n, &w->table[0], &p, bits);
			words_free(w);
			cr_assert_eq(size_of(&codec_bitmask, &p, v, n, bits), expected,
			             "G=%u b=%u masks=%u", group, bits, masks);
			cr_assert_lt(expected, WORDS * (1 + (size_t)group * bits));
		}
}

/* A place beyond the last but one bit, an index beyond the entries. */
Test(codec_dictionary, masks_beyond_the_word_are_refused)
{
	struct codec_params p = {
		1, DICT_MODEL, {3, 1}
	};
	uint64_t entries[2] = { 0, 0 };
	uint64_t words[2] = { 0, 0 };
	struct code c = {
		.shared = {entries, 24},
                  .stream = { words,  9 }
	};
	uint16_t v[1];
	struct err e;

	words[0] = UINT64_C(0x067) << (64 - 9); /* 00 110 01 11, place 6, index 3 of 0..2 */
	cr_assert_eq(codec_bitmask.decode(&c, &p, 8, v, 1, &e), ST_DATA);
	words[0] = UINT64_C(0x066) << (64 - 9); /* index 2 */
	cr_assert_eq(codec_bitmask.decode(&c, &p, 8, v, 1, &e), ST_OK);
	cr_assert_eq(v[0], 1);
	words[0] = UINT64_C(0x076) << (64 - 9); /* place 7 of 0..6 */
	cr_assert_eq(codec_bitmask.decode(&c, &p, 8, v, 1, &e), ST_DATA);
}
