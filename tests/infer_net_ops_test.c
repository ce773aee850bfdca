/* Operators of networks larger than the LeNets against the control: alone, computed with the layer
 * before them, and where something else reads what lies between. */
#include "net_control.h"

static const size_t widths[] = { 3, 16, 20, 32 };

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void scale(struct builder *b, const char *name)
{
	size_t n = b->m.values[b->last].shape.dim[0];

	cr_assert(!graph_scale(&b->m, name, b->last, noise_array(&b->m.arena, n),
	                       noise_array(&b->m.arena, n), &b->last, &b->e),
	          "%s", b->e.msg);
}

static void clip(struct builder *b, const char *name, float low, float high)
{
	cr_assert(!graph_clip(&b->m, name, b->last, low, high, &b->last, &b->e), "%s", b->e.msg);
}

static void binary(struct builder *b, enum op op, const char *name, size_t left, size_t right)
{
	cr_assert(!graph_binary(&b->m, op, name, left, right, &b->last, &b->e), "%s", b->e.msg);
}

static void concat(struct builder *b, const char *name, const size_t *in, size_t n)
{
	cr_assert(!graph_concat(&b->m, name, in, n, &b->last, &b->e), "%s", b->e.msg);
}

static void average(struct builder *b, const char *name, const struct window *w, bool count_pads)
{
	cr_assert(!graph_avgpool(&b->m, name, b->last, w, count_pads, &b->last, &b->e), "%s",
	          b->e.msg);
}

/* Primitives of the plan at this batch size. */
static size_t steps(struct builder *b, size_t batch)
{
	struct net *n = NULL;
	size_t count = 0;

	cr_assert(!net_create(&n, &b->m, &(struct net_options){ .batch = batch }, &b->e), "%s",
	          b->e.msg);
	while (net_implementation(n, count))
		count++;
	net_free(n);
	return count;
}

/* Batch normalizations go into weights and bias, limits into the primitive: one step in all, and
 * one more for the output where that is not row-major. */
Test(infer_net_ops, scales_and_limits_after_a_layer)
{
	const struct window three = square(3, 1, 1);

	for (size_t i = 0; i < LEN(widths); i++)
		for (int variant = 0; variant < 8; variant++) {
			struct builder b;

			begin(&b, widths[i], 7, 6);
			conv(&b, "conv", variant & 1 ? widths[i] : 24, variant & 1 ? widths[i] : 1,
			     &three, variant & 2);
			scale(&b, "norm");
			if (variant & 4)
				scale(&b, "factor");
			clip(&b, "clip", -0.5f, 0.75f);
			end(&b);
			cr_expect_leq(steps(&b, 2), 3, "a change of layout before and after");
			check(&b, "conv, scale, clip");
		}
	for (int second = 0; second < 2; second++) {
		struct builder b;

		begin(&b, 2, 3, 4);
		dense(&b, "dense", 17, second);
		scale(&b, "norm");
		unary(&b, OP_RELU, "relu");
		end(&b);
		cr_expect_eq(steps(&b, 2), 1);
		check(&b, "dense, scale, relu");
	}
}

Test(infer_net_ops, one_sided_limits)
{
	static const float limits[][2] = {
		{-INFINITY, 0.25f   },
                { -0.25f,   INFINITY},
                { 0.0f,     6.0f    },
                { 1.0f,     1.0f    }
	};
	const struct window one = square(1, 1, 0);

	for (size_t i = 0; i < LEN(limits); i++)
		for (int alone = 0; alone < 2; alone++) {
			struct builder b;

			begin(&b, 3, 5, 5);
			if (!alone)
				conv(&b, "conv", 16, 1, &one, true);
			clip(&b, "clip", limits[i][0], limits[i][1]);
			conv(&b, "behind", 4, 1, &one, true);
			check(&b, "clip");
		}
}

/* Where no layer takes the scale in: on the input, behind a pool, behind a layer that something
 * else reads, behind a flatten. */
Test(infer_net_ops, scales_alone)
{
	const struct window three = square(3, 1, 1), two = square(2, 2, 0);

	for (size_t i = 0; i < LEN(widths); i++) {
		struct builder b;
		size_t fork;

		begin(&b, 3, 8, 6);
		scale(&b, "input");
		conv(&b, "conv", widths[i], 1, &three, true);
		pool(&b, "pool", &two);
		scale(&b, "pre-activation");
		unary(&b, OP_RELU, "relu");
		conv(&b, "conv2", widths[i], 1, &three, false);
		fork = b.last;
		scale(&b, "shared");
		binary(&b, OP_ADD, "sum", fork, b.last);
		unary(&b, OP_FLATTEN, "flatten");
		scale(&b, "flat");
		clip(&b, "flat clip", -1.0f, 1.0f);
		dense(&b, "dense", 10, true);
		check(&b, "scales");
	}
}

