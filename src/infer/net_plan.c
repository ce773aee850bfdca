#include "infer/net_plan.h"

#include <stdint.h>
#include <string.h>

enum status plan_error(const struct plan *p, const char *layer, const char *call, dnnl_status_t st)
{
	return net_dnnl_error(p->e, layer, call, st);
}

/* Descriptors. */

int plan_image_dims(const struct plan *p, const struct shape *s, dnnl_dims_t dims)
{
	dims[0] = (dnnl_dim_t)p->n->batch;
	for (unsigned i = 0; i < s->rank; i++)
		dims[i + 1] = (dnnl_dim_t)s->dim[i];
	return (int)s->rank + 1;
}

dnnl_status_t plan_row_major(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims)
{
	return dnnl_memory_desc_init_by_strides(md, rank, dims, dnnl_f32, NULL);
}

dnnl_status_t plan_tag(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                       dnnl_format_tag_t tag)
{
	return dnnl_memory_desc_init_by_tag(md, rank, dims, dnnl_f32, tag);
}

const dnnl_memory_desc_t *plan_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(pd, what, 0);
}

/* Choice of an implementation. */

static const char *implementation_of(const_dnnl_primitive_desc_t pd)
{
	const char *name = NULL;

	if (dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name) || !name)
		return "unknown";
	return name;
}

/* oneDNN falls back to its reference loops without a word; they are a hundred times too slow. */
static bool is_reference(const char *implementation)
{
	return !strncmp(implementation, "ref", 3) || strstr(implementation, "ref:");
}

dnnl_primitive_desc_t plan_choose(const struct plan *p, const_dnnl_op_desc_t desc,
                                  const_dnnl_primitive_attr_t attr, bool jit_only)
{
	dnnl_primitive_desc_iterator_t it = NULL;
	dnnl_primitive_desc_t pd = NULL;

	if (dnnl_primitive_desc_iterator_create(&it, desc, attr, p->n->engine, NULL))
		return NULL;
	do {
		const char *name;

		pd = dnnl_primitive_desc_iterator_fetch(it);
		if (!pd)
			break;
		name = implementation_of(pd);
		if (!is_reference(name) && (!jit_only || !strncmp(name, "jit", 3)))
			break;
		dnnl_primitive_desc_destroy(pd);
		pd = NULL;
	} while (!dnnl_primitive_desc_iterator_next(it));
	dnnl_primitive_desc_iterator_destroy(it);
	return pd;
}

/* Buffers and steps. */

static enum status plan_buffer(struct plan *p, const char *layer, const dnnl_memory_desc_t *md,
                               size_t made, size_t *out)
{
	struct net *n = p->n;
	struct net_buffer *b = &n->buffers[n->n_buffers];
	dnnl_status_t st = dnnl_memory_create(&b->mem, md, n->engine, DNNL_MEMORY_NONE);

	if (st)
		return plan_error(p, layer, "a buffer", st);
	b->md = *md;
	b->copy_of = n->n_buffers;
	b->made = b->last_use = made;
	*out = n->n_buffers++;
	return ST_OK;
}

void plan_arg(struct net_step *s, int arg, dnnl_memory_t mem)
{
	s->arg[s->n_args++] = (dnnl_exec_arg_t){ arg, mem };
}

enum status plan_primitive(struct plan *p, struct net_step *s, const char *layer,
                           dnnl_primitive_desc_t pd)
{
	size_t scratch = dnnl_memory_desc_get_size(plan_md(pd, dnnl_query_scratchpad_md));
	dnnl_status_t st;

	s->layer = layer;
	s->implementation = arena_strdup(&p->n->arena, implementation_of(pd));
	st = s->implementation ? dnnl_primitive_create(&s->primitive, pd) : dnnl_out_of_memory;
	dnnl_primitive_desc_destroy(pd);
	if (st)
		return plan_error(p, layer, "its primitive", st);
	if (scratch > p->n->scratchpad_bytes)
		p->n->scratchpad_bytes = scratch;
	return ST_OK;
}

/* Appends the step that reads buffer src and makes buffer dst; takes over pd. */
static enum status add_step(struct plan *p, const char *layer, dnnl_primitive_desc_t pd, size_t src,
                            size_t dst, const struct net_weights *w, dnnl_memory_t bias)
{
	struct net *n = p->n;
	struct net_step *s = &n->steps[n->n_steps];

	plan_arg(s, DNNL_ARG_SRC, n->buffers[src].mem);
	plan_arg(s, DNNL_ARG_DST, n->buffers[dst].mem);
	if (w)
		plan_arg(s, DNNL_ARG_WEIGHTS, w->own);
	if (bias)
		plan_arg(s, DNNL_ARG_BIAS, bias);
	n->buffers[src].last_use = n->n_steps++;
	return plan_primitive(p, s, layer, pd);
}

