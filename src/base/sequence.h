/* What a sample without replacement says about its population, at any time: a confidence sequence,
 * valid however often one looks and whenever one stops.
 *
 * The sequence is the set of populations that the prior-posterior ratio does not rule out
 * (I. Waudby-Smith and A. Ramdas, Confidence sequences for sampling without replacement, NeurIPS
 * 2020): with a prior fixed beforehand, P(data under the prior) / P(data | population) is a
 * nonnegative martingale of mean 1 under the true population, so by Ville's inequality it ever
 * exceeds 1 / alpha with probability alpha at most. The prior of a number of hits is 0.9
 * beta-binomial(1/2, size / 50) + 0.1 beta-binomial(1/2, 1/2): few hits are expected, many are not
 * excluded. It decides how soon a sequence is narrow and never whether it is valid. */
#ifndef HCB_BASE_SEQUENCE_H
#define HCB_BASE_SEQUENCE_H

#include <stdint.h>

/* `seen` of `size` items were drawn at random without replacement, `hits` of them have a property.
 */
struct draw {
	uint32_t size, seen, hits;
};

/* Smallest and largest (hits in all of a) - (hits in all of b) in the sequence at error alpha: both
 * ends hold together, at all times, with probability 1 - alpha. Exact once all is seen. */
struct range {
	int64_t low, high;
};
struct range sequence_difference(const struct draw *a, const struct draw *b, double alpha);

#endif
