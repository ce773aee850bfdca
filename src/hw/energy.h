/* Energy of one inference: count first, price later. energy = counts x prices.
 *
 * Model, first version. Weights rest compressed in an on-chip SRAM of `memory` bytes read through
 * one port of W bits; each weight is read as often as the array takes it (once when it is
 * weight-stationary; batch 1). When the weights do not fit, all of them come from DRAM each time
 * and pass through the memory (one write, one read). A model-scope dictionary is loaded once at
 * start-up and not counted per inference; a layer-scope dictionary is read again for every layer.
 * Activations (8 bit) and partial sums (32 bit) use a second SRAM of `buffer` bytes with the same
 * port width. MACs multiply 8-bit activations by weights of max(8, b) bits and add in 32 bits (a
 * multiplier between the table's 8 and 32 bits is interpolated, see tech_price); float weights
 * multiply and add in fp32. The decoder costs its fitted energy per codeword. Where the technology
 * splits that, it has three parts: the clock of registers outside the dictionary; the dictionary,
 * which is what grows with D x G x b, its registers and the selection; and logic, all else. Wires
 * then come on top. A dictionary that the technology puts into an SRAM costs a read per codeword of
 * the smallest memory in the table that holds it, at least as wide as its
 * words, and that memory's leakage; words wider than any take several memories. Both memories, and
 * the decoder where the technology says how much, leak during the cycles of the inference, at its
 * clock_mhz; the array does not leak here. With several lanes each has a bank of memory / lanes
 * bytes with a port of its own and a decoder: an access costs what it does in a bank, banks and
 * decoders all leak, and weights fit if they fit altogether. */
#ifndef HCB_HW_ENERGY_H
#define HCB_HW_ENERGY_H

#include "hw/array.h"
#include "hw/decoder.h"
#include "hw/tech.h"

#include <stdbool.h>

/* What happens in one layer during one inference. */
struct action_counts {
	uint64_t weight_reads;  /* port words read from the weight memory */
	uint64_t weight_writes; /* port words written into it (streamed from DRAM) */
	uint64_t dram_bits;
	uint64_t codes;                       /* codewords decoded: decode_result.beats */
	uint64_t buffer_reads, buffer_writes; /* port words of activations and partial sums */
	uint64_t macs;
	uint64_t cycles; /* of the inference; 0: not known, and nothing leaks */
};

/* What the counts happen in. */
struct platform {
	uint64_t memory_bytes, buffer_bytes;
	unsigned lanes; /* decoders, and equal banks of the weight memory; 0: one */
	unsigned port_bits;
	unsigned weight_bits; /* operand width b of the multiplier's weight side */
	bool float_weights;   /* fp32 MACs (quantizer none) */
	const struct decoder *decoder;
	struct decoder_size size;
	unsigned entry_bits; /* G x b of a dictionary's word; 0: the decoder has other tables */
};

struct energy {
	double memory_pj, decoder_pj, activations_pj, macs_pj, dram_pj;
	double memory_leakage_pj, buffer_leakage_pj;
	/* Parts of decoder_pj, which is their sum; NaN where the technology has no rows for them.
	 * logic is what the others leave of the energy per codeword. */
	double decoder_clock_pj, decoder_logic_pj, decoder_dict_pj;
	double decoder_wires_pj, decoder_leakage_pj;
	double total_pj;
};

/* Adds a's counts to *sum. */
void counts_add(struct action_counts *sum, const struct action_counts *a);

/* Array-side counts of a layer in port words: sets macs, buffer_reads and buffer_writes. Each of
 * the three streams (activations, partial sums out and back) is packed into words of its own. */
void counts_from_array(struct action_counts *c, const struct array_counts *a, unsigned port_bits);

/* Weight-side counts of a layer whose sections take layer_bits (port-padded) of a model that takes
 * model_bits in all, and which the array takes `passes` times (array_counts): sets
 * weight_reads, weight_writes and dram_bits. Of a model that does not fit, a layer that does comes
 * from DRAM once, another one in every pass. A layer's own tables are read again with it. */
void counts_from_weights(struct action_counts *c, uint64_t layer_bits, uint64_t model_bits,
                         uint64_t passes, const struct platform *p);

/* Does the size lie inside the ranges that the decoder's energy was fitted on? Outside, decoder_pj
 * is extrapolated and a row should say so. */
bool decoder_size_fitted(const struct decoder *d, const struct decoder_size *s);

/* The memories that t puts the decoder's dictionary into. */
struct dict_sram {
	unsigned count; /* side by side, each read once per codeword; 0: it is not in memories */
	unsigned width_bits;
	uint64_t bytes; /* of each */
};

/* ST_USAGE: the table has no memory that holds it. */
enum status dict_sram_of(struct dict_sram *out, const struct platform *p, const struct tech *t,
                         struct err *e);

/* Does t split the energy per codeword of d into parts, wires and leakage? True where d costs
 * nothing. */
bool decoder_is_split(const struct decoder *d, const struct tech *t);

/* Prices the actions that happened. A count of zero asks for no price. ST_USAGE: a price is missing
 * or the memory lies outside the table. */
enum status energy_price(struct energy *out, const struct action_counts *c,
                         const struct platform *p, const struct tech *t, struct err *e);

#endif
