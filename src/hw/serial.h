/* Cycles of a decoder that takes its codes from a two-word ring and gives one symbol per cycle.
 * Private to the hw layer. The rules, to which decoder_huffman.c, decoder_tans.c and decoder_rlc.c
 * add only what a code is:
 *
 * State, all registers: the ring of decoder_ring.c (two slots of W bits, a bit pointer, filled and
 * emptied by the same rules), stage 1 and stage 2 with a valid flag each. In cycle t = 1, 2, ..
 *
 *   output   valid = stage 2 is. The array takes at least one symbol per cycle, so ready always is
 *            set in the model (the registers and the Verilog answer to any).
 *   move     stage 1 to stage 2, if stage 1 is valid and stage 2 is empty or leaves in this cycle.
 *   extract  the next symbol into stage 1, if one is left, all bits of its code are in valid slots,
 *            and stage 1 is empty or moves in this cycle. The pointer advances by the code's
 *            length, which the bits themselves tell in this cycle. A code of 0 bits needs no bits,
 *            not even a valid slot.
 *
 * With a state (tANS) there is no stage 1: the first extraction takes code_lengths.head_bits into
 * the state; each after it puts the symbol of the state into stage 2 and takes that symbol's bits
 * into the next state, if stage 2 is empty or leaves in this cycle.
 *
 * cycles: the last symbol leaves stage 2 at the end of that cycle; N symbols without any stall take
 * N + 3, and N + 2 where all codes have 0 bits, since no word is waited for. input_stalls: cycles
 * from the second on in which an extraction waited for nothing but bits. output_stalls: 0. */
#ifndef HCB_HW_SERIAL_H
#define HCB_HW_SERIAL_H

#include "hw/decoder.h"

/* ST_SKIP: a code that the hardware must be ready for is longer than the port. */
enum status serial_run(const struct decode_job *job, const char *decoder, bool has_state,
                       struct decode_result *out, struct err *e);

#endif
