/* Activations that are rounded between layers: int8 against integer arithmetic written here, bf16
 * against rounding written here, and the ranges that int8 takes its grids from. */
#include "net_control.h"

#include "infer/calibrate.h"

#include <dnnl.h>
#include <float.h>

enum { BATCH = 2, SIDE = 9, WEIGHT_STEPS = 64 };

static void scale(struct builder *b, const char *name)
{
	size_t n = b->m.values[b->last].shape.dim[0];

	cr_assert(!graph_scale(&b->m, name, b->last, noise_array(&b->m.arena, n),
	                       noise_array(&b->m.arena, n), &b->last, &b->e));
}

static size_t add(struct builder *b, const char *name, size_t other)
{
	cr_assert(!graph_binary(&b->m, OP_ADD, name, b->last, other, &b->last, &b->e));
	return b->last;
}

/* Weights and biases become multiples of 1 / WEIGHT_STEPS, so that sums of integers are exact. */
static void round_weights(struct model *m)
{
	for (size_t k = 0; k < m->n_kernels; k++)
		for (size_t i = 0; i < m->kernels[k].n; i++) {
			float *w = (float *)m->kernels[k].w + i;

			*w = roundf(*w * WEIGHT_STEPS) / WEIGHT_STEPS;
		}
	for (size_t i = 0; i < m->n_nodes; i++)
		for (size_t c = 0;
		     m->nodes[i].bias && c < m->values[m->nodes[i].output].shape.dim[0]; c++) {
			float *w = (float *)m->nodes[i].bias + c;

			*w = roundf(*w * WEIGHT_STEPS) / WEIGHT_STEPS;
		}
}

/* Scores that are the value itself: a 1x1 convolution with a unit matrix. */
static void show_last(struct builder *b)
{
	const struct window one = square(1, 1, 0);
	struct kernel *k;

	conv(b, "show", b->m.values[b->last].shape.dim[0], 1, &one, false);
	k = &b->m.kernels[b->m.n_kernels - 1];
	for (size_t i = 0; i < k->n; i++)
		((float *)k->w)[i] = i / k->channels == i % k->channels ? 1.0f : 0.0f;
	end(b);
}

enum { MAX_STORED = 8 };

/* A network, and by hand which of its values are stored between layers. */
struct stored_case {
	struct builder b;
	size_t stored[MAX_STORED], n_stored;
};

static void stored(struct stored_case *c)
{
	c->stored[c->n_stored++] = c->b.last;
}

/* Convolutions with each limit, a pooling of each kind, and an addition. */
static void build(struct stored_case *c, size_t width)
{
	const struct window three = square(3, 1, 1), one = square(1, 1, 0);
	/* Means of nine integers never lie halfway between two others. */
	const struct window nine = square(3, 1, 0);
	struct builder *b = &c->b;
	size_t fork;

	*c = (struct stored_case){ 0 };
	begin(b, 3, SIDE, SIDE);
	conv(b, "a", width, 1, &three, true);
	unary(b, OP_RELU, "relu");
	stored(c);
	conv(b, "depthwise", width, width, &three, true);
	stored(c);
	fork = b->last;
	conv(b, "b", width, 1, &one, true);
	add(b, "sum", fork);
	cr_assert(!graph_clip(&b->m, "clip", b->last, -3.0f, 6.0f, &b->last, &b->e));
	stored(c);
	pool(b, "max", &three);
	cr_assert(!graph_avgpool(&b->m, "mean", b->last, &nine, false, &b->last, &b->e));
	stored(c);
	conv(b, "c", 16, 1, &three, false);
	stored(c);
	show_last(b);
	round_weights(&b->m);
}

static bool is_stored(const struct stored_case *c, size_t value)
{
	for (size_t i = 0; i < c->n_stored; i++)
		if (c->stored[i] == value)
			return true;
	return false;
}

/* Pixels, which the input's 8 bits hold. */
static float *pixels(struct builder *b, size_t n)
{
	float *p = noise_array(&b->m.arena, n);

	for (size_t i = 0; i < n; i++)
		p[i] = roundf(p[i] * 127.5f + 127.5f) / 128.0f;
	return p;
}

