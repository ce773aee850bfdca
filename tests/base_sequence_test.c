/* Confidence sequences against the definition, summed out naively over all populations, and against
 * repeated sampling from known ones. */
#include "base/sequence.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdbool.h>

enum { MOST = 64 };

static double choose(unsigned n, unsigned k)
{
	double c = 1;

	if (k > n)
		return 0;
	for (unsigned i = 0; i < k; i++)
		c = c * (n - i) / (i + 1);
	return c;
}

/* Of k hits among n items. */
static double beta_binomial(unsigned n, unsigned k, double a, double b)
{
	double p = choose(n, k);

	for (unsigned i = 0; i < k; i++)
		p *= a + i;
	for (unsigned i = 0; i < n - k; i++)
		p *= b + i;
	for (unsigned i = 0; i < n; i++)
		p /= a + b + i;
	return p;
}

static double prior(unsigned n, unsigned k)
{
	double b = n / 50.0 < 0.5 ? 0.5 : n / 50.0;

	return 0.9 * beta_binomial(n, k, 0.5, b) + 0.1 * beta_binomial(n, k, 0.5, 0.5);
}

/* Of the draw, when its population has k hits. */
static double hypergeometric(const struct draw *d, unsigned k)
{
	if (k < d->hits || d->size - k < d->seen - d->hits)
		return 0;
	return choose(k, d->hits) * choose(d->size - k, d->seen - d->hits) /
	       choose(d->size, d->seen);
}

/* Populations one by one: those whose likelihood, against that of the prior's mixture, is more
 * than alpha. */
static struct range by_definition(const struct draw *a, const struct draw *b, double alpha)
{
	double pa[MOST + 1], pb[MOST + 1], mixture_a = 0, mixture_b = 0;
	struct range r = { MOST, -MOST };

	for (unsigned k = 0; k <= a->size; k++) {
		pa[k] = hypergeometric(a, k);
		mixture_a += prior(a->size, k) * pa[k];
	}
	for (unsigned k = 0; k <= b->size; k++) {
		pb[k] = hypergeometric(b, k);
		mixture_b += prior(b->size, k) * pb[k];
	}
	for (unsigned i = 0; i <= a->size; i++)
		for (unsigned j = 0; j <= b->size; j++) {
			int64_t difference = (int64_t)i - (int64_t)j;

			if (!(pa[i] * pb[j] > alpha * mixture_a * mixture_b))
				continue;
			r.low = difference < r.low ? difference : r.low;
			r.high = difference > r.high ? difference : r.high;
		}
	return r;
}

static void compare(struct draw a, struct draw b, double alpha)
{
	struct range r = sequence_difference(&a, &b, alpha), t = by_definition(&a, &b, alpha);

	cr_assert(r.low == t.low && r.high == t.high,
	          "%u of %u of %u against %u of %u of %u at %g: %lld..%lld, not %lld..%lld", a.hits,
	          a.seen, a.size, b.hits, b.seen, b.size, alpha, (long long)r.low,
	          (long long)r.high, (long long)t.low, (long long)t.high);
}

/* Every draw from every pair of small populations. */
Test(base_sequence, is_the_set_that_the_definition_names)
{
	static const unsigned size[] = { 0, 1, 2, 5, 8 };

	for (size_t s = 0; s < 25; s++)
		for (unsigned n = 0; n <= size[s / 5]; n++)
			for (unsigned m = 0; m <= size[s % 5]; m++)
				for (unsigned x = 0; x <= n; x++)
					for (unsigned y = 0; y <= m; y++)
						compare((struct draw){ size[s / 5], n, x },
						        (struct draw){ size[s % 5], m, y }, 0.07);
}

/* Large enough for the two parts of the prior to differ. */
Test(base_sequence, larger_populations_too)
{
	static const double alpha[] = { 0.5, 0.01, 0.0001 };

	for (size_t i = 0; i < 3; i++)
		for (unsigned n = 0; n <= 60; n += 7)
			for (unsigned x = 0; x <= n; x += 4)
				for (unsigned m = 0; m <= 40; m += 9)
					for (unsigned y = 0; y <= m; y += 5)
						compare((struct draw){ 60, n, x },
						        (struct draw){ 40, m, y }, alpha[i]);
}

