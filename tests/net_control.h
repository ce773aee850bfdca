/* Networks built in a test, and a control that runs them: plain loops in double precision, one
 * image and one node at a time. */
#ifndef HCB_TESTS_NET_CONTROL_H
#define HCB_TESTS_NET_CONTROL_H

#include "infer/net.h"
#include "model/graph.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state;

/* In [-1, 1]. */
static inline float noise(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (float)(state >> 8) / (float)(1 << 23) - 1.0f;
}

static inline float *noise_array(struct arena *a, size_t n)
{
	float *p = ARENA_NEW(a, float, n);

	cr_assert_not_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = noise();
	return p;
}

/* A graph being built; `last` is the value that the next layer reads. */
struct builder {
	struct model m;
	size_t last;
	struct err e;
};

static inline void begin_shape(struct builder *b, const struct shape *image)
{
	*b = (struct builder){ .m.name = "test" };
	state = 2463534242u;
	cr_assert(!graph_input(&b->m, "image", image, &b->last, &b->e), "%s", b->e.msg);
}

static inline void begin(struct builder *b, size_t c, size_t h, size_t w)
{
	struct shape image = { .rank = 3 };

	image.dim[0] = c;
	image.dim[1] = h;
	image.dim[2] = w;
	begin_shape(b, &image);
}

static inline void conv(struct builder *b, const char *name, size_t filters, size_t groups,
                        const struct window *w, bool bias)
{
	struct kernel k = { .name = name, .layer = name, .groups = groups };

	k.shape.rank = 4;
	k.shape.dim[0] = filters;
	k.shape.dim[1] = b->m.values[b->last].shape.dim[0] / groups;
	k.shape.dim[2] = w->kernel[0];
	k.shape.dim[3] = w->kernel[1];
	k.w = noise_array(&b->m.arena, shape_count(&k.shape));
	cr_assert(!graph_conv(&b->m, name, b->last, &k, w,
	                      bias ? noise_array(&b->m.arena, filters) : NULL, &b->last, &b->e),
	          "%s", b->e.msg);
}

static inline void dense(struct builder *b, const char *name, size_t outputs, bool bias)
{
	struct kernel k = { .name = name, .layer = name, .groups = 1 };

	k.shape.rank = 2;
	k.shape.dim[0] = outputs;
	k.shape.dim[1] = shape_count(&b->m.values[b->last].shape);
	k.w = noise_array(&b->m.arena, shape_count(&k.shape));
	cr_assert(!graph_dense(&b->m, name, b->last, &k,
	                       bias ? noise_array(&b->m.arena, outputs) : NULL, &b->last, &b->e),
	          "%s", b->e.msg);
}

static inline void pool(struct builder *b, const char *name, const struct window *w)
{
	cr_assert(!graph_maxpool(&b->m, name, b->last, w, &b->last, &b->e), "%s", b->e.msg);
}

static inline void unary(struct builder *b, enum op op, const char *name)
{
	cr_assert(!graph_unary(&b->m, op, name, b->last, &b->last, &b->e), "%s", b->e.msg);
}

static inline void end(struct builder *b)
{
	cr_assert(!graph_output(&b->m, b->last, &b->e), "%s", b->e.msg);
}

static inline struct window square(size_t kernel, size_t stride, size_t pad)
{
	return (struct window){
		.kernel = {kernel,  kernel},
		.stride = { stride, stride},
		.dilation = { 1,      1     },
		.pad_begin = { pad,    pad   },
		.pad_end = { pad,    pad   }
	};
}

/* The control: one image, one node at a time, sums in double. */

static inline double at(const double *in, const struct shape *s, size_t c, ptrdiff_t y, ptrdiff_t x,
                        double outside)
{
	if (y < 0 || x < 0 || y >= (ptrdiff_t)s->dim[1] || x >= (ptrdiff_t)s->dim[2])
		return outside;
	return in[(c * s->dim[1] + (size_t)y) * s->dim[2] + (size_t)x];
}

