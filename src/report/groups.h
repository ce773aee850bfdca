/* Rows of a result table that belong together, and one row for each of them. */
#ifndef HCB_REPORT_GROUPS_H
#define HCB_REPORT_GROUPS_H

#include "base/err.h"
#include "store/store.h"

/* Finds column `name` (its first len bytes). ST_USAGE, with the nearest name that there is; doing
 * ("--sort") stands in front. */
enum status table_find_column(const struct table *t, const char *doing, const char *name,
                              size_t len, size_t *out, struct err *e);

/* group[row] = the first row with the same values in all columns of the comma-separated list; so
 * groups are numbered in the order of their first occurrence. A missing value equals another one.
 * group has n_rows elements. */
enum status table_groups(const struct table *t, const char *doing, const char *columns,
                         size_t *group, struct err *e);

/* Replaces *t by one row per group of table_groups(by), in the order of first occurrence. Columns,
 * comma separated: n (rows of the group); a column of t (its value in the group's first row, so
 * in the best one when t is sorted); min(x), max(x), median(x), mean(x) of the values that are not
 * missing, the median of an even number being the mean of the middle two; best(x), the min or max
 * that the field's direction asks for. An aggregate of no value is NULL. columns NULL: those of by,
 * n, and best(x) of every other column of `wanted` whose field has a direction. wanted may be
 * NULL: all of t. ST_USAGE: unknown column or function, text in an aggregate, no direction. */
enum status table_group_by(struct table *t, const char *by, const char *columns, const char *wanted,
                           struct err *e);

#endif
