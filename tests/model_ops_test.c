/* ONNX operators of ImageNet networks; the files are made by tests/vectors/make_onnx.py, which says
 * what is in each. */
#include "model_vectors.h"

#include <math.h>

static void expect_inputs(const struct node *n, size_t a, size_t b)
{
	cr_expect_eq(n->n_inputs, 2);
	cr_expect(n->input[0] == a && n->input[1] == b, "%s: %zu %zu", n->name, n->input[0],
	          n->input[1]);
}

/* Value i + 1 is the output of node i. */
Test(model_ops, residual_block)
{
	struct model *m = load("ok_residual");

	cr_assert_eq(m->n_nodes, 9);
	expect_node(m, 0, OP_CONV, "conv", "2x2x2");
	expect_node(m, 1, OP_SCALE, "norm", "2x2x2");
	cr_expect_eq(m->nodes[1].scale[0], 2.0f);
	cr_expect_eq(m->nodes[1].scale[1], 1.0f);
	cr_expect_eq(m->nodes[1].bias[0], -5.0f);
	cr_expect_eq(m->nodes[1].bias[1], 1.0f);
	expect_node(m, 2, OP_CLIP, "clip", "2x2x2");
	cr_expect_eq(m->nodes[2].low, -INFINITY);
	cr_expect_eq(m->nodes[2].high, 6.0f);
	expect_node(m, 3, OP_ADD, "sum", "2x2x2");
	expect_inputs(&m->nodes[3], 3, 2);
	expect_node(m, 4, OP_MUL, "product", "2x2x2");
	expect_node(m, 5, OP_AVGPOOL, "mean", "2x1x1");
	expect_window(&m->nodes[5].window, (size_t[10]){ 2, 2, 1, 1, 1, 1, 0, 0, 0, 0 });
	expect_node(m, 6, OP_MUL, "gate", "2x2x2");
	expect_inputs(&m->nodes[6], 5, 6);
	expect_node(m, 7, OP_AVGPOOL, "mean2", "2x1x1");
	expect_node(m, 8, OP_FLATTEN, "mean2", "2");
	expect_ramp(&m->kernels[0]); /* as the file has it */
	cr_expect_eq(m->n_weights, 18);
	cr_expect_eq(m->n_other, 4);
	model_free(m);
}

Test(model_ops, pools_and_concat)
{
	struct model *m = load("ok_pools");

	cr_assert_eq(m->n_nodes, 7);
	expect_node(m, 1, OP_MAXPOOL, "max", "2x3x3");
	expect_window(&m->nodes[1].window, (size_t[10]){ 3, 3, 2, 2, 1, 1, 0, 0, 1, 1 });
	expect_node(m, 2, OP_AVGPOOL, "avg", "2x3x3");
	expect_window(&m->nodes[2].window, (size_t[10]){ 3, 3, 2, 2, 1, 1, 1, 1, 0, 0 });
	cr_expect(m->nodes[2].count_pads);
	expect_node(m, 3, OP_AVGPOOL, "ceil", "2x3x3");
	expect_window(&m->nodes[3].window, (size_t[10]){ 3, 3, 2, 2, 1, 1, 0, 0, 1, 1 });
	cr_expect_not(m->nodes[3].count_pads, "what lies beyond the declared padding never counts");
	expect_node(m, 4, OP_LRN, "lrn", "2x3x3");
	cr_expect_eq(m->nodes[4].lrn.size, 5);
	cr_expect_eq(m->nodes[4].lrn.alpha, 0.5f);
	cr_expect_eq(m->nodes[4].lrn.beta, 0.75f);
	cr_expect_eq(m->nodes[4].lrn.bias, 2.0f);
	expect_node(m, 5, OP_CONCAT, "cat", "6x3x3");
	cr_expect_eq(m->nodes[5].n_inputs, 3);
	cr_expect_eq(m->nodes[5].input[2], 5);
	expect_node(m, 6, OP_SOFTMAX, "soft", "6x3x3");
	model_free(m);

	m = load("ok_long_concat");
	cr_assert_eq(m->n_nodes, 3);
	expect_node(m, 1, OP_CONCAT, "cat", "16x2x2");
	expect_node(m, 2, OP_CONCAT, "cat", "20x2x2");
	cr_expect_eq(m->nodes[2].n_inputs, 3);
	cr_expect_eq(m->nodes[2].input[0], m->nodes[1].output);
	model_free(m);
}

