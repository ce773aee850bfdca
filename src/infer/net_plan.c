#include "infer/net_plan.h"

#include <stdint.h>
#include <string.h>

enum status plan_error(const struct net_plan *p, const char *layer, const char *call,
                       dnnl_status_t st)
{
	return net_dnnl_error(p->e, layer, call, st);
}

/* Descriptors. */

int plan_dims(const struct net_plan *p, const struct shape *s, dnnl_dims_t dims)
{
	dims[0] = (dnnl_dim_t)p->n->batch;
	if (s->rank != 3) {
		dims[1] = (dnnl_dim_t)shape_count(s);
		return 2;
	}
	for (unsigned i = 0; i < s->rank; i++)
		dims[i + 1] = (dnnl_dim_t)s->dim[i];
	return (int)s->rank + 1;
}

dnnl_status_t plan_row_major(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                             dnnl_data_type_t type)
{
	return dnnl_memory_desc_init_by_strides(md, rank, dims, type, NULL);
}

dnnl_status_t plan_tag(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                       dnnl_data_type_t type, dnnl_format_tag_t tag)
{
	return dnnl_memory_desc_init_by_tag(md, rank, dims, type, tag);
}

dnnl_status_t plan_in_order_of(dnnl_memory_desc_t *out, const dnnl_memory_desc_t *value,
                               const dnnl_dims_t dims)
{
	static const dnnl_format_tag_t images[] = { dnnl_nchw, dnnl_nhwc, dnnl_nChw16c,
		                                    dnnl_nChw8c };
	dnnl_memory_desc_t md;

	for (size_t i = 0; value->ndims == 4 && i < sizeof(images) / sizeof(images[0]); i++)
		if (!plan_tag(&md, 4, value->dims, value->data_type, images[i]) &&
		    dnnl_memory_desc_equal(&md, value))
			return plan_tag(out, 4, dims, value->data_type, images[i]);
	return plan_row_major(out, value->ndims, dims, value->data_type);
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

bool plan_is_reference(const_dnnl_primitive_desc_t pd)
{
	return is_reference(implementation_of(pd));
}

dnnl_primitive_desc_t plan_choose(const struct net_plan *p, const_dnnl_op_desc_t desc,
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

enum status plan_buffer(struct net_plan *p, const char *layer, const dnnl_memory_desc_t *md,
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
	b->part_of = SIZE_MAX;
	*out = n->n_buffers++;
	return ST_OK;
}

void plan_arg(struct net_step *s, int arg, dnnl_memory_t mem)
{
	s->arg[s->n_args++] = (dnnl_exec_arg_t){ arg, mem };
}

enum status plan_primitive(struct net_plan *p, struct net_step *s, const char *layer,
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

void plan_read(struct net_plan *p, struct net_step *s, int arg, size_t buffer)
{
	plan_arg(s, arg, p->n->buffers[buffer].mem);
	p->n->buffers[buffer].last_use = (size_t)(s - p->n->steps);
}

enum status plan_step(struct net_plan *p, const char *layer, dnnl_primitive_desc_t pd, size_t *dst,
                      struct net_step **s)
{
	struct net *n = p->n;
	enum status rc = plan_buffer(p, layer, plan_md(pd, dnnl_query_dst_md), n->n_steps, dst);

	if (rc) {
		dnnl_primitive_desc_destroy(pd);
		return rc;
	}
	*s = &n->steps[n->n_steps++];
	(*s)->dst = *dst;
	(*s)->value = SIZE_MAX;
	plan_arg(*s, DNNL_ARG_DST, n->buffers[*dst].mem);
	return plan_primitive(p, *s, layer, pd);
}

enum status plan_reorder(struct net_plan *p, const char *layer, const dnnl_memory_desc_t *from,
                         const dnnl_memory_desc_t *to, dnnl_primitive_desc_t *out)
{
	dnnl_status_t st = dnnl_reorder_primitive_desc_create(out, from, p->n->engine, to,
	                                                      p->n->engine, p->n->attr);

	if (st)
		return plan_error(p, layer, "a change of layout", st);
	if (!plan_is_reference(*out))
		return ST_OK;
	dnnl_primitive_desc_destroy(*out);
	return err_set(p->e, ST_INTERNAL,
	               "layer '%s': oneDNN has only its reference loops for a change of layout",
	               layer);
}

static enum status add_reorder(struct net_plan *p, const char *layer, size_t buffer,
                               const dnnl_memory_desc_t *md, size_t *out)
{
	dnnl_primitive_desc_t pd;
	struct net_step *s;
	enum status rc = plan_reorder(p, layer, &p->n->buffers[buffer].md, md, &pd);

	if (rc)
		return rc;
	rc = plan_step(p, layer, pd, out, &s);
	if (rc)
		return rc;
	plan_read(p, s, DNNL_ARG_FROM, buffer);
	p->n->buffers[*out].copy_of = p->n->buffers[buffer].copy_of;
	return ST_OK;
}

enum status plan_in_layout(struct net_plan *p, const char *layer, size_t buffer,
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

enum status plan_single(struct net_plan *p, const struct node *node, dnnl_primitive_desc_t pd,
                        size_t *dst, struct net_step **s)
{
	size_t src = p->buffer_of[node->input[0]];
	enum status rc = plan_in_layout(p, node->name, src, plan_md(pd, dnnl_query_src_md), &src);

	if (rc) {
		dnnl_primitive_desc_destroy(pd);
		return rc;
	}
	rc = plan_step(p, node->name, pd, dst, s);
	if (!rc)
		plan_read(p, *s, DNNL_ARG_SRC, src);
	return rc;
}

enum status plan_view(struct net_plan *p, const char *layer, size_t buffer,
                      const dnnl_memory_desc_t *md, size_t *out)
{
	struct net *n = p->n;
	dnnl_memory_desc_t plain;
	dnnl_status_t st;
	enum status rc;

	st = plan_row_major(&plain, n->buffers[buffer].md.ndims, n->buffers[buffer].md.dims,
	                    n->buffers[buffer].md.data_type);
	if (st)
		return plan_error(p, layer, "a change of shape", st);
	/* The caller's images may be elsewhere in every run. */
	rc = buffer == n->input ? add_reorder(p, layer, buffer, &plain, &buffer)
	                        : plan_in_layout(p, layer, buffer, &plain, &buffer);
	if (!rc && buffer == n->input)
		rc = add_reorder(p, layer, buffer, &plain, &buffer);
	if (!rc)
		rc = plan_buffer(p, layer, md, n->buffers[buffer].made, out);
	if (rc)
		return rc;
	n->buffers[*out].part_of = buffer;
	n->buffers[buffer].has_parts = true;
	return ST_OK;
}

enum status plan_proper(struct net_plan *p, const char *layer, size_t value, size_t *out)
{
	dnnl_memory_desc_t md;
	dnnl_dims_t dims;
	int rank = plan_dims(p, &p->m->values[value].shape, dims);
	const dnnl_data_type_t type = p->n->buffers[p->buffer_of[value]].md.data_type;
	dnnl_status_t st = plan_row_major(&md, rank, dims, type);
	enum status rc;

	*out = p->buffer_of[value];
	if (st)
		return plan_error(p, layer, "its input shape", st);
	if (p->n->buffers[*out].md.ndims == rank)
		return ST_OK;
	rc = plan_view(p, layer, *out, &md, out);
	if (!rc)
		p->buffer_of[value] = *out;
	return rc;
}

enum status plan_constant(struct net_plan *p, const char *layer, const dnnl_memory_desc_t *md,
                          size_t count, dnnl_memory_t *mem, float **data)
{
	struct net *n = p->n;
	dnnl_status_t st;

	*data = ARENA_NEW(&n->arena, float, count);
	if (!*data)
		return err_nomem(p->e);
	st = dnnl_memory_create(mem, md, n->engine, *data);
	if (st)
		return plan_error(p, layer, "its constants", st);
	n->constants[n->n_constants++] = *mem;
	return ST_OK;
}

/* The whole plan. */

static enum status allocate(struct net_plan *p)
{
	struct net *n = p->n;
	size_t steps = 2;

	for (size_t i = 0; i < p->m->n_nodes; i++)
		/* Each input may need two copies: other dimensions, another layout. And a grid. */
		steps += 2 + 2 * p->m->nodes[i].n_inputs;
	n->steps = ARENA_NEW(&n->arena, struct net_step, steps);
	n->buffers = ARENA_NEW(&n->arena, struct net_buffer, 2 * steps);
	n->weights = ARENA_NEW(&n->arena, struct net_weights, p->m->n_nodes);
	n->constants = ARENA_NEW(&n->arena, dnnl_memory_t, 3 * p->m->n_nodes);
	p->uses = ARENA_NEW(&n->arena, size_t, p->m->n_values);
	p->reader = ARENA_NEW(&n->arena, const struct node *, p->m->n_values);
	p->done = ARENA_NEW(&n->arena, bool, p->m->n_nodes);
	p->score = ARENA_NEW(&n->arena, bool, p->m->n_values);
	p->buffer_of = ARENA_NEW(&n->arena, size_t, p->m->n_values);
	if (!n->steps || !n->buffers || !n->weights || !n->constants || !p->uses || !p->reader ||
	    !p->done || !p->score || !p->buffer_of)
		return err_nomem(p->e);
	for (size_t i = 0; i < p->m->n_values; i++)
		p->buffer_of[i] = SIZE_MAX;
	for (size_t i = 0; i < p->m->n_nodes; i++)
		for (unsigned k = 0; k < p->m->nodes[i].n_inputs; k++) {
			p->uses[p->m->nodes[i].input[k]]++;
			p->reader[p->m->nodes[i].input[k]] = &p->m->nodes[i];
		}
	p->uses[p->m->output]++;
	plan_scores(p);
	return ST_OK;
}

static enum status plan_input(struct net_plan *p)
{
	const struct value *v = &p->m->values[p->m->input];
	dnnl_memory_desc_t md;
	dnnl_dims_t dims;
	int rank = plan_dims(p, &v->shape, dims);
	dnnl_status_t st = plan_row_major(&md, rank, dims, dnnl_f32);
	enum status rc;

	if (st)
		return plan_error(p, v->name, "the input shape", st);
	rc = plan_buffer(p, v->name, &md, SIZE_MAX, &p->n->input);
	p->buffer_of[p->m->input] = p->n->input;
	return rc;
}

/* Scores are handed out row-major and never in the caller's images. */
static enum status plan_output(struct net_plan *p)
{
	const struct value *v = &p->m->values[p->m->output];
	size_t b = p->buffer_of[p->m->output];
	dnnl_memory_desc_t md;
	dnnl_status_t st;
	enum status rc;

	st = plan_row_major(&md, p->n->buffers[b].md.ndims, p->n->buffers[b].md.dims, dnnl_f32);
	if (st)
		return plan_error(p, v->name, "the output shape", st);
	rc = plan_in_layout(p, v->name, b, &md, &b);
	/* The caller's memory must be all of the buffer's, and only its. */
	if (!rc && (b == p->n->input || p->n->buffers[b].part_of != SIZE_MAX ||
	            p->n->buffers[b].has_parts))
		rc = add_reorder(p, v->name, b, &md, &b);
	p->n->output = b;
	return rc;
}

enum status net_plan(struct net *n, const struct activation_range *ranges, struct err *e)
{
	struct net_plan p = { .n = n, .m = n->model, .ranges = ranges, .e = e };
	enum status rc = allocate(&p);

	if (!rc)
		rc = plan_input(&p);
	for (size_t i = 0; i < p.m->n_nodes && !rc; i++)
		rc = p.done[i] ? ST_OK : plan_node(&p, &p.m->nodes[i]);
	if (!rc)
		rc = plan_output(&p);
	return rc ? rc : plan_memory(&p);
}