enum status plan_reorder(struct plan *p, const char *layer, const dnnl_memory_desc_t *from,
                         const dnnl_memory_desc_t *to, dnnl_primitive_desc_t *out)
{
	dnnl_status_t st = dnnl_reorder_primitive_desc_create(out, from, p->n->engine, to,
	                                                      p->n->engine, p->n->attr);

	if (st)
		return plan_error(p, layer, "a change of layout", st);
	if (!is_reference(implementation_of(*out)))
		return ST_OK;
	dnnl_primitive_desc_destroy(*out);
	return err_set(p->e, ST_INTERNAL,
	               "layer '%s': oneDNN has only its reference loops for a change of layout",
	               layer);
}

static enum status add_reorder(struct plan *p, const char *layer, size_t buffer,
                               const dnnl_memory_desc_t *md, size_t *out)
{
	dnnl_primitive_desc_t pd;
	enum status rc = plan_reorder(p, layer, &p->n->buffers[buffer].md, md, &pd);

	if (rc)
		return rc;
	rc = plan_buffer(p, layer, md, p->n->n_steps, out);
	if (rc) {
		dnnl_primitive_desc_destroy(pd);
		return rc;
	}
	p->n->buffers[*out].copy_of = p->n->buffers[buffer].copy_of;
	return add_step(p, layer, pd, buffer, *out, NULL, NULL);
}

/* The buffer, or a copy of it (made before or appended now), in the layout md. */
static enum status plan_in_layout(struct plan *p, const char *layer, size_t buffer,
                                  const dnnl_memory_desc_t *md, size_t *out)
{
	const struct net *n = p->n;

	for (size_t i = 0; i < n->n_buffers; i++)
		if (n->buffers[i].copy_of == n->buffers[buffer].copy_of &&
		    dnnl_memory_desc_equal(&n->buffers[i].md, md)) {
			*out = i;
			return ST_OK;
		}
	return add_reorder(p, layer, buffer, md, out);
}