/* in: the value itself (a projection when `project`), conv - scale - relu - conv - scale; the two
 * are added and limited. `first`: the projection is made before or after the other branch. */
static void residual(struct builder *b, size_t width, bool project, bool first, bool swap)
{
	const struct window three = square(3, 1, 1), one = square(1, 1, 0);
	size_t in = b->last, shortcut = in, branch;

	if (project && first) {
		conv(b, "project", width, 1, &one, false);
		shortcut = b->last;
	}
	b->last = in;
	conv(b, "a", width, 1, &three, false);
	scale(b, "a norm");
	unary(b, OP_RELU, "a relu");
	conv(b, "b", width, 1, &three, true);
	scale(b, "b norm");
	branch = b->last;
	if (project && !first) {
		b->last = in;
		conv(b, "project", width, 1, &one, false);
		shortcut = b->last;
	}
	binary(b, OP_ADD, "sum", swap ? branch : shortcut, swap ? shortcut : branch);
	unary(b, OP_RELU, "relu");
}

Test(infer_net_ops, residual_blocks)
{
	for (size_t i = 0; i < LEN(widths); i++)
		for (int variant = 0; variant < 8; variant++) {
			const struct window three = square(3, 1, 1);
			struct builder b;

			begin(&b, 3, 6, 5);
			conv(&b, "stem", widths[i], 1, &three, true);
			residual(&b, widths[i], variant & 1, variant & 2, variant & 4);
			residual(&b, widths[i], variant & 1, variant & 2, variant & 4);
			check(&b, "residual");
		}
}

/* The sum is computed by the second convolution: three steps and the layout of the output. */
Test(infer_net_ops, additions_cost_no_step)
{
	const struct window three = square(3, 1, 1);
	struct builder b;

	begin(&b, 3, 6, 6);
	conv(&b, "stem", 16, 1, &three, true);
	residual(&b, 16, false, false, false);
	end(&b);
	cr_expect_eq(steps(&b, 1), 4);
	arena_release(&b.m.arena);
}

/* Values of the middle of what could be fused that something else reads, or that are the output. */
Test(infer_net_ops, what_others_read_is_not_fused_away)
{
	const struct window three = square(3, 1, 1);

	for (int spy = 0; spy < 4; spy++)
		for (int as_output = 0; as_output < 2; as_output++) {
			struct builder b;
			size_t at[4], in, last;

			begin(&b, 3, 6, 6);
			conv(&b, "stem", 16, 1, &three, true);
			in = b.last;
			conv(&b, "conv", 16, 1, &three, true);
			at[0] = b.last;
			scale(&b, "norm");
			at[1] = b.last;
			binary(&b, OP_ADD, "sum", in, b.last);
			at[2] = b.last;
			clip(&b, "clip", -1.0f, 0.5f);
			last = at[3] = b.last;
			if (as_output)
				b.last = at[spy];
			else
				binary(&b, OP_MUL, "both", last, at[spy]);
			check(&b, "spy");
		}
}

/* A sum is written over what it adds to only when nothing else reads that: the other convolution,
 * itself, a sum, a concatenation or a flatten before or after; or when it is the caller's. */
enum reader { SELF, LATER, SECOND_SUM, CONCAT_BEFORE, CONCAT_AFTER, FLAT_BEFORE, IMAGE, N_READERS };

static void read_after(struct builder *b, enum reader reader, size_t in, size_t before)
{
	const struct window three = square(3, 1, 1);
	size_t sum = b->last;

	if (reader == CONCAT_BEFORE || reader == CONCAT_AFTER) {
		if (reader == CONCAT_AFTER)
			concat(b, "after", (size_t[]){ in, sum }, 2);
		conv(b, "mix", 16, 1, &three, true);
		if (reader == CONCAT_BEFORE)
			concat(b, "both", (size_t[]){ before, b->last }, 2);
	} else if (reader == FLAT_BEFORE) {
		unary(b, OP_FLATTEN, "flat sum");
		concat(b, "both", (size_t[]){ before, b->last }, 2);
		dense(b, "dense", 5, true);
	} else if (reader == LATER || reader == SECOND_SUM) {
		b->last = reader == LATER ? in : sum;
		conv(b, "later", 16, 1, &three, true);
		binary(b, OP_ADD, "second", reader == LATER ? sum : in, b->last);
	}
}

