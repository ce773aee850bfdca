/* Claims that are about no stored point: one const struct per kind, listed below. */
#ifndef HCB_REPORT_CLAIM_CHECK_H
#define HCB_REPORT_CLAIM_CHECK_H

#include "report/claim.h"

struct claim_check {
	const char *name; /* in front of the ':' of the key check */
	const char *help; /* its arguments, and what it yields */
	/* argument: what follows the ':', or "". Sets ours, low and high, and reason where it
	 * helps, with texts in a; the caller judges. ST_USAGE: not such an argument. */
	enum status (*run)(const char *argument, struct arena *a, struct claim_result *out,
	                   struct err *e);
};

#define CLAIM_CHECKS(X)        X(array) X(scalesim) X(sram) X(geometric)

#define DECLARE_CLAIM_CHECK(n) extern const struct claim_check claim_check_##n;
CLAIM_CHECKS(DECLARE_CLAIM_CHECK)
#undef DECLARE_CLAIM_CHECK

extern const struct claim_check *const claim_checks[];
extern const size_t n_claim_checks;

#endif
