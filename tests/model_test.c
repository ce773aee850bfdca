/* The ONNX files are made by tests/vectors/make_onnx.py, which says what is in each. */
#include "base/file.h"
#include "model/graph.h"
#include "model/importer.h"
#include "model_vectors.h"
#include "plugins.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONNX(name) TEST_VECTORS "/onnx/" name ".onnx"
#define LEN(a)     (sizeof(a) / sizeof((a)[0]))
static const char *const valid[] = {
	"ok_auto_pad",   "ok_constant", "ok_conv_pool_gemm", "ok_gemm_transb0", "ok_grouped",
	"ok_matmul_add", "ok_pads",     "ok_residual",       "ok_pools",        "ok_long_concat",
	"ok_scales",     "ok_pad",      "ok_shapes",         "ok_qdq",
};

static struct span read_vector(struct arena *a, const char *name)
{
	struct span file = { 0 };
	struct err e = { 0 };
	char path[512];

	snprintf(path, sizeof(path), TEST_VECTORS "/onnx/%s.onnx", name);
	cr_assert_eq(file_read(a, path, 1 << 20, &file, &e), ST_OK, "%s", e.msg);
	return file;
}

static void expect_gemm(const struct model *m, size_t i, struct gemm want)
{
	struct gemm g = model_gemm(m, &m->nodes[i]);

	cr_expect(g.m == want.m && g.n == want.n && g.k == want.k && g.groups == want.groups,
	          "node %zu: %zu %zu %zu %zu", i, g.m, g.n, g.k, g.groups);
}

static bool all_finite(const struct kernel *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (!isfinite(k->w[i]))
			return false;
	return true;
}

/* The invariants of model.h. */
static bool sound(const struct model *m)
{
	bool made[256] = { false };
	size_t weights = 0;
	bool ok = m->n_values < LEN(made) && m->input < m->n_values && m->output < m->n_values &&
	          m->n_kernels > 0;

	if (!ok)
		return false;
	made[m->input] = true;
	for (size_t i = 0; i < m->n_nodes; i++) {
		const struct node *n = &m->nodes[i];

		for (unsigned j = 0; j < n->n_inputs; j++)
			ok = ok && n->input[j] < m->n_values && made[n->input[j]];
		ok = ok && n->output < m->n_values && !made[n->output] &&
		     shape_count(&m->values[n->output].shape) > 0;
		made[n->output] = true;
	}
	for (size_t i = 0; i < m->n_kernels; i++) {
		const struct kernel *k = &m->kernels[i];

		ok = ok && k->n == shape_count(&k->shape) && k->channels == k->shape.dim[0] &&
		     k->name && k->layer && all_finite(k);
		weights += k->n;
	}
	return ok && made[m->output] && weights == m->n_weights;
}

Test(model, conv_pool_gemm)
{
	struct model *m = load("ok_conv_pool_gemm");
	struct arena a = { 0 };
	struct span file = read_vector(&a, "ok_conv_pool_gemm");
	struct digest d = digest_of(&file, 1);

	cr_expect_str_eq(m->name, "ok_conv_pool_gemm");
	cr_expect_str_eq(m->path, ONNX("ok_conv_pool_gemm"));
	cr_expect_arr_eq(m->digest.byte, d.byte, sizeof(d.byte));
	cr_assert_eq(m->n_nodes, 6);
	expect_shape(&m->values[m->input].shape, "1x6x6");
	expect_node(m, 0, OP_CONV, "conv1", "2x4x4");
	expect_node(m, 1, OP_RELU, "relu1", "2x4x4");
	expect_node(m, 2, OP_MAXPOOL, "pool1", "2x2x2");
	expect_node(m, 3, OP_FLATTEN, "flat1", "8");
	expect_node(m, 4, OP_DENSE, "fc1", "3");
	expect_node(m, 5, OP_SOFTMAX, "soft1", "3");
	cr_expect_eq(m->output, m->nodes[5].output);
	expect_gemm(m, 0, (struct gemm){ 16, 2, 9, 1 });
	expect_gemm(m, 2, (struct gemm){ 0 });
	expect_gemm(m, 4, (struct gemm){ 1, 3, 8, 1 });

	cr_assert_eq(m->n_kernels, 2);
	cr_expect_str_eq(m->kernels[0].name, "c.w");
	cr_expect_str_eq(m->kernels[0].layer, "conv1");
	expect_shape(&m->kernels[0].shape, "2x1x3x3");
	expect_ramp(&m->kernels[0]);
	expect_shape(&m->kernels[1].shape, "3x8");
	cr_expect_not(m->kernels[1].transposed);
	expect_ramp(&m->kernels[1]);
	cr_expect_eq(m->nodes[0].bias[0], 0.5f);
	cr_expect_eq(m->nodes[0].bias[1], -0.25f);
	cr_expect_eq(m->nodes[4].bias[2], 3.0f);
	cr_expect_eq(m->n_weights, 18 + 24);
	cr_expect_eq(m->n_other, 2 + 3);
	model_free(m);
	arena_release(&a);
}

