/* Shift-insert decoder of a flag + index | raw word code. These rules fix every cycle.
 *
 * State, all registers: a buffer of W + 2 ML bits with the number of bits held, the oldest always
 * on top, ML being the longest beat the code can have; a stage 1 (an extracted beat) and a stage 2
 * (the beat after the dictionary read), each with a valid flag. Reset clears the flags and the
 * number. In cycle t = 1, 2, .. everything is decided from the registers at the start of the cycle
 * and stored at its end:
 *
 *   input    ready = at most 2 ML bits are held, so that a whole word fits whatever is extracted.
 *            The port has the next word of the stream in every cycle until the last. It goes behind
 *            what is left after this cycle's extraction, usable from t + 1.
 *   output   valid = stage 2 is. The array takes sink_symbols per cycle, so a beat of s symbols
 *            stays c = ceil(s / sink_symbols) cycles in stage 2; ready comes in the last of them.
 *   move     stage 1 to stage 2, if stage 1 is valid and stage 2 is empty or leaves in this cycle.
 *   extract  the next beat into stage 1, if one is left, all its bits are held, and stage 1 is
 * empty or moves in this cycle. The buffer shifts by the beat's length: by one of two, or four
 *            where raw words pass in beats (hw/beats.h), never by any.
 *
 * Bits never run short: word 0 is held in cycle 2, and whenever a beat is left at the start of a
 * cycle, ML bits or all the rest are held. Were at most 2 ML held before, the cycle before added
 * W >= ML bits behind what it left; were more held, it took at most ML and left more than ML. Hence
 * a beat is extracted whenever stage 1 can take it, and the cycles need no simulation: the last
 * beat leaves stage 2 at the end of cycle 3 + the sum of c. input_stalls is 0, output_stalls
 * (cycles with output valid and not ready) the sum of c - 1. */
#include "hw/beats.h"

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	struct beats t;
	enum status rc;

	*out = (struct decode_result){ 0 };
	if (!job->codes->n)
		return ST_OK;
	rc = beats_of(&t, job, "shift", e);
	if (rc)
		return rc;
	*out = (struct decode_result){
		.cycles = 3 + t.delivery,
		.output_stalls = t.delivery - t.n,
		.port_reads = t.bits / job->port_bits + (t.bits % job->port_bits != 0),
		.beats = t.n,
	};
	return ST_OK;
}

const struct decoder decoder_shift = {
	.name = "shift",
	.help = "shift-insert buffer, one code per cycle, dictionary in flip-flops",
	.codecs = "dict",
	.action = "decoder_shift",
	.least = {32,   5,  8   },
	.most = { 128, 33, 8192},
	.fill_cycles = 3,
	.run = run,
};
