/* One function per operator without weights: which oneDNN primitive, in which layout. */
#include "infer/net_plan.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum status plan_refuse(const struct net_plan *p, const struct node *node)
{
	char in[64];

	shape_text(&p->m->values[node->input[0]].shape, in);
	return err_set(
	        p->e, ST_INTERNAL,
	        "layer '%s': oneDNN has only its reference loops for this %s of %s, a hundred "
	        "times too slow: change the layer's window (dilation, padding, groups) or "
	        "run on a processor with AVX2",
	        node->name, op_name(node->op), in);
}

static dnnl_primitive_desc_t pool_from(const struct net_plan *p, const struct node *node,
                                       const dnnl_memory_desc_t *src, bool jit_only)
{
	dnnl_dims_t out, kernel, stride, dilation, begin, end;
	const struct window *w = &node->window;
	const dnnl_alg_kind_t algorithm = node->op == OP_MAXPOOL ? dnnl_pooling_max
	                                  : node->count_pads     ? dnnl_pooling_avg_include_padding
	                                                         : dnnl_pooling_avg_exclude_padding;
	dnnl_memory_desc_t dst;
	dnnl_pooling_v2_desc_t dilated;
	dnnl_pooling_desc_t dense;

	plan_dims(p, &p->m->values[node->output].shape, out);
	for (int i = 0; i < 2; i++) {
		kernel[i] = (dnnl_dim_t)w->kernel[i];
		stride[i] = (dnnl_dim_t)w->stride[i];
		dilation[i] = (dnnl_dim_t)w->dilation[i] - 1;
		begin[i] = (dnnl_dim_t)w->pad_begin[i];
		end[i] = (dnnl_dim_t)w->pad_end[i];
	}
	if (plan_tag(&dst, 4, out, src->data_type, dnnl_format_tag_any))
		return NULL;
	if (dilation[0] || dilation[1]) {
		if (dnnl_pooling_v2_forward_desc_init(&dilated, dnnl_forward_inference, algorithm,
		                                      src, &dst, stride, kernel, dilation, begin,
		                                      end))
			return NULL;
		return plan_choose(p, &dilated, p->n->attr, jit_only);
	}
	if (dnnl_pooling_forward_desc_init(&dense, dnnl_forward_inference, algorithm, src, &dst,
	                                   stride, kernel, begin, end))
		return NULL;
	return plan_choose(p, &dense, p->n->attr, jit_only);
}

static dnnl_primitive_desc_t lrn_from(const struct net_plan *p, const struct node *node,
                                      const dnnl_memory_desc_t *src, bool jit_only)
{
	dnnl_lrn_desc_t desc;

	if (dnnl_lrn_forward_desc_init(&desc, dnnl_forward_inference, dnnl_lrn_across_channels, src,
	                               (dnnl_dim_t)node->lrn.size, node->lrn.alpha, node->lrn.beta,
	                               node->lrn.bias))
		return NULL;
	return plan_choose(p, &desc, p->n->attr, jit_only);
}

/* Operators that slide over an image: in the layout it has, or the first other one that oneDNN has
 * compiled loops for. */
static enum status plan_sliding(struct net_plan *p, const struct node *node)
{
	static const dnnl_format_tag_t other[] = { dnnl_nhwc, dnnl_nChw16c, dnnl_nChw8c };
	dnnl_primitive_desc_t (*const from)(const struct net_plan *, const struct node *,
	                                    const dnnl_memory_desc_t *, bool) =
	        node->op == OP_LRN ? lrn_from : pool_from;
	dnnl_memory_desc_t as_is = p->n->buffers[p->buffer_of[node->input[0]]].md, src;
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	enum status rc;

	as_is.data_type = node->op == OP_LRN ? dnnl_f32 : plan_type(p, node->output);
	pd = from(p, node, &as_is, true);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]) && !pd; i++)
		if (!plan_tag(&src, 4, as_is.dims, as_is.data_type, other[i]))
			pd = from(p, node, &src, true);
	if (!pd)
		pd = from(p, node, &as_is, false);
	if (!pd && !plan_tag(&src, 4, as_is.dims, as_is.data_type, dnnl_nchw))
		pd = from(p, node, &src, false);
	if (!pd)
		return plan_refuse(p, node);
	rc = plan_single(p, node, pd, &p->buffer_of[node->output], &s);
	return rc || node->op == OP_MAXPOOL ? rc : plan_store(p, node);
}

