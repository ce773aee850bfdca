/* The null codec: every symbol as it is, `bits` wide, no words, no padding between symbols. */
#include "base/bits.h"
#include "codec/codec.h"

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	(void)p;
	(void)e;
	out->shared_bits = 0;
	for (size_t l = 0; l < s->n_layers; l++) {
		out->table_bits[l] = 0;
		out->layer_bits[l] = s->layer[l].n * s->bits;
	}
	return ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	size_t n_bits = s->layer[l].n * s->bits;
	struct bit_writer w;
	enum status rc = bit_string_alloc(&c->stream, n_bits, e);

	(void)p;
	if (rc)
		return rc;
	w = bit_writer_on(c->stream.words, n_bits);
	bits_put_run(&w, s->layer[l].v, s->layer[l].n, s->bits);
	c->stream.n_bits = w.n_bits;
	return ST_OK;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);

	(void)p;
	bits_get_run(&r, v, n, bits);
	if (r.fail || r.pos != r.n_bits)
		return err_set(e, ST_DATA,
		               "raw stream: %zu bits do not hold %zu symbols of %u bits", r.n_bits,
		               n, bits);
	return ST_OK;
}

static enum status lengths(const struct source *s, size_t l, const struct codec_params *p,
                           const struct bit_string *shared, struct code_lengths *out, struct err *e)
{
	(void)p;
	(void)shared;
	(void)e;
	out->n = s->layer[l].n;
	out->symbols_per_code = 1;
	out->longest_bits = s->bits;
	for (size_t i = 0; i < out->n; i++)
		out->length_bits[i] = (uint16_t)s->bits;
	return ST_OK;
}

const struct codec codec_raw = {
	.name = "raw",
	.help = "symbols as they are, b bits each (null codec)",
	.family = "plain",
	.source = "none needed",
	.decoder = "none",
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
	.lengths = lengths,
};
