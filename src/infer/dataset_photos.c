#include "infer/dataset_photos.h"

#include "base/file.h"
#include "infer/image.h"
#include "infer/photo_digests.h"
#include "infer/photo_list.h"
#include "infer/tensor_cache.h"

#include <stdio.h>
#include <string.h>

/* A folder of photographs being read. */
struct photos {
	struct dataset *d;
	const char *dir;
	struct photo_list list;
	struct digest *digest; /* of each file */
	struct err *e;
};

static enum status list_photos(struct photos *p, const struct photo_set *set)
{
	struct arena *a = &p->d->arena;
	const char *csv;
	enum status rc;

	p->dir = p->d->dir ? p->d->dir : file_data(a, set->name);
	csv = p->dir ? arena_printf(a, "%s/labels.csv", p->dir) : NULL;
	if (!csv)
		return err_nomem(p->e);
	p->list.n_classes = set->n_classes;
	rc = photo_list_read(&p->list, a, p->dir, set->synsets, p->e);
	if (rc == ST_ENV && !p->d->dir && !file_exists(csv))
		return err_set(p->e, ST_ENV,
		               "data set %s is not here (looked for %s): get it with "
		               "scripts/fetch_datasets %s, set HCBENCH_DATA, or name its folder as "
		               "%s:DIR",
		               set->name, csv, set->name, set->name);
	p->d->n = p->list.n;
	p->d->labels = p->list.label;
	return rc;
}

/* Everything that decoded pixels depend on: mean, std and channel order come later. */
static struct digest key_of(const struct photos *p)
{
	const struct preprocess *how = p->d->preprocess;
	struct span part[2];
	char text[96];

	snprintf(text, sizeof(text), "tensors method=%d n=%zu input=%u resize_short_side=%u\n",
	         IMAGE_METHOD, p->list.n, how->input, how->resize_short_side);
	part[0] = (struct span){ text, strlen(text) };
	part[1] = (struct span){ p->digest, p->list.n * sizeof(*p->digest) };
	return digest_of(part, 2);
}

static enum status decode_photo(const struct photos *p, size_t i, uint8_t *planes)
{
	const struct preprocess *how = p->d->preprocess;
	const char *path = p->list.path[i];
	struct arena a = { 0 };
	struct image im = { 0 };
	struct digest now;
	struct span file;
	enum status rc = file_read(&a, path, PHOTO_MAX_BYTES, &file, p->e);

	if (!rc) {
		now = digest_of(&file, 1); /* the cache is keyed by what was hashed */
		if (memcmp(now.byte, p->digest[i].byte, sizeof(now.byte))) {
			photo_digests_forget(p->dir);
			rc = err_set(p->e, ST_ENV, "%s changed while it was read: try again", path);
		}
	}
	if (!rc)
		rc = image_decode(&im, file, path, p->e);
	if (!rc) {
		struct fit f = image_fit(im.w, im.h, how->resize_short_side, how->input);

		rc = image_resize(&im, &f, planes, p->e);
	}
	image_release(&im);
	arena_release(&a);
	return rc;
}

static enum status read_pixels(struct photos *p)
{
	struct dataset *d = p->d;
	const size_t side = d->preprocess->input, photo = 3 * side * side;
	struct tensor_cache *t = ARENA_NEW(&d->arena, struct tensor_cache, 1);
	struct digest key;
	enum status rc;

	p->digest = ARENA_NEW(&d->arena, struct digest, d->n);
	if (!t || !p->digest || d->n > SIZE_MAX / photo)
		return err_nomem(p->e);
	rc = photo_digests(&d->arena, p->dir, p->list.path, d->n, p->digest, p->e);
	if (rc)
		return rc;
	key = key_of(p);
	d->tensors = t;
	rc = tensor_cache_open(t, &d->arena, &key, d->n * photo, p->e);
	if (!rc && !t->ready) {
		for (size_t i = 0; i < d->n && !rc; i++)
			rc = decode_photo(p, i, t->pixels + i * photo);
		if (!rc)
			tensor_cache_keep(t);
	}
	d->c = 3;
	d->h = d->w = side;
	d->pixels = t->pixels;
	return rc;
}

enum status dataset_read_photos(struct dataset *d, const struct photo_set *set, struct err *e)
{
	struct photos p = { .d = d, .e = e };
	enum status rc;

	d->n_classes = set->n_classes;
	rc = list_photos(&p, set);
	return rc || !d->preprocess ? rc : read_pixels(&p);
}
