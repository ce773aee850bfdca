/* Building a graph: what every importer calls. Each function checks shapes, infers the output
 * shape, appends one node and returns the index of its output value, which takes the node's name,
 * in *out. Names are copied. Errors are ST_DATA and name the node, the shapes found and what was
 * expected. */
#ifndef HCB_MODEL_GRAPH_H
#define HCB_MODEL_GRAPH_H

#include "model/model.h"

enum {
	GRAPH_MAX_VALUE = 1 << 28,  /* elements of one value per image */
	GRAPH_MAX_KERNEL = 1 << 30, /* weights of one kernel; with the above, MACs fit 64 bits */
	GRAPH_MAX_WINDOW = 1 << 16, /* kernel, stride, dilation, each pad */
	GRAPH_MAX_NODES = 1 << 14
};

enum status graph_input(struct model *m, const char *name, const struct shape *image, size_t *out,
                        struct err *e);

/* Of k the caller fills name, layer, shape, groups (convolution), transposed and w. k->w and bias
 * are borrowed, inside m->arena or outliving m, and in canonical order (see struct kernel); NaN and
 * Inf are refused, naming the tensor and the index. bias may be NULL. */
enum status graph_conv(struct model *m, const char *name, size_t in, const struct kernel *k,
                       const struct window *w, const float *bias, size_t *out, struct err *e);
enum status graph_dense(struct model *m, const char *name, size_t in, const struct kernel *k,
                        const float *bias, size_t *out, struct err *e);

/* Gives a bias to the convolution or dense node that made `value` and has none yet. */
enum status graph_bias(struct model *m, const char *name, size_t value, const float *bias,
                       struct err *e);

enum status graph_maxpool(struct model *m, const char *name, size_t in, const struct window *w,
                          size_t *out, struct err *e);

/* Mean over the window: of the pixels inside the image, or with count_pads of all. */
enum status graph_avgpool(struct model *m, const char *name, size_t in, const struct window *w,
                          bool count_pads, size_t *out, struct err *e);
enum status graph_global_avgpool(struct model *m, const char *name, size_t in, size_t *out,
                                 struct err *e);

/* Nodes without parameters: OP_RELU, OP_FLATTEN, OP_SOFTMAX. */
enum status graph_unary(struct model *m, enum op op, const char *name, size_t in, size_t *out,
                        struct err *e);
enum status graph_clip(struct model *m, const char *name, size_t in, float low, float high,
                       size_t *out, struct err *e);

/* x * scale[c] + shift[c]. Both are borrowed like the weights of a kernel and must be finite. */
enum status graph_scale(struct model *m, const char *name, size_t in, const float *scale,
                        const float *shift, size_t *out, struct err *e);

/* OP_ADD, OP_MUL. For OP_MUL one of the two may be C x 1 x 1; it becomes the second input. */
enum status graph_binary(struct model *m, enum op op, const char *name, size_t a, size_t b,
                         size_t *out, struct err *e);

/* 1 <= n <= NODE_MAX_INPUTS values whose shapes differ only in the first dimension. */
enum status graph_concat(struct model *m, const char *name, const size_t *in, size_t n, size_t *out,
                         struct err *e);
enum status graph_lrn(struct model *m, const char *name, size_t in, const struct lrn *lrn,
                      size_t *out, struct err *e);

/* To a shape of as many elements; a plain OP_FLATTEN when it has rank 1. */
enum status graph_reshape(struct model *m, const char *name, size_t in, const struct shape *to,
                          size_t *out, struct err *e);

/* Weights only: a kernel without a node. */
enum status graph_weights(struct model *m, const struct kernel *k, struct err *e);

/* Declares the output value; checks that the model has at least one kernel. */
enum status graph_output(struct model *m, size_t value, struct err *e);

#endif