static inline double conv_at(const struct model *m, const struct node *node, const double *in,
                             size_t o, size_t y, size_t x)
{
	const struct shape *s = &m->values[node->input[0]].shape;
	const struct kernel *k = &m->kernels[node->kernel];
	const struct window *w = &node->window;
	size_t n = k->shape.dim[1], first = o / (k->channels / k->groups) * n;
	double sum = node->bias ? (double)node->bias[o] : 0.0;

	for (size_t c = 0; c < n; c++)
		for (size_t i = 0; i < w->kernel[0]; i++)
			for (size_t j = 0; j < w->kernel[1]; j++)
				sum += (double)k
				               ->w[((o * n + c) * w->kernel[0] + i) * w->kernel[1] +
				                   j] *
				       at(in, s, first + c,
				          (ptrdiff_t)(y * w->stride[0] + i * w->dilation[0]) -
				                  (ptrdiff_t)w->pad_begin[0],
				          (ptrdiff_t)(x * w->stride[1] + j * w->dilation[1]) -
				                  (ptrdiff_t)w->pad_begin[1],
				          0.0);
	return sum;
}

static inline double pool_at(const struct model *m, const struct node *node, const double *in,
                             size_t c, size_t y, size_t x)
{
	const struct window *w = &node->window;
	double best = -HUGE_VAL;

	for (size_t i = 0; i < w->kernel[0]; i++)
		for (size_t j = 0; j < w->kernel[1]; j++)
			best = fmax(
			        best,
			        at(in, &m->values[node->input[0]].shape, c,
			           (ptrdiff_t)(y * w->stride[0] + i) - (ptrdiff_t)w->pad_begin[0],
			           (ptrdiff_t)(x * w->stride[1] + j) - (ptrdiff_t)w->pad_begin[1],
			           -HUGE_VAL));
	return best;
}

static inline double dense_at(const struct model *m, const struct node *node, const double *in,
                              size_t o)
{
	const struct kernel *k = &m->kernels[node->kernel];
	double sum = node->bias ? (double)node->bias[o] : 0.0;

	for (size_t i = 0; i < k->shape.dim[1]; i++)
		sum += (double)k->w[o * k->shape.dim[1] + i] * in[i];
	return sum;
}

/* Sum and number of the pixels of an averaging window. */
static inline double average_at(const struct model *m, const struct node *node, const double *in,
                                size_t c, size_t y, size_t x)
{
	const struct window *w = &node->window;
	const struct shape *s = &m->values[node->input[0]].shape;
	double sum = 0.0, n = 0.0;

	for (size_t i = 0; i < w->kernel[0]; i++)
		for (size_t j = 0; j < w->kernel[1]; j++) {
			ptrdiff_t row =
			        (ptrdiff_t)(y * w->stride[0] + i) - (ptrdiff_t)w->pad_begin[0];
			ptrdiff_t column =
			        (ptrdiff_t)(x * w->stride[1] + j) - (ptrdiff_t)w->pad_begin[1];
			bool inside = !isnan(at(in, s, c, row, column, (double)NAN));

			sum += at(in, s, c, row, column, 0.0);
			n += inside || node->count_pads ? 1.0 : 0.0;
		}
	return sum / n;
}

static inline double lrn_at(const struct model *m, const struct node *node, const double *in,
                            size_t i)
{
	const struct shape *s = &m->values[node->output].shape;
	const size_t pixels = s->dim[1] * s->dim[2];
	const ptrdiff_t c = (ptrdiff_t)(i / pixels), before = ((ptrdiff_t)node->lrn.size - 1) / 2;
	double sum = 0.0;

	for (ptrdiff_t k = c - before; k < c - before + (ptrdiff_t)node->lrn.size; k++)
		if (k >= 0 && k < (ptrdiff_t)s->dim[0])
			sum += pow(in[(size_t)k * pixels + i % pixels], 2.0);
	return in[i] /
	       pow((double)node->lrn.bias + (double)node->lrn.alpha / (double)node->lrn.size * sum,
	           (double)node->lrn.beta);
}

/* Values lie one after the other, since channels come first. */
static inline double concat_at(const struct model *m, const struct node *node, double *const *v,
                               size_t i)
{
	for (unsigned k = 0; k < node->n_inputs; k++) {
		size_t n = shape_count(&m->values[node->input[k]].shape);

		if (i < n)
			return v[node->input[k]][i];
		i -= n;
	}
	return (double)NAN;
}

