/* ONNX import, private to the model layer: the state of one import and what the operator functions
 * of onnx_ops*.c use. Reading goes in this order: onnx_wire.c (bytes to messages), onnx_rest.c (all
 * but the weights to protobuf-c), onnx.c (names, order, input and output), onnx_ops*.c (one
 * function per operator), onnx_tensor.c (constants), onnx_attr.c (attributes). */
#ifndef HCB_MODEL_ONNX_H
#define HCB_MODEL_ONNX_H

#include "base/span.h"
#include "model/graph.h"

#include "onnx/onnx.pb-c.h"

enum {
	ONNX_MIN_OPSET = 7,
	ONNX_MAX_OPSET = 17,
	ONNX_MAX_NAMES = 1 << 16, /* initializers, inputs and node outputs */
	ONNX_MAX_CONCAT = 64,     /* inputs of one Concat */
	ONNX_MAX_DEPTH = 32       /* nested messages; a plain network has 7 */
};

/* Messages unpacked from a file, with the limit on the memory they take. */
struct onnx_file {
	Onnx__ModelProto *model;
	ProtobufCAllocator allocator;
	size_t limit, used;
	bool over, no_memory;
	struct span *raw; /* of each initializer where it lies in the file; p NULL: it has none */
	size_t n_raw;
	struct arena *owner; /* of the file */
};

/* Checks the structure and unpacks it; f must stay where it is until onnx_file_release. Raw data of
 * initializers is left in bytes, which lie in owner, moved to where floats are aligned; the rest of
 * bytes is of no use then. */
enum status onnx_file_read(struct onnx_file *f, struct span bytes, struct arena *owner,
                           struct err *e);
void onnx_file_release(struct onnx_file *f);

/* The two halves of it. The file without raw data, which goes to f->raw; out->p is the caller's to
 * free, on error too. And f->raw to the initializers of f->model, or from them again. */
enum status onnx_without_raw(struct onnx_file *f, struct span bytes, struct span *out,
                             struct err *e);
enum status onnx_place_raw(struct onnx_file *f, bool remove, struct err *e);

enum onnx_kind {
	ONNX_UNMADE, /* output of a node that comes later */
	ONNX_VALUE,  /* an activation */
	ONNX_TENSOR  /* a constant: initializer or output of a Constant node */
};

/* What a name of the graph stands for. */
struct onnx_symbol {
	const char *name;
	enum onnx_kind kind;
	struct onnx_symbol *same_as; /* renamed by Identity and the like */
	size_t uses;                 /* node inputs and graph outputs with this name */
	size_t value;
	/* What has not been done to the value yet: zeros around it (top, left, bottom, right),
	 * which the next convolution takes into its window; a permutation of its dimensions, batch
	 * included, which a later one undoes. Only onnx_input_padded and onnx_input let such a
	 * symbol through. */
	bool padded, permuted;
	size_t padding[4];
	unsigned permutation[SHAPE_MAX_RANK + 1];
	const Onnx__TensorProto *tensor;
	const float *floats;   /* the tensor's content once asked for, in the model's arena */
	const char *kernel_of; /* the node that has it as kernel */
};

struct onnx {
	struct model *m;
	struct span file; /* m's own */
	const Onnx__GraphProto *graph;
	int64_t opset;
	int64_t batch;        /* of the graph input, 0 when symbolic */
	struct arena scratch; /* freed after the import */
	struct onnx_symbol *table;
	size_t mask;
};

/* An operator: one row of onnx_ops[]. */
struct onnx_op {
	const char *name;
	enum status (*load)(struct onnx *x, const Onnx__NodeProto *n, struct err *e);
	unsigned min_inputs, max_inputs;
	const char *attributes; /* those it knows, each followed by a space */
};

const struct onnx_op *onnx_find_op(const Onnx__NodeProto *n); /* NULL when not supported */

/* The node's name, or that of its output when it has none. */
const char *onnx_node_name(const Onnx__NodeProto *n);

