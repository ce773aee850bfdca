/* Whether a configuration loses more than so many percentage points of top-1 accuracy, from as few
 * images as that takes.
 *
 * The hardest images, those that the fp32 network decides by the smallest margin, are where a
 * configuration differs first: they are all evaluated. The others are drawn at random, in the data
 * set's fixed order, so that a confidence sequence (base/sequence.h) bounds what the rest can hold:
 * images that fp32 gets right can only be lost, the others only gained. Evaluation stops as soon as
 * the bounds are on one side of the limit. A verdict is wrong with probability ADAPTIVE_ERROR at
 * most, for each configuration, whatever the network; on all images it is certain. */
#ifndef HCB_INFER_ADAPTIVE_H
#define HCB_INFER_ADAPTIVE_H

#include "base/sequence.h"
#include "infer/accuracy.h"

#define ADAPTIVE_ERROR 0.01

/* One in so many images counts as hard. Chosen by replaying the rule on recorded predictions: from
 * 1 to 5 % makes little difference. */
enum { ADAPTIVE_HARD = 50 };

/* The order in which images are taken; the same for every configuration of a network. */
struct adaptive_order {
	size_t n_hard, n_right, n_wrong;
	uint32_t *hard;          /* smallest margin first */
	uint32_t *right, *wrong; /* the others, by what fp32 makes of them, in random order */
};

/* fp32: top-1 class and margin of each image. Released by adaptive_release. */
enum status adaptive_plan(struct adaptive_order *o, const struct dataset *d,
                          const struct predictions *fp32, struct err *e);
void adaptive_release(struct adaptive_order *o);

enum verdict { VERDICT_NONE, VERDICT_KEEPS, VERDICT_LOSES };

struct adaptive_result {
	enum verdict verdict;
	size_t images;         /* evaluated */
	uint64_t lost, gained; /* of these, against fp32 */
	/* Images that all of the data set gains, less those it loses: estimate and bounds. */
	double net;
	struct range range;
};

/* limit: net loss, in images of the data set, up to which the verdict is "keeps". */
enum status adaptive_run(struct adaptive_result *out, struct net *n, const struct dataset *d,
                         const struct predictions *fp32, const struct adaptive_order *o,
                         double limit, struct err *e);

#endif
