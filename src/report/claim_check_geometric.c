/* How far a code shortens bytes whose value k has the probability p (1 - p)^k: the test data of
 * the FSE library's README, made again. */
#include "report/claim_check.h"

#include "base/text.h"
#include "codec/codec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A block of FSE's benchmark, and enough of them that rounding of the counts does not matter. */
enum { BLOCK = 1 << 15, N_BLOCKS = 8, N_SYMBOLS = BLOCK * N_BLOCKS, SYMBOL_BITS = 8 };

/* Counts by rounding down, what is left to the value 0; then shuffled with a fixed sequence
 * (Knuth's 64-bit linear congruential one), so that blocks are alike. */
static void fill(uint16_t *v, double p)
{
	size_t n = 0;
	uint64_t state = 1;

	for (unsigned k = 1; k < 1u << SYMBOL_BITS; k++) {
		size_t count = (size_t)(N_SYMBOLS * p * pow(1 - p, k));

		for (size_t i = 0; i < count && n < N_SYMBOLS; i++)
			v[n++] = (uint16_t)k;
	}
	while (n < N_SYMBOLS)
		v[n++] = 0;
	for (size_t i = N_SYMBOLS - 1; i > 0; i--) {
		size_t j;
		uint16_t swap = v[i];

		state = state * 6364136223846793005u + 1442695040888963407u;
		j = (size_t)((state >> 33) % (i + 1));
		v[i] = v[j];
		v[j] = swap;
	}
}

/* Encodes a block, decodes it and compares. */
static enum status code_block(const struct codec *c, const struct source *s,
                              const struct codec_params *p, size_t l, struct code *code,
                              uint16_t *back, double *bits, struct err *e)
{
	enum status rc = c->encode(s, l, p, code, e);

	if (!rc)
		rc = c->decode(code, p, SYMBOL_BITS, back, BLOCK, e);
	if (!rc && memcmp(back, s->layer[l].v, BLOCK * sizeof(*back)))
		rc = err_set(e, ST_INTERNAL, "%s does not decode what it encoded", c->name);
	*bits += (double)(code->table.n_bits + code->stream.n_bits);
	code_release(code);
	return rc;
}

static enum status code_all(const struct codec *c, uint16_t *v, double *bits, struct err *e)
{
	struct symbols layer[N_BLOCKS];
	struct source s = { .n_layers = N_BLOCKS, .layer = layer, .bits = SYMBOL_BITS };
	struct codec_params p = { .group = 1, .scope = DICT_LAYER };
	struct code code = { 0 };
	enum status rc = ST_OK;

	for (size_t i = 0; i < CODEC_MAX_ARGS; i++)
		p.arg[i] = c->arg[i].name ? c->arg[i].initial : 0;
	for (size_t l = 0; l < N_BLOCKS; l++)
		layer[l] = (struct symbols){ v + l * BLOCK, BLOCK, SYMBOL_BITS, NULL };
	if (c->encode_shared)
		rc = c->encode_shared(&s, &p, &code.shared, e);
	*bits = (double)code.shared.n_bits;
	for (size_t l = 0; l < N_BLOCKS && !rc; l++)
		rc = code_block(c, &s, &p, l, &code, v + N_SYMBOLS, bits, e);
	bit_string_release(&code.shared);
	return rc;
}

static enum status geometric_run(const char *argument, struct arena *a, struct claim_result *out,
                                 struct err *e)
{
	char name[32];
	const struct codec *c;
	double p, bits = 0;
	uint16_t *v;
	int end = 0;
	enum status rc;

	if (sscanf(argument, "%31s %n", name, &end) != 1 || !parse_double(argument + end, &p) ||
	    !(p > 0.01 && p < 0.99))
		return err_set(e, ST_USAGE, "geometric: '%.60s' is not CODEC P", argument);
	c = codec_find(name);
	if (!c || c->uses_words)
		return err_set(e, ST_USAGE, "geometric: '%s' is no codec of single symbols", name);
	v = ARENA_NEW(a, uint16_t, N_SYMBOLS + BLOCK);
	if (!v)
		return err_nomem(e);
	fill(v, p);
	rc = code_all(c, v, &bits, e);
	if (!rc && bits > 0)
		out->ours = (double)N_SYMBOLS * SYMBOL_BITS / bits;
	return rc;
}

const struct claim_check claim_check_geometric = {
	.name = "geometric",
	.help = "CODEC P: ratio of bytes with probabilities P (1 - P)^k, verified, tables included",
	.run = geometric_run,
};
