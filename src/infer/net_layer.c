/* One function per operator: which oneDNN primitive, in which layout. */
#include "infer/net_plan.h"

#include <stdint.h>
#include <string.h>

/* Layouts of a convolution's source and destination. */
struct layouts {
	dnnl_format_tag_t src, dst;
};

static enum status refuse(const struct plan *p, const struct node *node)
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

/* Layers with weights. */

static enum status add_weights(struct plan *p, const struct node *node,
                               const dnnl_memory_desc_t *canonical, const dnnl_memory_desc_t *own,
                               const struct net_weights **out)
{
	struct net *n = p->n;
	struct net_weights *w = &n->weights[n->n_weights++];
	dnnl_primitive_desc_t pd;
	dnnl_status_t st;
	enum status rc;
	void *data = arena_alloc(&n->arena, dnnl_memory_desc_get_size(own), 1);

	if (!data)
		return err_nomem(p->e);
	w->kernel = node->kernel;
	st = dnnl_memory_create(&w->canonical, canonical, n->engine, DNNL_MEMORY_NONE);
	if (!st)
		st = dnnl_memory_create(&w->own, own, n->engine, data);
	if (st)
		return plan_error(p, node->name, "its weights", st);
	rc = plan_reorder(p, node->name, canonical, own, &pd);
	if (rc)
		return rc;
	plan_arg(&w->reorder, DNNL_ARG_FROM, w->canonical);
	plan_arg(&w->reorder, DNNL_ARG_TO, w->own);
	*out = w;
	return plan_primitive(p, &w->reorder, node->name, pd);
}

static enum status add_bias(struct plan *p, const struct node *node, const dnnl_memory_desc_t *md,
                            dnnl_memory_t *out)
{
	struct net *n = p->n;
	size_t count = n->model->kernels[node->kernel].channels;
	float *data = ARENA_NEW(&n->arena, float, count);
	dnnl_status_t st;

	if (!data)
		return err_nomem(p->e);
	if (node->bias)
		memcpy(data, node->bias, count * sizeof(*data));
	st = dnnl_memory_create(out, md, n->engine, data);
	if (st)
		return plan_error(p, node->name, "its bias", st);
	n->constants[n->n_constants++] = *out;
	return ST_OK;
}

/* The relu that alone reads this value and is therefore computed with it, or NULL. */
static const struct node *relu_after(const struct plan *p, size_t value)
{
	if (p->uses[value] != 1)
		return NULL;
	for (size_t i = 0; i < p->m->n_nodes; i++)
		if (p->m->nodes[i].op == OP_RELU && p->m->nodes[i].input[0] == value)
			return &p->m->nodes[i];
	return NULL;
}

/* Appends a convolution or dense step with its weights and bias; takes over pd. */
static enum status add_weighted(struct plan *p, const struct node *node, dnnl_primitive_desc_t pd,
                                const dnnl_memory_desc_t *canonical)
{
	const struct node *relu = relu_after(p, node->output);
	const struct net_weights *w = NULL;
	dnnl_memory_t bias = NULL;
	size_t dst;
	enum status rc;

	rc = add_weights(p, node, canonical, plan_md(pd, dnnl_query_weights_md), &w);
	if (!rc)
		rc = add_bias(p, node, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1),
		              &bias);
	if (rc) {
		dnnl_primitive_desc_destroy(pd);
		return rc;
	}
	rc = plan_step(p, node, pd, w, bias, &dst);
	if (!rc)
		p->buffer_of[relu ? relu->output : node->output] = dst;
	return rc;
}

/* What a convolution may run in, best first. Measured on Zen 4: with 16-channel blocks where the
 * channels fill them, and in nhwc otherwise, where no lane computes padding of the input; a plain
 * image of few channels feeds a special kernel. */
static size_t conv_layouts(const struct kernel *k, struct layouts out[6])
{
	const struct layouts image16 = { dnnl_nchw, dnnl_nChw16c };
	const struct layouts image8 = { dnnl_nchw, dnnl_nChw8c };
	const struct layouts block16 = { dnnl_nChw16c, dnnl_nChw16c };
	const struct layouts block8 = { dnnl_nChw8c, dnnl_nChw8c };
	const struct layouts nhwc = { dnnl_nhwc, dnnl_nhwc };
	size_t in = k->shape.dim[1], per_group = k->channels / k->groups;
	bool depthwise = k->groups > 1 && in == 1 && per_group == 1;
	bool full = depthwise ? k->channels % 16 == 0 : in % 16 == 0 && per_group % 16 == 0;
	size_t n = 0;

	if (k->groups == 1 && in <= 4) {
		out[n++] = image16;
		out[n++] = image8;
	}
	if (!full && !depthwise)
		out[n++] = nhwc;
	out[n++] = block16;
	out[n++] = block8;
	if (full || depthwise)
		out[n++] = nhwc;
	return n;
}

