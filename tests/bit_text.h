/* Bit strings as text, so that a stream stands in a test as it was worked out by hand. */
#ifndef HCB_TESTS_BIT_TEXT_H
#define HCB_TESTS_BIT_TEXT_H

#include <criterion/criterion.h>

#include "codec/codec.h"

/* b is `text`, in which all but 0 and 1 separates. */
static inline void check_bits(const struct bit_string *b, const char *text)
{
	size_t n = 0;

	for (const char *c = text; *c; c++) {
		if (*c != '0' && *c != '1')
			continue;
		cr_assert_lt(n, b->n_bits, "%zu bits, expected '%s'", b->n_bits, text);
		cr_assert_eq(b->words[n / 64] >> (63 - n % 64) & 1, (uint64_t)(*c - '0'),
		             "bit %zu of '%s'", n, text);
		n++;
	}
	cr_assert_eq(n, b->n_bits, "%zu bits, expected %zu", b->n_bits, n);
}

#endif
