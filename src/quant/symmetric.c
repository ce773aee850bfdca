/* Uniform, symmetric, sign-magnitude: q = round(w / s * L) clamped to [-L, L], w' = q * s / L.
 * With scale=authors (published scripts, github ArunAyush/HardCompress 6c0e289): s is the largest
 * positive weight and magnitudes may exceed L (up to what 16 bits hold). */
#include "base/clones.h"
#include "quant/quantizer.h"

#include <math.h>

enum { LANES = 16 }; /* maxima at a time */

/* Largest (magnitude) of n weights, 0 if none is larger; the maximum of each lane first. */
static inline float largest_of(const float *w, size_t n, bool magnitude)
{
	float lane[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t j = 0; j < LANES; j++) {
			const float x = magnitude ? fabsf(w[i + j]) : w[i + j];

			lane[j] = x > lane[j] ? x : lane[j];
		}
	for (; i < n; i++) {
		const float x = magnitude ? fabsf(w[i]) : w[i];

		lane[0] = x > lane[0] ? x : lane[0];
	}
	for (size_t j = 1; j < LANES; j++)
		lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
	return lane[0];
}

CLONES static struct quant_group fit(const struct quant_spec *s, const float *const *runs,
                                     const size_t *run_n, size_t n_runs, const struct model *m)
{
	float largest = 0;

	for (size_t r = 0; r < n_runs; r++) {
		const float most = s->scale == SCALE_MAX ? largest_of(runs[r], run_n[r], true)
		                                         : largest_of(runs[r], run_n[r], false);

		largest = most > largest ? most : largest;
		if (m)
			model_rest(m, r);
	}
	return (struct quant_group){ .scale = largest };
}

/* Half away from zero by the exact fraction; adding 0.5 first would round 0.49999997 up. Without a
 * branch, and with `nearest` a constant where it is inlined, so that compilers take many at a time.
 */
static inline int16_t to_integer(float x, bool nearest, float limit)
{
	float rest;
	int q;

	x = x > limit ? limit : x;
	x = x < -limit ? -limit : x;
	q = (int)x;
	rest = x - (float)q;
	if (nearest)
		q += (rest >= 0.5f) - (rest <= -0.5f);
	return (int16_t)q;
}

CLONES static void quantize_group(const struct quant_spec *s, struct quant_group g, const float *w,
                                  size_t n, int16_t *q)
{
	float levels = (float)quant_levels(s->bits);
	float limit = s->scale == SCALE_AUTHORS ? 32767.0f : levels;

	if (!(g.scale >
	      0)) { /* nothing to scale by: all weights are zero or, for authors, negative */
		for (size_t i = 0; i < n; i++)
			q[i] = 0;
		return;
	}
	if (s->round == ROUND_NEAREST)
		for (size_t i = 0; i < n; i++)
			q[i] = to_integer(w[i] / g.scale * levels, true, limit);
	else
		for (size_t i = 0; i < n; i++)
			q[i] = to_integer(w[i] / g.scale * levels, false, limit);
}

static void dequantize_group(const struct quant_spec *s, struct quant_group g, const int16_t *q,
                             size_t n, float *w)
{
	float levels = (float)quant_levels(s->bits);

	for (size_t i = 0; i < n; i++)
		w[i] = (float)q[i] * g.scale / levels;
}

CLONES static void to_wire(unsigned wire_bits, struct quant_group g, const int16_t *q, size_t n,
                           uint16_t *wire)
{
	const uint16_t sign = (uint16_t)(1u << (wire_bits - 1));

	(void)g;
	for (size_t i = 0; i < n; i++)
		wire[i] = (uint16_t)(q[i] < 0 ? sign - q[i] : q[i]);
}

static void from_wire(unsigned wire_bits, struct quant_group g, const uint16_t *wire, size_t n,
                      int16_t *q)
{
	int sign = 1 << (wire_bits - 1);

	(void)g;
	for (size_t i = 0; i < n; i++)
		q[i] = (int16_t)(wire[i] & sign ? sign - (int)wire[i] : (int)wire[i]);
}

const struct quantizer quantizer_symmetric = {
	.name = "symmetric",
	.help = "uniform, sign-magnitude, one scale per model, tensor or channel",
	.min_bits = 2,
	.max_bits = 16,
	.symbols_per_weight = 1,
	.trims = true,
	.uses_round = true,
	.uses_scope = true,
	.has_authors = true,
	.fit = fit,
	.quantize = quantize_group,
	.dequantize = dequantize_group,
	.to_wire = to_wire,
	.from_wire = from_wire,
};
