/* Inside of a net: the plan that net_plan.c and net_layer.c build and net.c runs. Only these three
 * see oneDNN. */
#ifndef HCB_INFER_NET_PLAN_H
#define HCB_INFER_NET_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "model/model.h"

#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>

enum { STEP_MAX_ARGS = 6 };

/* One value in one layout. Several values may share it (flatten renames), and one value may have
 * several (copy_of is the first). */
struct net_buffer {
	dnnl_memory_desc_t md;
	dnnl_memory_t mem;
	size_t copy_of;
	size_t made, last_use; /* steps; made == SIZE_MAX for the input */
};

struct net_step {
	const char *layer;
	const char *implementation;
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t arg[STEP_MAX_ARGS];
	int n_args;
};

/* The weights of one node: reordered from the canonical order into what the primitive reads. */
struct net_weights {
	size_t kernel;
	dnnl_memory_t canonical, own;
	struct net_step reorder;
};

struct net {
	struct arena arena;
	const struct model *model;
	size_t batch;

	dnnl_engine_t engine;
	dnnl_stream_t stream;
	dnnl_primitive_attr_t attr, attr_relu;

	size_t n_buffers, n_steps, n_weights, n_constants;
	struct net_buffer *buffers;
	struct net_step *steps;
	struct net_weights *weights; /* one per convolution or dense node */
	dnnl_memory_t *constants;    /* biases */
	dnnl_memory_t scratchpad;    /* one for all: steps run one after another */
	size_t scratchpad_bytes;
	size_t input, output; /* buffers whose data are the caller's */
};

/* Builds buffers, steps and weights of n (engine, stream and attributes are there). */
enum status net_plan(struct net *n, struct err *e);

/* The error of a failed oneDNN call; layer may be NULL. */
enum status net_dnnl_error(struct err *e, const char *layer, const char *call, dnnl_status_t st);

/* While a net is being planned. */
struct plan {
	struct net *n;
	const struct model *m;
	size_t *uses;      /* readers of each value; being the model's output counts as one */
	size_t *buffer_of; /* of each value; SIZE_MAX before it is made */
	struct err *e;
};

/* Plans one node: makes its output value from its input values (net_layer.c). */
enum status plan_node(struct plan *p, const struct node *node);

enum status plan_error(const struct plan *p, const char *layer, const char *call, dnnl_status_t st);

/* Batch and image dimensions; returns the rank. */
int plan_image_dims(const struct plan *p, const struct shape *s, dnnl_dims_t dims);
dnnl_status_t plan_row_major(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims);
dnnl_status_t plan_tag(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                       dnnl_format_tag_t tag);
const dnnl_memory_desc_t *plan_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what);

/* The first implementation that is no reference (and, with jit_only, one of the direct jit
 * kernels, which beat brgconv and gemm where they apply), or NULL. */
dnnl_primitive_desc_t plan_choose(const struct plan *p, const_dnnl_op_desc_t desc,
                                  const_dnnl_primitive_attr_t attr, bool jit_only);

/* Appends the step of a node (its input brought into the layout that pd wants) and the buffer it
 * makes; takes over pd. w and bias may be NULL. */
enum status plan_step(struct plan *p, const struct node *node, dnnl_primitive_desc_t pd,
                      const struct net_weights *w, dnnl_memory_t bias, size_t *dst);

/* Descriptor of a change of layout. */
enum status plan_reorder(struct plan *p, const char *layer, const dnnl_memory_desc_t *from,
                         const dnnl_memory_desc_t *to, dnnl_primitive_desc_t *out);

/* Parts of a step outside the sequence (a reorder of weights); plan_primitive takes over pd. */
void plan_arg(struct net_step *s, int arg, dnnl_memory_t mem);
enum status plan_primitive(struct plan *p, struct net_step *s, const char *layer,
                           dnnl_primitive_desc_t pd);

#endif
