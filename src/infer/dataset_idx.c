#include "infer/dataset_idx.h"

#include "base/file.h"
#include "infer/idx.h"

#define IMAGES "t10k-images-idx3-ubyte"
#define LABELS "t10k-labels-idx1-ubyte"

static enum status read_one(struct dataset *d, const char *dir, const char *file, unsigned rank,
                            const char *hint, struct idx *out, struct err *e)
{
	const char *packed = arena_printf(&d->arena, "%s/%s.gz", dir, file);
	const char *plain = arena_printf(&d->arena, "%s/%s", dir, file);

	if (!packed || !plain)
		return err_nomem(e);
	if (file_exists(packed))
		return idx_read(&d->arena, packed, rank, out, e);
	if (file_exists(plain))
		return idx_read(&d->arena, plain, rank, out, e);
	return err_set(e, ST_ENV, "data set %s is not here (looked for %s, also without .gz): %s",
	               d->name, packed, hint);
}

enum status dataset_read_idx(struct dataset *d, const char *dir, const char *hint, struct err *e)
{
	struct idx images, labels;
	uint16_t *wide;
	enum status rc = read_one(d, dir, IMAGES, 3, hint, &images, e);

	if (!rc)
		rc = read_one(d, dir, LABELS, 1, hint, &labels, e);
	if (rc)
		return rc;
	if (images.dim[0] != labels.dim[0])
		return err_set(
		        e, ST_DATA,
		        "%s: %zu images but %zu labels: the two files do not belong together", dir,
		        images.dim[0], labels.dim[0]);
	if (!images.dim[0] || !images.dim[1] || !images.dim[2])
		return err_set(e, ST_DATA, "%s: " IMAGES " holds no pixels", dir);
	d->n = images.dim[0];
	d->c = 1;
	d->h = images.dim[1];
	d->w = images.dim[2];
	d->pixels = images.bytes;
	d->n_classes = 10;
	wide = ARENA_NEW(&d->arena, uint16_t, d->n);
	if (!wide)
		return err_nomem(e);
	for (size_t i = 0; i < d->n; i++) {
		wide[i] = labels.bytes[i];
		if (wide[i] >= d->n_classes)
			d->n_classes = wide[i] + 1U;
	}
	d->labels = wide;
	return ST_OK;
}
