/* How the codes of a dictionary code pass a decoder that extracts at most one port word per cycle.
 *
 * A beat is a code of at most W bits. A raw code of 1 + G b > W bits passes in several: the first
 * holds the flag and as many whole symbols as fit with it in W bits, each following one as many
 * whole symbols as fit in W bits, the last the rest. Padding symbols of a layer's last word are
 * delivered like the others. The array takes sink_symbols per cycle: a beat of s symbols occupies
 * the decoder's last stage for ceil(s / sink_symbols) cycles. */
#ifndef HCB_HW_BEATS_H
#define HCB_HW_BEATS_H

#include "hw/decoder.h"

struct beats {
	/* How a raw code longer than the port is cut; all 0 when none can be. */
	unsigned first_symbols;          /* beside the flag */
	unsigned middle_symbols;         /* of each full beat after it */
	unsigned n_middle, last_symbols; /* last: 0 when the middle beats end it */
	/* Cycles in the last stage: of a whole code, and of each of those beats. */
	uint64_t whole, first, middle, last;
	/* Of the job's codes. */
	uint64_t bits;
	unsigned longest; /* of those present */
	size_t n_cut;
	uint64_t n;        /* beats */
	uint64_t delivery; /* cycles in the last stage, all beats */
};

/* `decoder` is for messages. ST_SKIP: the port is too narrow. ST_INTERNAL: a length that no
 * dictionary code has. */
enum status beats_of(struct beats *b, const struct decode_job *job, const char *decoder,
                     struct err *e);

#endif
