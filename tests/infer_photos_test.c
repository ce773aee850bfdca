/* Data sets of photographs: the pixels are Pillow's (tests/vectors/make_images.py), they are
 * cached, and a cache file that is damaged, foreign or being written by others does no harm. */
#include "base/file.h"
#include "infer/dataset.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PHOTOS TEST_VECTORS "/images"

static const struct preprocess plain = {
	.input = 16, .resize_short_side = 24, .std = {1, 1, 1}
};

/* A scratch folder that is also the cache's place. */
static char scratch[64];

static void make_scratch(void)
{
	strcpy(scratch, "/tmp/hcbench-photos-XXXXXX");
	cr_assert_not_null(mkdtemp(scratch));
	cr_assert(!setenv("XDG_CACHE_HOME", scratch, 1));
}

static void remove_scratch(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	cr_assert_eq(system(command), 0);
}

TestSuite(infer_photos, .init = make_scratch, .fini = remove_scratch);

static struct dataset *load(const struct preprocess *p)
{
	struct dataset *d;
	struct err e = { 0 };

	cr_assert(!dataset_load(&d, "cifar10:" PHOTOS, p, &e), "%s", e.msg);
	return d;
}

/* The cache's files: their number, and the last one's path. */
static unsigned cached(char path[512])
{
	char dir[128];
	struct dirent *entry;
	unsigned n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/hcbench/tensors", scratch);
	d = opendir(dir);
	if (!d)
		return 0;
	while ((entry = readdir(d)) != NULL)
		if (*entry->d_name != '.') {
			n++;
			snprintf(path, 512, "%s/%s", dir, entry->d_name);
		}
	closedir(d);
	return n;
}

/* Case 0 of expected.bin is colour.jpg, resized to 24 and cut to 16: the first image. */
Test(infer_photos, pixels_labels_and_numbers)
{
	static const uint16_t labels[] = { 3, 0, 9, 3 };
	struct preprocess p = plain;
	struct arena a = { 0 };
	struct span expected;
	struct dataset *d = load(&p);
	float *x = ARENA_NEW(&a, float, 2 * 3 * 256);
	const uint8_t *v = d->pixels;

	cr_assert(!file_read(&a, PHOTOS "/expected.bin", 1 << 20, &expected, NULL));
	cr_expect(d->n == 4 && d->c == 3 && d->h == 16 && d->w == 16 && d->n_classes == 10);
	cr_expect_arr_eq(d->labels, labels, sizeof(labels));
	cr_expect_arr_eq(d->pixels, expected.p, 3 * 256);
	dataset_batch(d, 0, 2, x);
	for (unsigned i = 0; i < 2 * 3 * 256; i++)
		cr_assert_eq(x[i], (float)v[i]);
	dataset_free(d);

	p.bgr = true;
	for (unsigned c = 0; c < 3; c++) {
		p.mean[c] = 100 + (float)c;
		p.std[c] = 2 + (float)c;
	}
	d = load(&p);
	v = d->pixels + 3 * 256;
	dataset_batch(d, 1, 1, x);
	for (unsigned i = 0; i < 256; i++) {
		cr_assert_eq(x[i], ((float)v[512 + i] - 100) / 2); /* blue first */
		cr_assert_eq(x[256 + i], ((float)v[256 + i] - 101) / 3);
		cr_assert_eq(x[512 + i], ((float)v[i] - 102) / 4);
	}
	dataset_free(d);
	arena_release(&a);
}

static bool same_digest(const struct dataset *a, const struct dataset *b)
{
	return !memcmp(&a->digest, &b->digest, sizeof(a->digest));
}

Test(infer_photos, digest_covers_what_the_network_sees)
{
	struct dataset *d = load(&plain), *again = load(&plain), *other;
	struct preprocess p[5] = { plain, plain, plain, plain, plain };

	cr_expect(same_digest(d, again));
	p[0].bgr = true;
	p[1].mean[2] = 0.5f;
	p[2].std[0] = 2;
	p[3].resize_short_side = 25;
	p[4].resize_short_side = 0;
	for (unsigned i = 0; i < 5; i++) {
		other = load(&p[i]);
		cr_expect_not(same_digest(d, other), "%u", i);
		dataset_free(other);
	}
	dataset_free(d);
	dataset_free(again);
}

/* It names rows of stored results: pixels, labels, preprocessing, whether the pixels were just
 * made, come from the cache, or there is no cache. */
