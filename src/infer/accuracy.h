/* Accuracy of a network on a data set. */
#ifndef HCB_INFER_ACCURACY_H
#define HCB_INFER_ACCURACY_H

#include "infer/dataset.h"
#include "infer/net.h"

#include <stdint.h>

struct accuracy {
	uint64_t images, top1, top5; /* counts; top5 counts label in the best min(5, classes) */
	uint64_t selection_images, selection_top1; /* on the selection half */
	/* Discordant pairs against a reference prediction (0 without one): reference right and
	 * this wrong (lost), reference wrong and this right (gained). Also on the selection half.
	 */
	uint64_t lost, gained;
	uint64_t selection_lost, selection_gained;
};

/* What a network says about each image (n of each; either may be NULL). */
struct predictions {
	uint16_t *top1; /* best class; ties: the lower one */
	float *margin;  /* by how much its score exceeds the second best */
};

/* Runs all images of d. predictions (may be NULL) is filled; reference (may be NULL) are the top-1
 * classes of the fp32 network. */
enum status accuracy_run(struct accuracy *out, struct net *n, const struct dataset *d,
                         const uint16_t *reference, const struct predictions *predictions,
                         struct err *e);

/* Best of n scores (ties: the lower index; a score that is not a number loses against every other);
 * *margin, where given, is its distance to the second best. */
size_t accuracy_top1(const float *score, size_t n, float *margin);

/* Checks that model and data set fit together (input shape, classes) and that the model can run. */
enum status accuracy_check(const struct model *m, const struct dataset *d, struct err *e);

#endif
