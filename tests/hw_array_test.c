/* The array's closed forms against SCALE-Sim and by hand, and how a decoder delays it. */
#include "hw/array.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* One line of the vector. */
struct run {
	struct array a;
	struct gemm g;
	uint64_t cycles, stalls, ifmap, filter, ofmap;
	char utilization[32];
};

static bool read_run(const char *line, struct run *r)
{
	char layer[64], flow[3];

	*r = (struct run){ .g.groups = 1 };
	if (line[0] == '#' || !strncmp(line, "layer,", 6))
		return false;
	cr_assert_eq(sscanf(line,
	                    "%63[^,],%zu,%zu,%zu,%" SCNu32 ",%" SCNu32 ",%2[a-z],%" SCNu64
	                    ",%" SCNu64 ",%31[0-9.],%" SCNu64 ",%" SCNu64 ",%" SCNu64,
	                    layer, &r->g.m, &r->g.n, &r->g.k, &r->a.rows, &r->a.cols, flow,
	                    &r->cycles, &r->stalls, r->utilization, &r->ifmap, &r->filter,
	                    &r->ofmap),
	             13, "%s", line);
	while (strcmp(dataflow_names[r->a.flow], flow) != 0) {
		r->a.flow++;
		cr_assert_lt(r->a.flow, N_DATAFLOWS, "%s", line);
	}
	return true;
}

/* Control: every run of SCALE-Sim in datasets/scalesim.csv, also those whose backing memory stalls.
 * The true writes of os are its own less R + C per fold. */
Test(hw_array, equals_scalesim)
{
	FILE *f = fopen(SOURCE_DIR "/datasets/scalesim.csv", "r");
	char line[1024], text[32];
	int rows[N_DATAFLOWS] = { 0 };

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct array_counts c;
		struct array_report report;
		struct run r;

		if (!read_run(line, &r))
			continue;
		c = array_count(r.a, r.g);
		report = array_scalesim(r.a, &c);
		cr_expect_eq(c.cycles, r.cycles - r.stalls + 1, "%s", line);
		cr_expect_eq(report.cycles + r.stalls, r.cycles, "%s", line);
		cr_expect_eq(c.ifmap_reads, r.ifmap, "%s", line);
		cr_expect_eq(c.filter_reads, r.filter, "%s", line);
		cr_expect_eq(report.ofmap_writes, r.ofmap, "%s", line);
		if (r.a.flow == DATAFLOW_OS)
			cr_expect_eq(c.ofmap_writes, r.g.m * r.g.n, "%s", line);
		else
			cr_expect_eq(c.ofmap_writes, r.ofmap, "%s", line);
		snprintf(text, sizeof(text), "%.6f", array_utilization(r.a, c.macs, r.cycles));
		cr_expect_str_eq(text, r.utilization, "%s", line);
		if (!r.stalls)
			cr_expect_eq(report.utilization, array_utilization(r.a, c.macs, r.cycles));
		rows[r.a.flow]++;
	}
	fclose(f);
	cr_expect_eq(rows[DATAFLOW_WS], 87);
	cr_expect_eq(rows[DATAFLOW_OS], 88);
	cr_expect_eq(rows[DATAFLOW_IS], 127);
}

/* 2 x 2 array, M = 3, N = 3, K = 5.
 *
 * ws: ceil(5/2) ceil(3/2) = 3 x 2 folds of 2 2 + 2 + 3 - 2 = 7 cycles, 2 of them loading; sums go
 * out 3 3 3 times and come back one time less.
 *
 * os: ceil(3/2) ceil(3/2) = 2 x 2 folds of 2 + 2 + 5 - 2 = 7, weights entering in 5 of them; every
 *   weight is read in both row folds, every activation in both column folds.
 *
 * is: ceil(5/2) ceil(3/2) = 3 x 2 folds of 2 2 + 2 + 3 - 2 = 7, weights entering in 3 of them. */
