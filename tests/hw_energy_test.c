#include "hw/energy.h"
#include "prices.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A 2 x 2 array runs the layer M = 3, N = 3, K = 5 of hw_test.c with a port of 32 bits: 30
 * activations of 8 bits read, 27 sums of 32 bits written and 18 read back. */
static void count_tiny(struct action_counts *c, const struct platform *p)
{
	struct array_counts a =
	        array_count((struct array){ 2, 2, DATAFLOW_WS }, (struct gemm){ 3, 3, 5, 1 });

	*c = (struct action_counts){ .codes = 4 };
	counts_from_array(c, &a, p->port_bits);
	counts_from_weights(c, 70, 70, 1, p);
}

/* With 1 pJ per action energies are counts:
 * memory       70 bits are 3 port words read                          3
 * decoder      4 codewords                                            4
 * activations  ceil(30 x 8 / 32) = 8 and 18 read, 27 written         53
 * macs         45 multiplications and 45 additions                   90
 * total                                                             150
 * With a memory of 8 bytes, 70 bits do not fit: 70 DRAM bits, and the 3 port words are written
 * before they are read: 6 + 4 + 53 + 90 + 70 = 223. */
Test(hw_energy, unit_technology_by_hand)
{
	struct tech *t = load("unit");
	struct platform p = {
		.memory_bytes = 9,
		.buffer_bytes = 64,
		.port_bits = 32,
		.weight_bits = 3,
		.decoder = &decoder_ring,
		.size = {32, 13, 48}
	};
	struct action_counts c;
	struct energy en;

	count_tiny(&c, &p);
	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(en.memory_pj == 3);
	cr_expect(en.decoder_pj == 4);
	cr_expect(en.activations_pj == 53);
	cr_expect(en.macs_pj == 90);
	cr_expect(en.dram_pj == 0);
	cr_expect(en.total_pj == 150);
	p.memory_bytes = 8;
	count_tiny(&c, &p);
	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(en.memory_pj == 6);
	cr_expect(en.dram_pj == 70);
	cr_expect(en.total_pj == 223);
	p.decoder = &decoder_none;
	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(en.decoder_pj == 0);
	tech_free(t);
}

/* 45nm-lop, memory 128 KiB and buffer 32 KiB at 64 bits, 9-bit weights, D = 16, G = 4, b = 8:
 * memory       100 x 15.545                                        1554.5
 * decoder      50 x (-0.033 + 0.0319 x 64 + 0.0512 x 33 + 0.01124 x 512)
 *              = 50 x (-0.033 + 2.0416 + 1.6896 + 5.75488)          472.654
 *   clock      50 x (0.2796 + 0.01725 x 64 + 0.01585 x 33)           95.3325
 *   dictionary 50 x 5.75488                                         287.744
 *   logic      what is left of 472.654                               89.5775
 * wires        50 x (-0.0256 + 0.005001 x 64 + 0.01204 x 33 + 0.001195 x 512)
 *              = 50 x (-0.0256 + 0.320064 + 0.39732 + 0.61184)       65.1812
 * activations  10 x 7.2331 + 20 x 5.6190                            184.711
 * macs         1000 x (0.2 x 15.5^(ln(9/8) / ln 4) + 0.1)           352.44313
 * dram         640 x 8                                             5120
 * where 15.5 = 3.1 / 0.2 and the exponent is 0.0849625, so 9 bits cost 0.25244313 pJ. */
