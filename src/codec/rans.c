/* Range variant of asymmetric numeral systems, renormalised byte by byte.
 *
 * Frequencies f add up to M = 2^PRECISION (more where the alphabet needs it, see
 * frequencies_log()); c is the sum of the frequencies of the symbols before. Between symbols the
 * state x is in 2^23 .. 2^31-1. Encoding a symbol: while x >= 2^31 / M * f send the low byte of x
 * and shift it out; x = x / f * M + x mod f + c. Decoding: the symbol is the one that x mod M falls
 * to; x = f (x / M) + x mod M - c; while x < 2^23 shift a byte in.
 *
 * The encoder goes from the last symbol to the first, starting at x = 2^23. The stream is its final
 * state, 32 bits, then the bytes in the order of the decoder, which must end at x = 2^23. A layer
 * of no symbols has no stream. */
#include <stdlib.h>

#include "codec/frequencies.h"

enum { LOW_BITS = 23, LOW = 1 << LOW_BITS, STATE_BITS = 32, MOST_BYTES = 3 };

struct interval {
	uint32_t first, frequency;
};

struct rans {
	struct symbol_list list; /* of frequencies */
	unsigned precision;
	uint16_t *slot;            /* 2^precision: whose interval */
	struct interval *interval; /* of each symbol below 2^bits that occurs */
};

static void release(struct rans *t)
{
	symbol_list_release(&t->list);
	free(t->slot);
	free(t->interval);
	*t = (struct rans){ 0 };
}

static enum status open_table(struct rans *t, const struct code *c, const struct codec_params *p,
                              unsigned bits, struct err *e)
{
	const struct bit_string *stored = p->scope == DICT_MODEL ? &c->shared : &c->table;
	uint32_t first = 0;
	enum status rc;

	*t = (struct rans){ 0 };
	rc = frequencies_read(&t->list, stored, bits, p->arg[0], e);
	if (rc)
		return rc;
	t->precision = frequencies_log(t->list.n, p->arg[0]);
	t->slot = malloc(sizeof(*t->slot) << t->precision);
	t->interval = malloc(sizeof(*t->interval) << bits);
	if (!t->slot || !t->interval)
		return err_nomem(e);
	for (size_t i = 0; i < t->list.n; i++) {
		uint32_t f = (uint32_t)t->list.number[i];

		t->interval[t->list.symbol[i]] = (struct interval){ first, f };
		for (uint32_t j = 0; j < f; j++)
			t->slot[first + j] = t->list.symbol[i];
		first += f;
	}
	return ST_OK;
}

/* From the last symbol to the first, bytes in front of `end`; returns how many, the state in x. */
static size_t send(const struct rans *t, const struct symbols *l, unsigned char *end, uint32_t *x)
{
	unsigned char *at = end;
	uint32_t state = LOW;

	for (size_t i = l->n; i-- > 0;) {
		struct interval s = t->interval[l->v[i]];
		uint64_t most = (uint64_t)s.frequency << (LOW_BITS + 8 - t->precision);

		for (; state >= most; state >>= 8)
			*--at = (unsigned char)state;
		state = (state / s.frequency << t->precision) + state % s.frequency + s.first;
	}
	*x = state;
	return (size_t)(end - at);
}

/* A symbol sends at most three bytes; pages of the buffer that nothing reaches cost nothing. */
static enum status put_stream(const struct rans *t, const struct symbols *l, struct bit_string *out,
                              struct err *e)
{
	size_t cap = l->n * MOST_BYTES, n;
	struct bit_writer w;
	unsigned char *bytes;
	uint32_t x;
	enum status rc;

	if (!l->n)
		return bit_string_alloc(out, 0, e);
	bytes = malloc(cap);
	if (!bytes)
		return err_nomem(e);
	n = send(t, l, bytes + cap, &x);
	rc = bit_string_alloc(out, STATE_BITS + 8 * n, e);
	if (!rc) {
		w = bit_writer_on(out->words, STATE_BITS + 8 * n);
		bits_put(&w, x, STATE_BITS);
		for (size_t i = cap - n; i < cap; i++)
			bits_put(&w, bytes[i], 8);
		out->n_bits = w.n_bits;
	}
	free(bytes);
	return rc;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	struct rans t = { 0 };
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = frequencies_write(&s->layer[l], 1, s->bits, p->arg[0], &c->table, e);
	if (!rc)
		rc = open_table(&t, c, p, s->bits, e);
	if (!rc)
		rc = put_stream(&t, &s->layer[l], &c->stream, e);
	release(&t);
	return rc;
}

static bool get_stream(const struct rans *t, struct bit_reader *r, uint16_t *v, size_t n)
{
	uint32_t mask = ((uint32_t)1 << t->precision) - 1, x;

	if (!n)
		return r->n_bits == 0;
	x = (uint32_t)bits_get(r, STATE_BITS);
	if (!t->list.n || x < LOW || x >> (LOW_BITS + 8))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t at = x & mask;
		uint16_t symbol = t->slot[at];
		struct interval s = t->interval[symbol];

		v[i] = symbol;
		x = s.frequency * (x >> t->precision) + at - s.first;
		while (x < LOW && !r->fail)
			x = x << 8 | (uint32_t)bits_get(r, 8);
		if (r->fail)
			return false;
	}
	return r->pos == r->n_bits && x == LOW;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	struct rans t = { 0 };
	enum status rc = open_table(&t, c, p, bits, e);

	if (!rc && !get_stream(&t, &r, v, n))
		rc = err_set(e, ST_DATA, "rans: %zu bits are no stream of %zu symbols", r.n_bits,
		             n);
	release(&t);
	return rc;
}

const struct codec codec_rans = {
	.name = "rans",
	.help = "range asymmetric numeral systems, frequencies of PRECISION bits, 32-bit state",
	.family = "entropy",
	.source = "Duda 2013, arXiv 1311.2540; byte-wise as Giesen 2014, arXiv 1402.3392",
	.arg = { { "precision", FREQUENCIES_LEAST, FREQUENCIES_MOST, 12 } },
	.uses_scope = true,
	.uses_order = true,
	.encode_shared = frequencies_shared,
	.encode = encode,
	.decode = decode,
};
