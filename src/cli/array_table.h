/* Layers and arrays from comma-separated values to a table of cycles and memory accesses. */
#ifndef HCB_CLI_ARRAY_TABLE_H
#define HCB_CLI_ARRAY_TABLE_H

#include "base/err.h"
#include "base/span.h"
#include "store/store.h"

/* The columns of content, which must have m, n, k, array_rows, array_cols and dataflow in any
 * order, then what hcbench array --help explains. Lines that are empty or start with # are left
 * out. `file` is what messages call it. On success *out is the caller's (table_release). ST_DATA: a
 * column is missing, stands twice or has the name of a result, or a row that is none, with
 * file:line. */
enum status array_table(struct table *out, struct span content, const char *file, struct err *e);

#endif
