/* A technology: a table of picojoules per action, every row with its source. Read from
 * datasets/tech/NAME.csv with the columns action,width_bits,capacity_bytes,energy_pj,source;
 * lines that start with # are comments; a field may be quoted; an empty key field means
 * "does not apply".
 *
 * Actions: sram_read, sram_write (keys width and capacity), int_mult, int_add, fp_mult, fp_add
 * (key width), dram_bit, and per decoder D the four coefficients D_base, D_port_bit, D_window_bit,
 * D_dict_bit of its energy per codeword (pJ = base + port_bit W + window_bit ML + dict_bit D G b). */
#ifndef HCB_HW_TECH_H
#define HCB_HW_TECH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>

struct price {
	const char *action;
	uint64_t width_bits, capacity_bytes; /* 0: does not apply */
	double energy_pj;
	const char *source;
};

struct tech {
	struct arena arena;
	const char *name;
	struct digest digest;
	size_t n_prices;
	struct price *price; /* sorted by action, width, capacity */
};

/* ST_USAGE: no such technology; ST_DATA: a malformed row, with file:line. */
enum status tech_load(struct tech **out, const char *name, struct err *e);
/* The same from a file given by path (tests, users' own tables). */
enum status tech_load_file(struct tech **out, const char *path, const char *name, struct err *e);
void tech_free(struct tech *t);

/* A missing price is ST_USAGE, never 0 and never 1: the message names action, key and file. */
enum status tech_price(const struct tech *t, const char *action, uint64_t width_bits, double *pj,
		       struct err *e);
/* sram_read / sram_write: interpolated log-log in capacity at exactly this width; a width or
 * capacity outside the table is an error. */
enum status tech_sram(const struct tech *t, const char *action, uint64_t capacity_bytes,
		      uint64_t width_bits, double *pj, struct err *e);

#endif
