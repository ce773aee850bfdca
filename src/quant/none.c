/* The null quantizer: fp32 passes through as two 16-bit halves per weight, high half first. The
 * baseline of every figure, and a test of everything behind it. */
#include "quant/quantizer.h"

#include <string.h>

static struct quant_group fit(const struct quant_spec *s, const float *const *runs,
                              const size_t *run_n, size_t n_runs, const struct model *m)
{
	(void)s;
	(void)runs;
	(void)run_n;
	(void)n_runs;
	(void)m;
	return (struct quant_group){ .scale = 1 };
}

static void quantize_group(const struct quant_spec *s, struct quant_group g, const float *w,
                           size_t n, int16_t *q)
{
	(void)s;
	(void)g;
	for (size_t i = 0; i < n; i++) {
		uint32_t u;

		memcpy(&u, &w[i], sizeof(u));
		q[2 * i] = (int16_t)(u >> 16);
		q[2 * i + 1] = (int16_t)(u & 0xffff);
	}
}

static void dequantize_group(const struct quant_spec *s, struct quant_group g, const int16_t *q,
                             size_t n, float *w)
{
	(void)s;
	(void)g;
	for (size_t i = 0; i < n; i++) {
		uint32_t u = (uint32_t)(uint16_t)q[2 * i] << 16 | (uint16_t)q[2 * i + 1];

		memcpy(&w[i], &u, sizeof(u));
	}
}

static void to_wire(unsigned wire_bits, struct quant_group g, const int16_t *q, size_t n,
                    uint16_t *wire)
{
	(void)wire_bits;
	(void)g;
	for (size_t i = 0; i < n; i++)
		wire[i] = (uint16_t)q[i];
}

static void from_wire(unsigned wire_bits, struct quant_group g, const uint16_t *wire, size_t n,
                      int16_t *q)
{
	(void)wire_bits;
	(void)g;
	for (size_t i = 0; i < n; i++)
		q[i] = (int16_t)wire[i];
}

const struct quantizer quantizer_none = {
	.name = "none",
	.help = "fp32 passes through unchanged",
	.min_bits = 32,
	.max_bits = 32,
	.symbols_per_weight = 2,
	.fit = fit,
	.quantize = quantize_group,
	.dequantize = dequantize_group,
	.to_wire = to_wire,
	.from_wire = from_wire,
};
