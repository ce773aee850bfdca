/* The static entropy coders: streams worked out by hand, sizes against entropy and against zlib and
 * zstd on the same symbols, tables that are none. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/bits.h"
#include "codec/signed_map.h"
#include "codec_coding.h"

enum { LARGE = 1 << 17 };

static uint64_t top(const struct bit_string *b)
{
	return b->n_bits ? b->words[0] >> (64 - b->n_bits) : 0;
}

/* One layer coded; decoded back, too. */
static void code_one(struct coding *out, const struct codec *c, struct symbols l,
                     struct codec_params p)
{
	struct source s = source_of(&l, 1);
	uint16_t *v = malloc((l.n + 1) * sizeof(*v));
	struct err e;

	code_layers(out, c, &s, &p);
	cr_assert_eq(c->decode(&out->layer[0], &p, l.bits, v, l.n, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(memcmp(v, l.v, l.n * sizeof(*v)), 0);
	free(v);
}

static void check_bits(const struct bit_string *b, const char *expected)
{
	cr_assert_eq(b->n_bits, strlen(expected), "%zu bits", b->n_bits);
	cr_assert_eq(top(b), strtoull(*expected ? expected : "0", NULL, 2));
}

/* Symbols 0 0 0 0 1 1 3 of 2 bits: counts 4 2 . 1, so lengths 1 2 . 2, codes 0, 10, 11. Table: 3
 * symbols, gamma(4) = 00100; symbol 0: distance 1 = 1, level +1 = 010; symbol 1: distance 1 = 1,
 * +1 = 010; symbol 3: distance 2 = 010, 0 = 1. */
Test(codec_entropy, huffman_by_hand)
{
	const uint16_t v[] = { 0, 1, 0, 3, 0, 0, 1 };
	struct coding c;

	code_one(&c, &codec_huffman, (struct symbols){ v, 7, 2, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 12 } });
	check_bits(&c.shared, "00100"
	                      "1010"
	                      "1010"
	                      "0101");
	check_bits(&c.layer[0].stream, "0100110010");
	coding_release(&c);
}

/* Counts 1 2 4 8 make lengths 3 3 2 1 (25 bits in all), but 2 each under a limit of 2; a limit of 1
 * cannot hold four symbols and rises to 2. The codes by symbol: 00 01 10 11. */
Test(codec_entropy, huffman_limit)
{
	const uint16_t v[] = { 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3 };
	const size_t expected[] = { 0, 30, 30, 25 };
	struct coding c;

	for (uint32_t longest = 1; longest < 4; longest++) {
		code_one(&c, &codec_huffman, (struct symbols){ v, 15, 2, NULL },
		         (struct codec_params){ 1, DICT_LAYER, { longest } });
		cr_assert_eq(c.layer[0].stream.n_bits, expected[longest]);
		coding_release(&c);
	}
}

/* Fibonacci counts 1 1 2 3 .. give the longest codes there are: of 24 symbols 23 bits. Larger than
 * the look-up table, so the search is used. */
Test(codec_entropy, huffman_longest_codes)
{
	size_t n = 0;
	uint16_t *v = malloc(130000 * sizeof(*v));
	struct coding c;

	for (size_t i = 0, a = 1, b = 1; i < 24; i++) {
		for (size_t j = 0; j < a; j++)
			v[n++] = (uint16_t)i;
		b += a;
		a = b - a;
	}
	cr_assert_eq(n, 121392); /* the first 24 add up to the 26th less 1 */
	code_one(&c, &codec_huffman, (struct symbols){ v, n, 5, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 24 } });
	/* a Huffman code costs the sum of its inner nodes; those of Fibonacci counts are F(k+2) - 1
	 * for k = 2 .. 24: F(28) - 5 - 23 + .. = the sum of F(4) .. F(26), less 23 */
	cr_assert_eq(c.layer[0].stream.n_bits, 317811 - 5 - 23);
	coding_release(&c);
	free(v);
}

