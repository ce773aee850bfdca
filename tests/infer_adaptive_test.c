/* Verdicts from a part of the images against the accuracy on all of them: LeNet-300-100 on the
 * drawn digits, from hardly changed to destroyed. */
#include "infer/adaptive.h"

#include "quant/quantizer.h"
#include "quant/trim.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

static const struct config {
	unsigned bits, trim;
	enum quant_scope scope;
} configs[] = {
	{8,  0,  SCOPE_TENSOR },
        { 8, 16, SCOPE_TENSOR },
        { 8, 24, SCOPE_TENSOR },
	{ 8, 32, SCOPE_TENSOR },
        { 6, 4,  SCOPE_GLOBAL },
        { 6, 8,  SCOPE_GLOBAL },
	{ 5, 0,  SCOPE_TENSOR },
        { 5, 2,  SCOPE_TENSOR },
        { 4, 0,  SCOPE_TENSOR },
	{ 4, 1,  SCOPE_GLOBAL },
        { 3, 0,  SCOPE_CHANNEL},
        { 3, 1,  SCOPE_TENSOR },
	{ 2, 0,  SCOPE_GLOBAL },
        { 2, 0,  SCOPE_CHANNEL},
};

enum { CONFIGS = sizeof(configs) / sizeof(configs[0]) };

/* A network, its data, and what it says unchanged. */
struct bench {
	struct model *m;
	struct dataset *d;
	struct net *net;
	struct predictions fp32;
	struct adaptive_order order;
};

static void bench_open(struct bench *b, size_t batch)
{
	struct accuracy a;
	struct err e = { 0 };

	cr_assert(!model_load(&b->m, SOURCE_DIR "/datasets/models/lenet300-digits.onnx",
	                      "lenet300-digits", &e),
	          "%s", e.msg);
	cr_assert(!dataset_load(&b->d, "digits", NULL, &e), "%s", e.msg);
	cr_assert(!net_create(&b->net, b->m, &(struct net_options){ .batch = batch }, &e), "%s",
	          e.msg);
	b->fp32.top1 = malloc(b->d->n * sizeof(*b->fp32.top1));
	b->fp32.margin = malloc(b->d->n * sizeof(*b->fp32.margin));
	cr_assert(b->fp32.top1 && b->fp32.margin);
	cr_assert(!accuracy_run(&a, b->net, b->d, NULL, &b->fp32, &e), "%s", e.msg);
	cr_assert(!adaptive_plan(&b->order, b->d, &b->fp32, &e), "%s", e.msg);
}

static void bench_close(struct bench *b)
{
	adaptive_release(&b->order);
	free(b->fp32.top1);
	free(b->fp32.margin);
	net_free(b->net);
	dataset_free(b->d);
	model_free(b->m);
}

static void apply(const struct bench *b, const struct config *c)
{
	const struct quant_spec s = { &quantizer_symmetric, c->bits, c->scope, ROUND_NEAREST,
		                      SCALE_MAX };
	struct quantized *q;
	struct err e = { 0 };

	cr_assert(!quantize(&q, b->m, &s, &e), "%s", e.msg);
	for (size_t k = 0; k < b->m->n_kernels; k++) {
		float *w = malloc(q->kernel[k].n * sizeof(*w));

		cr_assert_not_null(w);
		trim_apply((struct trim_spec){ .trim = c->trim }, q->kernel[k].q, q->kernel[k].n,
		           q->kernel[k].q);
		dequantize(q, &b->m->kernels[k], k, q->kernel[k].q, w);
		cr_assert(!net_set_kernel(b->net, k, w, &e), "%s", e.msg);
		free(w);
	}
	quantized_free(q);
}

static struct accuracy exact(const struct bench *b)
{
	struct accuracy a;
	struct err e = { 0 };

	cr_assert(!accuracy_run(&a, b->net, b->d, b->fp32.top1, NULL, &e), "%s", e.msg);
	return a;
}

static struct adaptive_result adaptive(const struct bench *b, double limit)
{
	struct adaptive_result r;
	struct err e = { 0 };

	cr_assert(!adaptive_run(&r, b->net, b->d, &b->fp32, &b->order, limit, &e), "%s", e.msg);
	return r;
}

static void check(const struct adaptive_result *r, int64_t net, double limit, const char *what)
{
	cr_expect_eq(r->verdict, (double)net >= -limit ? VERDICT_KEEPS : VERDICT_LOSES,
	             "%s, limit %g: net %lld of %zu images, verdict %d", what, limit,
	             (long long)net, r->images, (int)r->verdict);
	cr_expect(r->range.low <= net && net <= r->range.high, "%s: %lld not in %lld..%lld", what,
	          (long long)net, (long long)r->range.low, (long long)r->range.high);
	cr_expect((double)r->range.low <= r->net && r->net <= (double)r->range.high,
	          "%s: estimate %g outside its bounds", what, r->net);
}

