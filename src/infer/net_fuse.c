/* What is computed together with the layer before it. */
#include "infer/net_plan.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

/* The one node that reads the value, or NULL. */
static const struct node *only_reader(const struct net_plan *p, size_t value)
{
	return p->uses[value] == 1 ? p->reader[value] : NULL;
}

/* (x * scale + shift) * next->scale + next->bias as one scale and shift. */
static enum status compose(struct net_plan *p, struct fusion *f, const struct node *next)
{
	const size_t n = p->m->values[next->output].shape.dim[0];
	float *scale = ARENA_NEW(&p->n->arena, float, n);
	float *shift = ARENA_NEW(&p->n->arena, float, n);

	if (!scale || !shift)
		return err_nomem(p->e);
	for (size_t c = 0; c < n; c++) {
		scale[c] = (f->scale ? f->scale[c] : 1.0f) * next->scale[c];
		shift[c] = (f->shift ? f->shift[c] : 0.0f) * next->scale[c] + next->bias[c];
	}
	f->scale = scale;
	f->shift = shift;
	return ST_OK;
}

/* Limits before a grid are limits on the grid, since rounding keeps the order. (oneDNN 2.6 also
 * mixes up two clips behind one primitive.) */
static void limit_grid(struct fusion *f)
{
	const bool relu = f->act->op == OP_RELU;

	f->grid.low = fmaxf(f->grid.low, rintf((relu ? 0.0f : f->act->low) * f->grid.inverse));
	f->grid.high =
	        fminf(f->grid.high, rintf((relu ? INFINITY : f->act->high) * f->grid.inverse));
	f->act = NULL;
}

/* Whether all of a buffer's bytes are one value's. */
static bool stands_alone(const struct net_buffer *b)
{
	return !b->has_parts && (b->part_of == SIZE_MAX || b->replaces);
}

/* Whether nobody misses the value that f adds once the node has run, which must not read it either.
 * Other values may share its buffer, or be copies of it in other layouts. */
static bool may_overwrite(const struct net_plan *p, const struct node *node, const struct fusion *f)
{
	const struct net *n = p->n;
	const size_t family = n->buffers[p->buffer_of[f->other]].copy_of;

	/* Images and scores are the caller's. */
	if (family == n->buffers[n->input].copy_of || p->score[f->last->output])
		return false;
	for (size_t i = 0; i < n->n_buffers; i++)
		if (n->buffers[i].copy_of == family && !stands_alone(&n->buffers[i]))
			return false;
	for (const struct node *r = node; r < p->m->nodes + p->m->n_nodes; r++) {
		if (r == f->add || p->done[r - p->m->nodes])
			continue;
		for (unsigned k = 0; k < r->n_inputs; k++) {
			size_t b = p->buffer_of[r->input[k]];

			if (b != SIZE_MAX && n->buffers[b].copy_of == family)
				return false;
		}
	}
	return true;
}

enum status fuse_after(struct net_plan *p, const struct node *node, bool with_scale, bool with_add,
                       struct fusion *f)
{
	const struct node *next = only_reader(p, node->output);
	enum status rc;

	*f = (struct fusion){ .last = node, .value = SIZE_MAX };
	while (with_scale && next && next->op == OP_SCALE) {
		rc = compose(p, f, next);
		if (rc)
			return rc;
		f->last = next;
		next = only_reader(p, next->output);
	}
	if (with_add && next && next->op == OP_ADD) {
		f->other = next->input[next->input[0] == f->last->output];
		if (p->buffer_of[f->other] != SIZE_MAX) {
			f->last = f->add = next;
			next = only_reader(p, next->output);
		}
	}
	if (next && (next->op == OP_RELU || next->op == OP_CLIP))
		f->last = f->act = next;
	f->in_place = f->add && may_overwrite(p, node, f);
	f->value = p->score[f->last->output] ? SIZE_MAX : f->last->output;
	rc = plan_grid(p, f->last->output, &f->grid);
	if (!rc && f->act && f->grid.scale > 0)
		limit_grid(f);
	return rc;
}

static dnnl_status_t append(dnnl_post_ops_t ops, const struct fusion *f,
                            const dnnl_memory_desc_t *shift_md, const dnnl_memory_desc_t *add_md)
{
	dnnl_status_t st = dnnl_success;

	if (shift_md)
		st = dnnl_post_ops_append_binary(ops, dnnl_binary_add, shift_md);
	if (!st && add_md)
		st = f->in_place ? dnnl_post_ops_append_sum(ops, 1.0f)
		                 : dnnl_post_ops_append_binary(ops, dnnl_binary_add, add_md);
	if (!st && f && f->act)
		st = f->act->op == OP_RELU
		             ? dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f,
		                                            0.0f)
		             : dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_clip,
		                                            fmaxf(f->act->low, -FLT_MAX),
		                                            fminf(f->act->high, FLT_MAX));
	if (st || !f || !(f->grid.scale > 0))
		return st;
	st = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_linear, f->grid.inverse, 0.0f);
	if (!st)
		st = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_round, 0.0f, 0.0f);
	if (!st)
		st = dnnl_post_ops_append_eltwise(ops, f->grid.scale, dnnl_eltwise_clip,
		                                  f->grid.low, f->grid.high);
	return st;
}

dnnl_status_t fuse_attributes(const struct fusion *f, const dnnl_memory_desc_t *shift_md,
                              const dnnl_memory_desc_t *add_md, dnnl_primitive_attr_t *out)
{
	dnnl_post_ops_t ops = NULL;
	dnnl_status_t st = dnnl_primitive_attr_create(out);

	if (st)
		return st;
	st = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
	/* Said aloud, since an environment variable can change the default. */
	if (!st)
		st = dnnl_primitive_attr_set_fpmath_mode(*out, dnnl_fpmath_mode_strict);
	if (!st)
		st = dnnl_post_ops_create(&ops);
	if (!st)
		st = append(ops, f, shift_md, add_md);
	if (!st)
		st = dnnl_primitive_attr_set_post_ops(*out, ops);
	dnnl_post_ops_destroy(ops);
	if (st) {
		dnnl_primitive_attr_destroy(*out);
		*out = NULL;
	}
	return st;
}

void fuse_done(struct net_plan *p, const struct node *node, const struct fusion *f, size_t dst)
{
	while (node != f->last) {
		node = p->reader[node->output];
		p->done[node - p->m->nodes] = true;
	}
	p->buffer_of[f->last->output] = dst;
	p->n->steps[p->n->n_steps - 1].value = f->value;
}
