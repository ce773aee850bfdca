/* Between the files of the figures: data under construction, helpers shared by several figures,
 * the call of gnuplot. */
#ifndef HCB_REPORT_FIGURE_PARTS_H
#define HCB_REPORT_FIGURE_PARTS_H

#include "base/text.h"
#include "report/figure.h"

struct figure_data {
	struct text dat;       /* data file */
	struct text variables; /* gnuplot assignments */
	struct text sql;
	struct text about; /* what the caption says of the data */
	size_t n_blocks;
};

void figure_data_release(struct figure_data *d);

/* Appends value as a gnuplot string literal on one line, inert whatever it holds. */
void figure_quote(struct text *out, const char *value);

/* Moves label positions apart (in place) so that neighbours are at least gap apart and all lie in
 * low..high where they fit, keeping their order and staying near where they were. NaN stays. */
void figure_spread(double *y, size_t n, double gap, double low, double high);

/* A rectangle by its middle and size, inches from the lower left corner of the frame. */
struct figure_box {
	double x, y, w, h;
};

/* Moves labels, each given on the point that it names, to the nearest place where they meet neither
 * each other nor an obstacle and lie in the frame; a label without such a place stays. */
void figure_place(struct figure_box *label, size_t n, const struct figure_box *obstacle,
                  size_t n_obstacles, double width, double height);

/* Shortens names of models in a text column: no folder, and at most max (8 or more) characters, cut
 * in the middle. Names that differ still do; where that cannot be had they stay whole. */
enum status figure_short_names(struct table *t, size_t column, size_t max, struct err *e);

/* A cell as a number; NaN when it is NULL, text or outside the table. */
double figure_value(const struct table *t, size_t row, size_t column);

/* Copies the rows of t whose integer column equals value, or all when column is t->n_columns. The
 * copy is released on its own; its texts remain t's. */
enum status figure_rows(const struct table *t, size_t column, int64_t value, struct table *out,
                        struct err *e);

/* Appends the front of t over columns as a block; t keeps its rows. */
enum status figure_front(struct figure_data *d, const char *name, const struct table *t,
                         const char *columns, struct err *e);

/* What the figures of one model speak of: the data set with the most results, and its reference. */
struct figure_subject {
	struct table table; /* owns what follows */
	const char *data;
	double images, top1_fp32, weights;
};

/* Finds the subject and defines the variables model, data_set, images, top1_fp32 and weights.
 * ST_SKIP: the model has no accuracy. Release it whatever the status. */
enum status figure_subject(struct figure_subject *out, struct figure_data *d, struct store *s,
                           const char *model, struct err *e);
void figure_subject_release(struct figure_subject *subject);

/* Loss of top-1 at which fronts are compared, in points; the margin absorbs binary rounding. */
#define HALF_POINT (0.5 + 1e-9)

/* The range of accuracy that a front is drawn in: from a loss that nobody would accept to just
 * above the best interval. */
struct figure_window {
	double low, high;
};
struct figure_window figure_window(const struct table *t, size_t top1, size_t top1_high,
                                   double fp32);

/* Runs gnuplot on script (a file name inside dir) with `format` and `target` set. Its complaint
 * becomes the error. ST_ENV: no gnuplot, or it failed without a word or at the file size limit;
 * ST_INTERNAL: the script failed. ST_OK does not promise that the target was written whole. */
enum status figure_gnuplot(const char *dir, const char *script, const char *format,
                           const char *target, struct err *e);

#endif
