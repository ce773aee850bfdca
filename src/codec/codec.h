/* Contract of a codec, the lossless step: one const struct per file, listed below.
 *
 * Every codec is total on any input, deterministic, thread-safe, integer-only; its stream is
 * self-contained (dictionaries and tables are inside the counted bits: the decoder gets the
 * symbol counts, the width and the parameters, nothing else); it refuses what it cannot decode
 * (ST_DATA); and sizes() equals what encode() emits, to the bit, before anything is encoded. Layers
 * are encoded one by one, in any order, so that memory is bounded by the largest.
 * Property tests over the list hold every entry to this. */
#ifndef HCB_CODEC_CODEC_H
#define HCB_CODEC_CODEC_H

#include "base/err.h"
#include "codec/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_MAX_GROUP = 64, CODEC_MAX_ARGS = 2, CODEC_LIBRARY_TEXT = 32 };

/* A number after the codec's name, as 256 in "dict:256". */
struct codec_arg {
	const char *name;     /* NULL: the codec has no such argument */
	uint32_t least, most; /* what it may be */
	uint32_t initial;     /* when left out; outside least..most: it must be given */
};

struct codec_params {
	unsigned group; /* symbols per word; 1 for codecs that do not use words */
	enum dict_scope scope;
	uint32_t arg[CODEC_MAX_ARGS]; /* 0 where the codec has none */
};

/* A bit string; words are owned by whoever made it. */
struct bit_string {
	uint64_t *words;
	size_t n_bits;
};

/* One encoded layer as its decoder gets it. Any of the three may be empty. */
struct code {
	struct bit_string shared; /* tables of all layers, e.g. the model-scope dictionary */
	struct bit_string table;  /* the layer's own tables */
	struct bit_string stream; /* the code */
};

/* The sizes of a coded model. table_bits and layer_bits are arrays of n_layers that the caller
 * owns. */
struct coded_sizes {
	size_t shared_bits;
	size_t *table_bits, *layer_bits;
};

/* The shape of a layer's code, for a cycle model of its decoder: the length of every codeword in
 * stream order, and how many symbols each yields. Lengths of a dictionary code: 1 + index bits
 * or 1 + raw bits. A code without codewords of its own per symbol has a length for each symbol all
 * the same: what its decoder takes from the stream when it comes to it, which may be 0. */
struct code_lengths {
	unsigned head_bits; /* of the stream before all codewords: a start state */
	size_t n;
	uint16_t *length_bits;     /* n, caller's buffer of at least codewords() */
	unsigned symbols_per_code; /* the last may yield fewer */
	unsigned longest_bits;     /* longest codeword the code can have, present or not */
};

struct codec {
	const char *name, *help;
	const char *family; /* plain, dictionary, sparse, entropy, general */
	const char *source; /* of the method */
	struct codec_arg arg[CODEC_MAX_ARGS];
	bool uses_words;     /* group matters, the source carries words; arg[0] is "entries" */
	bool all_ranks;      /* it looks at words beyond its entries (arg[0]) too */
	bool uses_scope;     /* its tables are one for the model, or one per layer */
	bool uses_order;     /* its sizes depend on the order of the symbols */
	const char *decoder; /* name of its default hardware decoder; NULL: none is modelled */

	/* Exact sizes without encoding. NULL: only encoding tells. */
	enum status (*sizes)(const struct source *s, const struct codec_params *p,
	                     struct coded_sizes *out, struct err *e);
	/* The tables that all layers share, before any layer. NULL: there are none. */
	enum status (*encode_shared)(const struct source *s, const struct codec_params *p,
	                             struct bit_string *out, struct err *e);
	/* Table and stream of layer l. c->shared is there; the caller releases c->table and
	 * c->stream, also after an error. */
	enum status (*encode)(const struct source *s, size_t l, const struct codec_params *p,
	                      struct code *c, struct err *e);
	/* Decodes a layer of n symbols of `bits` bits each into v. */
	enum status (*decode)(const struct code *c, const struct codec_params *p, unsigned bits,
	                      uint16_t *v, size_t n, struct err *e);
	/* Code lengths of layer l, for the decoder model; `shared` is what encode_shared() gave.
	 * NULL where no decoder asks for them. */
	enum status (*lengths)(const struct source *s, size_t l, const struct codec_params *p,
	                       const struct bit_string *shared, struct code_lengths *out,
	                       struct err *e);
	/* Name and version of the library that its sizes depend on. NULL: there is none. */
	void (*library)(char out[CODEC_LIBRARY_TEXT]);
};

/* clang-format off */
#define CODECS(X) \
	X(raw) \
	X(dict) X(dictz) X(dict2) X(bitmask) X(planes) \
	X(rlc) X(zeromask) X(csc) X(ebpc) \
	X(huffman) X(deepcomp) X(tans) X(rans) X(golomb) X(expgolomb) X(cabac) X(apack) \
	X(zstd) X(lz4) X(xz) X(brotli)
/* clang-format on */

#define DECLARE_CODEC(n) extern const struct codec codec_##n;
CODECS(DECLARE_CODEC)
#undef DECLARE_CODEC

extern const struct codec *const codecs[];
extern const size_t n_codecs;
const struct codec *codec_find(const char *name); /* NULL: unknown */

/* Allocates n_bits zeroed bits for b (b->n_bits stays 0 until written). */
enum status bit_string_alloc(struct bit_string *b, size_t cap_bits, struct err *e);

/* Frees the words of each; code_release() leaves c->shared alone, which belongs to all layers. */
void bit_string_release(struct bit_string *b);
void code_release(struct code *c);

/* Sizes by sizes() or, where the codec has none, by encoding. */
enum status codec_sizes(const struct codec *c, const struct source *s, const struct codec_params *p,
                        struct coded_sizes *out, struct err *e);

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