/* The file stores W[i][o] = 10 i + o as inputs x outputs; a kernel is outputs x inputs. */
Test(model, dense_is_transposed_to_canonical_order)
{
	const char *const names[] = { "ok_matmul_add", "ok_gemm_transb0" };

	for (size_t t = 0; t < LEN(names); t++) {
		struct model *m = load(names[t]);
		const struct kernel *k = &m->kernels[0];

		cr_assert_eq(m->n_nodes, 1);
		expect_node(m, 0, OP_DENSE, t ? "fc" : "product", "3");
		expect_shape(&k->shape, "3x4");
		cr_expect(k->transposed);
		cr_expect_str_eq(k->layer, t ? "fc" : "product");
		for (size_t o = 0; o < 3; o++)
			for (size_t i = 0; i < 4; i++)
				cr_expect_eq(k->w[4 * o + i], (float)(10 * i + o));
		model_free(m);
	}
}

Test(model, add_after_matmul_is_its_bias)
{
	struct model *m = load("ok_matmul_add");

	cr_assert_not_null(m->nodes[0].bias);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(m->nodes[0].bias[i], (float)(7 + i));
	cr_expect_eq(m->n_other, 3);
	cr_expect_eq(m->output, m->nodes[0].output);
	model_free(m);
	m = load("ok_gemm_transb0");
	cr_expect_null(m->nodes[0].bias);
	cr_expect_eq(m->n_other, 0);
	model_free(m);
}

/* 4 channels in 2 groups: each of 6 filters sees 2 channels, 3 filters to a group. Rows
 * (5 - 3) / 2 + 1 = 2, columns 7. */
Test(model, grouped_convolution)
{
	struct model *m = load("ok_grouped");

	expect_node(m, 0, OP_CONV, "conv", "6x2x7");
	expect_shape(&m->kernels[0].shape, "6x2x3x1");
	cr_expect_eq(m->kernels[0].groups, 2);
	cr_expect_eq(m->kernels[0].channels, 6);
	expect_gemm(m, 0, (struct gemm){ .m = 14, .n = 3, .k = 6, .groups = 2 });
	expect_ramp(&m->kernels[0]);
	model_free(m);
}

/* SAME: total pad = (out - 1) * stride + kernel - in. 7 x 8 by stride 2, kernel 3: rows
 * 3 * 2 + 3 - 7 = 2, columns 3 * 2 + 3 - 8 = 1, at the end (upper). 4 x 4 by stride 1, kernel 2:
 * 3 + 2 - 4 = 1, at the beginning (lower). */
