/* Counts scaled to frequencies that add up to a power of two, for tans and rans. Private to the
 * codec layer.
 *
 * Every symbol that occurs has a frequency of at least 1. The rest follows Webster's method
 * (Sainte-Lague): the next unit goes where count / (2 frequency + 1) is largest, which is where it
 * saves most, log2((f + 1) / f) bits per symbol being about 1 / (f + 1/2). Integers only, so that
 * every machine makes the same table. */
#ifndef HCB_CODEC_FREQUENCIES_H
#define HCB_CODEC_FREQUENCIES_H

#include "codec/symbol_list.h"

enum { FREQUENCIES_LEAST = 5, FREQUENCIES_MOST = 15 };

/* log2 of the sum: `wanted`, or where n symbols need more, ceil(log2 n) + 2, at most 18. */
unsigned frequencies_log(size_t n, unsigned wanted);

/* The table of the layers' frequencies. */
enum status frequencies_write(const struct symbols *layer, size_t n_layers, unsigned bits,
                              unsigned wanted, struct bit_string *out, struct err *e);
/* Reads it; refuses (ST_DATA) frequencies of another sum. */
enum status frequencies_read(struct symbol_list *out, const struct bit_string *stored,
                             unsigned bits, unsigned wanted, struct err *e);

/* encode_shared() of a codec whose table is these frequencies, arg[0] being the precision. */
enum status frequencies_shared(const struct source *s, const struct codec_params *p,
                               struct bit_string *out, struct err *e);

#endif
