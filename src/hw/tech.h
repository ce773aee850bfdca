/* A technology: a table of picojoules per action, every row with its source. Read from
 * datasets/tech/NAME.csv with the columns action,width_bits,capacity_bytes,energy_pj,source;
 * lines that start with # are comments; a field may be quoted; an empty key field means
 * "does not apply".
 *
 * Actions: sram_read, sram_write (keys width and capacity), int_mult, int_add, fp_mult, fp_add
 * (key width), dram_bit, and per decoder D the four coefficients D_base, D_port_bit, D_window_bit,
 * D_dict_bit of its energy per codeword (pJ = base + port_bit W + window_bit ML + dict_bit D G b).
 * Optional: D_dict_in, no price but where the dictionary is: 0 in flip-flops, 1 in a ROM, which has
 * D_rom_bit instead of D_dict_bit, 2 in an SRAM of its own (energy.h).
 * Optional, all or none: the same for D_clock, the registers outside the dictionary in it; for
 * D_wires, what wires add to it; and for D_leakage, in mW. A price is finite and not negative;
 * the intercept of a fit alone (_base) may be negative. A row dram_bit_OPTION, D_base_OPTION and
 * the like is the price of the same action under an option: another type of memory, library or
 * decoder. Two more rows are no actions: sram_leakage (keys width and
 * capacity), the power of a memory that does nothing, in mW, which is pJ per ns; and clock_mhz,
 * cycles per microsecond, above 0. */
#ifndef HCB_HW_TECH_H
#define HCB_HW_TECH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/span.h"

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
	const char *file;     /* for messages */
	struct digest digest; /* of the file's content */
	size_t n_prices;
	struct price *price; /* sorted by action, width, capacity */
};

/* name is that of a table, or TABLE+OPTION[+OPTION..]: the same with the price of ACTION_OPTION for
 * every ACTION that has one. ST_USAGE: no such technology or option, the message lists those;
 * ST_DATA: a malformed row, with file:line. *out is the caller's (tech_free), NULL after an error.
 */
enum status tech_load(struct tech **out, const char *name, struct err *e);
/* The same from a file given by path (tests, users' own tables). */
enum status tech_load_file(struct tech **out, const char *path, const char *name, struct err *e);
/* The same from memory; `file` is what messages call it. */
enum status tech_parse(struct tech **out, struct span content, const char *file, const char *name,
                       struct err *e);
void tech_free(struct tech *t); /* NULL is fine */

/* Names of the technologies that ship with hcbench, sorted: the files of datasets/tech/ that start
 * with the columns above. Strings and array are the arena's. */
enum status tech_names(struct arena *a, const char ***names, size_t *n, struct err *e);

/* A missing price is ST_USAGE, never 0 and never 1: the message names action, key and file.
 * int_mult and int_add at a width between two rows are interpolated log-log in width; every other
 * action is priced at exactly this width (0: no width). */
enum status tech_price(const struct tech *t, const char *action, uint64_t width_bits, double *pj,
                       struct err *e);
/* sram_read, sram_write, sram_leakage: interpolated log-log in capacity at exactly this width; a
 * width or capacity outside the table is an error. */
enum status tech_sram(const struct tech *t, const char *action, uint64_t capacity_bytes,
                      uint64_t width_bits, double *pj, struct err *e);

/* Capacity of the smallest memory of this port width in the table, not between two of its rows,
 * that holds `bytes`. 0: there is none. */
uint64_t tech_smallest_sram(const struct tech *t, uint64_t bytes, uint64_t width_bits);

#endif
