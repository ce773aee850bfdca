/* The null codec: every symbol as it is, `bits` wide, no words, no padding between symbols. */
#include "base/bits.h"
#include "codec/codec.h"

static void sizes(const struct source *s, const struct codec_params *p, struct coded_sizes *out)
{
	(void)p;
	out->shared_bits = 0;
	for (size_t l = 0; l < s->n_layers; l++) {
		out->table_bits[l] = 0;
		out->layer_bits[l] = s->layer[l].n * s->bits;
	}
}

static enum status encode(const struct source *s, const struct codec_params *p, struct coded *out,
                          struct err *e)
{
	enum status rc = coded_alloc(out, s->n_layers, e);

	(void)p;
	for (size_t l = 0; l < s->n_layers && !rc; l++) {
		size_t n_bits = s->layer[l].n * s->bits;
		struct bit_writer w;

		rc = bit_string_alloc(&out->layer[l], n_bits, e);
		if (rc)
			break;
		w = bit_writer_on(out->layer[l].words, n_bits);
		bits_put_run(&w, s->layer[l].v, s->layer[l].n, s->bits);
		out->layer[l].n_bits = w.n_bits;
	}
	return rc;
}

static enum status decode(const struct coded *c, size_t l, const struct codec_params *p,
                          unsigned bits, uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->layer[l].words, c->layer[l].n_bits);

	(void)p;
	bits_get_run(&r, v, n, bits);
	if (r.fail || r.pos != r.n_bits)
		return err_set(e, ST_DATA,
		               "raw stream of layer %zu: %zu bits do not hold %zu "
		               "symbols of %u bits",
		               l, r.n_bits, n, bits);
	return ST_OK;
}

static void lengths(const struct source *s, size_t l, const struct codec_params *p,
                    struct code_lengths *out)
{
	(void)p;
	out->n = s->layer[l].n;
	out->symbols_per_code = 1;
	out->longest_bits = s->bits;
	for (size_t i = 0; i < out->n; i++)
		out->length_bits[i] = (uint16_t)s->bits;
}

const struct codec codec_raw = {
	.name = "raw",
	.help = "symbols as they are, b bits each (null codec)",
	.decoder = "none",
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
	.lengths = lengths,
};
