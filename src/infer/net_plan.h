/* Inside of a net: the plan that net_plan.c (buffers, steps), net_layer.c and net_conv.c (one
 * function per operator), net_fuse.c (what is computed with the layer before it), net_grid.c (what
 * values are rounded to), net_block.c (weights) and net_memory.c build and net.c runs. Only these
 * see oneDNN. */
#ifndef HCB_INFER_NET_PLAN_H
#define HCB_INFER_NET_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "infer/net.h"
#include "model/model.h"

#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>

enum { STEP_MAX_ARGS = NODE_MAX_INPUTS + 4 };

/* One value in one layout. Several values may share it (flatten renames), and one value may have
 * several (copy_of is the first). */
struct net_buffer {
	dnnl_memory_desc_t md;
	dnnl_memory_t mem;
	size_t copy_of;
	size_t made, last_use; /* steps; made == SIZE_MAX for the input */

	/* A buffer may lie inside another one, from a byte offset on: the parts of a concatenation,
	 * or the same bytes with other dimensions. SIZE_MAX when it does not. */
	size_t part_of, offset;
	bool has_parts;
	bool replaces; /* all of the buffer that it is part of, which nobody reads any more */
};

struct net_step {
	const char *layer;
	const char *implementation;
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t arg[STEP_MAX_ARGS];
	int n_args;
	size_t dst, value; /* buffer written; value that it stores between layers, or SIZE_MAX */
};

/* A layout in which `lanes` output channels lie side by side (lanes == 0: it is none). */
struct net_blocks {
	float *data;
	size_t lanes;
	size_t stride;  /* between blocks of output channels */
	size_t columns; /* weights of one output channel */
	size_t *at;     /* of each of them, of the first output channel: from data, in floats */
};

/* The weights of one node: from the canonical order into what the primitive reads, by blocks_fill()
 * where these are blocks, else by the reorder. */
struct net_weights {
	size_t kernel;
	const float *scale; /* per output channel, of the nodes computed with it, or NULL */
	dnnl_memory_t canonical, own;
	struct net_blocks blocks;
	struct net_step reorder;
};

struct net {
	struct arena arena;
	const struct model *model;
	size_t batch;
	enum activations activations;

	dnnl_engine_t engine;
	dnnl_stream_t stream;
	dnnl_primitive_attr_t attr;

	size_t n_buffers, n_steps, n_weights, n_constants;
	struct net_buffer *buffers;
	struct net_step *steps;
	struct net_weights *weights; /* one per convolution or dense node */
	dnnl_memory_t *constants;    /* biases, scales and shifts */
	float *scaled;               /* room for the largest kernel that is scaled and reordered */
	size_t block_bytes;          /* of all weights in net_blocks */
	dnnl_memory_t scratchpad;    /* one for all: steps run one after another */
	size_t scratchpad_bytes;
	size_t input, output; /* buffers whose data are the caller's */
};

/* Builds buffers, steps and weights of n (engine, stream and attributes are there). */
enum status net_plan(struct net *n, const struct activation_range *ranges, struct err *e);

/* The error of a failed oneDNN call; layer may be NULL. */
enum status net_dnnl_error(struct err *e, const char *layer, const char *call, dnnl_status_t st);

/* While a net is being planned. */
struct net_plan {
	struct net *n;
	const struct model *m;
	size_t *uses;               /* readers of each value; being the model's output counts */
	const struct node **reader; /* the last node that reads each value */
	bool *done;                 /* nodes that are computed with an earlier one */
	bool *score;                /* values that are the output in another order */
	const struct activation_range *ranges; /* of each value, or NULL */
	size_t *buffer_of;                     /* of each value; SIZE_MAX before it is made */
	struct err *e;
};

/* Fills in w->blocks if weights of the layout own, which lie in data (zeroed: padding of input
 * channels is never written), can be put into it by blocks_fill (net_block.c). */
enum status plan_blocks(struct net_plan *p, struct net_weights *w, const dnnl_memory_desc_t *own,
                        float *data);

/* The weights w (canonical order) times their scales, into w->blocks. The same bits as a product
 * and a reorder. */
void blocks_fill(const struct net *n, const struct net_weights *nw, const float *w);

/* The last thing: memory for buffers, scaled weights and scratch. */
enum status plan_memory(struct net_plan *p);

/* Plans one node: makes its output value from its input values (net_layer.c). */
enum status plan_node(struct net_plan *p, const struct node *node);
enum status plan_conv(struct net_plan *p, const struct node *node);
enum status plan_dense(struct net_plan *p, const struct node *node);

enum status plan_error(const struct net_plan *p, const char *layer, const char *call,
                       dnnl_status_t st);

/* The error of a node for which oneDNN has only reference loops. */
enum status plan_refuse(const struct net_plan *p, const struct node *node);

/* Batch and image dimensions; returns the rank. Only images have dimensions that matter: all else
 * is flat. */
int plan_dims(const struct net_plan *p, const struct shape *s, dnnl_dims_t dims);
dnnl_status_t plan_row_major(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                             dnnl_data_type_t type);
dnnl_status_t plan_tag(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                       dnnl_data_type_t type, dnnl_format_tag_t tag);

