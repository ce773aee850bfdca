/* APack's table: up to 16 ranges of symbol values, each with the value it begins at, how many raw
 * bits tell the values of the range apart, and its share of the probability. */
#ifndef HCB_CODEC_APACK_TABLE_H
#define HCB_CODEC_APACK_TABLE_H

#include "codec/codec.h"

enum {
	APACK_ROWS = 16,
	APACK_COUNT_BITS = 10,
	APACK_TOTAL = 1 << APACK_COUNT_BITS /* of the probability counts */
};

/* Range r holds base + 0 .. base + 2^offset_bits - 1. Its probability is what end grows by from the
 * row before, out of APACK_TOTAL; a row that has none is unused. */
struct apack_row {
	uint16_t base, end;
	uint8_t offset_bits;
};

/* Rows by ascending base, as far as they are used. */
struct apack_table {
	unsigned n_rows; /* 16, or the 2^bits there are */
	struct apack_row row[APACK_ROWS];
};

/* Chooses the ranges for the symbols of n layers. */
enum status apack_table_fit(struct apack_table *t, const struct symbols *layer, size_t n,
                            struct err *e);

/* All rows, used or not: base (`bits` bits), offset bits (ceil(log2(bits + 1)) bits) and end (10
 * bits; 1023 stands for 1024, an end that the code does without otherwise). */
enum status apack_table_put(const struct apack_table *t, unsigned bits, struct bit_string *out,
                            struct err *e);
/* False: it is no table of symbols of `bits` bits. */
bool apack_table_get(struct apack_table *t, unsigned bits, const struct bit_string *in);

#endif