static inline double control_at(const struct model *m, const struct node *node, double *const *v,
                                size_t i)
{
	const struct shape *s = &m->values[node->output].shape;
	size_t x = i % s->dim[2 % s->rank], y = i / s->dim[2 % s->rank] % s->dim[1 % s->rank];
	size_t c = s->rank == 3 ? i / (s->dim[1] * s->dim[2]) : 0;
	size_t channel = i / (shape_count(s) / s->dim[0]);
	const double *in = v[node->input[0]], *second = v[node->input[1]];

	switch (node->op) {
	case OP_CONV:
		return conv_at(m, node, in, c, y, x);
	case OP_MAXPOOL:
		return pool_at(m, node, in, c, y, x);
	case OP_AVGPOOL:
		return average_at(m, node, in, c, y, x);
	case OP_DENSE:
		return dense_at(m, node, in, i);
	case OP_RELU:
		return fmax(in[i], 0.0);
	case OP_CLIP:
		return fmin(fmax(in[i], (double)node->low), (double)node->high);
	case OP_SCALE:
		return in[i] * (double)node->scale[channel] + (double)node->bias[channel];
	case OP_ADD:
		return in[i] + second[i];
	case OP_MUL:
		return in[i] *
		       second[shape_count(&m->values[node->input[1]].shape) == shape_count(s)
		                      ? i
		                      : channel];
	case OP_CONCAT:
		return concat_at(m, node, v, i);
	case OP_LRN:
		return lrn_at(m, node, in, i);
	default: /* flatten, reshape, and softmax, which net_run leaves out */
		return in[i];
	}
}

static inline void control(const struct model *m, const float *image, double *scores)
{
	double **v = calloc(m->n_values, sizeof(*v));

	for (size_t i = 0; i < m->n_values; i++)
		v[i] = calloc(shape_count(&m->values[i].shape), sizeof(double));
	for (size_t i = 0; i < shape_count(&m->values[m->input].shape); i++)
		v[m->input][i] = (double)image[i];
	for (size_t k = 0; k < m->n_nodes; k++) {
		const struct node *node = &m->nodes[k];

		for (size_t i = 0; i < shape_count(&m->values[node->output].shape); i++)
			v[node->output][i] = control_at(m, node, v, i);
	}
	memcpy(scores, v[m->output], shape_count(&m->values[m->output].shape) * sizeof(double));
	for (size_t i = 0; i < m->n_values; i++)
		free(v[i]);
	free(v);
}

/* Runs the network on `batch` random images and compares every score. */
static inline void compare(struct builder *b, size_t batch, const char *what)
{
	size_t n_in = shape_count(&b->m.values[b->m.input].shape);
	size_t n_out = shape_count(&b->m.values[b->m.output].shape);
	float *images = noise_array(&b->m.arena, batch * n_in);
	float *scores = ARENA_NEW(&b->m.arena, float, batch *n_out);
	double *expected = ARENA_NEW(&b->m.arena, double, n_out);
	struct net *n = NULL;

	cr_assert(!net_create(&n, &b->m, &(struct net_options){ .batch = batch }, &b->e), "%s: %s",
	          what, b->e.msg);
	cr_assert_eq(net_batch(n), batch);
	cr_assert_eq(net_inputs(n), n_in);
	cr_assert_eq(net_outputs(n), n_out);
	/* The second run finds every buffer full of the first one's values. */
	for (int run = 0; run < 2; run++)
		cr_assert(!net_run(n, images, scores, &b->e), "%s: %s", what, b->e.msg);
	for (size_t i = 0; i < batch; i++) {
		double mean = 0.0;

		control(&b->m, images + i * n_in, expected);
		for (size_t j = 0; j < n_out; j++)
			mean += fabs(expected[j]) / (double)n_out;
		for (size_t j = 0; j < n_out; j++) {
			double got = (double)scores[i * n_out + j];

			cr_assert(fabs(got - expected[j]) <= 1e-4 * (fabs(expected[j]) + mean),
			          "%s, batch %zu: image %zu score %zu is %g, expected %g", what,
			          batch, i, j, got, expected[j]);
		}
	}
	for (size_t i = 0; net_implementation(n, i); i++)
		cr_assert_neq(strncmp(net_implementation(n, i), "ref", 3), 0);
	net_free(n);
}

static inline void check(struct builder *b, const char *what)
{
	end(b);
	compare(b, 1, what);
	compare(b, 7, what);
	arena_release(&b->m.arena);
}

#define WINDOW(kh, kw, sh, sw, dh, dw, top, left, bottom, right)   \
	{                                                          \
		{ kh, kw }, { sh, sw }, { dh, dw }, { top, left }, \
		{                                                  \
			bottom, right                              \
		}                                                  \
	}

#endif
