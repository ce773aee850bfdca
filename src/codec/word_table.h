/* Counting the words of one dictionary scope. Private to the codec layer; see words_count(). */
#ifndef HCB_CODEC_WORD_TABLE_H
#define HCB_CODEC_WORD_TABLE_H

#include "codec/source.h"

/* The layers of a scope, cut into words; all borrowed. */
struct word_scope {
	const struct symbols *layer;
	const uint16_t *tail; /* n_layers x group: a layer's last word if it is not full, padded */
	size_t n_layers, n_words;
	unsigned group, bits;
	size_t max_ranks; /* at least 1 */
};

static inline size_t words_in(const struct symbols *layer, unsigned group)
{
	return (layer->n + group - 1) / group;
}

/* Symbols of word i of layer l of the scope. */
static inline const uint16_t *word_at(const struct word_scope *s, size_t l, size_t i)
{
	return i < s->layer[l].n / s->group ? s->layer[l].v + i * s->group : s->tail + l * s->group;
}

struct words_room;

/* Fills *t and, per layer of the scope, hits[l] (prefix sums, as in struct words); what they point
 * at is a's. Besides that it needs room: 4 bytes per word, 8 if words have more than 32 bits, or 16
 * if they have more than 64, in slices of 64 MiB (or twice what one part needs, where that is
 * more), and a number of 32 bits per layer and part (of some 4000 words, at most 2048). */
enum status word_table_make(struct word_table *t, const struct word_scope *s, uint32_t **hits,
                            struct words_room *room, struct arena *a, struct err *e);

/* Ranks of the n words of layer l of the scope from word `first` on, n <= WORDS_BLOCK. */
void word_table_rank(const struct word_table *t, const struct word_scope *s, size_t l, size_t first,
                     size_t n, uint32_t *rank);

#endif