Test(infer_net_ops, sums_spare_what_others_read)
{
	const struct window three = square(3, 1, 1);

	for (size_t i = 0; i < LEN(widths); i++)
		for (int r = 0; r < N_READERS; r++) {
			struct builder b;
			size_t in, before = 0;

			begin(&b, 16, 6, 5);
			if (r != IMAGE)
				conv(&b, "stem", 16, 1, &three, true);
			in = b.last;
			if (r == CONCAT_BEFORE)
				concat(&b, "before", (size_t[]){ in, in }, 2);
			else if (r == FLAT_BEFORE)
				unary(&b, OP_FLATTEN, "flat");
			before = b.last;
			b.last = in;
			if (r != SELF)
				conv(&b, "branch", widths[i], 1, &three, true);
			conv(&b, "conv", 16, 1, &three, true);
			binary(&b, OP_ADD, "sum", in, b.last);
			unary(&b, OP_RELU, "relu");
			read_after(&b, (enum reader)r, in, before);
			check(&b, "spared");
		}
}

Test(infer_net_ops, sums_and_products)
{
	const struct window three = square(3, 1, 1), all = square(6, 1, 0);

	for (size_t i = 0; i < LEN(widths); i++) {
		struct builder b;
		size_t a, c;

		begin(&b, widths[i], 6, 6);
		binary(&b, OP_ADD, "twice", b.last, b.last);
		a = b.last;
		conv(&b, "conv", widths[i], 1, &three, true);
		pool(&b, "pool", &three);
		c = b.last;
		binary(&b, OP_ADD, "sum", a, c); /* of a plain and a blocked layout */
		clip(&b, "clip", -2.0f, 2.0f);
		binary(&b, OP_MUL, "product", b.last, c);
		average(&b, "mean", &all, false);
		unary(&b, OP_FLATTEN, "flatten");
		a = b.last;
		dense(&b, "dense", widths[i], true);
		binary(&b, OP_ADD, "flat sum", a, b.last);
		check(&b, "sums");
	}
}

/* One factor per channel and image, as squeeze-and-excite blocks have. */
Test(infer_net_ops, factors_per_channel)
{
	const struct window one = square(1, 1, 0), all = square(6, 1, 0);

	for (size_t i = 0; i < LEN(widths); i++) {
		struct builder b;
		size_t a;

		begin(&b, 3, 6, 6);
		conv(&b, "conv", widths[i], 1, &one, true);
		a = b.last;
		average(&b, "mean", &all, false);
		conv(&b, "excite", widths[i], 1, &one, true);
		binary(&b, OP_MUL, "gate", b.last, a);
		check(&b, "gate");
	}
}

Test(infer_net_ops, averages_equal_loops)
{
	static const struct window windows[] = {
		WINDOW(2, 2, 2, 2, 1, 1, 0, 0, 0, 0), WINDOW(3, 3, 2, 2, 1, 1, 1, 1, 1, 1),
		WINDOW(3, 2, 1, 2, 1, 1, 2, 1, 0, 1), WINDOW(3, 3, 2, 2, 1, 1, 0, 0, 2, 2),
		WINDOW(9, 8, 1, 1, 1, 1, 0, 0, 0, 0),
	};
	const struct window three = square(3, 1, 1), one = square(1, 1, 0);

	for (size_t i = 0; i < LEN(windows); i++)
		for (size_t c = 0; c < LEN(widths); c++)
			for (int count_pads = 0; count_pads < 2; count_pads++) {
				struct builder b;

				begin(&b, 3, 9, 8);
				conv(&b, "before", widths[c], 1, &three, true);
				average(&b, "average", &windows[i], count_pads);
				conv(&b, "after", 5, 1, &one, false);
				check(&b, "average");
			}
}

/* Inputs that fill blocks and that do not, one of them twice, one from a pool, one the image; then
 * a concatenation of concatenations, of which parts are read on their own. */