/* What a value is stored as, and what layers with weights read. */
dnnl_data_type_t plan_type(const struct net_plan *p, size_t value);
dnnl_data_type_t plan_factor_type(const struct net_plan *p);

/* Other dimensions in the layout of a value: what is the same for all pixels, or one weight per
 * element, must be blocked like the value, or oneDNN has only reference loops. */
dnnl_status_t plan_in_order_of(dnnl_memory_desc_t *out, const dnnl_memory_desc_t *value,
                               const dnnl_dims_t dims);
const dnnl_memory_desc_t *plan_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what);

/* The first implementation that is no reference (and, with jit_only, one of the direct jit
 * kernels, which beat brgconv and gemm where they apply), or NULL. */
dnnl_primitive_desc_t plan_choose(const struct net_plan *p, const_dnnl_op_desc_t desc,
                                  const_dnnl_primitive_attr_t attr, bool jit_only);
bool plan_is_reference(const_dnnl_primitive_desc_t pd);

/* The buffer, or a copy of it (made before or appended now), in the layout md. */
enum status plan_in_layout(struct net_plan *p, const char *layer, size_t buffer,
                           const dnnl_memory_desc_t *md, size_t *out);

/* The buffer of a value with the dimensions of plan_dims. A flattened image keeps those it had as
 * long as nobody minds. */
enum status plan_proper(struct net_plan *p, const char *layer, size_t value, size_t *out);

/* The row-major elements of a buffer with the dimensions of md (also row-major). */
enum status plan_view(struct net_plan *p, const char *layer, size_t buffer,
                      const dnnl_memory_desc_t *md, size_t *out);

/* A buffer without a step: a concatenation whose parts the steps before have written. */
enum status plan_buffer(struct net_plan *p, const char *layer, const dnnl_memory_desc_t *md,
                        size_t made, size_t *out);

/* Appends a step and the buffer that it makes; takes over pd. The caller adds what it reads. */
enum status plan_step(struct net_plan *p, const char *layer, dnnl_primitive_desc_t pd, size_t *dst,
                      struct net_step **s);
void plan_read(struct net_plan *p, struct net_step *s, int arg, size_t buffer);
void plan_arg(struct net_step *s, int arg, dnnl_memory_t mem);

/* All of that for a step with one source, brought into the layout that pd wants. */
enum status plan_single(struct net_plan *p, const struct node *node, dnnl_primitive_desc_t pd,
                        size_t *dst, struct net_step **s);

/* Descriptor of a change of layout. */
enum status plan_reorder(struct net_plan *p, const char *layer, const dnnl_memory_desc_t *from,
                         const dnnl_memory_desc_t *to, dnnl_primitive_desc_t *out);

/* A step outside the sequence (a reorder of weights); takes over pd. */
enum status plan_primitive(struct net_plan *p, struct net_step *s, const char *layer,
                           dnnl_primitive_desc_t pd);

/* A memory of `count` floats to fill in, released with the net. */
enum status plan_constant(struct net_plan *p, const char *layer, const dnnl_memory_desc_t *md,
                          size_t count, dnnl_memory_t *mem, float **data);

/* The steps of an 8-bit grid: x becomes scale * clamp(round(x * inverse), low, high), where low is
 * minus the zero point and high 255 more; round is to nearest, halves to even. */
struct grid {
	float scale, inverse; /* scale 0: no grid */
	float low, high;
};

/* Marks p->score. */
void plan_scores(struct net_plan *p);

/* The grid of a value: none for scores and unless INT8. */
enum status plan_grid(const struct net_plan *p, size_t value, struct grid *out);

/* The value is what the last step has written, and stored: rounded by a step of its own. For
 * operators that take no post-operations. */
enum status plan_store(struct net_plan *p, const struct node *node);

/* What is computed together with a node, because nothing else sees the values between: scales and
 * shifts go into the weights and the bias, the rest into the primitive's post-operations. */
struct fusion {
	const struct node *last;    /* whose output the step makes: at least the node itself */
	const float *scale, *shift; /* per channel, NULL when there is none */
	const struct node *add, *act;
	size_t other;  /* value that add adds to this one */
	bool in_place; /* the sum may be written over it, which saves a pass through memory */
	size_t value;  /* that is stored, or SIZE_MAX */
	struct grid grid;
};

/* What follows the node. Scales only with_scale; an addition only with_add, and only of a value
 * that is there already. */
enum status fuse_after(struct net_plan *p, const struct node *node, bool with_scale, bool with_add,
                       struct fusion *f);

/* Attributes with the post-operations of f, the added value in the layout add_md (in the output
 * itself when f is in place), after a shift per channel of the layout shift_md; either may be NULL.
 * Destroyed by the caller. */
dnnl_status_t fuse_attributes(const struct fusion *f, const dnnl_memory_desc_t *shift_md,
                              const dnnl_memory_desc_t *add_md, dnnl_primitive_attr_t *out);

/* The nodes of f need no step of their own any more; the last one's output is the buffer dst. */
void fuse_done(struct net_plan *p, const struct node *node, const struct fusion *f, size_t dst);

#endif
