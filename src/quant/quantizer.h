/* Quantizers: floats to small integers, the first lossy step.
 *
 * Integers are stored relative to the zero point, so 0 is always the weight zero; every later
 * stage relies on it. The `wire` form (unsigned, wire_bits wide) is what codecs see:
 * symmetric: sign-magnitude, sign in the top bit; affine: q mod 2^bits; none: the raw half.
 * Arithmetic is IEEE single precision, left to right as the formulas stand, so that results equal
 * the published scripts' and are the same on every machine. */
#ifndef HCB_QUANT_QUANTIZER_H
#define HCB_QUANT_QUANTIZER_H

#include "base/arena.h"
#include "base/err.h"
#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quant_scope { SCOPE_GLOBAL, SCOPE_TENSOR, SCOPE_CHANNEL, N_SCOPES };
enum quant_round { ROUND_NEAREST, ROUND_TRUNCATE, N_ROUNDS }; /* half away from zero; toward zero */
enum quant_scale { SCALE_MAX, SCALE_AUTHORS, N_SCALES };      /* largest |w|; largest positive w */

struct quantizer;

struct quant_spec {
	const struct quantizer *quantizer;
	unsigned bits; /* counts the sign */
	enum quant_scope scope;
	enum quant_round round;
	enum quant_scale scale;
};

/* What one scale group (all kernels, a tensor, a channel) was quantized with. */
struct quant_group {
	float scale;  /* symmetric: s of q = round(w / s * L). affine: the step. 0: all weights 0 */
	int32_t zero; /* affine: integer zero point in 0..2^bits-1; else 0 */
	bool on_grid; /* affine: the weights are multiples of the step, whatever the rounding */
};

struct qkernel {
	size_t n;        /* integers: weights x quantizer->symbols_per_weight */
	int16_t *q;      /* canonical order of struct kernel */
	size_t n_groups; /* 1, or channels */
	struct quant_group *group;
};

struct quantized {
	struct arena arena;
	struct quant_spec spec;
	unsigned wire_bits; /* = bits, or more where `authors` leaves magnitudes above L */
	size_t n_kernels;
	struct qkernel *kernel; /* same order as model->kernels */
};

struct quantizer {
	const char *name, *help;
	unsigned min_bits, max_bits;
	unsigned symbols_per_weight;
	bool trims;      /* whether trim and clip make sense on its integers */
	bool uses_round; /* axes that do not apply are fixed to their first value */
	bool uses_scope;
	bool has_authors; /* whether scale=authors exists */
	bool zero_point;  /* a zero point of `bits` bits is stored per group */

	/* Chooses the group parameters from the weights of one group. Run r is kernel r of m, which
	 * takes a rest when it is done; m may be NULL. */
	struct quant_group (*fit)(const struct quant_spec *s, const float *const *runs,
	                          const size_t *run_n, size_t n_runs, const struct model *m);
	/* n weights of one group to integers and back. */
	void (*quantize)(const struct quant_spec *s, struct quant_group g, const float *w, size_t n,
	                 int16_t *q);
	void (*dequantize)(const struct quant_spec *s, struct quant_group g, const int16_t *q,
	                   size_t n, float *w);
	/* Integers to wire form of `wire_bits` bits and back. */
	void (*to_wire)(unsigned wire_bits, struct quant_group g, const int16_t *q, size_t n,
	                uint16_t *wire);
	void (*from_wire)(unsigned wire_bits, struct quant_group g, const uint16_t *wire, size_t n,
	                  int16_t *q);
};

#define QUANTIZERS(X)        X(symmetric) X(affine) X(none)

#define DECLARE_QUANTIZER(n) extern const struct quantizer quantizer_##n;
QUANTIZERS(DECLARE_QUANTIZER)
#undef DECLARE_QUANTIZER

extern const struct quantizer *const quantizers[];
extern const size_t n_quantizers;
const struct quantizer *quantizer_find(const char *name); /* NULL: unknown */

/* Largest magnitude level L = 2^(bits-1) - 1 of a sign-magnitude code. */
static inline int quant_levels(unsigned bits)
{
	return (1 << (bits - 1)) - 1;
}

/* Refuses bits, scope, rounding or scale that the quantizer does not have (ST_USAGE). */
enum status quant_check(const struct quant_spec *s, struct err *e);

/* Quantizes all kernels of m. *out is the
 * caller's, freed by quantized_free. */
enum status quantize(struct quantized **out, const struct model *m, const struct quant_spec *s,
                     struct err *e);
void quantized_free(struct quantized *q);

/* The same without the integers, every q is NULL: quantize_kernel() makes those of kernel k when
 * they are wanted. For one walk over the kernels, which take a rest in between (model_rest()). */
enum status quantize_scales(struct quantized **out, const struct model *m,
                            const struct quant_spec *s, struct err *e);
void quantize_kernel(const struct quantized *qz, const struct model *m, size_t k, int16_t *q);

/* Weights of kernel k from integers q (of q's layout, e.g. after trimming) into w. */
void dequantize(const struct quantized *qz, const struct kernel *k, size_t index, const int16_t *q,
                float *w);
void quant_to_wire(const struct quantized *qz, size_t index, const int16_t *q, uint16_t *wire);
void quant_from_wire(const struct quantized *qz, size_t index, const uint16_t *wire, int16_t *q);

/* Side information that the quantizer stores for a kernel: 32 bits per scale, and `bits` per zero
 * point. */
size_t quant_side_bits(const struct quant_spec *s, const struct kernel *k);

#endif
