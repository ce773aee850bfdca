/* Arrays, tile buffers and the memory as they show in the rows of points. */
#include "run/pipeline.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define TOY TEST_VECTORS "/onnx/ok_conv_pool_gemm.onnx"

enum { MAX_LAYERS = 8, MAX_TECHNOLOGIES = 2 };

struct rows {
	struct point_row point;
	struct lossy_row lossy;
	struct energy_row energy[MAX_TECHNOLOGIES];
	struct layer_row layer[MAX_LAYERS];
	size_t n_layers, n_energies;
};

static enum status on_point(void *arg, const struct point_row *r, const struct point *p,
                            struct err *e)
{
	(void)p;
	(void)e;
	((struct rows *)arg)->point = *r;
	return ST_OK;
}

static enum status on_energy(void *arg, const struct energy_row *r, struct err *e)
{
	struct rows *rows = arg;

	(void)e;
	cr_assert_lt(rows->n_energies, MAX_TECHNOLOGIES);
	rows->energy[rows->n_energies++] = *r;
	return ST_OK;
}

static enum status on_layer(void *arg, const struct layer_row *r, struct err *e)
{
	struct rows *rows = arg;

	(void)e;
	cr_assert_lt(rows->n_layers, MAX_LAYERS);
	rows->layer[rows->n_layers++] = *r;
	return ST_OK;
}

/* The rows of the toy network at these axes. */
static struct rows rows_of(const char *given)
{
	static const char *const technology[] = { "45nm-lstp", "45nm-hp" };
	struct rows rows = { 0 };
	const struct row_sink sink = {
		.arg = &rows, .point = on_point, .energy = on_energy, .layer = on_layer
	};
	struct library l;
	struct pipeline *pl;
	struct point p;
	struct lossy_row lossy;
	struct err e;
	char line[512];