Test(infer_photos, digest_is_of_pixels_labels_and_preprocessing)
{
	for (int how = 0; how < 3; how++) {
		uint8_t labels[] = { 3, 0, 0, 0, 9, 0, 3, 0 };
		char text[PREPROCESS_TEXT];
		struct dataset *d;
		struct digest want;

		if (how == 2)
			cr_assert(!setenv("XDG_CACHE_HOME", "/dev/null/nowhere", 1));
		d = load(&plain);
		preprocess_text(&plain, text);
		want = digest_of(
		        (struct span[]){
		                {d->pixels, 4 * 3 * 256   },
		                { labels,   sizeof(labels)},
		                { text,     strlen(text)  }
                },
		        3);
		cr_expect_arr_eq(&d->digest, &want, sizeof(want), "%d", how);
		dataset_free(d);
	}
}

static void write_byte(const char *path, long at, int whence, uint8_t flip)
{
	FILE *f = fopen(path, "r+b");
	int c;

	cr_assert_not_null(f);
	cr_assert(!fseek(f, at, whence));
	c = fgetc(f);
	cr_assert(!fseek(f, -1, SEEK_CUR));
	fputc(c ^ flip, f);
	fclose(f);
}

Test(infer_photos, one_cache_file_per_geometry)
{
	struct preprocess p = plain;
	char path[512];

	cr_expect_eq(cached(path), 0);
	dataset_free(load(&p));
	cr_expect_eq(cached(path), 1);
	p.bgr = true;
	p.mean[0] = 3;
	dataset_free(load(&p));
	cr_expect_eq(cached(path), 1);
	p.resize_short_side = 0;
	dataset_free(load(&p));
	cr_expect_eq(cached(path), 2);
}

/* A file with a wrong byte anywhere, cut or longer, counts as absent and is replaced. That intact
 * ones are used at all is shown by one whose pixels were changed under a right digest. */
Test(infer_photos, damaged_cache_is_made_again)
{
	enum { N = 4 * 3 * 256 };
	struct dataset *d = load(&plain), *again;
	const size_t n = N;
	uint8_t pixels[N]; /* those of d are the file's */
	const long at[] = { 0, 20, 63, 64, 64 + (long)n - 1, 64 + (long)n, 64 + (long)n + 31 };
	char path[512];
	struct stat st;

	cr_assert_eq(cached(path), 1);
	cr_assert(!stat(path, &st));
	cr_expect_eq(st.st_size, 64 + (long)n + 32);
	memcpy(pixels, d->pixels, n);
	dataset_free(d);
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]) + 3; i++) {
		FILE *f;

		if (i < sizeof(at) / sizeof(at[0]))
			write_byte(path, at[i], SEEK_SET, 1);
		else if (i == sizeof(at) / sizeof(at[0]))
			cr_assert(!truncate(path, 100));
		else if (i == sizeof(at) / sizeof(at[0]) + 1)
			cr_assert(!truncate(path, 0));
		else if ((f = fopen(path, "ab")) != NULL) {
			fputc('x', f);
			fclose(f);
		}
		again = load(&plain);
		cr_expect_arr_eq(pixels, again->pixels, n, "damage %u", i);
		dataset_free(again);
		cr_assert(!stat(path, &st));
		cr_expect_eq(st.st_size, 64 + (long)n + 32, "not replaced after damage %u", i);
	}
}

/* What a process that died while it filled the cache leaves is taken over. */
Test(infer_photos, an_interrupted_writer_leaves_no_harm)
{
	struct dataset *d = load(&plain), *again;
	uint8_t first = d->pixels[0];
	char path[512], part[520];
	FILE *f;

	cr_assert_eq(cached(path), 1);
	dataset_free(d);
	snprintf(part, sizeof(part), "%s.part", path);
	cr_assert(!rename(path, part));
	cr_assert((f = fopen(part, "ab")) != NULL && fputs("more", f) >= 0 && !fclose(f));
	write_byte(part, 64, SEEK_SET, 1);
	again = load(&plain);
	cr_expect_eq(again->pixels[0], first);
	cr_expect_eq(cached(path), 1, "the part stayed");
	dataset_free(again);
}

/* A photograph that cannot be decoded leaves nothing in the cache. */
Test(infer_photos, failures_are_not_kept)
{
	static const char labels[] = "file,class_index\nlabels.csv,1\n";
	struct err e = { 0 };
	struct dataset *d;
	char path[512], name[128];

	snprintf(path, sizeof(path), "%s/labels.csv", scratch);
	snprintf(name, sizeof(name), "cifar10:%s", scratch);
	cr_assert(!file_write(path, labels, strlen(labels), &e), "%s", e.msg);
	cr_expect_eq(dataset_load(&d, name, &plain, &e), ST_DATA);
	cr_expect_eq(cached(path), 0, "%s", path);
}

