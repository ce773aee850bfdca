/* Weights on their way into the layout that a primitive reads: scaled and put into blocks of output
 * channels in one pass. oneDNN's reorder reads what a pass before it has scaled, and writes through
 * the cache, for which every line is first read from memory. */
#include "infer/net_plan.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

/* A square of four columns (of one output channel: input channel, row, column) by four output
 * channels is the unit that is transposed. */
enum { SIDE = 4, MIN_LANES = 8, MAX_LANES = 16, FIRST_RANK = 2, LAST_RANK = 4 };

typedef float four __attribute__((vector_size(SIDE * sizeof(float))));

/* So many are read from memory when the network runs, whatever is done now; fewer should stay in
 * the cache. */
static const size_t many_bytes = (size_t)8 << 20;

/* Where the element at pos lies, in elements. */
static size_t offset_of(const dnnl_memory_desc_t *md, const dnnl_dims_t pos)
{
	const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
	dnnl_dim_t at = md->offset0, inner = 1;
	dnnl_dims_t rest;

	memcpy(rest, pos, sizeof(rest));
	for (int i = b->inner_nblks; i-- > 0;) {
		const dnnl_dim_t d = b->inner_idxs[i], size = b->inner_blks[i];

		at += rest[d] % size * inner;
		rest[d] /= size;
		inner *= size;
	}
	for (int d = 0; d < md->ndims; d++)
		at += rest[d] * b->strides[d];
	return (size_t)at;
}

/* Output channels that lie side by side, 0 if they do not, or not only whole blocks of them. */
static size_t lanes_of(const dnnl_memory_desc_t *md)
{
	const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
	const int last = b->inner_nblks - 1;

	if (md->data_type != dnnl_f32 || md->format_kind != dnnl_blocked || md->extra.flags ||
	    md->ndims < FIRST_RANK || md->ndims > LAST_RANK || last < 0 || b->inner_idxs[last] ||
	    (b->inner_blks[last] != MIN_LANES && b->inner_blks[last] != MAX_LANES) ||
	    md->dims[0] % b->inner_blks[last])
		return 0;
	for (int i = 0; i < last; i++)
		if (!b->inner_idxs[i])
			return 0;
	return (size_t)b->inner_blks[last];
}

enum status plan_blocks(struct net_plan *p, struct net_weights *w, const dnnl_memory_desc_t *own,
                        float *data)
{
	struct net_blocks *b = &w->blocks;
	size_t columns = 1;

	b->lanes = lanes_of(own);
	if (!b->lanes)
		return ST_OK;
	for (int d = 1; d < own->ndims; d++)
		columns *= (size_t)own->dims[d];
	b->data = data;
	b->columns = columns;
	b->stride = (size_t)own->format_desc.blocking.strides[0];
	b->at = ARENA_NEW(&p->n->arena, size_t, columns);
	if (!b->at)
		return err_nomem(p->e);
	for (size_t j = 0; j < columns; j++) {
		dnnl_dims_t pos = { 0 };
		size_t rest = j;

		for (int d = own->ndims; d-- > 1; rest /= (size_t)own->dims[d])
			pos[d] = (dnnl_dim_t)(rest % (size_t)own->dims[d]);
		b->at[j] = offset_of(own, pos);
	}
	p->n->block_bytes += dnnl_memory_desc_get_size(own);
	return ST_OK;
}

static inline four scaled(const float *w, float scale)
{
	four v;

	memcpy(&v, w, sizeof(v));
	return v * scale;
}

static inline void put(float *out, four v, bool stream)
{
#ifdef __SSE__
	if (stream) {
		_mm_stream_ps(out, v);
		return;
	}
#else
	(void)stream;
#endif
	memcpy(out, &v, sizeof(v));
}

/* Four columns of four output channels. */
static inline void put_square(const float *w, size_t columns, const float *scale, const size_t *at,
                              float *out, bool stream)
{
	const four a = scaled(w, scale[0]), b = scaled(w + columns, scale[1]);
	const four c = scaled(w + 2 * columns, scale[2]), d = scaled(w + 3 * columns, scale[3]);
	const four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
	const four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
	const four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
	const four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);

	put(out + at[0], __builtin_shufflevector(ab, cd, 0, 1, 4, 5), stream);
	put(out + at[1], __builtin_shufflevector(ab, cd, 2, 3, 6, 7), stream);
	put(out + at[2], __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), stream);
	put(out + at[3], __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7), stream);
}

/* One block of output channels; lanes and stream are constants where this is inlined. */
static inline void fill_block(const struct net_blocks *b, const float *w, const float *scale,
                              float *out, size_t lanes, bool stream)
{
	const size_t columns = b->columns;
	size_t j = 0;

	for (; j + SIDE <= columns; j += SIDE)
		for (size_t o = 0; o < lanes; o += SIDE)
			put_square(w + o * columns + j, columns, scale + o, b->at + j, out + o,
			           stream);
	for (; j < columns; j++)
		for (size_t o = 0; o < lanes; o++)
			out[b->at[j] + o] = w[o * columns + j] * scale[o];
}

void blocks_fill(const struct net *n, const struct net_weights *nw, const float *w)
{
	static const float ones[MAX_LANES] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	const struct net_blocks *b = &nw->blocks;
	const size_t channels = n->model->kernels[nw->kernel].channels;
	const bool stream = n->block_bytes > many_bytes;
	float *out = b->data;

	for (size_t c = 0; c < channels;
	     c += b->lanes, out += b->stride, w += b->lanes * b->columns) {
		const float *scale = nw->scale ? nw->scale + c : ones;

		if (b->lanes == MAX_LANES && stream)
			fill_block(b, w, scale, out, MAX_LANES, true);
		else if (b->lanes == MAX_LANES)
			fill_block(b, w, scale, out, MAX_LANES, false);
		else
			fill_block(b, w, scale, out, MIN_LANES, stream);
	}
#ifdef __SSE__
	_mm_sfence();
#endif
}
