#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define ENTRY(n) &codec_##n,
const struct codec *const codecs[] = { CODECS(ENTRY) };
const size_t n_codecs = sizeof(codecs) / sizeof(codecs[0]);

const struct codec *codec_find(const char *name)
{
	for (size_t i = 0; i < n_codecs; i++)
		if (!strcmp(codecs[i]->name, name))
			return codecs[i];
	return NULL;
}

enum status bit_string_alloc(struct bit_string *b, size_t cap_bits, struct err *e)
{
	/* one word more, so that an empty string is a valid pointer */
	b->words = calloc(bits_words(cap_bits) + 1, sizeof(*b->words));
	b->n_bits = 0;
	return b->words ? ST_OK : err_nomem(e);
}

void bit_string_release(struct bit_string *b)
{
	free(b->words);
	*b = (struct bit_string){ 0 };
}

void code_release(struct code *c)
{
	bit_string_release(&c->table);
	bit_string_release(&c->stream);
}

/* Each layer's code only until its size is known. */
static enum status sizes_by_encoding(const struct codec *c, const struct source *s,
                                     const struct codec_params *p, struct coded_sizes *out,
                                     struct err *e)
{
	struct bit_string shared = { 0 };
	enum status rc = c->encode_shared ? c->encode_shared(s, p, &shared, e) : ST_OK;

	out->shared_bits = shared.n_bits;
	for (size_t l = 0; l < s->n_layers && !rc; l++) {
		struct code code = { .shared = shared };

		rc = c->encode(s, l, p, &code, e);
		out->table_bits[l] = code.table.n_bits;
		out->layer_bits[l] = code.stream.n_bits;
		code_release(&code);
		symbols_rest(&s->layer[l]);
	}
	bit_string_release(&shared);
	return rc;
}

enum status codec_sizes(const struct codec *c, const struct source *s, const struct codec_params *p,
                        struct coded_sizes *out, struct err *e)
{
	return c->sizes ? c->sizes(s, p, out, e) : sizes_by_encoding(c, s, p, out, e);
}

struct bit_account account(const struct coded_sizes *sizes, const size_t *side_bits,
                           size_t n_layers, size_t port_bits)
{
	struct bit_account a = { .dict = sizes->shared_bits };
	size_t stored = bits_round_up(sizes->shared_bits, port_bits);

	for (size_t l = 0; l < n_layers; l++) {
		a.stream += sizes->layer_bits[l];
		a.dict += sizes->table_bits[l];
		a.side += side_bits[l];
		stored += bits_round_up(sizes->layer_bits[l], port_bits) +
		          bits_round_up(sizes->table_bits[l], port_bits) +
		          bits_round_up(side_bits[l], port_bits);
	}
	a.total = stored;
	a.padding = a.total - a.stream - a.dict - a.side;
	return a;
}
