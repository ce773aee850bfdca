/* Evaluations that cannot matter. Sizes are known before accuracy, so lossy prefixes of one network
 * (and data set, and activations) are evaluated from the smallest on. Once one of them loses no
 * more than what counts as nothing, on all images and on the selection half, all that are larger
 * are dominated: they cannot be better by more than that, and they cost more bits. Private to the
 * run layer. */
#ifndef HCB_RUN_PRUNE_H
#define HCB_RUN_PRUNE_H

#include "run/sweep.h"

struct pruner;

/* loss: percentage points that count as nothing, >= 0. p must outlive it. */
enum status pruner_create(struct pruner **out, const struct plan *p, double loss, struct err *e);
void pruner_free(struct pruner *pr);

/* The bits of the smallest point of a task. One whose size stays unknown is never left out, and
 * nothing is left out on its account. */
void pruner_size(struct pruner *pr, size_t task, uint64_t bits);
/* Orders the tasks, when all sizes are known. */
void pruner_sort(struct pruner *pr);
/* The i-th task of the order. */
size_t pruner_task(const struct pruner *pr, size_t i);

/* Notes what a task's prefix loses. Only rows of all images count. */
void pruner_result(struct pruner *pr, size_t task, const struct lossy_row *r);
bool pruner_drops(const struct pruner *pr, size_t task);

#endif