/* 3 zeros 1, 1 zero 2, 5 zeros: with 2 index bits entries (3,1) (1,2) and, 5 zeros being one filler
 * of 3 + 1 and one zero left, (3,0) (0,0). Values 1 2 0 0: 0 twice, so lengths 1 2 2, codes 0 10
 * 11; skips 3 1 3 0: lengths of 0 1 3: 2 2 1, codes 10 11 0. */
Test(codec_entropy, deepcomp_by_hand)
{
	const uint16_t v[] = { 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0 };
	struct coding c;

	code_one(&c, &codec_deepcomp, (struct symbols){ v, 11, 3, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 2 } });
	/* values 3: 00100, then 1 010, 1 010, 1 1; skips 3: 00100, 0: 1 00100, 1: 1 1, 3: 010 011
	 */
	check_bits(&c.shared, "00100"
	                      "1010"
	                      "1010"
	                      "11"
	                      "00100"
	                      "100100"
	                      "11"
	                      "010011");
	check_bits(&c.layer[0].stream, "010"
	                               "1111"
	                               "00"
	                               "100");
	coding_release(&c);
}

/* One symbol: every state sends nothing, so that the stream is the state, and the table gamma(2),
 * symbol 3 (distance 4 = 00100), frequency 2^5 (level +5 = zigzag 9 = 0001010) and 5 zeros. */
Test(codec_entropy, tans_of_one_symbol)
{
	const uint16_t v[] = { 3, 3, 3, 3, 3, 3, 3, 3, 3 };
	struct coding c;

	code_one(&c, &codec_tans, (struct symbols){ v, 9, 2, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 5 } });
	check_bits(&c.shared, "010"
	                      "00100"
	                      "0001010"
	                      "00000");
	check_bits(&c.layer[0].stream, "00000");
	coding_release(&c);
}

/* Two symbols as often, T = 32, f = 16: every state sends one bit. Step 16 + 4 + 3 = 23: places of
 * symbol 0 are 0 23 14 5 28 19 10 1 24 15 6 29 20 11 2 25, in order 0 1 2 5 6 10 11 14 15 19 20 23
 * 24 25 28 29; of symbol 1 the others, 3 4 7 8 9 12 13 16 17 18 21 22 26 27 30 31. Symbols 0 1:
 * from the last: state 32 (place 0) sends bit 0, x = 16, first place of 1 = 3; state 35 sends bit
 * 1, x = 17, second place of 0 = 1. Stream: 00001, then 1, then 0. */
Test(codec_entropy, tans_by_hand)
{
	const uint16_t v[] = { 0, 1 };
	struct coding c;

	code_one(&c, &codec_tans, (struct symbols){ v, 2, 2, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 5 } });
	check_bits(&c.layer[0].stream, "0000110");
	coding_release(&c);
}

/* The same with M = 32 and ranges: x = 2^23 = 8388608 is below 2^31 / 32 x 16 = 2^30, so nothing is
 * sent. Symbol 1: x = 2^23 / 16 x 32 + 0 + 16 = 2^24 + 16. Symbol 0: (2^24 + 16) / 16 x 32 + 0 =
 * 2^25 + 32. */
Test(codec_entropy, rans_by_hand)
{
	const uint16_t v[] = { 0, 1 };
	struct coding c;

	code_one(&c, &codec_rans, (struct symbols){ v, 2, 2, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 5 } });
	cr_assert_eq(c.layer[0].stream.n_bits, 32);
	cr_assert_eq(top(&c.layer[0].stream), (1 << 25) + 32);
	coding_release(&c);
}

/* Signed 0 1 -1 -3 as sign-magnitude of 4 bits: 0 1 9 11, as numbers 0 1 2 6. k = 1: 10, 11, 010,
 * 00010 = 12 bits; k = 0: 1 + 2 + 3 + 7 = 13; k = 2: 3 + 3 + 3 + 4 = 13. Exp-Golomb: k = 0: 1, 010,
 * 011, 00111 = 12; k = 1: 10, 11, 0100, 001000 = 14. Header: form 0, k in 4 bits unless given. */