Test(infer_net_ops, concatenations)
{
	const struct window three = square(3, 1, 1);

	for (size_t i = 0; i < LEN(widths); i++)
		for (int variant = 0; variant < 4; variant++) {
			struct builder b;
			size_t in[4], image;

			begin(&b, widths[i], 5, 6);
			image = b.last;
			conv(&b, "a", widths[i], 1, &three, true);
			unary(&b, OP_RELU, "a relu");
			in[0] = b.last;
			conv(&b, "b", 32, 1, &three, true);
			in[1] = b.last;
			pool(&b, "pool", &three);
			in[2] = b.last;
			in[3] = variant & 1 ? in[0] : image;
			concat(&b, "cat", in, 3 + (size_t)(variant >> 1));
			in[0] = b.last;
			b.last = in[1];
			conv(&b, "side", 16, 1, &three, false);
			in[1] = b.last;
			concat(&b, "cat of cats", in, 2);
			unary(&b, OP_RELU, "relu");
			conv(&b, "last", 6, 1, &three, true);
			check(&b, "concat");
		}
}

Test(infer_net_ops, concatenations_at_the_ends)
{
	const struct window three = square(3, 1, 1);

	for (size_t i = 0; i < LEN(widths); i++) {
		struct builder b;
		size_t in[2];

		begin(&b, 3, 4, 4);
		conv(&b, "a", widths[i], 1, &three, true);
		in[0] = b.last;
		conv(&b, "b", widths[i], 1, &three, true);
		in[1] = b.last;
		concat(&b, "output", in, 2);
		check(&b, "concat as output");

		begin(&b, 3, 4, 4);
		conv(&b, "a", widths[i], 1, &three, true);
		unary(&b, OP_FLATTEN, "flatten");
		in[0] = b.last;
		dense(&b, "b", 7, true);
		in[1] = b.last;
		concat(&b, "flat", in, 2);
		dense(&b, "c", 4, true);
		check(&b, "concat of vectors");
	}
}

/* One image at a time, the convolutions write into the concatenation: no step of its own. */
Test(infer_net_ops, concatenation_in_place)
{
	const struct window three = square(3, 1, 1);
	struct builder b;
	size_t in[2];

	begin(&b, 3, 4, 4);
	conv(&b, "a", 16, 1, &three, true);
	in[0] = b.last;
	conv(&b, "b", 32, 1, &three, true);
	in[1] = b.last;
	concat(&b, "cat", in, 2);
	conv(&b, "c", 16, 1, &three, true);
	end(&b);
	cr_expect_eq(steps(&b, 1), 4, "three and the layout of the output");
	cr_expect_eq(steps(&b, 2), 5, "two images do not lie one after the other");
	arena_release(&b.m.arena);
}

Test(infer_net_ops, local_response_normalization)
{
	static const struct lrn lrns[] = {
		{5,  1e-4f, 0.75f, 1.0f},
                { 5, 2.0f,  0.75f, 0.5f},
                { 3, 0.5f,  0.75f, 1.0f}
	};
	const struct window three = square(3, 1, 1);
	size_t refused = 0;

	for (size_t i = 0; i < LEN(lrns); i++) {
		struct builder b;
		struct net *n = NULL;

		begin(&b, 3, 7, 6);
		conv(&b, "conv", 32, 1, &three, true);
		cr_assert(!graph_lrn(&b.m, "lrn", b.last, &lrns[i], &b.last, &b.e), "%s", b.e.msg);
		conv(&b, "behind", 4, 1, &three, true);
		end(&b);
		if (net_create(&n, &b.m, &(struct net_options){ .batch = 1 },
		               &b.e)) { /* no compiled loops for this size */
			cr_expect_eq(b.e.code, ST_INTERNAL, "%s", b.e.msg);
			refused++;
			arena_release(&b.m.arena);
			continue;
		}
		net_free(n);
		compare(&b, 1, "lrn");
		compare(&b, 7, "lrn");
		arena_release(&b.m.arena);
	}
	cr_expect_leq(refused, 1, "AlexNet's size of 5 must run");
}

Test(infer_net_ops, an_even_normalization_is_refused)
{
	const struct lrn four = { 4, 1e-4f, 0.75f, 1.0f };
	const struct window one = square(1, 1, 0);
	struct net *n = NULL;
	struct builder b;

	begin(&b, 3, 4, 4);
	conv(&b, "conv", 16, 1, &one, true);
	cr_assert(!graph_lrn(&b.m, "even lrn", b.last, &four, &b.last, &b.e), "%s", b.e.msg);
	end(&b);
	cr_expect_eq(net_create(&n, &b.m, &(struct net_options){ .batch = 1 }, &b.e), ST_DATA);
	cr_expect_null(n);
	cr_expect(strstr(b.e.msg, "even lrn") && strstr(b.e.msg, "odd"), "%s", b.e.msg);
	arena_release(&b.m.arena);
}