enum status plan_step(struct plan *p, const struct node *node, dnnl_primitive_desc_t pd,
                      const struct net_weights *w, dnnl_memory_t bias, size_t *dst)
{
	size_t src = p->buffer_of[node->input[0]];
	enum status rc = plan_in_layout(p, node->name, src, plan_md(pd, dnnl_query_src_md), &src);

	if (!rc)
		rc = plan_buffer(p, node->name, plan_md(pd, dnnl_query_dst_md), p->n->n_steps, dst);
	if (!rc)
		return add_step(p, node->name, pd, src, *dst, w, bias);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

/* The whole plan. */

static enum status allocate(struct plan *p)
{
	struct net *n = p->n;
	size_t steps = 1;

	for (size_t i = 0; i < p->m->n_nodes; i++)
		steps += 1 + p->m->nodes[i].n_inputs; /* each input may need another layout */
	n->steps = ARENA_NEW(&n->arena, struct net_step, steps);
	n->buffers = ARENA_NEW(&n->arena, struct net_buffer, steps + 1);
	n->weights = ARENA_NEW(&n->arena, struct net_weights, p->m->n_nodes);
	n->constants = ARENA_NEW(&n->arena, dnnl_memory_t, p->m->n_nodes);
	p->uses = ARENA_NEW(&n->arena, size_t, p->m->n_values);
	p->buffer_of = ARENA_NEW(&n->arena, size_t, p->m->n_values);
	if (!n->steps || !n->buffers || !n->weights || !n->constants || !p->uses || !p->buffer_of)
		return err_nomem(p->e);
	for (size_t i = 0; i < p->m->n_values; i++)
		p->buffer_of[i] = SIZE_MAX;
	for (size_t i = 0; i < p->m->n_nodes; i++)
		for (unsigned k = 0; k < p->m->nodes[i].n_inputs; k++)
			p->uses[p->m->nodes[i].input[k]]++;
	p->uses[p->m->output]++;
	return ST_OK;
}

/* Only images have dimensions that matter (a convolution refuses all else): the rest is flat, so
 * that a dense layer takes inputs of any rank. */
static enum status plan_input(struct plan *p)
{
	const struct value *v = &p->m->values[p->m->input];
	const struct shape flat = { .rank = 1, .dim = { shape_count(&v->shape) } };
	dnnl_memory_desc_t md;
	dnnl_dims_t dims;
	int rank = plan_image_dims(p, v->shape.rank == 3 ? &v->shape : &flat, dims);
	dnnl_status_t st = plan_row_major(&md, rank, dims);
	enum status rc;

	if (st)
		return plan_error(p, v->name, "the input shape", st);
	rc = plan_buffer(p, v->name, &md, SIZE_MAX, &p->n->input);
	p->buffer_of[p->m->input] = p->n->input;
	return rc;
}

/* Scores are handed out row-major and never in the caller's images. */
static enum status plan_output(struct plan *p)
{
	const struct value *v = &p->m->values[p->m->output];
	size_t b = p->buffer_of[p->m->output];
	dnnl_memory_desc_t md;
	dnnl_status_t st;

	st = plan_row_major(&md, p->n->buffers[b].md.ndims, p->n->buffers[b].md.dims);
	if (st)
		return plan_error(p, v->name, "the output shape", st);
	if (b == p->n->input)
		return add_reorder(p, v->name, b, &md, &p->n->output);
	return plan_in_layout(p, v->name, b, &md, &p->n->output);
}

static dnnl_status_t give_scratchpad(struct net *n)
{
	dnnl_dims_t bytes = { (dnnl_dim_t)n->scratchpad_bytes };
	dnnl_memory_desc_t md;
	dnnl_status_t st;
	void *data;

	if (!n->scratchpad_bytes)
		return dnnl_success;
	data = arena_alloc(&n->arena, n->scratchpad_bytes, 1);
	if (!data)
		return dnnl_out_of_memory;
	st = dnnl_memory_desc_init_by_strides(&md, 1, bytes, dnnl_u8, NULL);
	if (!st)
		st = dnnl_memory_create(&n->scratchpad, &md, n->engine, data);
	for (size_t i = 0; i < n->n_steps && !st; i++)
		plan_arg(&n->steps[i], DNNL_ARG_SCRATCHPAD, n->scratchpad);
	for (size_t i = 0; i < n->n_weights && !st; i++)
		plan_arg(&n->weights[i].reorder, DNNL_ARG_SCRATCHPAD, n->scratchpad);
	return st;
}

/* A piece of memory that buffers share, one after the other. */
struct slot {
	size_t bytes, free_after; /* step of the last reader so far */
};

/* The smallest slot that is free and large enough at step `made`, else the largest free one, which
 * then grows; a new one when none is free. */
static size_t find_slot(struct slot *slots, size_t *n_slots, size_t bytes, size_t made)
{
	size_t best = *n_slots;

	for (size_t i = 0; i < *n_slots; i++) {
		bool fits = slots[i].bytes >= bytes;

		if (slots[i].free_after >= made)
			continue;
		if (best == *n_slots ||
		    (fits && (slots[best].bytes < bytes || slots[i].bytes < slots[best].bytes)) ||
		    (!fits && slots[best].bytes < bytes && slots[i].bytes > slots[best].bytes))
			best = i;
	}
	if (best == *n_slots)
		slots[(*n_slots)++] = (struct slot){ 0 };
	if (slots[best].bytes < bytes)
		slots[best].bytes = bytes;
	return best;
}

/* Gives every buffer but the caller's two its memory; buffers that do not live at the same time
 * share it, which keeps the working set in the cache. Buffers are in the order of their steps. */
static enum status give_memory(struct plan *p)
{
	struct net *n = p->n;
	struct slot *slots = ARENA_NEW(&n->arena, struct slot, n->n_buffers);
	size_t *slot_of = ARENA_NEW(&n->arena, size_t, n->n_buffers);
	void **data = ARENA_NEW(&n->arena, void *, n->n_buffers);
	size_t n_slots = 0;

	if (!slots || !slot_of || !data)
		return err_nomem(p->e);
	for (size_t i = 0; i < n->n_buffers; i++) {
		const struct net_buffer *b = &n->buffers[i];

		if (i == n->input || i == n->output)
			continue;
		slot_of[i] = find_slot(slots, &n_slots, dnnl_memory_desc_get_size(&b->md), b->made);
		slots[slot_of[i]].free_after = b->last_use;
	}
	for (size_t i = 0; i < n_slots; i++) {
		data[i] = arena_alloc(&n->arena, slots[i].bytes, 1);
		if (!data[i])
			return err_nomem(p->e);
	}
	for (size_t i = 0; i < n->n_buffers; i++) {
		dnnl_status_t st;

		if (i == n->input || i == n->output)
			continue;
		st = dnnl_memory_set_data_handle(n->buffers[i].mem, data[slot_of[i]]);
		if (st)
			return plan_error(p, p->m->name, "its memory", st);
	}
	return ST_OK;
}

enum status net_plan(struct net *n, struct err *e)
{
	struct plan p = { .n = n, .m = n->model, .e = e };
	enum status rc = allocate(&p);
	dnnl_status_t st;

	if (!rc)
		rc = plan_input(&p);
	for (size_t i = 0; i < p.m->n_nodes && !rc; i++)
		rc = plan_node(&p, &p.m->nodes[i]);
	if (!rc)
		rc = plan_output(&p);
	if (!rc)
		rc = give_memory(&p);
	if (rc)
		return rc;
	st = give_scratchpad(n);
	return st ? plan_error(&p, p.m->name, "its scratchpad", st) : ST_OK;
}
