/* Weights put into blocks, against a product and oneDNN's own reorder: the same bits. */
#include "infer/net_plan.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { ROOM = 64 * 40 * 9 };

struct bench {
	struct net n;
	struct model m;
	struct kernel k;
	struct net_plan p;
	struct err e;
	float w[ROOM], scaled[ROOM], scale[64];
	dnnl_memory_desc_t plain, own;
	float *data; /* as the net has it: aligned and zeroed */
};

static void setup(struct bench *b, const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
	uint32_t x = 1;

	*b = (struct bench){ .m.kernels = &b->k, .m.n_kernels = 1 };
	b->k.channels = (size_t)dims[0];
	b->k.n = (size_t)(dims[0] * dims[1] * dims[2] * dims[3]);
	b->p = (struct net_plan){ .n = &b->n, .m = &b->m, .e = &b->e };
	b->n.model = &b->m;
	cr_assert_leq(b->k.n, ROOM);
	for (size_t i = 0; i < b->k.n; i++) {
		x = x * 1664525 + 1013904223;
		b->w[i] = ((float)(x >> 8) - 8e6f) * 1.7e-7f;
		b->scale[i % 64] = (float)(x >> 9) * 3e-7f;
	}
	for (size_t i = 0; i < b->k.n; i++)
		b->scaled[i] = b->w[i] * b->scale[i / (b->k.n / b->k.channels)];
	cr_assert(!dnnl_engine_create(&b->n.engine, dnnl_cpu, 0));
	cr_assert(!dnnl_memory_desc_init_by_tag(&b->plain, 4, dims, dnnl_f32, dnnl_oihw));
	cr_assert(!dnnl_memory_desc_init_by_tag(&b->own, 4, dims, dnnl_f32, tag));
	b->data = arena_alloc(&b->n.arena, dnnl_memory_desc_get_size(&b->own), 1);
	cr_assert(b->data);
}

static void teardown(struct bench *b)
{
	dnnl_engine_destroy(b->n.engine);
	arena_release(&b->n.arena);
}

/* What oneDNN makes of it, in memory of the arena. */
static const float *reordered(struct bench *b, float *from)
{
	float *to = arena_alloc(&b->n.arena, dnnl_memory_desc_get_size(&b->own), 1);
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t reorder;
	dnnl_memory_t src, dst;
	dnnl_stream_t stream;

	cr_assert(to);
	cr_assert(!dnnl_stream_create(&stream, b->n.engine, dnnl_stream_default_flags));
	cr_assert(!dnnl_memory_create(&src, &b->plain, b->n.engine, from));
	cr_assert(!dnnl_memory_create(&dst, &b->own, b->n.engine, to));
	cr_assert(!dnnl_reorder_primitive_desc_create(&pd, &b->plain, b->n.engine, &b->own,
	                                              b->n.engine, NULL));
	cr_assert(!dnnl_primitive_create(&reorder, pd));
	cr_assert(!dnnl_primitive_execute(reorder, stream, 2,
	                                  (dnnl_exec_arg_t[]){
	                                          {DNNL_ARG_FROM, src},
                                                  { DNNL_ARG_TO,  dst}
        }));
	dnnl_stream_wait(stream);
	dnnl_primitive_destroy(reorder);
	dnnl_primitive_desc_destroy(pd);
	dnnl_memory_destroy(src);
	dnnl_memory_destroy(dst);
	dnnl_stream_destroy(stream);
	return to;
}

/* Scaled or not, kept in the cache or not. */
static void check(struct bench *b, size_t lanes)
{
	struct net_weights w = { 0 };
	const size_t bytes = dnnl_memory_desc_get_size(&b->own);

	cr_assert(!plan_blocks(&b->p, &w, &b->own, b->data), "%s", b->e.msg);
	cr_assert_eq(w.blocks.lanes, lanes);
	for (int variant = 0; lanes && variant < 4; variant++) {
		w.scale = variant & 1 ? b->scale : NULL;
		b->n.block_bytes = variant & 2 ? SIZE_MAX : 0;
		memset(b->data, 0, bytes);
		blocks_fill(&b->n, &w, b->w);
		cr_assert(!memcmp(b->data, reordered(b, w.scale ? b->scaled : b->w), bytes),
		          "variant %d", variant);
	}
}

Test(infer_block, equals_a_product_and_a_reorder)
{
	/* Whole and partial blocks of input channels; numbers of columns that four divides or not.
	 */
	static const dnnl_dims_t dims[] = {
		{64,  32, 1, 1},
                { 16, 16, 3, 3},
                { 32, 40, 3, 3},
		{ 16, 3,  7, 7},
                { 48, 7,  1, 1},
                { 64, 5,  1, 3}
	};
	static const struct {
		dnnl_format_tag_t tag;
		size_t lanes;
	} layouts[] = {
		{dnnl_OIhw16i16o,  16},
                { dnnl_OIhw8i8o,   8 },
                { dnnl_Oihw16o,    16},
		{ dnnl_Ohwi16o,    16},
                { dnnl_Ohwi8o,     8 },
                { dnnl_IOhw16i16o, 16},
	};
	static struct bench b;

	for (size_t d = 0; d < LEN(dims); d++)
		for (size_t l = 0; l < LEN(layouts); l++) {
			setup(&b, dims[d], layouts[l].tag);
			check(&b, layouts[l].lanes);
			teardown(&b);
		}
}

/* Other layouts are oneDNN's. */
Test(infer_block, declines)
{
	static const struct {
		dnnl_dims_t dims;
		dnnl_format_tag_t tag;
	} other[] = {
		{{ 32, 16, 3, 3 },  dnnl_oihw       }, /* no blocks */
		{ { 20, 16, 3, 3 }, dnnl_OIhw16i16o }, /* a block that is not full */
		{ { 32, 16, 3, 3 }, dnnl_OIhw16o16i }, /* input channels side by side */
		{ { 32, 16, 3, 3 }, dnnl_OIhw4i16o4i},
	};
	static struct bench b;

	for (size_t i = 0; i < LEN(other); i++) {
		setup(&b, other[i].dims, other[i].tag);
		check(&b, 0);
		teardown(&b);
	}
}
