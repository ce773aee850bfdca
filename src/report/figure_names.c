#include "report/figure_parts.h"

#include <stdio.h>
#include <string.h>

/* The name without its folder; beyond max characters the middle makes room for an ellipsis, head
 * characters stay before it. */
static char *shorten(struct arena *a, const char *name, size_t max, size_t head)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash && slash[1] ? slash + 1 : name;
	size_t n = strlen(base);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)base[i] >= 0x80) /* a cut could split a character */
			return arena_strdup(a, base);
	if (n <= max)
		return arena_strdup(a, base);
	return arena_printf(a, "%.*s\xe2\x80\xa6%s", (int)head, base, base + n - (max - 1 - head));
}

static bool differ(char *const *shorter, const struct table *t, size_t column)
{
	for (size_t i = 0; i < t->n_rows; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(shorter[i], shorter[j]) &&
			    strcmp(table_cell(t, i, column)->t, table_cell(t, j, column)->t))
				return false;
	return true;
}

enum status figure_short_names(struct table *t, size_t column, size_t max, struct err *e)
{
	char **shorter = ARENA_NEW(&t->arena, char *, t->n_rows);
	bool found = false;

	if (!shorter)
		return err_nomem(e);
	for (size_t head = max / 2; head > 2 && !found; head--) {
		for (size_t r = 0; r < t->n_rows; r++) {
			shorter[r] = shorten(&t->arena, table_cell(t, r, column)->t, max, head);
			if (!shorter[r])
				return err_nomem(e);
		}
		found = differ(shorter, t, column);
	}
	for (size_t r = 0; r < t->n_rows && found; r++)
		t->cell[r * t->n_columns + column].t = shorter[r];
	return ST_OK;
}
