#include "base/sequence.h"

#include <math.h>
#include <stdbool.h>

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

static double log_beta(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* The data under a beta-binomial prior of the hits in the population: beta-binomial again. */
static double log_beta_binomial(const struct draw *d, double a, double b)
{
	double n = d->seen, x = d->hits;

	return log_choose(n, x) + log_beta(x + a, n - x + b) - log_beta(a, b);
}

static double log_prior(const struct draw *d)
{
	const double few = 0.9, half = 0.5, per_hit = 50;
	double expected = d->size / per_hit > half ? d->size / per_hit : half;
	double p = log(few) + log_beta_binomial(d, half, expected);
	double q = log(1 - few) + log_beta_binomial(d, half, half);
	double most = p > q ? p : q;

	if (d->seen == 0)
		return 0;
	return most + log(exp(p - most) + exp(q - most));
}

/* A number of hits in the population, and its log likelihood (hypergeometric). */
struct candidate {
	const struct draw *d;
	uint32_t hits;
	double log_p;
};

static struct candidate most_likely(const struct draw *d)
{
	uint64_t most = d->size - (d->seen - d->hits);
	uint64_t k = d->seen ? (uint64_t)d->hits * ((uint64_t)d->size + 1) / d->seen : d->hits;
	struct candidate c = { .d = d };

	c.hits = (uint32_t)(k < d->hits ? d->hits : k > most ? most : k);
	c.log_p = log_choose(c.hits, d->hits) +
	          log_choose((double)d->size - c.hits, (double)d->seen - d->hits) -
	          log_choose(d->size, d->seen);
	return c;
}

/* One hit more, one fewer: the likelihood changes by a ratio of small numbers. False at the ends,
 * where the data would be impossible. */
static bool one_more(struct candidate *c)
{
	double k = c->hits, x = c->d->hits, misses = (double)c->d->seen - x;
	double rest = (double)c->d->size - k;

	if (rest <= misses)
		return false;
	c->log_p += log((k + 1) / (k + 1 - x) * ((rest - misses) / rest));
	c->hits++;
	return true;
}

static bool one_fewer(struct candidate *c)
{
	double k = c->hits, x = c->d->hits, misses = (double)c->d->seen - x;
	double rest = (double)c->d->size - k;

	if (k <= x)
		return false;
	c->log_p -= log(k / (k - x) * ((rest + 1 - misses) / (rest + 1)));
	c->hits--;
	return true;
}

/* Largest difference whose pair is more likely than exp(least). Likelihoods fall on both sides of
 * their maxima, so as a's hits rise, b's must rise to pay for them. */
static int64_t largest(const struct draw *a, const struct draw *b, double least)
{
	struct candidate p = most_likely(a), best = most_likely(b), q = best, next = best;
	int64_t most;

	while (one_fewer(&next) && p.log_p + next.log_p > least)
		q = next;
	most = (int64_t)p.hits - q.hits;
	while (one_more(&p)) {
		while (p.log_p + q.log_p <= least && q.hits < best.hits)
			one_more(&q);
		if (p.log_p + q.log_p <= least)
			break;
		if ((int64_t)p.hits - q.hits > most)
			most = (int64_t)p.hits - q.hits;
	}
	return most;
}

struct range sequence_difference(const struct draw *a, const struct draw *b, double alpha)
{
	double least = log_prior(a) + log_prior(b) + log(alpha);

	return (struct range){ -largest(b, a, least), largest(a, b, least) };
}
