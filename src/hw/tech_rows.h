/* Inside hw: the rows of a technology file. */
#ifndef HCB_HW_TECH_ROWS_H
#define HCB_HW_TECH_ROWS_H

#include "hw/tech.h"

#include <stdbool.h>

/* Fills t->price and t->n_prices from CSV text; t->file is set. ST_DATA with file:line. */
enum status tech_read_rows(struct tech *t, struct span content, struct err *e);

/* Does the text start, comments aside, with the columns of a technology file? */
bool tech_has_columns(struct span content);

/* By action, width, capacity. */
int price_compare(const struct price *a, const struct price *b);

#endif
