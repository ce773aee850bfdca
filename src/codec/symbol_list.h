/* The symbols that occur, each with a number: how often, its code length, its frequency. Private to
 * the codec layer; the tables of the static entropy coders are such lists. */
#ifndef HCB_CODEC_SYMBOL_LIST_H
#define HCB_CODEC_SYMBOL_LIST_H

#include "base/bits.h"
#include "codec/codec.h"

struct symbol_list {
	size_t n;
	uint16_t *symbol; /* ascending */
	uint64_t *number;
};

/* How a list is stored: the number of symbols + 1 in Elias' gamma code; then for each symbol its
 * distance from the one before (from -1) in gamma code, its level as the difference to the one
 * before (from 0), zigzag, as Exp-Golomb code of order 0, and for frequencies the `level` low bits
 * of the number. Neighbouring weights occur about equally often, so most differences are small. */
enum list_form {
	LIST_LENGTHS,     /* numbers 0..63; the level is the number */
	LIST_FREQUENCIES, /* numbers 1..2^20; the level is floor(log2 number) */
};

/* How often each symbol below 2^bits occurs in the layers. *out is the caller's
 * (symbol_list_release), also after an error. */
enum status symbol_list_count(struct symbol_list *out, const struct symbols *layer, size_t n_layers,
                              unsigned bits, struct err *e);
/* From a count of each of n <= 65536 symbols; those of count 0 are left out. */
enum status symbol_list_of(struct symbol_list *out, const uint64_t *count, size_t n, struct err *e);
/* The same symbols with the number 0 each. */
enum status symbol_list_like(struct symbol_list *out, const struct symbol_list *in, struct err *e);
void symbol_list_release(struct symbol_list *s);

size_t symbol_list_bits(const struct symbol_list *s, enum list_form form);
void symbol_list_put(struct bit_writer *w, const struct symbol_list *s, enum list_form form);
/* Refuses (ST_DATA) what is no list of symbols below 2^bits. */
enum status symbol_list_get(struct symbol_list *out, struct bit_reader *r, unsigned bits,
                            enum list_form form, struct err *e);
/* A list that fills a bit string of its own. */
enum status symbol_list_write(const struct symbol_list *s, enum list_form form,
                              struct bit_string *out, struct err *e);

/* ST_DATA unless the reader of a table has consumed all. */
enum status table_consumed(const struct bit_reader *r, struct err *e);

#endif
