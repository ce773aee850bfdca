/* Context-adaptive binary arithmetic coding of weights, as DeepCABAC and the Neural Network Coding
 * standard made of it have it. This is the lossless part: the rate-distortion-optimized
 * quantization that DeepCABAC chooses its integers by is a lossy step and not here.
 *
 * One symbol v, in signed form, is these bins, adaptive unless they are said to be plain:
 *   significant      v != 0; context: how many of the two symbols before are not 0
 *   negative         v < 0; context: the symbol before is 0, negative, positive
 *   greater than i   |v| > i for i = 1..FLAGS until one says no; context: i, sign
 *   remainder        r = |v| - FLAGS - 1 in Exp-Golomb order 0: k = floor(log2(r + 1)) ones and a
 *                    zero, context: how many before, then the k low bits of r + 1, plain
 * A bin that the width leaves no choice about is not sent: no greater-than flag at the largest
 * magnitude of the sign, 2^(bits-1) - 1 or, negative, 2^(bits-1).
 *
 * How a symbol is signed depends on the quantizer, which the code does not know. One plain bin in
 * front says it: 0, sign-magnitude (the top bit is the sign; magnitude 0 with that bit set stands
 * for -2^(bits-1)), or 1, two's complement; the encoder takes what has the smaller magnitudes in
 * total.
 *
 * The probability of a 1 is the mean of two estimates of 16 bits, one fast and one slow (as in the
 * standard): x += (65535 - x) >> s after a 1, x -= x >> s after a 0, where s is FAST or SLOW but
 * starts as floor(log2(bins seen + 1)) + 1. Both begin at 2^15. */
#include "base/bits.h"
#include "codec/range_coder.h"

enum { FAST = 6, SLOW = 8, MAX_FLAGS = 64, MAX_PREFIX = 17 };

struct bin {
	uint16_t fast, slow;
	uint16_t seen; /* up to 2^SLOW */
};

/* What coder and decoder know alike. */
struct weights_model {
	struct bin significant[3], negative[3], greater[2][MAX_FLAGS], prefix[MAX_PREFIX];
	unsigned flags;
	uint32_t half; /* 2^(bits-1) */
	bool twos;
	unsigned before, before_that; /* 0: zero, 1: negative, 2: positive */
};

static void start(struct weights_model *m, unsigned flags, unsigned bits)
{
	const struct bin even = { 1u << 15, 1u << 15, 0 };

	*m = (struct weights_model){ .flags = flags, .half = (uint32_t)1 << (bits - 1) };
	for (int i = 0; i < 3; i++)
		m->significant[i] = m->negative[i] = even;
	for (int i = 0; i < MAX_FLAGS; i++)
		m->greater[0][i] = m->greater[1][i] = even;
	for (int i = 0; i < MAX_PREFIX; i++)
		m->prefix[i] = even;
}

static uint32_t probability(const struct bin *b)
{
	return ((uint32_t)b->fast + b->slow) >> 1;
}

static uint16_t step(uint32_t x, unsigned bin, unsigned shift)
{
	return (uint16_t)(bin ? x + ((65535u - x) >> shift) : x - (x >> shift));
}

static void adapt(struct bin *b, unsigned bin)
{
	unsigned early = 32u - (unsigned)__builtin_clz(b->seen + 1u);

	b->fast = step(b->fast, bin, early < FAST ? early : (unsigned)FAST);
	b->slow = step(b->slow, bin, early < SLOW ? early : (unsigned)SLOW);
	if (b->seen < 1 << SLOW)
		b->seen++;
}

static struct bin *significant_of(struct weights_model *m)
{
	return &m->significant[(m->before != 0) + (m->before_that != 0)];
}

static void remember(struct weights_model *m, uint32_t magnitude, unsigned negative)
{
	m->before_that = m->before;
	m->before = !magnitude ? 0 : negative ? 1 : 2;
}

static uint32_t largest(const struct weights_model *m, unsigned negative)
{
	return negative ? m->half : m->half - 1;
}

/* |v| of a wire symbol; the sign is its top bit either way. */
static uint32_t magnitude_of(uint32_t wire, uint32_t half, bool twos)
{
	return wire < half ? wire : twos || wire == half ? 2 * half - wire : wire - half;
}

static uint16_t wire_of(uint32_t magnitude, unsigned negative, const struct weights_model *m)
{
	if (!negative)
		return (uint16_t)magnitude;
	return (uint16_t)(m->twos || magnitude == m->half ? 2 * m->half - magnitude
	                                                  : m->half + magnitude);
}

