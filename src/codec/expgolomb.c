/* Exp-Golomb code of order k (integer_codes.h). */
#include "codec/signed_code.h"

static inline unsigned length(uint32_t u, unsigned k, unsigned bits)
{
	(void)bits;
	return expgolomb_bits(u, k);
}

static inline void put(struct bit_writer *w, uint32_t u, unsigned k, unsigned bits)
{
	(void)bits;
	expgolomb_put(w, u, k);
}

static inline uint64_t get(struct bit_reader *r, unsigned k, unsigned bits)
{
	(void)bits;
	return expgolomb_get(r, k);
}

static const struct signed_code code = { "expgolomb", length, put, get };

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

const struct codec codec_expgolomb = {
	.name = "expgolomb",
	.help = "Exp-Golomb code of order K of the signed values; 16: the best K per layer",
	.family = "entropy",
	.source = "Teuhola 1978, doi 10.1016/0020-0190(78)90024-8; signed as in ITU-T H.264 9.1.1",
	.arg = { { "k", 0, SIGNED_BEST_K, SIGNED_BEST_K } },
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
};
