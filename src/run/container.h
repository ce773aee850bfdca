/* From a point to a container file and from there to a model file. */
#ifndef HCB_RUN_CONTAINER_H
#define HCB_RUN_CONTAINER_H

#include "codec/hcw.h"
#include "run/pipeline.h"

/* Writes the network of p, which library_settle() has settled: the symbols that a sweep of p codes,
 * layer by layer, each decoded and compared before it is written, and the rest of the network. The
 * accounted bits are the compressed_bits of p's row. */
enum status container_write(struct pipeline *pl, const struct point *p, const char *path,
                            struct err *e);

/* The network with its weights dequantized as an ONNX model, decoded and written layer by layer.
 * ST_USAGE when it has weights only. */
enum status container_to_onnx(struct hcw *h, const char *path, struct err *e);

/* The weights of layer `only`, or with only = n_layers of all, as safetensors. */
enum status container_to_safetensors(struct hcw *h, size_t only, const char *path, struct err *e);

/* Decodes every layer, after checking every byte. */
enum status container_verify(struct hcw *h, struct err *e);

/* Quantizes `model` as the container's point says and compares every symbol, scale and zero point.
 * ST_FAILED when there is a difference, with the first. */
enum status container_compare(struct hcw *h, struct library *l, const char *model, struct err *e);

/* What a layer's symbols are like. */
struct layer_statistics {
	double entropy_bits; /* order 0, per weight */
	int64_t zeros;       /* weights */
};

/* Of layer l, and added up into counts (65536, of symbols of all layers) when that is not NULL. */
enum status container_statistics(struct hcw *h, size_t l, struct layer_statistics *out,
                                 uint64_t *counts, struct err *e);

#endif
