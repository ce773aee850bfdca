#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugins.h"
#include "quant/authors.h"
#include "quant/quantizer.h"
#include "quant/trim.h"

/* A model of one 2 x 4 dense kernel and one 2 x 1 x 1 x 2 convolution kernel. */
static const float dense_w[] = { 1.0f, -0.5f, 0.25f, 0.0f, -2.0f, 0.1f, 0.5f, 1.5f };
static const float conv_w[] = { 0.5f, -0.25f, 4.0f, 1.0f };
static struct kernel kernels[] = {
	{.layer = "fc",
         .n = 8,
         .channels = 2,
         .groups = 1,
         .w = dense_w,
         .shape = { 2, { 2, 4 } }      },
	{ .layer = "conv",
         .n = 4,
         .channels = 2,
         .groups = 1,
         .w = conv_w,
         .shape = { 4, { 2, 1, 1, 2 } }},
};
static const struct model toy = {
	.name = "toy", .n_kernels = 2, .kernels = kernels, .n_weights = 12
};

static struct quantized *quantize_toy(struct quant_spec s)
{
	struct quantized *q;
	struct err e;

	cr_assert_eq(quantize(&q, &toy, &s, &e), ST_OK, "%s", e.msg);
	return q;
}

static void expect(const struct qkernel *k, const int *want)
{
	for (size_t i = 0; i < k->n; i++)
		cr_assert_eq(k->q[i], want[i], "integer %zu: %d, expected %d", i, k->q[i], want[i]);
}

/* bits 4: L = 7. Tensor scale of the dense kernel is 2: 1/2*7 = 3.5 -> 4, -0.25*7 = -1.75 -> -2,
 * 0.875 -> 1, 0, -7, 0.35 -> 0, 1.75 -> 2, 5.25 -> 5. Convolution: scale 4: 0.875 -> 1, -0.4375 ->
 * 0, 7, 1.75 -> 2. */
Test(quant, symmetric_tensor_nearest)
{
	struct quantized *q = quantize_toy((struct quant_spec){
	        &quantizer_symmetric, 4, SCOPE_TENSOR, ROUND_NEAREST, SCALE_MAX });

	expect(&q->kernel[0], (int[]){ 4, -2, 1, 0, -7, 0, 2, 5 });
	expect(&q->kernel[1], (int[]){ 1, 0, 7, 2 });
	cr_assert_eq(q->kernel[0].group[0].scale, 2.0f);
	cr_assert_eq(q->wire_bits, 4);
	quantized_free(q);
}

/* Global scale 4: w / 4 * 7, cut toward zero: 1.75, -0.875, 0.4375, 0, -3.5, 0.175, 0.875, 2.625.
 */
Test(quant, symmetric_global_truncate)
{
	struct quantized *q = quantize_toy((struct quant_spec){
	        &quantizer_symmetric, 4, SCOPE_GLOBAL, ROUND_TRUNCATE, SCALE_MAX });

	expect(&q->kernel[0], (int[]){ 1, 0, 0, 0, -3, 0, 0, 2 });
	expect(&q->kernel[1], (int[]){ 0, 0, 7, 1 });
	quantized_free(q);
}

/* Channel scales 1 and 2 (dense), 0.5 and 4 (convolution). */
Test(quant, symmetric_channel_nearest)
{
	struct quantized *q = quantize_toy((struct quant_spec){
	        &quantizer_symmetric, 4, SCOPE_CHANNEL, ROUND_NEAREST, SCALE_MAX });

	expect(&q->kernel[0], (int[]){ 7, -4, 2, 0, -7, 0, 2, 5 });
	expect(&q->kernel[1], (int[]){ 7, -4, 7, 2 });
	cr_assert_eq(q->kernel[0].n_groups, 2);
	cr_assert_eq(quant_side_bits(&q->spec, &kernels[0]), 64);
	quantized_free(q);
}

/* Largest positive weight of a kernel of its own is 1; -3 is left above L: -3 * 7 = -21 needs a
 * sign and five bits. */