Test(model, pads)
{
	struct model *m = load("ok_pads");

	expect_node(m, 0, OP_CONV, "conv", "1x2x3");
	expect_window(&m->nodes[0].window, (size_t[10]){ 3, 2, 2, 3, 2, 1, 1, 0, 2, 1 });
	model_free(m);

	m = load("ok_auto_pad");
	expect_node(m, 0, OP_CONV, "upper", "1x4x4");
	expect_window(&m->nodes[0].window, (size_t[10]){ 3, 3, 2, 2, 1, 1, 1, 0, 1, 1 });
	expect_node(m, 1, OP_CONV, "lower", "1x4x4");
	expect_window(&m->nodes[1].window, (size_t[10]){ 2, 2, 1, 1, 1, 1, 1, 1, 0, 0 });
	expect_node(m, 2, OP_MAXPOOL, "pool", "1x2x2");
	expect_window(&m->nodes[2].window, (size_t[10]){ 2, 2, 2, 2, 1, 1, 0, 0, 0, 0 });
	model_free(m);
}

Test(model, constants_from_nodes_and_renaming)
{
	struct model *m = load("ok_constant");

	cr_assert_eq(m->n_nodes, 4);
	expect_node(m, 0, OP_CONV, "conv", "2x2x2");
	expect_node(m, 1, OP_FLATTEN, "shape", "8");
	expect_node(m, 2, OP_DENSE, "fc", "2");
	expect_node(m, 3, OP_SOFTMAX, "log", "2");
	cr_expect_str_eq(m->kernels[0].name, "w");
	expect_ramp(&m->kernels[0]);
	cr_expect_eq(m->nodes[0].bias[0], 3.0f);
	cr_expect_eq(m->nodes[0].bias[1], 4.0f);
	cr_expect_eq(m->nodes[2].bias[0], 0.5f);
	cr_expect_eq(m->nodes[2].bias[1], 1.5f);
	/* Stored 8 x 2: element (i, o) is ((2 i + o) - 4) / 8. */
	for (size_t o = 0; o < 2; o++)
		for (size_t i = 0; i < 8; i++)
			cr_expect_eq(m->kernels[1].w[8 * o + i],
			             ((float)(2 * i + o) - 4.0f) / 8.0f);
	cr_expect_eq(m->n_weights, 8 + 16);
	cr_expect_eq(m->n_other, 2 + 2);
	model_free(m);
}

Test(model, valid_files_keep_the_invariants)
{
	for (size_t i = 0; i < LEN(valid); i++) {
		struct model *m = load(valid[i]);

		cr_expect(sound(m), "%s", valid[i]);
		model_free(m);
	}
}