static size_t value_count(const struct model *m, size_t value)
{
	return shape_count(&m->values[value].shape);
}

/* All values of one image in double; `round` is applied to what is stored. */
typedef double rounding(double x, const struct activation_range *r);

static void control_rounded(const struct stored_case *c, const float *image, rounding *round_to,
                            const struct activation_range *ranges, double **v)
{
	const struct model *m = &c->b.m;

	for (size_t i = 0; i < m->n_values; i++)
		v[i] = ARENA_NEW((struct arena *)&m->arena, double, value_count(m, i));
	for (size_t i = 0; i < value_count(m, m->input); i++)
		v[m->input][i] = (double)image[i];
	for (size_t k = 0; k < m->n_nodes; k++) {
		const struct node *node = &m->nodes[k];

		for (size_t i = 0; i < value_count(m, node->output); i++) {
			double x = control_at(m, node, v, i);

			v[node->output][i] = round_to && is_stored(c, node->output)
			                             ? round_to(x, &ranges[node->output])
			                             : x;
		}
	}
}

/* The definition of the grid: 256 steps over the range widened to 0, an integer zero point. */
static double to_int8(double x, const struct activation_range *r)
{
	const double low = fmin((double)r->low, 0), high = fmax((double)r->high, 0);
	const double step = (double)(float)((high - low) / 255), zero = nearbyint(-low / step);

	return (fmin(fmax(nearbyint(x / step) + zero, 0), 255) - zero) * step;
}

/* To nearest with 8 significant bits, halves to even. */
static double to_bf16(double x, const struct activation_range *r)
{
	int exponent;
	const double fraction = frexp(x, &exponent);

	(void)r;
	return ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8);
}

static void run_net(const struct model *m, const struct net_options *o, const float *images,
                    float *scores)
{
	struct err e = { 0 };
	struct net *n = NULL;

	cr_assert(!net_create(&n, m, o, &e), "%s", e.msg);
	for (int run = 0; run < 2; run++)
		cr_assert(!net_run(n, images, scores, &e), "%s", e.msg);
	for (size_t i = 0; net_implementation(n, i); i++)
		cr_assert(!strstr(net_implementation(n, i), "ref"), "%s", net_implementation(n, i));
	net_free(n);
}

/* Ranges of the control in double, of everything. */
static void control_ranges(const struct stored_case *c, const float *images, size_t n,
                           struct activation_range *r)
{
	const struct model *m = &c->b.m;
	double **v = calloc(m->n_values, sizeof(*v));

	for (size_t i = 0; i < m->n_values; i++)
		r[i] = (struct activation_range){ INFINITY, -INFINITY };
	for (size_t k = 0; k < n; k++) {
		control_rounded(c, images + k * value_count(m, m->input), NULL, NULL, v);
		for (size_t i = 0; i < m->n_values; i++)
			for (size_t j = 0; j < value_count(m, i); j++) {
				r[i].low = fminf(r[i].low, (float)v[i][j]);
				r[i].high = fmaxf(r[i].high, (float)v[i][j]);
			}
	}
	free(v);
}

/* Share of the scores that differ from the control's; none by more than `most` steps of the grid,
 * or of a bfloat16 of their size. */
static double differing(const struct stored_case *c, const float *images, const float *scores,
                        rounding *round_to, const struct activation_range *ranges, double most)
{
	const struct model *m = &c->b.m;
	const size_t n_out = value_count(m, m->output), n_in = value_count(m, m->input);
	double **v = calloc(m->n_values, sizeof(*v));
	size_t differ = 0;

	for (size_t k = 0; k < BATCH; k++) {
		control_rounded(c, images + k * n_in, round_to, ranges, v);
		for (size_t j = 0; j < n_out; j++) {
			double expected = v[m->output][j], got = (double)scores[k * n_out + j];
			double step = round_to == to_int8
			                      ? ((double)ranges[c->stored[c->n_stored - 1]].high -
			                         (double)ranges[c->stored[c->n_stored - 1]].low) /
			                                255
			                      : 16.0 / 128;

			differ += fabs(got - expected) > 1e-3 * step;
			cr_assert(fabs(got - expected) <= most * step,
			          "image %zu, score %zu is %g, expected %g", k, j, got, expected);
		}
	}
	free(v);
	return (double)differ / (double)(BATCH * n_out);
}