struct conv {
	dnnl_dims_t in, out, weights, bias, stride, dilation, pad_begin, pad_end;
	int weights_rank;
};

static void conv_of(const struct plan *p, const struct node *node, struct conv *c)
{
	const struct kernel *k = &p->m->kernels[node->kernel];
	int at = 0;

	*c = (struct conv){ .bias = { (dnnl_dim_t)k->channels } };
	plan_image_dims(p, &p->m->values[node->input[0]].shape, c->in);
	plan_image_dims(p, &p->m->values[node->output].shape, c->out);
	if (k->groups > 1)
		c->weights[at++] = (dnnl_dim_t)k->groups;
	c->weights[at++] = (dnnl_dim_t)(k->channels / k->groups);
	for (unsigned i = 1; i < 4; i++)
		c->weights[at++] = (dnnl_dim_t)k->shape.dim[i];
	c->weights_rank = at;
	for (int i = 0; i < 2; i++) {
		c->stride[i] = (dnnl_dim_t)node->window.stride[i];
		c->dilation[i] = (dnnl_dim_t)node->window.dilation[i] - 1;
		c->pad_begin[i] = (dnnl_dim_t)node->window.pad_begin[i];
		c->pad_end[i] = (dnnl_dim_t)node->window.pad_end[i];
	}
}

static dnnl_primitive_desc_t conv_in(const struct plan *p, const struct conv *c,
                                     const struct layouts *l, const_dnnl_primitive_attr_t attr,
                                     bool jit_only)
{
	dnnl_memory_desc_t src, weights, bias, dst;
	dnnl_convolution_desc_t desc;

	if (plan_tag(&src, 4, c->in, l->src) || plan_tag(&dst, 4, c->out, l->dst) ||
	    plan_tag(&weights, c->weights_rank, c->weights, dnnl_format_tag_any) ||
	    plan_row_major(&bias, 1, c->bias))
		return NULL;
	/* Direct, never Winograd: its rounding would move close decisions. */
	if (dnnl_dilated_convolution_forward_desc_init(
	            &desc, dnnl_forward_inference, dnnl_convolution_direct, &src, &weights, &bias,
	            &dst, c->stride, c->dilation, c->pad_begin, c->pad_end))
		return NULL;
	return plan_choose(p, &desc, attr, jit_only);
}

static enum status plan_conv(struct plan *p, const struct node *node)
{
	const struct layouts any = { dnnl_format_tag_any, dnnl_format_tag_any };
	const struct layouts plain = { dnnl_nchw, dnnl_nchw };
	const_dnnl_primitive_attr_t attr =
	        relu_after(p, node->output) ? p->n->attr_relu : p->n->attr;
	struct layouts l[6];
	size_t n = conv_layouts(&p->m->kernels[node->kernel], l);
	dnnl_primitive_desc_t pd = NULL;
	dnnl_memory_desc_t canonical;
	dnnl_status_t st;
	struct conv c;

	conv_of(p, node, &c);
	for (size_t i = 0; i < n && !pd; i++)
		pd = conv_in(p, &c, &l[i], attr, true);
	if (!pd)
		pd = conv_in(p, &c, &any, attr, false);
	if (!pd)
		pd = conv_in(p, &c, &plain, attr, false);
	if (!pd)
		return refuse(p, node);
	st = plan_row_major(&canonical, c.weights_rank, c.weights);
	if (st) {
		dnnl_primitive_desc_destroy(pd);
		return plan_error(p, node->name, "its weights", st);
	}
	return add_weighted(p, node, pd, &canonical);
}

static dnnl_primitive_desc_t dense_from(const struct plan *p, const struct node *node,
                                        const dnnl_memory_desc_t *src)
{
	dnnl_dims_t out = { (dnnl_dim_t)p->n->batch,
		            (dnnl_dim_t)p->m->kernels[node->kernel].channels };
	dnnl_dims_t w = { out[1] }, channels = { out[1] };
	dnnl_memory_desc_t weights, bias, dst;
	dnnl_inner_product_desc_t desc;

	for (int i = 1; i < src->ndims; i++)
		w[i] = src->dims[i];
	if (plan_tag(&weights, src->ndims, w, dnnl_format_tag_any) ||
	    plan_row_major(&bias, 1, channels) || plan_row_major(&dst, 2, out) ||
	    dnnl_inner_product_forward_desc_init(&desc, dnnl_forward_inference, src, &weights,
	                                         &bias, &dst))
		return NULL;
	return plan_choose(p, &desc, relu_after(p, node->output) ? p->n->attr_relu : p->n->attr,
	                   false);
}

/* A dense layer reads images in the layout they have (its weights are put in the same order), so
 * that a flatten before it costs nothing. */