Test(codec_entropy, golomb_by_hand)
{
	const uint16_t v[] = { 0, 1, 9, 11 };
	struct symbols l = { v, 4, 4, NULL };
	struct coding c;

	code_one(&c, &codec_golomb, l, (struct codec_params){ 1, DICT_MODEL, { 16 } });
	check_bits(&c.layer[0].stream, "00001"
	                               "1011010"
	                               "00010");
	coding_release(&c);
	code_one(&c, &codec_golomb, l, (struct codec_params){ 1, DICT_MODEL, { 2 } });
	check_bits(&c.layer[0].stream, "0"
	                               "100101110"
	                               "0110");
	coding_release(&c);
	code_one(&c, &codec_expgolomb, l, (struct codec_params){ 1, DICT_MODEL, { 16 } });
	check_bits(&c.layer[0].stream, "00000"
	                               "1010011"
	                               "00111");
	coding_release(&c);
}

/* -1 in two's complement of 8 bits is 255, far out as sign-magnitude: form 1, k = 0, 011 each with
 * k = 0 (Exp-Golomb), 001 (Golomb). The number 255 at a given k = 0 is 24 zeros and itself. */
Test(codec_entropy, golomb_form_and_escape)
{
	const uint16_t minus[] = { 255, 255 }, far[] = { 128 };
	struct coding c;

	code_one(&c, &codec_golomb, (struct symbols){ minus, 2, 8, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 0 } });
	check_bits(&c.layer[0].stream, "1001001");
	coding_release(&c);
	code_one(&c, &codec_expgolomb, (struct symbols){ minus, 2, 8, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 0 } });
	check_bits(&c.layer[0].stream, "1011011");
	coding_release(&c);
	code_one(&c, &codec_golomb, (struct symbols){ far, 1, 8, NULL },
	         (struct codec_params){ 1, DICT_MODEL, { 0 } });
	check_bits(&c.layer[0].stream, "0"
	                               "00000000"
	                               "00000000"
	                               "00000000"
	                               "11111111");
	coding_release(&c);
}

Test(codec_entropy, signed_map_is_one_to_one)
{
	for (unsigned bits = 2; bits <= 16; bits++)
		for (int form = 0; form < N_SIGNED_FORMS; form++)
			for (uint32_t v = 0; v >> bits == 0; v++) {
				uint32_t u = signed_to_unsigned(v, bits, (enum signed_form)form);

				cr_assert(u >> bits == 0);
				cr_assert_eq(signed_from_unsigned(u, bits, (enum signed_form)form),
				             v);
			}
	cr_assert_eq(signed_to_unsigned(13, 4, FORM_TWOS_COMPLEMENT), 6); /* -3 */
	cr_assert_eq(signed_to_unsigned(11, 4, FORM_SIGN_MAGNITUDE), 6);
}

/* 0 0 1 1 and 2 2 2 2 of 2 bits: 1 and 0 bits by layer, 1.5 pooled (1/4, 1/4, 1/2). */
Test(codec_entropy, bound_per_layer)
{
	const uint16_t a[] = { 0, 0, 1, 1 }, b[] = { 2, 2, 2, 2 };
	struct symbols l[] = {
		{a,  4, 2, NULL},
                { b, 4, 2, NULL}
	};
	struct source s = source_of(l, 2), none = source_of(l, 0);

	cr_assert_eq(entropy_layers(&s), 0.5);
	cr_assert_eq(entropy_symbols(&s), 1.5);
	cr_assert_eq(entropy_layers(&none), 0);
	cr_assert_eq(entropy_symbols(&none), 0);
}

