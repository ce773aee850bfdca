/* Pareto fronts over the columns of a result table. */
#ifndef HCB_REPORT_PARETO_H
#define HCB_REPORT_PARETO_H

#include "base/err.h"
#include "store/store.h"

/* Keeps the rows that no other row dominates in `columns` (comma separated; "-name" minimises and
 * "+name" maximises, a bare name goes as its field says). Rows with NULL in one of them are left
 * out; of equal rows the first is kept. within (may be NULL): a front per distinct value of these
 * columns, e.g. "model" or "model,data", in the order in which the values first occur. Order within
 * a front: by the first column, best first. ST_USAGE: unknown column, one without a direction, or
 * text in one. */
enum status pareto_filter(struct table *t, const char *columns, const char *within, struct err *e);

#endif
