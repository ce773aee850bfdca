/* Counting of right answers. The networks here are one dense layer of the identity, so the scores
 * of an image are its pixels / 255 and every count can be worked out by hand. */
#include "infer/accuracy.h"

#include "model/graph.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

enum { CLASSES = 6, IMAGES = 7 };

static const float identity[CLASSES * CLASSES] = {
	[0] = 1, [7] = 1, [14] = 1, [21] = 1, [28] = 1, [35] = 1,
};

/* label, best class (lower of ties), rank of the label (0 = best) */
static const uint8_t pixels[IMAGES][CLASSES] = {
	{9,  1, 2, 3, 4, 5}, /* 0: 0, rank 0 */
	{ 1, 9, 9, 3, 4, 5}, /* 2: tie of 1 and 2 goes to 1, rank 1 */
	{ 1, 9, 9, 3, 4, 5}, /* 1: 1, rank 0 */
	{ 1, 9, 8, 3, 4, 5}, /* 0: 1, rank 5: last of six */
	{ 0, 0, 0, 0, 0, 0}, /* 5: all tied: 0, rank 5 */
	{ 0, 0, 0, 0, 0, 0}, /* 4: all tied: 0, rank 4 */
	{ 1, 2, 3, 4, 5, 6}, /* 5: 5, rank 0 */
};
static const uint16_t labels[IMAGES] = { 0, 2, 1, 0, 5, 4, 5 };
static const uint16_t best[IMAGES] = { 0, 1, 1, 1, 0, 0, 5 };
static const bool selection[IMAGES] = { true, true, false, true, false, false, false };

static struct dataset images_by_hand(void)
{
	return (struct dataset){ .name = "by hand",
		                 .n = IMAGES,
		                 .c = 1,
		                 .h = 2,
		                 .w = 3,
		                 .n_classes = CLASSES,
		                 .pixels = pixels[0],
		                 .labels = labels,
		                 .selection = selection };
}

static void build(struct model *m, size_t height, size_t outputs)
{
	struct shape image = {
		.rank = 3, .dim = {1, height, 3}
	};
	struct kernel k = {
		.name = "w",
		.layer = "fc",
		.groups = 1,
		.w = identity,
		.shape = {.rank = 2, .dim = { outputs, height * 3 }}
	};
	struct err e = { 0 };
	size_t v = 0;

	*m = (struct model){ .name = "identity" };
	cr_assert(!graph_input(m, "image", &image, &v, &e), "%s", e.msg);
	cr_assert(!graph_dense(m, "fc", v, &k, NULL, &v, &e), "%s", e.msg);
	cr_assert(!graph_output(m, v, &e), "%s", e.msg);
}

/* Every batch size, so that the last batch is full, partial or the only one. */
Test(infer_accuracy, counts_and_predictions)
{
	struct dataset d = images_by_hand();
	struct err e = { 0 };
	struct model m;

	build(&m, 2, CLASSES);
	for (size_t batch = 1; batch <= IMAGES + 2; batch++) {
		uint16_t predictions[IMAGES];
		struct accuracy a;
		struct net *n;

		cr_assert(!net_create(&n, &m, &(struct net_options){ .batch = batch }, &e), "%s",
		          e.msg);
		cr_assert(!accuracy_run(&a, n, &d, NULL,
		                        &(struct predictions){ .top1 = predictions }, &e),
		          "%s", e.msg);
		cr_expect_arr_eq(predictions, best, sizeof(best), "batch %zu", batch);
		cr_expect_eq(a.images, 7);
		cr_expect_eq(a.top1, 3); /* images 0, 2, 6 */
		cr_expect_eq(a.top5, 5); /* all but the ranks 5 of images 3 and 4 */
		cr_expect_eq(a.selection_images, 3);
		cr_expect_eq(a.selection_top1, 1); /* image 0 */
		cr_expect(!a.lost && !a.gained && !a.selection_lost && !a.selection_gained);
		net_free(n);
	}
	arena_release(&m.arena);
}

Test(infer_accuracy, discordant_pairs)
{
	/* Reference right on images 1, 3, 4 and 2; this network on 0, 2, 6. */
	static const uint16_t reference[IMAGES] = { 5, 2, 1, 0, 5, 0, 4 };
	struct dataset d = images_by_hand();
	struct err e = { 0 };
	struct accuracy a;
	struct model m;
	struct net *n;

	build(&m, 2, CLASSES);
	cr_assert(!net_create(&n, &m, &(struct net_options){ .batch = 3 }, &e), "%s", e.msg);
	cr_assert(!accuracy_run(&a, n, &d, reference, NULL, &e), "%s", e.msg);
	cr_expect_eq(a.lost, 3);             /* 1, 3, 4 */
	cr_expect_eq(a.gained, 2);           /* 0, 6 */
	cr_expect_eq(a.selection_lost, 2);   /* 1, 3 */
	cr_expect_eq(a.selection_gained, 1); /* 0 */
	cr_expect_eq(a.top1, 3);
	cr_assert(!accuracy_run(&a, n, &d, best, NULL, &e), "%s", e.msg);
	cr_expect(!a.lost && !a.gained, "a network differs from itself");
	net_free(n);
	arena_release(&m.arena);
}

/* An infinite weight times a pixel 0 is not a number: that class loses to every other. */
Test(infer_accuracy, not_a_number_loses)
{
	struct dataset d = images_by_hand();
	uint16_t predictions[IMAGES];
	float w[CLASSES * CLASSES];
	struct err e = { 0 };
	struct accuracy a;
	struct model m;
	struct net *n;

	build(&m, 2, CLASSES);
	memcpy(w, identity, sizeof(w));
	w[0] = INFINITY;
	cr_assert(!net_create(&n, &m, &(struct net_options){ .batch = 4 }, &e), "%s", e.msg);
	cr_assert(!net_set_kernel(n, 0, w, &e), "%s", e.msg);
	cr_assert(!accuracy_run(&a, n, &d, NULL, &(struct predictions){ .top1 = predictions }, &e),
	          "%s", e.msg);
	cr_expect_eq(predictions[3], 0, "infinite score");
	cr_expect_eq(predictions[4], 1, "0 x infinity");
	cr_expect_eq(predictions[5], 1, "0 x infinity");
	net_free(n);
	arena_release(&m.arena);
}

Test(infer_accuracy, model_and_data_must_fit)
{
	struct dataset d = images_by_hand();
	struct err e = { 0 };
	struct accuracy a;
	struct model m;
	struct net *n;

	build(&m, 2, CLASSES);
	cr_expect_eq(accuracy_check(&m, &d, &e), ST_OK);
	arena_release(&m.arena);
	build(&m, 1, CLASSES);
	cr_expect_eq(accuracy_check(&m, &d, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "1x1x3") && strstr(e.msg, "1x2x3"), "%s", e.msg);
	cr_assert(!net_create(&n, &m, &(struct net_options){ .batch = 2 }, &e), "%s", e.msg);
	cr_expect_eq(accuracy_run(&a, n, &d, NULL, NULL, &e), ST_USAGE);
	net_free(n);
	arena_release(&m.arena);
	build(&m, 2, CLASSES - 1);
	cr_expect_eq(accuracy_check(&m, &d, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "5 classes"), "%s", e.msg);
	cr_assert(!net_create(&n, &m, &(struct net_options){ .batch = 2 }, &e), "%s", e.msg);
	cr_expect_eq(accuracy_run(&a, n, &d, NULL, NULL, &e), ST_USAGE);
	net_free(n);
	arena_release(&m.arena);
}
