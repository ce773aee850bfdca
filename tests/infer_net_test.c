/* Networks run by oneDNN against plain loops written here, over shapes that real networks use and
 * some that they should not. */
#include "net_control.h"

struct conv_case {
	const char *what;
	size_t in, h, w, out, groups;
	struct window window;
};

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
	cr_assert(!net_create(&exchanged, &b.m, &(struct net_options){ .batch = BATCH }, &b.e),
	          "%s", b.e.msg);
	fill_scores(exchanged, images, original);
	memcpy(before, original, sizeof(before));
	for (size_t k = 0; k < b.m.n_kernels; k++) {
		struct kernel *kernel = &b.m.kernels[k];
		const float *old = kernel->w;

		kernel->w = noise_array(&b.m.arena, kernel->n);
		cr_assert(!net_set_kernel(exchanged, k, kernel->w, &b.e), "%s", b.e.msg);
		cr_assert(
		        !net_create(&rebuilt, &b.m, &(struct net_options){ .batch = BATCH }, &b.e),
		        "%s", b.e.msg);
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
	cr_expect_eq(net_create(&n, &b.m, &(struct net_options){ .batch = 2 }, &b.e), ST_INTERNAL);
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
	cr_expect_eq(net_create(&n, &b.m, &(struct net_options){ .batch = 2 }, &b.e), ST_DATA);
	cr_expect_null(n);
	cr_expect(strstr(b.e.msg, "early softmax"), "%s", b.e.msg);
	arena_release(&b.m.arena);
}
