/* What codec.h promises, of every codec in the list. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec_coding.h"
#include "plugins.h"

/* Layers of several sizes, drawn so that small symbols are likely; shape 0: random, 1: all zero,
 * 2: all equal, 3: sparse, 4: bell-shaped around zero (as two's complement or sign-magnitude lie on
 * the wire: large symbols are the negative ones). */
enum { LAYERS = 4, LARGEST = 1000, SHAPES = 5 };

static uint16_t bell(unsigned r, unsigned mask)
{
	unsigned level = (unsigned)__builtin_ctz(r | 1u << 15) & mask;

	return (uint16_t)(r >> 31 ? level : (mask + 1 - level) & mask);
}

static void draw(uint16_t *v, size_t n, unsigned bits, int shape)
{
	unsigned mask = (1u << bits) - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned r = (unsigned)rand();

		v[i] = (uint16_t)(shape == 0   ? r & mask
		                  : shape == 1 ? 0
		                  : shape == 2 ? mask
		                  : shape == 4 ? bell(r << 1, mask)
		                  : r % 10     ? 0
		                               : (r >> 8) & mask);
	}
}

static void check_sizes(const struct codec *c, const struct source *s, const struct codec_params *p,
                        const struct coding *coded)
{
	size_t table[LAYERS], layer[LAYERS];
	struct coded_sizes sizes = { 0, table, layer };
	struct err e;

	cr_assert_eq(codec_sizes(c, s, p, &sizes, &e), ST_OK);
	cr_assert_eq(sizes.shared_bits, coded->shared.n_bits, "%s", c->name);
	for (size_t l = 0; l < s->n_layers; l++) {
		cr_assert_eq(table[l], coded->layer[l].table.n_bits, "%s", c->name);
		cr_assert_eq(layer[l], coded->layer[l].stream.n_bits, "%s:%u:%u G=%u: %zu != %zu",
		             c->name, p->arg[0], p->arg[1], p->group, layer[l],
		             coded->layer[l].stream.n_bits);
	}
}

/* Lengths add up to the stream and stay below the longest. */
static void check_lengths(const struct codec *c, const struct source *s,
                          const struct codec_params *p, const struct coding *coded)
{
	uint16_t length[LARGEST];

	for (size_t l = 0; l < s->n_layers; l++) {
		struct code_lengths codes = { .length_bits = length };
		struct err e;
		size_t sum;

		cr_assert_eq(c->lengths(s, l, p, &coded->shared, &codes, &e), ST_OK);
		sum = codes.head_bits;
		cr_assert_leq(codes.head_bits, codes.longest_bits);
		for (size_t i = 0; i < codes.n; i++) {
			sum += length[i];
			cr_assert_leq(length[i], codes.longest_bits);
		}
		cr_assert_eq(sum, coded->layer[l].stream.n_bits, "%s", c->name);
		cr_assert_geq(codes.n * codes.symbols_per_code, s->layer[l].n);
	}
}

static void check_same(const struct bit_string *a, const struct bit_string *b)
{
	cr_assert_eq(a->n_bits, b->n_bits);
	if (a->n_bits)
		cr_assert_eq(memcmp(a->words, b->words, bits_words(a->n_bits) * 8), 0);
}

/* Decoded back; one bit fewer or more refused; a flipped bit never crashes. */
static void check_decoding(const struct codec *c, struct code *code, const struct codec_params *p,
                           const struct symbols *l)
{
	struct bit_string *b = &code->stream;
	uint16_t v[LARGEST];
	struct err e;

	cr_assert_eq(c->decode(code, p, l->bits, v, l->n, &e), ST_OK, "%s: %s", c->name, e.msg);
	cr_assert_eq(memcmp(v, l->v, l->n * sizeof(*v)), 0, "%s:%u:%u G=%u b=%u n=%zu", c->name,
	             p->arg[0], p->arg[1], p->group, l->bits, l->n);
	if (b->n_bits == 0)
		return;
	b->n_bits--;
	cr_assert_eq(c->decode(code, p, l->bits, v, l->n, &e), ST_DATA, "%s: a bit less", c->name);
	b->n_bits += 2; /* one more word is there */
	cr_assert_eq(c->decode(code, p, l->bits, v, l->n, &e), ST_DATA, "%s: a bit more", c->name);
	b->n_bits--;
	b->words[b->n_bits / 128] ^= (uint64_t)1 << (b->n_bits % 61);
	c->decode(code, p, l->bits, v, l->n, &e);
}