/* Every image has one place: the hard ones by margin, the others by what fp32 makes of them. */
Test(infer_adaptive, plan_holds_every_image_once)
{
	struct bench b;
	bool *seen;

	bench_open(&b, 32);
	seen = calloc(b.d->n, sizeof(*seen));
	cr_assert_not_null(seen);
	cr_expect_eq(b.order.n_hard, b.d->n / ADAPTIVE_HARD);
	cr_expect_eq(b.order.n_hard + b.order.n_right + b.order.n_wrong, b.d->n);
	for (size_t i = 0; i < b.order.n_hard; i++) {
		seen[b.order.hard[i]] = true;
		cr_expect(i == 0 ||
		          b.fp32.margin[b.order.hard[i - 1]] <= b.fp32.margin[b.order.hard[i]]);
	}
	for (size_t i = 0; i < b.order.n_right; i++) {
		uint32_t image = b.order.right[i];

		cr_expect(!seen[image] && b.fp32.top1[image] == b.d->labels[image]);
		cr_expect_geq(b.fp32.margin[image],
		              b.fp32.margin[b.order.hard[b.order.n_hard - 1]]);
		seen[image] = true;
	}
	for (size_t i = 0; i < b.order.n_wrong; i++) {
		uint32_t image = b.order.wrong[i];

		cr_expect(!seen[image] && b.fp32.top1[image] != b.d->labels[image]);
		seen[image] = true;
	}
	for (size_t i = 0; i < b.d->n; i++)
		cr_expect(seen[i], "image %zu has no place", i);
	free(seen);
	bench_close(&b);
}

/* The images beyond the hard ones come in the data set's random order. */
Test(infer_adaptive, others_are_in_random_order)
{
	struct bench b;
	size_t at = 0;

	bench_open(&b, 32);
	for (size_t i = 0; i < b.d->n && at < b.order.n_right; i++)
		at += b.order.right[at] == b.d->order[i];
	cr_expect_eq(at, b.order.n_right);
	bench_close(&b);
}

/* Limits of 0, 1 and 100 % of the images, and those at which one image decides. */
static void compare_all(size_t batch)
{
	size_t images = 0, kept = 0;
	struct bench b;

	bench_open(&b, batch);
	for (size_t c = 0; c < CONFIGS; c++) {
		const double one_percent = (double)b.d->n / 100;
		struct accuracy a;
		int64_t net;
		char what[64];
		struct adaptive_result r, again;

		apply(&b, &configs[c]);
		a = exact(&b);
		net = (int64_t)a.gained - (int64_t)a.lost;
		snprintf(what, sizeof(what), "batch %zu, bits %u, trim %u", batch, configs[c].bits,
		         configs[c].trim);
		r = adaptive(&b, one_percent);
		again = adaptive(&b, one_percent);
		check(&r, net, one_percent, what);
		cr_expect(r.images == again.images && r.net == again.net &&
		                  r.range.low == again.range.low &&
		                  r.range.high == again.range.high,
		          "%s: another result the second time", what);
		cr_expect_leq(r.images, b.d->n);
		images += r.images;
		kept += r.verdict == VERDICT_KEEPS;
		r = adaptive(&b, 0);
		check(&r, net, 0, what);
		r = adaptive(&b, (double)b.d->n);
		check(&r, net, (double)b.d->n, what);
		cr_expect_leq(r.images, batch, "%s: all may be lost, yet it looked", what);
		r = adaptive(&b, (double)-net);
		check(&r, net, (double)-net, what);
		r = adaptive(&b, (double)-net - 1);
		check(&r, net, (double)-net - 1, what);
	}
	cr_expect(kept > CONFIGS / 4 && kept < CONFIGS * 3 / 4, "%zu of %d kept: one-sided", kept,
	          CONFIGS);
	cr_expect_lt(images, CONFIGS * b.d->n / 2, "%zu images of %zu", images, CONFIGS * b.d->n);
	bench_close(&b);
}

Test(infer_adaptive, verdicts_are_those_of_all_images)
{
	compare_all(32);
}

Test(infer_adaptive, one_image_at_a_time)
{
	compare_all(1);
}

/* The network itself loses nothing: all images are seen only where the question needs them all. */
Test(infer_adaptive, the_network_itself_keeps)
{
	struct bench b;
	struct adaptive_result r;

	bench_open(&b, 32);
	r = adaptive(&b, 0);
	check(&r, 0, 0, "fp32");
	cr_expect(r.net == 0 && r.lost == 0 && r.gained == 0);
	r = adaptive(&b, 20);
	check(&r, 0, 20, "fp32");
	cr_expect_lt(r.images, b.d->n / 2);
	bench_close(&b);
}
