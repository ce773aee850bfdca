/* Layers with weights. */
#include "infer/net_plan.h"

enum { MANY_IMAGES = 16 };

/* Layouts of a convolution's source and destination. */
struct layouts {
	dnnl_format_tag_t src, dst;
};

static enum status add_weights(struct net_plan *p, const struct node *node,
                               const dnnl_memory_desc_t *canonical, const dnnl_memory_desc_t *own,
                               const float *scale, const struct net_weights **out)
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
	w->scale = scale;
	st = dnnl_memory_create(&w->canonical, canonical, n->engine, DNNL_MEMORY_NONE);
	if (!st)
		st = dnnl_memory_create(&w->own, own, n->engine, data);
	if (st)
		return plan_error(p, node->name, "its weights", st);
	*out = w;
	rc = plan_blocks(p, w, own, data);
	if (rc || w->blocks.lanes)
		return rc;
	rc = plan_reorder(p, node->name, canonical, own, &pd);
	if (rc)
		return rc;
	plan_arg(&w->reorder, DNNL_ARG_FROM, w->canonical);
	plan_arg(&w->reorder, DNNL_ARG_TO, w->own);
	return plan_primitive(p, &w->reorder, node->name, pd);
}

/* The bias with what the nodes computed with the layer make of it. */
static enum status add_bias(struct net_plan *p, const struct node *node, const struct fusion *f,
                            const dnnl_memory_desc_t *md, dnnl_memory_t *out)
{
	size_t n = p->m->kernels[node->kernel].channels;
	float *data;
	enum status rc = plan_constant(p, node->name, md, n, out, &data);

	for (size_t c = 0; c < n && !rc; c++) {
		float bias = node->bias ? node->bias[c] : 0.0f;

		data[c] = f->scale ? bias * f->scale[c] + f->shift[c] : bias;
	}
	return rc;
}

/* What lies in `old` is gone when the step of `by` runs. */
static void replace_buffer(struct net_plan *p, size_t old, size_t by)
{
	p->n->buffers[old].has_parts = true;
	p->n->buffers[by].part_of = old;
	p->n->buffers[by].replaces = true;
}

/* Appends a convolution or dense step with its weights and bias; takes over pd. */
static enum status add_weighted(struct net_plan *p, const struct node *node, const struct fusion *f,
                                dnnl_primitive_desc_t pd, const dnnl_memory_desc_t *canonical)
{
	const struct net_weights *w = NULL;
	dnnl_memory_t bias = NULL;
	struct net_step *s;
	size_t dst, other = 0;
	enum status rc;

	rc = add_weights(p, node, canonical, plan_md(pd, dnnl_query_weights_md), f->scale, &w);
	if (!rc)
		rc = add_bias(p, node, f,
		              dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1), &bias);
	if (!rc && f->add)
		rc = plan_in_layout(p, node->name, p->buffer_of[f->other],
		                    plan_md(pd, dnnl_query_dst_md), &other);
	if (rc) {
		dnnl_primitive_desc_destroy(pd);
		return rc;
	}
	rc = plan_single(p, node, pd, &dst, &s);
	if (rc)
		return rc;
	plan_arg(s, DNNL_ARG_WEIGHTS, w->own);
	plan_arg(s, DNNL_ARG_BIAS, bias);
	if (f->in_place)
		replace_buffer(p, other, dst);
	else if (f->add)
		plan_read(p, s, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, other);
	fuse_done(p, node, f, dst);
	return ST_OK;
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

