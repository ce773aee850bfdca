/* What a network itself makes of a data set: every configuration is compared with it. Computed once
 * for all worker processes: the room for it is shared memory, made before they are forked. Private
 * to the run layer. */
#ifndef HCB_RUN_REFERENCE_H
#define HCB_RUN_REFERENCE_H

#include "infer/adaptive.h"

struct reference;

/* Empty, for n images. NULL when out of memory. */
struct reference *reference_create(size_t n);
void reference_free(struct reference *r);

/* Runs the network (n has its own weights and rounds nothing) unless some process did before. Two
 * processes that begin at once both do, and write the same. */
enum status reference_fill(struct reference *r, struct net *n, const struct dataset *d,
                           struct err *e);
bool reference_ready(const struct reference *r);
struct predictions reference_predictions(const struct reference *r);
const struct accuracy *reference_accuracy(const struct reference *r);

#endif
