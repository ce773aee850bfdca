#include "base/file.h"

#include "base/file_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
	FIRST_READ = 1 << 16,
	PIECE = 1 << 20,   /* what goes to a temporary file at a time */
	MAX_READ = 1 << 30 /* gzread() counts in int */
};

/* Content while it is read: in the arena as long as it fits what was expected, else in memory that
 * grows. */
struct content {
	char *p;
	size_t n, cap;
	bool grown;
};

static bool grow(struct content *c)
{
	const size_t cap = 2 * c->cap;
	char *p = realloc(c->grown ? c->p : NULL, cap);

	if (!p)
		return false;
	if (!c->grown)
		memcpy(p, c->p, c->n);
	*c = (struct content){ p, c->n, cap, true };
	return true;
}

/* Up to `room` bytes more of a file of which *n were read; *got is 0 at its end. */
static enum status read_some(gzFile f, const char *path, size_t max_bytes, char *p, size_t room,
                             size_t *n, size_t *got, struct err *e)
{
	const int some = gzread(f, p, (unsigned)(room < MAX_READ ? room : MAX_READ));
	int code;

	*got = 0;
	if (some < 0) {
		const char *why = gzerror(f, &code);

		if (code == Z_ERRNO)
			return err_set(e, ST_ENV, "cannot read %s: %s", path, strerror(errno));
		return err_set(e, ST_DATA, "%s: damaged gzip data (%s): fetch it again", path, why);
	}
	*got = (size_t)some;
	*n += *got;
	if (*n > max_bytes)
		return err_set(e, ST_DATA, "%s: holds more than %zu bytes, refused", path,
		               max_bytes);
	return ST_OK;
}

/* Leaves room for one byte more. */
static enum status fill(struct content *c, gzFile f, const char *path, size_t max_bytes,
                        struct err *e)
{
	for (;;) {
		size_t got;
		enum status rc =
		        read_some(f, path, max_bytes, c->p + c->n, c->cap - c->n, &c->n, &got, e);

		if (rc)
			return rc;
		if (got == 0)
			return ST_OK;
		if (c->n == c->cap && !grow(c))
			return err_nomem(e);
	}
}

/* With `expected` bytes or fewer nothing is copied. */
static enum status read_all(struct arena *a, gzFile f, const char *path, size_t expected,
                            size_t max_bytes, struct span *out, struct err *e)
{
	struct content c = { .cap = expected + 1 };
	enum status rc;
	char *copy;

	c.p = arena_alloc_unset(a, c.cap, 1);
	rc = c.p ? fill(&c, f, path, max_bytes, e) : err_nomem(e);
	copy = c.p;
	if (!rc && c.grown) {
		copy = arena_alloc_unset(a, c.n + 1, 1);
		if (copy)
			memcpy(copy, c.p, c.n);
		else
			rc = err_nomem(e);
	}
	if (c.grown)
		free(c.p);
	if (!rc) {
		copy[c.n] = '\0';
		*out = (struct span){ copy, c.n };
	}
	return rc;
}

/* The first n bytes are in piece, which has room for PIECE. */
static enum status spool(struct arena *a, gzFile f, const char *path, size_t max_bytes, char *piece,
                         size_t n, struct span *out, struct err *e)
{
	size_t got = n;
	enum status rc = ST_OK;

	while (!rc && got) {
		if (!arena_append(a, piece, got))
			return err_nomem(e);
		rc = read_some(f, path, max_bytes, piece, PIECE, &n, &got, e);
	}
	if (rc)
		return rc;
	*out = (struct span){ arena_append(a, "", 1) ? arena_appended(a) : NULL, n };
	return out->p ? ST_OK : err_nomem(e);
}

/* A copy on the disk, not a mapping of the file itself: that one may change or be cut meanwhile,
 * and parts of ours are moved to where floats are aligned. */
static enum status read_paged(struct arena *a, gzFile f, const char *path, size_t max_bytes,
                              struct span *out, struct err *e)
{
	char *piece = malloc(PIECE), *copy;
	size_t n = 0, got = 1;
	enum status rc = piece ? ST_OK : err_nomem(e);

	while (!rc && got && n < PIECE)
		rc = read_some(f, path, max_bytes, piece + n, PIECE - n, &n, &got, e);
	if (!rc && n == PIECE) {
		rc = arena_explain(a, spool(a, f, path, max_bytes, piece, n, out, e), e);
	} else if (!rc) {
		copy = arena_alloc(a, n + 1, 1);
		rc = copy ? ST_OK : err_nomem(e);
		if (copy)
			*out = (struct span){ memcpy(copy, piece, n), n };
	}
	free(piece);
	return rc;
}

/* How much a gzip file says it holds, in its last four bytes. Where it is damaged they say
 * anything: then what is not filled takes no memory. */
