/* The fast part of decoding a dictionary code. Private to the codec layer; see dict.c. */
#ifndef HCB_CODEC_DICT_DECODE_H
#define HCB_CODEC_DICT_DECODE_H

#include "codec/codec.h"

#include <stddef.h>
#include <stdint.h>

/* Flags are foreseen where at most one word in so many is of the rarer kind. */
enum { DICT_SELDOM = 6 };

struct dict_entries {
	uint16_t *symbol; /* dict_room() of them: 2^index_bits x group, those past `n` all ones */
	uint32_t n;
	unsigned group, bits, index_bits;
};

/* Symbols to allocate for the dictionary: some more than it has, so that whole words of the machine
 * may be copied. */
size_t dict_room(const struct dict_entries *d);

/* Fills d->symbol from the dictionary as it is stored, n x group symbols. */
void dict_unpack(const struct dict_entries *d, const struct bit_string *stored);

/* Decodes from bit *pos on until near the end of either stream or output, or near an index that is
 * not in the dictionary; what is left is for a loop that checks every word. Returns the symbols
 * decoded, whole words, and sets *pos to the bit after them. */
size_t dict_decode_most(const struct dict_entries *d, const struct bit_string *stream, size_t *pos,
                        uint16_t *v, size_t n);

/* Whether words are best read from the dictionary as it is stored, d->symbol not being needed. */
bool dict_stays_stored(const struct dict_entries *d, size_t n_bits, size_t n);

/* As dict_decode_most(), where dict_stays_stored(). stored: the words of the dictionary's bit
 * string and one more. */
size_t dict_decode_stored(const struct dict_entries *d, const uint64_t *stored,
                          const struct bit_string *stream, size_t *pos, uint16_t *v, size_t n);

#endif
