/* The layout of planes.h: its bytes, all ways to decode it, damaged streams. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/planes.h"

enum { LARGEST = 5000, MOST_SYMBOLS = 65536 * 16, MARK = 0xa5 };

/* A layer with a dictionary of any words: half of the words are from it, those by index. */
struct sample {
	struct planes_dict d;
	uint16_t symbol[MOST_SYMBOLS], v[LARGEST];
	uint32_t rank[LARGEST];
	size_t n, n_bytes;
	uint8_t *bytes; /* exactly n_bytes, so that reading past them is seen */
};

static void draw(struct sample *s, unsigned bits, unsigned group, uint32_t entries, size_t n,
                 int hits_of_8)
{
	const size_t n_words = (n + group - 1) / group;
	const unsigned mask = (1u << bits) - 1;
	size_t hits = 0;
	struct err e;

	for (size_t i = 0; i < (size_t)entries * group; i++)
		s->symbol[i] = (uint16_t)((unsigned)rand() & mask);
	cr_assert_eq(planes_dict_make(&s->d, s->symbol, entries, group, bits, &e), ST_OK);
	s->n = n;
	for (size_t w = 0; w < n_words; w++) {
		const bool hit = rand() % 8 < hits_of_8;

		s->rank[w] = hit ? (uint32_t)rand() % entries : UINT32_MAX;
		hits += hit;
		for (size_t g = 0; g < group && w * group + g < n; g++)
			s->v[w * group + g] = hit ? s->symbol[s->rank[w] * group + g]
			                          : (uint16_t)((unsigned)rand() >> 8 & mask);
	}
	s->n_bytes = planes_bytes(&s->d, n_words, hits);
	s->bytes = calloc(s->n_bytes ? s->n_bytes : 1, 1);
	cr_assert(s->bytes);
	planes_encode(&s->d, s->v, n, s->rank, s->bytes);
}

static void release(struct sample *s)
{
	planes_dict_release(&s->d);
	free(s->bytes);
}

/* Every way yields the status of the first and, if that is success, its symbols. */
static enum status decode_all(const struct sample *s, const uint8_t *bytes, uint16_t *first)
{
	uint16_t *wide = malloc((s->n + 1) * sizeof(*wide));
	uint8_t *narrow = malloc(s->n + 1);
	enum status expected = ST_OK;
	struct err e;

	cr_assert(wide && narrow);
	for (enum planes_path path = 0; path < N_PLANES_PATHS; path++) {
		enum status rc;

		if (!planes_path_runs(path))
			continue;
		wide[s->n] = MARK;
		rc = planes_decode16(&s->d, path, bytes, s->n_bytes, wide, s->n, &e);
		cr_assert_eq(wide[s->n], MARK);
		if (path == 0) {
			expected = rc;
			memcpy(first, wide, s->n * sizeof(*wide));
		}
		cr_assert_eq(rc, expected, "%s", planes_path_name(path));
		cr_assert(rc || !memcmp(wide, first, s->n * sizeof(*wide)), "%s",
		          planes_path_name(path));
		if (s->d.bits > 8)
			continue;
		narrow[s->n] = MARK;
		cr_assert_eq(planes_decode8(&s->d, path, bytes, s->n_bytes, narrow, s->n, &e),
		             expected);
		cr_assert_eq(narrow[s->n], MARK);
		for (size_t i = 0; i < s->n && !rc; i++)
			cr_assert_eq(narrow[i], first[i], "%s, %zu", planes_path_name(path), i);
	}
	free(wide);
	free(narrow);
	return expected;
}

/* One bit flipped changes symbols or is refused: nothing in the stream is without meaning, but for
 * what the last word has too many of. */
static void check_damage(struct sample *s)
{
	static uint16_t back[LARGEST];

	for (int i = 0; i < 6 && s->n_bytes; i++) {
		const size_t bit = (size_t)rand() % (s->n_bytes * 8);
		struct err e;

		s->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		decode_all(s, s->bytes, back);
		s->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_eq(planes_decode16(&s->d, planes_path_best(), s->bytes, s->n_bytes - 1,
		                             back, s->n, &e),
		             ST_DATA);
	}
}