/* About geometric: symbol i with probability 2^-(i+1), or near 0.97 for 0. */
static uint16_t *draw(size_t n, bool skewed)
{
	uint16_t *v = malloc(n * sizeof(*v));

	srand(3);
	for (size_t i = 0; i < n; i++) {
		unsigned r = (unsigned)rand();

		v[i] = (uint16_t)(skewed ? (r % 100 < 97 ? 0 : 1 + r / 100 % 14)
		                         : (unsigned)__builtin_ctz(r | 1u << 14) * 4 +
		                                   r / 32768 % 7);
	}
	return v;
}

static double payload(const struct codec *c, struct symbols l, uint32_t arg)
{
	struct coding coded;
	double n_bits;

	code_one(&coded, c, l, (struct codec_params){ 1, DICT_LAYER, { arg } });
	n_bits = (double)coded.layer[0].stream.n_bits;
	coding_release(&coded);
	return n_bits;
}

/* Huffman's bound, which a prefix code of single symbols keeps; ANS within 1 %, also where a symbol
 * is worth 0.04 bits and Huffman pays 1. */
Test(codec_entropy, sizes_against_entropy)
{
	for (int skewed = 0; skewed < 2; skewed++) {
		uint16_t *v = draw(LARGE, skewed);
		struct symbols l = { v, LARGE, 6, NULL };
		struct source s = source_of(&l, 1);
		double bound = entropy_symbols(&s) * LARGE;
		double huffman = payload(&codec_huffman, l, 12);
		double tans = payload(&codec_tans, l, 11), rans = payload(&codec_rans, l, 12);

		cr_assert(huffman >= bound && huffman < bound + LARGE);
		cr_assert(tans > bound * 0.9999 && tans < bound * 1.01, "%g", tans / bound);
		cr_assert(rans > bound * 0.9999 && rans < bound * 1.01, "%g", rans / bound);
		if (skewed)
			cr_assert(huffman >= LARGE && bound < LARGE * 0.35);
		free(v);
	}
}

/* Deflated by zlib with Huffman codes only, in bits; one block as far as zlib goes. */
static double zlib_huffman(const unsigned char *in, size_t n)
{
	size_t cap = 2 * n + 1000;
	unsigned char *out = malloc(cap);
	z_stream z = { 0 };
	double n_bits;

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_HUFFMAN_ONLY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)in;
	z.avail_in = (unsigned)n;
	z.next_out = out;
	z.avail_out = (unsigned)cap;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	n_bits = 8 * (double)z.total_out;
	deflateEnd(&z);
	free(out);
	return n_bits;
}

/* Literals by huff0: matches of 7 symbols within 1 KiB are too rare to matter. */
static double zstd_huffman(const unsigned char *in, size_t n)
{
	size_t cap = ZSTD_compressBound(n), got;
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	void *out = malloc(cap);

	ZSTD_CCtx_setParameter(ctx, ZSTD_c_strategy, ZSTD_fast);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, 10);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_minMatch, 7);
	got = ZSTD_compress2(ctx, out, cap, in, n);
	cr_assert(!ZSTD_isError(got));
	ZSTD_freeCCtx(ctx);
	free(out);
	return 8 * (double)got;
}

/* Two independent Huffman coders on the same symbols: never a smaller payload than an optimal
 * code's, and no more above it than their tables and headers. A block of zlib's has at most 32767
 * symbols and one more for its end; its table is some 60 bytes for these 63 symbols. zstd's codes
 * have at most 11 bits; its blocks are as large as the window, 1 KiB here, with 64 bytes of
 * headers, four streams and a table. */
Test(codec_entropy, huffman_against_zlib_and_zstd)
{
	enum { BLOCK = 32000, ZSTD_BLOCK = 1024, TABLE = 8 * 130 };
	uint16_t *v = draw(LARGE, false);
	unsigned char *bytes = malloc(LARGE);

	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (unsigned char)v[i];
	for (size_t at = 0; at + BLOCK <= LARGE; at += BLOCK) {
		double ours =
		        payload(&codec_huffman, (struct symbols){ v + at, BLOCK, 6, NULL }, 15);
		double theirs = zlib_huffman(bytes + at, BLOCK);

		cr_assert(theirs > ours && theirs < ours + TABLE, "%g %g", ours, theirs);
	}
	for (size_t at = 0; at < 64 * ZSTD_BLOCK; at += ZSTD_BLOCK) {
		double ours = payload(&codec_huffman,
		                      (struct symbols){ v + at, ZSTD_BLOCK, 6, NULL }, 11);
		double theirs = zstd_huffman(bytes + at, ZSTD_BLOCK);

		cr_assert(theirs > ours && theirs < ours + TABLE, "%g %g", ours, theirs);
	}
	free(bytes);
	free(v);
}