Test(hw_energy, real_technology_by_hand)
{
	struct tech *t = load("45nm-lop");
	struct platform p = {
		.memory_bytes = 131072,
		.buffer_bytes = 32768,
		.port_bits = 64,
		.weight_bits = 9,
		.decoder = &decoder_ring,
		.size = {64, 33, 512}
	};
	struct action_counts c = { .weight_reads = 100,
		                   .codes = 50,
		                   .buffer_reads = 10,
		                   .buffer_writes = 20,
		                   .macs = 1000,
		                   .dram_bits = 640 };
	struct energy en;

	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(near(en.memory_pj, 1554.5, 1e-12));
	cr_expect(near(en.decoder_pj, 472.654 + 65.1812, 1e-12), "%.17g", en.decoder_pj);
	cr_expect(near(en.decoder_clock_pj, 95.3325, 1e-12), "%.17g", en.decoder_clock_pj);
	cr_expect(near(en.decoder_dict_pj, 287.744, 1e-12), "%.17g", en.decoder_dict_pj);
	cr_expect(near(en.decoder_logic_pj, 89.5775, 1e-9), "%.17g", en.decoder_logic_pj);
	cr_expect(near(en.decoder_wires_pj, 65.1812, 1e-12), "%.17g", en.decoder_wires_pj);
	cr_expect(en.decoder_leakage_pj == 0);
	cr_expect(near(en.activations_pj, 184.711, 1e-12), "%.17g", en.activations_pj);
	cr_expect(near(en.macs_pj, 352.44313, 1e-8), "%.17g", en.macs_pj);
	cr_expect(near(en.dram_pj, 5120, 1e-12));
	cr_expect(near(en.total_pj, 7749.48933, 1e-8), "%.17g", en.total_pj);
	/* Float: 3.7 + 0.9 per MAC. Below 8 bits: 0.2 + 0.1. */
	p.float_weights = true;
	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(near(en.macs_pj, 4600, 1e-12));
	p.float_weights = false;
	p.weight_bits = 2;
	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(near(en.macs_pj, 300, 1e-12));
	tech_free(t);
}

/* What happened and has no price stops the pricing; what did not happen needs none. */
Test(hw_energy, missing_prices)
{
	static const char text[] = "action,width_bits,capacity_bytes,energy_pj,source\n"
	                           "sram_read,64,1024,1,s\nsram_read,64,4096,2,s\n"
	                           "sram_write,64,1024,1,s\nsram_write,64,4096,2,s\n"
	                           "decoder_ring_base,,,-9,s\ndecoder_ring_port_bit,,,0.1,s\n"
	                           "decoder_ring_window_bit,,,0,s\n";
	struct platform p = {
		.memory_bytes = 2048,
		.buffer_bytes = 2048,
		.port_bits = 64,
		.weight_bits = 8,
		.decoder = &decoder_ring,
		.size = {64, 9, 128}
	};
	struct action_counts reads = { .weight_reads = 1 }, dram = { .dram_bits = 1 };
	struct action_counts codes = { .codes = 1 }, macs = { .macs = 1 };
	struct action_counts sums = { .buffer_writes = 1 };
	struct err e = { 0 };
	struct energy en;
	struct tech *t;

	cr_assert_eq(tech_parse(&t, (struct span){ text, sizeof(text) - 1 }, "t.csv", "t", &e),
	             ST_OK, "%s", e.msg);
	cr_expect_eq(energy_price(&en, &reads, &p, t, &e), ST_OK, "%s", e.msg);
	cr_expect_eq(energy_price(&en, &dram, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "dram_bit,,,"), "%s", e.msg);
	cr_expect(en.total_pj == 0);
	cr_expect_eq(energy_price(&en, &macs, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "int_mult,8,,"), "%s", e.msg);
	cr_expect_eq(energy_price(&en, &codes, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "decoder_ring_dict_bit,,,"), "%s", e.msg);
	p.memory_bytes = 512;
	cr_expect_eq(energy_price(&en, &reads, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "weight memory: "), "%s", e.msg);
	cr_expect_not_null(strstr(e.msg, "512"), "%s", e.msg);
	p.buffer_bytes = 8192;
	cr_expect_eq(energy_price(&en, &sums, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "activation buffer: "), "%s", e.msg);
	p.memory_bytes = 2048;
	p.port_bits = 32;
	cr_expect_eq(energy_price(&en, &reads, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "32 bits"), "%s", e.msg);
	tech_free(t);
}

