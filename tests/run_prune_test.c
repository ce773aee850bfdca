/* Leaving out evaluations that cannot matter: the rule on made-up sizes and losses, and a small
 * grid with and without it. */
#include "run/prune.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TOY   TEST_VECTORS "/onnx/ok_conv_pool_gemm.onnx"
#define OTHER TEST_VECTORS "/onnx/ok_grouped.onnx"

struct setting {
	struct study *s;
	struct library l;
	struct plan *p;
};

static void open_study(struct setting *t, const char *yaml)
{
	struct err e = { 0 };

	*t = (struct setting){ 0 };
	cr_assert(!study_parse(&t->s, (struct span){ yaml, strlen(yaml) }, "s.yaml", NULL, 0, &e),
	          "%s", e.msg);
	cr_assert(!library_init(&t->l, &e), "%s", e.msg);
	cr_assert(!plan_make(&t->p, t->s, &t->l, &e), "%s", e.msg);
}

static void close_study(struct setting *t)
{
	plan_free(t->p);
	library_release(&t->l);
	study_free(t->s);
}

static size_t task_of(const struct plan *p, unsigned bits, enum quant_scope scope)
{
	for (size_t t = 0; t < p->n_tasks; t++) {
		const struct quant_spec *q = &p->point[p->task[t].first].p.quant;

		if (q->bits == bits && q->scope == scope)
			return t;
	}
	cr_assert_fail("no task of %u bits", bits);
	return 0;
}

static struct lossy_row loss(double all, double selection)
{
	return (struct lossy_row){ .top1_delta = -all, .selection_delta = -selection };
}

static const char rule_study[] =
        "defaults: { model: \"" TOY "\", data: none, codec: raw, memory: 64KiB, buffer: 64KiB }\n"
        "grids:\n"
        "  - { quant: none }\n"
        "  - { bits: 3..8 }\n"
        "  - { model: \"" OTHER "\", bits: 3..8, scope: channel }\n";

Test(run_prune, what_is_larger_than_enough_is_dropped)
{
	struct lossy_row row;
	struct setting t;
	struct pruner *pr;
	struct err e = { 0 };
	size_t at[9], none, other;

	open_study(&t, rule_study);
	cr_assert(!pruner_create(&pr, t.p, 0.5, &e), "%s", e.msg);
	none = task_of(t.p, 32, SCOPE_TENSOR);
	other = task_of(t.p, 8, SCOPE_CHANNEL);
	for (size_t i = 0; i < t.p->n_tasks; i++)
		pruner_size(pr, i, 5000);
	for (unsigned bits = 3; bits <= 7; bits++)
		pruner_size(pr, at[bits] = task_of(t.p, bits, SCOPE_TENSOR), 100 * bits);
	pruner_size(pr, at[8] = task_of(t.p, 8, SCOPE_TENSOR), 700); /* as large as 7 bits */
	pruner_sort(pr);

	row = loss(0.6, 0); /* too much on all images */
	pruner_result(pr, at[3], &row);
	row = loss(0, 0.6); /* too much on the selection half */
	pruner_result(pr, at[4], &row);
	row = loss(0.2, ROW_NO_REAL); /* a verdict, no accuracy */
	pruner_result(pr, at[5], &row);
	row = loss(ROW_NO_REAL, ROW_NO_REAL); /* no images */
	pruner_result(pr, at[6], &row);
	for (size_t i = 0; i < t.p->n_tasks; i++)
		cr_expect(!pruner_drops(pr, i), "task %zu dropped for nothing", i);

	row = loss(0.5, 0.5); /* as much as counts as nothing */
	pruner_result(pr, at[7], &row);
	cr_expect(!pruner_drops(pr, at[6]) && !pruner_drops(pr, at[7]));
	cr_expect(!pruner_drops(pr, at[8]), "of the same size, it may lose less");
	cr_expect(!pruner_drops(pr, none), "the network itself");
	cr_expect(!pruner_drops(pr, other), "another network: not the same front");
	row = loss(-1, 0.1); /* gains */
	pruner_result(pr, at[6], &row);
	cr_expect(pruner_drops(pr, at[7]) && pruner_drops(pr, at[8]));
	row = loss(0, 0); /* larger than what is enough already: changes nothing */
	pruner_result(pr, at[8], &row);
	cr_expect(pruner_drops(pr, at[7]) && !pruner_drops(pr, at[6]) && !pruner_drops(pr, at[5]));
	pruner_free(pr);
	close_study(&t);
}

Test(run_prune, smallest_first_and_families_apart)
{
	struct setting t;
	struct pruner *pr;
	struct err e = { 0 };
	uint64_t last = 0;
	bool given[32] = { false };
	size_t changes = 0;

	open_study(&t, rule_study);
	cr_assert(!pruner_create(&pr, t.p, 0, &e), "%s", e.msg);
	cr_assert_lt(t.p->n_tasks, 32);
	for (size_t i = 0; i < t.p->n_tasks; i++)
		pruner_size(pr, i, 1000 + i * 7919 % 13);
	pruner_sort(pr);
	for (size_t i = 0; i < t.p->n_tasks; i++) {
		size_t task = pruner_task(pr, i);
		uint64_t bits = 1000 + task * 7919 % 13;

		cr_assert(task < t.p->n_tasks && !given[task]);
		given[task] = true;
		changes += bits < last;
		last = bits;
	}
	cr_expect_leq(changes, 1, "%zu descents in two families", changes);
	pruner_free(pr);
	close_study(&t);
}

