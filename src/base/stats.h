/* Statistics of counts (the only user of GSL). A row carries its interval, so this stands below
 * everything that makes rows. */
#ifndef HCB_BASE_STATS_H
#define HCB_BASE_STATS_H

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

#endif
