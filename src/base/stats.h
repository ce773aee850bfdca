/* Statistics of counts and samples (the only user of GSL). A row carries its interval, so this
 * stands below everything that makes rows. */
#ifndef HCB_BASE_STATS_H
#define HCB_BASE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
	double low, high;
};

/* Once per process, first thing: GSL's default error handler aborts. */
void stats_init(void);

const char *stats_library_version(void);

/* Confidence of every interval that hcbench prints: 95 %. */
#define STATS_ALPHA 0.05

/* Wilson score interval of the proportion k/n at confidence 1 - alpha (Wilson, JASA 1927).
 * n >= 1. */
struct interval stats_wilson(uint64_t k, uint64_t n, double alpha);

/* Interval of the paired difference (n01 - n10) / n of two proportions on the same n items, n10 of
 * them right only before and n01 right only after: Wald with 0.5 added to each of the four cells
 * (Agresti and Min, Statistics in Medicine 24, 2005). */
struct interval stats_paired(uint64_t n01, uint64_t n10, uint64_t n, double alpha);

/* Exact two-sided McNemar test: binomial(n01 + n10, 1/2) (McNemar, Psychometrika 1947). 1 when
 * there is no discordant pair. */
double stats_mcnemar(uint64_t n01, uint64_t n10);

/* Two samples compared by ranks. */
struct rank_test {
	double p; /* two-sided: both are samples of the same distribution */
	/* Probability that a value of b is larger than one of a, ties counted half: the
	 * common-language effect. Cliff's delta is 2 larger - 1. */
	double larger;
};

/* Mann-Whitney (Annals of Mathematical Statistics 18, 1947) with mid-ranks for ties: exact over all
 * divisions of the na + nb ranks up to STATS_EXACT_RANKS of them, beyond that normal with the
 * correction for ties and for continuity. na, nb >= 1. false: out of memory. */
enum { STATS_EXACT_RANKS = 40 };
bool stats_rank_test(const double *a, size_t na, const double *b, size_t nb, struct rank_test *out);

/* Median; sorts v. n >= 1. */
double stats_median(double *v, size_t n);

/* p-values of n tests adjusted so that a false alarm among all of them has the probability at which
 * adjusted values are cut (Holm, Scandinavian Journal of Statistics 6, 1979). false: out of
 * memory. */
bool stats_holm(const double *p, double *adjusted, size_t n);

#endif
