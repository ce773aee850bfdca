/* Networks run by oneDNN against plain loops written here, over shapes that real networks use and
 * some that they should not. */
#include "infer/net.h"

#include "model/graph.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state;

/* In [-1, 1]. */
static float noise(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (float)(state >> 8) / (float)(1 << 23) - 1.0f;
}

static float *noise_array(struct arena *a, size_t n)
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

static void begin_shape(struct builder *b, const struct shape *image)
{
	*b = (struct builder){ .m.name = "test" };
	state = 2463534242u;
	cr_assert(!graph_input(&b->m, "image", image, &b->last, &b->e), "%s", b->e.msg);
}

static void begin(struct builder *b, size_t c, size_t h, size_t w)
{
	struct shape image = { .rank = 3 };

	image.dim[0] = c;
	image.dim[1] = h;
	image.dim[2] = w;
	begin_shape(b, &image);
}

static void conv(struct builder *b, const char *name, size_t filters, size_t groups,
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

static void dense(struct builder *b, const char *name, size_t outputs, bool bias)
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

static void pool(struct builder *b, const char *name, const struct window *w)
{
	cr_assert(!graph_maxpool(&b->m, name, b->last, w, &b->last, &b->e), "%s", b->e.msg);
}

static void unary(struct builder *b, enum op op, const char *name)
{
	cr_assert(!graph_unary(&b->m, op, name, b->last, &b->last, &b->e), "%s", b->e.msg);
}

static void end(struct builder *b)
{
	cr_assert(!graph_output(&b->m, b->last, &b->e), "%s", b->e.msg);
}

static struct window square(size_t kernel, size_t stride, size_t pad)
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

static double at(const double *in, const struct shape *s, size_t c, ptrdiff_t y, ptrdiff_t x,
                 double outside)
{
	if (y < 0 || x < 0 || y >= (ptrdiff_t)s->dim[1] || x >= (ptrdiff_t)s->dim[2])
		return outside;
	return in[(c * s->dim[1] + (size_t)y) * s->dim[2] + (size_t)x];
}

static double conv_at(const struct model *m, const struct node *node, const double *in, size_t o,
                      size_t y, size_t x)
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

static double pool_at(const struct model *m, const struct node *node, const double *in, size_t c,
                      size_t y, size_t x)
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

static double dense_at(const struct model *m, const struct node *node, const double *in, size_t o)
{
	const struct kernel *k = &m->kernels[node->kernel];
	double sum = node->bias ? (double)node->bias[o] : 0.0;

	for (size_t i = 0; i < k->shape.dim[1]; i++)
		sum += (double)k->w[o * k->shape.dim[1] + i] * in[i];
	return sum;
}

static double control_at(const struct model *m, const struct node *node, const double *in, size_t i)
{
	const struct shape *s = &m->values[node->output].shape;
	size_t x = i % s->dim[2 % s->rank], y = i / s->dim[2 % s->rank] % s->dim[1 % s->rank];
	size_t c = s->rank == 3 ? i / (s->dim[1] * s->dim[2]) : 0;

	switch (node->op) {
	case OP_CONV:
		return conv_at(m, node, in, c, y, x);
	case OP_MAXPOOL:
		return pool_at(m, node, in, c, y, x);
	case OP_DENSE:
		return dense_at(m, node, in, i);
	case OP_RELU:
		return fmax(in[i], 0.0);
	default: /* flatten, and softmax, which net_run leaves out */
		return in[i];
	}
}

static void control(const struct model *m, const float *image, double *scores)
{
	double **v = calloc(m->n_values, sizeof(*v));

	for (size_t i = 0; i < m->n_values; i++)
		v[i] = calloc(shape_count(&m->values[i].shape), sizeof(double));
	for (size_t i = 0; i < shape_count(&m->values[m->input].shape); i++)
		v[m->input][i] = (double)image[i];
	for (size_t k = 0; k < m->n_nodes; k++) {
		const struct node *node = &m->nodes[k];

		for (size_t i = 0; i < shape_count(&m->values[node->output].shape); i++)
			v[node->output][i] = control_at(m, node, v[node->input[0]], i);
	}
	memcpy(scores, v[m->output], shape_count(&m->values[m->output].shape) * sizeof(double));
	for (size_t i = 0; i < m->n_values; i++)
		free(v[i]);
	free(v);
}

/* Runs the network on `batch` random images and compares every score. */
static void compare(struct builder *b, size_t batch, const char *what)
{
	size_t n_in = shape_count(&b->m.values[b->m.input].shape);
	size_t n_out = shape_count(&b->m.values[b->m.output].shape);
	float *images = noise_array(&b->m.arena, batch * n_in);
	float *scores = ARENA_NEW(&b->m.arena, float, batch *n_out);
	double *expected = ARENA_NEW(&b->m.arena, double, n_out);
	struct net *n = NULL;

	cr_assert(!net_create(&n, &b->m, batch, &b->e), "%s: %s", what, b->e.msg);
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

static void check(struct builder *b, const char *what)
{
	end(b);
	compare(b, 1, what);
	compare(b, 7, what);
	arena_release(&b->m.arena);
}

struct conv_case {
	const char *what;
	size_t in, h, w, out, groups;
	struct window window;
};

#define WINDOW(kh, kw, sh, sw, dh, dw, top, left, bottom, right)   \
	{                                                          \
		{ kh, kw }, { sh, sw }, { dh, dw }, { top, left }, \
		{                                                  \
			bottom, right                              \
		}                                                  \
	}

static const struct conv_case conv_cases[] = {
	{"lenet conv1",       1,  28, 28, 20, 1,  WINDOW(5, 5, 1, 1, 1, 1, 0, 0, 0, 0)},
	{ "lenet conv2",      20, 12, 12, 50, 1,  WINDOW(5, 5, 1, 1, 1, 1, 0, 0, 0, 0)},
	{ "rgb stride 2",     3,  19, 23, 16, 1,  WINDOW(3, 3, 2, 2, 1, 1, 1, 1, 1, 1)},
	{ "rgb 7x7",          3,  17, 17, 20, 1,  WINDOW(7, 7, 2, 2, 1, 1, 3, 3, 3, 3)},
	{ "asymmetric pads",  20, 9,  11, 50, 1,  WINDOW(3, 3, 1, 1, 1, 1, 0, 2, 1, 0)},
	{ "same, stride 2",   16, 10, 10, 32, 1,  WINDOW(3, 3, 2, 2, 1, 1, 0, 0, 1, 1)},
	{ "oblong",           5,  8,  13, 7,  1,  WINDOW(1, 3, 1, 2, 1, 1, 0, 1, 0, 1)},
	{ "1x1",              50, 7,  5,  3,  1,  WINDOW(1, 1, 1, 1, 1, 1, 0, 0, 0, 0)},
	{ "1x1 full blocks",  32, 6,  6,  64, 1,  WINDOW(1, 1, 1, 1, 1, 1, 0, 0, 0, 0)},
	{ "one filter",       20, 6,  6,  1,  1,  WINDOW(3, 3, 1, 1, 1, 1, 1, 1, 1, 1)},
	{ "dilation",         20, 12, 12, 50, 1,  WINDOW(3, 3, 1, 1, 2, 2, 2, 2, 2, 2)},
	{ "dilation, blocks", 16, 12, 12, 16, 1,  WINDOW(3, 3, 1, 1, 3, 2, 3, 2, 3, 2)},
	{ "groups",           6,  9,  9,  8,  2,  WINDOW(3, 3, 1, 1, 1, 1, 1, 1, 1, 1)},
	{ "groups, blocks",   32, 9,  9,  64, 2,  WINDOW(3, 3, 1, 1, 1, 1, 1, 1, 1, 1)},
	{ "many groups",      20, 7,  7,  40, 5,  WINDOW(3, 3, 2, 2, 1, 1, 1, 1, 1, 1)},
	{ "depthwise",        32, 11, 11, 32, 32, WINDOW(3, 3, 1, 1, 1, 1, 1, 1, 1, 1)},
	{ "depthwise, odd",   20, 11, 11, 20, 20, WINDOW(3, 3, 2, 2, 1, 1, 0, 0, 1, 1)},
	{ "depthwise, 3",     3,  9,  9,  3,  3,  WINDOW(5, 5, 1, 1, 1, 1, 2, 2, 2, 2)},
	{ "multiplier 2",     8,  9,  9,  16, 8,  WINDOW(3, 3, 1, 1, 1, 1, 1, 1, 1, 1)},
};

Test(infer_net, convolution_equals_loops)
{
	for (size_t i = 0; i < sizeof(conv_cases) / sizeof(conv_cases[0]); i++) {
		const struct conv_case *c = &conv_cases[i];

		for (int relu = 0; relu < 2; relu++) {
			struct builder b;

			begin(&b, c->in, c->h, c->w);
			conv(&b, c->what, c->out, c->groups, &c->window, relu);
			if (relu)
				unary(&b, OP_RELU, "relu");
			check(&b, c->what);
		}
	}
}

/* Convolutions before and after, so that the pooling meets blocked layouts with empty lanes. */
Test(infer_net, pooling_equals_loops)
{
	static const struct window windows[] = {
		WINDOW(2, 2, 2, 2, 1, 1, 0, 0, 0, 0), WINDOW(3, 3, 2, 2, 1, 1, 0, 0, 0, 0),
		WINDOW(3, 3, 2, 2, 1, 1, 0, 0, 1, 1), WINDOW(3, 2, 1, 2, 1, 1, 2, 1, 0, 1),
		WINDOW(3, 3, 1, 1, 1, 1, 1, 1, 1, 1),
	};
	static const size_t channels[] = { 1, 3, 16, 20, 50 };
	const struct window one = square(1, 1, 0), three = square(3, 1, 1);

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		for (size_t c = 0; c < sizeof(channels) / sizeof(channels[0]); c++) {
			struct builder b;

			begin(&b, 3, 13, 12);
			conv(&b, "before", channels[c], 1, &three, true);
			pool(&b, "pool", &windows[i]);
			conv(&b, "after", 5, 1, &one, false);
			check(&b, "pooling");
		}
}

static void lenet5(struct builder *b, size_t first, size_t second)
{
	const struct window five = square(5, 1, 0), two = square(2, 2, 0);

	begin(b, 1, 28, 28);
	conv(b, "conv1", first, 1, &five, true);
	pool(b, "pool1", &two);
	conv(b, "conv2", second, 1, &five, true);
	pool(b, "pool2", &two);
	unary(b, OP_FLATTEN, "flatten");
	dense(b, "ip1", 30, true);
	unary(b, OP_RELU, "relu");
	dense(b, "ip2", 10, true);
}

Test(infer_net, whole_networks_equal_loops)
{
	static const size_t widths[][2] = {
		{20,  50},
                { 6,  16},
                { 32, 64},
                { 1,  3 }
	};
	struct builder b;

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		lenet5(&b, widths[i][0], widths[i][1]);
		check(&b, "lenet5");
	}
	begin(&b, 1, 28, 28);
	unary(&b, OP_FLATTEN, "flatten");
	dense(&b, "fc1", 300, true);
	unary(&b, OP_RELU, "relu1");
	dense(&b, "fc2", 99, false);
	unary(&b, OP_RELU, "relu2");
	dense(&b, "fc3", 10, true);
	check(&b, "lenet300");
}

/* A dense layer flattens what it reads, whatever its rank. */
Test(infer_net, dense_reads_any_rank)
{
	static const struct shape shapes[] = {
		{1,  { 30 }           },
                { 2, { 5, 6 }         },
                { 3, { 5, 3, 2 }      },
                { 5, { 2, 1, 5, 1, 3 }}
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct builder b;

		begin_shape(&b, &shapes[i]);
		unary(&b, OP_RELU, "relu");
		dense(&b, "dense", 11, true);
		check(&b, "dense");
	}
}

/* Flatten must put a blocked layout back into channel, row, column order, also as the output. */
Test(infer_net, ends_in_any_operator)
{
	static const enum op last[] = { OP_RELU, OP_FLATTEN, OP_SOFTMAX };
	const struct window three = square(3, 1, 1), two = square(2, 2, 0);

	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		for (size_t filters = 3; filters <= 16; filters += 13) {
			struct builder b;

			begin(&b, 2, 6, 4);
			conv(&b, "conv", filters, 1, &three, true);
			pool(&b, "pool", &two);
			unary(&b, last[i], "last");
			check(&b, op_name(last[i]));
		}
}

/* Values with several readers: nothing that one of them does may show in the others. */
Test(infer_net, values_with_several_readers)
{
	const struct window three = square(3, 1, 1), two = square(2, 2, 0);
	static const size_t filters[] = { 16, 20 };

	for (size_t i = 0; i < 2; i++)
		for (int first = 0; first < 2; first++) {
			struct builder b;
			size_t fork;

			begin(&b, 3, 8, 8);
			conv(&b, "conv", filters[i], 1, &three, true);
			fork = b.last;
			if (first) { /* a relu of the fork that the output does not depend on */
				unary(&b, OP_RELU, "relu");
				pool(&b, "side", &two);
			}
			b.last = fork;
			conv(&b, "middle", 7, 1, &three, true);
			b.last = fork;
			pool(&b, "pool", &two);
			unary(&b, OP_RELU, "relu of the pool");
			unary(&b, OP_FLATTEN, "flatten");
			dense(&b, "dense", 10, true);
			check(&b, "fork");
		}
	for (int relu = 0; relu < 2; relu++) { /* the output has a reader of its own */
		struct builder b;
		size_t out;

		begin(&b, 3, 8, 8);
		conv(&b, "conv", 20, 1, &three, true);
		if (relu)
			unary(&b, OP_RELU, "relu");
		out = b.last;
		unary(&b, OP_RELU, "reader");
		conv(&b, "behind", 4, 1, &three, true);
		b.last = out;
		check(&b, "output with a reader");
	}
}

static void fill_scores(struct net *n, const float *images, float *scores)
{
	struct err e = { 0 };

	cr_assert(!net_run(n, images, scores, &e), "%s", e.msg);
}

/* Bit for bit: exchanged weights give what a network built with them gives. */
Test(infer_net, set_kernel_equals_rebuilding)
{
	enum { BATCH = 4 };
	struct net *exchanged = NULL, *rebuilt = NULL;
	float original[BATCH * 10], before[BATCH * 10], after[BATCH * 10], *images;
	struct builder b;

	lenet5(&b, 20, 50);
	end(&b);
	images = noise_array(&b.m.arena, (size_t)BATCH * 28 * 28);
	cr_assert(!net_create(&exchanged, &b.m, BATCH, &b.e), "%s", b.e.msg);
	fill_scores(exchanged, images, original);
	memcpy(before, original, sizeof(before));
	for (size_t k = 0; k < b.m.n_kernels; k++) {
		struct kernel *kernel = &b.m.kernels[k];
		const float *old = kernel->w;

		kernel->w = noise_array(&b.m.arena, kernel->n);
		cr_assert(!net_set_kernel(exchanged, k, kernel->w, &b.e), "%s", b.e.msg);
		cr_assert(!net_create(&rebuilt, &b.m, BATCH, &b.e), "%s", b.e.msg);
		fill_scores(exchanged, images, before);
		fill_scores(rebuilt, images, after);
		cr_expect_arr_eq(before, after, sizeof(after), "kernel %zu", k);
		cr_expect(memcmp(before, original, sizeof(before)), "kernel %zu is not used", k);
		net_free(rebuilt);

		kernel->w = old;
		cr_assert(!net_set_kernel(exchanged, k, old, &b.e), "%s", b.e.msg);
		fill_scores(exchanged, images, before);
		cr_expect_arr_eq(before, original, sizeof(before), "kernel %zu put back", k);
	}
	net_free(exchanged);
	arena_release(&b.m.arena);
}

/* oneDNN has nothing but reference loops for a dilated pooling of this library version. */
Test(infer_net, refuses_reference_loops)
{
	const struct window three = square(3, 1, 1);
	const struct window dilated = WINDOW(2, 2, 1, 1, 2, 2, 0, 0, 0, 0);
	struct net *n = NULL;
	struct builder b;

	begin(&b, 3, 8, 8);
	conv(&b, "conv", 16, 1, &three, true);
	pool(&b, "slow pool", &dilated);
	end(&b);
	cr_expect_eq(net_create(&n, &b.m, 2, &b.e), ST_INTERNAL);
	cr_expect_null(n);
	cr_expect(strstr(b.e.msg, "slow pool") && strstr(b.e.msg, "reference"), "%s", b.e.msg);
	arena_release(&b.m.arena);
}

Test(infer_net, refuses_softmax_in_the_middle)
{
	struct net *n = NULL;
	struct builder b;

	begin(&b, 1, 4, 4);
	dense(&b, "first", 8, true);
	unary(&b, OP_SOFTMAX, "early softmax");
	dense(&b, "second", 4, true);
	end(&b);
	cr_expect_eq(net_create(&n, &b.m, 2, &b.e), ST_DATA);
	cr_expect_null(n);
	cr_expect(strstr(b.e.msg, "early softmax"), "%s", b.e.msg);
	arena_release(&b.m.arena);
}