/* A fit pushed so far that a codeword would give energy back. */
Test(hw_energy, negative_codeword_is_an_error)
{
	static const char text[] = "action,width_bits,capacity_bytes,energy_pj,source\n"
	                           "decoder_ring_base,,,-9,s\ndecoder_ring_port_bit,,,0.1,s\n"
	                           "decoder_ring_window_bit,,,0,s\ndecoder_ring_dict_bit,,,0,s\n";
	struct platform p = {
		.decoder = &decoder_ring, .size = {64, 9, 128}
	};
	struct action_counts c = { .codes = 10 };
	struct err e = { 0 };
	struct energy en;
	struct tech *t;

	cr_assert_eq(tech_parse(&t, (struct span){ text, sizeof(text) - 1 }, "t.csv", "t", &e),
	             ST_OK);
	cr_expect_eq(energy_price(&en, &c, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "decoder_ring_base"), "%s", e.msg);
	p.size.port_bits = 128;
	cr_expect_eq(energy_price(&en, &c, &p, t, &e), ST_OK);
	cr_expect(near(en.decoder_pj, 38, 1e-12));
	tech_free(t);
}

/* 400 cycles at 200 MHz are 2000 ns: a weight memory of 3 mW leaks 6000 pJ, a buffer half way
 * between 1 and 4 mW (log-log: 2 mW at 2 KiB between 1 and 4 KiB) 4000 pJ. Cycles that are not
 * known cost nothing and ask for no price. */
Test(hw_energy, memories_leak_while_the_inference_lasts)
{
	static const char text[] = "action,width_bits,capacity_bytes,energy_pj,source\n"
	                           "sram_leakage,64,1024,1,s\n"
	                           "sram_leakage,64,4096,4,s\n"
	                           "sram_leakage,64,8192,3,s\n"
	                           "clock_mhz,,,200,s\n";
	struct platform p = { .memory_bytes = 8192, .buffer_bytes = 2048, .port_bits = 64 };
	struct action_counts c = { .cycles = 400 };
	struct energy en;
	struct err e;
	struct tech *t;

	cr_assert_eq(tech_parse(&t, (struct span){ text, sizeof(text) - 1 }, "t.csv", "t", &e),
	             ST_OK, "%s", e.msg);
	cr_assert_eq(energy_price(&en, &c, &p, t, &e), ST_OK, "%s", e.msg);
	cr_expect(near(en.memory_leakage_pj, 6000, 1e-12));
	cr_expect(near(en.buffer_leakage_pj, 4000, 1e-12));
	cr_expect(near(en.total_pj, 10000, 1e-12));
	p.buffer_bytes = 512;
	cr_expect_eq(energy_price(&en, &c, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, "sram_leakage"), "%s", e.msg);
	c.cycles = 0;
	cr_assert_eq(energy_price(&en, &c, &p, t, &e), ST_OK);
	cr_expect_eq(en.total_pj, 0);
	tech_free(t);
}

/* Missing rows are errors that name themselves, leakage and clock too. */
Test(hw_energy, leakage_needs_power_and_clock)
{
	static const char columns[] = "action,width_bits,capacity_bytes,energy_pj,source\n";
	static const char *const rows[] = { "clock_mhz,,,200,s\n", "sram_leakage,64,1024,1,s\n" };
	static const char *const missing[] = { "no sram_leakage", "clock_mhz,,,MHZ,SOURCE" };
	struct platform p = { .memory_bytes = 1024, .buffer_bytes = 1024, .port_bits = 64 };
	struct action_counts c = { .cycles = 1 };

	for (size_t i = 0; i < 2; i++) {
		char text[128];
		struct energy en;
		struct err e;
		struct tech *t;
		int n = snprintf(text, sizeof(text), "%s%s", columns, rows[i]);

		cr_assert_eq(tech_parse(&t, (struct span){ text, (size_t)n }, "t.csv", "t", &e),
		             ST_OK, "%s", e.msg);
		cr_expect_eq(energy_price(&en, &c, &p, t, &e), ST_USAGE);
		cr_expect_not_null(strstr(e.msg, missing[i]), "%s", e.msg);
		tech_free(t);
	}
}