	snprintf(line, sizeof(line), "model=" TOY " data=none memory=64KiB buffer=64KiB %s", given);
	cr_assert_eq(point_parse(&p, line, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(library_init(&l, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(pipeline_create(&pl, &l, &e), ST_OK);
	cr_assert_eq(pipeline_lossy(pl, &p, "lossy", 0, &lossy, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(pipeline_point(pl, &p, "key", &lossy, technology, MAX_TECHNOLOGIES, &sink, &e),
	             ST_OK, "%s", e.msg);
	rows.lossy = lossy;
	pipeline_free(pl);
	library_release(&l);
	return rows;
}

/* Whatever rests in the array and however tiles are buffered, cycles and stalls of the layers add
 * up to the network's, a second tile never costs, and what the array does not depend on stays. */
Test(run_array, layers_add_up)
{
	static const char *const flow[] = { "ws", "os", "is" };
	static const char *const rest[] = { "codec=raw", "codec=dict:4 group=2",
		                            "codec=dict:4 group=2 order=array port=32" };

	for (size_t i = 0; i < 9; i++) {
		struct rows by_tiles[2];

		for (size_t d = 0; d < 2; d++) {
			struct rows *r = &by_tiles[d];
			int64_t cycles = 0, stalls = 0, idle = 0;
			char line[128];

			snprintf(line, sizeof(line), "bits=4 array=%s:4x3 tile_buffer=%s %s",
			         flow[i % 3], d ? "double" : "single", rest[i / 3]);
			*r = rows_of(line);
			cr_assert_eq(r->n_layers, 2);
			for (size_t l = 0; l < r->n_layers; l++) {
				cycles += r->layer[l].layer_inference_cycles;
				stalls += r->layer[l].layer_load_stalls;
				idle += r->layer[l].layer_decoder_idle_cycles;
			}
			cr_expect_eq(r->point.inference_cycles, cycles, "%s", line);
			cr_expect_eq(r->point.load_stalls, stalls, "%s", line);
			cr_expect_eq(r->point.decoder_idle_cycles, idle, "%s", line);
			cr_expect(stalls >= 0 && stalls < cycles && idle >= 0 && idle < cycles);
		}
		cr_expect_leq(by_tiles[1].point.inference_cycles,
		              by_tiles[0].point.inference_cycles);
		cr_expect_eq(by_tiles[1].point.weight_reads, by_tiles[0].point.weight_reads);
		cr_expect_eq(by_tiles[1].point.macs, by_tiles[0].point.macs);
	}
}

/* The toy's convolution has 4 x 4 output pixels, so an array of 4 x 3 takes its weights ceil(16/4)
 * times with os and ceil(16/3) times with is; those of the dense layer always once. */
Test(run_array, weights_pass_as_often_as_the_array_takes_them)
{
	const int64_t conv_passes[] = { 1, 4, 6 };
	struct rows ws = { 0 };

	for (size_t i = 0; i < 3; i++) {
		char line[128];
		struct rows r;

		snprintf(line, sizeof(line), "bits=4 codec=dict:4 group=2 array=%s:4x3",
		         dataflow_names[i]);
		r = rows_of(line);
		ws = i ? ws : r;
		cr_expect_eq(r.layer[0].layer_weight_reads,
		             conv_passes[i] * ws.layer[0].layer_weight_reads);
		cr_expect_eq(r.layer[0].layer_codes, conv_passes[i] * ws.layer[0].layer_codes);
		cr_expect_eq(r.layer[1].layer_weight_reads, ws.layer[1].layer_weight_reads);
		cr_expect_eq(r.point.compressed_bits, ws.point.compressed_bits);
	}
}

/* A code that takes longer to decode shows in the latency: one weight per code against four, and
 * against none. */
Test(run_array, decode_rate_shows_in_latency)
{
	struct rows slow = rows_of("bits=4 codec=dict:4 group=1 array=ws:16x16");
	struct rows fast = rows_of("bits=4 codec=dict:4 group=4 array=ws:16x16");
	struct rows raw = rows_of("bits=4 codec=raw array=ws:16x16");

	cr_expect_gt(slow.point.inference_cycles, fast.point.inference_cycles);
	cr_expect_gt(fast.point.inference_cycles, raw.point.inference_cycles);
	cr_expect_gt(slow.point.load_stalls, fast.point.load_stalls);
	cr_expect_eq(slow.point.inference_cycles - slow.point.load_stalls,
	             raw.point.inference_cycles - raw.point.load_stalls);
}

/* 18 + 24 weights of 4 bits: raw they are 72 and 96 bits, two port words each, and a word of side
 * information each: 48 bytes; every one fits the smallest memory of the table, 8 KiB, which reads
 * cheaper and leaks less than the point's 64 KiB. All of it without DRAM. */
Test(run_array, a_memory_that_just_fits)
{
	struct rows r = rows_of("bits=4 codec=raw");

	for (size_t i = 0; i < r.n_energies; i++) {
		const struct energy_row *e = &r.energy[i];

		cr_expect_eq(e->fit_bytes, 8192);
		cr_expect_eq(e->raw_fit_bytes, 8192);
		cr_expect_eq(e->energy_fit_pj, e->energy_raw_fit_pj);
		cr_expect_lt(e->energy_fit_pj, e->energy_pj);
		cr_expect_gt(e->energy_memory_leak_pj, 0);
		cr_expect_eq(e->energy_memory_leak_pj, e->energy_buffer_leak_pj); /* 64 KiB */
	}
	/* What leaks is the reason for the other device class. */
	cr_expect_gt(r.energy[1].energy_memory_leak_pj, r.energy[0].energy_memory_leak_pj);
}

/* Leakage by hand from the table: cycles x 5 ns x mW. 45 nm hp, 64 KiB, 64 bits: 69.0544 mW. */
Test(run_array, leakage_is_power_times_time)
{
	struct rows one = rows_of("bits=4 codec=dict:4 array=ws:2x2 tile_buffer=single");
	struct rows two = rows_of("bits=4 codec=dict:4 array=ws:2x2 tile_buffer=double");
	double per_cycle = one.energy[1].energy_memory_leak_pj / (double)one.point.inference_cycles;

	cr_expect_float_eq(per_cycle, 5 * 69.0544, 1e-3);
	cr_expect_float_eq(two.energy[1].energy_memory_leak_pj,
	                   per_cycle * (double)two.point.inference_cycles, 1e-6);
	cr_expect_lt(two.energy[1].energy_pj, one.energy[1].energy_pj);
}

/* Words dealt in turn: with one dictionary of the network the same words are coded, so that lanes
 * cost their symbol counts and padding only, and a layer of w words takes ceil(w / lanes) + 3
 * cycles where codes (5 bits at most) are far shorter than the port. */
Test(run_array, lanes_share_the_words)
{
	struct rows one = rows_of("bits=4 codec=dict:4 array=ws:4x4");

	for (int64_t lanes = 2; lanes <= 4; lanes += 2) {
		char line[64];
		struct rows r;
		int64_t worst = 0;

		snprintf(line, sizeof(line), "bits=4 codec=dict:4 array=ws:4x4 lanes=%d",
		         (int)lanes);
		r = rows_of(line);
		cr_assert_eq(r.n_layers, one.n_layers);
		cr_expect_eq(r.point.stream_bits, one.point.stream_bits);
		cr_expect_eq(r.point.dict_bits, one.point.dict_bits);
		cr_expect_eq(r.point.codes, one.point.codes);
		cr_expect_eq(r.point.side_bits,
		             one.point.side_bits + 32 * (lanes - 1) * (int64_t)one.n_layers);
		for (size_t l = 0; l < r.n_layers; l++) {
			int64_t words = one.layer[l].layer_decode_cycles - 3;

			cr_expect_eq(r.layer[l].layer_decode_cycles,
			             (words + lanes - 1) / lanes + 3);
			cr_expect_eq(r.layer[l].layer_stream_bits, one.layer[l].layer_stream_bits);
			worst += r.layer[l].layer_decode_cycles;
		}
		cr_expect_eq(r.point.decode_cycles, worst);
	}
}

/* Every code that has a decoder passes through lanes, words of several weights and tables of each
 * lane too, also lanes without a single word. */
Test(run_array, every_decoded_code_has_lanes)
{
	static const char *const axes_of[] = { "codec=huffman",
		                               "codec=tans",
		                               "codec=rlc port=128",
		                               "codec=dict:8 decoder=shift group=3",
		                               "codec=huffman dict_scope=layer",
		                               "codec=dict:4 group=64 dict_scope=layer" };

	for (size_t i = 0; i < sizeof(axes_of) / sizeof(axes_of[0]); i++) {
		char line[128];
		struct rows one, r;

		snprintf(line, sizeof(line), "bits=4 array=ws:8x8 %s", axes_of[i]);
		one = rows_of(line);
		snprintf(line, sizeof(line), "bits=4 array=ws:8x8 lanes=8 %s", axes_of[i]);
		r = rows_of(line);
		/* One long word goes to one lane, which feeds one column: that is no gain. */
		if (!strstr(line, "group=64"))
			cr_expect_lt(r.point.decode_cycles, one.point.decode_cycles, "%s", line);
		cr_expect_eq(r.point.side_bits,
		             one.point.side_bits + 32 * 7 * (int64_t)one.n_layers);
		cr_expect_eq(r.point.verified, 1);
	}
}

/* The lossy prefix, and with it every field of its row, knows no lanes. */
Test(run_array, lanes_are_not_lossy)
{
	struct rows one = rows_of("bits=4 codec=huffman array=ws:8x8");
	struct rows eight = rows_of("bits=4 codec=huffman array=ws:8x8 lanes=8");

	cr_expect(one.lossy.entropy0_layer_bits == eight.lossy.entropy0_layer_bits);
	cr_expect(one.lossy.entropy0_bits == eight.lossy.entropy0_bits);
	cr_expect_eq(one.lossy.distinct_symbols, eight.lossy.distinct_symbols);
}
