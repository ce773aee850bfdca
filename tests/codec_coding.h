/* A whole source through one codec, for tests. */
#ifndef HCB_TESTS_CODEC_CODING_H
#define HCB_TESTS_CODEC_CODING_H

#include <criterion/criterion.h>

#include "codec/codec.h"

enum { CODING_LAYERS = 8 };

struct coding {
	struct bit_string shared;
	struct code layer[CODING_LAYERS];
	size_t n_layers;
};

static inline struct source source_of(struct symbols *layers, size_t n)
{
	return (struct source){ .n_layers = n, .layer = layers, .bits = layers[0].bits };
}

static inline void code_layers(struct coding *out, const struct codec *c, const struct source *s,
                               const struct codec_params *p)
{
	struct err e;

	*out = (struct coding){ .n_layers = s->n_layers };
	if (c->encode_shared)
		cr_assert_eq(c->encode_shared(s, p, &out->shared, &e), ST_OK, "%s: %s", c->name,
		             e.msg);
	for (size_t l = 0; l < s->n_layers; l++) {
		out->layer[l].shared = out->shared;
		cr_assert_eq(c->encode(s, l, p, &out->layer[l], &e), ST_OK, "%s: %s", c->name,
		             e.msg);
	}
}

static inline void coding_release(struct coding *c)
{
	for (size_t l = 0; l < c->n_layers; l++)
		code_release(&c->layer[l]);
	bit_string_release(&c->shared);
}

#endif
