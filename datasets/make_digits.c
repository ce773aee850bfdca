/* make_digits DIR: writes the drawn digit set as four IDX files under MNIST's names. */
#include "base/file.h"
#include "infer/digits.h"
#include "infer/idx.h"

#include <stdio.h>

static enum status write_file(struct arena *a, const char *dir, const char *name,
                              const struct idx *in, struct err *e)
{
	const char *path = arena_printf(a, "%s/%s", dir, name);

	return path ? idx_write(path, in, e) : err_nomem(e);
}

static enum status write_split(struct arena *a, const char *dir, enum digits_split split,
                               struct err *e)
{
	bool train = split == DIGITS_SPLIT_TRAIN;
	size_t n = train ? DIGITS_TRAIN : DIGITS_TEST, area = DIGITS_SIDE * DIGITS_SIDE;
	uint8_t *pixels = ARENA_NEW(a, uint8_t, n * area), *labels = ARENA_NEW(a, uint8_t, n);
	struct idx images = {
		3, {n, DIGITS_SIDE, DIGITS_SIDE},
                 pixels
	};
	enum status rc;

	if (!pixels || !labels)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		labels[i] = (uint8_t)digits_draw(split, i, pixels + i * area);
	rc = write_file(a, dir, train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte",
	                &images, e);
	if (rc)
		return rc;
	return write_file(a, dir, train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte",
	                  &(struct idx){ 1, { n }, labels }, e);
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	enum status rc;

	if (argc != 2 || argv[1][0] == '-') {
		fputs("usage: make_digits DIR\n", stderr);
		return ST_USAGE;
	}
	rc = file_mkdirs(argv[1], &e);
	if (!rc)
		rc = write_split(&a, argv[1], DIGITS_SPLIT_TRAIN, &e);
	if (!rc)
		rc = write_split(&a, argv[1], DIGITS_SPLIT_TEST, &e);
	if (rc)
		fprintf(stderr, "make_digits: %s\n", e.msg);
	arena_release(&a);
	return (int)rc;
}
