/* Canonical-Huffman decoder, one code per cycle; hw/serial.h states every cycle.
 *
 * LONG is the longest code that the parameters allow. In the cycle of the extraction LONG
 * comparators hold the first l bits of the window, l = 0 .. LONG - 1, against the end of the codes
 * of l bits (l + 1 bits each); the first that is below tells the length. The code plus that
 * length's offset is the symbol's place in the order of the codes, which goes into stage 1; stage 2
 * is the symbol, read from a table of 2^b symbols of b bits. Both tables are flip-flops, and are
 * loaded before the stream. */
#include "hw/serial.h"

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	return serial_run(job, "huffman", false, out, e);
}

/* Symbols; an end of l + 1 bits for each l below LONG; an offset of b bits for each up to LONG. */
static struct decoder_size size(const struct codec_params *p, unsigned symbol_bits,
                                unsigned port_bits)
{
	unsigned longest = p->arg[0] > symbol_bits ? p->arg[0] : symbol_bits;
	double symbols = (double)((uint64_t)1 << symbol_bits) * symbol_bits;

	return (struct decoder_size){
		.port_bits = port_bits,
		.window_bits = longest,
		.dict_bits =
		        symbols + longest * (longest + 1) / 2.0 + (longest + 1.0) * symbol_bits,
	};
}

const struct decoder decoder_huffman = {
	.name = "huffman",
	.help = "canonical Huffman, one code per cycle, tables in flip-flops",
	.codecs = "huffman",
	.action = "decoder_huffman",
	.least = {32,   8,  136 },
	.most = { 128, 16, 2230},
	.fill_cycles = 3,
	.size = size,
	.run = run,
};
