/* What golomb and expgolomb share: symbols as signed numbers (signed_map.h) in a code with one
 * parameter k. A stream is the form (1 bit: two's complement), k (4 bits, where it is not given but
 * chosen per layer), and a code per symbol; both are chosen so that the layer is smallest, the
 * first of equals. A layer of no symbols has no stream. Private to the codec layer.
 *
 * The loops are inline so that each codec gets its own, with its own code inside. */
#ifndef HCB_CODEC_SIGNED_CODE_H
#define HCB_CODEC_SIGNED_CODE_H

#include "codec/codec.h"
#include "codec/integer_codes.h"
#include "codec/signed_map.h"

enum { SIGNED_K_BITS = 4, SIGNED_BEST_K = 1 << SIGNED_K_BITS };

struct signed_code {
	const char *name;
	/* Bits of u < 2^bits; they are at most 64. */
	unsigned (*length)(uint32_t u, unsigned k, unsigned bits);
	void (*put)(struct bit_writer *w, uint32_t u, unsigned k, unsigned bits);
	/* Latches fail on what is no code; the result may then be any number. */
	uint64_t (*get)(struct bit_reader *r, unsigned k, unsigned bits);
};

struct signed_choice {
	enum signed_form form;
	unsigned k;
	size_t n_bits; /* of the stream */
};

/* k: fixed, or SIGNED_BEST_K. */
enum status signed_choose(struct signed_choice *out, const struct signed_code *c,
                          const struct symbols *l, unsigned k, struct err *e);
enum status signed_sizes(const struct signed_code *c, const struct source *s, unsigned k,
                         struct coded_sizes *out, struct err *e);

static inline enum status signed_encode(const struct signed_code *c, const struct symbols *l,
                                        unsigned k, struct bit_string *out, struct err *e)
{
	struct signed_choice how;
	struct bit_writer w;
	enum status rc = signed_choose(&how, c, l, k, e);

	if (!rc)
		rc = bit_string_alloc(out, how.n_bits, e);
	if (rc || !l->n)
		return rc;
	w = bit_writer_on(out->words, how.n_bits);
	bits_put(&w, how.form, 1);
	if (k == SIGNED_BEST_K)
		bits_put(&w, how.k, SIGNED_K_BITS);
	for (size_t i = 0; i < l->n; i++)
		c->put(&w, signed_to_unsigned(l->v[i], l->bits, how.form), how.k, l->bits);
	out->n_bits = how.n_bits;
	return ST_OK;
}

static inline enum status signed_decode(const struct signed_code *c, const struct bit_string *in,
                                        unsigned k, unsigned bits, uint16_t *v, size_t n,
                                        struct err *e)
{
	struct bit_reader r = bit_reader_on(in->words, in->n_bits);
	enum signed_form form = n ? (enum signed_form)bits_get(&r, 1) : FORM_SIGN_MAGNITUDE;

	if (n && k == SIGNED_BEST_K)
		k = (unsigned)bits_get(&r, SIGNED_K_BITS);
	for (size_t i = 0; i < n && !r.fail; i++) {
		uint64_t u = c->get(&r, k, bits);

		r.fail |= u >> bits != 0;
		v[i] = (uint16_t)signed_from_unsigned((uint32_t)u, bits, form);
	}
	if (r.fail || r.pos != r.n_bits)
		return err_set(e, ST_DATA, "%s: %zu bits are no stream of %zu symbols", c->name,
		               r.n_bits, n);
	return ST_OK;
}

#endif