/* File, and what its one line must say. */
static const struct {
	const char *file, *words[2];
} invalid[] = {
	{ONNX("bad_operator"),         { "operator Erf is not supported", "'e1'" }    },
	{ ONNX("bad_domain"),          { "domain com.acme", "not supported" }         },
	{ ONNX("bad_attribute"),       { "Conv 'c1'", "colour" }                      },
	{ ONNX("bad_attribute_type"),  { "group", "an integer" }                      },
	{ ONNX("bad_kernel_shape"),    { "5x5", "3x3" }                               },
	{ ONNX("bad_stride_zero"),     { "strides holds 0", "1 to" }                  },
	{ ONNX("bad_pads_negative"),   { "pads holds -1", "0 to" }                    },
	{ ONNX("bad_pads_huge"),       { "pads holds 1099511627776", "65536" }        },
	{ ONNX("bad_pads_and_auto"),   { "both pads and auto_pad", "'c1'" }           },
	{ ONNX("bad_auto_pad"),        { "SAME_SIDEWAYS", "not supported" }           },
	{ ONNX("bad_groups"),          { "3 groups", "2 filters" }                    },
	{ ONNX("bad_group_zero"),      { "group=0", "at least 1" }                    },
	{ ONNX("bad_alpha"),           { "alpha=0.5", "alpha=1" }                     },
	{ ONNX("bad_trans_a"),         { "transA=1", "transA=0" }                     },
	{ ONNX("bad_storage_order"),   { "storage_order=1", "'p1'" }                  },
	{ ONNX("bad_pool_pads"),       { "'p1'", "less than the window" }             },
	{ ONNX("bad_flatten_axis"),    { "Flatten", "axis=2" }                        },
	{ ONNX("bad_softmax_axis"),    { "Softmax", "class axis" }                    },
	{ ONNX("bad_reshape"),         { "Reshape", "batch x -1" }                    },
	{ ONNX("bad_reshape_type"),    { "'to' is FLOAT", "INT64" }                   },
	{ ONNX("bad_training"),        { "training_mode", "inference" }               },
	{ ONNX("bad_residual"),        { "add 'a1'", "2x2x2 and 1x4x4" }              },
	{ ONNX("bad_norm_training"),   { "training_mode=1", "inference" }             },
	{ ONNX("bad_norm_length"),     { "scale 'g' is 2", "expected 1" }             },
	{ ONNX("bad_norm_variance"),   { "'n1'", "NaN or infinite" }                  },
	{ ONNX("bad_clip_order"),      { "1 and 0", "lower first" }                   },
	{ ONNX("bad_clip_list"),       { "'lo' has 2", "one number" }                 },
	{ ONNX("bad_concat_axis"),     { "axis=2", "channels" }                       },
	{ ONNX("bad_lrn_size"),        { "size 0", "1 to" }                           },
	{ ONNX("bad_mul_shape"),       { "'k' is 4", "1x4x4" }                        },
	{ ONNX("bad_div_order"),       { "Div", "second input" }                      },
	{ ONNX("bad_reduce_axes"),     { "ReduceMean", "axes 2 and 3" }               },
	{ ONNX("bad_squeeze"),         { "dimension 2", "not 1" }                     },
	{ ONNX("bad_squeeze_axis"),    { "axis 4", "4 dimensions" }                   },
	{ ONNX("bad_unsqueeze_batch"), { "batch", "first" }                           },
	{ ONNX("bad_average"),         { "count_include_pad", "ceil_mode" }           },
	{ ONNX("bad_pad_value"),       { "pads with 1", "zeros" }                     },
	{ ONNX("bad_pad_channels"),    { "pads holds 1", "channels" }                 },
	{ ONNX("bad_pad_mode"),        { "mode=edge", "constant" }                    },
	{ ONNX("bad_perm"),            { "perm", "permutation of 4" }                 },
	{ ONNX("bad_perm_batch"),      { "moves the batch", "'n1'" }                  },
	{ ONNX("bad_grid_scale"),      { "scale is 0", "above 0" }                    },
	{ ONNX("bad_grid_zeros"),      { "1 scales", "2 zero points" }                },
	{ ONNX("bad_grid_axis"),       { "2 scales", "axis 1" }                       },
	{ ONNX("bad_pad_reader"),      { "Relu 'n2'", "in front of a convolution" }   },
	{ ONNX("bad_transposed"),      { "Conv 'n2'", "NCHW" }                        },
	{ ONNX("bad_concat_shape"),    { "2x2x2 and 1x4x4", "channels only" }         },
	{ ONNX("bad_gather"),          { "index 4", "below 4" }                       },
	{ ONNX("bad_add_shape"),       { "'b' is 2", "2x2x2" }                        },
	{ ONNX("bad_external"),        { "'w'", "external data" }                     },
	{ ONNX("bad_rank"),            { "2x1x9", "expected rank 4" }                 },
	{ ONNX("bad_count"),           { "2x1x3x4", "holds 18" }                      },
	{ ONNX("bad_zero_dim"),        { "2x0x3x3", "at least 1" }                    },
	{ ONNX("bad_huge_dims"),       { "1099511627776x1099511627776", "holds 18" }  },
	{ ONNX("bad_many_dims"),       { "rank 8", "at most 6" }                      },
	{ ONNX("bad_nan"),             { "tensor 'w' is NaN", "index 17 of 18" }      },
	{ ONNX("bad_bias_inf"),        { "bias", "index 1 of 2" }                     },
	{ ONNX("bad_bias_length"),     { "bias 'b' is 3", "expected 2" }              },
	{ ONNX("bad_float16"),         { "FLOAT16", "expected FLOAT" }                },
	{ ONNX("bad_double"),          { "DOUBLE", "expected FLOAT" }                 },
	{ ONNX("bad_channels"),        { "2x3x3x3", "needs 1 channels" }              },
	{ ONNX("bad_window"),          { "window of 5", "input of 4" }                },
	{ ONNX("bad_inner"),           { "3x5", "input of 4" }                        },
	{ ONNX("bad_gemm_image"),      { "1x4x4", "Flatten" }                         },
	{ ONNX("bad_shared"),          { "shared weights", "'c1'" }                   },
	{ ONNX("bad_missing"),         { "input 'w' is missing", "initializer" }      },
	{ ONNX("bad_dynamic"),         { "'image' is computed", "constant" }          },
	{ ONNX("bad_cycle"),           { "'b'", "cycle" }                             },
	{ ONNX("bad_duplicate"),       { "'a'", "two tensors" }                       },
	{ ONNX("bad_inputs"),          { "several inputs", "'other'" }                },
	{ ONNX("bad_no_input"),        { "no input", "the image" }                    },
	{ ONNX("bad_outputs"),         { "2 outputs", "expected one" }                },
	{ ONNX("bad_output_name"),     { "output 'scores'", "no node" }               },
	{ ONNX("bad_open_size"),       { "dimension 2", "fixed size" }                },
	{ ONNX("bad_input_type"),      { "'image'", "FLOAT" }                         },
	{ ONNX("bad_input_huge"),      { "'image'", "at most 268435456" }             },
	{ ONNX("bad_no_kernel"),       { "no convolution or dense layer", "compress" }},
	{ ONNX("bad_opset6"),          { "opset 6", "7 to 17" }                       },
	{ ONNX("bad_opset18"),         { "opset 18", "7 to 17" }                      },
	{ ONNX("bad_no_opset"),        { "opset", "7 to 17" }                         },
	{ ONNX("bad_no_graph"),        { "no graph", "damaged" }                      },
};

