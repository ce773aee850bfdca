#include "base/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <stdlib.h>

void stats_init(void)
{
	gsl_set_error_handler_off();
}

const char *stats_library_version(void)
{
	return gsl_version;
}

struct interval stats_wilson(uint64_t k, uint64_t n, double alpha)
{
	double z = gsl_cdf_ugaussian_Qinv(alpha / 2);
	double p = (double)k / (double)n, z2n = z * z / (double)n;
	double middle = p + z2n / 2;
	double half = z * sqrt(p * (1 - p) / (double)n + z2n / (4 * (double)n));
	struct interval i = { (middle - half) / (1 + z2n), (middle + half) / (1 + z2n) };

	/* At the ends the bound is exactly 0 or 1; rounding must not say otherwise. */
	if (k == 0)
		i.low = 0;
	if (k == n)
		i.high = 1;
	return i;
}

struct interval stats_paired(uint64_t n01, uint64_t n10, uint64_t n, double alpha)
{
	double z = gsl_cdf_ugaussian_Qinv(alpha / 2);
	double a = (double)n01 + 0.5, b = (double)n10 + 0.5, m = (double)n + 2;
	double d = (a - b) / m;
	double half = z * sqrt(((a + b) - (a - b) * (a - b) / m) / (m * m));

	return (struct interval){ d - half < -1 ? -1 : d - half, d + half > 1 ? 1 : d + half };
}

double stats_mcnemar(uint64_t n01, uint64_t n10)
{
	uint64_t n = n01 + n10, less = n01 < n10 ? n01 : n10;
	double p;

	if (n01 == n10)
		return 1;
	p = 2 * gsl_cdf_binomial_P((unsigned)less, 0.5, (unsigned)n);
	return p > 1 ? 1 : p;
}

struct ranked {
	double value;
	bool of_b;
	size_t place; /* of a p-value, before sorting */
};

static int compare_values(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->value < b->value || a->value > b->value)
		return a->value < b->value ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* Mid-ranks of the sorted values, doubled so that they are whole. *sum_b: of those of b. *ties: sum
 * of t^3 - t over groups of t equal values. */
static void double_ranks(const struct ranked *v, size_t n, unsigned *rank, uint64_t *sum_b,
                         double *ties)
{
	*sum_b = 0;
	*ties = 0;
	for (size_t i = 0, end; i < n; i = end) {
		double t;

		for (end = i + 1; end < n && v[end].value <= v[i].value; end++)
			;
		t = (double)(end - i);
		*ties += t * t * t - t;
		for (size_t j = i; j < end; j++) {
			rank[j] = (unsigned)(i + 1 + end);
			*sum_b += v[j].of_b ? rank[j] : 0;
		}
	}
}

/* Share of all choices of nb of the n doubled ranks whose sum is at least as far from its mean as
 * sum_b; negative: out of memory. ways[k][s] counts choices of k ranks with the sum s; counts stay
 * below 2^53 up to STATS_EXACT_RANKS. */
static double exact_p(const unsigned *rank, size_t n, size_t nb, uint64_t sum_b)
{
	size_t width = n * (n + 1) + 1;
	double *ways = calloc((nb + 1) * width, sizeof(*ways)), all = 0, far = 0;
	uint64_t mean = nb * (n + 1), distance = sum_b > mean ? sum_b - mean : mean - sum_b;

	if (!ways)
		return -1;
	ways[0] = 1;
	for (size_t i = 0, top = 0; i < n; i++) {
		top += rank[i];
		for (size_t k = i + 1 < nb ? i + 1 : nb; k > 0; k--)
			for (size_t s = top; s >= rank[i]; s--)
				ways[k * width + s] += ways[(k - 1) * width + s - rank[i]];
	}
	for (size_t s = 0; s < width; s++) {
		double w = ways[nb * width + s];

		all += w;
		far += (s > mean ? s - mean : mean - s) >= distance ? w : 0;
	}
	free(ways);
	return far / all;
}

static double normal_p(size_t na, size_t nb, double u, double ties)
{
	double a = (double)na, b = (double)nb, n = a + b;
	double variance = a * b / 12 * (n + 1 - ties / (n * (n - 1)));
	double distance = fabs(u - a * b / 2) - 0.5;

	if (!(variance > 0) || distance <= 0)
		return 1;
	return 2 * gsl_cdf_ugaussian_Q(distance / sqrt(variance));
}

bool stats_rank_test(const double *a, size_t na, const double *b, size_t nb, struct rank_test *out)
{
	size_t n = na + nb;
	struct ranked *v = calloc(n, sizeof(*v));
	unsigned *rank = calloc(n, sizeof(*rank));
	uint64_t sum_b;
	double ties, u;
	bool ok = v && rank;

	if (ok) {
		for (size_t i = 0; i < n; i++)
			v[i] = (struct ranked){ i < na ? a[i] : b[i - na], i >= na, i };
		qsort(v, n, sizeof(*v), compare_values);
		double_ranks(v, n, rank, &sum_b, &ties);
		u = ((double)sum_b - (double)nb * ((double)nb + 1)) / 2;
		out->larger = u / ((double)na * (double)nb);
		out->p = n <= STATS_EXACT_RANKS ? exact_p(rank, n, nb, sum_b)
		                                : normal_p(na, nb, u, ties);
		ok = out->p >= 0;
	}
	free(v);
	free(rank);
	return ok;
}

static int compare_doubles(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

double stats_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare_doubles);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

bool stats_holm(const double *p, double *adjusted, size_t n)
{
	struct ranked *v = calloc(n + 1, sizeof(*v));
	double worst = 0;

	if (!v)
		return false;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct ranked){ .value = p[i], .place = i };
	qsort(v, n, sizeof(*v), compare_values);
	for (size_t i = 0; i < n; i++) {
		worst = fmax(worst, fmin(1, (double)(n - i) * v[i].value));
		adjusted[v[i].place] = worst;
	}
	free(v);
	return true;
}
