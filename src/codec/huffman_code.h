/* Canonical length-limited Huffman codes. Private to the codec layer.
 *
 * Lengths are optimal under the limit (Larmore and Hirschberg, A fast algorithm for optimal
 * length-limited Huffman codes, JACM 37(3), 1990: package-merge). Codes are given out by length,
 * then by symbol. An alphabet of one symbol has a code of 0 bits. */
#ifndef HCB_CODEC_HUFFMAN_CODE_H
#define HCB_CODEC_HUFFMAN_CODE_H

#include "codec/integer_codes.h"
#include "codec/symbol_list.h"

enum {
	HUFFMAN_MOST = 24,     /* the largest limit */
	HUFFMAN_LOOKUP = 12,   /* longer codes are searched for */
	HUFFMAN_LONGER = 0xff, /* in place of a length: the code is longer than the lookup */
};

struct huffman {
	struct symbol_list list; /* of lengths */
	unsigned longest;
	uint32_t *code; /* to encode: of each symbol below 2^bits, code << 8 | length */
	/* To decode. */
	unsigned lookup_bits;
	uint32_t *lookup;  /* by the next lookup_bits bits: symbol << 8 | length */
	uint16_t *by_code; /* symbols in the order of their codes */
	uint32_t first_code[HUFFMAN_MOST + 2];
	uint32_t first_index[HUFFMAN_MOST + 2];
};

/* The longest code that an alphabet of n symbols may have: `longest`, or where that is too few,
 * ceil(log2 n). */
unsigned huffman_limit(size_t n, unsigned longest);

/* Lengths from counts. */
enum status huffman_lengths(struct symbol_list *out, const struct symbol_list *count,
                            unsigned longest, struct err *e);
/* Lengths to codes; refuses (ST_DATA) lengths that are no complete prefix code. Takes the list,
 * also when it fails. */
enum status huffman_open(struct huffman *h, struct symbol_list *lengths, unsigned bits,
                         unsigned longest, struct err *e);
/* Reads lengths and opens their code. */
enum status huffman_read(struct huffman *h, struct bit_reader *r, unsigned bits, unsigned longest,
                         struct err *e);
void huffman_close(struct huffman *h);

/* Bits of the counted symbols, all of which have a code. */
size_t huffman_bits(const struct huffman *h, const struct symbol_list *count);

/* For a window that the lookup does not decide. */
uint32_t huffman_search(const struct huffman *h, uint64_t window);

/* The code of symbol v, which has one. */
static inline void huffman_put(struct bit_writer *w, const struct huffman *h, uint16_t v)
{
	bits_put(w, h->code[v] >> 8, h->code[v] & 255);
}

/* The symbol whose code the window begins with, as symbol << 8 | length. The list is not empty. */
static inline uint32_t huffman_next(const struct huffman *h, uint64_t window)
{
	uint32_t x = h->lookup[window_top(window, h->lookup_bits)];

	return (x & 255) == HUFFMAN_LONGER ? huffman_search(h, window) : x;
}

#endif
