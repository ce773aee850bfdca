#include "hw/tech.h"

#include "base/file.h"
#include "hw/tech_rows.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE_BYTES = 16 << 20 };

static const char tech_dir[] = "datasets/tech";

void tech_free(struct tech *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	free(t);
}

enum status tech_parse(struct tech **out, struct span content, const char *file, const char *name,
                       struct err *e)
{
	struct tech *t = calloc(1, sizeof(*t));
	enum status rc;

	*out = NULL;
	if (!t)
		return err_nomem(e);
	t->name = arena_strdup(&t->arena, name);
	t->file = arena_strdup(&t->arena, file);
	t->digest = digest_of(&content, 1);
	rc = t->name && t->file ? tech_read_rows(t, content, e) : err_nomem(e);
	if (rc) {
		tech_free(t);
		return rc;
	}
	*out = t;
	return ST_OK;
}

enum status tech_load_file(struct tech **out, const char *path, const char *name, struct err *e)
{
	struct arena a = { 0 };
	struct span content;
	enum status rc = file_read(&a, path, MAX_FILE_BYTES, &content, e);

	*out = NULL;
	if (!rc)
		rc = tech_parse(out, content, path, name, e);
	arena_release(&a);
	return rc;
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Does dir/file look like a technology? Files that cannot be read do not. */
static bool is_tech(const char *dir, const char *file)
{
	struct arena a = { 0 };
	const char *path = arena_printf(&a, "%s/%s", dir, file);
	struct span content;
	bool found = path && !file_read(&a, path, MAX_FILE_BYTES, &content, NULL) &&
	             tech_has_columns(content);

	arena_release(&a);
	return found;
}

static enum status list_dir(struct arena *a, DIR *d, const char *dir, const char ***names,
                            size_t *n, struct err *e)
{
	size_t cap = 0;
	const struct dirent *entry;

	while ((entry = readdir(d))) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 4, ".csv") != 0 ||
		    !is_tech(dir, entry->d_name))
			continue;
		if (*n == cap) {
			const char **grown = ARENA_NEW(a, const char *, 2 * cap + 16);

			if (!grown)
				return err_nomem(e);
			if (*n)
				memcpy(grown, *names, *n * sizeof(*grown));
			*names = grown;
			cap = 2 * cap + 16;
		}
		(*names)[*n] = arena_strndup(a, entry->d_name, len - 4);
		if (!(*names)[*n])
			return err_nomem(e);
		++*n;
	}
	if (*n)
		qsort(*names, *n, sizeof(**names), text_compare);
	return ST_OK;
}

enum status tech_names(struct arena *a, const char ***names, size_t *n, struct err *e)
{
	const char *dir = file_shipped(a, tech_dir);
	enum status rc;
	DIR *d;

	*names = NULL;
	*n = 0;
	if (!dir)
		return err_set(e, ST_ENV,
		               "cannot find %s: set HCBENCH_SHARE to the folder that holds it",
		               tech_dir);
	d = opendir(dir);
	if (!d)
		return err_set(e, ST_ENV, "cannot list %s: %s", dir, strerror(errno));
	rc = list_dir(a, d, dir, names, n, e);
	closedir(d);
	return rc;
}

/* The row whose price p takes the place of with an option: that of ACTION where p is
 * ACTION_OPTION; *option is the name. NULL: p is a row of its own. */
static struct price *replaced_by(struct tech *t, const struct price *p, const char **option)
{
	const char *last = strrchr(p->action, '_');
	const size_t n = last ? (size_t)(last - p->action) : 0;

	for (size_t i = 0; i < t->n_prices && n; i++)
		if (!strncmp(t->price[i].action, p->action, n) && !t->price[i].action[n]) {
			*option = last + 1;
			return &t->price[i];
		}
	return NULL;
}

static bool lists(const char *options, const char *name)
{
	const size_t n = strlen(name);

	for (const char *at = options; (at = strstr(at, name)); at++)
		if ((at == options || at[-1] == ' ') && (at[n] == ',' || !at[n]))
			return true;
	return false;
}

/* Puts the price of every ACTION_NAME in the place of that of ACTION. */
static enum status choose_option(struct tech *t, const char *name, struct err *e)
{
	const char *options = "";
	bool found = false;

	for (size_t i = 0; i < t->n_prices; i++) {
		const char *option;
		struct price *plain = replaced_by(t, &t->price[i], &option);

		if (!plain)
			continue;
		if (!strcmp(option, name)) {
			plain->energy_pj = t->price[i].energy_pj;
			plain->source = t->price[i].source;
			found = true;
		}
		if (!lists(options, option))
			options = arena_printf(&t->arena, "%s%s%s", options, *options ? ", " : "",
			                       option);
		if (!options)
			return err_nomem(e);
	}
	if (found)
		return ST_OK;
	return err_set(e, ST_USAGE, "technology %s: no option '%s', expected one of %s", t->name,
	               name, *options ? options : "(it has no rows ACTION_OPTION)");
}

/* The options of "+A+B". */
static enum status choose_options(struct tech *t, const char *plus, struct err *e)
{
	char *text = arena_strdup(&t->arena, plus + 1);
	enum status rc = text ? ST_OK : err_nomem(e);

	while (!rc && text) {
		char *next = strchr(text, '+');

		if (next)
			*next++ = '\0';
		rc = choose_option(t, text, e);
		text = next;
	}
	return rc;
}

static enum status unknown(struct arena *a, const char *name, struct err *e)
{
	const char **names, *list = "";
	size_t n;
	enum status rc = tech_names(a, &names, &n, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && list; i++)
		list = arena_printf(a, "%s%s%s", list, i ? ", " : "", names[i]);
	return list ? err_set(e, ST_USAGE, "no technology '%s', expected one of %s", name, list)
	            : err_nomem(e);
}