Test(model, invalid_files_are_refused_with_one_clear_line)
{
	for (size_t i = 0; i < LEN(invalid); i++) {
		struct model *m = (struct model *)&m;
		struct err e = { 0 };
		enum status rc = model_load(&m, invalid[i].file, "bad", &e);

		cr_expect_eq(rc, ST_DATA, "%s: %d", invalid[i].file, rc);
		cr_expect_eq(e.code, ST_DATA);
		cr_expect_null(m);
		cr_expect(!strncmp(e.msg, invalid[i].file, strlen(invalid[i].file)),
		          "the path comes first: %s", e.msg);
		for (size_t j = 0; j < LEN(invalid[i].words); j++)
			cr_expect_not_null(strstr(e.msg, invalid[i].words[j]), "'%s' is not in: %s",
			                   invalid[i].words[j], e.msg);
		cr_expect_null(strchr(e.msg, '\n'));
		/* Without a struct err the status is the same. */
		cr_expect_eq(model_load(&m, invalid[i].file, "bad", NULL), ST_DATA);
	}
}

Test(model, missing_file_is_an_environment_error)
{
	struct err e = { 0 };
	struct model *m;

	cr_expect_eq(model_load(&m, ONNX("absent"), "absent", &e), ST_ENV);
	cr_expect_not_null(strstr(e.msg, "absent.onnx"));
	cr_expect_null(m);
}

/* Loads from a buffer of exactly n bytes, so that a sanitizer sees any read beyond. */
static enum status load_bytes(const void *p, size_t n, struct err *e)
{
	void *copy = malloc(n ? n : 1);
	struct model *m;
	enum status rc;

	cr_assert_not_null(copy);
	memcpy(copy, p, n);
	rc = model_load_memory(&m, (struct span){ copy, n }, "memory", e);
	free(copy);
	if (rc) {
		cr_expect_null(m);
		cr_expect_neq(e->msg[0], '\0');
	} else {
		cr_expect(sound(m));
	}
	model_free(m);
	return rc;
}