Test(codec, planes_paths_agree)
{
	static const unsigned groups[] = { 1, 2, 3, 4, 8, 16, 17, 64 };
	static const uint32_t entries[] = { 1, 2, 13, 16, 27, 50, 100, 256, 300 };
	static struct sample s;
	static uint16_t back[LARGEST];

	srand(5);
	for (size_t i = 0; i < 8; i++)
		for (size_t k = 0; k < 9; k++)
			for (unsigned bits = 1; bits <= 9; bits++) {
				const size_t n = bits % 3 ? (size_t)rand() % LARGEST
				                          : (size_t)rand() % (3 * groups[i]);

				draw(&s, bits, groups[i], entries[k], n, (int)(bits + k) % 9);
				cr_assert_eq(decode_all(&s, s.bytes, back), ST_OK);
				cr_assert_eq(memcmp(back, s.v, n * sizeof(*back)), 0,
				             "G=%u D=%u b=%u n=%zu", groups[i], entries[k], bits,
				             n);
				check_damage(&s);
				release(&s);
			}
}

/* Indices of 9 to 16 bits, which not every way takes several of at once. */
Test(codec, planes_of_large_dictionaries)
{
	static const unsigned groups[] = { 2, 4, 8, 16 };
	static const uint32_t entries[] = { 400, 4096, 16384, 16385, 65536 };
	static struct sample s;
	static uint16_t back[LARGEST];

	srand(6);
	for (size_t i = 0; i < 4 * 5 * 3; i++) {
		const unsigned group = groups[i / 15], bits = i % 3 ? 8 : 5;

		draw(&s, bits, group, entries[i / 3 % 5], LARGEST - (size_t)rand() % 200,
		     (int)(i % 3) * 4);
		cr_assert_eq(decode_all(&s, s.bytes, back), ST_OK);
		cr_assert_eq(memcmp(back, s.v, s.n * sizeof(*back)), 0, "G=%u D=%u b=%u", group,
		             entries[i / 3 % 5], bits);
		check_damage(&s);
		release(&s);
	}
}

/* 10 words of one symbol of 3 bits, a dictionary of 3 (I = 2): 0, 5, 7. Symbols 0 5 1 7 7 2 0 0 5
 * 6: hits 1101 1011 10, first word lowest: 0xdb, 0x01. Indices 0 1 2 2 0 0 1, two bits each from
 * the lowest: 00 10 | 01.. = 0 + 1*4 + 2*16 + 2*64 = 0xa4, 0 + 0*4 + 1*16 = 0x10. Raw 1 2 6, three
 * bits each: 1 + 2*8 + 6*64 = 401 = 0x191: 0x91, 0x01. */
Test(codec, planes_bytes_by_hand)
{
	static const uint16_t symbol[] = { 0, 5, 7 };
	static const uint16_t v[] = { 0, 5, 1, 7, 7, 2, 0, 0, 5, 6 };
	static const uint32_t rank[] = { 0, 1, 9, 2, 2, 9, 0, 0, 1, 9 };
	static const uint8_t expected[] = { 0xdb, 0x01, 0xa4, 0x10, 0x91, 0x01 };
	uint8_t bytes[6] = { 0 };
	static struct sample s = { .n = 10, .n_bytes = 6 };
	uint16_t back[10];
	struct err e;

	cr_assert_eq(planes_dict_make(&s.d, symbol, 3, 1, 3, &e), ST_OK);
	cr_assert_eq(planes_bytes(&s.d, 10, 7), sizeof(bytes));
	planes_encode(&s.d, v, 10, rank, bytes);
	cr_assert_eq(memcmp(bytes, expected, sizeof(bytes)), 0);
	cr_assert_eq(decode_all(&s, bytes, back), ST_OK);
	cr_assert_eq(memcmp(back, v, sizeof(v)), 0);
	bytes[2] |= 0x0c; /* the second index is 3, in a dictionary of 3 */
	cr_assert_eq(decode_all(&s, bytes, back), ST_DATA);
	bytes[2] = expected[2];
	bytes[3] |= 0x40; /* past the last index */
	cr_assert_eq(decode_all(&s, bytes, back), ST_DATA);
	bytes[3] = expected[3];
	bytes[1] |= 0x04; /* past the last flag */
	cr_assert_eq(decode_all(&s, bytes, back), ST_DATA);
	bytes[1] = expected[1];
	bytes[0] ^= 0x01; /* one hit less: another size */
	cr_assert_eq(decode_all(&s, bytes, back), ST_DATA);
	s.n = 1000000; /* more words than there are flags */
	cr_assert_eq(planes_decode16(&s.d, PLANES_PORTABLE, bytes, 6, back, s.n, &e), ST_DATA);
	planes_dict_release(&s.d);
}

Test(codec, planes_portable_runs_everywhere)
{
	cr_assert(planes_path_runs(PLANES_PORTABLE));
	cr_assert(planes_path_runs(planes_path_best()));
}
