#include "infer/photo_digests.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LIST_BYTES = 1 << 30, HEX = DIGEST_HEX - 1 };

static const int64_t settled_ns = 2000000000; /* coarser than the clock of any file system */
static const char head[] = "hcbench photos 1\n";

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct photo_stamp *)a)->name, ((const struct photo_stamp *)b)->name);
}

/* HEX lower-case digits at s. */
static bool read_hex(const char *s, struct digest *d)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < HEX; i++) {
		const char *at = s[i] ? strchr(digits, s[i]) : NULL;

		if (!at)
			return false;
		d->byte[i / 2] = (uint8_t)(d->byte[i / 2] << 4 | (at - digits));
	}
	return true;
}

/* "DIGEST SIZE MTIME CTIME NAME", in place. */
static bool read_stamp(char *line, struct photo_stamp *s)
{
	int64_t *number[] = { &s->size, &s->mtime_ns, &s->ctime_ns };
	uint64_t value;

	if (strlen(line) <= HEX || line[HEX] != ' ' || !read_hex(line, &s->digest))
		return false;
	line += HEX + 1;
	for (unsigned i = 0; i < 3; i++) {
		char *blank = strchr(line, ' ');

		if (!blank)
			return false;
		*blank = '\0';
		if (!parse_u64(line, INT64_MAX, &value))
			return false;
		*number[i] = (int64_t)value;
		line = blank + 1;
	}
	s->name = line;
	return *line != '\0';
}

bool photo_stamps_parse(struct arena *a, struct span file, struct photo_stamp **stamp, size_t *n)
{
	const size_t n_head = sizeof(head) - 1;
	size_t n_body, n_lines = 0;
	struct digest said = { { 0 } }, is;
	char *text, *line;

	*n = 0;
	if (file.n < n_head + HEX || memcmp(file.p, head, n_head) || memchr(file.p, '\0', file.n))
		return false;
	n_body = file.n - HEX;
	text = arena_strndup(a, file.p, file.n);
	if (!text || text[n_body - 1] != '\n' || !read_hex(text + n_body, &said))
		return false;
	is = digest_of(&(struct span){ text, n_body }, 1);
	if (memcmp(&is, &said, sizeof(is)))
		return false;
	text[n_body] = '\0';
	for (line = text; (line = strchr(line, '\n')); line++)
		n_lines++;
	*stamp = ARENA_NEW(a, struct photo_stamp, n_lines);
	if (!*stamp)
		return false;
	for (line = text + n_head; *line;) {
		char *end = strchr(line, '\n');

		*end = '\0';
		if (!read_stamp(line, &(*stamp)[(*n)++]))
			return false;
		line = end + 1;
	}
	qsort(*stamp, *n, sizeof(**stamp), by_name);
	return true;
}

static int64_t ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Where the list of dir is kept; NULL when there is no such folder. */
static const char *list_path(struct arena *a, const char *dir)
{
	char hex[DIGEST_HEX], *full = realpath(dir, NULL);
	struct digest d;

	if (!full)
		return NULL;
	d = digest_of_text(full);
	digest_hex(&d, hex);
	free(full);
	return file_cache(a, arena_printf(a, "photos/%s", hex));
}

/* The stamps of the list that can be trusted: the list is younger than they. */
static void read_list(struct arena *a, const char *path, struct photo_stamp **stamp, size_t *n)
{
	struct span file;
	size_t n_all = 0;
	struct stat st;

	*n = 0;
	if (!path || stat(path, &st) || file_read(a, path, MAX_LIST_BYTES, &file, NULL) ||
	    !photo_stamps_parse(a, file, stamp, &n_all))
		return;
	for (size_t i = 0; i < n_all; i++)
		if ((*stamp)[i].ctime_ns <= ns(st.st_mtim) - settled_ns)
			(*stamp)[(*n)++] = (*stamp)[i];
}

static void write_list(const char *path, const struct photo_stamp *stamp, size_t n)
{
	struct text t = { 0 };
	char hex[DIGEST_HEX], *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	struct digest d;

	text_add(&t, head);
	for (size_t i = 0; i < n; i++) {
		if (strchr(stamp[i].name, '\n'))
			continue; /* read anew each time */
		digest_hex(&stamp[i].digest, hex);
		text_addf(&t, "%s %" PRId64 " %" PRId64 " %" PRId64 " %s\n", hex, stamp[i].size,
		          stamp[i].mtime_ns, stamp[i].ctime_ns, stamp[i].name);
	}
	d = digest_of_text(text_str(&t));
	digest_hex(&d, hex);
	text_add(&t, hex);
	if (slash)
		*slash = '\0';
	if (slash && !t.fail && !file_mkdirs(dir, NULL))
		file_write(path, text_str(&t), t.n, NULL);
	text_release(&t);
	free(dir);
}

/* Fills the stamp of the photograph at path but for its digest. */
static enum status look(const char *path, const char *name, struct photo_stamp *s, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ST_ENV, "cannot open %s: %s", path, strerror(errno));
	*s = (struct photo_stamp){ .name = name,
		                   .size = (int64_t)st.st_size,
		                   .mtime_ns = ns(st.st_mtim),
		                   .ctime_ns = ns(st.st_ctim) };
	return ST_OK;
}

static enum status read_digest(const char *path, struct digest *d, struct err *e)
{
	struct arena a = { 0 };
	struct span file;
	enum status rc = file_read(&a, path, PHOTO_MAX_BYTES, &file, e);

	if (!rc)
		*d = digest_of(&file, 1);
	arena_release(&a);
	return rc;
}

enum status photo_digests(struct arena *a, const char *dir, const char *const *path, size_t n,
                          struct digest *digest, struct err *e)
{
	const char *list = list_path(a, dir);
	struct photo_stamp *known = NULL, *now = ARENA_NEW(a, struct photo_stamp, n);
	enum status rc = now ? ST_OK : err_nomem(e);
	const size_t n_dir = strlen(dir) + 1;
	size_t n_known, n_read = 0;

	read_list(a, list, &known, &n_known);
	for (size_t i = 0; i < n && !rc; i++) {
		const struct photo_stamp *k = NULL;

		/* Looked at before it is read: what is written meanwhile is newer than this. */
		rc = look(path[i], path[i] + n_dir, &now[i], e);
		if (!rc && n_known)
			k = bsearch(&now[i], known, n_known, sizeof(*known), by_name);
		if (k && k->size == now[i].size && k->mtime_ns == now[i].mtime_ns &&
		    k->ctime_ns == now[i].ctime_ns) {
			now[i].digest = k->digest;
		} else if (!rc) {
			rc = read_digest(path[i], &now[i].digest, e);
			n_read++;
		}
		digest[i] = now[i].digest;
	}
	if (!rc && n_read && list)
		write_list(list, now, n);
	return rc;
}

void photo_digests_forget(const char *dir)
{
	struct arena a = { 0 };
	const char *list = list_path(&a, dir);

	if (list)
		unlink(list);
	arena_release(&a);
}