Test(infer_photos, intact_cache_is_used)
{
	struct dataset *d = load(&plain), *again;
	struct arena a = { 0 };
	struct span file;
	struct digest digest;
	char path[512];
	uint8_t *p;

	cr_assert_eq(cached(path), 1);
	cr_assert(!file_read(&a, path, 1 << 20, &file, NULL));
	p = arena_alloc(&a, file.n, 1);
	memcpy(p, file.p, file.n);
	p[64] ^= 1;
	digest = digest_of(&(struct span){ p + 64, file.n - 64 - 32 }, 1);
	memcpy(p + file.n - 32, digest.byte, 32);
	cr_assert(!file_write(path, p, file.n, NULL));
	again = load(&plain);
	cr_expect_eq(again->pixels[0], d->pixels[0] ^ 1);
	dataset_free(again);
	dataset_free(d);
	arena_release(&a);
}

Test(infer_photos, many_writers_and_no_cache_at_all)
{
	enum { WRITERS = 6 };
	struct dataset *d;
	char path[512];
	int status;

	for (unsigned i = 0; i < WRITERS; i++)
		if (!fork()) {
			for (unsigned k = 0; k < 5; k++) {
				d = load(&plain);
				dataset_free(d);
			}
			_exit(0);
		}
	for (unsigned i = 0; i < WRITERS; i++) {
		cr_assert_gt(wait(&status), 0);
		cr_expect_eq(status, 0);
	}
	cr_expect_eq(cached(path), 1, "temporary files stayed");
	cr_assert(!setenv("XDG_CACHE_HOME", "/dev/null/nowhere", 1));
	d = load(&plain);
	cr_expect_eq(d->n, 4);
	dataset_free(d);
}

/* ILSVRC-2012 as torchvision wants it: 1000 folders, of which three hold a photograph here. */
Test(infer_photos, folders_of_synsets)
{
	static const unsigned at[] = { 998, 0, 37 };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct dataset *d, *flat = load(&plain);
	const char *name = arena_printf(&a, "imagenet:%s", scratch);
	char *photo = realpath(PHOTOS "/images/colour.jpg", NULL);

	cr_assert_not_null(photo);
	for (unsigned i = 0; i < 1000; i++)
		cr_assert(!file_mkdirs(arena_printf(&a, "%s/val/n%08u", scratch, 13 * i), &e));
	for (unsigned i = 0; i < 3; i++)
		cr_assert(!symlink(
		        photo, arena_printf(&a, "%s/val/n%08u/%u.JPEG", scratch, 13 * at[i], i)));
	cr_assert(!dataset_load(&d, name, &plain, &e), "%s", e.msg);
	cr_assert_eq(d->n, 3);
	cr_expect(d->labels[0] == 0 && d->labels[1] == 37 && d->labels[2] == 998);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_arr_eq(d->pixels + 768 * i, flat->pixels, 768);
	dataset_free(d);
	cr_assert(!rmdir(arena_printf(&a, "%s/val/n%08u", scratch, 13)));
	cr_expect_eq(dataset_load(&d, name, &plain, &e), ST_DATA);
	cr_expect(strstr(e.msg, "holds 999 folders named by synset, expected 1000"), "%s", e.msg);
	dataset_free(flat);
	free(photo);
	arena_release(&a);
}

static void listing(const char *text, enum status status, const char *part)
{
	const struct preprocess *p = &plain;
	struct err e = { 0 };
	struct dataset *d;
	char path[128], name[128];

	snprintf(path, sizeof(path), "%s/labels.csv", scratch);
	snprintf(name, sizeof(name), "imagenet:%s", scratch);
	cr_assert(!file_write(path, text, strlen(text), &e), "%s", e.msg);
	cr_expect_eq(dataset_load(&d, name, p, &e), status, "%s", text);
	cr_expect(strstr(e.msg, part) && strstr(e.msg, scratch), "%s", e.msg);
	cr_expect_null(d);
}

Test(infer_photos, bad_listings)
{
	listing("", ST_DATA, "names no photograph");
	listing("file,class_index\n", ST_DATA, "names no photograph");
	listing("name,class_index\na.jpg,1\n", ST_DATA, "labels.csv:1: expected a line of column");
	listing("file,class_index\na.jpg,1000\n", ST_DATA, "labels.csv:2: class_index is '1000'");
	listing("file,class_index\n\na.jpg,-1\n", ST_DATA, "labels.csv:3: class_index is '-1'");
	listing("file,class_index\na.jpg\n", ST_DATA, "labels.csv:2: expected a file and a class");
	listing("file,class_index\n,3\n", ST_DATA, "labels.csv:2: expected a file and a class");
	listing("file,class_index\n\"a,b.jpg\",3\n", ST_DATA, "labels.csv:2: quoted");
	listing("file,class_index\na.jpg,999\n", ST_ENV, "a.jpg");
	listing("file,class_index\r\nlabels.csv,999\r\n", ST_DATA, "labels.csv: not a JPEG file");
}

