/* The decoders against a second model: their registers, stepped cycle by cycle. */
#include "decoder_registers.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CODES = 4096, MAX_BEATS = 1 << 17 };

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned pick(unsigned low, unsigned high)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return low + (unsigned)((state >> 20) % (high - low + 1));
}

static struct beat beat[MAX_BEATS];

static void expect_same_of(const struct decoder *d, const struct decode_job *job)
{
	size_t n = cut_into_beats(job, beat, MAX_BEATS);
	struct decode_result want = registers_run(d == &decoder_shift, job, beat, n), got;
	struct err e = { 0 };
	char where[160];

	snprintf(where, sizeof(where), "%s W=%u D=%u G=%u b=%u sink=%u n=%zu", d->name,
	         job->port_bits, job->entries, job->codes->symbols_per_code, job->symbol_bits,
	         job->sink_symbols, job->codes->n);
	cr_assert_eq(d->run(job, &got, &e), ST_OK, "%s: %s", where, e.msg);
	cr_expect_eq(got.cycles, want.cycles, "%s", where);
	cr_expect_eq(got.input_stalls, want.input_stalls, "%s", where);
	cr_expect_eq(got.output_stalls, want.output_stalls, "%s", where);
	cr_expect_eq(got.port_reads, want.port_reads, "%s", where);
	cr_expect_eq(got.beats, want.beats, "%s", where);
}

static void expect_same(const struct decode_job *job)
{
	expect_same_of(&decoder_ring, job);
	expect_same_of(&decoder_shift, job);
}

static const unsigned ports[] = { 8, 12, 16, 24, 32, 64, 100, 128, 256 };

enum { N_PORTS = sizeof(ports) / sizeof(ports[0]) };

/* Dictionary codes of every kind: short hits among raw words that pass whole or in beats, sinks
 * from one symbol per cycle to more than a word. The counters prove that each kind was met. */
Test(hw_decoder, equals_registers_on_dictionary_codes)
{
	static uint16_t length[MAX_CODES];
	unsigned starved = 0, blocked = 0, cut = 0, smooth = 0;

	for (int round = 0; round < 1500; round++) {
		struct code_lengths codes = { .length_bits = length };
		struct decode_job job = { .codes = &codes };
		unsigned index_bits, raw_bits, hits = pick(0, 4);
		struct decode_result r;

		job.port_bits = ports[pick(0, N_PORTS - 1)];
		job.symbol_bits = pick(1, job.port_bits > 16 ? 16 : job.port_bits - 1);
		codes.symbols_per_code = pick(0, 1) ? 1u << pick(0, 6) : pick(1, 9);
		index_bits = pick(0, job.port_bits > 12 ? 12 : job.port_bits - 1);
		job.entries = index_bits ? (1u << (index_bits - 1)) + 1 : 1;
		job.sink_symbols = 1u << pick(0, 7);
		codes.n = pick(1, 300);
		raw_bits = codes.symbols_per_code * job.symbol_bits;
		codes.longest_bits = 1 + (raw_bits > index_bits ? raw_bits : index_bits);
		for (size_t i = 0; i < codes.n; i++)
			length[i] = (uint16_t)(pick(1, 4) <= hits ? 1 + index_bits : 1 + raw_bits);
		expect_same(&job);
		cr_assert_eq(decoder_ring.run(&job, &r, NULL), ST_OK);
		starved += r.input_stalls > 0;
		blocked += r.output_stalls > 0;
		cut += r.beats > codes.n;
		smooth += r.cycles == codes.n + 3;
	}
	cr_expect(starved > 50 && blocked > 50 && cut > 50 && smooth > 50, "%u %u %u %u", starved,
	          blocked, cut, smooth);
}

/* Any lengths up to W, not only the two of a dictionary. */
Test(hw_decoder, equals_registers_on_any_lengths)
{
	static uint16_t length[MAX_CODES];

	for (int round = 0; round < 600; round++) {
		struct code_lengths codes = { .length_bits = length, .symbols_per_code = 1 };
		struct decode_job job = { .codes = &codes, .symbol_bits = 1, .entries = 1 };
		unsigned low, high;

		job.port_bits = ports[pick(0, N_PORTS - 1)];
		high = pick(1, job.port_bits);
		low = pick(1, high);
		codes.longest_bits = high;
		codes.symbols_per_code = pick(1, 3);
		job.sink_symbols = pick(1, 3);
		codes.n = pick(1, 400);
		for (size_t i = 0; i < codes.n; i++)
			length[i] = (uint16_t)pick(low, high);
		expect_same(&job);
	}
}

