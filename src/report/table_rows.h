/* Building a result table row by row. */
#ifndef HCB_REPORT_TABLE_ROWS_H
#define HCB_REPORT_TABLE_ROWS_H

#include "store/store.h"

/* Makes *t a table of these columns, whose names must outlive it, without rows. */
void table_begin(struct table *t, const char **column, size_t n_columns);
/* Appends a row of NULLs and returns its cells, valid until the next one; NULL: out of memory. */
struct cell *table_add_row(struct table *t);

static inline struct cell cell_text(const char *text)
{
	return (struct cell){ .type = text ? CELL_TEXT : CELL_NULL, .t = text };
}
static inline struct cell cell_int(int64_t i)
{
	return (struct cell){ .type = CELL_INT, .i = i };
}
/* NaN is NULL. */
static inline struct cell cell_real(double r)
{
	return (struct cell){ .type = r == r ? CELL_REAL : CELL_NULL, .r = r };
}

#endif
