#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec/dict_index.h"
#include "codec_coding.h"

enum { N = 6000 };

/* Bit by bit as the format says: flag 1 and an index, or flag 0 and the symbols. Symbols decoded
 * until the stream ends or is wrong; *right: it is a whole stream. */
static size_t control(const uint16_t *dictionary, const struct codec_params *p, unsigned bits,
                      const struct bit_string *stream, uint16_t *v, size_t n, bool *right)
{
	struct bit_reader r = bit_reader_on(stream->words, stream->n_bits);

	*right = false;
	for (size_t i = 0; i < n; i += p->group) {
		const bool is_hit = bits_get(&r, 1);
		const size_t index = is_hit ? bits_get(&r, bits_for_index(p->arg[0])) : 0;

		if (index >= p->arg[0])
			return i;
		for (size_t j = 0; j < p->group; j++) {
			uint64_t s = is_hit ? dictionary[index * p->group + j] : bits_get(&r, bits);

			if (i + j < n)
				v[i + j] = (uint16_t)s;
		}
		if (r.fail)
			return i;
	}
	*right = r.pos == r.n_bits;
	return n;
}

/* Decoder and control agree on the stream as it is, and after each of some flipped bits. */
static void check_stream(struct code *c, const struct codec_params *p, unsigned bits, size_t n)
{
	uint16_t *dictionary = malloc((size_t)p->arg[0] * p->group * sizeof(*dictionary));
	uint16_t *ours = malloc((n + 1) * sizeof(*ours));
	uint16_t *theirs = malloc((n + 1) * sizeof(*theirs));
	struct bit_reader r = bit_reader_on(c->shared.words, c->shared.n_bits);

	cr_assert(dictionary && ours && theirs);
	bits_get_run(&r, dictionary, (size_t)p->arg[0] * p->group, bits);
	for (int i = 0; i < 8; i++) {
		const size_t flip = (size_t)rand() % c->stream.n_bits;
		const uint64_t mask = i ? (uint64_t)1 << (63 - flip % 64) : 0;
		bool right;
		enum status rc;
		struct err e;

		c->stream.words[flip / 64] ^= mask;
		control(dictionary, p, bits, &c->stream, theirs, n, &right);
		rc = codec_dict.decode(c, p, bits, ours, n, &e);
		c->stream.words[flip / 64] ^= mask;
		cr_assert_eq(rc, right ? ST_OK : ST_DATA, "%u bits, words of %u", bits, p->group);
		cr_assert(i || right);
		if (right)
			cr_assert_eq(memcmp(ours, theirs, n * sizeof(*ours)), 0);
	}
	free(dictionary);
	free(ours);
	free(theirs);
}

/* Words of small numbers but for one symbol in `other`, coded and checked. */
static void check_random(uint16_t *v, size_t n, unsigned bits, int other,
                         const struct codec_params *p)
{
	struct symbols l = { v, n, bits, NULL };
	struct source s = source_of(&l, 1);
	struct words *w;
	struct coding c;
	struct err e;

	for (size_t k = 0; k < n; k++)
		v[k] = (uint16_t)((rand() % other ? rand() % 3 : rand()) & ((1 << bits) - 1));
	cr_assert_eq(words_count(&w, &s, p->group, DICT_MODEL, &e), ST_OK);
	s.words = w;
	code_layers(&c, &codec_dict, &s, p);
	check_stream(&c.layer[0], p, bits, n);
	coding_release(&c);
	words_free(w);
}

Test(codec, dict_decodes_as_its_format_says)
{
	static const unsigned groups[] = { 1, 2, 3, 4, 5, 8, 11, 16 },
	                      entries[] = { 1, 5, 32, 300 };
	static uint16_t v[N];

	srand(7);
	for (unsigned bits = 2; bits <= 16; bits++)
		for (size_t i = 0; i < sizeof(groups) / sizeof(*groups) * 4; i++) {
			const struct codec_params p = { .group = groups[i / 4],
				                        .arg = { entries[i % 4] } };

			/* flags that cannot be foreseen, and such that can */
			check_random(v, N - (size_t)rand() % 40, bits, 3, &p);
			check_random(v, N - (size_t)rand() % 40, bits, 200, &p);
		}
}

/* So many symbols that a table of the codes of all 2^16 words pays; the last word is padded. */
Test(codec, dict_of_wide_words_in_a_large_layer)
{
	enum { LARGE = (4 << 16) + 1 };
	static uint16_t v[LARGE];
	const struct codec_params p = { .group = 2, .arg = { 300 } };

	srand(8);
	check_random(v, LARGE, 8, 3, &p);
}

/* More entries than the index takes, and a layer too small to pay for one. */
Test(codec, dict_of_many_entries)
{
	enum { MANY = 4 * 50000 + 3 };
	static uint16_t v[MANY];
	const struct codec_params p = { .group = 4, .arg = { DICT_INDEX_MOST + 2 } };

	srand(9);
	check_random(v, MANY, 6, 2, &p);
	check_random(v, 4 * 300, 6, 2, &p);
}

/* Every word is looked for in turn. Few symbols, so that words are found; many words for few
 * hashes, so that chains are long. */
Test(codec, dict_index_finds_what_is_there)
{
	static const unsigned groups[] = { 1, 3, 4, 8, 12, 16, 20 };
	static uint16_t symbol[1000 * 20], sought[500 * 20];
	static uint32_t rank[500];

	srand(10);
	for (size_t i = 0; i < 3 * sizeof(groups) / sizeof(*groups); i++) {
		const unsigned group = groups[i / 3];
		const uint32_t n = i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : 1000;
		struct dict_index x;

		for (size_t k = 0; k < 1000 * group; k++) /* all different */
			symbol[k] =
			        (uint16_t)(k % group == group - 1 ? k / group : k / group * 7 % 5);
		for (size_t k = 0; k < 500; k++)
			memcpy(sought + k * group, symbol + (size_t)rand() % 1000 * group,
			       group * sizeof(*symbol));
		for (size_t k = 0; k < 100; k++)
			sought[(size_t)rand() % (500 * group)] ^= 1;
		cr_assert(dict_index_make(&x, symbol, n, group));
		dict_index_find(&x, sought, 500, rank);
		for (size_t k = 0; k < 500; k++) {
			uint32_t r = 0;

			while (r < n && memcmp(symbol + r * group, sought + k * group,
			                       group * sizeof(*symbol)))
				r++;
			cr_assert_eq(rank[k], r < n ? r : DICT_INDEX_NONE, "words of %u", group);
		}
		dict_index_release(&x);
	}
}
