/* Published figures (datasets/published.csv), to stand beside measured ones and marked as such. */
#ifndef HCB_REPORT_PUBLISHED_H
#define HCB_REPORT_PUBLISHED_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct published_row {
	const char *network; /* pattern as the shell's, of names of networks */
	const char *method, *source;
	double ratio_fp32, bits_per_weight;
	double loss; /* percentage points of top-1; NaN: not said */
	bool retrained;
};

struct published {
	struct arena arena;
	size_t n;
	struct published_row *row; /* in the order of the file */
};

/* ST_DATA with file:line for a line that is not as the file's head says. */
enum status published_read(struct published *out, const char *path, struct err *e);
void published_release(struct published *p);

/* Whether the row is of this network, and its loss, if any is said, is at most `loss`. */
bool published_applies(const struct published_row *r, const char *model, double loss);

#endif