static bool two_is_smaller(const struct symbols *s)
{
	uint32_t half = (uint32_t)1 << (s->bits - 1);
	uint64_t sum[2] = { 0, 0 };

	for (size_t i = 0; i < s->n; i++) {
		sum[0] += magnitude_of(s->v[i], half, false);
		sum[1] += magnitude_of(s->v[i], half, true);
	}
	return sum[1] < sum[0];
}

static void put(struct range_encoder *c, struct bin *b, unsigned bin)
{
	range_encode(c, probability(b), bin);
	adapt(b, bin);
}

static unsigned get(struct range_decoder *d, struct bin *b)
{
	unsigned bin = range_decode(d, probability(b));

	adapt(b, bin);
	return bin;
}

static void put_remainder(struct range_encoder *c, struct weights_model *m, uint32_t r)
{
	unsigned k = 31 - (unsigned)__builtin_clz(r + 1);

	for (unsigned i = 0; i < k; i++)
		put(c, &m->prefix[i], 1);
	put(c, &m->prefix[k], 0);
	range_encode_bypass(c, (r + 1) & ((1u << k) - 1), k);
}

static void put_symbol(struct range_encoder *c, struct weights_model *m, uint32_t wire)
{
	unsigned negative = wire >= m->half, i = 1;
	uint32_t magnitude = magnitude_of(wire, m->half, m->twos), most = largest(m, negative);

	put(c, significant_of(m), magnitude != 0);
	if (magnitude) {
		put(c, &m->negative[m->before], negative);
		for (; i <= m->flags && i < most && i <= magnitude; i++)
			put(c, &m->greater[negative][i - 1], magnitude > i);
		if (magnitude > m->flags && m->flags + 1 < most)
			put_remainder(c, m, magnitude - m->flags - 1);
	}
	remember(m, magnitude, negative);
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	struct range_encoder r = range_encoder_new();
	struct weights_model m;
	enum status rc;

	if (layer->n == 0)
		return bit_string_alloc(&c->stream, 0, e);
	start(&m, p->arg[0], layer->bits);
	m.twos = two_is_smaller(layer);
	range_encode_bypass(&r, m.twos, 1);
	for (size_t i = 0; i < layer->n; i++)
		put_symbol(&r, &m, layer->v[i]);
	range_finish(&r);
	rc = r.fail ? err_nomem(e) : bytes_to_bits(r.out, r.n, &c->stream, e);
	free(r.out);
	return rc;
}

/* False: longer than any that is sent. */
static bool get_remainder(struct range_decoder *d, struct weights_model *m, uint32_t *r)
{
	unsigned k = 0;

	while (k < MAX_PREFIX && get(d, &m->prefix[k]))
		k++;
	*r = ((1u << k) | range_decode_bypass(d, k)) - 1;
	return k < MAX_PREFIX;
}

static bool get_symbol(struct range_decoder *d, struct weights_model *m, uint16_t *wire)
{
	uint32_t magnitude = get(d, significant_of(m)), rest = 0;
	unsigned negative = 0;

	if (magnitude) {
		uint32_t most;

		negative = get(d, &m->negative[m->before]);
		most = largest(m, negative);
		while (magnitude <= m->flags && magnitude < most &&
		       get(d, &m->greater[negative][magnitude - 1]))
			magnitude++;
		if (magnitude > m->flags && magnitude < most && !get_remainder(d, m, &rest))
			return false;
		magnitude += rest;
		if (magnitude > most)
			return false;
	}
	*wire = wire_of(magnitude, negative, m);
	remember(m, magnitude, negative);
	return true;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct range_decoder d = range_decoder_on(&c->stream);
	struct weights_model m;
	bool good = n ? c->stream.n_bits > 0 : c->stream.n_bits == 0;

	start(&m, p->arg[0], bits);
	if (n)
		m.twos = range_decode_bypass(&d, 1);
	for (size_t i = 0; i < n && good; i++)
		good = get_symbol(&d, &m, &v[i]) && !range_overrun(&d);
	if (!good || (n && !range_at_end(&d)))
		return err_set(e, ST_DATA,
		               "cabac stream: damaged, %zu bits for %zu symbols of %u bits",
		               c->stream.n_bits, n, bits);
	return ST_OK;
}

const struct codec codec_cabac = {
	.name = "cabac",
	.help = "adaptive binary arithmetic code: zero, sign, FLAGS greater-than flags, Exp-Golomb",
	.family = "entropy",
	.source = "Wiedemann et al., DeepCABAC, IEEE JSTSP 14(4) 2020, arXiv 1907.11900; "
	          "ISO/IEC 15938-17; without their quantization",
	.arg = { { "flags", 1, MAX_FLAGS, 10 } },
	.uses_order = true,
	.encode = encode,
	.decode = decode,
};