/* The opset comes last in these files, so no proper prefix is a model. */
Test(model, truncation_anywhere_is_refused)
{
	for (size_t t = 0; t < LEN(valid); t++) {
		struct arena a = { 0 };
		struct span file = read_vector(&a, valid[t]);
		struct err e = { 0 };

		for (size_t n = 0; n < file.n; n++)
			cr_expect_eq(load_bytes(file.p, n, &e), ST_DATA, "%s, %zu bytes", valid[t],
			             n);
		cr_expect_eq(load_bytes(file.p, file.n, &e), ST_OK);
		arena_release(&a);
	}
}

static uint64_t rng;

static size_t below(size_t n)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((rng >> 33) % n);
}

Test(model, changed_bytes_never_break_anything)
{
	for (size_t t = 0; t < LEN(valid); t++) {
		struct arena a = { 0 };
		struct span file = read_vector(&a, valid[t]);
		uint8_t *bytes = malloc(file.n);
		size_t refused = 0;

		cr_assert_not_null(bytes);
		rng = 1 + t;
		for (size_t i = 0; i < 3000; i++) {
			struct err e = { 0 };
			enum status rc;

			memcpy(bytes, file.p, file.n);
			for (size_t j = below(4) + 1; j > 0; j--)
				bytes[below(file.n)] = (uint8_t)below(256);
			rc = load_bytes(bytes, file.n, &e);
			cr_expect(rc == ST_OK || rc == ST_DATA, "%d: %s", rc, e.msg);
			refused += rc != ST_OK;
		}
		cr_expect_gt(refused, 300, "%s: only %zu of 3000 were noticed", valid[t], refused);
		free(bytes);
		arena_release(&a);
	}
}

Test(model, random_bytes_are_refused)
{
	uint8_t bytes[300];

	rng = 7;
	for (size_t i = 0; i < 3000; i++) {
		size_t n = below(sizeof(bytes));
		struct err e = { 0 };

		for (size_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)below(256);
		if (n && i % 2)
			bytes[0] = 0x3a; /* a graph */
		cr_expect_eq(load_bytes(bytes, n, &e), ST_DATA);
	}
}

/* Writes tag and length of a field in front of what starts at p[at]; returns the new start. */
static size_t wrap(uint8_t *p, size_t at, size_t end, unsigned field)
{
	size_t n = end - at, digits = 1;

	for (size_t v = n; v >= 0x80; v >>= 7)
		digits++;
	at -= digits;
	for (size_t i = 0; i < digits; i++, n >>= 7)
		p[at + i] = (uint8_t)((n & 0x7f) | (i + 1 < digits ? 0x80 : 0));
	p[--at] = (uint8_t)(field << 3 | 2);
	return at;
}

/* graph.node.attribute.g.node.attribute.g ..: a reader that recurses runs out of stack. */
Test(model, deep_nesting_is_refused)
{
	enum { SIZE = 1 << 20 };
	uint8_t *p = malloc(SIZE);
	size_t at = SIZE;
	struct err e = { 0 };

	cr_assert_not_null(p);
	while (at > 64) {
		at = wrap(p, at, SIZE, 6);
		at = wrap(p, at, SIZE, 5);
		at = wrap(p, at, SIZE, 1);
	}
	at = wrap(p, at, SIZE, 7);
	cr_expect_eq(load_bytes(p + at, SIZE - at, &e), ST_DATA);
	cr_expect_not_null(strstr(e.msg, "deep"), "%s", e.msg);
	free(p);
}

/* Half a million empty nodes of two bytes each would unpack to some 140 bytes apiece. */
Test(model, memory_is_bounded_by_the_file)
{
	enum { SIZE = 1 << 20 };
	uint8_t *p = malloc(SIZE);
	struct err e = { 0 };
	size_t at;

	cr_assert_not_null(p);
	for (size_t i = 0; i < SIZE; i += 2) {
		p[i] = 1 << 3 | 2;
		p[i + 1] = 0;
	}
	at = wrap(p, 16, SIZE, 7);
	cr_expect_eq(load_bytes(p + at, SIZE - at, &e), ST_DATA);
	cr_expect_not_null(strstr(e.msg, "bytes of memory for its"), "%s", e.msg);
	free(p);
}

