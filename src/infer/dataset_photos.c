#include "infer/dataset_photos.h"

#include "base/file.h"
#include "base/text.h"
#include "infer/image.h"
#include "infer/tensor_cache.h"

#include <stdio.h>
#include <string.h>

enum { MAX_LABELS_BYTES = 1 << 26, MAX_PHOTO_BYTES = 1 << 26, MAX_COLUMNS = 16 };

struct photo {
	const char *path;
	struct digest digest; /* of the file */
};

/* A labels.csv on the way to a list of photographs. */
struct listing {
	struct dataset *d;
	const char *dir, *path;
	struct photo *photo;
	uint16_t *label;
	size_t file_column, class_column;
	unsigned line;
	struct err *e;
};

/* Splits at commas, in place; columns beyond cap are left out. */
static size_t split(char *line, char *column[], size_t cap)
{
	size_t n = 0;

	while (line && n < cap) {
		char *comma = strchr(line, ',');

		if (comma)
			*comma++ = '\0';
		column[n++] = line;
		line = comma;
	}
	return n;
}

static enum status read_header(struct listing *l, char *line)
{
	char *column[MAX_COLUMNS];
	size_t n = split(line, column, MAX_COLUMNS);

	l->file_column = l->class_column = MAX_COLUMNS;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(column[i], "file"))
			l->file_column = i;
		if (!strcmp(column[i], "class_index"))
			l->class_column = i;
	}
	if (l->file_column == MAX_COLUMNS || l->class_column == MAX_COLUMNS)
		return err_set(l->e, ST_DATA,
		               "%s:%u: expected a line of column names with file and class_index",
		               l->path, l->line);
	return ST_OK;
}

/* A quoted field may only stand behind the two columns that are read: it may hold commas. */
static enum status read_row(struct listing *l, char *line)
{
	size_t n_read = (l->file_column > l->class_column ? l->file_column : l->class_column) + 1;
	char *column[MAX_COLUMNS];
	size_t n = split(line, column, n_read);
	uint64_t label;

	for (size_t i = 0; i < n; i++)
		if (strchr(column[i], '"'))
			return err_set(l->e, ST_DATA, "%s:%u: quoted fields are not read here",
			               l->path, l->line);
	if (n < n_read || !*column[l->file_column])
		return err_set(l->e, ST_DATA, "%s:%u: expected a file and a class", l->path,
		               l->line);
	if (!parse_u64(column[l->class_column], l->d->n_classes - 1, &label))
		return err_set(l->e, ST_DATA, "%s:%u: class_index is '%.40s', expected 0 to %u",
		               l->path, l->line, column[l->class_column], l->d->n_classes - 1);
	l->photo[l->d->n].path =
	        arena_printf(&l->d->arena, "%s/%s", l->dir, column[l->file_column]);
	if (!l->photo[l->d->n].path)
		return err_nomem(l->e);
	l->label[l->d->n++] = (uint16_t)label;
	return ST_OK;
}

static enum status read_lines(struct listing *l, char *text)
{
	enum status rc = ST_OK;

	for (char *line = text, *next; *line && !rc; line = next) {
		char *end = line + strcspn(line, "\n");

		next = *end ? end + 1 : end;
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		l->line++;
		if (l->line == 1)
			rc = read_header(l, line);
		else if (*line)
			rc = read_row(l, line);
	}
	if (!rc && !l->d->n)
		rc = err_set(l->e, ST_DATA, "%s: names no photograph", l->path);
	l->d->labels = l->label;
	return rc;
}

static enum status read_listing(struct listing *l, const char *set)
{
	struct arena *a = &l->d->arena;
	struct span file;
	size_t n_lines = 1;
	enum status rc;

