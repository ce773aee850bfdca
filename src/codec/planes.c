/* dict's decisions in the layout of planes.h: what a processor decodes fastest. The stream is its
 * bytes, the dictionary stored as dict's is. */
#include "codec/planes.h"
#include "codec/bytewise.h"
#include "codec/dictionary.h"

#include <stdlib.h>

/* As planes_bytes(), before there is a dictionary. */
static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	const struct planes_dict d = { .group = p->group,
		                       .bits = s->bits,
		                       .index_bits = bits_for_index(p->arg[0]) };

	(void)e;
	dictionary_sizes(s, p, out);
	for (size_t l = 0; l < s->n_layers; l++)
		out->layer_bits[l] = 8 * planes_bytes(&d, s->words->layer_words[l],
		                                      words_hits(s->words, l, p->arg[0]));
	return ST_OK;
}

static enum status put_layer(const struct source *s, const struct codec_params *p, size_t l,
                             struct bit_string *out, struct err *e)
{
	const struct planes_dict d = { .entries = p->arg[0],
		                       .group = p->group,
		                       .bits = s->bits,
		                       .index_bits = bits_for_index(p->arg[0]) };
	const size_t n_words = s->words->layer_words[l];
	const size_t n_bytes = planes_bytes(&d, n_words, words_hits(s->words, l, p->arg[0]));
	uint32_t *rank = malloc((n_words + 1) * sizeof(*rank));
	uint8_t *bytes = calloc(n_bytes + 1, 1);
	enum status rc = rank && bytes ? ST_OK : err_nomem(e);

	if (!rc) {
		words_rank(s->words, s, l, 0, n_words, rank);
		planes_encode(&d, s->layer[l].v, s->layer[l].n, rank, bytes);
		rc = bytes_to_bits(bytes, n_bytes, out, e);
	}
	free(rank);
	free(bytes);
	return rc;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = dictionary_put(words_table(s->words, l), p, s->bits, DICTIONARY_ALL, &c->table,
		                    e);
	return rc ? rc : put_layer(s, p, l, &c->stream, e);
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const size_t n_bytes = c->stream.n_bits / 8;
	struct planes_dict d = { 0 };
	uint16_t *symbols;
	uint8_t *bytes = NULL;
	enum status rc;

	if (c->stream.n_bits % 8)
		return err_set(e, ST_DATA, "planes: a stream of %zu bits is not whole bytes",
		               c->stream.n_bits);
	rc = dictionary_get(dictionary_of(c, p), p, bits, &symbols, e);
	if (!rc)
		rc = planes_dict_make(&d, symbols, p->arg[0], p->group, bits, e);
	if (!rc && !(bytes = malloc(n_bytes + 1)))
		rc = err_nomem(e);
	for (size_t i = 0; !rc && i < n_bytes; i++)
		bytes[i] = bits_byte(&c->stream, i);
	if (!rc)
		rc = planes_decode16(&d, planes_path_best(), bytes, n_bytes, v, n, e);
	free(bytes);
	free(symbols);
	planes_dict_release(&d);
	return rc;
}

/* No decoder in hardware: a sequential one would need all three planes at once. */
const struct codec codec_planes = {
	.name = "planes",
	.help = "dict's code with flags, indices and raw words apart, for software",
	.family = "dictionary",
	.source = "hcbench (src/codec/planes.h); the code is HardCompress's, see dict",
	.arg = { { "entries", 1, WORDS_MAX_RANK, 0 } },
	.uses_words = true,
	.uses_scope = true,
	.uses_order = true,
	.sizes = sizes,
	.encode_shared = dictionary_put_shared,
	.encode = encode,
	.decode = decode,
};
