/* A decoder's dictionary in flip-flops, a ROM or an SRAM: options of a technology. */
#include "hw/energy.h"
#include "prices.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

static struct platform ring(double window_bits, unsigned entries, unsigned entry_bits)
{
	return (struct platform){
		.memory_bytes = 131072,
		.buffer_bytes = 32768,
		.port_bits = 64,
		.weight_bits = 8,
		.decoder = &decoder_ring,
		.size = {64, window_bits, (double)entries * entry_bits},
		.entry_bits = entry_bits,
	};
}

static struct energy price(const char *technology, const struct platform *p,
                           const struct action_counts *c)
{
	struct tech *t = load(technology);
	struct err e = { 0 };
	struct energy en;

	cr_assert_eq(energy_price(&en, c, p, t, &e), ST_OK, "%s", e.msg);
	tech_free(t);
	return en;
}

/* The record of the ROM, W 64, D 256, G 1, b 8: 3,865 fJ per code, 1,030 fJ of wires, 53.8 uW
 * (decoder_synth.csv). 100 cycles at 200 MHz are 500 ns: 26.9 pJ. */
Test(hw_dictionary, rom_is_its_record)
{
	const struct action_counts c = { .codes = 1, .cycles = 100 };
	const struct platform p = ring(9, 256, 8);
	struct energy en = price("45nm-lop+rom", &p, &c);

	cr_expect(near(en.decoder_clock_pj + en.decoder_logic_pj + en.decoder_dict_pj, 3.865, 1e-3),
	          "%g", en.decoder_clock_pj + en.decoder_logic_pj + en.decoder_dict_pj);
	cr_expect(near(en.decoder_wires_pj, 1.030, 1e-3), "%g", en.decoder_wires_pj);
	cr_expect(near(en.decoder_leakage_pj, 26.9, 1e-3), "%g", en.decoder_leakage_pj);
}

/* 256 words of 72 bits take 4 KiB of a 128-bit memory; the smallest is of 8 KiB, whose read is
 * 3.8639 pJ and leakage 0.684702 mW (CACTI, 45 nm lop). Words of 8 bits are in one of 32 bits,
 * 2.8106 pJ, 1,024 of 300 bits in two of 32 KiB and 256 bits, 13.2671 pJ each. */
Test(hw_dictionary, sram_is_the_smallest_that_holds_it)
{
	static const struct {
		unsigned entries, bits, count, width;
		uint64_t bytes;
		double pj;
	} want[] = {
		{256,   72,  1, 128, 8192,  3.8639     },
		{ 256,  8,   1, 32,  8192,  2.8106     },
		{ 1024, 300, 2, 256, 32768, 2 * 13.2671},
	};
	const struct action_counts c = { .codes = 10 };
	struct tech *t = load("45nm-lop+sram");

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct platform p = ring(33, want[i].entries, want[i].bits);
		struct dict_sram m;
		struct energy en;

		cr_assert_eq(dict_sram_of(&m, &p, t, NULL), ST_OK);
		cr_expect(m.count == want[i].count && m.width_bits == want[i].width &&
		                  m.bytes == want[i].bytes,
		          "%zu: %u x %u bits of %lu", i, m.count, m.width_bits,
		          (unsigned long)m.bytes);
		cr_assert_eq(energy_price(&en, &c, &p, t, NULL), ST_OK);
		cr_expect(near(en.decoder_dict_pj, 10 * want[i].pj, 1e-9), "%g",
		          en.decoder_dict_pj);
	}
	tech_free(t);
}

/* What is left is a decoder without flip-flops for a dictionary, and its memory's leakage. */
Test(hw_dictionary, sram_leaks_beside_the_decoder)
{
	const struct action_counts c = { .codes = 1, .cycles = 200 };
	const struct platform p = ring(33, 256, 72), none = ring(33, 0, 72);
	struct energy sram = price("45nm-lop+sram", &p, &c), bare = price("45nm-lop", &none, &c);

	cr_expect(near(sram.decoder_leakage_pj, bare.decoder_leakage_pj + 684.702, 1e-9));
	cr_expect(sram.decoder_clock_pj == bare.decoder_clock_pj);
	cr_expect(near(sram.decoder_logic_pj, bare.decoder_logic_pj, 1e-12));
	cr_expect(sram.decoder_wires_pj == bare.decoder_wires_pj);
	cr_expect(bare.decoder_dict_pj == 0);
}

