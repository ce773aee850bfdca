/* A network: a graph of layers in execution order, with the weights as the file has them.
 *
 * Invariants of a loaded model: nodes are in topological order; every value has a known shape
 * (batch dimension left out); every kernel is finite (no NaN, no Inf) and in canonical order.
 * A model owns all its memory and is read-only once loaded.
 *
 * A file may hold weights only (safetensors, .npy): then there are kernels and no nodes and no
 * values, and input and output mean nothing. Every tensor of rank 4 (taken as O x I x H x W, in one
 * group) or 2 (O x I) is a kernel, in the order of the file. Sizes, decoder cycles and the energy
 * of the weights are then known; pixels, and with them MACs, inference cycles, activations and
 * accuracy, are not. */
#ifndef HCB_MODEL_MODEL_H
#define HCB_MODEL_MODEL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHAPE_MAX_RANK = 6 };

struct shape {
	unsigned rank;
	size_t dim[SHAPE_MAX_RANK];
};

size_t shape_count(const struct shape *s); /* product; 1 for rank 0 */

/* "20x1x5x5"; "scalar" for rank 0. */
void shape_text(const struct shape *s, char out[64]);

/* Weights of one convolution or dense layer: what hcbench compresses. w is in canonical order:
 * convolution O x I/groups x H x W, dense O x I (a file that stores I x O is transposed on import
 * and `transposed` remembers it). */
struct kernel {
	const char *name;   /* of the tensor in the file */
	const char *layer;  /* of the node that uses it */
	struct shape shape; /* rank 4 (conv) or 2 (dense) */
	size_t n;           /* weights */
	size_t channels;    /* output channels, shape.dim[0] */
	size_t groups;      /* 1 for dense */
	bool transposed;
	const float *w;
};

/* Sliding window of a convolution or pooling. */
struct window {
	size_t kernel[2], stride[2], dilation[2];
	size_t pad_begin[2], pad_end[2];
};

enum op {
	OP_CONV,  /* kernel, bias, window */
	OP_DENSE, /* kernel, bias; input flattened per image */
	OP_RELU,
	OP_CLIP,    /* low, high */
	OP_SCALE,   /* x * scale[c] + bias[c]: a batch normalization, or constants of its kind */
	OP_ADD,     /* of two values of the same shape */
	OP_MUL,     /* the same; the second may be C x 1 x 1, one factor per channel */
	OP_CONCAT,  /* along the channels */
	OP_MAXPOOL, /* window */
	OP_AVGPOOL, /* window, count_pads; a global one has a window as large as the image */
	OP_LRN,     /* lrn */
	OP_FLATTEN, /* to rank 1 per image */
	OP_RESHAPE, /* the same elements in the same row-major order */
	OP_SOFTMAX, /* does not change the top-1 class; kept for completeness */
	N_OPS
};

const char *op_name(enum op op);

struct value {
	const char *name;
	struct shape shape; /* of one image: C x H x W, or rank 1 */
};

enum { NODE_MAX_INPUTS = 8 };

/* Local response normalization across channels: x / (bias + alpha / size * sum)^beta, the sum over
 * the squares of `size` channels around that of x, of which (size - 1) / 2 come before it. */
struct lrn {
	size_t size;
	float alpha, beta, bias;
};

/* Channels are the first dimension of a value of any rank.
 *
 * A batch normalization stays a node of its own and never touches the kernel before it: the weights
 * that are quantized and compressed are those of the file, and the normalization, which costs two
 * numbers per channel, is what an accelerator does with the sums. Running a network is another
 * matter: there the node may be computed with the layer before it (infer/net.h). */
struct node {
	enum op op;
	const char *name;
	unsigned n_inputs;
	size_t input[NODE_MAX_INPUTS]; /* value indices */
	size_t output;
	struct window window; /* OP_CONV, OP_MAXPOOL, OP_AVGPOOL */
	size_t kernel;        /* OP_CONV, OP_DENSE: index into kernels */
	const float *bias;    /* OP_CONV, OP_DENSE: one per channel, or NULL; OP_SCALE: not NULL */
	const float *scale;   /* OP_SCALE: one per channel */
	float low, high;      /* OP_CLIP: low <= high; either may be infinite */
	bool count_pads;      /* OP_AVGPOOL: pixels of the padding count in the mean */
	struct lrn lrn;       /* OP_LRN */
};

struct model {
	struct arena arena;
	struct arena file;        /* its bytes, where kernels point into them */
	const struct model *base; /* of a folded copy: what it borrows from; else NULL */
	const char *name;         /* short name, e.g. "lenet5-mnist" */
	const char *path;
	struct digest
	        digest; /* SHA-256 of the file content (after gunzip); of a folder, see npy.h */

	size_t n_values, n_nodes, n_kernels;
	struct value *values;
	struct node *nodes;
	struct kernel *kernels;
	size_t input, output; /* value indices */

	size_t n_weights; /* sum of kernels[].n: the N of every ratio */
	size_t n_other;   /* parameters that are not compressed (biases, scales and shifts) */
};

/* False for weights only. */
bool model_has_graph(const struct model *m);

/* ST_USAGE with what to do instead when m has weights only. */
enum status model_need_graph(const struct model *m, struct err *e);

/* The GEMM that a convolution or dense node lowers to, per group: M = output pixels, N = filters,
 * K = weights each, so m * n * k * groups multiply-accumulates per image. All 0 for other nodes. */
struct gemm {
	size_t m, n, k, groups;
};
struct gemm model_gemm(const struct model *m, const struct node *node);

/* Loads any supported file (format chosen by content) or folder of .npy files. `name` is kept for
 * messages and rows. ST_ENV: cannot read; ST_DATA: not a model that hcbench can run, with the
 * reason. On success *out is the caller's, freed by model_free; on error *out is NULL. */
enum status model_load(struct model **out, const char *path, const char *name, struct err *e);

/* The same for who walks over the layers one by one: the file and what is made of it lie in paged
 * arenas (base/arena.h), and loading keeps no more than a layer of them in memory. Not for running
 * the network: its pages are small. */
enum status model_load_paged(struct model **out, const char *path, const char *name, struct err *e);

/* The weights of kernel k are not needed soon: out of memory with them, if the model is paged. */
void model_rest(const struct model *m, size_t k);

/* The same from bytes in memory, which are borrowed during the call only; path is `name`. */
enum status model_load_memory(struct model **out, struct span file, const char *name,
                              struct err *e);
void model_free(struct model *m); /* NULL is fine */

/* A copy in which every OP_SCALE that alone reads a convolution or dense layer is multiplied into
 * the kernel and bias of that layer (single precision) and left out; the layer keeps its name, the
 * model its name and digest. For who wants to compress what an accelerator without normalizations
 * would store. The copy is freed by model_free and borrows from m (values, names, kernels that do
 * not change), so m must outlive it. ST_DATA when a product is not finite. */
enum status model_fold(struct model **out, const struct model *m, struct err *e);

#endif
