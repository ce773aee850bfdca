/* What activations are rounded to. */
#include "infer/net_plan.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

enum { GRID_STEPS = 255 };

/* From the output back through what only gives it another shape or leaves its order. */
void plan_scores(struct net_plan *p)
{
	size_t value = p->m->output;

	p->score[value] = true;
	for (size_t i = p->m->n_nodes; i-- > 0;) {
		const struct node *node = &p->m->nodes[i];

		if (node->output != value ||
		    (node->op != OP_FLATTEN && node->op != OP_RESHAPE && node->op != OP_SOFTMAX))
			continue;
		value = node->input[0];
		p->score[value] = true;
	}
}

dnnl_data_type_t plan_factor_type(const struct net_plan *p)
{
	return p->n->activations == ACTIVATIONS_BF16 ? dnnl_bf16 : dnnl_f32;
}

dnnl_data_type_t plan_type(const struct net_plan *p, size_t value)
{
	return p->score[value] ? dnnl_f32 : plan_factor_type(p);
}

enum status plan_grid(const struct net_plan *p, size_t value, struct grid *out)
{
	const struct activation_range *r;
	double low, high, scale, zero;

	*out = (struct grid){ 0 };
	if (p->n->activations != ACTIVATIONS_INT8 || p->score[value])
		return ST_OK;
	r = &p->ranges[value];
	if (!isfinite(r->low) || !isfinite(r->high) || r->low > r->high)
		return err_set(p->e, ST_DATA,
		               "value '%s' has the range %g to %g, expected finite numbers: "
		               "calibrate with images that the network was made for",
		               p->m->values[value].name, (double)r->low, (double)r->high);
	low = fmin((double)r->low, 0.0);
	high = fmax((double)r->high, 0.0);
	scale = (high - low) / GRID_STEPS;
	if (scale < (double)FLT_MIN) /* always 0 */
		scale = 1.0;
	out->scale = (float)scale;
	out->inverse = 1.0f / out->scale;
	zero = nearbyint(-low / (double)out->scale);
	out->low = (float)-zero;
	out->high = (float)(GRID_STEPS - zero);
	return ST_OK;
}

/* A product with one per channel, for its post-operations. */
static enum status round_step(struct net_plan *p, const struct node *node, const struct grid *grid)
{
	const struct fusion f = { .last = node, .grid = *grid };
	const size_t src = p->buffer_of[node->output];
	const dnnl_memory_desc_t md = p->n->buffers[src].md;
	dnnl_dims_t dims = { 1, md.dims[1], 1, 1 };
	dnnl_memory_desc_t one_md;
	dnnl_binary_desc_t desc;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	dnnl_memory_t one;
	dnnl_status_t st = plan_in_order_of(&one_md, &md, dims);
	size_t count;
	float *data;
	enum status rc;

	if (st)
		return plan_error(p, node->name, "its grid", st);
	count = dnnl_memory_desc_get_size(&one_md) / sizeof(*data);
	rc = plan_constant(p, node->name, &one_md, count, &one, &data);

	if (rc)
		return rc;
	for (dnnl_dim_t c = 0; c < md.dims[1]; c++)
		data[c] = 1.0f;
	st = dnnl_binary_desc_init(&desc, dnnl_binary_mul, &md, &one_md, &md);
	if (!st)
		st = fuse_attributes(&f, NULL, NULL, &attr);
	if (st)
		return plan_error(p, node->name, "its grid", st);
	pd = plan_choose(p, &desc, attr, false);
	dnnl_primitive_attr_destroy(attr);
	if (!pd)
		return plan_refuse(p, node);
	rc = plan_step(p, node->name, pd, &p->buffer_of[node->output], &s);
	if (rc)
		return rc;
	plan_read(p, s, DNNL_ARG_SRC_0, src);
	plan_arg(s, DNNL_ARG_SRC_1, one);
	return ST_OK;
}

enum status plan_store(struct net_plan *p, const struct node *node)
{
	struct grid grid;
	enum status rc = plan_grid(p, node->output, &grid);

	if (!p->score[node->output])
		p->n->steps[p->n->n_steps - 1].value = node->output;
	return rc || !(grid.scale > 0) ? rc : round_step(p, node, &grid);
}