/* Clock gates and the kind of dictionary are chosen apart; the later of two kinds counts. Parts
 * add up whatever is chosen. */
Test(hw_dictionary, options_in_any_order)
{
	static const char *const same[][2] = {
		{"45nm-lstp+gated+rom",  "45nm-lstp+rom+gated"},
		{ "22nm-hp+gated+sram",  "22nm-hp+sram+gated" },
		{ "32nm-lop+rom+sram",   "32nm-lop+sram"      },
		{ "32nm-lop+sram+rom",   "32nm-lop+rom"       },
		{ "45nm-hp+sg13g2+sram", "45nm-hp+sram+sg13g2"},
	};
	const struct action_counts c = { .codes = 1000, .cycles = 1000 };
	const struct platform p = ring(33, 64, 32);

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct energy a = price(same[i][0], &p, &c), b = price(same[i][1], &p, &c);

		cr_expect(!memcmp(&a, &b, sizeof(a)), "%s", same[i][0]);
		cr_expect(a.decoder_dict_pj > 0 && a.decoder_logic_pj > 0);
		cr_expect(near(a.decoder_clock_pj + a.decoder_logic_pj + a.decoder_dict_pj +
		                       a.decoder_wires_pj + a.decoder_leakage_pj,
		               a.decoder_pj, 1e-12));
	}
}

/* A Huffman decoder's tables are no dictionary of words. */
Test(hw_dictionary, other_tables_stay)
{
	const struct action_counts c = { .codes = 1000 };
	struct platform p = ring(12, 0, 0);
	struct energy a, b;

	p.decoder = &decoder_huffman;
	p.size.dict_bits = 512;
	a = price("45nm-lstp", &p, &c);
	b = price("45nm-lstp+sram", &p, &c);
	cr_expect(a.decoder_pj > 0 && a.decoder_pj == b.decoder_pj);
}

#define COLUMNS "action,width_bits,capacity_bytes,energy_pj,source\n"
#define RING                                                     \
	"decoder_ring_base,,,1,s\ndecoder_ring_port_bit,,,0,s\n" \
	"decoder_ring_window_bit,,,0,s\ndecoder_ring_dict_bit,,,0,s\n"

static void expect_refused(const char *text, enum status rc, const char *says)
{
	const struct action_counts c = { .codes = 1 };
	const struct platform p = ring(9, 2048, 32);
	struct err e = { 0 };
	struct energy en;
	struct tech *t = NULL;
	enum status got = tech_parse(&t, (struct span){ text, strlen(text) }, "t.csv", "t", &e);

	if (!got)
		got = energy_price(&en, &c, &p, t, &e);
	cr_expect_eq(got, rc);
	cr_expect_not_null(strstr(e.msg, says), "%s", e.msg);
	tech_free(t);
}

Test(hw_dictionary, bad_tables_are_refused)
{
	expect_refused(COLUMNS RING "decoder_ring_dict_in,,,3,s\n", ST_DATA,
	               "expected 0 (flip-flops), 1 (ROM) or 2 (SRAM)");
	expect_refused(COLUMNS RING "decoder_ring_dict_in,,,0.5,s\n", ST_DATA, "is 0.5");
	expect_refused(COLUMNS RING "decoder_ring_dict_in,,,1,s\n", ST_USAGE,
	               "decoder_ring_rom_bit,,,");
	/* 2,048 words of 32 bits are 8 KiB. */
	expect_refused(COLUMNS RING "decoder_ring_dict_in,,,2,s\nsram_read,32,4096,1,s\n", ST_USAGE,
	               "no sram_read for a dictionary of 2048 words of 32 bits");
}
