/* The networks that hcbench ships, image for image against PyTorch: datasets/predict.py wrote the
 * classes that PyTorch gives on the same files. */
#include "infer/accuracy.h"

#include "base/file.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TIES = 16, BATCH = 20 };

/* Below this margin between the two best scores another order of summation may decide. */
static const double close_margin = 1e-4;

struct tie {
	size_t image;
	unsigned classes[2];
};

static size_t read_ties(const char *network, struct tie ties[MAX_TIES])
{
	FILE *f = fopen(TEST_VECTORS "/predictions/ties.csv", "r");
	char line[256], name[64];
	size_t n = 0;

	cr_assert_not_null(f, "no ties.csv");
	while (n < MAX_TIES && fgets(line, sizeof(line), f)) {
		struct tie t;
		double margin;

		if (sscanf(line, "%63[^,],%zu,%u,%u,%lf", name, &t.image, &t.classes[0],
		           &t.classes[1], &margin) == 5 &&
		    !strcmp(name, network) && margin < close_margin)
			ties[n++] = t;
	}
	fclose(f);
	return n;
}

/* Whether the two classes of this image are too close to call, and ours is one of them. */
static bool is_tie(const struct tie *ties, size_t n, size_t image, unsigned class)
{
	for (size_t i = 0; i < n; i++)
		if (ties[i].image == image)
			return class == ties[i].classes[0] || class == ties[i].classes[1];
	return false;
}

static void check_images(const struct accuracy *a, const struct dataset *d, const char *network,
                         const uint16_t *got, const uint8_t *expected)
{
	struct tie ties[MAX_TIES];
	size_t n_ties = read_ties(network, ties), differ = 0, right = 0;

	for (size_t i = 0; i < d->n; i++) {
		right += expected[i] == d->labels[i];
		if (got[i] == expected[i] || is_tie(ties, n_ties, i, got[i]))
			continue;
		if (differ++ < 5)
			cr_expect(false, "%s: image %zu is %u, PyTorch says %u", network, i,
			          (unsigned)got[i], (unsigned)expected[i]);
	}
	cr_expect_eq(differ, 0, "%s: %zu of %zu images differ", network, differ, d->n);
	cr_expect(a->top1 + n_ties >= right && a->top1 <= right + n_ties);
	cr_expect_eq(a->images, d->n);
}

static void check_network(const char *network, const char *data)
{
	char path[512];
	struct arena arena = { 0 };
	struct err e = { 0 };
	struct accuracy a;
	struct dataset *d;
	struct model *m;
	struct span expected;
	uint16_t *got;
	struct net *n;
	enum status rc = dataset_load(&d, data, NULL, &e);

	if (rc == ST_ENV)
		cr_skip_test("%s", e.msg);
	cr_assert(!rc, "%s", e.msg);
	snprintf(path, sizeof(path), SOURCE_DIR "/datasets/models/%s.onnx", network);
	cr_assert(!model_load(&m, path, network, &e), "%s", e.msg);
	snprintf(path, sizeof(path), TEST_VECTORS "/predictions/%s.u8", network);
	cr_assert(!file_read(&arena, path, 1 << 20, &expected, &e), "%s", e.msg);
	cr_assert_eq(expected.n, d->n, "%s: %zu predictions", path, expected.n);
	got = ARENA_NEW(&arena, uint16_t, d->n);
	cr_assert_not_null(got);
	cr_assert(!accuracy_check(m, d, &e), "%s", e.msg);
	cr_assert(!net_create(&n, m, &(struct net_options){ .batch = BATCH }, &e), "%s", e.msg);
	cr_assert(!accuracy_run(&a, n, d, NULL, &(struct predictions){ .top1 = got }, &e), "%s",
	          e.msg);
	check_images(&a, d, network, got, expected.p);
	net_free(n);
	model_free(m);
	dataset_free(d);
	arena_release(&arena);
}

Test(infer_predictions, lenet300_digits)
{
	check_network("lenet300-digits", "digits");
}

Test(infer_predictions, lenet5_digits)
{
	check_network("lenet5-digits", "digits");
}

Test(infer_predictions, lenet300_mnist)
{
	check_network("lenet300-mnist", "mnist");
}

Test(infer_predictions, lenet5_mnist)
{
	check_network("lenet5-mnist", "mnist");
}
