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

/* A word of at most 64 bits as a number. */
static inline uint64_t word_pack(const uint16_t *w, unsigned group, unsigned bits)
{
	uint64_t key = 0;

	for (unsigned i = 0; i < group; i++)
		key = key << bits | w[i];
	return key;
}

/* Fills *t; what it points at is a's. Besides that it needs 16 bytes per word, in slices of some
 * 256 MiB. */
enum status word_table_make(struct word_table *t, const struct word_scope *s, struct arena *a,
                            struct err *e);

#endif