/* Merging two graphs takes time that grows with the square of their number. */
Test(model, a_second_graph_is_refused)
{
	struct arena a = { 0 };
	struct span file = read_vector(&a, "ok_pads");
	uint8_t *twice = malloc(2 * file.n);
	struct err e = { 0 };

	cr_assert_not_null(twice);
	memcpy(twice, file.p, file.n);
	memcpy(twice + file.n, file.p, file.n);
	cr_expect_eq(load_bytes(twice, 2 * file.n, &e), ST_DATA);
	cr_expect_not_null(strstr(e.msg, "occurs twice"), "%s", e.msg);
	free(twice);
	arena_release(&a);
}

/* Whether the kernel lies among the n bytes of the file that its model keeps. */
static bool in_file(const struct model *m, const struct kernel *k, size_t n)
{
	const uintptr_t block = (uintptr_t)m->file.head, w = (uintptr_t)k->w;

	return w > block && w - block < n + 128; /* 128: what the arena adds */
}

/* Wherever the file has its raw data: a longer name in front moves it by one byte a time. */
Test(model, raw_data_is_used_where_it_is)
{
	struct arena a = { 0 };
	struct span file = read_vector(&a, "ok_conv_pool_gemm");
	uint8_t *bytes = malloc(file.n + 16);

	cr_assert_not_null(bytes);
	for (size_t shift = 2; shift < 10; shift++) {
		struct model *m;
		struct err e;

		memset(bytes, 'x', shift);
		bytes[0] = 2 << 3 | 2; /* producer_name */
		bytes[1] = (uint8_t)(shift - 2);
		memcpy(bytes + shift, file.p, file.n);
		cr_assert_eq(model_load_memory(&m, (struct span){ bytes, file.n + shift }, "m", &e),
		             ST_OK, "%s", e.msg);
		for (size_t k = 0; k < 2; k++) /* the second has typed data */
			cr_expect_eq(in_file(m, &m->kernels[k], file.n + shift), k == 0);
		expect_ramp(&m->kernels[0]);
		expect_ramp(&m->kernels[1]);
		cr_expect_eq(m->nodes[0].bias[1], -0.25f);
		model_free(m);
	}
	free(bytes);
	arena_release(&a);
}

/* Kernel w of a network of one dense layer of two weights, whose raw data occurs twice: as
 * protobuf has it, the last counts. Lengths may have more bytes than they need. */
Test(model, raw_data_that_occurs_twice)
{
	static const uint8_t bytes[] =
	        "\x3a\xce\x80\x00"                                     /* graph, 78 bytes */
	        "\x2a\x9e\x00"                                         /* w, 30 bytes */
	        "\x4a\x04zzzz"                                         /* raw data */
	        "\x08\x02\x08\x01\x10\x01\x42\x01w"                    /* 2 x 1, FLOAT */
	        "\x4a\x88\x80\x80\x00\x00\x00\x80\x3f\x00\x00\x00\x40" /* 1, 2 */
	        "\x10\x01"                                             /* again */
	        "\x0a\x11\x0a\x01i\x0a\x01w\x12\x01o\x22\x06MatMul"    /* the node */
	        "\x5a\x13\x0a\x01i\x12\x0e\x0a\x0c\x08\x01\x12\x08"    /* the input: */
	        "\x0a\x02\x08\x01\x0a\x02\x08\x02"                     /* 1 x 2 */
	        "\x62\x03\x0a\x01o"                                    /* the output */
	        "\x42\x02\x10\x0d";                                    /* opset 13 */
	struct model *m;
	struct err e;

	cr_assert_eq(model_load_memory(&m, (struct span){ bytes, sizeof(bytes) - 1 }, "m", &e),
	             ST_OK, "%s", e.msg);
	cr_assert_eq(m->n_weights, 2);
	cr_expect_eq(m->kernels[0].w[0], 1.0f);
	cr_expect_eq(m->kernels[0].w[1], 2.0f);
	model_free(m);
}