Test(hw_energy, counts_add_every_field)
{
	struct action_counts a = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct action_counts sum = { 10, 20, 30, 40, 50, 60, 70, 80 };
	const uint64_t *p = (const uint64_t *)&sum;

	counts_add(&sum, &a);
	for (size_t i = 0; i < sizeof(sum) / sizeof(*p); i++)
		cr_expect_eq(p[i], 11 * (i + 1));
}

/* 10^6 weights of 8 bits, raw against 3 bits each through a dictionary of D = 16, G = 4, in every
 * real technology. In a memory that holds both, the compressed ones read 3/8 of the words and pay
 * for the decoder; in one that holds only them, raw weights pay for DRAM and that decides. */
Test(hw_energy, compressed_against_raw)
{
	static const char *const names[] = { "45nm-hp", "45nm-lop", "45nm-lstp" };
	const uint64_t raw_bits = 8000000, small_bits = 3000000;

	for (size_t i = 0; i < 3; i++) {
		struct tech *t = load(names[i]);
		struct platform raw = { .memory_bytes = 1 << 20,
			                .buffer_bytes = 1 << 16,
			                .port_bits = 64,
			                .weight_bits = 8,
			                .decoder = &decoder_none };
		struct platform small = raw;
		struct action_counts cr = { .macs = 1000000 }, cs = cr;
		struct energy er, es;

		small.decoder = &decoder_ring;
		small.size = (struct decoder_size){ 64, 33, 512 };
		cs.codes = 250000;
		counts_from_weights(&cr, raw_bits, raw_bits, 1, &raw);
		counts_from_weights(&cs, small_bits, small_bits, 1, &small);
		cr_assert_eq(energy_price(&er, &cr, &raw, t, NULL), ST_OK);
		cr_assert_eq(energy_price(&es, &cs, &small, t, NULL), ST_OK);
		cr_expect(near(es.memory_pj, er.memory_pj * 3 / 8, 1e-12));
		cr_expect(er.decoder_pj == 0 && es.decoder_pj > 0);
		cr_expect(er.dram_pj == 0 && es.dram_pj == 0);
		cr_expect(er.macs_pj == es.macs_pj);

		raw.memory_bytes = small.memory_bytes = 512 << 10;
		counts_from_weights(&cr, raw_bits, raw_bits, 1, &raw);
		counts_from_weights(&cs, small_bits, small_bits, 1, &small);
		cr_assert_eq(energy_price(&er, &cr, &raw, t, NULL), ST_OK);
		cr_assert_eq(energy_price(&es, &cs, &small, t, NULL), ST_OK);
		cr_expect(near(er.dram_pj, 64e6, 1e-12));
		cr_expect(es.dram_pj == 0);
		cr_expect(er.total_pj > 5 * es.total_pj, "%g %g", er.total_pj, es.total_pj);
		tech_free(t);
	}
}

/* Whole-byte boundary: 8192 bits fit 1 KiB, one bit more does not. */
Test(hw_energy, weights_reside_or_stream)
{
	struct platform p = { .memory_bytes = 1024, .port_bits = 64 };
	struct action_counts c = { .codes = 7, .macs = 9 };

	counts_from_weights(&c, 640, 8192, 1, &p);
	cr_expect(c.weight_reads == 10 && c.weight_writes == 0 && c.dram_bits == 0);
	counts_from_weights(&c, 640, 8193, 1, &p);
	cr_expect(c.weight_reads == 10 && c.weight_writes == 10 && c.dram_bits == 640);
	cr_expect(c.codes == 7 && c.macs == 9);
}

