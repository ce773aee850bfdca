/* Two-word-ring decoder of a flag + index | raw word code. These rules fix every cycle.
 *
 * State, all registers: two slots of W bits with valid flags; a bit pointer over the 2W bits of the
 * ring; stage 1 (an extracted beat) and stage 2 (the beat after the dictionary read), each with a
 * valid flag. Reset clears the flags and the pointer. In cycle t = 1, 2, .. everything is decided
 * from the registers at the start of the cycle and stored at its end:
 *
 *   input    ready = one of the slots is not valid. The port has the next word of the stream in
 *            every cycle until the last. Word k (0, 1, ..) goes to slot k mod 2, usable from t + 1.
 *   output   valid = stage 2 is. The array takes sink_symbols per cycle, so a beat of s symbols
 *            stays c = ceil(s / sink_symbols) cycles in stage 2; ready comes in the last of them.
 *   move     stage 1 to stage 2, if stage 1 is valid and stage 2 is empty or leaves in this cycle.
 *   extract  the next beat into stage 1, if one is left, all its bits are in valid slots, and stage
 *            1 is empty or moves in this cycle. The pointer advances by the beat's length; a slot
 *            whose last bit it passes becomes invalid (so ready in t + 1, refilled for t + 2).
 *
 * Beats, also those of a raw code longer than W, are cut as hw/beats.h says.
 *
 * cycles: the last beat leaves stage 2 at the end of that cycle; N beats without any stall take
 * N + 3. input_stalls: cycles from the second on in which a beat is left and stage 1 could take it,
 * but bits are missing. output_stalls: cycles with output valid and not ready, the sum of c - 1. */
#include "hw/beats.h"
#include "hw/ring.h"

static void simulate(const struct decode_job *job, const struct beats *t, struct decode_result *out)
{
	const uint16_t *length = job->codes->length_bits;
	unsigned w = job->port_bits, b = job->symbol_bits;
	struct ring r = ring_reset;

	for (size_t i = 0; i < job->codes->n; i++) {
		if (length[i] <= w) {
			r = ring_step(r, w, length[i], t->whole);
			continue;
		}
		r = ring_step(r, w, 1 + t->first_symbols * b, t->first);
		for (unsigned m = 0; m < t->n_middle; m++)
			r = ring_step(r, w, t->middle_symbols * b, t->middle);
		if (t->last_symbols)
			r = ring_step(r, w, t->last_symbols * b, t->last);
	}
	out->cycles = r.left;
	out->input_stalls = r.input_stalls;
}

/* Without a simulation: bits never run short when
 * - no beat exceeds W/2: a slot freed in t is full again for t + 2, and the beat taken in t + 1
 *   cannot reach it, since the pointer passed the boundary by less than W/2; or
 * - every beat stays two cycles or more in stage 2: so do the beats behind it in stage 1, which is
 *   the time a refill takes. */
static bool never_starves(const struct decode_job *job, const struct beats *t)
{
	if (2 * t->longest <= job->port_bits)
		return true;
	if (t->whole < 2)
		return false;
	/* A middle beat holds no fewer symbols than the first. */
	return !t->n_cut || (t->first >= 2 && (!t->last_symbols || t->last >= 2));
}

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	struct beats t;
	enum status rc;

	*out = (struct decode_result){ 0 };
	if (!job->codes->n)
		return ST_OK;
	rc = beats_of(&t, job, "ring", e);
	if (rc)
		return rc;
	out->port_reads = t.bits / job->port_bits + (t.bits % job->port_bits != 0);
	out->beats = t.n;
	out->output_stalls = t.delivery - t.n;
	if (never_starves(job, &t))
		out->cycles = 3 + t.delivery;
	else
		simulate(job, &t, out);
	return ST_OK;
}

const struct decoder decoder_ring = {
	.name = "ring",
	.help = "two-word ring, one code per cycle, dictionary in flip-flops",
	.codecs = "dict",
	.action = "decoder_ring",
	.least = {32,   5,  8   },
	.most = { 128, 33, 8192},
	.fill_cycles = 3,
	.run = run,
};
