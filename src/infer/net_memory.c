/* Where the values of a planned net lie. */
#include "infer/net_plan.h"

#include <stdint.h>

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

/* The buffer whose memory holds this one, and where in it. */
static size_t whole_of(const struct net *n, size_t buffer, size_t *offset)
{
	*offset = 0;
	while (n->buffers[buffer].part_of != SIZE_MAX) {
		*offset += n->buffers[buffer].offset;
		buffer = n->buffers[buffer].part_of;
	}
	return buffer;
}

/* A whole lives as long as any of its parts. */
static void extend_wholes(struct net *n)
{
	for (size_t i = 0; i < n->n_buffers; i++) {
		size_t offset;
		struct net_buffer *whole = &n->buffers[whole_of(n, i, &offset)];

		if (n->buffers[i].made < whole->made)
			whole->made = n->buffers[i].made;
		if (n->buffers[i].last_use > whole->last_use)
			whole->last_use = n->buffers[i].last_use;
	}
}

static bool is_callers(const struct net *n, size_t buffer)
{
	return buffer == n->input || buffer == n->output;
}

/* Gives every buffer but the caller's two its memory; buffers that do not live at the same time
 * share it, which keeps the working set in the cache. */
static enum status give_memory(struct net_plan *p)
{
	struct net *n = p->n;
	struct slot *slots = ARENA_NEW(&n->arena, struct slot, n->n_buffers);
	size_t *slot_of = ARENA_NEW(&n->arena, size_t, n->n_buffers);
	void **data = ARENA_NEW(&n->arena, void *, n->n_buffers);
	size_t n_slots = 0;

	if (!slots || !slot_of || !data)
		return err_nomem(p->e);
	extend_wholes(n);
	for (size_t i = 0; i < n->n_buffers; i++) {
		const struct net_buffer *b = &n->buffers[i];

		if (is_callers(n, i) || b->part_of != SIZE_MAX)
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
		size_t offset, whole = whole_of(n, i, &offset);
		dnnl_status_t st;

		if (is_callers(n, i))
			continue;
		st = dnnl_memory_set_data_handle(n->buffers[i].mem,
		                                 (char *)data[slot_of[whole]] + offset);
		if (st)
			return plan_error(p, p->m->name, "its memory", st);
	}
	return ST_OK;
}

/* Room for the largest kernel that is scaled on its way into the primitive. */
static enum status give_scaled(struct net_plan *p)
{
	struct net *n = p->n;
	size_t most = 0;

	for (size_t i = 0; i < n->n_weights; i++) {
		const size_t count = p->m->kernels[n->weights[i].kernel].n;

		if (n->weights[i].scale && !n->weights[i].blocks.lanes && count > most)
			most = count;
	}
	n->scaled = most ? ARENA_NEW(&n->arena, float, most) : NULL;
	return most && !n->scaled ? err_nomem(p->e) : ST_OK;
}

enum status plan_memory(struct net_plan *p)
{
	enum status rc = give_memory(p);
	dnnl_status_t st;

	if (!rc)
		rc = give_scaled(p);
	if (rc)
		return rc;
	st = give_scratchpad(p->n);
	return st ? plan_error(p, p->m->name, "its scratchpad", st) : ST_OK;
}