/* Three passes over a layer of 640 bits, 10 words: resident, 30 reads; in a model that does not
 * fit, written once and read three times; a layer of 1025 bytes, 129 words, itself too large:
 * fetched every time. */
Test(hw_energy, weights_pass_more_than_once)
{
	struct platform p = { .memory_bytes = 1024, .port_bits = 64 };
	struct action_counts c = { 0 };

	counts_from_weights(&c, 640, 8192, 3, &p);
	cr_expect(c.weight_reads == 30 && c.weight_writes == 0 && c.dram_bits == 0);
	counts_from_weights(&c, 640, 8193, 3, &p);
	cr_expect(c.weight_reads == 30 && c.weight_writes == 10 && c.dram_bits == 640);
	counts_from_weights(&c, 8200, 8200, 3, &p);
	cr_expect(c.weight_reads == 387 && c.weight_writes == 387 && c.dram_bits == 24600);
}

/* The shipped coefficients against the synthesis record they were fitted on: mean error 4.2 %,
 * largest 11.5 % over its 22 rows with a dictionary in flip-flops. */
Test(hw_energy, ring_fit_matches_synthesis)
{
	FILE *f = fopen(SOURCE_DIR "/datasets/tech/decoder_synth.csv", "r");
	struct tech *t = load("45nm-lop");
	double sum = 0, worst = 0;
	char line[2048];
	int rows = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct platform p = { .decoder = &decoder_ring };
		unsigned w, d, g, b, rom, index_bits = 0;
		struct action_counts c = { .codes = 1 };
		double fj, error;
		struct energy en;

		if (sscanf(line,
		           "2,nangate45_typ,%u,%u,%u,%u,%u,%*f,%*f,%*u,%*u,%*f,%*u,%*f,%*f,%lf", &w,
		           &d, &g, &b, &rom, &fj) != 6 ||
		    rom)
			continue;
		while (1u << index_bits < d)
			index_bits++;
		p.size = (struct decoder_size){ w, 1 + (g * b > index_bits ? g * b : index_bits),
			                        d * g * b };
		cr_expect(decoder_size_fitted(&decoder_ring, &p.size), "%s", line);
		cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
		error = fabs(1000 * (en.decoder_pj - en.decoder_wires_pj) / fj - 1);
		sum += error;
		worst = fmax(worst, error);
		rows++;
	}
	fclose(f);
	tech_free(t);
	cr_assert_eq(rows, 22);
	cr_expect(sum / rows > 0.03 && sum / rows < 0.045, "%g", sum / rows);
	cr_expect(worst < 0.12, "%g", worst);
}

Test(hw_energy, fitted_range)
{
	static const struct decoder_size outside[] = {
		{31,   33, 512 },
                { 129, 33, 512 },
                { 64,  4,  512 },
		{ 64,  34, 512 },
                { 64,  33, 7   },
                { 64,  33, 8193},
	};
	const struct decoder_size low = { 32, 5, 8 }, high = { 128, 33, 8192 };

	cr_expect(decoder_size_fitted(&decoder_ring, &low) &&
	          decoder_size_fitted(&decoder_ring, &high));
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		cr_expect(!decoder_size_fitted(&decoder_ring, &outside[i]), "%zu", i);
}

/* What follows the n-th comma. */
static const char *column(const char *line, int n)
{
	while (n--)
		line = strchr(line, ',') + 1;
	return line;
}

/* The prices of the other decoders against what they were fitted to: the rows of the synthesis with
 * IHP SG13G2, divided by the 3.44 of C V^2 from 130 nm, 1.2 V to 45 nm, 1.1 V. The ring of the same
 * library at W=64, D=16, G=1, b=8, scaled the same way, lies within 10 % of its own price, which
 * comes from another library. */
