#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "codec_coding.h"

/* Layers 0 0 1 0 0 | 3 0 0 with 2-bit symbols in words of 2: 00 10 0(0) | 30 0(0), as bits 0000
 * 0100 0000 | 1100 0000. Counts: 0000 three times, then 0100 before 1100 (smaller value first). D =
 * 2: index 1 bit. Dictionary 0000 0100. Layer 0: 1.0 1.1 1.0 = 101110; layer 1: 0.1100 1.0 =
 * 0110010. */
Test(codec, dictionary_stream_by_hand)
{
	const uint16_t a[] = { 0, 0, 1, 0, 0 }, b[] = { 3, 0, 0 };
	struct symbols l[] = {
		{a,  5, 2, NULL},
                { b, 3, 2, NULL}
	};
	struct source s = source_of(l, 2);
	struct codec_params p = { 2, DICT_MODEL, { 2 } };
	struct words *w;
	struct coding c;
	struct err e;

	cr_assert_eq(words_count(&w, &s, 2, DICT_MODEL, &e), ST_OK);
	s.words = w;
	cr_assert(w->table[0].n_words == 5 && w->table[0].n_distinct == 3);
	cr_assert(w->table[0].count[0] == 3 && w->table[0].count[1] == 1);
	cr_assert(w->table[0].symbol[2] == 1 && w->table[0].symbol[3] == 0);
	cr_assert(w->table[0].symbol[4] == 3);
	code_layers(&c, &codec_dict, &s, &p);
	cr_assert_eq(c.shared.n_bits, 8);
	cr_assert_eq(c.shared.words[0] >> 56, 0x04);
	cr_assert_eq(c.layer[0].stream.n_bits, 6);
	cr_assert_eq(c.layer[0].stream.words[0] >> 58, 0x2e);
	cr_assert_eq(c.layer[1].stream.n_bits, 7);
	cr_assert_eq(c.layer[1].stream.words[0] >> 57, 0x32);
	coding_release(&c);
	words_free(w);
}

/* The same with a dictionary per layer and D = 1 (no index): dictionary 0000 each; layer 0: 00 10
 * 00
 * -> 1 0.0100 1 = 1001001; layer 1: 30 00, both once, 0000 first -> 0.1100 1 = 011001. */
Test(codec, layer_dictionary_of_one_entry)
{
	const uint16_t a[] = { 0, 0, 1, 0, 0 }, b[] = { 3, 0, 0 };
	struct symbols l[] = {
		{a,  5, 2, NULL},
                { b, 3, 2, NULL}
	};
	struct source s = source_of(l, 2);
	struct codec_params p = { 2, DICT_LAYER, { 1 } };
	struct words *w;
	struct coding c;
	struct err e;

	cr_assert_eq(words_count(&w, &s, 2, DICT_LAYER, &e), ST_OK);
	s.words = w;
	code_layers(&c, &codec_dict, &s, &p);
	cr_assert(c.shared.n_bits == 0 && c.layer[0].table.n_bits == 4 &&
	          c.layer[1].table.n_bits == 4);
	cr_assert_eq(c.layer[0].stream.n_bits, 7);
	cr_assert_eq(c.layer[0].stream.words[0] >> 57, 0x49);
	cr_assert_eq(c.layer[1].stream.n_bits, 6);
	cr_assert_eq(c.layer[1].stream.words[0] >> 58, 0x19);
	coding_release(&c);
	words_free(w);
}

/* Symbol 5 of 3 bits, then 1: 101 001. */
Test(codec, raw_stream_by_hand)
{
	const uint16_t a[] = { 5, 1 };
	struct symbols l = { a, 2, 3, NULL };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, { 0 } };
	struct coding c;

	code_layers(&c, &codec_raw, &s, &p);
	cr_assert(c.layer[0].stream.n_bits == 6 && c.layer[0].stream.words[0] >> 58 == 0x29);
	coding_release(&c);
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

