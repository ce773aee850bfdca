/* Contract of a hardware decoder model: code lengths in, cycles and stalls out. One const struct
 * per file, listed below. A decoder states which codecs it decodes; a point whose codec has no
 * decoder gets no cycles (NULL), never a guess. Parameters of zero in a job are a programmer's
 * mistake (assert); a code that the hardware cannot pass is ST_SKIP with the reason. */
#ifndef HCB_HW_DECODER_H
#define HCB_HW_DECODER_H

#include "base/err.h"
#include "codec/codec.h"

#include <stdbool.h>
#include <stdint.h>

struct decode_job {
	const struct code_lengths *codes; /* of one layer, in stream order */
	size_t n_symbols;                 /* of the layer */
	unsigned symbol_bits;
	uint32_t entries;      /* dictionary entries */
	unsigned port_bits;    /* width W of the memory port, one word per cycle */
	unsigned sink_symbols; /* symbols the array takes per cycle: its columns */
};

struct decode_result {
	uint64_t cycles;        /* from the first word at the port to the last symbol delivered */
	uint64_t input_stalls;  /* cycles after the first in which extraction waited for bits */
	uint64_t output_stalls; /* cycles in which a decoded word waited for the array */
	uint64_t port_reads;    /* words taken from the port */
	uint64_t beats;         /* extractions: codes, one longer than the port once per beat; the
	                         * decoder's energy per codeword is charged for each */
};

/* Size parameters that area and energy are fitted on (reference: decoder synthesis table). */
struct decoder_size {
	double port_bits;   /* W */
	double window_bits; /* ML: longest code, at most W (a longer one passes in beats) */
	double dict_bits;   /* D x G x b, or the bits of other tables, held in flip-flops */
};

/* Of the dictionary decoder that a job asks for. */
struct decoder_size decoder_size_of(const struct decode_job *job);

struct decoder {
	const char *name, *help;
	const char *codecs;   /* names it decodes, space separated; "*" any */
	const char *action;   /* prefix of its price rows, "decoder_ring"; NULL: costs nothing */
	unsigned fill_cycles; /* of its pipeline, before the first code of a tile is out */
	/* What its energy was fitted on (ring and shift: datasets/tech/decoder_synth.csv, the
	 * ring's ranges for both; others: datasets/tech/decoder_sg13g2_stdcell_typ_1p20V_25C.csv).
	 */
	struct decoder_size least, most;
	/* For symbols of this width. NULL: that of a dictionary decoder. */
	struct decoder_size (*size)(const struct codec_params *p, unsigned symbol_bits,
	                            unsigned port_bits);
	/* The codes are of a codec that it handles. ST_SKIP: it cannot pass them. */
	enum status (*run)(const struct decode_job *job, struct decode_result *out, struct err *e);
};

#define DECODERS(X)        X(none) X(ring) X(shift) X(huffman) X(tans) X(rlc) X(unmodelled)

#define DECLARE_DECODER(n) extern const struct decoder decoder_##n;
DECODERS(DECLARE_DECODER)
#undef DECLARE_DECODER

extern const struct decoder *const decoders[];
extern const size_t n_decoders;
const struct decoder *decoder_find(const char *name); /* NULL: unknown */
bool decoder_handles(const struct decoder *d, const char *codec);

#endif
