/* No decoder: the port's words go to the array as they are. One port word arrives per cycle and the
 * array takes sink_symbols per cycle, so the slower of the two sets the pace.
 *
 * When the symbol width does not divide the port width, a real memory of densely packed symbols
 * needs an alignment shifter between port and array. Its energy and its pipeline are not charged
 * here, which favours the raw baseline. */
#include "hw/decoder.h"

#include <assert.h>

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	uint64_t bits = (uint64_t)job->n_symbols * job->symbol_bits;
	uint64_t words, deliveries;

	(void)e;
	assert(job->symbol_bits && job->port_bits && job->sink_symbols);
	words = bits / job->port_bits + (bits % job->port_bits != 0);
	deliveries = job->n_symbols / job->sink_symbols + (job->n_symbols % job->sink_symbols != 0);
	*out = (struct decode_result){
		.cycles = words > deliveries ? words : deliveries,
		.input_stalls = words > deliveries ? words - deliveries : 0,
		.output_stalls = deliveries > words ? deliveries - words : 0,
		.port_reads = words,
	};
	return ST_OK;
}

const struct decoder decoder_none = {
	.name = "none",
	.help = "plain symbols, no decoder: limited by port width and array columns",
	.codecs = "raw",
	.run = run,
};