/* The simulation in single precision is the integer arithmetic, but for values that lie halfway. */
Test(infer_activations, int8_equals_integer_arithmetic)
{
	static const size_t widths[] = { 16, 20, 3 };

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct activation_range ranges[32];
		struct stored_case c;
		float *images, *scores;
		double share;

		build(&c, widths[i]);
		cr_assert_leq(c.b.m.n_values, 32);
		images = pixels(&c.b, (size_t)BATCH * 3 * SIDE * SIDE);
		scores = ARENA_NEW(&c.b.m.arena, float, BATCH *value_count(&c.b.m, c.b.m.output));
		control_ranges(&c, images, BATCH, ranges);
		run_net(&c.b.m, &(struct net_options){ BATCH, ACTIVATIONS_INT8, ranges }, images,
		        scores);
		share = differing(&c, images, scores, to_int8, ranges, 1.01);
		cr_expect_leq(share, 0.005);
		/* And it is not what single precision gives. */
		run_net(&c.b.m, &(struct net_options){ .batch = BATCH }, images, scores);
		cr_expect_geq(differing(&c, images, scores, to_int8, ranges, 99), 0.5);
		arena_release(&c.b.m.arena);
	}
}

static bool has_bf16(void)
{
	return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) ==
	       dnnl_cpu_isa_avx512_core;
}

Test(infer_activations, bf16_rounds_values_and_weights)
{
	static const size_t widths[] = { 16, 20, 3 };

	if (!has_bf16())
		cr_skip_test("bfloat16 needs a processor with AVX-512");
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct stored_case c;
		float *images, *scores;
		double share;

		build(&c, widths[i]);
		images = pixels(&c.b, (size_t)BATCH * 3 * SIDE * SIDE);
		scores = ARENA_NEW(&c.b.m.arena, float, BATCH *value_count(&c.b.m, c.b.m.output));
		run_net(&c.b.m, &(struct net_options){ .batch = BATCH, ACTIVATIONS_BF16 }, images,
		        scores);
		/* Weights of 7 bits are bfloat16 already. */
		share = differing(&c, images, scores, to_bf16, NULL, 1.01);
		cr_expect_leq(share, 0.1);
		run_net(&c.b.m, &(struct net_options){ .batch = BATCH }, images, scores);
		cr_expect_geq(differing(&c, images, scores, to_bf16, NULL, 99), 0.5);
		arena_release(&c.b.m.arena);
	}
}

/* One weight of more bits than bfloat16 has, on a one. */
Test(infer_activations, bf16_weights)
{
	const float exact = 1.0f + 1.0f / 128, fine = exact + 1.0f / 512;
	const struct net_options o = { .batch = 1, .activations = ACTIVATIONS_BF16 };
	float image[16], scores[16 * 16];
	const struct window one = square(1, 1, 0);
	struct builder b;

	if (!has_bf16())
		cr_skip_test("bfloat16 needs a processor with AVX-512");
	begin(&b, 1, 4, 4);
	conv(&b, "conv", 16, 1, &one, false);
	end(&b);
	for (size_t i = 0; i < 16; i++) {
		((float *)b.m.kernels[0].w)[i] = fine;
		image[i] = 1.0f;
	}
	run_net(&b.m, &o, image, scores);
	for (size_t i = 0; i < 16 * 16; i++)
		cr_assert(scores[i] == exact, "%g", (double)scores[i]);
	arena_release(&b.m.arena);
}

/* All operators in one network, loosely: that nothing is refused, misplaced or rounded twice to
 * something else. */