/* Every symbol of 16 bits once, then some twice: tables grow as far as they must. */
Test(codec_entropy, alphabet_of_65536)
{
	size_t n = (1 << 16) + 5000;
	uint16_t *v = malloc(n * sizeof(*v));
	struct symbols l = { v, n, 16, NULL };

	for (size_t i = 0; i < n; i++)
		v[i] = (uint16_t)(i * 40503);
	/* 16 bits each are possible; frequencies add up to 2^18 */
	cr_assert_leq(payload(&codec_huffman, l, 1), 16 * (double)n);
	cr_assert_leq(payload(&codec_tans, l, 5), 16.1 * (double)n);
	cr_assert_leq(payload(&codec_rans, l, 5), 16.1 * (double)n);
	cr_assert_leq(payload(&codec_deepcomp, l, 5), 17.1 * (double)n);
	free(v);
}

/* A table of the bits in `text` (at most 64), one symbol of a stream that would be 0s. */
static enum status decode_with(const struct codec *codec, const char *text, uint32_t arg,
                               size_t stream_bits)
{
	uint64_t table = strtoull(text, NULL, 2) << (64 - strlen(text)), stream = 0;
	struct codec_params p = { 1, DICT_MODEL, { arg } };
	struct code c = {
		.shared = {&table,   strlen(text)},
                  .stream = { &stream, stream_bits }
	};
	uint16_t v[1];

	return codec->decode(&c, &p, 2, v, 1, NULL);
}

/* Two symbols (011), 0 and 1: lengths 1 1 are a code; with a bit more or less of the table, and for
 * lengths 1 2 (not complete), 0 0 (none) and no symbols at all, there is no code. */
Test(codec_entropy, wrong_lengths_are_refused)
{
	cr_assert_eq(decode_with(&codec_huffman, "011101011", 12, 1), ST_OK);
	cr_assert_eq(decode_with(&codec_huffman, "0111010110", 12, 1), ST_DATA);
	cr_assert_eq(decode_with(&codec_huffman, "01110101", 12, 1), ST_DATA);
	cr_assert_eq(decode_with(&codec_huffman, "01110101010", 12, 1), ST_DATA);
	cr_assert_eq(decode_with(&codec_huffman, "0111111", 12, 1), ST_DATA);
	cr_assert_eq(decode_with(&codec_huffman, "1", 12, 0), ST_DATA); /* no symbol at all */
}

/* Frequencies 16 (level +4 = 0001000, 0000) and 16 (0 = 1, 0000) add up to 32; 16 and 15 (level -1
 * = 011, 111) do not. The stream of 0s is state 0 and the bit that leads from it to
 * itself. */
Test(codec_entropy, wrong_frequencies_are_refused)
{
	const char *right = "011"
	                    "100010000000"
	                    "110000";
	const char *wrong = "011"
	                    "100010000000"
	                    "1011111";

	cr_assert_eq(decode_with(&codec_tans, right, 5, 6), ST_OK);
	cr_assert_eq(decode_with(&codec_tans, right, 5, 5), ST_DATA);
	cr_assert_eq(decode_with(&codec_tans, wrong, 5, 6), ST_DATA);
	cr_assert_eq(decode_with(&codec_rans, wrong, 5, 32), ST_DATA);
	cr_assert_eq(decode_with(&codec_rans, right, 5, 32), ST_DATA); /* a state below 2^23 */
}