/* The first item seen is a hit, which the prior, of one shape for hits and misses where the
 * population is small, gives 1/2. Of two items, 0 hits cannot explain it. Of three, 1 hit does with
 * 1/3, less than 0.9 / 2, and 2 hits with 2/3. */
Test(base_sequence, by_hand)
{
	const struct draw none = { 0, 0, 0 }, two = { 2, 1, 1 }, three = { 3, 1, 1 };
	struct range r = sequence_difference(&two, &none, 0.01);

	cr_expect(r.low == 1 && r.high == 2);
	r = sequence_difference(&none, &two, 0.01);
	cr_expect(r.low == -2 && r.high == -1);
	r = sequence_difference(&three, &none, 0.9);
	cr_expect(r.low == 2 && r.high == 3);
	r = sequence_difference(&three, &none, 0.6);
	cr_expect(r.low == 1 && r.high == 3);
}

Test(base_sequence, nothing_seen_nothing_excluded_all_seen_all_known)
{
	const struct draw a = { 9821, 0, 0 }, b = { 107, 0, 0 };
	struct range r = sequence_difference(&a, &b, 0.01);

	cr_expect(r.low == -107 && r.high == 9821);
	for (uint32_t x = 0; x <= 9821; x += 491)
		for (uint32_t y = 0; y <= 107; y++) {
			const struct draw p = { 9821, 9821, x }, q = { 107, 107, y };

			r = sequence_difference(&p, &q, 0.01);
			cr_expect(r.low == (int64_t)x - y && r.high == (int64_t)x - y);
		}
}

/* The same share of hits in more and more items. */
Test(base_sequence, more_data_say_more)
{
	static const uint32_t per_1000[] = { 0, 1, 10, 300, 1000 };

	for (size_t i = 0; i < 5; i++) {
		int64_t last = 2 * 40000;

		for (uint32_t seen = 10000; seen <= 40000; seen *= 2) {
			const struct draw d = { 40000, seen, per_1000[i] * (seen / 1000) };
			struct range r = sequence_difference(&d, &d, 0.01);

			cr_expect_eq(r.low, -r.high);
			cr_expect_lt(r.high - r.low, last, "%u of %u", d.hits, d.seen);
			last = r.high - r.low;
		}
		cr_expect_eq(last, 0);
	}
}

static uint32_t dice(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) * n >> 31);
}

/* Draws one item of d, whose population has `hits` hits. */
static void draw_one(struct draw *d, uint32_t hits, uint64_t *state)
{
	d->hits += dice(state, d->size - d->seen) < hits - d->hits;
	d->seen++;
}

/* Whether the truth is ever outside, with a look after every item. */
static bool ever_wrong(struct draw a, uint32_t hits_a, struct draw b, uint32_t hits_b, double alpha,
                       uint64_t *state)
{
	int64_t truth = (int64_t)hits_a - (int64_t)hits_b;
	bool wrong = false;

	while (a.seen < a.size || b.seen < b.size) {
		struct range r;

		/* in proportion, as the images of a data set */
		if (a.seen < a.size && (uint64_t)a.seen * b.size <= (uint64_t)b.seen * a.size)
			draw_one(&a, hits_a, state);
		else
			draw_one(&b, hits_b, state);
		r = sequence_difference(&a, &b, alpha);
		wrong |= r.low > truth || r.high < truth;
	}
	return wrong;
}

/* Ville's bound holds for each pair, so for their sum: TRIALS * 0.1 expected at most, and a margin
 * of four standard deviations. */
Test(base_sequence, truth_is_outside_no_more_often_than_the_error_allows)
{
	static const uint32_t hits[][2] = {
		{0,    0 },
                { 1,   0 },
                { 0,   4 },
                { 10,  1 },
                { 300, 4 },
                { 300, 30}
	};
	enum { TRIALS = 40, PAIRS = 6 };
	const double alpha = 0.1, trials = TRIALS * PAIRS;
	uint64_t state = 20;
	unsigned wrong = 0;

	for (size_t i = 0; i < PAIRS; i++)
		for (unsigned t = 0; t < TRIALS; t++)
			wrong += ever_wrong((struct draw){ 1000, 0, 0 }, hits[i][0],
			                    (struct draw){ 100, 0, 0 }, hits[i][1], alpha, &state);
	cr_expect_leq(wrong, trials * alpha + 4 * sqrt(trials * alpha * (1 - alpha)),
	              "outside in %u of %g", wrong, trials);
}
