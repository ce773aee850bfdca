#include "quant/affine_grid.h"

#include <float.h>
#include <math.h>

/* The step is sought as the largest magnitude divided by k = 1, 2, ..: coarse grids first. A weight
 * that is no multiple ends a trial, so weights on no grid cost a few divisions per k.
 *
 * With u = 2^-24 and a file that holds w = fl(j s): the trial step fl(fl(k s) / k) is off from s by
 * at most two roundings, 2 u relative, and w by one, so w / step (in double) is off from j by at
 * most 3 u |j|, and some terms in u^2. 4 u |j| accepts all of these. */
static const double tolerance = 4 * 0x1p-24;

/* The true step lies within 2 u of the trial step, that is two units in its last place; it is one
 * of these floats, tried nearest first. */
static const int neighbours[] = { 0, 1, -1, 2, -2 };
enum { N_NEIGHBOURS = sizeof(neighbours) / sizeof(neighbours[0]) };

/* Integer nearest to x, which is at most some 2^15 away from 0; a tie is never on a grid. */
static double nearest(double x)
{
	return (double)(int)(x < 0 ? x - 0.5 : x + 0.5);
}

/* Run r is done for now. */
static void done(const struct weights *w, size_t r)
{
	if (w->m)
		model_rest(w->m, r);
}

static bool all_multiples(const struct weights *w, float step)
{
	for (size_t r = 0; r < w->n_runs; r++) {
		for (size_t i = 0; i < w->run_n[r]; i++) {
			double x = (double)w->run[r][i] / (double)step, j = nearest(x);

			if (fabs(x - j) > tolerance * fabs(j))
				return false;
		}
		done(w, r);
	}
	return true;
}

/* How many weights come back bit for bit (zeros of either sign count). Stops at the first that does
 * not when `all` is asked for; *n_weights is how many there are then. */
static size_t reproduced(const struct weights *w, float step, bool all, size_t *n_weights)
{
	size_t n = 0;

	*n_weights = 0;
	for (size_t r = 0; r < w->n_runs; r++) {
		*n_weights += w->run_n[r];
		for (size_t i = 0; i < w->run_n[r]; i++) {
			float x = w->run[r][i];
			bool same = (float)nearest((double)x / (double)step) * step == x;

			if (all && !same)
				return 0;
			n += same;
		}
		done(w, r);
	}
	return n;
}

static float neighbour(float step, int ulps)
{
	for (; ulps > 0; ulps--)
		step = nextafterf(step, FLT_MAX);
	for (; ulps < 0; ulps++)
		step = nextafterf(step, 0);
	return step;
}

/* The neighbour of *step that reproduces the most weights goes to *step. Whether it reproduces all;
 * with `all` nothing else counts. */
static bool refine(const struct weights *w, float *step, bool all)
{
	float best = *step;
	size_t most = 0, n_weights;

	for (unsigned i = 0; i < N_NEIGHBOURS; i++) {
		float s = neighbour(*step, neighbours[i]);
		size_t n = reproduced(w, s, all, &n_weights);

		if (n > most) {
			most = n;
			best = s;
		}
		if (n && n == n_weights)
			break;
	}
	*step = best;
	return most && most == n_weights;
}

/* Whether a grid of this step holds all weights within `levels` steps. */
static bool spans(const struct weights *w, float step, int levels)
{
	return nearest((double)w->high / (double)step) - nearest((double)w->low / (double)step) <=
	       (double)levels;
}

bool affine_grid(const struct weights *w, int levels, struct quant_group *g)
{
	const float largest = w->high > -w->low ? w->high : -w->low;
	const double reach = (double)w->high - (double)w->low;
	float found = 0;

	/* Below, the step or a weight may be subnormal and has fewer bits than assumed above. */
	if (!(largest >= FLT_MIN * 0x1p16f))
		return false;
	for (int k = 1; (double)k * reach <= ((double)levels + 0.5) * (double)largest; k++) {
		float step = largest / (float)k;

		if ((found <= 0 && !all_multiples(w, step)) || !spans(w, step, levels))
			continue;
		if (refine(w, &step, found > 0)) {
			found = step;
			break;
		}
		if (found <= 0) /* a finer one may still reproduce all */
			found = step;
	}
	if (!(found > 0))
		return false;
	g->scale = found;
	g->zero = (int32_t)-nearest((double)w->low / (double)found);
	g->on_grid = true;
	return true;
}
