/* Which words are in a dictionary: chains of ranks by hash, small and quickly made, since each
 * layer makes one. Private to the codec layer. */
#ifndef HCB_CODEC_DICT_INDEX_H
#define HCB_CODEC_DICT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DICT_INDEX_MOST = 1 << 15, DICT_INDEX_NONE = 1 << 16 };

struct dict_index {
	const uint16_t *symbol; /* of the dictionary, borrowed: n x group, n <= DICT_INDEX_MOST */
	uint32_t n;
	unsigned group, shift;
	uint16_t *head; /* by hash: rank + 1 of the first of a chain, 0: none; top bit: it has
	                   others */
	uint16_t *next; /* by rank + 1: likewise, what follows */
};

/* False: no memory. dict_index_release(). */
bool dict_index_make(struct dict_index *x, const uint16_t *symbol, uint32_t n, unsigned group);
void dict_index_release(struct dict_index *x);

/* Ranks of n words at v; DICT_INDEX_NONE: it is none of the dictionary. */
void dict_index_find(const struct dict_index *x, const uint16_t *v, size_t n, uint32_t *rank);

#endif