Test(hw_energy, prices_are_those_of_the_scaled_synthesis)
{
	FILE *f = fopen(SOURCE_DIR "/datasets/tech/decoder_sg13g2_stdcell_typ_1p20V_25C.csv", "r");
	struct tech *t = load("45nm-lop");
	char line[512], arch[16];
	int rows = 0, rings = 0;
	double worst = 0, worst_rlc = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct action_counts c = { .codes = 1 };
		struct codec_params params = { .group = 1 };
		struct platform p = { 0 };
		unsigned w, d, g, b, gated, trim;
		struct energy en;
		double pj, error;

		if (sscanf(line, "%15[a-z],%u,%u,%u,%u,ff,%u,%u,", arch, &w, &d, &g, &b, &gated,
		           &trim) != 7 ||
		    gated)
			continue;
		p.decoder = decoder_find(arch);
		cr_assert_not_null(p.decoder, "%s", line);
		params.arg[0] = d;
		if (p.decoder->size)
			p.size = p.decoder->size(&params, b, w);
		else if (p.decoder == &decoder_ring && w == 64 && d == 16 && g == 1 && b == 8)
			p.size = (struct decoder_size){ 64, 9, 128 };
		else
			continue;
		cr_expect(decoder_size_fitted(p.decoder, &p.size), "%s", line);
		cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
		pj = strtod(column(line, 16), NULL) / 3.44;
		error = fabs((en.decoder_pj - en.decoder_wires_pj) / pj - 1);
		if (p.decoder == &decoder_ring) {
			cr_expect(error < 0.1, "%g", error);
			rings++;
			continue;
		}
		if (p.decoder == &decoder_rlc)
			worst_rlc = fmax(worst_rlc, error);
		else
			worst = fmax(worst, error);
		rows++;
	}
	fclose(f);
	tech_free(t);
	cr_assert(rows == 21 && rings == 1, "%d %d", rows, rings);
	cr_expect(worst < 0.05, "%g", worst);
	cr_expect(worst_rlc < 0.21, "%g", worst_rlc);
}

/* 100 cycles at 200 MHz are 500 ns; with W 64, ML 33 and 512 dictionary bits the ring leaks
 * 0.003927 + 0.0004641 x 64 + 0.0006044 x 33 + 0.000162 x 512 = 0.1365186 mW: 68.2593 pJ. */
Test(hw_energy, decoder_leaks_by_hand)
{
	struct tech *t = load("45nm-lop");
	struct platform p = {
		.memory_bytes = 131072,
		.buffer_bytes = 32768,
		.port_bits = 64,
		.weight_bits = 8,
		.decoder = &decoder_ring,
		.size = {64, 33, 512}
	};
	struct action_counts c = { .codes = 1, .cycles = 100 };
	struct energy en;

	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(near(en.decoder_leakage_pj, 68.2593, 1e-12), "%.17g", en.decoder_leakage_pj);
	tech_free(t);
}

/* Every shipped technology, decoder and size that hardware has: no part is negative, and with the
 * options neither. The parts add up to the decoder. A table without parts says that they are
 * missing, and counts neither wires nor leakage. */
Test(hw_energy, decoder_parts_add_up)
{
	static const char *const names[] = {
		"45nm-hp",      "32nm-lop", "22nm-lstp", "45nm-lstp+gated", "45nm-lstp+sg13g2+ddr3",
		"22nm-hp+gated"
	};
	static const double dict[] = { 8, 64, 512, 8192 };
	const struct action_counts c = { .codes = 1000, .cycles = 1000 };
	struct platform p = { .memory_bytes = 8192, .buffer_bytes = 8192, .weight_bits = 8 };
	const struct decoder *const split[] = { &decoder_ring, &decoder_shift };
	struct energy en;
	struct tech *t;

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		t = load(names[n]);
		for (unsigned i = 0; i < 2 * 4 * 4 * 8; i++) {
			p.decoder = split[i % 2];
			p.port_bits = 32U << (i / 2 % 4);
			p.size = (struct decoder_size){ p.port_bits, 2 + (i / 8 % 8) * 4,
				                        dict[i / 64 % 4] };
			cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
			cr_expect(en.decoder_clock_pj > 0 && en.decoder_logic_pj > 0 &&
			          en.decoder_dict_pj > 0 && en.decoder_wires_pj > 0 &&
			          en.decoder_leakage_pj > 0);
			cr_expect(near(en.decoder_clock_pj + en.decoder_logic_pj +
			                       en.decoder_dict_pj + en.decoder_wires_pj +
			                       en.decoder_leakage_pj,
			               en.decoder_pj, 1e-12));
		}
		tech_free(t);
	}
	t = load("unit");
	cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
	cr_expect(en.decoder_pj == 1000);
	cr_expect(isnan(en.decoder_clock_pj) && isnan(en.decoder_wires_pj) &&
	          isnan(en.decoder_leakage_pj));
	tech_free(t);
}