static void every_operator(struct builder *b, size_t width)
{
	const struct window three = square(3, 1, 1), two = square(2, 2, 0);
	const struct lrn lrn = { 5, 1e-2f, 0.75f, 1.0f };
	const struct shape wide = {
		3, {32, 2, 2}
	};
	size_t in[2], fork;

	begin(b, 3, 8, 8);
	pool(b, "max of the input", &three);
	conv(b, "a", width, 1, &three, true);
	scale(b, "norm");
	unary(b, OP_RELU, "relu");
	fork = b->last;
	pool(b, "max", &three);
	scale(b, "lonely scale");
	in[0] = b->last;
	conv(b, "b", width, 1, &three, true);
	cr_assert(!graph_binary(&b->m, OP_MUL, "product", b->last, fork, &b->last, &b->e));
	in[1] = b->last;
	cr_assert(!graph_concat(&b->m, "concat", in, 2, &b->last, &b->e));
	conv(b, "c", 32, 1, &two, true);
	cr_assert(!graph_lrn(&b->m, "lrn", b->last, &lrn, &b->last, &b->e), "%s", b->e.msg);
	unary(b, OP_RELU, "lonely relu");
	cr_assert(!graph_avgpool(&b->m, "mean", b->last, &two, true, &b->last, &b->e));
	cr_assert(!graph_reshape(&b->m, "reshape", b->last, &wide, &b->last, &b->e));
	unary(b, OP_FLATTEN, "flatten");
	dense(b, "d", 20, true);
	unary(b, OP_RELU, "relu of d");
	dense(b, "e", 10, true);
	unary(b, OP_SOFTMAX, "softmax");
	end(b);
}

static void check_loosely(struct builder *b, const struct net_options *o, double tolerance)
{
	const size_t n_in = value_count(&b->m, b->m.input), n = value_count(&b->m, b->m.output);
	float *images = noise_array(&b->m.arena, o->batch * n_in);
	float *scores = noise_array(&b->m.arena, o->batch * n);
	float *again = noise_array(&b->m.arena, o->batch * n);
	double *expected = ARENA_NEW(&b->m.arena, double, n), error = 0, power = 0;

	run_net(&b->m, o, images, scores);
	run_net(&b->m, o, images, again);
	cr_expect_arr_eq(scores, again, o->batch * n * sizeof(*scores), "not deterministic");
	for (size_t i = 0; i < o->batch; i++) {
		control(&b->m, images + i * n_in, expected);
		for (size_t j = 0; j < n; j++) {
			error += pow((double)scores[i * n + j] - expected[j], 2);
			power += pow(expected[j], 2);
		}
	}
	cr_expect_leq(sqrt(error / power), tolerance, "%s", activations_names[o->activations]);
}

Test(infer_activations, every_operator_runs_in_every_arithmetic)
{
	static const size_t widths[] = { 16, 5 };
	static const double tolerance[N_ACTIVATIONS] = { 1e-5, 0.02, 0.1 };

	for (size_t i = 0; i < 2; i++)
		for (size_t batch = 1; batch <= 3; batch += 2)
			for (int a = 0; a < N_ACTIVATIONS; a++) {
				struct activation_range ranges[32];
				struct net_options o = { batch, (enum activations)a, ranges };
				struct stored_case c = { 0 };
				float *images;

				if (a == ACTIVATIONS_BF16 && !has_bf16())
					continue;
				every_operator(&c.b, widths[i]);
				cr_assert_leq(c.b.m.n_values, 32);
				images = noise_array(&c.b.m.arena, (size_t)8 * 3 * 64);
				control_ranges(&c, images, 8, ranges);
				check_loosely(&c.b, &o, tolerance[a]);
				arena_release(&c.b.m.arena);
			}
}

/* What a net in single precision shows of its values is what the control has there, for values that
 * are stored, and nothing for others. */
Test(infer_activations, observed_ranges)
{
	struct activation_range expected[32], got[32];
	const struct net_options o = { .batch = BATCH };
	float *images, *scores;
	struct stored_case c;
	struct net *n = NULL;

	build(&c, 16);
	images = pixels(&c.b, (size_t)BATCH * 3 * SIDE * SIDE);
	scores = noise_array(&c.b.m.arena, BATCH * value_count(&c.b.m, c.b.m.output));
	control_ranges(&c, images, BATCH, expected);
	for (size_t i = 0; i < 32; i++)
		got[i] = (struct activation_range){ INFINITY, -INFINITY };
	cr_assert(!net_create(&n, &c.b.m, &o, &c.b.e), "%s", c.b.e.msg);
	cr_assert(!net_observe(n, images, scores, got, &c.b.e), "%s", c.b.e.msg);
	for (size_t i = 0; i < c.b.m.n_values; i++) {
		if (!is_stored(&c, i)) {
			cr_expect(got[i].low > got[i].high, "%s", c.b.m.values[i].name);
			continue;
		}
		cr_expect_float_eq(got[i].low, expected[i].low, 1e-4, "%s", c.b.m.values[i].name);
		cr_expect_float_eq(got[i].high, expected[i].high, 1e-4, "%s", c.b.m.values[i].name);
	}
	net_free(n);
	arena_release(&c.b.m.arena);
}

