/* The dictionary code laid out for processors: the decisions of dict.c (a word of the dictionary by
 * its index, or raw), its flags, indices and raw words apart, so that many are taken at once.
 *
 * A layer of W words of G symbols, of which H are in a dictionary of D words:
 *
 *   flags     ceil(W / 8) bytes       bit i is word i: 1, it is in the dictionary
 *   indices   ceil(H x I / 8) bytes   of those words, in order, I = ceil(log2 D) bits each
 *   raw       ceil((W - H) x G x B / 8) bytes   the symbols of the others, B bits each
 *
 * Bit k of a plane is bit k % 8, from the lowest up, of its byte k / 8; so are the bits of an index
 * and a symbol, the lowest first. Bits that fill the last byte of a plane are 0. Nothing else is
 * stored: H is the number of flags set. That is dict's stream and at most 21 bits. No plane is
 * padded inside: a block of 64 words starts at any bit. */
#ifndef HCB_CODEC_PLANES_H
#define HCB_CODEC_PLANES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ways to decode, slowest first; all yield the same. AVX2 means BMI2, too. VBMI2 means AVX-512 with
 * VBMI and VBMI2. */
enum planes_path { PLANES_PORTABLE, PLANES_AVX2, PLANES_VBMI2, N_PLANES_PATHS };

const char *planes_path_name(enum planes_path path);
/* Whether this processor and this build have it. */
bool planes_path_runs(enum planes_path path);
enum planes_path planes_path_best(void);

/* A dictionary made ready, once for all layers that share it. */
struct planes_dict {
	uint32_t entries;
	unsigned group, bits, index_bits;
	uint16_t *symbol; /* 2^index_bits x group; those that no word fills are 0 */
	uint8_t *byte;    /* the same, if bits <= 8, and some more that may be read */
};

/* symbol: entries x group, each below 2^bits; copied. 1 <= entries <= 65536, 1 <= group <= 64,
 * 1 <= bits <= 16. */
enum status planes_dict_make(struct planes_dict *d, const uint16_t *symbol, uint32_t entries,
                             unsigned group, unsigned bits, struct err *e);
void planes_dict_release(struct planes_dict *d);

/* Bytes of a layer of n_words words, `hits` of them in the dictionary. */
size_t planes_bytes(const struct planes_dict *d, size_t n_words, size_t hits);

/* Lays out n_words words of which the dictionary has the rank rank[i] < entries, or else has not.
 * v: their symbols, n of them; those that the last word lacks are 0. out: planes_bytes() bytes that
 * the caller has set to 0. */
void planes_encode(const struct planes_dict *d, const uint16_t *v, size_t n, const uint32_t *rank,
                   uint8_t *out);

/* Decodes the n symbols of a layer from exactly n_bytes bytes, whatever they are. ST_DATA: they are
 * no such layer; v holds anything then. The first is for symbols of at most 8 bits (as on the wire:
 * not sign-extended). path: one that runs here. Reads nothing outside `in`, allocates nothing. */
enum status planes_decode8(const struct planes_dict *d, enum planes_path path, const uint8_t *in,
                           size_t n_bytes, uint8_t *v, size_t n, struct err *e);
enum status planes_decode16(const struct planes_dict *d, enum planes_path path, const uint8_t *in,
                            size_t n_bytes, uint16_t *v, size_t n, struct err *e);

#endif