#define COLUMNS "action,width_bits,capacity_bytes,energy_pj,source\n"
#define RING(part, base)                                                                \
	"decoder_ring" part "_base,,," base ",s\ndecoder_ring" part "_port_bit,,,0,s\n" \
	"decoder_ring" part "_window_bit,,,0,s\ndecoder_ring" part "_dict_bit,,,0,s\n"

static void expect_refused(const char *text, const char *says)
{
	const struct action_counts c = { .codes = 1 };
	struct platform p = { .port_bits = 64, .decoder = &decoder_ring };
	struct err e = { 0 };
	struct energy en;
	struct tech *t;

	p.size = (struct decoder_size){ 64, 9, 128 };
	cr_assert_eq(tech_parse(&t, (struct span){ text, strlen(text) }, "t.csv", "t", &e), ST_OK,
	             "%s", e.msg);
	cr_expect_eq(energy_price(&en, &c, &p, t, &e), ST_USAGE);
	cr_expect_not_null(strstr(e.msg, says), "%s", e.msg);
	tech_free(t);
}

/* Some rows of the parts are there: the rest must be. A clock that exceeds the whole is an error.
 */
Test(hw_energy, decoder_parts_incomplete)
{
	expect_refused(COLUMNS RING("", "2") RING("_clock", "1"), "decoder_ring_wires_base,,,");
	expect_refused(COLUMNS RING("", "2") RING("_wires", "1"), "decoder_ring_clock_base,,,");
	expect_refused(COLUMNS RING("", "2") RING("_clock", "3") RING("_wires", "1")
	                       RING("_leakage", "1"),
	               "mend decoder_ring_clock_base");
}

/* Two lanes of 128 KiB cost per access what one memory of 64 KiB does, and leak twice as much. All
 * else stays. */
Test(hw_energy, lanes_have_banks)
{
	const struct action_counts c = {
		.weight_reads = 100, .weight_writes = 10, .codes = 50, .macs = 7, .cycles = 1000
	};
	struct platform p = {
		.memory_bytes = 65536,
		.buffer_bytes = 32768,
		.port_bits = 64,
		.weight_bits = 8,
		.decoder = &decoder_ring,
		.size = {64, 9, 128}
	};
	struct tech *t = load("45nm-hp");
	struct energy one, two;

	cr_assert_eq(energy_price(&one, &c, &p, t, NULL), ST_OK);
	p.memory_bytes = 131072;
	p.lanes = 2;
	cr_assert_eq(energy_price(&two, &c, &p, t, NULL), ST_OK);
	cr_expect(one.memory_pj > 0 && two.memory_pj == one.memory_pj);
	cr_expect(one.memory_leakage_pj > 0 &&
	          near(two.memory_leakage_pj, 2 * one.memory_leakage_pj, 1e-12));
	cr_expect(one.decoder_leakage_pj > 0 &&
	          near(two.decoder_leakage_pj, 2 * one.decoder_leakage_pj, 1e-12));
	cr_expect(two.decoder_clock_pj == one.decoder_clock_pj);
	cr_expect(two.buffer_leakage_pj == one.buffer_leakage_pj);
	tech_free(t);
}