static enum status plan_dense(struct plan *p, const struct node *node)
{
	dnnl_memory_desc_t src = p->n->buffers[p->buffer_of[node->input[0]]].md, plain, canonical;
	dnnl_primitive_desc_t pd = dense_from(p, node, &src);
	dnnl_dims_t w = { (dnnl_dim_t)p->m->kernels[node->kernel].channels };
	dnnl_status_t st;

	if (!pd && !plan_row_major(&plain, src.ndims, src.dims))
		pd = dense_from(p, node, &plain);
	if (!pd)
		return refuse(p, node);
	for (int i = 1; i < src.ndims; i++)
		w[i] = src.dims[i];
	st = plan_row_major(&canonical, src.ndims, w);
	if (st) {
		dnnl_primitive_desc_destroy(pd);
		return plan_error(p, node->name, "its weights", st);
	}
	return add_weighted(p, node, pd, &canonical);
}

/* Layers without weights. */

static dnnl_primitive_desc_t pool_from(const struct plan *p, const struct node *node,
                                       const dnnl_memory_desc_t *src, bool jit_only)
{
	dnnl_dims_t out, kernel, stride, dilation, begin, end;
	const struct window *w = &node->window;
	dnnl_memory_desc_t dst;
	dnnl_pooling_v2_desc_t dilated;
	dnnl_pooling_desc_t dense;

	plan_image_dims(p, &p->m->values[node->output].shape, out);
	for (int i = 0; i < 2; i++) {
		kernel[i] = (dnnl_dim_t)w->kernel[i];
		stride[i] = (dnnl_dim_t)w->stride[i];
		dilation[i] = (dnnl_dim_t)w->dilation[i] - 1;
		begin[i] = (dnnl_dim_t)w->pad_begin[i];
		end[i] = (dnnl_dim_t)w->pad_end[i];
	}
	if (plan_tag(&dst, 4, out, dnnl_format_tag_any))
		return NULL;
	if (dilation[0] || dilation[1]) {
		if (dnnl_pooling_v2_forward_desc_init(&dilated, dnnl_forward_inference,
		                                      dnnl_pooling_max, src, &dst, stride, kernel,
		                                      dilation, begin, end))
			return NULL;
		return plan_choose(p, &dilated, p->n->attr, jit_only);
	}
	if (dnnl_pooling_forward_desc_init(&dense, dnnl_forward_inference, dnnl_pooling_max, src,
	                                   &dst, stride, kernel, begin, end))
		return NULL;
	return plan_choose(p, &dense, p->n->attr, jit_only);
}

static enum status plan_pool(struct plan *p, const struct node *node)
{
	static const dnnl_format_tag_t other[] = { dnnl_nhwc, dnnl_nChw16c, dnnl_nChw8c };
	dnnl_memory_desc_t as_is = p->n->buffers[p->buffer_of[node->input[0]]].md, src;
	dnnl_primitive_desc_t pd = pool_from(p, node, &as_is, true);

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]) && !pd; i++)
		if (!plan_tag(&src, 4, as_is.dims, other[i]))
			pd = pool_from(p, node, &src, true);
	if (!pd)
		pd = pool_from(p, node, &as_is, false);
	if (!pd && !plan_tag(&src, 4, as_is.dims, dnnl_nchw))
		pd = pool_from(p, node, &src, false);
	if (!pd)
		return refuse(p, node);
	return plan_step(p, node, pd, NULL, NULL, &p->buffer_of[node->output]);
}

static enum status plan_relu(struct plan *p, const struct node *node)
{
	const dnnl_memory_desc_t *src = &p->n->buffers[p->buffer_of[node->input[0]]].md;
	dnnl_eltwise_desc_t desc;
	dnnl_primitive_desc_t pd;
	dnnl_status_t st = dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_inference,
	                                                  dnnl_eltwise_relu, src, 0.0f, 0.0f);

	if (st)
		return plan_error(p, node->name, "its relu", st);
	pd = plan_choose(p, &desc, p->n->attr, false);
	if (!pd)
		return refuse(p, node);
	return plan_step(p, node, pd, NULL, NULL, &p->buffer_of[node->output]);
}

enum status plan_node(struct plan *p, const struct node *node)
{
	if (p->buffer_of[node->output] != SIZE_MAX) /* a relu computed by the layer before it */
		return ST_OK;
	switch (node->op) {
	case OP_CONV:
		return plan_conv(p, node);
	case OP_DENSE:
		return plan_dense(p, node);
	case OP_RELU:
		return plan_relu(p, node);
	case OP_MAXPOOL:
		return plan_pool(p, node);
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
	default: /* not run yet */
		break;
	}
	return err_set(p->e, ST_INTERNAL, "layer '%s': cannot run operator %s", node->name,
	               op_name(node->op));
}
