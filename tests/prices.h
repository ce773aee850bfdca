/* What tests of energies share. */
#ifndef HCB_TESTS_PRICES_H
#define HCB_TESTS_PRICES_H

#include "hw/tech.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdbool.h>

static inline bool near(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b);
}

/* A shipped technology, with options; tech_free() it. */
static inline struct tech *load(const char *name)
{
	struct err e = { 0 };
	struct tech *t;

	cr_assert_eq(tech_load(&t, name, &e), ST_OK, "%s", e.msg);
	return t;
}

#endif
