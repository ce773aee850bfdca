/* The decoders as registers, stepped cycle by cycle under any handshakes: the second
 * model that the closed forms of src/hw and the Verilog of src/hw/rtl are compared with. */
#ifndef HCB_TESTS_DECODER_REGISTERS_H
#define HCB_TESTS_DECODER_REGISTERS_H

#include "hw/decoder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What passes in one extraction: a code, or part of one longer than the port. */
struct beat {
	unsigned bits, symbols;
	size_t code;   /* it is part of */
	unsigned skip; /* symbols of the code in the beats before */
};

/* The beats of a job in order, at most `cap`. */
static inline size_t cut_into_beats(const struct decode_job *job, struct beat *beat, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < job->codes->n && n < cap; i++) {
		unsigned group = job->codes->symbols_per_code, left = group, flag = 1;

		if (job->codes->length_bits[i] <= job->port_bits) {
			beat[n++] = (struct beat){ job->codes->length_bits[i], group, i, 0 };
			continue;
		}
		for (; left && n < cap; flag = 0) {
			unsigned fit = (job->port_bits - flag) / job->symbol_bits;
			unsigned take = fit < left ? fit : left;

			beat[n++] = (struct beat){ flag + take * job->symbol_bits, take, i,
				                   group - left };
			left -= take;
		}
	}
	return n;
}

struct registers {
	/* Fixed during a stream. */
	bool shift;     /* shift-insert buffer, not the ring */
	bool has_state; /* no stage 1: what is extracted delivers what the state stood for */
	unsigned port_bits, window_bits;
	const struct beat *beat;
	size_t n_beats;
	/* Ring. */
	bool slot_valid[2];
	uint64_t pointer; /* modulo 2W */
	/* Shift-insert: bits in the buffer. */
	unsigned held;
	/* Both. */
	size_t words_in, extracted;
	bool s1_valid, s2_valid;
	size_t s1, s2; /* beats */
};

/* Registers after the cycle in which a stream is started. */
static inline struct registers registers_start(bool shift, const struct decode_job *job,
                                               const struct beat *beat, size_t n_beats)
{
	unsigned longest = job->codes->longest_bits, w = job->port_bits;

	return (struct registers){ .shift = shift,
		                   .port_bits = w,
		                   .window_bits = longest < w ? longest : w,
		                   .beat = beat,
		                   .n_beats = n_beats };
}

static inline bool registers_in_ready(const struct registers *r)
{
	if (r->shift)
		return r->held <= 2 * r->window_bits;
	return !(r->slot_valid[0] && r->slot_valid[1]);
}

static inline bool registers_busy(const struct registers *r)
{
	return r->extracted < r->n_beats || r->s1_valid || r->s2_valid;
}

static inline uint64_t registers_bits(const struct registers *r)
{
	unsigned w = r->port_bits;
	size_t own = r->pointer / w;

	if (r->shift)
		return r->held;
	if (!r->slot_valid[own])
		return 0;
	return w - r->pointer % w + (r->slot_valid[1 - own] ? w : 0);
}

/* Could stage 1 take a beat that is left, if only its bits were there? */
static inline bool registers_want(const struct registers *r, bool out_ready)
{
	bool move = r->s1_valid && (!r->s2_valid || out_ready);

	if (r->has_state)
		return r->extracted < r->n_beats && (!r->s2_valid || out_ready);
	return r->extracted < r->n_beats && (!r->s1_valid || move);
}

static inline bool registers_extract(const struct registers *r, bool out_ready)
{
	return registers_want(r, out_ready) && registers_bits(r) >= r->beat[r->extracted].bits;
}

static inline void registers_take_beat(struct registers *next, const struct registers *r)
{
	unsigned bits = r->beat[r->extracted].bits, w = r->port_bits;
	size_t own = r->pointer / w;

	if (!r->has_state) {
		next->s1_valid = true;
		next->s1 = r->extracted;
	} else if (r->beat[r->extracted].symbols) {
		next->s2_valid = true;
		next->s2 = r->extracted;
	}
	next->extracted++;
	if (r->shift) {
		next->held -= bits;
		return;
	}
	next->pointer = (r->pointer + bits) % (2 * (uint64_t)w);
	if (next->pointer / w != own)
		next->slot_valid[own] = false;
}

/* One cycle, given what the two neighbours say in it. */
static inline struct registers registers_step(const struct registers *r, bool in_valid,
                                              bool out_ready)
{
	struct registers next = *r;

	if (r->s2_valid && out_ready)
		next.s2_valid = false;
	if (r->s1_valid && (!r->s2_valid || out_ready)) {
		next.s2_valid = true;
		next.s2 = r->s1;
		next.s1_valid = false;
	}
	if (registers_extract(r, out_ready))
		registers_take_beat(&next, r);
	if (in_valid && registers_in_ready(r)) {
		next.slot_valid[r->words_in % 2] = true;
		next.held += r->port_bits;
		next.words_in++;
	}
	return next;
}

/* The decoder model's conditions: the port has a word in every cycle, the array takes sink_symbols
 * per cycle. */
static inline struct decode_result registers_run_from(struct registers r,
                                                      const struct decode_job *job)
{
	const struct beat *beat = r.beat;
	const size_t n_beats = r.n_beats;
	struct decode_result out = { .beats = n_beats - r.has_state };
	uint64_t bits = 0, n_words;
	unsigned age = 0; /* cycles that the beat in stage 2 has spent there */

	for (size_t i = 0; i < n_beats; i++)
		bits += beat[i].bits;
	n_words = (bits + job->port_bits - 1) / job->port_bits;
	while (registers_busy(&r)) {
		bool out_ready = r.s2_valid && (age + 1) * job->sink_symbols >= beat[r.s2].symbols;
		bool want = registers_want(&r, out_ready);

		out.cycles++;
		out.input_stalls += want && !registers_extract(&r, out_ready) && out.cycles > 1;
		out.output_stalls += r.s2_valid && !out_ready;
		age = out_ready || !r.s2_valid ? 0 : age + 1;
		r = registers_step(&r, r.words_in < n_words, out_ready);
	}
	out.port_reads = r.words_in;
	return out;
}

static inline struct decode_result registers_run(bool shift, const struct decode_job *job,
                                                 const struct beat *beat, size_t n_beats)
{
	return registers_run_from(registers_start(shift, job, beat, n_beats), job);
}

/* The beats of a job of a decoder of one symbol per cycle (hw/serial.h): with a state, the first
 * takes the head. `beat` has room for one more than the codes. */
static inline size_t serial_beats(const struct decode_job *job, bool has_state, struct beat *beat)
{
	size_t n = 0;

	if (has_state)
		beat[n++] = (struct beat){ .bits = job->codes->head_bits };
	for (size_t i = 0; i < job->codes->n; i++)
		beat[n++] = (struct beat){ job->codes->length_bits[i], 1, i, 0 };
	return n;
}

#endif