static size_t gzip_says(FILE *f)
{
	unsigned char b[4];

	if (fseek(f, -(long)sizeof(b), SEEK_END) || fread(b, 1, sizeof(b), f) < sizeof(b))
		return 0;
	return (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
}

/* A plain file of known size goes straight into the arena: a network may take half a gigabyte.
 * *done is left false for gzip data, which *expected is the size of, and for what is too short. */
static enum status read_plain(struct arena *a, const char *path, size_t size, size_t max_bytes,
                              struct span *out, bool *done, size_t *expected, struct err *e)
{
	unsigned char magic[2] = { 0 };
	size_t n = 0;
	bool changed;
	FILE *f;
	char *p;

	*done = false;
	if (size < sizeof(magic) || size > max_bytes || !(f = fopen(path, "rb")))
		return ST_OK;
	n = fread(magic, 1, sizeof(magic), f);
	if (n < sizeof(magic) || (magic[0] == 0x1f && magic[1] == 0x8b)) {
		n = gzip_says(f);
		if (n && n <= max_bytes)
			*expected = n;
		fclose(f);
		return ST_OK;
	}
	*done = true;
	p = arena_alloc_unset(a, size + 1, 1);
	if (p) {
		memcpy(p, magic, n);
		n += fread(p + n, 1, size - n, f);
		p[n] = '\0';
	}
	changed = n < size || getc(f) != EOF;
	fclose(f);
	if (!p)
		return err_nomem(e);
	if (changed)
		return err_set(e, ST_ENV, "cannot read %s whole: did it change meanwhile?", path);
	*out = (struct span){ p, n };
	return ST_OK;
}

enum status file_read(struct arena *a, const char *path, size_t max_bytes, struct span *out,
                      struct err *e)
{
	size_t expected = FIRST_READ;
	struct stat st;
	enum status rc;
	bool done = false;
	gzFile f;
	int close_rc;

	if (stat(path, &st))
		return err_set(e, ST_ENV, "cannot open %s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(e, ST_ENV, "cannot read %s: it is a directory", path);
	if (S_ISREG(st.st_mode) && !a->paged) {
		rc = read_plain(a, path, (size_t)st.st_size, max_bytes, out, &done, &expected, e);
		if (rc || done)
			return rc;
	}
	f = gzopen(path, "rb");
	if (!f)
		return err_set(e, ST_ENV, "cannot open %s: %s", path, strerror(errno));
	gzbuffer(f, 1 << 18);
	rc = a->paged ? read_paged(a, f, path, max_bytes, out, e)
	              : read_all(a, f, path, expected, max_bytes, out, e);
	close_rc = gzclose(f);
	if (!rc && close_rc == Z_BUF_ERROR)
		return err_set(e, ST_DATA, "%s: gzip data ends early: fetch it again", path);
	return rc;
}

enum status file_write(const char *path, const void *p, size_t n, struct err *e)
{
	struct file_out o;
	enum status rc = file_out_open(&o, path, e);

	if (rc)
		return rc;
	file_out_put(&o, p, n);
	return file_out_finish(&o, e);
}

bool file_is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

enum status file_mkdirs(const char *dir, struct err *e)
{
	char *p = strdup(dir);
	enum status rc = ST_OK;

	if (!p)
		return err_nomem(e);
	for (char *s = p; !rc; s++) {
		char c = *s;

		if (c != '/' && c != '\0')
			continue;
		*s = '\0';
		if ((*p || c == '\0') && mkdir(p, 0777) && !file_is_directory(p))
			rc = err_set(e, ST_ENV, "cannot create directory '%s': %s", p,
			             strerror(errno));
		*s = c;
		if (c == '\0')
			break;
	}
	free(p);
	return rc;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static const char *beside_executable(struct arena *a, const char *rel)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return arena_printf(a, "%s/../share/hcbench/%s", exe, rel);
}

const char *file_shipped(struct arena *a, const char *rel)
{
	const char *env = getenv("HCBENCH_SHARE");
	const char *at[3];

	if (env && *env) { /* who names a folder means that one */
		at[0] = arena_printf(a, "%s/%s", env, rel);
		return at[0] && file_exists(at[0]) ? at[0] : NULL;
	}
	at[0] = beside_executable(a, rel);
	at[1] = arena_printf(a, "%s/%s", HCBENCH_SOURCE_SHARE, rel);
	at[2] = arena_printf(a, "%s/%s", HCBENCH_INSTALLED_SHARE, rel);
	for (size_t i = 0; i < 3; i++)
		if (at[i] && file_exists(at[i]))
			return at[i];
	return NULL;
}

const char *file_cache(struct arena *a, const char *rel)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (cache && *cache)
		return arena_printf(a, "%s/hcbench/%s", cache, rel);
	return arena_printf(a, "%s/.cache/hcbench/%s", home && *home ? home : ".", rel);
}

const char *file_data(struct arena *a, const char *rel)
{
	const char *dir = getenv("HCBENCH_DATA");

	if (dir && *dir)
		return arena_printf(a, "%s/%s", dir, rel);
	return file_cache(a, rel);
}

const char *file_library_version(void)
{
	return zlibVersion();
}
