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

enum status coded_alloc(struct coded *out, size_t n_layers, struct err *e)
{
	*out = (struct coded){ .n_layers = n_layers };
	out->table = calloc(n_layers + 1, sizeof(*out->table));
	out->layer = calloc(n_layers + 1, sizeof(*out->layer));
	return out->table && out->layer ? ST_OK : err_nomem(e);
}

void coded_release(struct coded *c)
{
	free(c->shared.words);
	for (size_t l = 0; l < c->n_layers; l++) {
		if (c->table)
			free(c->table[l].words);
		if (c->layer)
			free(c->layer[l].words);
	}
	free(c->table);
	free(c->layer);
	*c = (struct coded){ 0 };
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
