/* The array's closed forms and the list of decoders. */
#include "hw/array.h"
#include "hw/decoder.h"
#include "plugins.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Control: every weight-stationary run of SCALE-Sim in tests/vectors. */
Test(hw, array_equals_scalesim)
{
	FILE *f = fopen(TEST_VECTORS "/scalesim_ws.csv", "r");
	char line[1024];
	int rows = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f)) {
		uint64_t cycles, ifmap, filter, ofmap;
		struct gemm g = { .groups = 1 };
		struct array_counts c;
		struct array a;
		char layer[64];

		if (line[0] == '#' || !strncmp(line, "layer,", 6))
			continue;
		cr_assert_eq(sscanf(line,
		                    "%63[^,],%zu,%zu,%zu,%" SCNu32 ",%" SCNu32 ",%" SCNu64
		                    ",%" SCNu64 ",%" SCNu64 ",%" SCNu64,
		                    layer, &g.m, &g.n, &g.k, &a.rows, &a.cols, &cycles, &ifmap,
		                    &filter, &ofmap),
		             10, "%s", line);
		c = array_weight_stationary(a, g);
		cr_expect_eq(c.cycles, cycles + 1, "%s", line);
		cr_expect_eq(c.ifmap_reads, ifmap, "%s", line);
		cr_expect_eq(c.filter_reads, filter, "%s", line);
		cr_expect_eq(c.ofmap_writes, ofmap, "%s", line);
		rows++;
	}
	fclose(f);
	cr_assert_eq(rows, 75);
}

/* 2 x 2 array, M = 3, N = 3, K = 5: ceil(5/2) ceil(3/2) = 3 x 2 folds of 2*2 + 2 + 3 - 2 = 7
 * cycles, 2 of them loading. Sums go out 3 3 3 times and come back one time less. */
Test(hw, array_by_hand)
{
	struct array a = { 2, 2 };
	struct array_counts c = array_weight_stationary(a, (struct gemm){ 3, 3, 5, 1 });

	cr_expect_eq(c.folds, 6);
	cr_expect_eq(c.cycles, 42);
	cr_expect_eq(c.load_cycles, 12);
	cr_expect_eq(c.macs, 45);
	cr_expect_eq(c.ifmap_reads, 30);
	cr_expect_eq(c.filter_reads, 15);
	cr_expect_eq(c.ofmap_writes, 27);
	cr_expect_eq(c.ofmap_reads, 18);
}

/* Four groups take four times what one takes; a depthwise 3 x 3 on 8 x 8 uses one column. */
Test(hw, array_groups_follow_each_other)
{
	struct array a = { 8, 8 };
	struct array_counts one = array_weight_stationary(a, (struct gemm){ 49, 10, 20, 1 });
	struct array_counts four = array_weight_stationary(a, (struct gemm){ 49, 10, 20, 4 });
	struct array_counts depthwise = array_weight_stationary(a, (struct gemm){ 100, 1, 9, 32 });
	const uint64_t *p = (const uint64_t *)&one, *q = (const uint64_t *)&four;

	for (size_t i = 0; i < sizeof(one) / sizeof(*p); i++)
		cr_expect_eq(q[i], 4 * p[i], "field %zu", i);
	cr_expect_eq(depthwise.cycles, 32 * 2 * (16 + 8 + 100 - 2));
	cr_expect_eq(depthwise.filter_reads, 32 * 9);
}

/* More rows or columns never make more folds; every count stays whole for a 1 x 1 array. */
Test(hw, array_extremes)
{
	struct gemm g = { 7, 5, 11, 1 };
	struct array_counts tiny = array_weight_stationary((struct array){ 1, 1 }, g);
	struct array_counts big = array_weight_stationary((struct array){ 4096, 4096 }, g);

	cr_expect_eq(tiny.folds, 55);
	cr_expect_eq(tiny.cycles, 55 * (2 + 1 + 7 - 2));
	cr_expect_eq(big.folds, 1);
	cr_expect_eq(big.cycles, 3 * 4096 + 7 - 2);
	cr_expect_eq(big.ofmap_reads, 0);
}

Test(hw, decoder_list)
{
	cr_assert_eq(n_decoders, plugins_defined("src/hw", "const struct decoder decoder_"));
	for (size_t i = 0; i < n_decoders; i++) {
		const struct decoder *d = decoders[i];

		cr_expect_eq(decoder_find(d->name), d);
		cr_expect(d->help && *d->help && d->codecs && *d->codecs && d->run);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(d->name, decoders[j]->name);
	}
	cr_expect_null(decoder_find("ringo"));
	cr_expect_null(decoder_find(""));
}

Test(hw, decoder_handles_whole_names)
{
	const struct decoder two = { .codecs = "dict  huffman" }, any = { .codecs = "*" };

	cr_expect(decoder_handles(decoder_find("ring"), "dict"));
	cr_expect(!decoder_handles(decoder_find("ring"), "raw"));
	cr_expect(decoder_handles(decoder_find("none"), "raw"));
	cr_expect(!decoder_handles(decoder_find("none"), "dict"));
	cr_expect(decoder_handles(&two, "dict") && decoder_handles(&two, "huffman"));
	cr_expect(!decoder_handles(&two, "dic") && !decoder_handles(&two, "dicts"));
	cr_expect(!decoder_handles(&two, "") && !decoder_handles(&two, " "));
	cr_expect(decoder_handles(&any, "anything"));
}

/* 100 symbols of 5 bits: 500 bits, 8 words of 64. One symbol per cycle: 100 cycles, the port waits
 * 92 of them; 50 per cycle: 2 deliveries, the array waits for 6 of 8 words. */
Test(hw, decoder_none_takes_the_slower_side)
{
	struct decode_job job = { .n_symbols = 100, .symbol_bits = 5, .port_bits = 64 };
	struct decode_result r;

	job.sink_symbols = 1;
	cr_assert_eq(decoder_none.run(&job, &r, NULL), ST_OK);
	cr_expect_eq(r.cycles, 100);
	cr_expect_eq(r.output_stalls, 92);
	cr_expect_eq(r.input_stalls, 0);
	cr_expect_eq(r.port_reads, 8);
	cr_expect_eq(r.beats, 0);
	job.sink_symbols = 50;
	cr_assert_eq(decoder_none.run(&job, &r, NULL), ST_OK);
	cr_expect_eq(r.cycles, 8);
	cr_expect_eq(r.input_stalls, 6);
	cr_expect_eq(r.output_stalls, 0);
}

/* 4 x 4 array, M = 10, K = 8, N = 4: 2 folds of 2 * 4 + 4 + 10 - 2 = 20 cycles, 4 of them loading.
 * 103 decoder cycles with a pipeline of 3: 50 a fold, so each loads 53 and computes 16: 138. 11
 * decoder cycles: 4 a fold, no more than the array takes, and 3 to fill: 2 (7 + 16) = 46. No
 * decoder, 8 cycles of plain words: the 40 of the array alone. */
Test(hw, a_decoder_delays_each_tile)
{
	struct gemm g = { 10, 4, 8, 1 };
	struct array_counts a = array_weight_stationary((struct array){ 4, 4 }, g);

	cr_assert_eq(a.cycles, 40);
	cr_expect_eq(array_cycles_behind_decoder(&a, 103, 3), 138);
	cr_expect_eq(array_cycles_behind_decoder(&a, 11, 3), 46);
	cr_expect_eq(array_cycles_behind_decoder(&a, 8, 0), 40);
}
