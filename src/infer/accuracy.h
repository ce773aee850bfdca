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

/* Runs all images of d. predictions (n of them, may be NULL) receives the top-1 class of each
 * image (ties: the lower class); reference (may be NULL) is such an array of the fp32 network. */
enum status accuracy_run(struct accuracy *out, struct net *n, const struct dataset *d,
                         const uint16_t *reference, uint16_t *predictions, struct err *e);

/* Checks that model and data set fit together (input shape, classes) and that the model can run. */
enum status accuracy_check(const struct model *m, const struct dataset *d, struct err *e);

#endif