Test(quant, authors_scale_does_not_clamp)
{
	static const float w[] = { 1.0f, -3.0f, 0.5f };
	struct kernel k = {
		.layer = "fc", .n = 3, .channels = 1, .groups = 1, .w = w, .shape = {2, { 1, 3 }}
	};
	struct model m = { .name = "m", .n_kernels = 1, .kernels = &k, .n_weights = 3 };
	struct quant_spec s = { &quantizer_symmetric, 4, SCOPE_GLOBAL, ROUND_TRUNCATE,
		                SCALE_AUTHORS };
	struct quantized *q;
	struct err e;
	uint16_t wire[3];
	int16_t back[3];

	cr_assert_eq(quantize(&q, &m, &s, &e), ST_OK);
	expect(&q->kernel[0], (int[]){ 7, -21, 3 });
	cr_assert_eq(q->wire_bits, 6);
	quant_to_wire(q, 0, q->kernel[0].q, wire);
	cr_assert(wire[0] == 7 && wire[1] == (32 | 21) && wire[2] == 3);
	quant_from_wire(q, 0, wire, back);
	cr_assert_eq(memcmp(back, q->kernel[0].q, sizeof(back)), 0);
	quantized_free(q);
	s.scope = SCOPE_TENSOR;
	cr_assert_eq(quantize(&q, &m, &s, &e), ST_USAGE);
	cr_assert_null(q);
}

/* Half away from zero on the exact value: 0.49999997 stays 0, +-0.5 goes to +-1. */
Test(quant, rounding_is_exact)
{
	const float w[] = { 7.0f, 0.49999997f, 0.5f, -0.5f, -0.49999997f, 2.5f };
	struct quant_spec s = { &quantizer_symmetric, 4, SCOPE_TENSOR, ROUND_NEAREST, SCALE_MAX };
	int16_t q[6];

	quantizer_symmetric.quantize(&s, (struct quant_group){ .scale = 7.0f }, w, 6, q);
	cr_assert(q[0] == 7 && q[1] == 0 && q[2] == 1 && q[3] == -1 && q[4] == 0 && q[5] == 3);
}

/* A grid with step 0.25 and zero point 3 at 3 bits: -0.75 .. 1.0. It comes back unchanged. */
Test(quant, affine_is_exact_on_its_own_grid)
{
	float w[8], back[8];
	const float *run = w;
	size_t n = 8;
	struct quant_spec s = { &quantizer_affine, 3, SCOPE_TENSOR, ROUND_NEAREST, SCALE_MAX };
	struct quant_group g;
	int16_t q[8];

	for (int i = 0; i < 8; i++)
		w[i] = 0.25f * (float)(i - 3);
	g = quantizer_affine.fit(&s, &run, &n, 1, NULL);
	cr_assert_eq(g.zero, 3);
	cr_assert_eq(g.scale, 0.25f);
	quantizer_affine.quantize(&s, g, w, 8, q);
	quantizer_affine.dequantize(&s, g, q, 8, back);
	for (int i = 0; i < 8; i++)
		cr_assert(q[i] == i - 3 && back[i] == w[i]);
}

static uint32_t draw(uint32_t below)
{
	return ((uint32_t)rand() << 15 ^ (uint32_t)rand()) % below;
}

/* n weights code * step with codes of -zero .. levels - zero, of which only `distinct` may occur.
 */
static void draw_grid(float *w, size_t n, int levels, float step, unsigned distinct)
{
	const int zero = (int)draw((unsigned)levels + 1);
	int code[16];

	for (unsigned i = 0; i < 16; i++)
		code[i] = (int)draw((unsigned)levels + 1) - zero;
	for (size_t i = 0; i < n; i++) {
		int c = distinct ? code[draw(distinct)] : (int)draw((unsigned)levels + 1) - zero;

		w[i] = (float)c * step;
	}
}

