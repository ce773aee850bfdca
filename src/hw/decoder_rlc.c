/* Decoder of Eyeriss' run-length code, one symbol per cycle; hw/serial.h states every cycle.
 *
 * A pair of run and level is taken from the ring with its first symbol: into registers goes how
 * many zeros are left and the level behind them. The other symbols of the pair have codes of 0
 * bits. The last pair of a 64-bit word takes the rest of the word with it, which a counter of pairs
 * and the number of symbols left tell. There are no tables. A port below 64 bits cannot pass the
 * rest of a word. */
#include "hw/serial.h"

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	return serial_run(job, "rlc", false, out, e);
}

static struct decoder_size size(const struct codec_params *p, unsigned symbol_bits,
                                unsigned port_bits)
{
	return (struct decoder_size){ .port_bits = port_bits,
		                      .window_bits = p->arg[0] + symbol_bits };
}

const struct decoder decoder_rlc = {
	.name = "rlc",
	.help = "run-length pairs of Eyeriss, one symbol per cycle, no tables",
	.codecs = "rlc",
	.action = "decoder_rlc",
	.least = {64,   7,  0},
	.most = { 256, 16, 0},
	.fill_cycles = 3,
	.size = size,
	.run = run,
};
