/* Questions that an architect asks of the database, each with its SELECT: for 'hcbench query
 * --recipe', docs/database.md and Datasette. */
#ifndef HCB_CLI_RECIPES_H
#define HCB_CLI_RECIPES_H

#include <stddef.h>

struct recipe {
	const char *name, *question, *sql;
};

extern const struct recipe recipes[];
extern const size_t n_recipes;

/* For suggestions; NULL past the end. */
const char *recipe_name(size_t i);

#endif
