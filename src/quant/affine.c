/* Affine: 2^bits levels between the smallest and the largest weight (both widened to include 0),
 * with an integer zero point: step = (max - min) / (2^bits - 1), zero = round(-min / step),
 * code = clamp(round(w / step) + zero, 0, 2^bits - 1), w' = (code - zero) * step. Stored: q = code
 * - zero. Weights that lie on a grid of at most 2^bits levels already keep its step, which their
 * extremes need not give: the levels at the ends may not occur (affine_grid.h). */
#include "quant/affine_grid.h"

static struct quant_group fit(const struct quant_spec *s, const float *const *runs,
                              const size_t *run_n, size_t n_runs, const struct model *m)
{
	float low = 0, high = 0, levels = (float)((1 << s->bits) - 1);
	struct quant_group g = { 0 };
	struct weights all = { runs, run_n, n_runs, 0, 0, m };

	for (size_t r = 0; r < n_runs; r++) {
		for (size_t i = 0; i < run_n[r]; i++) {
			low = runs[r][i] < low ? runs[r][i] : low;
			high = runs[r][i] > high ? runs[r][i] : high;
		}
		if (m)
			model_rest(m, r);
	}
	all.low = low;
	all.high = high;
	if (affine_grid(&all, (1 << s->bits) - 1, &g))
		return g;
	g.scale =
	        high / levels - low / levels; /* each term is finite even where high - low is not */
	if (g.scale > 0)
		g.zero = (int32_t)(-low / g.scale + 0.5f);
	return g;
}

static void quantize_group(const struct quant_spec *s, struct quant_group g, const float *w,
                           size_t n, int16_t *q)
{
	float low = (float)-g.zero, high = (float)((1 << s->bits) - 1 - g.zero);

	for (size_t i = 0; i < n; i++) {
		float x = g.scale > 0 ? w[i] / g.scale : 0;
		int v;

		x = x < low ? low : x > high ? high : x;
		v = (int)x;
		if (s->round == ROUND_NEAREST || g.on_grid) /* a multiple, up to its rounding */
			v += (x - (float)v >= 0.5f) - (x - (float)v <= -0.5f);
		q[i] = (int16_t)v;
	}
}

static void dequantize_group(const struct quant_spec *s, struct quant_group g, const int16_t *q,
                             size_t n, float *w)
{
	(void)s;
	for (size_t i = 0; i < n; i++)
		w[i] = (float)q[i] * g.scale;
}

static void to_wire(unsigned wire_bits, struct quant_group g, const int16_t *q, size_t n,
                    uint16_t *wire)
{
	(void)g;
	for (size_t i = 0; i < n; i++)
		wire[i] = (uint16_t)((unsigned)q[i] & ((1u << wire_bits) - 1));
}

static void from_wire(unsigned wire_bits, struct quant_group g, const uint16_t *wire, size_t n,
                      int16_t *q)
{
	int highest = (1 << wire_bits) - 1 - g.zero;

	for (size_t i = 0; i < n; i++)
		q[i] = (int16_t)((int)wire[i] <= highest ? (int)wire[i]
		                                         : (int)wire[i] - (1 << wire_bits));
}

const struct quantizer quantizer_affine = {
	.name = "affine",
	.help = "2^bits levels with an integer zero point: of min/max, or of the weights' own grid",
	.min_bits = 2,
	.max_bits = 15,
	.symbols_per_weight = 1,
	.trims = true,
	.uses_round = true,
	.uses_scope = true,
	.zero_point = true,
	.fit = fit,
	.quantize = quantize_group,
	.dequantize = dequantize_group,
	.to_wire = to_wire,
	.from_wire = from_wire,
};