/* Any step, zero point, set of codes that occur, scope and rounding: bit for bit. */
Test(quant, affine_reproduces_any_grid)
{
	enum { N = 600, CHANNELS = 6, ROUNDS = 1500 };
	float w[N], back[N];
	struct kernel k = {
		.layer = "l",
		.n = N,
		.channels = CHANNELS,
		.groups = 1,
		.w = w,
		.shape = {2, { CHANNELS, N / CHANNELS }}
	};
	struct model m = { .name = "m", .n_kernels = 1, .kernels = &k, .n_weights = N };

	srand(11);
	for (int round = 0; round < ROUNDS; round++) {
		const unsigned bits = 2 + draw(9);
		struct quant_spec s = { &quantizer_affine, bits, (enum quant_scope)draw(N_SCOPES),
			                (enum quant_round)draw(N_ROUNDS), SCALE_MAX };
		const size_t groups = s.scope == SCOPE_CHANNEL ? CHANNELS : 1;
		const int levels = (1 << bits) - 1;
		struct quantized *q;
		struct err e;

		for (size_t g = 0; g < groups; g++)
			draw_grid(
			        w + g * (N / groups), N / groups, levels,
			        ldexpf(1.0f + (float)draw(1 << 23) * 0x1p-23f, (int)draw(40) - 30),
			        draw(3) ? 0 : 1 + draw(16));
		cr_assert_eq(quantize(&q, &m, &s, &e), ST_OK);
		dequantize(q, &k, 0, q->kernel[0].q, back);
		for (size_t g = 0; g < groups; g++)
			cr_assert(q->kernel[0].group[g].zero >= 0 &&
			          q->kernel[0].group[g].zero <= levels);
		for (size_t i = 0; i < N; i++)
			cr_assert_eq(w[i], back[i], "round %d bits %u weight %zu: %a from %a",
			             round, bits, i, (double)back[i], (double)w[i]);
		quantized_free(q);
	}
}

/* One weight off its place by more than rounding, or one level too many: the step of the extremes,
 * as for any other weights. */
Test(quant, affine_off_the_grid_takes_the_extremes)
{
	const float step = 0.0123f;
	float w[256], low = -100 * step, high = 155 * step;
	const float *run = w;
	size_t n = 256;
	struct quant_spec s = { &quantizer_affine, 8, SCOPE_TENSOR, ROUND_NEAREST, SCALE_MAX };
	struct quant_group g;

	for (int i = 0; i < 256; i++)
		w[i] = (float)(i - 100) * step;
	g = quantizer_affine.fit(&s, &run, &n, 1, NULL);
	cr_expect(g.on_grid && g.scale == step && g.zero == 100);
	w[40] *= 1 + 0x1p-20f;
	g = quantizer_affine.fit(&s, &run, &n, 1, NULL);
	cr_expect(!g.on_grid && g.scale == high / 255 - low / 255);
	w[40] = -60 * step;
	w[7] = 156 * step;
	g = quantizer_affine.fit(&s, &run, &n, 1, NULL);
	cr_expect(!g.on_grid && g.scale == w[7] / 255 - low / 255);
	s.bits = 9;
	g = quantizer_affine.fit(&s, &run, &n, 1, NULL);
	cr_expect(g.on_grid && g.scale == step && g.zero == 100);
}

/* A file of QuantizeLinear and DequantizeLinear comes out as it is: (q - zero) * step per channel,
 * and of the dense layer per tensor (tests/vectors/make_onnx.py). */
Test(quant, affine_keeps_the_grid_of_a_quantized_file)
{
	struct model *m;
	struct err e = { 0 };
	float back[4];

	cr_assert(!model_load(&m, TEST_VECTORS "/onnx/ok_qdq.onnx", "qdq", &e), "%s", e.msg);
	for (int scope = SCOPE_TENSOR; scope <= SCOPE_CHANNEL; scope++)
		for (int round = 0; round < N_ROUNDS; round++) {
			struct quant_spec s = { &quantizer_affine, 8, (enum quant_scope)scope,
				                (enum quant_round)round, SCALE_MAX };
			struct quantized *q;

			cr_assert(!quantize(&q, m, &s, &e), "%s", e.msg);
			for (size_t k = 0; k < m->n_kernels; k++) {
				dequantize(q, &m->kernels[k], k, q->kernel[k].q, back);
				cr_assert_arr_eq(back, m->kernels[k].w,
				                 m->kernels[k].n * sizeof(*back));
			}
			if (scope == SCOPE_CHANNEL) /* 4 and -10: two and five steps of 2 */
				cr_expect(q->kernel[0].q[2] == 2 && q->kernel[0].q[3] == -5);
			else /* -128, 127, 16 and -40 steps of 0.25 */
				expect(&q->kernel[0], (int[]){ -128, 127, 16, -40 });
			quantized_free(q);
		}
	model_free(m);
}

