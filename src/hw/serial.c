#include "hw/serial.h"

#include "hw/ring.h"

#include <assert.h>

/* Codes that begin anywhere in a word of W bits. */
static struct ring simulate(const struct decode_job *job, bool has_state)
{
	struct ring r = ring_reset;

	if (has_state)
		r = ring_step(r, job->port_bits, job->codes->head_bits, 1);
	for (size_t i = 0; i < job->codes->n; i++)
		r = ring_step(r, job->port_bits, job->codes->length_bits[i], 1);
	return r;
}

enum status serial_run(const struct decode_job *job, const char *decoder, bool has_state,
                       struct decode_result *out, struct err *e)
{
	const struct code_lengths *codes = job->codes;
	uint64_t bits = codes->head_bits;
	unsigned w = job->port_bits;

	assert(w && job->sink_symbols && codes->symbols_per_code == 1);
	assert(has_state || !codes->head_bits);
	*out = (struct decode_result){ 0 };
	if (!codes->n)
		return ST_OK;
	if (codes->longest_bits > w)
		return err_set(e, ST_SKIP,
		               "decoder %s: codes of up to %u bits do not fit a port of %u bits: "
		               "use a wider port or shorter codes",
		               decoder, codes->longest_bits, w);
	for (size_t i = 0; i < codes->n; i++)
		bits += codes->length_bits[i];
	out->port_reads = bits / w + (bits % w != 0);
	out->beats = codes->n;
	if (!bits) {
		out->cycles = codes->n + 2;
	} else if (2 * codes->longest_bits <= w) {
		/* Never short of bits, as in decoder_ring.c. */
		out->cycles = codes->n + 3;
	} else {
		struct ring r = simulate(job, has_state);

		out->cycles = r.left - has_state;
		out->input_stalls = r.input_stalls;
	}
	return ST_OK;
}
