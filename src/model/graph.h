/* Building a graph: what every importer calls. Each function checks shapes, infers the output
 * shape, appends one node and returns the index of its output value in *out. Names are copied.
 * Errors are ST_DATA and name the node, the shapes found and what was expected. */
#ifndef HCB_MODEL_GRAPH_H
#define HCB_MODEL_GRAPH_H

#include "model/model.h"

enum status graph_input(struct model *m, const char *name, const struct shape *image, size_t *out,
			struct err *e);

/* w is borrowed and must be in canonical order (see struct kernel), inside m->arena or outliving
 * m; refuses NaN and Inf, naming the tensor and the index. bias may be NULL. */
enum status graph_conv(struct model *m, const char *name, size_t in, const struct kernel *k,
		       const struct window *w, const float *bias, size_t *out, struct err *e);
enum status graph_dense(struct model *m, const char *name, size_t in, const struct kernel *k,
			const float *bias, size_t *out, struct err *e);

enum status graph_maxpool(struct model *m, const char *name, size_t in, const struct window *w,
			  size_t *out, struct err *e);

/* Nodes without parameters: OP_RELU, OP_FLATTEN, OP_SOFTMAX. */
enum status graph_unary(struct model *m, enum op op, const char *name, size_t in, size_t *out,
			struct err *e);

/* Declares the output value; checks that the model has at least one kernel. */
enum status graph_output(struct model *m, size_t value, struct err *e);

#endif
