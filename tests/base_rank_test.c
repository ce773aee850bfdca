/* The rank test against values worked by hand, and its promises on seeded data: few false alarms,
 * and small slow-downs found. */
#include "base/stats.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

static void near(double got, double expected, double tolerance)
{
	cr_assert(fabs(got - expected) <= tolerance, "%.17g, expected %.17g", got, expected);
}

/* Three against three, no overlap: of the C(6,3) = 20 divisions two are as far apart. */
Test(base_rank, separate_samples)
{
	const double a[] = { 1, 2, 3 }, b[] = { 6, 4, 5 };
	struct rank_test t;

	cr_assert(stats_rank_test(a, 3, b, 3, &t));
	near(t.p, 2.0 / 20, 1e-12);
	near(t.larger, 1, 0);
	cr_assert(stats_rank_test(b, 3, a, 3, &t));
	near(t.p, 2.0 / 20, 1e-12);
	near(t.larger, 0, 0);
}

/* a has ranks 1, 2, 3, 5 and b 4, 6, 7, 8: of the 16 pairs one is the wrong way round, U = 15. Of
 * C(8,4) = 70 divisions one gives U = 16 and one U = 15, and as many are at the other end. */
Test(base_rank, one_pair_crossed)
{
	const double a[] = { 10, 20, 30, 50 }, b[] = { 40, 60, 70, 80 };
	struct rank_test t;

	cr_assert(stats_rank_test(a, 4, b, 4, &t));
	near(t.p, 4.0 / 70, 1e-12);
	near(t.larger, 15.0 / 16, 1e-12);
}

/* Mid-ranks 1, 2.5, 2.5, 4: b has 2.5 + 4 = 6.5, the mean of two is 5. Pairs out of the four sum to
 * 3.5, 3.5, 5, 5, 6.5, 6.5, so four of six are as far away. P(b > a) = 3/4 + 1/2 of 1/4. */
Test(base_rank, ties)
{
	const double a[] = { 1, 2 }, b[] = { 2, 3 }, same[] = { 7, 7, 7 };
	struct rank_test t;

	cr_assert(stats_rank_test(a, 2, b, 2, &t));
	near(t.p, 4.0 / 6, 1e-12);
	near(t.larger, 0.875, 1e-12);
	cr_assert(stats_rank_test(same, 3, same, 3, &t));
	near(t.p, 1, 1e-12);
	near(t.larger, 0.5, 0);
}

/* 25 against 25 without overlap: U = 625 is 312.5 from its mean, its variance 25 * 25 / 12 * 51 =
 * 2656.25, so z = 312 / 51.5388 = 6.0537 with the correction for continuity, and erfc(z / sqrt(2))
 * = 1.4157e-9. When all 50 values are equal there is no variance. */
Test(base_rank, large_samples_are_normal)
{
	double a[25], b[25];
	struct rank_test t;

	for (int i = 0; i < 25; i++) {
		a[i] = i;
		b[i] = 100 + i;
	}
	cr_assert(stats_rank_test(a, 25, b, 25, &t));
	near(t.p, erfc(312 / sqrt(2656.25) / sqrt(2)), 1e-15);
	near(t.larger, 1, 0);
	for (int i = 0; i < 25; i++)
		a[i] = b[i] = 1;
	cr_assert(stats_rank_test(a, 25, b, 25, &t));
	near(t.p, 1, 0);
}

/* At the border of the two ways they agree. */
Test(base_rank, exact_and_normal_agree)
{
	double a[21], b[21];
	struct rank_test exact, normal;

	for (int i = 0; i < 21; i++) {
		a[i] = 2 * i;
		b[i] = 2 * i + 5;
	}
	cr_assert(stats_rank_test(a, 20, b, 20, &exact));
	cr_assert(stats_rank_test(a, 21, b, 21, &normal));
	near(exact.p, normal.p, 0.02);
	cr_assert(exact.p > 0.1 && exact.p < 0.9, "%g", exact.p);
}

Test(base_rank, medians)
{
	double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 2 };

	near(stats_median(odd, 3), 2, 0);
	near(stats_median(even, 4), 2.5, 0);
}

/* Three tests: 0.01 * 3, 0.02 * 2, and 0.03 * 1 raised to the one before it. */
Test(base_rank, holm)
{
	const double p[] = { 0.03, 0.01, 0.02 }, large[] = { 0.9, 0.5 };
	double q[3];

	cr_assert(stats_holm(p, q, 3));
	near(q[1], 0.03, 1e-15);
	near(q[2], 0.04, 1e-15);
	near(q[0], 0.04, 1e-15);
	cr_assert(stats_holm(large, q, 2));
	near(q[0], 1, 0);
	near(q[1], 1, 0);
}

enum { PAIRS = 1000, SAMPLES = 15 };

/* xorshift64*: the same numbers on every machine. */
static double uniform(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)((*state * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
}

/* A duration: 1 ms and noise of about 2 %, with a tail to the right as timings have. */
static double duration(uint64_t *state, double slower)
{
	double noise = 0;

	for (int i = 0; i < 3; i++)
		noise += uniform(state);
	if (uniform(state) < 0.05)
		noise += 3 * uniform(state);
	return 1e-3 * slower * (1 + 0.02 * noise);
}

/* How many of PAIRS comparisons are significant at 5 %, before and after Holm's correction. */
static void alarms(double slower, size_t *plain, size_t *corrected)
{
	uint64_t state = 20260101;
	static double p[PAIRS], q[PAIRS];

	for (size_t i = 0; i < PAIRS; i++) {
		double a[SAMPLES], b[SAMPLES];
		struct rank_test t;

		for (size_t j = 0; j < SAMPLES; j++) {
			a[j] = duration(&state, 1);
			b[j] = duration(&state, slower);
		}
		cr_assert(stats_rank_test(a, SAMPLES, b, SAMPLES, &t));
		p[i] = t.p;
	}
	cr_assert(stats_holm(p, q, PAIRS));
	*plain = *corrected = 0;
	for (size_t i = 0; i < PAIRS; i++) {
		*plain += p[i] < 0.05;
		*corrected += q[i] < 0.05;
	}
}

Test(base_rank, identical_code_raises_few_alarms)
{
	size_t plain, corrected;

	alarms(1, &plain, &corrected);
	cr_assert(plain <= PAIRS / 20, "%zu alarms", plain);
	cr_assert(plain >= PAIRS / 50, "%zu alarms: the test is blunt", plain);
	cr_assert(corrected == 0, "%zu alarms after the correction", corrected);
}

Test(base_rank, five_percent_slower_is_found)
{
	size_t plain, corrected;

	alarms(1.05, &plain, &corrected);
	cr_assert(plain >= PAIRS * 95 / 100, "%zu found", plain);
	cr_assert(corrected >= PAIRS * 95 / 100, "%zu found after the correction", corrected);
}
