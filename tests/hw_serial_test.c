/* The decoders of one symbol per cycle against their registers, stepped cycle by cycle. */
#include "decoder_registers.h"
#include "hw/energy.h"
#include "prices.h"

#include <criterion/criterion.h>

enum { MOST = 400 };

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned pick(unsigned low, unsigned high)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return low + (unsigned)((state >> 20) % (high - low + 1));
}

static uint16_t length[MOST];
static struct beat beat[MOST + 1];

/* What d says of the job, which its registers must say too. */
static struct decode_result expect_same(const struct decoder *d, const struct decode_job *job)
{
	bool has_state = d == &decoder_tans;
	struct registers r = registers_start(false, job, beat, serial_beats(job, has_state, beat));
	struct decode_result want, got;
	struct err e = { 0 };

	r.has_state = has_state;
	want = registers_run_from(r, job);
	cr_assert_eq(d->run(job, &got, &e), ST_OK, "%s: %s", d->name, e.msg);
	cr_expect_eq(got.cycles, want.cycles, "%s W=%u n=%zu: %zu, registers %zu", d->name,
	             job->port_bits, job->codes->n, (size_t)got.cycles, (size_t)want.cycles);
	cr_expect_eq(got.input_stalls, want.input_stalls, "%s", d->name);
	cr_expect_eq(got.output_stalls, want.output_stalls, "%s", d->name);
	cr_expect_eq(got.port_reads, want.port_reads, "%s", d->name);
	cr_expect_eq(got.beats, want.beats, "%s", d->name);
	return got;
}

static const struct decoder *const serial[] = { &decoder_huffman, &decoder_tans, &decoder_rlc };

/* Any lengths from 0 to W, most of them short in most rounds; all 0 in some, which tANS alone
 * begins with a head before. */
Test(hw_serial, equals_registers_on_any_lengths)
{
	unsigned starved = 0, smooth = 0, without_bits = 0;

	for (int round = 0; round < 3000; round++) {
		unsigned w = 8u << pick(0, 5), most = pick(0, pick(0, 3) ? w / 2 : w);
		const struct decoder *d = serial[round % 3];
		struct code_lengths codes = { .n = pick(1, MOST),
			                      .length_bits = length,
			                      .symbols_per_code = 1 };
		struct decode_job job = { &codes, codes.n, 8, 1, w, 1u << pick(0, 5) };
		struct decode_result r;

		if (d == &decoder_tans)
			codes.head_bits = pick(1, most ? most : 1);
		codes.longest_bits = most > codes.head_bits ? most : codes.head_bits;
		for (size_t i = 0; i < codes.n; i++)
			length[i] = (uint16_t)(pick(0, 2) ? pick(0, most) : 0);
		/* The model's port has a word in every cycle, from the first on. */
		if (d != &decoder_tans && most && !length[0])
			length[0] = 1;
		r = expect_same(d, &job);
		starved += r.input_stalls > 0;
		smooth += r.cycles == codes.n + 3;
		without_bits += r.cycles == codes.n + 2;
	}
	cr_expect(starved > 100 && smooth > 300 && without_bits > 20, "%u %u %u", starved, smooth,
	          without_bits);
}

/* W = 8, codes of 6 bits. Words come in cycles 1 and 2; code 0 is taken in 2 (bits 0..5), code 1 in
 * 3 (6..11), which frees word 0: word 2 comes in 4 and is there in 5. Code 2 (12..17) reaches into
 * it: it waits a cycle and is taken in 5, frees word 1 (word 3 in 6); code 3 (18..23) is taken in 6
 * and frees word 2. The last leaves stage 2 in 8. With a state the same is a head of 6 bits and 3
 * symbols: the last is in stage 2 in 7. */