/* Whatever the lengths, the shift-insert buffer never runs short, which the ring does. */
Test(hw_decoder, shift_never_starves)
{
	static uint16_t length[MAX_CODES];
	struct code_lengths codes = {
		.n = MAX_CODES, .length_bits = length, .symbols_per_code = 1, .longest_bits = 64
	};
	struct decode_job job = {
		.codes = &codes, .symbol_bits = 1, .entries = 1, .port_bits = 64, .sink_symbols = 1
	};
	struct decode_result r;

	for (size_t i = 0; i < MAX_CODES; i++)
		length[i] = (uint16_t)pick(33, 64);
	expect_same(&job);
	cr_assert_eq(decoder_ring.run(&job, &r, NULL), ST_OK);
	cr_expect_gt(r.input_stalls, MAX_CODES / 8);
	cr_assert_eq(decoder_shift.run(&job, &r, NULL), ST_OK);
	cr_expect_eq(r.cycles, MAX_CODES + 3);
}

/* The prototype's free-running figure: N + 3 cycles when no code exceeds W/2. */
Test(hw_decoder, free_running_takes_n_plus_3)
{
	static uint16_t length[MAX_CODES];
	const size_t counts[] = { 1, 2, 3, 17, MAX_CODES };

	for (size_t p = 0; p < N_PORTS; p++)
		for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
			struct code_lengths codes = { .n = counts[c],
				                      .length_bits = length,
				                      .symbols_per_code = 1 };
			struct decode_job job = { .codes = &codes,
				                  .symbol_bits = 1,
				                  .entries = 1,
				                  .port_bits = ports[p],
				                  .sink_symbols = 1 };
			struct decode_result r;
			uint64_t bits = 0;

			for (size_t i = 0; i < codes.n; i++) {
				length[i] = (uint16_t)pick(ports[p] / 4, ports[p] / 2);
				bits += length[i];
			}
			cr_assert_eq(decoder_ring.run(&job, &r, NULL), ST_OK);
			cr_expect_eq(r.cycles, codes.n + 3);
			cr_expect_eq(r.input_stalls, 0);
			cr_expect_eq(r.port_reads, (bits + ports[p] - 1) / ports[p]);
		}
}

/* The prototype's other figure: raw words of 33 bits at W = 64 take 65/64 cycles each. A code
 * starves when it needs the word whose slot was freed in the cycle before: its predecessor began at
 * bit 63, which 33 i mod 64 meets once in 64 codes. */
Test(hw_decoder, raw_33_bits_lose_one_cycle_in_64)
{
	static uint16_t length[64 * 50];
	struct code_lengths codes = { .n = sizeof(length) / sizeof(length[0]),
		                      .length_bits = length,
		                      .symbols_per_code = 4,
		                      .longest_bits = 33 };
	struct decode_job job = { .codes = &codes,
		                  .symbol_bits = 8,
		                  .entries = 16,
		                  .port_bits = 64,
		                  .sink_symbols = 16 };
	struct decode_result r;

	for (size_t i = 0; i < codes.n; i++)
		length[i] = 33;
	cr_assert_eq(decoder_ring.run(&job, &r, NULL), ST_OK);
	cr_expect_eq(r.cycles, 50 * 65 + 3);
	cr_expect_eq(r.input_stalls, 50);
	cr_expect_eq(r.port_reads, 50 * 33);
}

struct traced {
	unsigned symbol_bits, group, sink;
	uint16_t length[4];
	size_t n;
	struct decode_result want;
};

/* Traced by hand at W = 8 and D = 1; cycle of extraction per beat. Word 0 is in the ring for cycle
 * 2, word 1 for cycle 3; a beat extracted in t is delivered from t + 2. */
