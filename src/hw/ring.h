/* When words come into a two-word ring and beats leave it: the times at which the registers of
 * decoder_ring.c's rules change, instead of the registers, so that a beat costs a few operations
 * whatever it waits for. Private to the hw layer. */
#ifndef HCB_HW_RING_H
#define HCB_HW_RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring {
	uint64_t refill; /* cycle in which the word after the pointer's own is accepted */
	uint64_t moved;  /* cycle in which the newest beat leaves stage 1: the next may be taken */
	uint64_t left;   /* cycle in which the newest beat leaves stage 2 */
	uint64_t input_stalls;
	unsigned offset; /* of the pointer in its word */
};

/* Word 0 is accepted in cycle 1, word 1 in cycle 2. */
static const struct ring ring_reset = { .refill = 2, .moved = 2 };

/* A beat of `bits` <= port_bits bits that stays `occupied` >= 1 cycles in stage 2. */
static inline struct ring ring_step(struct ring r, unsigned port_bits, unsigned bits,
                                    uint64_t occupied)
{
	unsigned end = r.offset + bits;
	bool starved = end > port_bits && r.refill >= r.moved;
	uint64_t taken = starved ? r.refill + 1 : r.moved;
	bool passed = end >= port_bits;

	r.input_stalls += taken - r.moved;
	/* The word after the one just freed was accepted at or before `taken`, hence the next one
	 * in the cycle that follows. */
	r.refill = passed ? taken + 1 : r.refill;
	r.offset = passed ? end - port_bits : end;
	r.moved = taken + 1 > r.left ? taken + 1 : r.left;
	r.left = r.moved + occupied;
	return r;
}

#endif
