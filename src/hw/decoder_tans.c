/* Table decoder of tANS, one symbol per cycle; hw/serial.h (with a state) states every cycle.
 *
 * The table has 2^LOG_SIZE entries: symbol, number of bits (0 .. LOG_SIZE), base of the next state.
 * The entry of the current state rests in a register. An extraction adds the top bits of the window
 * to its base and looks the sum up, so that the next entry is there in the next cycle: base, shift
 * by the number of bits, and table make the loop that sets the clock. With an SRAM the sum is the
 * address at the clock edge, and every cycle is the same. */
#include "base/bits.h"
#include "hw/serial.h"

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	return serial_run(job, "tans", true, out, e);
}

static struct decoder_size size(const struct codec_params *p, unsigned symbol_bits,
                                unsigned port_bits)
{
	unsigned log_size = p->arg[0];

	return (struct decoder_size){
		.port_bits = port_bits,
		.window_bits = log_size,
		.dict_bits = (double)((uint64_t)1 << log_size) *
		             (symbol_bits + log_size + bits_for_index(log_size + 1)),
	};
}

const struct decoder decoder_tans = {
	.name = "tans",
	.help = "tANS, one table look-up per cycle and symbol, table in flip-flops",
	.codecs = "tans",
	.action = "decoder_tans",
	.least = {32,   5, 352 },
	.most = { 128, 8, 4608},
	.fill_cycles = 3,
	.size = size,
	.run = run,
};