static void conv_of(const struct net_plan *p, const struct node *node, struct conv *c)
{
	const struct kernel *k = &p->m->kernels[node->kernel];
	int at = 0;

	*c = (struct conv){ .bias = { (dnnl_dim_t)k->channels } };
	plan_dims(p, &p->m->values[node->input[0]].shape, c->in);
	plan_dims(p, &p->m->values[node->output].shape, c->out);
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

/* With the layouts l, and the added value in the layout of the output. */
static dnnl_primitive_desc_t conv_in(const struct net_plan *p, const struct conv *c,
                                     const struct layouts *l, const struct fusion *f, bool jit_only)
{
	const dnnl_data_type_t factor = plan_factor_type(p);
	dnnl_memory_desc_t src, weights, bias, dst;
	dnnl_convolution_desc_t desc;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;

	if (plan_tag(&src, 4, c->in, factor, l->src) ||
	    plan_tag(&dst, 4, c->out, plan_type(p, f->last->output), l->dst) ||
	    plan_tag(&weights, c->weights_rank, c->weights, factor, dnnl_format_tag_any) ||
	    plan_row_major(&bias, 1, c->bias, dnnl_f32))
		return NULL;
	/* Direct, never Winograd: its rounding would move close decisions. */
	if (dnnl_dilated_convolution_forward_desc_init(
	            &desc, dnnl_forward_inference, dnnl_convolution_direct, &src, &weights, &bias,
	            &dst, c->stride, c->dilation, c->pad_begin, c->pad_end) ||
	    fuse_attributes(f, NULL, f->add ? &dst : NULL, &attr))
		return NULL;
	pd = plan_choose(p, &desc, attr, jit_only);
	dnnl_primitive_attr_destroy(attr);
	return pd;
}

static dnnl_primitive_desc_t conv_best(const struct net_plan *p, const struct node *node,
                                       const struct conv *c, const struct fusion *f)
{
	struct layouts l[6];
	size_t n = conv_layouts(&p->m->kernels[node->kernel], l);
	dnnl_primitive_desc_t pd = NULL;

	for (size_t i = 0; i < n && !pd; i++)
		pd = conv_in(p, c, &l[i], f, true);
	return pd;
}

enum status plan_conv(struct net_plan *p, const struct node *node)
{
	const struct layouts any = { dnnl_format_tag_any, dnnl_format_tag_any };
	const struct layouts plain = { dnnl_nchw, dnnl_nchw };
	dnnl_primitive_desc_t pd = NULL;
	dnnl_memory_desc_t canonical;
	struct fusion f;
	dnnl_status_t st;
	struct conv c;
	enum status rc;

	conv_of(p, node, &c);
	rc = fuse_after(p, node, true, true, &f);
	if (!rc)
		pd = conv_best(p, node, &c, &f);
	if (!rc && !pd && f.in_place) {
		f.in_place = false;
		pd = conv_best(p, node, &c, &f);
	}
	if (!rc && !pd && f.add) {
		rc = fuse_after(p, node, true, false, &f);
		/* The sum, a step of its own then, is what is stored. */
		f.value = SIZE_MAX;
		f.grid = (struct grid){ 0 };
		if (!rc)
			pd = conv_best(p, node, &c, &f);
	}
	if (rc)
		return rc;
	if (!pd)
		pd = conv_in(p, &c, &any, &f, false);
	if (!pd)
		pd = conv_in(p, &c, &plain, &f, false);
	if (!pd)
		return plan_refuse(p, node);
	st = plan_row_major(&canonical, c.weights_rank, c.weights, dnnl_f32);
	if (st) {
		dnnl_primitive_desc_destroy(pd);
		return plan_error(p, node->name, "its weights", st);
	}
	return add_weighted(p, node, &f, pd, &canonical);
}

static dnnl_primitive_desc_t dense_from(const struct net_plan *p, const struct node *node,
                                        const struct fusion *f, const dnnl_memory_desc_t *src,
                                        const dnnl_memory_desc_t *weights)
{
	dnnl_dims_t out = { (dnnl_dim_t)p->n->batch,
		            (dnnl_dim_t)p->m->kernels[node->kernel].channels };
	dnnl_dims_t channels = { out[1] };
	dnnl_memory_desc_t bias, dst;
	dnnl_inner_product_desc_t desc;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;

	if (plan_row_major(&bias, 1, channels, dnnl_f32) ||
	    plan_row_major(&dst, 2, out, plan_type(p, f->last->output)) ||
	    dnnl_inner_product_forward_desc_init(&desc, dnnl_forward_inference, src, weights, &bias,
	                                         &dst) ||
	    fuse_attributes(f, NULL, NULL, &attr))
		return NULL;
	pd = plan_choose(p, &desc, attr, false);
	dnnl_primitive_attr_destroy(attr);
	return pd;
}

/* For few images at a time with the weights of each output in the order of src, which is the
 * cheapest to exchange; else in the order that oneDNN runs best in, measured 1.3 times as fast for
 * 32 images. */
static dnnl_primitive_desc_t dense_best(const struct net_plan *p, const struct node *node,
                                        const struct fusion *f, const dnnl_memory_desc_t *src)
{
	dnnl_dims_t w = { (dnnl_dim_t)p->m->kernels[node->kernel].channels };
	dnnl_primitive_desc_t pd = NULL;
	dnnl_memory_desc_t weights;

	for (int i = 1; i < src->ndims; i++)
		w[i] = src->dims[i];
	if (p->n->batch < MANY_IMAGES && !plan_in_order_of(&weights, src, w))
		pd = dense_from(p, node, f, src, &weights);
	if (!pd && !plan_tag(&weights, src->ndims, w, plan_factor_type(p), dnnl_format_tag_any))
		pd = dense_from(p, node, f, src, &weights);
	return pd;
}

/* A dense layer reads images in the layout they have (its weights are put in the same order), so
 * that a flatten before it costs nothing. */
enum status plan_dense(struct net_plan *p, const struct node *node)
{
	dnnl_memory_desc_t src = p->n->buffers[p->buffer_of[node->input[0]]].md, plain, canonical;
	dnnl_dims_t w = { (dnnl_dim_t)p->m->kernels[node->kernel].channels };
	dnnl_primitive_desc_t pd;
	struct fusion f;
	dnnl_status_t st;
	enum status rc = fuse_after(p, node, true, false, &f);

	if (rc)
		return rc;
	src.data_type = plan_factor_type(p);
	pd = dense_best(p, node, &f, &src);
	if (!pd && !plan_row_major(&plain, src.ndims, src.dims, src.data_type))
		pd = dense_best(p, node, &f, &plain);
	if (!pd)
		return plan_refuse(p, node);
	for (int i = 1; i < src.ndims; i++)
		w[i] = src.dims[i];
	st = plan_row_major(&canonical, src.ndims, w, dnnl_f32);
	if (st) {
		dnnl_primitive_desc_destroy(pd);
		return plan_error(p, node->name, "its weights", st);
	}
	return add_weighted(p, node, &f, pd, &canonical);
}
