/* Parts of the graph functions (graph.c, graph_ops.c), private to the model layer. */
#ifndef HCB_MODEL_GRAPH_NODE_H
#define HCB_MODEL_GRAPH_NODE_H

#include "model/graph.h"

/* "conv 'conv1': what is wrong", ST_DATA. */
enum status graph_fail(struct err *e, enum op op, const char *name, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

/* Appends the node, whose output has the given shape. node->name is copied. */
enum status graph_add_node(struct model *m, const struct node *node, const struct shape *shape,
                           size_t *out, struct err *e);

/* The input must be C x H x W. */
enum status graph_need_image(const struct model *m, enum op op, const char *name, size_t in,
                             struct err *e);

/* Output shape of a window over a C x H x W value, channels given. */
enum status graph_window_shape(const struct model *m, enum op op, const char *name, size_t in,
                               const struct window *w, size_t channels, struct shape *out,
                               struct err *e);

/* p may be NULL. */
enum status graph_check_finite(enum op op, const char *name, const char *what, const float *p,
                               size_t n, struct err *e);

#endif
