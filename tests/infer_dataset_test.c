/* Data sets: where they come from, what is said when they are not there, the selection half. */
#include "infer/dataset.h"
#include "infer/idx.h"
#include "plugins.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const images_name = "t10k-images-idx3-ubyte";
static const char *const labels_name = "t10k-labels-idx1-ubyte";

/* A folder with n images of 2 x 2, pixels and labels counting up from 0. */
struct folder {
	char dir[64], images[128], labels[128], name[80];
};

static void folder_make(struct folder *f, size_t n, size_t n_labels)
{
	uint8_t byte[256];
	struct idx images = {
		.rank = 3, .dim = {n, 2, 2},
                     .bytes = byte
	};
	struct idx labels = { .rank = 1, .dim = { n_labels }, .bytes = byte };
	struct err e = { 0 };

	for (unsigned i = 0; i < sizeof(byte); i++)
		byte[i] = (uint8_t)i;
	strcpy(f->dir, "/tmp/hcbench-dataset-XXXXXX");
	cr_assert_not_null(mkdtemp(f->dir));
	snprintf(f->images, sizeof(f->images), "%s/%s", f->dir, images_name);
	snprintf(f->labels, sizeof(f->labels), "%s/%s", f->dir, labels_name);
	snprintf(f->name, sizeof(f->name), "idx:%s", f->dir);
	cr_assert(!idx_write(f->images, &images, &e), "%s", e.msg);
	cr_assert(!idx_write(f->labels, &labels, &e), "%s", e.msg);
}

static void folder_remove(const struct folder *f)
{
	unlink(f->images);
	unlink(f->labels);
	rmdir(f->dir);
}

/* Digest and selection worked out with Python's hashlib: SHA-256 of the 32 pixels 0..31 and the
 * labels 0..7 as little-endian 16-bit numbers; then the four images whose SHA-256 of that digest
 * and the index (64-bit little-endian) are smallest. */
Test(infer_dataset, digest_and_selection_of_a_folder)
{
	static const char expected[] =
	        "fa948d21b689d805fa80ca95b7750e815b627b2e7e3f1124553a659533b3b84b";
	static const bool selection[8] = { false, true, false, false, true, false, true, true };
	char hex[DIGEST_HEX];
	struct err e = { 0 };
	float batch[2 * 4];
	struct dataset *d;
	struct folder f;

	folder_make(&f, 8, 8);
	cr_assert(!dataset_load(&d, f.name, NULL, &e), "%s", e.msg);
	cr_expect(d->n == 8 && d->c == 1 && d->h == 2 && d->w == 2 && d->n_classes == 10);
	digest_hex(&d->digest, hex);
	cr_expect_str_eq(hex, expected);
	cr_expect_arr_eq(d->selection, selection, sizeof(selection));
	dataset_batch(d, 5, 2, batch);
	for (unsigned i = 0; i < 8; i++)
		cr_expect_eq(batch[i], (float)(20 + i) / 255.0f);
	for (unsigned i = 0; i < 8; i++)
		cr_expect_eq(d->labels[i], i);
	dataset_free(d);
	folder_remove(&f);

	folder_make(&f, 13, 13); /* labels 0..12 */
	cr_assert(!dataset_load(&d, f.name, NULL, &e), "%s", e.msg);
	cr_expect_eq(d->n_classes, 13);
	dataset_free(d);
	folder_remove(&f);
}

Test(infer_dataset, bad_folders)
{
	struct err e = { 0 };
	struct dataset *d;
	struct folder f;

	folder_make(&f, 8, 7);
	cr_expect_eq(dataset_load(&d, f.name, NULL, &e), ST_DATA);
	cr_expect(strstr(e.msg, "8 images but 7 labels"), "%s", e.msg);
	cr_expect_null(d);
	unlink(f.labels);
	cr_expect_eq(dataset_load(&d, f.name, NULL, &e), ST_ENV);
	cr_expect(strstr(e.msg, labels_name), "%s", e.msg);
	folder_remove(&f);
	folder_make(&f, 0, 0);
	cr_expect_eq(dataset_load(&d, f.name, NULL, &e), ST_DATA);
	cr_expect(strstr(e.msg, "no pixels"), "%s", e.msg);
	folder_remove(&f);
	cr_expect_eq(dataset_load(&d, f.name, NULL, &e), ST_ENV);
}

