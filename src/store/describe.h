/* What tables and views of the results database hold, column by column, from the schema itself. */
#ifndef HCB_STORE_DESCRIBE_H
#define HCB_STORE_DESCRIBE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct store_column {
	const char *name, *type; /* type "" where a view computes it */
	const char *help;        /* with its unit in square brackets, or "" */
	const char *refers;      /* table of a foreign key, or NULL */
};

struct store_relation {
	const char *name, *help;
	bool view;
	const struct store_column *column;
	size_t n_columns;
};

/* Tables, then views, in the order of the schema; all in the arena. */
enum status store_describe(struct arena *a, const struct store_relation **out, size_t *n,
                           struct err *e);

#endif