/* The elements stay in row-major order, whatever layout they had. */
Test(infer_net_ops, reshapes)
{
	static const struct shape shapes[] = {
		{3,  { 4, 16, 3 }     },
		{ 3, { 64, 1, 3 }     },
		{ 2, { 12, 16 }       },
		{ 5, { 2, 2, 4, 4, 3 }},
		{ 1, { 192 }          }
	};
	const struct window three = square(3, 1, 1);

	for (size_t i = 0; i < LEN(shapes); i++)
		for (int from_input = 0; from_input < 2; from_input++) {
			struct builder b;

			begin(&b, from_input ? 16 : 3, 4, 3);
			if (!from_input)
				conv(&b, "conv", 16, 1, &three, true);
			cr_assert(
			        !graph_reshape(&b.m, "reshape", b.last, &shapes[i], &b.last, &b.e),
			        "%s", b.e.msg);
			unary(&b, OP_RELU, "relu");
			if (shapes[i].rank == 3)
				conv(&b, "behind", 5, 1, &three, true);
			else
				dense(&b, "behind", 5, true);
			check(&b, "reshape");
		}
	for (int batch = 1; batch < 3; batch++) { /* as the output, and of the input */
		struct builder b;

		begin(&b, 16, 4, 3);
		conv(&b, "conv", 16, 1, &three, true);
		cr_assert(!graph_reshape(&b.m, "reshape", batch == 1 ? b.last : b.m.input,
		                         &shapes[0], &b.last, &b.e));
		check(&b, "reshape as output");
	}
}

/* Bit for bit: exchanged weights give what a network built with them gives, scales included. */
Test(infer_net_ops, exchanged_weights_are_scaled_too)
{
	const struct window three = square(3, 1, 1);
	struct net *exchanged = NULL, *rebuilt = NULL;
	float a[2 * 16 * 36], c[2 * 16 * 36], *images;
	struct builder b;

	begin(&b, 3, 6, 6);
	conv(&b, "stem", 16, 1, &three, true);
	residual(&b, 16, true, true, false);
	end(&b);
	images = noise_array(&b.m.arena, 2 * 3 * 36);
	cr_assert(!net_create(&exchanged, &b.m, &(struct net_options){ .batch = 2 }, &b.e), "%s",
	          b.e.msg);
	for (size_t k = 0; k < b.m.n_kernels; k++) {
		b.m.kernels[k].w = noise_array(&b.m.arena, b.m.kernels[k].n);
		cr_assert(!net_run(exchanged, images, c, &b.e));
		cr_assert(!net_set_kernel(exchanged, k, b.m.kernels[k].w, &b.e));
		cr_assert(!net_run(exchanged, images, a, &b.e));
		cr_expect(memcmp(a, c, sizeof(a)), "kernel %zu is not used", k);
	}
	cr_assert(!net_create(&rebuilt, &b.m, &(struct net_options){ .batch = 2 }, &b.e), "%s",
	          b.e.msg);
	cr_assert(!net_run(rebuilt, images, c, &b.e));
	cr_expect_arr_eq(a, c, sizeof(a));
	net_free(rebuilt);
	net_free(exchanged);
	arena_release(&b.m.arena);
}

/* LeNet's largest value has 11520 elements, ResNet's 802816; 11 times that many weights fill 34 MB.
 */
Test(infer_net_ops, batch_depends_on_the_model)
{
	const struct window three = square(3, 1, 1);
	struct builder b;

	begin(&b, 20, 24, 24);
	conv(&b, "conv", 20, 1, &three, true);
	cr_expect_eq(net_batch_for(&b.m), NET_BATCH);
	arena_release(&b.m.arena);
	begin(&b, 64, 112, 112);
	conv(&b, "conv", 64, 1, &three, true);
	cr_expect_eq(net_batch_for(&b.m), 2);
	dense(&b, "dense", 11, false);
	cr_expect_eq(net_batch_for(&b.m), 8);
	concat(&b, "concat", (size_t[]){ b.last, b.last }, 2);
	cr_expect_eq(net_batch_for(&b.m), 1);
	arena_release(&b.m.arena);
}
