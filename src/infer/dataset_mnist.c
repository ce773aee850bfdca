/* MNIST and the sets that keep its four files and its shape. */
#include "base/file.h"
#include "infer/dataset_idx.h"

static enum status load_fetched(struct dataset *d, const char *dir, const char *hint, struct err *e)
{
	const char *path = file_data(&d->arena, dir);
	enum status rc;

	if (!path)
		return err_nomem(e);
	rc = dataset_read_idx(d, path, hint, e);
	if (!rc && d->n_classes != 10)
		return err_set(e, ST_DATA, "%s: a label is %u, expected 0 to 9: fetch it again",
		               path, d->n_classes - 1);
	return rc;
}

static enum status load_mnist(struct dataset *d, struct err *e)
{
	return load_fetched(d, "mnist",
	                    "get it with scripts/fetch_datasets mnist, or set HCBENCH_DATA", e);
}

static enum status load_fashion(struct dataset *d, struct err *e)
{
	return load_fetched(d, "fashion-mnist",
	                    "get it with scripts/fetch_datasets fashion-mnist, or set HCBENCH_DATA",
	                    e);
}

const struct dataset_source dataset_mnist = {
	.name = "mnist",
	.help = "handwritten digits, 10,000 test images of 28 x 28 (fetched)",
	.load = load_mnist,
};

const struct dataset_source dataset_fashion_mnist = {
	.name = "fashion-mnist",
	.help = "pieces of clothing, 10,000 test images of 28 x 28 (fetched)",
	.load = load_fashion,
};
