/* HardCompress against every other codec, per network at equal accuracy. */
#ifndef HCB_REPORT_COMPARE_H
#define HCB_REPORT_COMPARE_H

#include "base/err.h"
#include "base/text.h"
#include "store/store.h"

/* The codec that every other is measured by: HardCompress. */
#define COMPARE_REFERENCE "dict"

struct compare_request {
	const char *model; /* or NULL: every network */
	double loss;       /* percentage points of top-1 that may be lost */
	const char *technology;
	const char *published; /* CSV of published figures, or NULL for none */
};

/* Rows per network, data set and activations, smallest first within each `basis`:
 *   same       every codec, and the bounds, on the lossy prefix of HardCompress's smallest point
 * that loses at most `loss` on the selection half of the images own        every codec on the
 * prefix that suits it best under the same condition published  what others published for the
 * network, not computed here Only verified points; what does not exist is NULL. A line per network
 * of what there is no point of goes to `missing`. ST_SKIP: nothing to compare; ST_USAGE: no such
 * network. */
enum status compare_table(struct store *s, const struct compare_request *r, struct table *out,
                          struct text *missing, struct err *e);

/* Its statement and the columns that a reader wants first. ?1 loss, ?2 network or '', ?3
 * technology, ?4 reference codec. */
extern const char compare_sql[], compare_brief[];

#endif