Test(codec, dictionary_index_beyond_entries_is_refused)
{
	const uint16_t a[] = { 1, 2, 3, 1, 2, 3 };
	struct symbols l = { a, 6, 4, NULL };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, { 3 } };
	struct words *w;
	struct coding c;
	struct err e;
	uint16_t v[6];

	cr_assert_eq(words_count(&w, &s, 1, DICT_MODEL, &e), ST_OK);
	s.words = w;
	code_layers(&c, &codec_dict, &s, &p);
	c.layer[0].stream.words[0] |= UINT64_C(0x6000000000000000); /* index 3 of 0..2 */
	cr_assert_eq(codec_dict.decode(&c.layer[0], &p, 4, v, 6, &e), ST_DATA);
	c.layer[0].shared.n_bits--;
	cr_assert_eq(codec_dict.decode(&c.layer[0], &p, 4, v, 6, &e), ST_DATA);
	coding_release(&c);
	words_free(w);
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

/* The same kernel and array through which weights stream. os: filters 0 1 side by side, k = 0 then
 * 1, then filter 2 alone. is: both k of a filter side by side, which is storage order; with one
 * row, k = 0 of all filters, then k = 1. */
Test(codec, streamed_orders_by_hand)
{
	struct kernel k = { .n = 6, .channels = 3, .groups = 1 };
	const uint16_t in[] = { 0, 1, 10, 11, 20, 21 };
	uint16_t out[6];

	stream_reorder(&k, ORDER_ARRAY_OS, 2, 2, 1, in, out);
	cr_assert_eq(memcmp(out, (uint16_t[]){ 0, 10, 1, 11, 20, 21 }, sizeof(out)), 0);
	stream_reorder(&k, ORDER_ARRAY_IS, 2, 2, 1, in, out);
	cr_assert_eq(memcmp(out, in, sizeof(out)), 0);
	stream_reorder(&k, ORDER_ARRAY_IS, 1, 2, 1, in, out);
	cr_assert_eq(memcmp(out, (uint16_t[]){ 0, 10, 20, 1, 11, 21 }, sizeof(out)), 0);
}

Test(codec, array_order_is_a_permutation)
{
	struct kernel k = { .n = 24 * 9, .channels = 24, .groups = 4 };
	uint16_t in[2 * 24 * 9], out[2 * 24 * 9], back[2 * 24 * 9];

	for (size_t i = 0; i < 2 * k.n; i++)
		in[i] = (uint16_t)i;
	for (size_t i = 0; i < 3 * 5 * 2 * N_ORDERS; i++) {
		enum stream_order order = (enum stream_order)(i % N_ORDERS);
		unsigned spw = 1 + i / N_ORDERS % 2;
		size_t rows = (size_t)1 << 2 * (i / N_ORDERS / 2 % 3);
		size_t cols = (size_t)1 << i / N_ORDERS / 2 / 3;

		memset(back, 0xff, sizeof(back));
		stream_reorder(&k, order, rows, cols, spw, in, out);
		stream_restore(&k, order, rows, cols, spw, out, back);
		cr_assert_eq(memcmp(in, back, k.n * spw * sizeof(*in)), 0);
	}
}

/* Symbols 0 0 0 1: H = 2 - 0.75 log2 3 = 0.811278; words of two 00 01: H = 1 per word, 0.5 per
 * symbol. */
Test(codec, entropies_by_hand)
{
	const uint16_t a[] = { 0, 0, 0, 1 };
	struct symbols l = { a, 4, 4, NULL };
	struct source s = source_of(&l, 1);
	struct words *w;
	struct err e;

	cr_assert_float_eq(entropy_symbols(&s), 2 - 0.75 * log2(3), 1e-12);
	cr_assert_eq(words_count(&w, &s, 2, DICT_MODEL, &e), ST_OK);
	cr_assert_float_eq(entropy_words(w, 4), 0.5, 1e-12);
	words_free(w);
}

/* Seven symbols in words of two: (1 2)(3 4)(5 6)(7) go to two lanes in turn, and leave the last of
 * five without any. */
Test(codec, streams_are_dealt_by_words)
{
	static const uint16_t in[] = { 1, 2, 3, 4, 5, 6, 7 };
	static const uint16_t two[] = { 1, 2, 5, 6, 3, 4, 7 };
	static const size_t of_two[] = { 4, 3 }, of_five[] = { 2, 2, 2, 1, 0 };
	uint16_t out[7];
	size_t n[5];

	stream_deal(in, 7, 2, 2, out, n);
	cr_expect_arr_eq(out, two, sizeof(two));
	cr_expect_arr_eq(n, of_two, sizeof(of_two));
	stream_deal(in, 7, 2, 5, out, n);
	cr_expect_arr_eq(out, in, sizeof(in));
	cr_expect_arr_eq(n, of_five, sizeof(of_five));
}
