/* Codes of sparse weights: streams by hand, the papers' own examples, and what must be refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bit_text.h"
#include "codec_coding.h"

enum { MOST = 4096 };

/* Codes one layer, compares with `text`, decodes. */
static void check_stream(const struct codec *c, struct codec_params p, const uint16_t *v, size_t n,
                         unsigned bits, const char *text)
{
	struct symbols l = { v, n, bits, NULL };
	struct source s = source_of(&l, 1);
	struct coding coded;
	uint16_t back[MOST];
	struct err e;

	code_layers(&coded, c, &s, &p);
	check_bits(&coded.layer[0].stream, text);
	cr_assert_eq(c->decode(&coded.layer[0], &p, bits, back, n, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(memcmp(back, v, n * sizeof(*v)), 0);
	coding_release(&coded);
}

/* What decoding the bits of `text` as n symbols gives. */
static enum status decode_text(const struct codec *c, struct codec_params p, size_t n,
                               unsigned bits, const char *text)
{
	uint64_t words[8] = { 0 };
	struct code code = {
		.stream = {words, 0}
	};
	uint16_t v[MOST];
	struct err e;

	for (const char *t = text; *t; t++)
		if (*t == '0' || *t == '1') {
			size_t at = code.stream.n_bits++;

			words[at / 64] |= (uint64_t)(*t - '0') << (63 - at % 64);
		}
	return c->decode(&code, &p, bits, v, n, &e);
}

static const struct codec_params none = { .group = 1 };

/* The example of the Eyeriss paper: 2 zeros and 12, 4 and 53, 2 and 22, here followed
 * by a 7, so that the first word is not the last. */
Test(codec_sparse, eyeriss_words)
{
	const uint16_t v[] = { 0, 0, 12, 0, 0, 0, 0, 53, 0, 0, 22, 7 };
	struct codec_params p = { .group = 1, .arg = { 5 } };

	check_stream(&codec_rlc, p, v, 12, 16,
	             "00010 0000000000001100 00100 0000000000110101 00010 0000000000010110 0"
	             "00000 0000000000000111 00000 0000000000000000 00000 0000000000000000 1");
	check_stream(&codec_rlc, p, v, 11, 16,
	             "00010 0000000000001100 00100 0000000000110101 00010 0000000000010110 1");
	check_stream(&codec_rlc, p, v, 0, 16, "");
}

/* Runs of at most one zero and 3-bit levels, 15 pairs a word: 3 zeros and 5 are (1, 0), which is 2
 * zeros, and (1, 5); the 3 zeros at the end (1, 0) and (0, 0). */
Test(codec_sparse, eyeriss_long_runs)
{
	const uint16_t v[] = { 0, 0, 0, 5, 0, 0, 0 };
	struct codec_params p = { .group = 1, .arg = { 1 } };
	const char *words = "1000 1101 1000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
	                    "0000 000 1";

	check_stream(&codec_rlc, p, v, 7, 3, words);
	cr_assert_eq(decode_text(&codec_rlc, p, 7, 3, words), ST_OK);
	cr_assert_eq(decode_text(&codec_rlc, p, 8, 3, words), ST_OK, "one more zero in a pair");
	cr_assert_eq(decode_text(&codec_rlc, p, 6, 3, words), ST_OK, "(0, 0) is unused");
	cr_assert_eq(decode_text(&codec_rlc, p, 5, 3, words), ST_DATA, "(1, 0) is 2 zeros");
	cr_assert_eq(decode_text(&codec_rlc, p, 7, 3,
	                         "1000 1101 1000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
	                         "0000 0000 000 0"),
	             ST_DATA, "the last word must say so");
	cr_assert_eq(decode_text(&codec_rlc, p, 7, 3,
	                         "1000 1101 1000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
	                         "0000 0000 010 1"),
	             ST_DATA, "bits of no pair");
}

/* Groups of two: 0 5 / 0 0 / 7. */
Test(codec_sparse, masks_of_weight_groups)
{
	const uint16_t v[] = { 0, 5, 0, 0, 7 };
	struct codec_params p = { .group = 1, .arg = { 2 } };
	const char *zeros = "0000000000000000 000000000000000";
	char text[200];

	snprintf(text, sizeof(text), "%s1 %s0 %s1 / 01001 / 101 111", zeros, zeros, zeros);
	check_stream(&codec_zeromask, p, v, 5, 3, text);
	snprintf(text, sizeof(text), "%s1 %s1 %s0 / 01001 / 101 111", zeros, zeros, zeros);
	cr_assert_eq(decode_text(&codec_zeromask, p, 5, 3, text), ST_DATA, "sizes of groups");
	p.arg[0] = 0;
	snprintf(text, sizeof(text), "%s0 / 01001 / 101 111", zeros);
	text[31] = '1'; /* 2 */
	check_stream(&codec_zeromask, p, v, 5, 3, text);
	text[strlen(text) - 1] = '0';
	cr_assert_eq(decode_text(&codec_zeromask, p, 5, 3, text), ST_OK, "a kept weight of 6");
	snprintf(text + strlen(text) - 3, 4, "000");
	cr_assert_eq(decode_text(&codec_zeromask, p, 5, 3, text), ST_DATA, "a kept zero");
}

/* The example of the EIE paper (section III-B): 0 0 1 2, 18 zeros, 3 has the weights 1 2 0 3 with 2
 * 0 15 2 zeros before. Zeros at the end take nothing. */
Test(codec_sparse, eie_column)
{
	uint16_t v[30] = { 0, 0, 1, 2, [22] = 3 };
	struct codec_params p = {
		.group = 1, .arg = {4, 0}
	};
	const char *text = "00000000000000000000000000000100 / 0010 0001 / 0000 0010 / 1111 0000 / "
	                   "0010 0011";

	check_stream(&codec_csc, p, v, 23, 4, text);
	check_stream(&codec_csc, p, v, 30, 4, text);
	cr_assert_eq(decode_text(&codec_csc, p, 22, 4, text), ST_DATA, "beyond the column");
	check_stream(&codec_csc, p, v, 0, 4, "");
}

/* Columns of three, 0 1 2 / 0 0 0 / 3: pointers 2 2 3. Pointers may neither fall nor leave entries
 * over. */
Test(codec_sparse, eie_columns)
{
	const uint16_t v[] = { 0, 1, 2, 0, 0, 0, 3 };
	struct codec_params p = {
		.group = 1, .arg = {1, 3}
	};
	const char *zeros = "000000000000000000000000000000";
	char text[200];

	snprintf(text, sizeof(text), "%s10 %s10 %s11 / 1 01 / 0 10 / 0 11", zeros, zeros, zeros);
	check_stream(&codec_csc, p, v, 7, 2, text);
	snprintf(text, sizeof(text), "%s10 %s01 %s11 / 1 01 / 0 10 / 0 11", zeros, zeros, zeros);
	cr_assert_eq(decode_text(&codec_csc, p, 7, 2, text), ST_DATA);
	snprintf(text, sizeof(text), "%s10 %s10 %s10 / 1 01 / 0 10 / 0 11", zeros, zeros, zeros);
	cr_assert_eq(decode_text(&codec_csc, p, 7, 2, text), ST_DATA);
}

/* 4-bit two's complement: zeros 3 1 before 1 2 and -1; numbers 1 2 -1 0 0 0 0 0, differences 1 -3 1
 * 0 0 0 0 of 5 bits: 00001 11101 00001. Planes from the lowest: 1110000; 0; 0100000 three times. X:
 * 1110000; P is 0; a single one at place 1; twice 0. */
Test(codec_sparse, bit_planes)
{
	const uint16_t v[] = { 0, 0, 0, 1, 2, 0, 15 };

	check_stream(&codec_ebpc, none, v, 7, 4,
	             "0 / 0 0010 1 1 0 0000 1 000 / 0001 1 1110000 00001 00011 001 001 00 00");
	check_stream(&codec_ebpc, none, v, 0, 4, "0");
	check_stream(&codec_ebpc, none, v, 3, 4, "0 / 0 0010 000");
}

/* -7 -5 .. 5 7, differences 2: planes 0, all ones, 0 0 0; X a 0, all ones twice (also where P is
 * 0), two zeros. 1 2 3 3 ..: differences 1 1 0 ..: X two ones at place 0, P is 0, three zeros. */
Test(codec_sparse, bit_plane_codes)
{
	const uint16_t even[] = { 9, 11, 13, 15, 1, 3, 5, 7 };
	const uint16_t rising[] = { 1, 2, 3, 3, 3, 3, 3, 3 };

	check_stream(&codec_ebpc, none, even, 8, 4, "0 / 11111111 / 1001 01 00000 00000 00100 000");
	check_stream(&codec_ebpc, none, rising, 8, 4,
	             "0 / 11111111 / 0001 00010000 00001 00101 00");
	cr_assert_eq(
	        decode_text(&codec_ebpc, none, 8, 4, "0 / 11111111 / 0001 00010110 00001 00101 00"),
	        ST_DATA, "two ones at the last place");
	cr_assert_eq(
	        decode_text(&codec_ebpc, none, 8, 4, "0 / 11111111 / 0001 00010000 00001 00110 00"),
	        ST_DATA, "four zero planes of three");
	cr_assert_eq(
	        decode_text(&codec_ebpc, none, 8, 4, "0 / 11111111 / 0001 00010000 00001 00101 01"),
	        ST_DATA, "filling");
	cr_assert_eq(decode_text(&codec_ebpc, none, 7, 4,
	                         "0 / 1111111 0 / 0001 00010000 00001 00101 00"),
	             ST_DATA, "an eighth number");
}

/* -1 eight times in sign-magnitude, 1001: as two's complement it would be -7. All differences are
 * 0: five planes. The other form of the sign without magnitude is the least number, and it comes
 * back. */
Test(codec_sparse, bit_planes_of_sign_magnitude)
{
	const uint16_t minus[] = { 9, 9, 9, 9, 9, 9, 9, 9 };
	const uint16_t least[] = { 9, 9, 8, 9, 9, 9, 9, 9 };

	check_stream(&codec_ebpc, none, minus, 8, 4, "1 / 11111111 / 1111 00111 000");
	/* Differences 0, 1000 - 1111 = -7, 7, 0: 00000 11001 00111: planes 0110000 0010000 0010000
	 * 0100000 0100000; X two ones at 1, one at 1, 0, two ones at 1, 0. */
	check_stream(&codec_ebpc, none, least, 8, 4,
	             "1 / 11111111 / 1111 00010001 00011001 01 00010001 01");
}

/* Text of a stream in the making. */
struct text {
	char c[40 * MOST];
	size_t n;
};

static void add(struct text *t, unsigned v, unsigned n_bits)
{
	while (n_bits-- > 0)
		t->c[t->n++] = (char)('0' + (v >> n_bits & 1));
	t->c[t->n] = 0;
}

/* The codes of one plane as the paper's table has them. */
static void add_plane(struct text *t, const int x[7], bool plane_is_zero)
{
	int ones = 0, first = -1;

	for (int i = 0; i < 7; i++) {
		ones += x[i];
		first = first < 0 && x[i] ? i : first;
	}
	if (ones == 7) {
		add(t, 0, 5);
	} else if (plane_is_zero) {
		add(t, 1, 5);
	} else if (ones == 1 || (ones == 2 && x[first + 1])) {
		add(t, ones == 1 ? 3 : 2, 5);
		add(t, (unsigned)first, 3);
	} else {
		add(t, 1, 1);
		for (int i = 0; i < 7; i++)
			add(t, (unsigned)x[i], 1);
	}
}

/* A block bit by bit. */
static void add_block(struct text *t, const int number[8], unsigned bits)
{
	int before[7] = { 0 }, run = 0;

	add(t, (unsigned)number[0] & ((1u << bits) - 1), bits);
	for (unsigned k = 0; k <= bits + 1; k++) {
		int x[7], changed = 0, ones = 0;

		for (int i = 0; i < 7 && k <= bits; i++) {
			int plane = (number[i + 1] - number[i]) >> k & 1;

			x[i] = plane ^ before[i];
			before[i] = plane;
			changed += x[i];
			ones += plane;
		}
		if (k <= bits && !changed) {
			run++;
			continue;
		}
		if (run == 1)
			add(t, 1, 2);
		else if (run > 1) {
			add(t, 1, 3);
			add(t, (unsigned)run - 2, bits_for_index(bits));
		}
		run = 0;
		if (k <= bits)
			add_plane(t, x, !ones);
	}
}

/* All widths and many shapes of numbers against the same code written out bit by bit. */
Test(codec_sparse, bit_planes_bit_by_bit)
{
	static struct text t;
	static uint16_t v[400];

	srand(4);
	for (unsigned bits = 2; bits <= 16; bits++)
		for (int spread = 1; spread < 1 << (bits - 1); spread = spread * 3 + 1) {
			int number[400];
			size_t n = 8 * 50;

			t.n = 0;
			add(&t, 0, 1);
			for (size_t i = 0; i < n; i++) {
				number[i] = rand() % (2 * spread) - spread;
				number[i] += number[i] >= 0;
				v[i] = (uint16_t)((unsigned)number[i] & ((1u << bits) - 1));
				add(&t, 1, 1);
			}
			add(&t, 0, (unsigned)(bits_round_up(n, bits) - n));
			for (size_t i = 0; i < n; i += 8)
				add_block(&t, number + i, bits);
			n = t.n - 1 - bits_round_up(n, bits);
			add(&t, 0, (unsigned)(bits_round_up(n, bits) - n));
			check_stream(&codec_ebpc, none, v, 400, bits, t.c);
		}
}

/* Sizes of random sparse layers, counted as the papers say. */
Test(codec_sparse, sizes_count_entries)
{
	static uint16_t v[MOST];
	struct symbols l = { v, MOST, 5, NULL };
	struct source s = source_of(&l, 1);

	srand(6);
	for (unsigned one_in = 1; one_in <= 64; one_in *= 4) {
		size_t weights = 0, fill = 0, zeros = 0, table, layer;
		struct coded_sizes sizes = { 0, &table, &layer };
		struct codec_params p = { .group = 1 };

		for (size_t i = 0; i < MOST; i++) {
			v[i] = (uint16_t)(rand() % (int)one_in ? 0 : 1 + rand() % 31);
			if (v[i]) {
				weights++;
				fill += zeros / 16;
				zeros = 0;
			} else {
				zeros++;
			}
		}
		cr_assert_eq(codec_zeromask.sizes(&s, &p, &sizes, NULL), ST_OK);
		cr_assert_eq(layer, 32 + MOST + 5 * weights);
		p.arg[0] = 4;
		cr_assert_eq(codec_csc.sizes(&s, &p, &sizes, NULL), ST_OK);
		cr_assert_eq(layer, 32 + (weights + fill) * 9);
		/* Pairs as entries, and what the zeros at the end take; 7 of 9 bits in a word. */
		weights += fill + (zeros + 15) / 16;
		cr_assert_eq(codec_rlc.sizes(&s, &p, &sizes, NULL), ST_OK);
		cr_assert_eq(layer, (weights + 6) / 7 * 64);
	}
}
