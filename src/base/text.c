#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_release(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

bool text_reserve(struct text *t, size_t extra)
{
	size_t cap = t->cap ? t->cap : 64;
	char *s;

	if (t->fail)
		return false;
	while (cap - t->n < extra + 1)
		cap *= 2;
	if (cap == t->cap)
		return true;
	s = realloc(t->s, cap);
	if (!s) {
		t->fail = true;
		return false;
	}
	t->s = s;
	t->cap = cap;
	return true;
}

void text_addn(struct text *t, const char *s, size_t n)
{
	if (!text_reserve(t, n))
		return;
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !text_reserve(t, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(t->s + t->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->n += (size_t)n;
}

void text_add_argument(struct text *t, const char *s)
{
	bool plain = *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                "0123456789_-./=:,+@%")];

	if (plain) {
		text_add(t, s);
		return;
	}
	text_add(t, "'");
	for (; *s; s++)
		text_addn(t, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	text_add(t, "'");
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

bool parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		uint64_t d = (uint64_t)(*s - '0');

		if (*s < '0' || *s > '9' || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

bool parse_double(const char *s, double *out)
{
	char *end;
	double v;

	if (!*s || s[strspn(s, "+-.0123456789eE")])
		return false; /* strtod() would take blanks, hexadecimal and names */
	v = strtod(s, &end);
	if (*end || !isfinite(v))
		return false;
	*out = v;
	return true;
}

static const struct {
	const char *suffix;
	uint64_t unit;
} units[] = {
	{"GiB",  1 << 30},
        { "MiB", 1 << 20},
        { "KiB", 1 << 10},
        { "",    1      }
};

bool parse_bytes(const char *s, uint64_t *out)
{
	size_t len = strlen(s);
	char digits[24];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].suffix);
		uint64_t v;

		if (len < n || strcmp(s + len - n, units[i].suffix) || len - n >= sizeof(digits))
			continue;
		memcpy(digits, s, len - n);
		digits[len - n] = '\0';
		if (!parse_u64(digits, UINT64_MAX / units[i].unit, &v))
			return false;
		*out = v * units[i].unit;
		return true;
	}
	return false;
}

void format_bytes(uint64_t n, char out[32])
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (n && n % units[i].unit == 0) {
			snprintf(out, 32, "%" PRIu64 "%s", n / units[i].unit, units[i].suffix);
			return;
		}
	snprintf(out, 32, "%" PRIu64, n);
}

static size_t edit_distance(const char *a, const char *b)
{
	size_t row[64], nb = strlen(b);

	if (nb >= 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < nb; j++) {
			size_t best = diagonal + (a[i] != b[j]);

			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			diagonal = row[j + 1];
			row[j + 1] = best;
		}
	}
	return row[nb];
}

const char *nearest_name(const char *word, const char *(*name)(size_t i))
{
	const char *best = NULL, *candidate;
	size_t best_distance = 3;

	for (size_t i = 0; (candidate = name(i)); i++) {
		size_t d = edit_distance(word, candidate);

		if (d < best_distance && 2 * d <= strlen(candidate)) {
			best = candidate;
			best_distance = d;
		}
	}
	return best;
}

enum status err_unknown(struct err *e, const char *what, const char *value,
                        const char *(*name)(size_t i), const char *list)
{
	const char *near = nearest_name(value, name);

	if (near)
		return err_set(e, ST_USAGE, "unknown %s '%s'; did you mean '%s'?", what, value,
		               near);
	return err_set(e, ST_USAGE, "unknown %s '%s'; see 'hcbench %s%s'", what, value,
	               *list == '-' ? "" : "list ", list);
}