Test(hw_array, by_hand)
{
	const struct gemm g = { 3, 3, 5, 1 };
	const uint64_t want[N_DATAFLOWS][sizeof(struct array_counts) / sizeof(uint64_t)] = {
		{6,  1, 42, 12, 45, 30, 15, 27, 18},
		{ 4, 2, 28, 20, 45, 30, 30, 9,  0 },
		{ 6, 2, 42, 18, 45, 15, 30, 27, 18},
	};

	for (enum dataflow f = 0; f < N_DATAFLOWS; f++) {
		struct array_counts c = array_count((struct array){ 2, 2, f }, g);

		cr_expect(!memcmp(&c, want[f], sizeof(c)), "%s", dataflow_names[f]);
	}
}

/* What SCALE-Sim prints for the same: the last cycle's index, and 4 folds x (2 + 2) writes more. */
Test(hw_array, report_by_hand)
{
	const struct array a = { 2, 2, DATAFLOW_OS };
	struct array_counts c = array_count(a, (struct gemm){ 3, 3, 5, 1 });
	struct array_report r = array_scalesim(a, &c);

	cr_expect_eq(r.cycles, 27);
	cr_expect_eq(r.ofmap_writes, 9 + 16);
	cr_expect_eq(r.utilization, 100 * 45.0 / (27 * 4));
	/* One multiplication in one cycle, whose index is 0: no utilisation. */
	c = array_count((struct array){ 1, 1, DATAFLOW_OS }, (struct gemm){ 1, 1, 1, 1 });
	r = array_scalesim((struct array){ 1, 1, DATAFLOW_OS }, &c);
	cr_expect(c.cycles == 1 && r.cycles == 0 && isnan(r.utilization));
}

/* Four groups take four times what one takes; a depthwise 3 x 3 on 8 x 8 uses one column. */
Test(hw_array, groups_follow_each_other)
{
	for (enum dataflow f = 0; f < N_DATAFLOWS; f++) {
		struct array a = { 8, 8, f };
		struct array_counts one = array_count(a, (struct gemm){ 49, 10, 20, 1 });
		struct array_counts four = array_count(a, (struct gemm){ 49, 10, 20, 4 });
		const uint64_t *p = (const uint64_t *)&one, *q = (const uint64_t *)&four;

		four.passes *= 4; /* of each weight: as many as of one group's */
		for (size_t i = 0; i < sizeof(one) / sizeof(*p); i++)
			cr_expect_eq(q[i], 4 * p[i], "%s: field %zu", dataflow_names[f], i);
	}
	struct array_counts depthwise =
	        array_count((struct array){ 8, 8, DATAFLOW_WS }, (struct gemm){ 100, 1, 9, 32 });

	cr_expect_eq(depthwise.cycles, 32 * 2 * (16 + 8 + 100 - 2));
	cr_expect_eq(depthwise.filter_reads, 32 * 9);
}

/* More rows or columns never make more folds; every count stays whole for a 1 x 1 array. */
Test(hw_array, extremes)
{
	struct gemm g = { 7, 5, 11, 1 };
	struct array_counts tiny = array_count((struct array){ 1, 1, DATAFLOW_WS }, g);
	struct array_counts big = array_count((struct array){ 4096, 4096, DATAFLOW_WS }, g);

	cr_expect_eq(tiny.folds, 55);
	cr_expect_eq(tiny.cycles, 55 * (2 + 1 + 7 - 2));
	cr_expect_eq(big.folds, 1);
	cr_expect_eq(big.cycles, 3 * 4096 + 7 - 2);
	cr_expect_eq(big.ofmap_reads, 0);
}

/* However the GEMM lies, every weight passes as often as weights are read, and enters at the pace
 * that the array says; work never exceeds what the array could do. */