/* A worker that died while it sized a task: that one is evaluated, and says nothing of others. */
Test(run_prune, without_a_size_nothing_is_dropped)
{
	const struct lossy_row row = loss(0, 0);
	struct setting t;
	struct pruner *pr;
	struct err e = { 0 };
	size_t unknown, small, large;

	open_study(&t, rule_study);
	cr_assert(!pruner_create(&pr, t.p, 0, &e), "%s", e.msg);
	unknown = task_of(t.p, 3, SCOPE_TENSOR);
	small = task_of(t.p, 4, SCOPE_TENSOR);
	large = task_of(t.p, 5, SCOPE_TENSOR);
	pruner_size(pr, small, 400);
	pruner_size(pr, large, 500);
	pruner_sort(pr);
	pruner_result(pr, unknown, &row);
	cr_expect(!pruner_drops(pr, small) && !pruner_drops(pr, large));
	pruner_result(pr, small, &row);
	cr_expect(pruner_drops(pr, large) && !pruner_drops(pr, unknown));
	pruner_free(pr);
	close_study(&t);
}

/* Rows of a sweep: sizes and losses. */
struct rows {
	struct lossy_row lossy[64];
	struct point_row point[256];
	size_t n_lossy, n_points;
};

static enum status on_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                            struct err *e)
{
	struct rows *rows = arg;

	(void)p;
	(void)e;
	cr_assert_lt(rows->n_lossy, 64);
	rows->lossy[rows->n_lossy++] = *r;
	return ST_OK;
}

static enum status on_point(void *arg, const struct point_row *r, const struct point *p,
                            struct err *e)
{
	struct rows *rows = arg;

	(void)p;
	(void)e;
	cr_assert_lt(rows->n_points, 256);
	rows->point[rows->n_points++] = *r;
	return ST_OK;
}

static enum status on_energy(void *arg, const struct energy_row *r, struct err *e)
{
	(void)arg;
	(void)r;
	(void)e;
	return ST_OK;
}

static enum status on_layer(void *arg, const struct layer_row *r, struct err *e)
{
	(void)arg;
	(void)r;
	(void)e;
	return ST_OK;
}

static struct rows *sweep(struct setting *t, const struct sweep_options *how,
                          struct sweep_counts *counts)
{
	static const char *const tech[] = { "45nm-lstp" };
	struct rows *rows = calloc(1, sizeof(*rows));
	const struct row_sink sink = { rows, on_lossy, on_point, on_energy, on_layer, NULL, NULL };
	struct sweep_options o = *how;
	struct err e = { 0 };

	cr_assert_not_null(rows);
	signal(SIGPIPE, SIG_IGN); /* as the command line does */
	o.technology = tech;
	o.n_technologies = 1;
	cr_assert_eq(sweep_run(t->p, &t->l, &o, &sink, counts, &e), ST_OK, "%s", e.msg);
	return rows;
}

static double loss_of(const struct rows *r, const struct point_row *p)
{
	for (size_t i = 0; i < r->n_lossy; i++)
		if (!strcmp(r->lossy[i].lossy_key, p->lossy_key))
			return *r->lossy[i].verdict ? (double)INFINITY : -r->lossy[i].top1_delta;
	cr_assert_fail("a point without its lossy row");
	return 0;
}

/* Smallest loss, but not below `nothing`, that takes at most so many bits. */
static double least_loss(const struct rows *r, int64_t bits, double nothing)
{
	double least = (double)INFINITY;

	for (size_t i = 0; i < r->n_points; i++) {
		double l = loss_of(r, &r->point[i]);

		if (r->point[i].compressed_bits <= bits && l < least)
			least = l;
	}
	return least > nothing ? least : nothing;
}

static void same_front(const struct rows *all, const struct rows *pruned, double nothing,
                       double most)
{
	for (size_t i = 0; i < all->n_points; i++) {
		int64_t bits = all->point[i].compressed_bits;
		double a = least_loss(all, bits, nothing), b = least_loss(pruned, bits, nothing);

		cr_expect(a == b || (a > most && b > most), "at %lld bits: %g, pruned %g",
		          (long long)bits, a, b);
	}
}

static const char digits_study[] =
        "defaults: { model: lenet300-digits, group: [1, 8], codec: [raw, \"dict:16\"] }\n"
        "grids:\n"
        "  - { quant: none, codec: raw }\n"
        "  - { bits: 2, scope: [tensor, channel] }\n"
        "  - { bits: 3..4, scope: tensor, trim: 0..1 }\n"
        "  - { bits: 8, scope: tensor, trim: [0, 1, 16] }\n";

Test(run_prune, front_stays)
{
	static const struct sweep_options how[] = {
		{.jobs = 1,  .prune = true, .prune_loss = 0  },
		{ .jobs = 2, .prune = true, .prune_loss = 0.1},
		{ .jobs = 1, .prune = true, .prune_loss = 0.3, .limit = 1 },
		{ .jobs = 1,         .prune = true,             .prune_loss = 100        },
	};
	struct sweep_counts counts;
	struct setting t;
	struct rows *all;

	open_study(&t, digits_study);
	all = sweep(&t, &(struct sweep_options){ .jobs = 2 }, &counts);
	cr_assert_eq(all->n_lossy, t.p->n_tasks);
	cr_expect_eq(counts.pruned, 0);
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct rows *pruned = sweep(&t, &how[i], &counts);

		same_front(all, pruned, how[i].prune_loss, how[i].limit > 0 ? how[i].limit : 100);
		cr_expect_eq(pruned->n_lossy + counts.pruned, t.p->n_tasks);
		cr_expect_eq(pruned->n_points + counts.pruned_points, t.p->n_points);
		/* with two jobs the larger ones may be under way before anything is known */
		if (how[i].jobs == 1)
			cr_expect_gt(counts.pruned, 0, "run %zu: nothing left out", i);
		free(pruned);
	}
	/* of two evaluations, the smallest configuration and the network itself */
	cr_expect_eq(counts.evaluations, 2);
	free(all);
	close_study(&t);
}
