/* Symbols in a paged arena: whatever walks over all layers leaves no more than about one of them in
 * memory, of every codec in the list. Its encoding of a single layer may touch that layer. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "codec_coding.h"
#include "resident.h"

/* Layers of 512 KiB; behind the first megabytes of an arena, which lie in plain memory. */
enum { LAYERS = 12, N = 1 << 18, BITS = 4, PLAIN = 4 << 20, SLACK = 128 << 10 };

static struct symbols layer[LAYERS];

static void make_layers(struct arena *a)
{
	a->paged = true;
	cr_assert_not_null(arena_alloc_unset(a, PLAIN, 1));
	srand(3);
	for (size_t l = 0; l < LAYERS; l++) {
		uint16_t *v = arena_alloc_unset(a, N, sizeof(*v));

		cr_assert_not_null(v);
		for (size_t i = 0; i < N; i++)
			v[i] = (uint16_t)(rand() % 3 ? 0 : rand() % 16);
		layer[l] = (struct symbols){ v, N, BITS, a };
		symbols_rest(&layer[l]);
	}
}

static void check(const char *codec, const char *what)
{
	size_t sum = 0, bytes;

	for (size_t l = 0; l < LAYERS; l++) {
		if (!resident(layer[l].v, N * sizeof(uint16_t), &bytes))
			cr_skip_test("/proc/self/pagemap cannot be read");
		sum += bytes;
	}
	cr_assert_leq(sum, N * sizeof(uint16_t) + SLACK, "%s: %zu bytes stay in memory after %s",
	              codec, sum, what);
}

static void walk(const struct codec *c, enum dict_scope scope)
{
	struct codec_params p = { 4, scope, { 0 } };
	size_t table[LAYERS], bits[LAYERS];
	struct coded_sizes sizes = { 0, table, bits };
	struct source s = source_of(layer, LAYERS);
	struct bit_string shared = { 0 };
	struct words *w = NULL;
	struct err e;

	for (size_t i = 0; i < CODEC_MAX_ARGS && c->arg[i].name; i++) {
		const struct codec_arg *a = &c->arg[i];

		p.arg[i] = a->initial >= a->least && a->initial <= a->most ? a->initial : a->least;
	}
	if (c->uses_words) {
		cr_assert_eq(words_count(&w, &s, p.group, p.scope, &e), ST_OK);
		check(c->name, "words_count");
		s.words = w;
	}
	if (c->sizes) {
		cr_assert_eq(c->sizes(&s, &p, &sizes, &e), ST_OK, "%s", e.msg);
		check(c->name, "sizes");
	}
	if (c->encode_shared) {
		cr_assert_eq(c->encode_shared(&s, &p, &shared, &e), ST_OK, "%s", e.msg);
		check(c->name, "encode_shared");
	}
	bit_string_release(&shared);
	words_free(w);
}

static void free_index(struct criterion_test_params *p)
{
	cr_free(p->params);
}

ParameterizedTestParameters(codec_paged, one_layer_in_memory)
{
	size_t *index = cr_malloc(n_codecs * sizeof(*index));

	for (size_t i = 0; i < n_codecs; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, n_codecs, free_index);
}

ParameterizedTest(size_t *index, codec_paged, one_layer_in_memory, .timeout = 120)
{
	const struct codec *c = codecs[*index];
	struct arena a = { 0 };

	make_layers(&a);
	check("no codec", "rest");
	for (int scope = 0; scope < (c->uses_scope ? N_DICT_SCOPES : 1); scope++)
		walk(c, (enum dict_scope)scope);
	arena_release(&a);
}

/* Wide words, laid out in parts; and sizes by encoding. */
Test(codec_paged, parts_and_encoding)
{
	struct codec_params p = { 16, DICT_MODEL, { 0 } };
	size_t table[LAYERS], bits[LAYERS];
	struct coded_sizes sizes = { 0, table, bits };
	struct arena a = { 0 };
	struct source s;
	struct words *w;
	struct err e;

	make_layers(&a);
	s = source_of(layer, LAYERS);
	cr_assert_eq(words_count(&w, &s, 16, DICT_MODEL, &e), ST_OK);
	check("words of 16", "words_count");
	words_free(w);
	cr_assert_eq(codec_sizes(codec_find("ebpc"), &s, &p, &sizes, &e), ST_OK);
	check("ebpc", "codec_sizes");
	arena_release(&a);
}
