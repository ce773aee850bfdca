/* The stages from a point to its rows, each result kept while the axes it depends on stay the
 * same: model and data -> quantized -> trimmed -> stream -> words -> coded (encoded, decoded,
 * compared) -> counts -> rows. Going through points in the order of point_compare() therefore
 * computes nothing twice. */
#ifndef HCB_RUN_PIPELINE_H
#define HCB_RUN_PIPELINE_H

#include "run/library.h"
#include "run/row.h"

struct pipeline;

/* l must outlive the pipeline. */
enum status pipeline_create(struct pipeline **out, struct library *l, struct err *e);
void pipeline_free(struct pipeline *pl);

/* Row of p's lossy prefix: symbol statistics, and accuracy when there is a data set: on all images,
 * or with a limit > 0 on as many as it takes to say whether more than `limit` percentage points of
 * top-1 are lost (infer/adaptive.h). */
enum status pipeline_lossy(struct pipeline *pl, const struct point *p, const char *lossy_key,
                           double limit, struct lossy_row *out, struct err *e);

/* Histogram of the quantized integers (before trimming) of p's lossy prefix. *value and *count are
 * valid until the next call. */
enum status pipeline_histogram(struct pipeline *pl, const struct point *p, const int32_t **value,
                               const int64_t **count, size_t *n, struct err *e);

/* compressed_bits of a point, without encoding it. */
enum status pipeline_size(struct pipeline *pl, const struct point *p, uint64_t *bits,
                          struct err *e);

/* Everything of one point: sends the point row, then an energy row per technology and a layer row
 * per kernel to sink. lossy is its lossy row. */
enum status pipeline_point(struct pipeline *pl, const struct point *p, const char *key,
                           const struct lossy_row *lossy, const char *const *technology,
                           size_t n_technologies, const struct row_sink *sink, struct err *e);

/* Verifies a point, then encodes, decodes and compares it once more and sends the two durations to
 * sink->timing; now_s as in struct sweep_options. What a codec prepares for all sizes of a
 * dictionary at once (counting words) is not in them. */
enum status pipeline_time(struct pipeline *pl, const struct point *p, const char *key,
                          unsigned sample, double (*now_s)(void), const struct row_sink *sink,
                          struct err *e);

/* Energy of stored counts with another technology. */
enum status pipeline_price(struct library *l, const struct point *p, const struct point_row *row,
                           unsigned wire_bits, const char *technology, struct energy_row *out,
                           struct err *e);

#endif
