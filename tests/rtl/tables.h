/* The tables of the entropy decoders as the Verilog loads them, from what the codec stored. */
#ifndef HCB_TESTS_RTL_TABLES_H
#define HCB_TESTS_RTL_TABLES_H

#include "codec/codec.h"

struct table_row {
	uint32_t address;
	uint64_t data;
};

/* The rows of hcb_huffman_decoder or hcb_tans_decoder for codes of up to `longest` bits, or
 * 2^longest states, in a malloced array. */
enum status huffman_rows(struct table_row **out, size_t *n, const struct bit_string *stored,
                         unsigned bits, unsigned longest, struct err *e);
enum status tans_rows(struct table_row **out, size_t *n, const struct bit_string *stored,
                      unsigned bits, unsigned longest, struct err *e);

#endif
