/* NumPy arrays, versions 1 to 3 of the format: magic, version, length of a header, the header (a
 * Python dict of descr, fortran_order and shape), the elements. */
#include "model/npy.h"

#include "base/file.h"
#include "model/importer.h"
#include "model/weights.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 1 << 16, MAX_TYPE = 20 };

static const size_t max_file_bytes = (size_t)1 << 32;
static const char magic[] = "\x93NUMPY";

/* The header, read from left to right. */
struct scan {
	const char *p, *end;
	bool fail;
};

static bool probe(struct span file)
{
	return file.n >= 6 && !memcmp(file.p, magic, 6);
}

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n'))
		s->p++;
}

static bool accept(struct scan *s, const char *word)
{
	const size_t n = strlen(word);

	skip_blanks(s);
	if (s->fail || (size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static void expect(struct scan *s, const char *word)
{
	if (!accept(s, word))
		s->fail = true;
}

/* A string in single quotes without escapes. */
static void scan_string(struct scan *s, char *out, size_t size)
{
	size_t n = 0;

	expect(s, "'");
	while (!s->fail && s->p < s->end && *s->p != '\'' && n + 1 < size && *s->p > ' ')
		out[n++] = *s->p++;
	out[n] = '\0';
	expect(s, "'");
}

static size_t scan_size(struct scan *s)
{
	const char *first;
	size_t n = 0;

	skip_blanks(s);
	for (first = s->p; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		if (n > SIZE_MAX / 16)
			s->fail = true;
		n = n * 10 + (size_t)(*s->p - '0');
	}
	s->fail |= s->p == first;
	return n;
}

static void scan_shape(struct scan *s, struct shape *shape)
{
	*shape = (struct shape){ 0 };
	expect(s, "(");
	while (!s->fail && !accept(s, ")")) {
		if (shape->rank == SHAPE_MAX_RANK)
			s->fail = true;
		else
			shape->dim[shape->rank++] = scan_size(s);
		if (!accept(s, ",")) {
			expect(s, ")");
			break;
		}
	}
}

/* Each of the three keys once. */
static bool scan_header(struct scan *s, char type[MAX_TYPE], bool *fortran, struct shape *shape)
{
	unsigned seen = 0;

	expect(s, "{");
	while (!s->fail && !accept(s, "}")) {
		unsigned key = 0;

		if (accept(s, "'descr':")) {
			key = 1;
			scan_string(s, type, MAX_TYPE);
		} else if (accept(s, "'fortran_order':")) {
			key = 2;
			*fortran = accept(s, "True");
			if (!*fortran)
				expect(s, "False");
		} else if (accept(s, "'shape':")) {
			key = 4;
			scan_shape(s, shape);
		}
		s->fail |= !key || (seen & key);
		seen |= key;
		if (!accept(s, ",")) {
			expect(s, "}");
			break;
		}
	}
	skip_blanks(s);
	return !s->fail && seen == 7 && s->p == s->end;
}

/* Bytes of one element: the digits of "<f4". 0: unknown. */
static size_t type_size(const char *type)
{
	size_t n = 0;

	if (!strchr("<>|=", type[0]) || !type[0] || !type[1])
		return 0;
	for (const char *p = type + 2; *p; p++) {
		if (*p < '0' || *p > '9' || n > 1000)
			return 0;
		n = n * 10 + (size_t)(*p - '0');
	}
	return n;
}

/* *n: the elements, whose product of dimensions must be what is there. */
static bool count_fits(const struct shape *s, size_t size, size_t n_bytes, size_t *n)
{
	*n = 1;
	for (unsigned i = 0; i < s->rank; i++) {
		if (s->dim[i] && *n > n_bytes / s->dim[i])
			return false;
		*n *= s->dim[i];
	}
	return n_bytes % size == 0 && *n == n_bytes / size;
}

/* type is room for t->type. */
static enum status parse(struct span file, const char *name, char type[MAX_TYPE], struct tensor *t,
                         struct err *e)
{
	const uint8_t *p = file.p;
	const size_t prefix = file.n > 6 && p[6] == 1 ? 10 : 12;
	struct scan s;
	size_t length = 0, size, left;
	char text[64];

	*t = (struct tensor){ .name = name, .type = type };
	if (!probe(file) || file.n < prefix || p[6] < 1 || p[6] > 3 || p[7] != 0)
		return err_set(e, ST_DATA,
		               "'%.80s' is no .npy array of version 1 to 3 of the format", name);
	for (size_t i = prefix; i-- > 8;)
		length = length << 8 | p[i];
	if (length > file.n - prefix)
		return err_set(e, ST_DATA, "'%.80s': its header is cut off: truncated", name);
	s = (struct scan){ (const char *)p + prefix, (const char *)p + prefix + length, false };
	if (!scan_header(&s, type, &t->fortran, &t->shape) || !(size = type_size(type)))
		return err_set(e, ST_DATA,
		               "'%.80s': expected a header with descr (a plain type), "
		               "fortran_order and shape (at most %d dimensions)",
		               name, SHAPE_MAX_RANK);
	left = file.n - prefix - length;
	shape_text(&t->shape, text);
	if (!count_fits(&t->shape, size, left, &t->n))
		return err_set(e, ST_DATA,
		               "'%.80s' is declared %s of %s but holds %zu bytes: truncated or "
		               "damaged",
		               name, text, type, left);
	t->bytes = p + prefix + length;
	t->number = !strcmp(type, "<f4")   ? NUMBER_F32
	            : !strcmp(type, "<f2") ? NUMBER_F16
	                                   : NUMBER_OTHER;
	return ST_OK;
}

static enum status load(struct model *m, struct span file, struct err *e)
{
	char type[MAX_TYPE];
	struct tensor t;
	enum status rc = parse(file, m->name, type, &t, e);

	t.stays = true;
	if (!rc)
		rc = weights_add(m, &t, e);
	return rc ? rc : weights_end(m, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the .npy files of a folder, sorted. */
static enum status list_files(struct arena *a, const char *path, char ***out, size_t *n,
                              struct err *e)
{
	DIR *d = opendir(path);
	char **names = ARENA_NEW(a, char *, MAX_FILES);
	enum status rc = names ? ST_OK : err_nomem(e);

	*n = 0;
	*out = names;
	if (!d)
		return err_set(e, ST_ENV, "cannot open the folder: %s", strerror(errno));
	for (struct dirent *f; !rc && (f = readdir(d));) {
		const size_t length = strlen(f->d_name);

		if (length < 5 || strcmp(f->d_name + length - 4, ".npy") != 0)
			continue;
		if (*n == MAX_FILES)
			rc = err_set(e, ST_DATA, "more than %d .npy files", MAX_FILES);
		else if (!(names[(*n)++] = arena_strdup(a, f->d_name)))
			rc = err_nomem(e);
	}
	closedir(d);
	if (!rc && !*n)
		rc = err_set(e, ST_DATA,
		             "a folder without .npy files is no model: expected one file NAME.npy "
		             "for each tensor");
	if (!rc)
		qsort(names, *n, sizeof(*names), by_name);
	return rc;
}

static enum status add_file(struct model *m, const char *folder, const char *file,
                            struct digest *digest, struct err *e)
{
	struct arena a = { .paged = m->arena.paged };
	char type[MAX_TYPE];
	struct span bytes = { 0 };
	struct tensor t;
	const char *path = arena_printf(&a, "%s/%s", folder, file);
	char *name = arena_strndup(&a, file, strlen(file) - 4);
	enum status rc =
	        path && name ? file_read(&a, path, max_file_bytes, &bytes, e) : err_nomem(e);

	if (!rc) {
		*digest = digest_of(&bytes, 1);
		rc = parse(bytes, name, type, &t, e);
	}
	if (!rc)
		rc = weights_add(m, &t, e);
	arena_release(&a);
	return rc;
}

enum status npy_load_folder(struct model *m, const char *path, struct err *e)
{
	struct arena a = { 0 };
	struct digest *digest = NULL;
	struct span *part = NULL;
	char **names = NULL;
	size_t n;
	enum status rc = list_files(&a, path, &names, &n, e);

	if (!rc) {
		digest = ARENA_NEW(&a, struct digest, n);
		part = ARENA_NEW(&a, struct span, 2 * n);
		rc = digest && part ? ST_OK : err_nomem(e);
	}
	for (size_t i = 0; i < n && !rc; i++) {
		part[2 * i] = (struct span){ names[i], strlen(names[i]) + 1 };
		part[2 * i + 1] = (struct span){ digest[i].byte, sizeof(digest[i].byte) };
		rc = add_file(m, path, names[i], &digest[i], e);
	}
	if (!rc)
		m->digest = digest_of(part, 2 * n);
	arena_release(&a);
	return rc ? rc : weights_end(m, e);
}

const struct importer importer_npy = {
	.name = "npy",
	.help = "weights only: a NumPy array, or a folder of them, one file NAME.npy a tensor",
	.probe = probe,
	.keeps_file = true,
	.load = load,
};