/* 1000 nodes: arrays grow and indices stay. A dense layer takes an image as it lies. */
Test(model, graph_builder)
{
	static const float w[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	const struct shape image = {
		3, {3, 1, 2}
	};
	struct kernel k = {
		.name = "w", .layer = "fc", .shape = {2, { 2, 6 }},
                        .w = w
	};
	struct model m = { 0 };
	struct err e = { 0 };
	size_t v;

	cr_assert_eq(graph_input(&m, "in", &image, &v, &e), ST_OK);
	cr_expect_eq(graph_output(&m, v, &e), ST_DATA);
	for (size_t i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "relu%zu", i);
		cr_assert_eq(graph_unary(&m, OP_RELU, name, v, &v, &e), ST_OK);
	}
	cr_expect_eq(graph_bias(&m, "b", v, w, &e), ST_DATA);
	cr_assert_eq(graph_dense(&m, "fc", v, &k, NULL, &v, &e), ST_OK, "%s", e.msg);
	cr_expect_eq(graph_bias(&m, "b", v, w, &e), ST_OK);
	cr_expect_eq(graph_bias(&m, "b", v, w, &e), ST_DATA, "a second bias");
	cr_expect_eq(graph_output(&m, v, &e), ST_OK);
	cr_assert_eq(m.n_nodes, 1001);
	for (size_t i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "relu%zu", i);
		cr_expect_str_eq(m.nodes[i].name, name);
		cr_expect_eq(m.nodes[i].input[0], i);
		cr_expect_eq(m.nodes[i].output, i + 1);
	}
	expect_shape(&m.values[v].shape, "2");
	expect_gemm(&m, 1000, (struct gemm){ 1, 2, 6, 1 });
	cr_expect_eq(m.n_weights, 12);
	cr_expect_eq(m.n_other, 2);
	cr_expect_eq(m.kernels[0].groups, 1);
	arena_release(&m.arena);
}

Test(model, shapes)
{
	const struct shape s = { 4, { 20, 1, 5, 5 } }, scalar = { 0 };
	const struct shape wide = {
		6, {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, 1, 1}
	};
	char text[64];

	cr_expect_eq(shape_count(&s), 500);
	cr_expect_eq(shape_count(&scalar), 1);
	expect_shape(&s, "20x1x5x5");
	expect_shape(&scalar, "scalar");
	shape_text(&wide, text);
	cr_expect_eq(strlen(text), 63, "cut, not overrun");
}

Test(model, tables_are_complete)
{
	for (int i = 0; i < N_OPS; i++) {
		cr_assert_not_null(op_name((enum op)i));
		for (int j = 0; j < i; j++)
			cr_expect_str_neq(op_name((enum op)i), op_name((enum op)j));
	}
	cr_assert_eq(n_importers, plugins_defined("src/model", "const struct importer importer_"));
	for (size_t i = 0; i < n_importers; i++)
		cr_expect(importers[i]->name && importers[i]->help && importers[i]->probe &&
		          importers[i]->load);
}

/* LeNet-5 in the Caffe variant: 20 x 25, 50 x 20 x 25, 500 x 800 and 10 x 500 weights. */
Test(model, lenet5)
{
	static const char *const shapes[] = { "20x1x5x5", "50x20x5x5", "500x800", "10x500" };
	const char *path = SOURCE_DIR "/datasets/models/lenet5-mnist.onnx";
	struct err e = { 0 };
	struct model *m;

	if (!file_exists(path))
		cr_skip_test("no %s: make it with `datasets/train.py lenet5-mnist`, after "
		             "`scripts/fetch_datasets mnist`",
		             path);
	cr_assert_eq(model_load(&m, path, "lenet5-mnist", &e), ST_OK, "%s", e.msg);
	cr_assert_eq(m->n_kernels, LEN(shapes));
	for (size_t i = 0; i < LEN(shapes); i++)
		expect_shape(&m->kernels[i].shape, shapes[i]);
	cr_expect_eq(m->n_weights, 430500);
	cr_expect_eq(m->n_weights + m->n_other, 431080);
	cr_expect_eq(shape_count(&m->values[m->output].shape), 10);
	cr_expect(sound(m));
	model_free(m);
}