Test(infer_photos, names)
{
	struct preprocess p = plain;
	struct err e = { 0 };
	struct dataset *d;
	size_t n;

	cr_expect(dataset_has_photos("imagenet") && dataset_has_photos("cifar10:x"));
	cr_expect(!dataset_has_photos("mnist") && !dataset_has_photos("idx:imagenet") &&
	          !dataset_has_photos("imagenets"));
	cr_expect_eq(dataset_load(&d, "mnist:x", &p, &e), ST_USAGE);
	cr_expect_eq(dataset_load(&d, "cifar10:", &p, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "behind the colon"), "%s", e.msg);
	cr_expect_eq(dataset_load(&d, "cifar10:" PHOTOS, NULL, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "photographs"), "%s", e.msg);
	p.resize_short_side = 15;
	cr_expect_eq(dataset_load(&d, "cifar10:" PHOTOS, &p, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "resize_short_side"), "%s", e.msg);
	cr_assert(!dataset_count("cifar10:" PHOTOS, &n, &e));
	cr_expect_eq(n, 4);
	cr_assert(!setenv("HCBENCH_DATA", scratch, 1));
	cr_expect_eq(dataset_load(&d, "imagenet", &plain, &e), ST_ENV);
	cr_expect(strstr(e.msg, "/imagenet/labels.csv") && strstr(e.msg, "fetch_datasets"), "%s",
	          e.msg);
	cr_expect_eq(dataset_count("cifar10", &n, &e), ST_ENV);
}

/* Every 20th of the real photographs, against the SHA-256 of what Pillow 9.4 makes of them (planes
 * R, G, B of `prepare(file, 256, 224)` of tests/vectors/make_images.py, one after the other). */
Test(infer_photos, imagenet_equals_pillow)
{
	static const char listed[] =
	        "4d2655098fbab9f236cc3a41507ea0022365cf300192b36c17aec921d12dd34b";
	static const char expected[] =
	        "f3301330adf5193113502beb43ddc52118e9813f52887865b0dafdcab9dd5337";
	struct preprocess p = {
		.input = 224, .resize_short_side = 256, .std = {1, 1, 1}
	};
	struct arena a = { 0 };
	const char *dir = file_data(&a, "imagenet");
	const char *name = arena_printf(&a, "imagenet:%s", scratch);
	const char *path = arena_printf(&a, "%s/labels.csv", scratch);
	struct err e = { 0 };
	struct digest digest;
	struct dataset *d;
	struct span all;
	char hex[DIGEST_HEX], *some, *to, *full;
	unsigned line = 0;

	if (!dir || file_read(&a, arena_printf(&a, "%s/labels.csv", dir), 1 << 20, &all, &e))
		cr_skip_test("no photographs here: scripts/fetch_datasets imagenet");
	digest = digest_of(&all, 1);
	digest_hex(&digest, hex);
	if (strcmp(hex, listed))
		cr_skip_test("%s/labels.csv lists other photographs", dir);
	to = some = arena_alloc(&a, all.n + 1, 1);
	for (const char *s = all.p, *end; (end = strchr(s, '\n')); s = end + 1, line++)
		if (line == 0 || line % 20 == 1) { /* the names of the columns, and row 0, 20, .. */
			memcpy(to, s, (size_t)(end + 1 - s));
			to += end + 1 - s;
		}
	cr_assert(!file_write(path, some, (size_t)(to - some), &e), "%s", e.msg);
	full = realpath(dir, NULL);
	cr_assert_not_null(full);
	cr_assert(!symlink(arena_printf(&a, "%s/images", full),
	                   arena_printf(&a, "%s/images", scratch)));
	cr_assert(!dataset_load(&d, name, &p, &e), "%s", e.msg);
	cr_expect(d->n == 50 && d->labels[1] == 20 && d->labels[49] == 980);
	digest = digest_of(&(struct span){ d->pixels, d->n * 3 * 224 * 224 }, 1);
	digest_hex(&digest, hex);
	cr_expect_str_eq(hex, expected);
	dataset_free(d);
	free(full);
	arena_release(&a);
}