/* oneDNN leaves out one channel of an even number. */
static enum status plan_lrn(struct net_plan *p, const struct node *node)
{
	if (node->lrn.size % 2 == 0)
		return err_set(p->e, ST_DATA,
		               "layer '%s': cannot run an lrn over %zu channels; expected an odd "
		               "number",
		               node->name, node->lrn.size);
	return plan_sliding(p, node);
}

static enum status plan_eltwise(struct net_plan *p, const struct node *node)
{
	dnnl_memory_desc_t src = p->n->buffers[p->buffer_of[node->input[0]]].md;
	const bool relu = node->op == OP_RELU;
	dnnl_eltwise_desc_t desc;
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	dnnl_status_t st;
	enum status rc;

	src.data_type = plan_type(p, node->output);
	st = dnnl_eltwise_forward_desc_init(
	        &desc, dnnl_forward_inference, relu ? dnnl_eltwise_relu : dnnl_eltwise_clip, &src,
	        relu ? 0.0f : fmaxf(node->low, -FLT_MAX), relu ? 0.0f : fminf(node->high, FLT_MAX));

	if (st)
		return plan_error(p, node->name, "its limits", st);
	pd = plan_choose(p, &desc, p->n->attr, false);
	if (!pd)
		return plan_refuse(p, node);
	rc = plan_single(p, node, pd, &p->buffer_of[node->output], &s);
	return rc ? rc : plan_store(p, node);
}

/* Elements of two values, or of one value and a constant per channel. */

static dnnl_primitive_desc_t binary_of(const struct net_plan *p, dnnl_alg_kind_t algorithm,
                                       const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b,
                                       const dnnl_memory_desc_t *shift, const struct fusion *f)
{
	dnnl_binary_desc_t desc;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;

	if (dnnl_binary_desc_init(&desc, algorithm, a, b, a) ||
	    fuse_attributes(f, shift, NULL, &attr))
		return NULL;
	pd = plan_choose(p, &desc, attr, false);
	dnnl_primitive_attr_destroy(attr);
	return pd;
}

static enum status plan_binary(struct net_plan *p, const struct node *node)
{
	const dnnl_alg_kind_t algorithm = node->op == OP_ADD ? dnnl_binary_add : dnnl_binary_mul;
	dnnl_memory_desc_t md[2];
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	struct fusion f;
	size_t src[2], dst;
	dnnl_status_t st;
	enum status rc = fuse_after(p, node, false, false, &f);

	for (unsigned i = 0; i < 2 && !rc; i++)
		rc = plan_proper(p, node->name, node->input[i], &src[i]);
	if (rc)
		return rc;
	md[0] = p->n->buffers[src[0]].md;
	md[0].data_type = plan_type(p, f.last->output);
	st = plan_in_order_of(&md[1], &md[0], p->n->buffers[src[1]].md.dims);
	if (st)
		return plan_error(p, node->name, "its layout", st);
	rc = plan_in_layout(p, node->name, src[0], &md[0], &src[0]);
	if (!rc)
		rc = plan_in_layout(p, node->name, src[1], &md[1], &src[1]);
	if (rc)
		return rc;
	pd = binary_of(p, algorithm, &md[0], &md[1], NULL, &f);
	if (!pd)
		return plan_refuse(p, node);
	rc = plan_step(p, node->name, pd, &dst, &s);
	if (rc)
		return rc;
	plan_read(p, s, DNNL_ARG_SRC_0, src[0]);
	plan_read(p, s, DNNL_ARG_SRC_1, src[1]);
	fuse_done(p, node, &f, dst);
	return ST_OK;
}

/* One number per channel for values like this one. */
static enum status channel_constant(struct net_plan *p, const struct node *node,
                                    const dnnl_memory_desc_t *value, const float *v,
                                    dnnl_memory_desc_t *md, dnnl_memory_t *mem)
{
	const size_t n = p->m->values[node->output].shape.dim[0];
	dnnl_dims_t dims = { 1, (dnnl_dim_t)n, 1, 1 };
	dnnl_status_t st = plan_in_order_of(md, value, dims);
	float *data;
	enum status rc;

	if (st)
		return plan_error(p, node->name, "its constants", st);
	/* Blocks are filled up with the zeros of the arena. */
	rc = plan_constant(p, node->name, md, dnnl_memory_desc_get_size(md) / sizeof(*v), mem,
	                   &data);
	if (!rc)
		memcpy(data, v, n * sizeof(*v));
	return rc;
}

