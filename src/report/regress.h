/* Two sets of results of the same points compared: what must repeat, exactly; what was timed, with
 * a rank test. */
#ifndef HCB_REPORT_REGRESS_H
#define HCB_REPORT_REGRESS_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* One side: a database, and the run whose timings count. */
struct regress_side {
	struct store *store;
	int64_t run;     /* 0: of every point the newest run that timed it .. */
	int64_t not_run; /* .. other than this; 0: any */
};

struct regress_request {
	struct regress_side before, after;
	bool timings_only; /* both sides are the same rows */
	double threshold;  /* a change of a median by more than this fraction matters: 0.05 */
	double alpha;      /* of the timings as a whole, after Holm's correction: 0.05 */
};

struct regress_counts {
	size_t points;    /* in both */
	size_t columns;   /* compared in each */
	size_t differing; /* points, or their energies, with a difference */
	size_t only_before, only_after;
	size_t not_alike;      /* evaluated on different numbers of images: accuracy not compared */
	bool by_point;         /* method versions differ: matched by canonical point and model */
	size_t tests;          /* of timings */
	size_t slower, faster; /* significantly, and by more than the threshold */
	size_t unclear;        /* more than the threshold, but not significantly */
	size_t fewest;         /* samples of a side in any test */
	size_t needed;         /* samples of each side with which one test could be significant */
};

/* One row per difference and per timing test, worst first: verdict, what (column or operation),
 * point, technology, before, after, ratio, larger (probability that a duration after exceeds one
 * before), cliffs_delta, p, p_holm, samples_before, samples_after.
 *
 * Points match by key; where the two files were written by different versions of the method no key
 * can match, so points match by canonical line and the model's content then, and every difference
 * counts as one. Points of one side only are counted. Verdicts: differs, slower, faster, slightly
 * slower or faster (significant, within the threshold), unclear, same. A regression is a differs or
 * a slower. */
enum status regress_compare(const struct regress_request *r, struct table *out,
                            struct regress_counts *counts, struct err *e);

static inline size_t regress_count(const struct regress_counts *c)
{
	return c->differing + c->slower;
}

extern const char regress_brief[];

#endif