/* Every quantizer, width and scope: wire symbols fit their width and come back; zero is symbol 0;
 * the error of a weight is at most a step (truncate) or half of it (nearest). */
Test(quant, properties_of_every_quantizer)
{
	enum { N = 600 };
	float w[N], back[N];
	uint16_t wire[2 * N];
	int16_t again[2 * N];
	struct kernel k = {
		.layer = "l", .n = N, .channels = 6, .groups = 1, .w = w, .shape = {2, { 6, 100 }}
	};
	struct model m = { .name = "m", .n_kernels = 1, .kernels = &k, .n_weights = N };

	srand(7);
	for (int i = 0; i < N; i++)
		w[i] = i % 9 ? (float)(rand() % 20001 - 10000) / 7919.0f : 0.0f;
	for (size_t i = 0; i < n_quantizers; i++)
		for (unsigned b = quantizers[i]->min_bits; b <= quantizers[i]->max_bits; b++)
			for (int scope = 0; scope < N_SCOPES; scope++)
				for (int round = 0; round < N_ROUNDS; round++) {
					struct quant_spec s = { quantizers[i], b,
						                (enum quant_scope)scope,
						                (enum quant_round)round,
						                SCALE_MAX };
					struct quantized *q;
					struct err e;
					double step;

					cr_assert_eq(quantize(&q, &m, &s, &e), ST_OK);
					quant_to_wire(q, 0, q->kernel[0].q, wire);
					for (size_t j = 0; j < q->kernel[0].n; j++) {
						cr_assert_eq(wire[j] >> q->wire_bits, 0);
						cr_assert_eq(wire[j] == 0, q->kernel[0].q[j] == 0);
					}
					quant_from_wire(q, 0, wire, again);
					cr_assert_eq(memcmp(again, q->kernel[0].q,
					                    q->kernel[0].n * sizeof(*again)),
					             0);
					dequantize(q, &k, 0, q->kernel[0].q, back);
					step = i == 1 ? 2.6 / ((1u << b) - 1)
					              : 1.3 / quant_levels(b > 16 ? 16 : b);
					for (int j = 0; j < N; j++) {
						cr_assert(w[j] != 0.0f || back[j] == 0.0f);
						cr_assert_leq(fabs((double)(w[j] - back[j])),
						              round ? step : 0.51 * step,
						              "%s bits %u", quantizers[i]->name, b);
					}
					quantized_free(q);
				}
}

Test(quant, none_passes_every_float)
{
	const float w[] = { 0.0f, -0.0f, 1.0f, -1e-40f, 3.4e38f, 1.17549435e-38f };
	int16_t q[12];
	float back[6];

	quantizer_none.quantize(NULL, (struct quant_group){ .scale = 1 }, w, 6, q);
	quantizer_none.dequantize(NULL, (struct quant_group){ .scale = 1 }, q, 6, back);
	cr_assert_eq(memcmp(w, back, sizeof(w)), 0);
}

