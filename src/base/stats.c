#include "base/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <math.h>

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