/* Where no layer before it takes it in: in single precision, whatever the values are stored as. */
static enum status plan_scale(struct net_plan *p, const struct node *node)
{
	const struct shape *shape = &p->m->values[node->output].shape;
	dnnl_memory_desc_t md, scale_md, shift_md;
	dnnl_memory_t scale, shift;
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	struct fusion f;
	size_t src, dst;
	enum status rc;

	if (shape->rank != 1 && shape->rank != 3)
		return err_set(p->e, ST_DATA,
		               "layer '%s': cannot run a scale of %u dimensions per image; "
		               "expected 1 or 3",
		               node->name, shape->rank);
	rc = fuse_after(p, node, false, false, &f);
	if (!rc)
		rc = plan_proper(p, node->name, node->input[0], &src);
	if (rc)
		return rc;
	md = p->n->buffers[src].md;
	md.data_type = dnnl_f32;
	rc = plan_in_layout(p, node->name, src, &md, &src);
	if (!rc)
		rc = channel_constant(p, node, &md, node->scale, &scale_md, &scale);
	if (!rc)
		rc = channel_constant(p, node, &md, node->bias, &shift_md, &shift);
	if (rc)
		return rc;
	pd = binary_of(p, dnnl_binary_mul, &md, &scale_md, &shift_md, &f);
	if (!pd)
		return plan_refuse(p, node);
	rc = plan_step(p, node->name, pd, &dst, &s);
	if (rc)
		return rc;
	plan_read(p, s, DNNL_ARG_SRC_0, src);
	plan_arg(s, DNNL_ARG_SRC_1, scale);
	plan_arg(s, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, shift);
	fuse_done(p, node, &f, dst);
	return ST_OK;
}

/* Concatenation. */

/* Whether the buffers can simply lie one after the other in a whole of this size: one image, no
 * gaps, and memory that is theirs to choose. */
static bool fit_in_place(const struct net_plan *p, const size_t *src, unsigned n, size_t whole)
{
	size_t sum = 0;

	if (p->n->batch != 1)
		return false;
	for (unsigned i = 0; i < n; i++) {
		const struct net_buffer *b = &p->n->buffers[src[i]];

		if (src[i] == p->n->input || b->part_of != SIZE_MAX)
			return false;
		for (unsigned k = 0; k < i; k++)
			if (src[k] == src[i])
				return false;
		sum += dnnl_memory_desc_get_size(&b->md);
	}
	return sum == whole;
}

static enum status concat_in_place(struct net_plan *p, const struct node *node, const size_t *src,
                                   const dnnl_memory_desc_t *md, size_t *dst)
{
	struct net *n = p->n;
	size_t offset = 0;
	enum status rc = plan_buffer(p, node->name, md, n->buffers[src[0]].made, dst);

	for (unsigned i = 0; i < node->n_inputs && !rc; i++) {
		struct net_buffer *b = &n->buffers[src[i]];

		b->part_of = *dst;
		b->offset = offset;
		offset += dnnl_memory_desc_get_size(&b->md);
		if (b->made > n->buffers[*dst].made) /* whole only then */
			n->buffers[*dst].made = n->buffers[*dst].last_use = b->made;
	}
	n->buffers[*dst].has_parts = true;
	return rc;
}

static enum status concat_copy(struct net_plan *p, const struct node *node, const size_t *src,
                               const dnnl_memory_desc_t *md, size_t *dst)
{
	dnnl_memory_desc_t from[NODE_MAX_INPUTS];
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	dnnl_status_t st;
	enum status rc;

	for (unsigned i = 0; i < node->n_inputs; i++)
		from[i] = p->n->buffers[src[i]].md;
	st = dnnl_concat_primitive_desc_create(&pd, md, (int)node->n_inputs, 1, from, p->n->attr,
	                                       p->n->engine);
	if (st)
		return plan_error(p, node->name, "its concatenation", st);
	if (plan_is_reference(pd)) {
		dnnl_primitive_desc_destroy(pd);
		return plan_refuse(p, node);
	}
	rc = plan_step(p, node->name, pd, dst, &s);
	for (unsigned i = 0; i < node->n_inputs && !rc; i++)
		plan_read(p, s, DNNL_ARG_MULTIPLE_SRC + (int)i, src[i]);
	return rc;
}