Test(quant, all_zero_and_all_negative_kernels)
{
	static const float zeros[4] = { 0 }, negative[] = { -1.0f, -0.5f };
	struct kernel k[2] = {
		{.layer = "z",  .n = 4, .channels = 2, .groups = 1, .w = zeros   },
		{ .layer = "n", .n = 2, .channels = 1, .groups = 1, .w = negative}
	};
	struct model m = { .name = "m", .n_kernels = 2, .kernels = k, .n_weights = 6 };

	for (size_t i = 0; i + 1 < n_quantizers; i++) {
		struct quant_spec s = { quantizers[i], 6, SCOPE_TENSOR, ROUND_NEAREST, SCALE_MAX };
		struct quantized *q;
		struct err e;
		float back[4];

		cr_assert_eq(quantize(&q, &m, &s, &e), ST_OK);
		dequantize(q, &k[0], 0, q->kernel[0].q, back);
		for (int j = 0; j < 4; j++)
			cr_assert(q->kernel[0].q[j] == 0 && back[j] == 0.0f);
		dequantize(q, &k[1], 1, q->kernel[1].q, back);
		cr_assert_float_eq((double)back[0], -1.0, 0.02);
		quantized_free(q);
	}
}

Test(quant, trim_and_clip)
{
	const int16_t in[] = { 0, 1, -1, 2, -2, 3, -3, 9, -9 }, edge[] = { INT16_MIN, INT16_MAX };
	int16_t out[9];

	trim_apply((struct trim_spec){ 0, CLIP_NONE }, edge, 2, out);
	cr_assert(out[0] == INT16_MIN && out[1] == INT16_MAX); /* halves of floats pass */
	trim_apply((struct trim_spec){ 0, CLIP_NONE }, in, 9, out);
	cr_assert_eq(memcmp(in, out, sizeof(in)), 0);
	trim_apply((struct trim_spec){ 2, CLIP_NONE }, in, 9, out);
	cr_assert_eq(memcmp(out, (int16_t[]){ 0, 0, 0, 0, 0, 3, -3, 9, -9 }, sizeof(in)), 0);
	trim_apply((struct trim_spec){ 1, 3 }, in, 9, out);
	cr_assert_eq(memcmp(out, (int16_t[]){ 0, 0, 0, 2, -2, 3, -3, 3, -3 }, sizeof(in)), 0);
}

Test(quant, usage_is_checked)
{
	struct quant_spec s = { &quantizer_symmetric, 1, SCOPE_TENSOR, ROUND_NEAREST, SCALE_MAX };
	struct err e;

	cr_assert_eq(quant_check(&s, &e), ST_USAGE);
	s.bits = 17;
	cr_assert_eq(quant_check(&s, &e), ST_USAGE);
	s = (struct quant_spec){ &quantizer_affine, 8, SCOPE_GLOBAL, ROUND_NEAREST, SCALE_AUTHORS };
	cr_assert_eq(quant_check(&s, &e), ST_USAGE);
}

/* Toy model: scale 4 (largest positive weight). |w| / 4 * 255: 1 -> 63.75, 0.5 -> 31.9, 0.25
 * -> 15.9, 0, 2 -> 127.5, 0.1 -> 6.4, 0.5 -> 31.9, 1.5 -> 95.6 | 0.5 -> 31.9, 0.25 -> 15.9,
 * 255, 63.75. */
Test(quant, authors_statistics)
{
	struct authors_statistics s;
	struct err e;
	const int64_t want[][2] = {
		{0,    1},
                { 6,   1},
                { 15,  2},
                { 31,  3},
		{ 63,  2},
                { 95,  1},
                { 127, 1},
                { 255, 1}
	};

	cr_assert_eq(authors_statistics(&s, &toy, &e), ST_OK);
	cr_assert(s.kernels == 2 && s.weights == 12 && s.scale == 4.0f);
	cr_assert(s.zeros == 1 && s.ones == 0 && s.n_distinct == 8 && s.largest == 255);
	for (size_t i = 0; i < 8; i++)
		cr_assert(s.counts[i].magnitude == want[i][0] && s.counts[i].count == want[i][1]);
	authors_release(&s);
}

Test(quant, list_is_complete)
{
	cr_assert_eq(n_quantizers,
	             plugins_defined("src/quant", "const struct quantizer quantizer_"));
	for (size_t i = 0; i < n_quantizers; i++)
		cr_assert_eq(quantizer_find(quantizers[i]->name), quantizers[i]);
	cr_assert_null(quantizer_find("nonesuch"));
}