/* Four images of one pixel, the first outside the selection half: the value is what a pixel lacks
 * to 100. */
Test(infer_activations, calibration_by_hand)
{
	static const uint8_t pixel[] = { 0, 90, 130, 10 };
	static const uint16_t labels[] = { 0, 0, 0, 0 };
	static const bool selection[] = { false, true, true, true };
	static const float high[] = { 10, 10, 90, 90 };
	struct dataset d = { .name = "pixels",
		             .n = 4,
		             .c = 1,
		             .h = 1,
		             .w = 1,
		             .n_classes = 2,
		             .pixels = pixel,
		             .labels = labels,
		             .selection = selection };
	const struct window one = square(1, 1, 0);
	struct activation_range r[8];
	struct builder b;
	size_t value;

	begin(&b, 1, 1, 1);
	conv(&b, "conv", 1, 1, &one, true);
	((float *)b.m.kernels[0].w)[0] = -255.0f;
	((float *)b.m.nodes[0].bias)[0] = 100.0f;
	unary(&b, OP_RELU, "relu");
	value = b.last;
	dense(&b, "dense", 2, true);
	end(&b);
	for (size_t n = 1; n <= 4; n++) {
		cr_assert(!calibrate(r, &b.m, &d, n, &b.e), "%s", b.e.msg);
		cr_expect_eq(r[value].low, 0.0f);
		cr_expect_float_eq(r[value].high, high[n - 1], 1e-3, "%zu images", n);
		cr_expect(r[b.m.output].low == 0 && r[b.m.output].high == 0, "a score");
	}
	cr_expect_eq(calibrate(r, &b.m, &d, 0, &b.e), ST_USAGE);
	((float *)b.m.nodes[0].bias)[0] = FLT_MAX;
	((float *)b.m.kernels[0].w)[0] = FLT_MAX;
	cr_expect_eq(calibrate(r, &b.m, &d, 4, &b.e), ST_DATA);
	cr_expect(strstr(b.e.msg, "relu"), "%s", b.e.msg);
	d.n_classes = 3;
	cr_expect_eq(calibrate(r, &b.m, &d, 4, &b.e), ST_USAGE);
	arena_release(&b.m.arena);
}

Test(infer_activations, bad_options)
{
	struct activation_range ranges[32] = { 0 };
	struct net_options o = { 0, ACTIVATIONS_INT8, ranges };
	enum activations a = N_ACTIVATIONS;
	struct stored_case c;
	struct net *n = NULL;

	build(&c, 16);
	cr_expect_eq(net_create(&n, &c.b.m, &o, &c.b.e), ST_INTERNAL);
	o.batch = 1;
	ranges[c.stored[1]].high = INFINITY;
	cr_expect_eq(net_create(&n, &c.b.m, &o, &c.b.e), ST_DATA);
	cr_expect(strstr(c.b.e.msg, "depthwise"), "%s", c.b.e.msg);
	o.ranges = NULL;
	cr_expect_eq(net_create(&n, &c.b.m, &o, &c.b.e), ST_INTERNAL);
	cr_expect_null(n);
	for (int i = 0; i < N_ACTIVATIONS; i++) {
		cr_expect_eq(activations_from_name(&a, activations_names[i], &c.b.e), ST_OK);
		cr_expect_eq((int)a, i);
	}
	cr_expect_eq(activations_from_name(&a, "int4", &c.b.e), ST_USAGE);
	cr_expect(strstr(c.b.e.msg, "int4"), "%s", c.b.e.msg);
	arena_release(&c.b.m.arena);
}