Test(infer_dataset, names)
{
	struct err e = { 0 };
	struct dataset *d;

	cr_expect_eq(dataset_load(&d, "mnits", NULL, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "'mnist'"), "%s", e.msg);
	cr_expect_null(d);
	cr_expect_eq(dataset_load(&d, "no such set", NULL, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "hcbench list datasets"), "%s", e.msg);
	cr_expect_eq(dataset_load(&d, "", NULL, &e), ST_USAGE);
	cr_assert_eq(n_datasets,
	             plugins_defined("src/infer", "const struct dataset_source dataset_"));
	cr_expect_str_eq(datasets[2]->name, "fashion-mnist");
}

Test(infer_dataset, missing_files_say_how_to_fetch_them)
{
	struct err e = { 0 };
	struct dataset *d;

	cr_assert(!setenv("HCBENCH_DATA", "/nonexistent", 1));
	cr_expect_eq(dataset_load(&d, "mnist", NULL, &e), ST_ENV);
	cr_expect(strstr(e.msg, "/nonexistent/mnist/t10k-images-idx3-ubyte.gz") &&
	                  strstr(e.msg, "scripts/fetch_datasets mnist") &&
	                  strstr(e.msg, "HCBENCH_DATA"),
	          "%s", e.msg);
	cr_expect_eq(dataset_load(&d, "fashion-mnist", NULL, &e), ST_ENV);
	cr_expect(strstr(e.msg, "scripts/fetch_datasets fashion-mnist"), "%s", e.msg);
	cr_expect_null(d);
}

/* What every source promises. */
static void check_promises(const struct dataset *d)
{
	size_t half = 0, in_first_half = 0;
	bool seen[256] = { false };

	for (size_t i = 0; i < d->n; i++) {
		cr_assert_lt(d->labels[i], d->n_classes);
		seen[d->labels[i]] = true;
		half += d->selection[i];
		in_first_half += i < d->n / 2 && d->selection[i];
	}
	for (unsigned c = 0; c < d->n_classes; c++)
		cr_expect(seen[c], "no image of class %u", c);
	cr_expect_eq(half, d->n / 2);
	/* A hash-ordered half is spread evenly: n/4 +- 6 sigma, sigma = sqrt(n)/4 for a
	 * hypergeometric draw of n/2 of n. */
	cr_expect_float_eq((double)in_first_half, (double)d->n / 4, 6 * 0.25 * sqrt((double)d->n));
}

Test(infer_dataset, digits)
{
	struct dataset *d, *again;
	struct err e = { 0 };

	cr_assert(!dataset_load(&d, "digits", NULL, &e), "%s", e.msg);
	cr_assert(!dataset_load(&again, "digits", NULL, &e), "%s", e.msg);
	cr_expect(d->n == 2000 && d->c == 1 && d->h == 28 && d->w == 28 && d->n_classes == 10);
	cr_expect_arr_eq(d->digest.byte, again->digest.byte, sizeof(d->digest.byte));
	check_promises(d);
	dataset_free(d);
	dataset_free(again);
}

Test(infer_dataset, mnist)
{
	struct err e = { 0 };
	struct dataset *d;
	enum status rc = dataset_load(&d, "mnist", NULL, &e);

	if (rc == ST_ENV)
		cr_skip_test("%s", e.msg);
	cr_assert(!rc, "%s", e.msg);
	cr_expect(d->n == 10000 && d->c == 1 && d->h == 28 && d->w == 28 && d->n_classes == 10);
	check_promises(d);
	dataset_free(d);
}
