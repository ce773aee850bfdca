/* Fronts of size and accuracy as inline SVG: bits per weight on a logarithmic axis with the ratio
 * above it, top-1 upwards; every point a link to its row, named by what it is. */
#ifndef HCB_REPORT_CHART_H
#define HCB_REPORT_CHART_H

#include "base/text.h"

#include <stddef.h>

struct chart_point {
	double bits, top1, top1_low, top1_high; /* NaN interval: none */
	size_t row;                             /* the link's target is #pROW */
	const char *tip;                        /* plain text, lines */
};

enum { CHART_SERIES = 3 };
/* Names of the series, in the order in which they are drawn. */
extern const char *const chart_series_name[CHART_SERIES];

struct chart {
	const char *id;            /* of HTML, unique in the page */
	const char *title, *about; /* plain text: name and description of the picture */
	double top1_fp32;          /* NaN: unknown */
	double low, high;          /* of top-1 */
	size_t n[CHART_SERIES];
	const struct chart_point *point[CHART_SERIES];
	/* Everything else, drawn as dots. */
	size_t n_cloud;
	const struct chart_point *cloud;
};

void chart_write(const struct chart *c, struct text *out);
/* The mark of a series as it stands in a legend: a small SVG. */
void chart_mark(struct text *out, size_t series);

#endif