static const struct traced traces[] = {
  /* 5 5 5: at bits 0, 5 and 10 in cycles 2, 3, 4; the last leaves in 6. */
	{1,  1, 1, { 5, 5, 5 },    3, { 6, 0, 0, 2, 3 } },
 /* 8 7 5 5: the third, in cycle 4, frees word 1, so word 3 comes in 5 for 6; the fourth
  * needs it in 5: one cycle lost, leaves in 8. */
	{ 1, 1, 1, { 8, 7, 5, 5 }, 4, { 8, 1, 0, 4, 4 } },
 /* Two hits of four symbols to an array of one column: stage 2 holds the first in 4..7 and
  * the second in 8..11; three cycles of waiting each. */
	{ 1, 4, 1, { 1, 1 },       2, { 11, 0, 6, 1, 2 }},
 /* A raw word of 1 + 4 x 3 = 13 bits: beats of 1 + 2 x 3 and 2 x 3 bits in cycles 2 and 3.
  */
	{ 3, 4, 4, { 13 },         1, { 5, 0, 0, 2, 2 } },
 /* The same to one column: each beat of two symbols stays two cycles, 4..5 and 6..7. */
	{ 3, 4, 1, { 13 },         1, { 7, 0, 2, 2, 2 } },
 /* Raw words of 1 + 3 x 7 = 22 bits: beats of 8, 7, 7. Word 0 is freed in 2, word 2 comes in
  * 3; beat 2 (bits 15..21) in 4 frees word 1, word 3 comes in 5 for 6. The second code's
  * beats (bits 22..29, 30..36, 37..43): the first needs word 3 in 5, is taken in 6 and frees
  * word 2, word 4 comes in 7 for 8; the next needs it in 7, is taken in 8 and frees word 3,
  * word 5 comes in 9 for 10; the last needs it in 9, is taken in 10 and leaves in 12. */
	{ 7, 3, 8, { 22, 22 },     2, { 12, 3, 0, 6, 6 }},
};

Test(hw_decoder, traced_by_hand)
{
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		const struct traced *t = &traces[i];
		uint16_t length[4];
		struct code_lengths codes = { .n = t->n,
			                      .length_bits = length,
			                      .symbols_per_code = t->group };
		struct decode_job job = { .codes = &codes,
			                  .symbol_bits = t->symbol_bits,
			                  .entries = 1,
			                  .port_bits = 8,
			                  .sink_symbols = t->sink };
		struct decode_result r;

		memcpy(length, t->length, sizeof(length));
		cr_assert_eq(decoder_ring.run(&job, &r, NULL), ST_OK);
		cr_expect_eq(r.cycles, t->want.cycles, "trace %zu: %zu", i, (size_t)r.cycles);
		cr_expect_eq(r.input_stalls, t->want.input_stalls, "trace %zu", i);
		cr_expect_eq(r.output_stalls, t->want.output_stalls, "trace %zu", i);
		cr_expect_eq(r.port_reads, t->want.port_reads, "trace %zu", i);
		cr_expect_eq(r.beats, t->want.beats, "trace %zu", i);
	}
}

Test(hw_decoder, refuses_what_cannot_pass)
{
	uint16_t length[2] = { 9, 1 };
	struct code_lengths codes = { .n = 2, .length_bits = length, .symbols_per_code = 1 };
	struct decode_job job = {
		.codes = &codes, .symbol_bits = 8, .entries = 1, .port_bits = 8, .sink_symbols = 1
	};
	struct decode_result r;
	struct err e = { 0 };

	/* A flag and a symbol of 8 bits at W = 8. */
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_SKIP);
	cr_expect_not_null(strstr(e.msg, "symbol of 8 bits"), "%s", e.msg);
	/* A flag and an index of 8 bits at W = 8; one bit less passes. */
	job.symbol_bits = 4;
	length[0] = 5;
	job.entries = 129;
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_SKIP);
	cr_expect_not_null(strstr(e.msg, "index of 8 bits"), "%s", e.msg);
	job.entries = 128;
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_OK);
	/* Lengths that no dictionary code has. */
	length[0] = 0;
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_INTERNAL);
	length[0] = 12;
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_INTERNAL);
	codes.symbols_per_code = 3; /* raw: 13 bits */
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_INTERNAL);
	length[0] = 13;
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_OK);
	codes.n = 0;
	cr_expect_eq(decoder_ring.run(&job, &r, &e), ST_OK);
	cr_expect_eq(r.cycles, 0);
}

/* The window holds the longest code, or W when raw words pass in beats. */
Test(hw_decoder, size_of_a_job)
{
	struct code_lengths codes = { .symbols_per_code = 4, .longest_bits = 33 };
	struct decode_job job = {
		.codes = &codes, .symbol_bits = 8, .entries = 16, .port_bits = 64
	};
	struct decoder_size s = decoder_size_of(&job);

	cr_expect(s.port_bits == 64 && s.window_bits == 33 && s.dict_bits == 512);
	job.port_bits = 32;
	cr_expect(decoder_size_of(&job).window_bits == 32);
}