/* "Conv 'conv1': what is wrong", ST_DATA. */
enum status onnx_fail(const Onnx__NodeProto *n, struct err *e, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Input i, 0 <= i < max_inputs of its row. onnx_input_value and onnx_input_constant refuse an
 * absent one and one of the other kind. */
bool onnx_has_input(const Onnx__NodeProto *n, size_t i);
enum status onnx_input(struct onnx *x, const Onnx__NodeProto *n, size_t i, struct onnx_symbol **out,
                       struct err *e);
enum status onnx_input_value(struct onnx *x, const Onnx__NodeProto *n, size_t i, size_t *value,
                             struct err *e);
enum status onnx_input_padded(struct onnx *x, const Onnx__NodeProto *n, size_t i, size_t *value,
                              size_t padding[4], struct err *e);
enum status onnx_input_constant(struct onnx *x, const Onnx__NodeProto *n, size_t i,
                                struct onnx_symbol **out, struct err *e);

/* The symbol with this name as written, renaming not followed; NULL when there is none. */
struct onnx_symbol *onnx_lookup(const struct onnx *x, const char *name);

/* What the node's first output is from now on. */
void onnx_made_value(struct onnx *x, const Onnx__NodeProto *n, size_t value);
void onnx_made_tensor(struct onnx *x, const Onnx__NodeProto *n, const Onnx__TensorProto *tensor);
void onnx_made_same(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *as);

/* The same value with what is still to be done to it; the caller fills that in. */
struct onnx_symbol *onnx_made_view(struct onnx *x, const Onnx__NodeProto *n,
                                   const struct onnx_symbol *of);

/* A new constant whose content is borrowed until the end of the import. Integers are INT64 and of
 * rank 0 or 1. */
enum status onnx_made_floats(struct onnx *x, const Onnx__NodeProto *n, const struct shape *shape,
                             const float *v, struct err *e);
enum status onnx_made_ints(struct onnx *x, const Onnx__NodeProto *n, unsigned rank, size_t count,
                           const int64_t *v, struct err *e);

/* A constant with the same content and other dimensions. */
enum status onnx_made_reshaped(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *s,
                               size_t rank, const int64_t *dims, struct err *e);

/* Attributes: the fallback when absent, an error when of another type. */
enum status onnx_attr_int(const Onnx__NodeProto *n, const char *name, int64_t fallback,
                          int64_t *out, struct err *e);
enum status onnx_attr_float(const Onnx__NodeProto *n, const char *name, float fallback, float *out,
                            struct err *e);

/* The string must be one of the NULL-terminated choices, of which the first is the fallback. */
enum status onnx_attr_choice(const Onnx__NodeProto *n, const char *name, const char *const *choices,
                             size_t *out, struct err *e);

/* Exactly n_out integers, each in [min, GRAPH_MAX_WINDOW]; *found says whether it was there. */
enum status onnx_attr_sizes(const Onnx__NodeProto *n, const char *name, size_t min, size_t n_out,
                            size_t *out, bool *found, struct err *e);
const Onnx__AttributeProto *onnx_attr(const Onnx__NodeProto *n, const char *name);

/* Content of a constant FLOAT tensor, in the model's arena. */
enum status onnx_floats(struct onnx *x, struct onnx_symbol *s, struct shape *shape,
                        const float **out, struct err *e);

/* Its one element. */
enum status onnx_scalar(struct onnx *x, struct onnx_symbol *s, float *out, struct err *e);

/* Content of a constant INT8, UINT8 or INT32 tensor, in x->scratch, and the range of its type. */
struct onnx_integers {
	struct shape shape;
	size_t n;
	int32_t low, high;
	const int32_t *v;
};
enum status onnx_integers(struct onnx *x, struct onnx_symbol *s, struct onnx_integers *out,
                          struct err *e);

/* Content of a constant INT64 tensor of rank 0 or 1 with at most max elements. */
enum status onnx_ints(const struct onnx_symbol *s, size_t max, int64_t *out, size_t *n,
                      struct err *e);

/* Fills name, layer, shape, transposed and w of k from a constant FLOAT tensor of the given rank.
 * w points into the file where it can. With transpose (rank 2) rows and columns are exchanged. */
enum status onnx_kernel(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *s,
                        unsigned rank, bool transpose, struct kernel *k, struct err *e);

#endif
