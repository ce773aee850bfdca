/* Tables made by hand, and numbers that are the same in every run. */
#ifndef HCB_TESTS_SMALL_TABLES_H
#define HCB_TESTS_SMALL_TABLES_H

#include "store/store.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

static inline struct table table_of(const char *const *columns, size_t n_columns, size_t n_rows)
{
	struct table t = { .n_columns = n_columns, .n_rows = n_rows };

	t.column = ARENA_NEW(&t.arena, const char *, n_columns);
	t.cell = ARENA_NEW(&t.arena, struct cell, n_columns * n_rows);
	cr_assert(t.column && t.cell);
	memcpy(t.column, columns, n_columns * sizeof(*columns));
	return t;
}

static inline void put_int(struct table *t, size_t row, size_t column, int64_t value)
{
	t->cell[row * t->n_columns + column] = (struct cell){ .type = CELL_INT, .i = value };
}

static inline void put_real(struct table *t, size_t row, size_t column, double value)
{
	t->cell[row * t->n_columns + column] = (struct cell){ .type = CELL_REAL, .r = value };
}

static inline uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

#endif
