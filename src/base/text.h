/* Text: a growable string, strict number parsing, the nearest name for "did you mean". */
#ifndef HCB_BASE_TEXT_H
#define HCB_BASE_TEXT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growable text; { 0 } is empty. After an allocation failure it keeps what it had and latches
 * fail, so a writer checks once at the end. text_str() is never NULL. */
struct text {
	char *s;
	size_t n, cap;
	bool fail;
};

void text_release(struct text *t);
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
/* Makes room for n more bytes; false (and fail) when there is none. */
bool text_reserve(struct text *t, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* s as one argument of a shell's command line: quoted where it must be. */
void text_add_argument(struct text *t, const char *s);
const char *text_str(const struct text *t);

/* Whole string, base 10, no sign, space or suffix; false otherwise or beyond max. */
bool parse_u64(const char *s, uint64_t max, uint64_t *out);

/* Whole string, finite. */
bool parse_double(const char *s, double *out);

/* Bytes with an optional KiB, MiB, GiB suffix ("128KiB"). */
bool parse_bytes(const char *s, uint64_t *out);

/* "128KiB" for 131072, "1000" for 1000: the form that parse_bytes reads back. */
void format_bytes(uint64_t n, char out[32]);

/* The candidate nearest to word (edit distance at most 2 and at most half its length), or NULL.
 * name(i) is called for i = 0.. until it returns NULL. */
const char *nearest_name(const char *word, const char *(*name)(size_t i));

/* "unknown WHAT 'VALUE'; did you mean 'NEAREST'?", or without a near one "see 'hcbench list LIST'"
 * (or, where LIST begins with '-', "see 'hcbench LIST'"). Returns ST_USAGE. */
enum status err_unknown(struct err *e, const char *what, const char *value,
                        const char *(*name)(size_t i), const char *list);

#endif
