/* Result tables on stdout, in the formats of --format. */
#ifndef HCB_CLI_OUTPUT_H
#define HCB_CLI_OUTPUT_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>

#define OUTPUT_FORMATS "table,csv,json,jsonl,md,latex"

/* ST_USAGE: unknown format, or two columns of one name in json or jsonl. json is an array of
 * objects, jsonl an object per line; NULL is null, in csv an empty field, in table, md and latex a
 * dash. Reals have 12 significant digits, in these three 6. */
enum status output_table(const struct table *t, const char *format, struct err *e);

/* One row as a single JSON object when format is json, otherwise like output_table. */
enum status output_row(const struct table *t, const char *format, struct err *e);

/* Whether people read the format: table, md, latex. */
bool output_is_for_reading(const char *format);

/* Keeps the columns of the comma-separated list, in that order. ST_USAGE: unknown, with the nearest
 * name that there is. */
enum status output_choose(struct table *t, const char *list, struct err *e);

enum status output_check(const char *format, struct err *e);

#endif