enum status tech_load(struct tech **out, const char *name, struct err *e)
{
	struct arena a = { 0 };
	const char *rel, *path = NULL, *plus = strchr(name, '+');
	enum status rc = ST_OK;

	*out = NULL;
	if (*name && *name != '.' && !strchr(name, '/')) {
		int n = plus ? (int)(plus - name) : (int)strlen(name);

		rel = arena_printf(&a, "%s/%.*s.csv", tech_dir, n, name);
		if (rel)
			path = file_shipped(&a, rel);
		else
			rc = err_nomem(e);
	}
	if (!rc)
		rc = path ? tech_load_file(out, path, name, e) : unknown(&a, name, e);
	if (!rc && plus)
		rc = choose_options(*out, plus, e);
	if (rc) {
		tech_free(*out);
		*out = NULL;
	}
	arena_release(&a);
	return rc;
}

/* Index of the first price that is not before key. */
static size_t lower_bound(const struct tech *t, const struct price *key)
{
	size_t low = 0, high = t->n_prices;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (price_compare(&t->price[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* On the straight line through (x0, y0), (x1, y1) in log-log space. False: no such line, one of the
 * prices is 0. */
static bool interpolate(double x0, double y0, double x1, double y1, double x, double *y)
{
	if (y0 == y1) { /* exact, also for two zeros */
		*y = y0;
		return true;
	}
	if (y0 <= 0 || y1 <= 0)
		return false;
	*y = exp(log(y0) + (log(y1) - log(y0)) * log(x / x0) / log(x1 / x0));
	return true;
}

static bool is_integer_operation(const char *action)
{
	return !strcmp(action, "int_mult") || !strcmp(action, "int_add");
}

enum status tech_price(const struct tech *t, const char *action, uint64_t width_bits, double *pj,
                       struct err *e)
{
	struct price key = { .action = action, .width_bits = width_bits };
	size_t i = lower_bound(t, &key);
	const struct price *above = &t->price[i], *below = above - (i > 0);

	if (i < t->n_prices && !price_compare(above, &key)) {
		*pj = above->energy_pj;
		return ST_OK;
	}
	if (i && i < t->n_prices && is_integer_operation(action) &&
	    !strcmp(above->action, action) && !strcmp(below->action, action) &&
	    interpolate((double)below->width_bits, below->energy_pj, (double)above->width_bits,
	                above->energy_pj, (double)width_bits, pj))
		return ST_OK;
	if (!strcmp(action, "clock_mhz"))
		return err_set(e, ST_USAGE,
		               "technology %s has no clock: add a row clock_mhz,,,MHZ,SOURCE to %s",
		               t->name, t->file);
	if (width_bits)
		return err_set(e, ST_USAGE,
		               "technology %s has no price for %s of %" PRIu64 " bits: add a row "
		               "%s,%" PRIu64 ",,PICOJOULES,SOURCE to %s",
		               t->name, action, width_bits, action, width_bits, t->file);
	return err_set(e, ST_USAGE,
	               "technology %s has no price for %s: add a row %s,,,PICOJOULES,SOURCE to %s",
	               t->name, action, action, t->file);
}

static bool same_width(const struct price *p, const struct price *key)
{
	return !strcmp(p->action, key->action) && p->width_bits == key->width_bits;
}

enum status tech_sram(const struct tech *t, const char *action, uint64_t capacity_bytes,
                      uint64_t width_bits, double *pj, struct err *e)
{
	struct price key = { .action = action, .width_bits = width_bits };
	size_t first = lower_bound(t, &key), end = first, i = first;

	while (end < t->n_prices && same_width(&t->price[end], &key))
		end++;
	if (first == end)
		return err_set(e, ST_USAGE,
		               "technology %s has no %s with a port of %" PRIu64
		               " bits: choose another port or add rows %s,%" PRIu64
		               ",BYTES,PICOJOULES,SOURCE to %s",
		               t->name, action, width_bits, action, width_bits, t->file);
	while (i < end && t->price[i].capacity_bytes < capacity_bytes)
		i++;
	if (i == end || (i == first && t->price[i].capacity_bytes != capacity_bytes))
		return err_set(e, ST_USAGE,
		               "technology %s prices %s of %" PRIu64 " bits from %" PRIu64
		               " to %" PRIu64 " bytes, not %" PRIu64
		               ": choose a memory inside or add rows to %s",
		               t->name, action, width_bits, t->price[first].capacity_bytes,
		               t->price[end - 1].capacity_bytes, capacity_bytes, t->file);
	*pj = t->price[i].energy_pj;
	if (t->price[i].capacity_bytes == capacity_bytes)
		return ST_OK;
	if (!interpolate((double)t->price[i - 1].capacity_bytes, t->price[i - 1].energy_pj,
	                 (double)t->price[i].capacity_bytes, t->price[i].energy_pj,
	                 (double)capacity_bytes, pj))
		return err_set(e, ST_USAGE,
		               "technology %s: %s of %" PRIu64 " bits at %" PRIu64
		               " bytes lies between a price of 0 and another: add a row for it to "
		               "%s",
		               t->name, action, width_bits, capacity_bytes, t->file);
	return ST_OK;
}

uint64_t tech_smallest_sram(const struct tech *t, uint64_t bytes, uint64_t width_bits)
{
	struct price key = { .action = "sram_read", .width_bits = width_bits };

	for (size_t i = lower_bound(t, &key); i < t->n_prices && same_width(&t->price[i], &key);
	     i++)
		if (t->price[i].capacity_bytes >= bytes)
			return t->price[i].capacity_bytes;
	return 0;
}
