/* Run-length code of Eyeriss (Chen, Krishna, Emer, Sze, IEEE JSSC 52(1), 2017): pairs of a run of
 * zeros and the level after it, packed in 64-bit words with a last bit that says whether the word
 * is the last. Eyeriss has runs of 5 bits and levels of 16, three pairs a word: 3 x 21 + 1 = 64.
 * With other widths a word holds as many pairs as fit in 63 bits, floor(63 / (run + b)),
 * from its top bit on, the bits between them and the last one being 0.
 *
 * A run of more than 2^run - 1 zeros is sent in parts, pairs of the longest run and level 0, each
 * of which is 2^run zeros; zeros at the end of a layer likewise, the last of them being a level.
 * Unused pairs of the last word are 0. Without symbols there is no word. */
#include "base/bits.h"
#include "codec/codec.h"

#include <string.h>

struct format {
	unsigned run_bits, bits, pair_bits; /* of run, level, both */
	unsigned pairs;                     /* per word */
	size_t longest;                     /* run in one pair */
};

static struct format format_of(const struct codec_params *p, unsigned bits)
{
	struct format f = { .run_bits = p->arg[0], .bits = bits, .pair_bits = p->arg[0] + bits };

	f.pairs = 63 / f.pair_bits;
	f.longest = ((size_t)1 << f.run_bits) - 1;
	return f;
}

/* Symbols of the next pair: zeros and a level. n symbols are left. */
static size_t next_pair(const struct format *f, const uint16_t *v, size_t n)
{
	size_t run = 0, most = n - 1 < f->longest ? n - 1 : f->longest;

	while (run < most && !v[run])
		run++;
	return run + 1;
}

static size_t stream_bits(const struct symbols *l, const struct codec_params *p)
{
	struct format f = format_of(p, l->bits);
	size_t pairs = 0;

	for (size_t i = 0; i < l->n; pairs++)
		i += next_pair(&f, l->v + i, l->n - i);
	return (pairs + f.pairs - 1) / f.pairs * 64;
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	(void)e;
	out->shared_bits = 0;
	for (size_t l = 0; l < s->n_layers; l++) {
		out->table_bits[l] = 0;
		out->layer_bits[l] = stream_bits(&s->layer[l], p);
		symbols_rest(&s->layer[l]);
	}
	return ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	const struct format f = format_of(p, layer->bits);
	size_t n_bits = stream_bits(layer, p), i = 0;
	enum status rc = bit_string_alloc(&c->stream, n_bits, e);

	if (rc)
		return rc;
	for (size_t w = 0; w < n_bits / 64; w++) {
		uint64_t word = 0;

		for (unsigned k = 1; k <= f.pairs && i < layer->n; k++) {
			size_t symbols = next_pair(&f, layer->v + i, layer->n - i);

			i += symbols;
			word |= ((uint64_t)(symbols - 1) << f.bits | layer->v[i - 1])
			        << (64 - k * f.pair_bits);
		}
		c->stream.words[w] = word | (i == layer->n);
	}
	c->stream.n_bits = n_bits;
	return ST_OK;
}

/* The symbols of a word: zeros, and levels in v, which is zero. False: they are more than n, or
 * bits that must be 0 are not. *taken is how many they are. */
static bool get_word(const struct format *f, uint64_t word, uint16_t *v, size_t n, size_t *taken)
{
	const uint64_t level_mask = ((uint64_t)1 << f->bits) - 1;
	size_t i = 0;
	unsigned k = 0;

	for (; k < f->pairs && i < n; k++) {
		uint64_t pair = word >> (64 - f->pair_bits);
		size_t run = (size_t)(pair >> f->bits);

		if (run >= n - i)
			return false;
		i += run + 1;
		v[i - 1] = (uint16_t)(pair & level_mask);
		word <<= f->pair_bits;
	}
	*taken = i;
	return (word & ~((uint64_t)1 << k * f->pair_bits)) == 0;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const struct format f = format_of(p, bits);
	const size_t n_words = c->stream.n_bits / 64;
	size_t i = 0;

	if (c->stream.n_bits % 64)
		return err_set(e, ST_DATA, "rlc stream: %zu bits are not whole words of 64",
		               c->stream.n_bits);
	memset(v, 0, n * sizeof(*v));
	for (size_t w = 0; w < n_words; w++) {
		uint64_t word = c->stream.words[w];
		bool last = w == n_words - 1;
		size_t taken;

		if (i == n || !get_word(&f, word, v + i, n - i, &taken) || (word & 1) != last)
			return err_set(e, ST_DATA, "rlc stream: damaged word %zu of %zu", w,
			               n_words);
		i += taken;
	}
	if (i != n)
		return err_set(e, ST_DATA, "rlc stream: %zu symbols, expected %zu", i, n);
	return ST_OK;
}

/* A pair is taken with its first symbol, and the rest of a word with its last pair. */
static enum status lengths(const struct source *s, size_t l, const struct codec_params *p,
                           const struct bit_string *shared, struct code_lengths *out, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	struct format f = format_of(p, layer->bits);
	unsigned used = 0; /* bits of this word */

	(void)shared;
	(void)e;
	out->n = layer->n;
	out->symbols_per_code = 1;
	out->longest_bits = 64;
	for (size_t i = 0; i < layer->n;) {
		size_t symbols = next_pair(&f, layer->v + i, layer->n - i);
		bool last = i + symbols == layer->n || used == (f.pairs - 1) * f.pair_bits;

		memset(out->length_bits + i, 0, symbols * sizeof(*out->length_bits));
		out->length_bits[i] = (uint16_t)(last ? 64 - used : f.pair_bits);
		used = last ? 0 : used + f.pair_bits;
		i += symbols;
	}
	return ST_OK;
}

const struct codec codec_rlc = {
	.name = "rlc",
	.help = "Eyeriss: pairs of zeros (RUN bits) and a level, in 64-bit words with a last bit",
	.family = "sparse",
	.source = "Chen et al., Eyeriss, IEEE JSSC 52(1), 2017, doi 10.1109/JSSC.2016.2616357",
	.arg = { { "run", 1, 16, 5 } },
	.uses_order = true,
	.decoder = "rlc",
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
	.lengths = lengths,
};
