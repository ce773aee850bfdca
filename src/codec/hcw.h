/* The container of a compressed network, F.hcw: everything that rebuilds it, layer by layer.
 * docs/container.md has the format byte by byte. Whatever the model's layer knows stays outside:
 * a layer is a name, a shape and its code, and the rest of the network is bytes in front of,
 * between and behind the weights. */
#ifndef HCB_CODEC_HCW_H
#define HCB_CODEC_HCW_H

#include "base/hash.h"
#include "codec/codec.h"
#include "quant/trim.h"

#include <stdio.h>

enum { HCW_MAJOR = 1, HCW_MINOR = 0 };

/* How a layer became symbols, and where its code is. */
struct hcw_layer {
	const char *name, *tensor; /* of the node and of its weights */
	struct shape shape;        /* canonical: O x I/groups x H x W, or O x I */
	size_t groups, n;          /* n weights */
	bool transposed;           /* the graph wants O x I as I x O */
	uint64_t insert_at; /* in the graph: that many of its bytes come before the weights */
	struct quant_spec quant;
	struct trim_spec trim;
	unsigned wire_bits;
	const struct codec *codec;
	struct codec_params params;
	enum stream_order order;
	size_t rows, cols; /* ORDER_ARRAY: the array */

	/* Its sections, one behind the other from `offset` of the payload on, each padded to the
	 * port: table, side information, stream. */
	uint64_t offset;
	size_t table_bits, side_bits, stream_bits;
	uint32_t crc; /* of these bytes */
};

/* What a network is a container of. */
struct hcw_info {
	const char *model;    /* as points name it */
	struct digest digest; /* content hash of its file, as in the keys of rows */
	const char *lossy;    /* canonical texts of the point (run/point.h) */
	const char *point;
	unsigned port_bits;
};

/* Symbols of a layer with words of a hardware decoder: n weights have this many. */
static inline size_t hcw_symbols_of(const struct hcw_layer *l)
{
	return l->n * l->quant.quantizer->symbols_per_weight;
}

/* Groups that a layer's weights were quantized in. */
static inline size_t hcw_groups_of(const struct hcw_layer *l)
{
	return l->quant.scope == SCOPE_CHANNEL ? l->shape.dim[0] : 1;
}

/* Writing: layers in order, the largest of them in memory. The file appears with hcw_finish. */
struct hcw_writer;
enum status hcw_create(struct hcw_writer **out, const char *path, const struct hcw_info *info,
                       struct err *e);
/* Before the layers, where the codec has shared tables. */
enum status hcw_put_shared(struct hcw_writer *w, const struct bit_string *shared, struct err *e);
/* Fills offset, lengths and crc of its copy of *l; strings are copied. group: hcw_groups_of(l). */
enum status hcw_put_layer(struct hcw_writer *w, const struct hcw_layer *l, const struct code *c,
                          const struct quant_group *group, struct err *e);
/* After the layers: the model file without the weights, and for each layer where they belong. */
enum status hcw_put_graph(struct hcw_writer *w, struct span graph, const uint64_t *insert_at,
                          struct err *e);
/* Both free w; hcw_discard leaves no file. */
enum status hcw_finish(struct hcw_writer *w, struct err *e);
void hcw_discard(struct hcw_writer *w); /* NULL is fine */

struct hcw_options {
	size_t max_bytes; /* a layer that takes more memory to decode is refused; 0: any */
	bool ignore_crcs; /* for fuzzing what lies behind them */
};

/* An open container: header and tables, checked; payloads are read when they are asked for. */
struct hcw {
	struct arena arena;
	FILE *f;
	const char *path;
	uint64_t file_bytes, payload_bytes, graph_bytes;
	bool has_graph;
	unsigned major, minor;
	struct hcw_info info;
	struct bit_account bits; /* total: compressed_bits of the point's row = 8 payload_bytes */
	size_t n_weights, n_layers;
	struct hcw_layer *layer;
	struct bit_string shared;

	uint64_t directory_at, meta_at, layers_at, payload_at, graph_at;
	uint32_t payload_crc, shared_crc, graph_crc, body_crc;
	size_t shared_bits;
	struct hcw_options options;
};

/* Whether the file begins as a container. */
bool hcw_probe(const char *path);

/* Errors are ST_DATA and say at which offset what was found and what was expected. Memory: a few
 * times the tables, at most 8 x file + 64 MiB. *out is the caller's (hcw_close); NULL on error. */
enum status hcw_open(struct hcw **out, const char *path, struct err *e);
/* The same from borrowed bytes. */
enum status hcw_open_memory(struct hcw **out, struct span file, const struct hcw_options *o,
                            struct err *e);
void hcw_close(struct hcw *h); /* NULL is fine */

/* Layer of that name, or of that tensor; n_layers when there is none. */
size_t hcw_find(const struct hcw *h, const char *name);

/* Decodes the symbols of layer l in stream order into v (hcw_symbols_of), and its groups into
 * `group` (hcw_groups_of), after checking its CRC. Other layers are not touched. */
enum status hcw_symbols(struct hcw *h, size_t l, uint16_t *v, struct quant_group *group,
                        struct err *e);

/* The weights of layer l, canonical order, into w (n). */
enum status hcw_weights(struct hcw *h, size_t l, float *w, struct err *e);

/* The graph's bytes: n from `at` on. */
enum status hcw_graph(struct hcw *h, uint64_t at, void *p, size_t n, struct err *e);

/* Reads every byte of the file and compares all CRCs. */
enum status hcw_check(struct hcw *h, struct err *e);

/* Bytes of a layer's three sections in the file. */
size_t hcw_layer_bytes(const struct hcw *h, const struct hcw_layer *l);

#endif
