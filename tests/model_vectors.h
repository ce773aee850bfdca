/* Loading the files of tests/vectors/onnx and checking nodes of the models. */
#ifndef HCB_TESTS_MODEL_VECTORS_H
#define HCB_TESTS_MODEL_VECTORS_H

#include "model/model.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static inline struct model *load(const char *name)
{
	struct err e = { 0 };
	struct model *m;
	char path[512];

	snprintf(path, sizeof(path), TEST_VECTORS "/onnx/%s.onnx", name);
	cr_assert_eq(model_load(&m, path, name, &e), ST_OK, "%s", e.msg);
	return m;
}

static inline void expect_shape(const struct shape *s, const char *expected)
{
	char text[64];

	shape_text(s, text);
	cr_expect_str_eq(text, expected);
}

/* Checks node i: operator, name, output shape per image. */
static inline void expect_node(const struct model *m, size_t i, enum op op, const char *name,
                               const char *shape)
{
	cr_assert_lt(i, m->n_nodes);
	cr_expect_eq(m->nodes[i].op, op, "%s is %s", name, op_name(m->nodes[i].op));
	cr_expect_str_eq(m->nodes[i].name, name);
	expect_shape(&m->values[m->nodes[i].output].shape, shape);
}

/* The generator's default weights: element i is (i - 4) / 8, exact in binary. */
static inline void expect_ramp(const struct kernel *k)
{
	for (size_t i = 0; i < k->n; i++)
		cr_expect_eq(k->w[i], ((float)i - 4.0f) / 8.0f, "%s[%zu]", k->name, i);
}

static inline void expect_window(const struct window *w, const size_t want[10])
{
	const size_t got[10] = { w->kernel[0],   w->kernel[1],   w->stride[0],    w->stride[1],
		                 w->dilation[0], w->dilation[1], w->pad_begin[0], w->pad_begin[1],
		                 w->pad_end[0],  w->pad_end[1] };

	for (size_t i = 0; i < 10; i++)
		cr_expect_eq(got[i], want[i], "window field %zu: %zu, expected %zu", i, got[i],
		             want[i]);
}

#endif
