/* Golomb-Rice code: u as u / 2^k zeros, a one, and the k low bits of u. As in JPEG-LS the zeros are
 * limited, so that no symbol is far longer than it is raw: where there would be 24 or more, 24
 * zeros and then all bits of u. */
#include "codec/signed_code.h"

enum { ESCAPE = 24 };

static inline unsigned length(uint32_t u, unsigned k, unsigned bits)
{
	uint32_t zeros = u >> k;

	return zeros < ESCAPE ? zeros + 1 + k : ESCAPE + bits;
}

static inline void put(struct bit_writer *w, uint32_t u, unsigned k, unsigned bits)
{
	uint32_t low = u & (((uint32_t)1 << k) - 1);

	bits_put(w, u >> k < ESCAPE ? ((uint32_t)1 << k | low) : u, length(u, k, bits));
}

static inline uint64_t get(struct bit_reader *r, unsigned k, unsigned bits)
{
	uint64_t window = bits_peek(r), u;
	unsigned zeros = window ? (unsigned)__builtin_clzll(window) : ESCAPE;

	if (zeros >= ESCAPE) {
		u = window_top(window << ESCAPE, bits);
		bits_skip(r, ESCAPE + bits);
		r->fail |= u >> k < ESCAPE; /* that has a code of its own */
	} else {
		u = (uint64_t)zeros << k | window_top(window << (zeros + 1), k);
		bits_skip(r, zeros + 1 + k);
	}
	return u;
}

static const struct signed_code code = { "golomb", length, put, get };

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	return signed_sizes(&code, s, p->arg[0], out, e);
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	return signed_encode(&code, &s->layer[l], p->arg[0], &c->stream, e);
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	return signed_decode(&code, &c->stream, p->arg[0], bits, v, n, e);
}

const struct codec codec_golomb = {
	.name = "golomb",
	.help = "Golomb-Rice code of the signed values with K low bits; 16: the best K per layer",
	.family = "entropy",
	.source = "Golomb 1966, doi 10.1109/TIT.1966.1053907; Rice 1979, JPL 79-22; limited as in "
	          "ITU-T T.87 A.5.3",
	.arg = { { "k", 0, SIGNED_BEST_K, SIGNED_BEST_K } },
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
};