/* Blocks where every input fills them, else with the channels of a pixel together. */
static enum status plan_concat(struct net_plan *p, const struct node *node)
{
	const struct shape *shape = &p->m->values[node->output].shape;
	dnnl_format_tag_t tag = shape->rank == 3 ? dnnl_nChw16c : dnnl_nc;
	dnnl_memory_desc_t md, part;
	size_t src[NODE_MAX_INPUTS];
	dnnl_dims_t dims;
	int rank = plan_dims(p, shape, dims);
	enum status rc;

	if (shape->rank != 1 && shape->rank != 3)
		return err_set(p->e, ST_DATA,
		               "layer '%s': cannot run a concat of %u dimensions per image; "
		               "expected 1 or 3",
		               node->name, shape->rank);
	for (unsigned i = 0; i < node->n_inputs; i++)
		if (shape->rank == 3 && p->m->values[node->input[i]].shape.dim[0] % 16)
			tag = dnnl_nhwc;
	if (plan_tag(&md, rank, dims, plan_type(p, node->output), tag))
		return plan_error(p, node->name, "its layout", dnnl_invalid_arguments);
	for (unsigned i = 0; i < node->n_inputs; i++) {
		dims[1] = (dnnl_dim_t)p->m->values[node->input[i]].shape.dim[0];
		if (plan_tag(&part, rank, dims, md.data_type, tag))
			return plan_error(p, node->name, "its layout", dnnl_invalid_arguments);
		rc = plan_proper(p, node->name, node->input[i], &src[i]);
		if (!rc)
			rc = plan_in_layout(p, node->name, src[i], &part, &src[i]);
		if (rc)
			return rc;
	}
	if (tag != dnnl_nhwc &&
	    fit_in_place(p, src, node->n_inputs, dnnl_memory_desc_get_size(&md)))
		return concat_in_place(p, node, src, &md, &p->buffer_of[node->output]);
	return concat_copy(p, node, src, &md, &p->buffer_of[node->output]);
}

static enum status plan_reshape(struct net_plan *p, const struct node *node)
{
	dnnl_memory_desc_t md;
	dnnl_dims_t dims;
	int rank = plan_dims(p, &p->m->values[node->output].shape, dims);
	const size_t from = p->buffer_of[node->input[0]];
	dnnl_status_t st = plan_row_major(&md, rank, dims, p->n->buffers[from].md.data_type);

	if (st)
		return plan_error(p, node->name, "its shape", st);
	return plan_view(p, node->name, from, &md, &p->buffer_of[node->output]);
}

enum status plan_node(struct net_plan *p, const struct node *node)
{
	switch (node->op) {
	case OP_CONV:
		return plan_conv(p, node);
	case OP_DENSE:
		return plan_dense(p, node);
	case OP_RELU:
	case OP_CLIP:
		return plan_eltwise(p, node);
	case OP_SCALE:
		return plan_scale(p, node);
	case OP_ADD:
	case OP_MUL:
		return plan_binary(p, node);
	case OP_CONCAT:
		return plan_concat(p, node);
	case OP_MAXPOOL:
	case OP_AVGPOOL:
		return plan_sliding(p, node);
	case OP_LRN:
		return plan_lrn(p, node);
	case OP_RESHAPE:
		return plan_reshape(p, node);
	case OP_SOFTMAX:
		/* Monotone in each image: leaving it out keeps the order of the classes, and keeps
		 * classes apart that it would round to the same probability. */
		if (node->output != p->m->output || p->uses[node->output] != 1)
			return err_set(
			        p->e, ST_DATA,
			        "layer '%s': a softmax can only be the last layer of a network",
			        node->name);
		/* fall through */
	case OP_FLATTEN:
		p->buffer_of[node->output] = p->buffer_of[node->input[0]];
		return ST_OK;
	case N_OPS:
		break;
	}
	return err_set(p->e, ST_INTERNAL, "layer '%s': cannot run operator %s", node->name,
	               op_name(node->op));
}
