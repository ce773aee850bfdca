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

/* Nodes without parameters: OP_RELU, OP_FLATTEN, OP_SOFTMAX. */
enum status graph_unary(struct model *m, enum op op, const char *name, size_t in, size_t *out,
                        struct err *e);

/* Declares the output value; checks that the model has at least one kernel. */
enum status graph_output(struct model *m, size_t value, struct err *e);

#endif
