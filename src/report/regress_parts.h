/* Between the two halves of a comparison of results. */
#ifndef HCB_REPORT_REGRESS_PARTS_H
#define HCB_REPORT_REGRESS_PARTS_H

#include "report/regress.h"

enum {
	REGRESS_VERDICT,
	REGRESS_WHAT,
	REGRESS_POINT,
	REGRESS_TECHNOLOGY,
	REGRESS_BEFORE,
	REGRESS_AFTER,
	REGRESS_RATIO,
	REGRESS_LARGER,
	REGRESS_CLIFFS_DELTA,
	REGRESS_P,
	REGRESS_P_HOLM,
	REGRESS_SAMPLES_BEFORE,
	REGRESS_SAMPLES_AFTER,
	N_REGRESS_COLUMNS
};

/* SQL of what names a point on both sides. */
const char *regress_identity(bool by_point);

/* Appends the timing tests to out and counts them. */
enum status regress_timings(const struct regress_request *r, bool by_point, struct table *out,
                            struct regress_counts *counts, struct err *e);

#endif
