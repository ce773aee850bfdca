/* Folded networks: the same scores, fewer parameters, and nothing folded that something else reads.
 * The control runs the unfolded network in double precision. */
#include "net_control.h"

static void scale(struct builder *b, const char *name)
{
	size_t n = b->m.values[b->last].shape.dim[0];

	cr_assert(!graph_scale(&b->m, name, b->last, noise_array(&b->m.arena, n),
	                       noise_array(&b->m.arena, n), &b->last, &b->e),
	          "%s", b->e.msg);
}

static struct model *fold(struct builder *b)
{
	struct model *folded = NULL;

	cr_assert(!model_fold(&folded, &b->m, &b->e), "%s", b->e.msg);
	cr_assert_eq(folded->n_weights, b->m.n_weights);
	cr_assert_eq(folded->n_kernels, b->m.n_kernels);
	cr_assert_str_eq(folded->name, b->m.name);
	cr_assert_arr_eq(&folded->digest, &b->m.digest, sizeof(folded->digest));
	return folded;
}

/* What n_other must be: counted from the nodes. */
static size_t others(const struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_nodes; i++) {
		const struct node *node = &m->nodes[i];

		if (node->op == OP_SCALE)
			n += 2 * m->values[node->output].shape.dim[0];
		else if (node->bias)
			n += m->kernels[node->kernel].channels;
	}
	return n;
}

/* Scores of the folded network, computed by the control and by net_run, against those of the
 * unfolded one. */
static void same_scores(struct builder *b, const struct model *folded)
{
	const size_t n_out = shape_count(&b->m.values[b->m.output].shape);
	float *image = noise_array(&b->m.arena, shape_count(&b->m.values[b->m.input].shape));
	float *run = ARENA_NEW(&b->m.arena, float, n_out);
	double *want = ARENA_NEW(&b->m.arena, double, n_out);
	double *got = ARENA_NEW(&b->m.arena, double, n_out), mean = 0.0;
	struct net *n = NULL;

	control(&b->m, image, want);
	control(folded, image, got);
	cr_assert(!net_create(&n, folded, &(struct net_options){ .batch = 1 }, &b->e), "%s",
	          b->e.msg);
	cr_assert(!net_run(n, image, run, &b->e), "%s", b->e.msg);
	net_free(n);
	for (size_t i = 0; i < n_out; i++)
		mean += fabs(want[i]) / (double)n_out;
	cr_assert_gt(mean, 0.0);
	for (size_t i = 0; i < n_out; i++) {
		cr_assert_leq(fabs(got[i] - want[i]), 1e-5 * (fabs(want[i]) + mean), "%zu", i);
		cr_assert_leq(fabs((double)run[i] - want[i]), 1e-4 * (fabs(want[i]) + mean), "%zu",
		              i);
	}
}

/* Convolutions with and without bias and groups, scales once and twice, a dense layer. */
Test(infer_fold, scores_stay)
{
	const struct window three = square(3, 1, 1);

	for (unsigned variant = 0; variant < 16; variant++) {
		struct model *folded;
		struct builder b;
		size_t n_scales = 2;

		begin(&b, 4, 6, 5);
		conv(&b, "conv", 8, variant & 1 ? 4 : 1, &three, variant & 2);
		scale(&b, "norm");
		if (variant & 4) {
			scale(&b, "again");
			n_scales++;
		}
		unary(&b, OP_RELU, "relu");
		conv(&b, "plain", 8, 1, &three, true);
		unary(&b, OP_FLATTEN, "flatten");
		dense(&b, "dense", 7, variant & 8);
		scale(&b, "dense norm");
		end(&b);
		folded = fold(&b);
		cr_expect_eq(folded->n_nodes, b.m.n_nodes - n_scales);
		cr_expect_eq(folded->n_other, others(folded));
		cr_expect_lt(folded->n_other, b.m.n_other);
		cr_expect_eq(b.m.n_other, others(&b.m), "the model itself is as it was");
		cr_expect_neq(folded->kernels[0].w, b.m.kernels[0].w);
		cr_expect_eq(folded->kernels[1].w, b.m.kernels[1].w, "shared");
		cr_expect_str_eq(folded->nodes[0].name, "conv");
		same_scores(&b, folded);
		model_free(folded);
		arena_release(&b.m.arena);
	}
}

