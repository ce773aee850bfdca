#include "codec/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec/word_key.h"
#include "codec/word_room.h"

static enum status alloc_words(struct words *ws, const struct source *s, struct err *e)
{
	ws->n_layers = s->n_layers;
	ws->n_tables = ws->scope == DICT_MODEL ? 1 : s->n_layers;
	ws->table = ARENA_NEW(&ws->arena, struct word_table, ws->n_tables);
	ws->layer_words = ARENA_NEW(&ws->arena, size_t, s->n_layers);
	ws->tail = ARENA_NEW(&ws->arena, uint16_t, s->n_layers * ws->group);
	ws->hits = ARENA_NEW(&ws->arena, uint32_t *, s->n_layers);
	ws->n_ranks = ARENA_NEW(&ws->arena, size_t, s->n_layers);
	if (!ws->table || !ws->layer_words || !ws->tail || !ws->hits || !ws->n_ranks)
		return err_nomem(e);
	return ST_OK;
}

/* Cuts the layers into words; the last of a layer is copied, to be padded. */
static enum status cut_layers(struct words *ws, const struct source *s, struct err *e)
{
	size_t total = 0;

	for (size_t l = 0; l < s->n_layers; l++) {
		const struct symbols *v = &s->layer[l];
		size_t rest = v->n % ws->group;

		ws->layer_words[l] = words_in(v, ws->group);
		if (rest)
			memcpy(ws->tail + l * ws->group, v->v + v->n - rest, rest * sizeof(*v->v));
		symbols_rest(v);
		total += ws->layer_words[l];
	}
	if (total > UINT32_MAX - 1)
		return err_set(e, ST_USAGE, "%zu words are more than %u; use a larger group", total,
		               UINT32_MAX - 1);
	return ST_OK;
}

/* The layers that share a table with layer l, which is layer *at of them. */
static struct word_scope scope_of(const struct words *ws, const struct source *s, size_t l,
                                  size_t *at)
{
	const size_t first = ws->scope == DICT_MODEL ? 0 : l;

	*at = l - first;
	return (struct word_scope){ .layer = s->layer + first,
		                    .tail = ws->tail + first * ws->group,
		                    .n_layers = ws->scope == DICT_MODEL ? s->n_layers : 1,
		                    .n_words = words_table(ws, l)->n_words,
		                    .group = ws->group,
		                    .bits = s->bits,
		                    .max_ranks = ws->max_ranks };
}

void words_rank_few(const struct word_table *few, const struct words *w, const struct source *s,
                    size_t l, size_t first, size_t n, uint32_t *rank)
{
	size_t at;
	const struct word_scope scope = scope_of(w, s, l, &at);

	for (size_t i = 0; i < n; i += WORDS_BLOCK)
		word_table_rank(few, &scope, at, first + i,
		                n - i < WORDS_BLOCK ? n - i : WORDS_BLOCK, rank + i);
}

void words_rank(const struct words *w, const struct source *s, size_t l, size_t first, size_t n,
                uint32_t *rank)
{
	words_rank_few(words_table(w, l), w, s, l, first, n, rank);
}

enum status words_few(struct word_table *few, const struct words *w, const struct source *s,
                      size_t l, uint32_t entries, struct err *e)
{
	const enum key_kind kind = key_kind_of(w->group, s->bits);
	struct word_slot *slot;

	*few = *words_table(w, l);
	few->is_own = false; /* a layer of less words than entries does not pay for it */
	if (few->rank_of || w->layer_words[l] < entries)
		return ST_OK;
	few->n_ranks = few->n_ranks < entries ? few->n_ranks : entries;
	few->slot_bits = bits_for_index(few->n_ranks + 1) + 2;
	few->slot = slot = calloc((size_t)1 << few->slot_bits, sizeof(*slot));
	if (!slot)
		return err_nomem(e);
	few->is_own = true;
	for (size_t r = 0; r < few->n_ranks; r++) {
		struct word_slot x = { .rank = (uint32_t)r + 1 };
		size_t at;

		key_make(kind, few->symbol + r * w->group, w->group, s->bits, x.key);
		for (at = x.key[0] >> (64 - few->slot_bits); slot[at].rank;)
			at = (at + 1) & (((size_t)1 << few->slot_bits) - 1);
		slot[at] = x;
	}
	return ST_OK;
}

void words_few_release(struct word_table *few)
{
	if (few->is_own)
		free((void *)(uintptr_t)few->slot);
}

static enum status count_all(struct words *ws, const struct source *s, struct err *e)
{
	struct words_room own = { 0 };
	enum status rc = ST_OK;

	for (size_t t = 0; t < ws->n_tables && !rc; t++) {
		size_t first;
		struct word_scope scope = scope_of(ws, s, t, &first);

		for (size_t l = 0; l < scope.n_layers; l++)
			scope.n_words += ws->layer_words[t + l];
		rc = word_table_make(&ws->table[t], &scope, ws->hits + t, s->room ? s->room : &own,
		                     &ws->arena, e);
	}
	room_release(&own);
	for (size_t l = 0; l < s->n_layers && !rc; l++)
		ws->n_ranks[l] = words_table(ws, l)->n_ranks;
	return rc;
}

enum status words_count(struct words **out, const struct source *s, unsigned group,
                        enum dict_scope scope, struct err *e)
{
	struct words *ws = calloc(1, sizeof(*ws));
	enum status rc;

	*out = NULL;
	if (!ws)
		return err_nomem(e);
	ws->group = group;
	ws->scope = scope;
	ws->max_ranks =
	        s->max_ranks && s->max_ranks < WORDS_MAX_RANK ? s->max_ranks : WORDS_MAX_RANK;
	rc = alloc_words(ws, s, e);
	if (!rc)
		rc = cut_layers(ws, s, e);
	if (!rc)
		rc = count_all(ws, s, e);
	if (rc)
		words_free(ws);
	else
		*out = ws;
	return rc;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	arena_release(&w->arena);
	free(w);
}

uint64_t words_hits(const struct words *w, size_t l, uint32_t entries)
{
	size_t n = entries < w->n_ranks[l] ? entries : w->n_ranks[l];

	return w->hits[l][n];
}
