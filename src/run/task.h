/* One task of a plan, computed in the calling process. Private to the run layer. */
#ifndef HCB_RUN_TASK_H
#define HCB_RUN_TASK_H

#include "run/sweep.h"

/* Computes what is not done of t. known: its stored lossy row, or NULL. A point that fails or does
 * not apply becomes a row with that status; the task goes on. Errors returned are those of the
 * sink. */
enum status task_run(struct pipeline *pl, const struct plan *p, const struct task *t,
                     const struct lossy_row *known, const struct sweep_options *o,
                     const struct row_sink *sink, struct err *e);

/* Times the points of t once each. What does not apply or fails has no duration; its row says why.
 * Errors returned are those of the sink. */
enum status task_time(struct pipeline *pl, const struct plan *p, const struct task *t,
                      unsigned sample, const struct sweep_options *o, const struct row_sink *sink,
                      struct err *e);

/* Bits of the smallest point of t, from word counts; UINT64_MAX where no point has a size. */
uint64_t task_size(struct pipeline *pl, const struct plan *p, const struct task *t);

/* The row of a point that was not computed. */
void task_empty_row(struct point_row *r, const struct planned *p, const char *status,
                    const char *reason);

#endif