/* 2 * 3 = 6 and 0.5 * 3 + 0.25 = 1.75; -4 * -0.5 = 2, 1 * -0.5 + 8 = 7.5. */
Test(infer_fold, products_by_hand)
{
	static const float w[] = { 2.0f, -4.0f }, bias[] = { 0.5f, 1.0f };
	static const float factor[] = { 3.0f, -0.5f }, shift[] = { 0.25f, 8.0f };
	const struct window one = square(1, 1, 0);
	struct kernel k = {
		.name = "w", .layer = "conv", .groups = 1, .w = w, .shape = {4, { 2, 1, 1, 1 }}
	};
	struct model *folded;
	struct builder b;

	begin(&b, 1, 2, 2);
	cr_assert(!graph_conv(&b.m, "conv", b.last, &k, &one, bias, &b.last, &b.e));
	cr_assert(!graph_scale(&b.m, "norm", b.last, factor, shift, &b.last, &b.e));
	end(&b);
	folded = fold(&b);
	cr_assert_eq(folded->n_nodes, 1);
	cr_expect(folded->kernels[0].w[0] == 6.0f && folded->kernels[0].w[1] == 2.0f);
	cr_expect(folded->nodes[0].bias[0] == 1.75f && folded->nodes[0].bias[1] == 7.5f);
	cr_expect_eq(folded->n_other, 2);
	cr_expect_eq(folded->output, folded->nodes[0].output);
	cr_expect(w[0] == 2.0f && bias[0] == 0.5f);
	model_free(folded);
	arena_release(&b.m.arena);
}

/* A scale stays on the input, behind a pool, behind a flatten, and behind a layer whose values are
 * read by something else or are the output. */
Test(infer_fold, what_must_stay)
{
	const struct window three = square(3, 1, 1), two = square(2, 2, 0);
	struct model *folded;
	struct builder b;
	size_t fork;

	begin(&b, 3, 8, 6);
	scale(&b, "input");
	conv(&b, "conv", 8, 1, &three, true);
	pool(&b, "pool", &two);
	scale(&b, "pooled");
	conv(&b, "conv2", 8, 1, &three, false);
	fork = b.last;
	scale(&b, "shared");
	cr_assert(!graph_binary(&b.m, OP_ADD, "sum", fork, b.last, &b.last, &b.e));
	unary(&b, OP_FLATTEN, "flatten");
	scale(&b, "flat");
	dense(&b, "dense", 5, true);
	end(&b);
	folded = fold(&b);
	cr_expect_eq(folded->n_nodes, b.m.n_nodes);
	cr_expect_eq(folded->n_other, b.m.n_other);
	same_scores(&b, folded);
	model_free(folded);
	fork = b.last;
	scale(&b, "not the output");
	b.m.output = fork;
	folded = fold(&b);
	cr_expect_eq(folded->n_nodes, b.m.n_nodes);
	model_free(folded);
	arena_release(&b.m.arena);
}

Test(infer_fold, products_that_overflow_are_refused)
{
	static const float w[] = { 1e30f }, factor[] = { 1e30f }, shift[] = { 0.0f };
	const struct window one = square(1, 1, 0);
	struct kernel k = {
		.name = "w", .layer = "conv", .groups = 1, .w = w, .shape = {4, { 1, 1, 1, 1 }}
	};
	struct model *folded;
	struct builder b;

	begin(&b, 1, 2, 2);
	cr_assert(!graph_conv(&b.m, "conv", b.last, &k, &one, NULL, &b.last, &b.e));
	cr_assert(!graph_scale(&b.m, "huge norm", b.last, factor, shift, &b.last, &b.e));
	end(&b);
	cr_expect_eq(model_fold(&folded, &b.m, &b.e), ST_DATA);
	cr_expect_null(folded);
	cr_expect(strstr(b.e.msg, "huge norm"), "%s", b.e.msg);
	arena_release(&b.m.arena);
}
