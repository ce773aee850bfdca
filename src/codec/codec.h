/* Contract of a codec, the lossless step: one const struct per file, listed below.
 *
 * Every codec is total on any input, deterministic, thread-safe, integer-only; its stream is
 * self-contained (dictionaries and tables are inside the counted bits: the decoder gets the
 * symbol counts, the width and the parameters, nothing else); it refuses what it cannot decode
 * (ST_DATA); and sizes() equals what encode() emits, to the bit, before anything is encoded.
 * Property tests over the list hold every entry to this. */
#ifndef HCB_CODEC_CODEC_H
#define HCB_CODEC_CODEC_H

#include "base/err.h"
#include "codec/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_MAX_GROUP = 64 };

struct codec_params {
	unsigned group; /* symbols per word; 1 for codecs that do not use words */
	enum dict_scope scope;
	uint32_t entries; /* dictionary entries D; 0 for codecs without */
};

/* A bit string; words are owned by whoever made it. */
struct bit_string {
	uint64_t *words;
	size_t n_bits;
};

/* An encoded model: tables shared by all layers, then one stream per layer. */
struct coded {
	struct bit_string shared; /* e.g. the model-scope dictionary; may be empty */
	size_t n_layers;
	struct bit_string *table; /* per layer: layer-scope dictionary; may be empty */
	struct bit_string *layer; /* per layer: the code stream */
};

void coded_release(struct coded *c);

/* The same sizes without the bits. table_bits and layer_bits are arrays of n_layers that the
 * caller owns. */
struct coded_sizes {
	size_t shared_bits;
	size_t *table_bits, *layer_bits;
};

/* The shape of a layer's code, for a cycle model of its decoder: the length of every codeword in
 * stream order, and how many symbols each yields. Lengths of a dictionary code: 1 + index bits
 * or 1 + raw bits. */
struct code_lengths {
	size_t n;
	uint16_t *length_bits;     /* n, caller's buffer of at least codewords() */
	unsigned symbols_per_code; /* the last may yield fewer */
	unsigned longest_bits;     /* longest codeword the code can have, present or not */
};

struct codec {
	const char *name, *help;
	bool uses_words;  /* group and dict_scope matter */
	bool has_entries; /* takes a parameter after the name, "dict:256" */
	uint32_t max_entries;
	const char *decoder; /* name of its default hardware decoder */

	/* Exact sizes. out->table_bits / layer_bits have n_layers elements. Pure; cannot fail. */
	void (*sizes)(const struct source *s, const struct codec_params *p,
	              struct coded_sizes *out);
	/* Fills *out (caller releases, also after an error). */
	enum status (*encode)(const struct source *s, const struct codec_params *p,
	                      struct coded *out, struct err *e);
	/* Decodes layer l, n symbols of `bits` bits each, into v. */
	enum status (*decode)(const struct coded *c, size_t l, const struct codec_params *p,
	                      unsigned bits, uint16_t *v, size_t n, struct err *e);
	/* Code lengths of layer l, for the decoder model. NULL: the codec has no per-code
	 * lengths.*/
	void (*lengths)(const struct source *s, size_t l, const struct codec_params *p,
	                struct code_lengths *out);
};

#define CODECS(X)        X(raw) X(dict)

#define DECLARE_CODEC(n) extern const struct codec codec_##n;
CODECS(DECLARE_CODEC)
#undef DECLARE_CODEC

extern const struct codec *const codecs[];
extern const size_t n_codecs;
const struct codec *codec_find(const char *name); /* NULL: unknown */

/* Allocates n_bits zeroed bits for b (b->n_bits stays 0 until written). */
enum status bit_string_alloc(struct bit_string *b, size_t cap_bits, struct err *e);

/* Prepares out for n_layers (zeroed strings). */
enum status coded_alloc(struct coded *out, size_t n_layers, struct err *e);

/* Stored per layer whatever the code: how many symbols it has. */
enum { SYMBOL_COUNT_BITS = 32 };

/* Where every bit of a coded model goes. All fields in bits. */
struct bit_account {
	uint64_t stream; /* code streams */
	uint64_t dict;   /* dictionaries and tables, shared and per layer */
	uint64_t side;   /* per layer: symbol count (32), scales (32 each), zero points */
	uint64_t
	        padding; /* each section (shared, and per layer: table, side, stream) to the port */
	uint64_t total;  /* the sum: compressed_bits */
};

/* Adds up sizes; side_bits[l] is the side information of layer l. */
struct bit_account account(const struct coded_sizes *sizes, const size_t *side_bits,
                           size_t n_layers, size_t port_bits);

#endif