	l->dir = l->d->dir ? l->d->dir : file_data(a, set);
	l->path = l->dir ? arena_printf(a, "%s/labels.csv", l->dir) : NULL;
	if (!l->path)
		return err_nomem(l->e);
	if (!file_exists(l->path) && l->d->dir)
		return err_set(l->e, ST_ENV,
		               "there is no %s: a data set is a folder with labels.csv and the "
		               "photographs that it names",
		               l->path);
	if (!file_exists(l->path))
		return err_set(l->e, ST_ENV,
		               "data set %s is not here (looked for %s): get it with "
		               "scripts/fetch_datasets %s, set HCBENCH_DATA, or name its folder as "
		               "%s:DIR",
		               set, l->path, set, set);
	rc = file_read(a, l->path, MAX_LABELS_BYTES, &file, l->e);
	if (rc)
		return rc;
	if (memchr(file.p, '\0', file.n))
		return err_set(l->e, ST_DATA, "%s: not a text file", l->path);
	for (const char *s = file.p; (s = strchr(s, '\n')); s++)
		n_lines++;
	l->photo = ARENA_NEW(a, struct photo, n_lines);
	l->label = ARENA_NEW(a, uint16_t, n_lines);
	if (!l->photo || !l->label)
		return err_nomem(l->e);
	return read_lines(l, (char *)file.p);
}

static enum status hash_photos(struct photo *photo, size_t n, struct err *e)
{
	enum status rc = ST_OK;

	for (size_t i = 0; i < n && !rc; i++) {
		struct arena a = { 0 };
		struct span file;

		rc = file_read(&a, photo[i].path, MAX_PHOTO_BYTES, &file, e);
		if (!rc)
			photo[i].digest = digest_of(&file, 1);
		arena_release(&a);
	}
	return rc;
}

/* Everything that decoded pixels depend on: mean, std and channel order come later. */
static enum status key_of(struct digest *key, const struct listing *l)
{
	const struct preprocess *p = l->d->preprocess;
	struct arena a = { 0 };
	struct span *part = ARENA_NEW(&a, struct span, l->d->n + 1);
	char text[96];

	if (!part)
		return err_nomem(l->e);
	snprintf(text, sizeof(text), "tensors method=%d n=%zu input=%u resize_short_side=%u\n",
	         IMAGE_METHOD, l->d->n, p->input, p->resize_short_side);
	part[0] = (struct span){ text, strlen(text) };
	for (size_t i = 0; i < l->d->n; i++)
		part[i + 1] = (struct span){ l->photo[i].digest.byte, sizeof(struct digest) };
	*key = digest_of(part, l->d->n + 1);
	arena_release(&a);
	return ST_OK;
}

static enum status decode_photo(const struct photo *photo, const struct preprocess *p,
                                uint8_t *planes, struct err *e)
{
	struct arena a = { 0 };
	struct image im = { 0 };
	struct digest now;
	struct span file;
	enum status rc = file_read(&a, photo->path, MAX_PHOTO_BYTES, &file, e);

	if (!rc) {
		now = digest_of(&file, 1); /* the cache is keyed by what was hashed */
		if (memcmp(now.byte, photo->digest.byte, sizeof(now.byte)))
			rc = err_set(e, ST_ENV, "%s changed while it was read: try again",
			             photo->path);
	}
	if (!rc)
		rc = image_decode(&im, file, photo->path, e);
	if (!rc) {
		struct fit f = image_fit(im.w, im.h, p->resize_short_side, p->input);

		rc = image_resize(&im, &f, planes, e);
	}
	image_release(&im);
	arena_release(&a);
	return rc;
}

static enum status read_pixels(struct listing *l)
{
	struct dataset *d = l->d;
	const struct preprocess *p = d->preprocess;
	size_t photo = 3 * (size_t)p->input * p->input;
	struct tensor_cache t = { 0 };
	struct digest key;
	enum status rc = hash_photos(l->photo, d->n, l->e);

	if (!rc)
		rc = key_of(&key, l);
	if (!rc && d->n > SIZE_MAX / photo)
		rc = err_nomem(l->e);
	if (!rc)
		rc = tensor_cache_open(&t, &d->arena, &key, d->n * photo, l->e);
	if (!rc && !tensor_cache_load(&t)) {
		for (size_t i = 0; i < d->n && !rc; i++)
			rc = decode_photo(&l->photo[i], p, t.pixels + i * photo, l->e);
		if (!rc)
			tensor_cache_store(&t);
	}
	d->c = 3;
	d->h = d->w = p->input;
	d->pixels = t.pixels;
	return rc;
}

enum status dataset_read_photos(struct dataset *d, const char *set, unsigned n_classes,
                                struct err *e)
{
	struct listing l = { .d = d, .e = e };
	enum status rc;

	d->n_classes = n_classes;
	rc = read_listing(&l, set);
	return rc || !d->preprocess ? rc : read_pixels(&l);
}