Test(hw_array, counts_hold_together)
{
	for (size_t i = 0; i < 500; i++) {
		struct gemm g = { 1 + i * 7 % 61, 1 + i * 11 % 37, 1 + i * 13 % 53, 1 + i % 3 };
		struct array a = { (uint32_t)(1 + i * 5 % 17), (uint32_t)(1 + i * 3 % 13),
			           (enum dataflow)(i % N_DATAFLOWS) };
		struct array_counts c = array_count(a, g);

		cr_expect_eq(c.filter_reads, c.passes * g.groups * g.n * g.k);
		cr_expect_geq(c.load_cycles * array_weights_per_cycle(a), c.filter_reads);
		cr_expect_leq(c.load_cycles, c.cycles);
		cr_expect_leq(c.macs, c.cycles * a.rows * a.cols);
		cr_expect_eq(c.ofmap_writes - c.ofmap_reads, g.groups * g.m * g.n);
	}
}

Test(hw_array, names)
{
	static const char *const bad[] = { "",         "ws",        "ws:16",   "ws:16x",
		                           "ws:0x4",   "ws:4x0",    "xs:4x4",  "ws:4x4 ",
		                           "WS:4x4",   "ws:1025x4", "ws:4x-1", "wss:4x4",
		                           "ws: 4x4",  "ws:+4x4",   "tpu",     "os:4 x4",
		                           "os:4x4x4", "tpu_v1:ws", "rs:12x14" };
	struct array a;
	char text[64];

	for (enum dataflow f = 0; f < N_DATAFLOWS; f++) {
		snprintf(text, sizeof(text), "%s:12x1024", dataflow_names[f]);
		cr_assert(array_from_text(&a, text, 1024), "%s", text);
		cr_expect(a.rows == 12 && a.cols == 1024 && a.flow == f);
		array_text(&a, text + 32, 32);
		cr_expect_str_eq(text + 32, text);
		cr_expect(dataflow_help[f] && *dataflow_help[f]);
	}
	cr_expect_null(dataflow_names[N_DATAFLOWS]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect(!array_from_text(&a, bad[i], 1024), "%s", bad[i]);
	for (size_t i = 0; i < n_array_presets; i++) {
		cr_assert(array_from_text(&a, array_presets[i].name, 1024));
		cr_expect(!memcmp(&a, &array_presets[i].array, sizeof(a)));
		cr_expect(array_presets[i].source && *array_presets[i].source);
	}
	cr_assert(array_from_text(&a, "tpu_v1", 1024));
	array_text(&a, text, sizeof(text));
	cr_expect_str_eq(text, "ws:256x256");
}

/* 4 x 4 array, M = 10, K = 8, N = 4: 2 folds of 2 * 4 + 4 + 10 - 2 = 20 cycles, 4 of them loading.
 * 103 decoder cycles with a pipeline of 3: 50 a fold, so each loads 53 and computes 16: 138, the
 * decoder working in 100 of them. 11 decoder cycles: 4 a fold, no more than the array takes, and 3
 * to fill: 2 (7 + 16) = 46. No decoder, 8 cycles of plain words: the 40 of the array alone.
 * Two tiles: 53, then the longer of 53 and 16, then 16: 122, where a decoder that is never late
 * would give 4 + 16 + 16 = 36. Of 11: 7 + 16 + 16 = 39. */
Test(hw_array, a_decoder_delays_each_tile)
{
	const struct array a = { 4, 4, DATAFLOW_WS };
	const struct array_counts c = array_count(a, (struct gemm){ 10, 4, 8, 1 });
	struct array_timing t;

	cr_assert_eq(c.cycles, 40);
	t = array_behind_decoder(a, &c, TILE_SINGLE, 103, 3);
	cr_expect(t.cycles == 138 && t.load_stalls == 98 && t.decoder_idle == 38);
	t = array_behind_decoder(a, &c, TILE_SINGLE, 11, 3);
	cr_expect(t.cycles == 46 && t.load_stalls == 6 && t.decoder_idle == 38);
	t = array_behind_decoder(a, &c, TILE_SINGLE, 8, 0);
	cr_expect(t.cycles == 40 && t.load_stalls == 0 && t.decoder_idle == 32);
	t = array_behind_decoder(a, &c, TILE_DOUBLE, 103, 3);
	cr_expect(t.cycles == 122 && t.load_stalls == 86 && t.decoder_idle == 22);
	t = array_behind_decoder(a, &c, TILE_DOUBLE, 11, 3);
	cr_expect(t.cycles == 39 && t.load_stalls == 3 && t.decoder_idle == 31);
}

/* 2 x 2 os array, M = 3, N = 2, K = 5: 2 x 1 folds of 2 + 2 + 5 - 2 = 7, so the 10 weights pass
 * twice. 13 decoder cycles with a pipeline of 3: 10 a fold. In step: 10 + 3 instead of 5, two folds
 * of 15: 30. Decoded ahead: 15, then the longer of 7 and 13: 28, where the array alone takes 14. Of
 * 8 decoder cycles, 5 a fold: in step 2 (5 + 3 + 2) = 20, ahead 10 + 8 = 18. */
Test(hw_array, a_decoder_delays_a_stream)
{
	const struct array a = { 2, 2, DATAFLOW_OS };
	const struct gemm g = { 3, 2, 5, 1 };
	const struct array_counts c = array_count(a, g);
	struct array_timing t;

	cr_assert(c.cycles == 14 && c.passes == 2);
	t = array_behind_decoder(a, &c, TILE_SINGLE, 13, 3);
	cr_expect(t.cycles == 30 && t.load_stalls == 16 && t.decoder_idle == 10);
	t = array_behind_decoder(a, &c, TILE_DOUBLE, 13, 3);
	cr_expect(t.cycles == 28 && t.load_stalls == 14 && t.decoder_idle == 8);
	t = array_behind_decoder(a, &c, TILE_SINGLE, 8, 3);
	cr_expect(t.cycles == 20 && t.load_stalls == 6 && t.decoder_idle == 10);
	t = array_behind_decoder(a, &c, TILE_DOUBLE, 8, 3);
	cr_expect(t.cycles == 18 && t.load_stalls == 4 && t.decoder_idle == 8);
}

/* Control of the double buffer, event by event: fold i is decoded once fold i - 1 is and a tile is
 * free; its weights enter once fold i - 1 is computed, and not before they are decoded (tiles: all
 * of them, streams: as they come). */
static uint64_t two_tiles(bool tiles, uint64_t folds, uint64_t share, uint64_t fill, uint64_t enter,
                          uint64_t rest)
{
	uint64_t decoded = 0, entered[2] = { 0 }, computed = 0;

	for (uint64_t i = 0; i < folds; i++) {
		uint64_t begin = max_of(decoded, entered[i % 2]);

		decoded = begin + fill + (tiles ? max_of(enter, share) : share);
		if (tiles) {
			computed = max_of(decoded, computed) + rest;
			entered[i % 2] = computed; /* the tile rests until then */
		} else {
			entered[i % 2] = max_of(max_of(computed, begin + fill) + enter, decoded);
			computed = entered[i % 2] + rest;
		}
	}
	return computed;
}

Test(hw_array, two_tiles_fold_by_fold)
{
	for (size_t i = 0; i < 2000; i++) {
		struct gemm g = { 1 + i * 7 % 41, 1 + i * 11 % 37, 1 + i * 13 % 53, 1 };
		struct array a = { (uint32_t)(1 + i * 5 % 17), (uint32_t)(1 + i * 3 % 13),
			           (enum dataflow)(i % N_DATAFLOWS) };
		struct array_counts c = array_count(a, g);
		uint64_t once = i * i % 4001;
		uint64_t enter = c.load_cycles / c.folds, rest = c.cycles / c.folds - enter;
		struct array_timing d, s;

		d = array_behind_decoder(a, &c, TILE_DOUBLE, once + 3, 3);
		s = array_behind_decoder(a, &c, TILE_SINGLE, once + 3, 3);
		cr_expect_eq(d.cycles,
		             two_tiles(a.flow == DATAFLOW_WS, c.folds,
		                       (c.passes * once + c.folds - 1) / c.folds, 3, enter, rest));
		cr_expect_eq(d.cycles - d.decoder_idle, c.passes * once);
		cr_expect_eq(s.cycles - s.decoder_idle, c.passes * once);
		cr_expect_leq(d.cycles, s.cycles);
	}
}