/* Encoded twice the same, too. */
static void round_trip(const struct codec *c, const struct source *s, const struct codec_params *p)
{
	struct coding coded, again;

	code_layers(&coded, c, s, p);
	code_layers(&again, c, s, p);
	check_sizes(c, s, p, &coded);
	check_same(&coded.shared, &again.shared);
	if (c->lengths)
		check_lengths(c, s, p, &coded);
	for (size_t l = 0; l < s->n_layers; l++) {
		check_same(&coded.layer[l].table, &again.layer[l].table);
		check_same(&coded.layer[l].stream, &again.layer[l].stream);
		check_decoding(c, &coded.layer[l], p, &s->layer[l]);
	}
	coding_release(&coded);
	coding_release(&again);
}

/* Values of one argument: its default and these, as far as it may have them. */
static size_t arguments(const struct codec_arg *a, uint32_t out[8])
{
	static const uint32_t some[] = { 0, 1, 2, 3, 16, 100, 2100 }; /* more than words */
	size_t n = 0;

	if (!a->name)
		out[n++] = 0;
	else if (a->initial >= a->least && a->initial <= a->most)
		out[n++] = a->initial;
	for (size_t i = 0; a->name && i < 7; i++)
		if (some[i] >= a->least && some[i] <= a->most && (!n || some[i] != out[0]))
			out[n++] = some[i];
	return n;
}

/* Every value of either argument with the default of the other, and values of both. */
static void all_arguments(const struct codec *c, const struct source *s, struct codec_params p)
{
	uint32_t first[8], second[8];
	size_t n_first = arguments(&c->arg[0], first), n_second = arguments(&c->arg[1], second);

	for (size_t i = 0; i < n_first; i++)
		for (size_t j = 0; j < n_second; j++) {
			if (i > 0 && j > 0 && (i != j || p.group > 1))
				continue;
			p.arg[0] = first[i];
			p.arg[1] = second[j];
			round_trip(c, s, &p);
		}
}

static void all_parameters(const struct codec *c, struct source *s)
{
	static const unsigned groups[] = { 1, 2, 3, 8, 16, 64 };

	for (int scope = 0; scope < (c->uses_scope ? N_DICT_SCOPES : 1); scope++)
		for (size_t g = 0; g < (c->uses_words ? 6 : 1); g++) {
			struct codec_params p = { groups[g], (enum dict_scope)scope, { 0 } };
			struct words *w = NULL;
			struct err e;

			if (c->uses_words)
				cr_assert_eq(words_count(&w, s, p.group, p.scope, &e), ST_OK);
			s->words = w;
			all_arguments(c, s, p);
			words_free(w);
			s->words = NULL;
		}
}

static void check_codec(const struct codec *c)
{
	static const size_t sizes[][LAYERS] = {
		{1,     15, 16, 17 },
                { 1000, 64, 3,  999},
                { 0,    5,  0,  1  }
	};
	static const unsigned widths[] = { 2, 3, 4, 8, 9, 16 };
	static uint16_t v[LAYERS][LARGEST];
	struct symbols l[LAYERS];

	srand(11);
	for (size_t b = 0; b < 6; b++)
		for (int shape = 0; shape < SHAPES; shape++)
			for (size_t z = 0; z < 3; z++) {
				struct source s;

				for (size_t k = 0; k < LAYERS; k++) {
					draw(v[k], sizes[z][k], widths[b], shape);
					l[k] = (struct symbols){ v[k], sizes[z][k], widths[b],
						                 NULL };
				}
				s = source_of(l, LAYERS);
				all_parameters(c, &s);
			}
}

static void free_index(struct criterion_test_params *p)
{
	cr_free(p->params);
}

ParameterizedTestParameters(codec_properties, hold)
{
	size_t *index = cr_malloc(n_codecs * sizeof(*index));

	for (size_t i = 0; i < n_codecs; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, n_codecs, free_index);
}

ParameterizedTest(size_t *index, codec_properties, hold, .timeout = 300)
{
	check_codec(codecs[*index]);
}

Test(codec_properties, list_is_complete)
{
	cr_assert_eq(n_codecs, plugins_defined("src/codec", "const struct codec codec_"));
	for (size_t i = 0; i < n_codecs; i++)
		cr_assert_eq(codec_find(codecs[i]->name), codecs[i]);
	cr_assert_null(codec_find("nonesuch"));
}
