#include "report/table_rows.h"

#include <string.h>

void table_begin(struct table *t, const char **column, size_t n_columns)
{
	*t = (struct table){ .n_columns = n_columns, .column = column };
}

struct cell *table_add_row(struct table *t)
{
	size_t n = t->n_rows;
	struct cell *row;

	if ((n & (n - 1)) == 0) { /* a power of two: full */
		struct cell *grown =
		        ARENA_NEW(&t->arena, struct cell, (n ? 2 * n : 1) * t->n_columns);

		if (!grown)
			return NULL;
		if (n)
			memcpy(grown, t->cell, n * t->n_columns * sizeof(*grown));
		t->cell = grown;
	}
	row = &t->cell[n * t->n_columns];
	memset(row, 0, t->n_columns * sizeof(*row));
	t->n_rows++;
	return row;
}