Test(model_ops, arithmetic_with_constants)
{
	static const float expected[4][4] = {
  /* scale of both channels, shift of both */
		{1,     1,    1,  2 },
		{ 1,    1,    -1, -2},
		{ 2,    2,    0,  0 },
		{ 0.5f, 0.5f, 0,  0 }
	};
	static const char *const names[] = { "add", "sub", "mul", "div" };
	struct model *m = load("ok_scales");

	cr_assert_eq(m->n_nodes, 6);
	cr_expect_null(m->nodes[0].bias);
	for (size_t i = 0; i < 4; i++) {
		expect_node(m, 1 + i, OP_SCALE, names[i], "2");
		for (size_t c = 0; c < 2; c++) {
			cr_expect_eq(m->nodes[1 + i].scale[c], expected[i][c], "%s", names[i]);
			cr_expect_eq(m->nodes[1 + i].bias[c], expected[i][2 + c], "%s", names[i]);
		}
	}
	expect_node(m, 5, OP_ADD, "sum", "2");
	expect_inputs(&m->nodes[5], 4, 5);
	model_free(m);
}

Test(model_ops, padding_goes_into_the_convolution)
{
	struct model *m = load("ok_pad");

	cr_assert_eq(m->n_nodes, 1);
	expect_node(m, 0, OP_CONV, "conv", "1x4x6");
	expect_window(&m->nodes[0].window, (size_t[10]){ 2, 2, 1, 1, 1, 1, 2, 1, 0, 3 });
	model_free(m);
}

Test(model_ops, shapes_computed_in_the_graph)
{
	struct model *m = load("ok_shapes");

	cr_assert_eq(m->n_nodes, 5);
	expect_node(m, 0, OP_CONV, "conv", "2x1x3");
	/* Stored rows x columns x channels x filters: element (h, x, o) is (4 h + 2 x + o - 4) / 8.
	 */
	expect_shape(&m->kernels[0].shape, "2x1x2x2");
	for (size_t i = 0; i < 8; i++)
		cr_expect_eq(m->kernels[0].w[i], ((float)(i % 4 * 2 + i / 4) - 4.0f) / 8.0f);
	expect_node(m, 1, OP_RESHAPE, "squeeze", "2x3");
	expect_node(m, 2, OP_RESHAPE, "unsqueeze", "2x3x1");
	expect_node(m, 3, OP_FLATTEN, "view", "6");
	expect_node(m, 4, OP_DENSE, "fc", "3");
	for (size_t i = 0; i < 18; i++)
		cr_expect_eq(m->kernels[1].w[i], ((float)(i % 6 * 3 + i / 6) - 4.0f) / 8.0f);
	model_free(m);
}

Test(model_ops, quantized_files)
{
	struct model *m = load("ok_qdq");

	cr_assert_eq(m->n_nodes, 4);
	expect_node(m, 0, OP_CLIP, "iq", "1x1x2");
	cr_expect_eq(m->nodes[0].low, -5.0f);
	cr_expect_eq(m->nodes[0].high, 122.5f);
	expect_node(m, 1, OP_CONV, "conv", "2x1x1");
	cr_expect_eq(m->kernels[0].w[0], -32.0f);
	cr_expect_eq(m->kernels[0].w[1], 31.75f);
	cr_expect_eq(m->kernels[0].w[2], 4.0f);
	cr_expect_eq(m->kernels[0].w[3], -10.0f);
	cr_expect_eq(m->nodes[1].bias[0], 25000.0f);
	cr_expect_eq(m->nodes[1].bias[1], -6.0f);
	/* 0.74 / 0.5 = 1.48 rounds to 1; -2000 saturates at -128. */
	cr_expect_eq(m->kernels[1].w[0], 0.5f);
	cr_expect_eq(m->kernels[1].w[1], -64.0f);
	model_free(m);
}
