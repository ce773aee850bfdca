/* The report: one self-contained HTML page of a results database. */
#ifndef HCB_REPORT_REPORT_H
#define HCB_REPORT_REPORT_H

#include "base/err.h"
#include "base/text.h"
#include "store/store.h"

struct report_request {
	const char *title;
	const char *db;         /* the database as the page's commands name it */
	const char *technology; /* price table of the energies; another one where it is not there */
	const char *published;  /* CSV of published figures, or NULL for none */
	double loss;            /* percentage points of top-1 at which codecs are compared */
	/* An empty folder in which gnuplot may draw; its content is the caller's to remove. NULL:
	 * no figures of gnuplot. */
	const char *scratch;
};

/* Appends the page to out. It asks nothing of the network, every text of the database is escaped,
 * and the same database and request give the same bytes. Of the points only fronts and choices
 * are in it. A section without data is left out, and the page says why. ST_SKIP: the database has
 * no verified point at all. */
enum status report_page(struct store *s, const struct report_request *r, struct text *out,
                        struct err *e);

#endif