Test(hw_serial, waits_for_a_refill)
{
	struct code_lengths codes = {
		.n = 4, .length_bits = length, .symbols_per_code = 1, .longest_bits = 6
	};
	struct decode_job job = { &codes, 4, 8, 1, 8, 1 };
	struct decode_result r;

	for (int i = 0; i < 4; i++)
		length[i] = 6;
	r = expect_same(&decoder_huffman, &job);
	cr_expect(r.cycles == 8 && r.input_stalls == 1 && r.port_reads == 3 && r.beats == 4);
	codes.n = 3;
	codes.head_bits = 6;
	r = expect_same(&decoder_tans, &job);
	cr_expect(r.cycles == 7 && r.input_stalls == 1 && r.port_reads == 3 && r.beats == 3);
}

Test(hw_serial, a_code_longer_than_the_port_is_skipped)
{
	struct code_lengths codes = {
		.n = 1, .length_bits = length, .symbols_per_code = 1, .longest_bits = 64
	};
	struct decode_job job = { &codes, 1, 8, 1, 32, 1 };
	struct decode_result r;
	struct err e;

	length[0] = 20;
	cr_expect_eq(decoder_rlc.run(&job, &r, &e), ST_SKIP);
	cr_expect_str_eq(e.msg, "decoder rlc: codes of up to 64 bits do not fit a port of 32 bits: "
	                        "use a wider port or shorter codes");
	codes.longest_bits = 32;
	cr_expect_eq(decoder_rlc.run(&job, &r, &e), ST_OK);
	codes.n = 0;
	cr_expect_eq(decoder_rlc.run(&job, &r, &e), ST_OK);
	cr_expect_eq(r.cycles, 0);
}

/* Huffman, b = 4, codes up to 6 bits: 16 symbols of 4 bits, ends of 1 + 2 + .. + 6 bits, offsets of
 * 7 lengths: 64 + 21 + 28. tANS of 32 states: 4 bits of symbol, 5 of base, 3 for 0..5: 32 x 12. */
Test(hw_serial, tables)
{
	struct codec_params p = { .group = 1, .arg = { 6 } };
	struct decoder_size s = decoder_huffman.size(&p, 4, 64);

	cr_expect(s.port_bits == 64 && s.window_bits == 6 && s.dict_bits == 113);
	p.arg[0] = 5;
	s = decoder_tans.size(&p, 4, 64);
	cr_expect(s.port_bits == 64 && s.window_bits == 5 && s.dict_bits == 384);
	s = decoder_rlc.size(&p, 8, 64);
	cr_expect(s.window_bits == 13 && s.dict_bits == 0);
}

/* Whatever a point can ask for has a price, and no part of it is negative. */
Test(hw_serial, every_size_is_priced)
{
	static const struct decoder *const all[] = { &decoder_huffman, &decoder_tans,
		                                     &decoder_rlc };
	static const char *const names[] = { "45nm-lstp", "22nm-hp" };
	const struct action_counts c = { .codes = 1000, .cycles = 1000 };
	struct platform p = { .memory_bytes = 8192, .buffer_bytes = 8192, .weight_bits = 8 };

	for (size_t n = 0; n < 2; n++) {
		struct tech *t = load(names[n]);

		for (size_t d = 0; d < 3; d++) {
			const struct codec_arg *a = &codec_find(all[d]->codecs)->arg[0];

			for (unsigned i = 0; i < 4 * 15; i++)
				for (uint32_t arg = a->least; arg <= a->most; arg++) {
					const struct codec_params params = { .group = 1,
						                             .arg = { arg } };
					const unsigned bits = 2 + i / 4;
					struct err e = { 0 };
					struct energy en;

					p.decoder = all[d];
					p.port_bits = 32U << i % 4;
					p.size = p.decoder->size(&params, bits, p.port_bits);
					cr_assert_eq(energy_price(&en, &c, &p, t, &e), ST_OK,
					             "%s:%u, %u bits: %s", p.decoder->name,
					             (unsigned)arg, bits, e.msg);
					cr_expect(en.decoder_clock_pj > 0 &&
					          en.decoder_logic_pj > 0 &&
					          en.decoder_dict_pj >= 0 &&
					          en.decoder_wires_pj > 0 &&
					          en.decoder_leakage_pj > 0);
				}
		}
		tech_free(t);
	}
}
