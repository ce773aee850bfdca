#include "infer/tensor_cache.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Head: magic, key, zeros; its 64 bytes keep the pixels aligned. Tail: SHA-256 of the pixels. */
enum { HEAD = 64, MAGIC = 16, TAIL = sizeof(struct digest) };

static const char magic[MAGIC] = "hcbench tensors";

static void write_head(uint8_t head[HEAD], const struct digest *key)
{
	memset(head, 0, HEAD);
	memcpy(head, magic, MAGIC);
	memcpy(head + MAGIC, key->byte, sizeof(key->byte));
}

static void unmap(struct tensor_cache *t)
{
	if (t->mapped)
		munmap(t->file, t->n_file);
	t->mapped = false;
	t->file = t->pixels = NULL;
}

static bool map(struct tensor_cache *t, int fd, int protection)
{
	void *p = mmap(NULL, t->n_file, protection, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return false;
	t->mapped = true;
	t->file = p;
	t->pixels = t->file + HEAD;
	return true;
}

static struct digest hash_pixels(struct tensor_cache *t)
{
	hash_begin(&t->hash);
	hash_add(&t->hash, t->pixels, t->n);
	return hash_end(&t->hash);
}

/* Maps the finished file; false when there is none, or one that is damaged. */
static bool map_finished(struct tensor_cache *t, const struct digest *key)
{
	int fd = open(t->path, O_RDONLY | O_CLOEXEC);
	uint8_t head[HEAD];
	struct stat st;
	struct digest d;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && st.st_size >= 0 && (uintmax_t)st.st_size == t->n_file)
		map(t, fd, PROT_READ);
	close(fd);
	if (!t->mapped)
		return false;
	write_head(head, key);
	if (!memcmp(t->file, head, HEAD)) {
		d = hash_pixels(t);
		t->ready = !memcmp(t->pixels + t->n, d.byte, TAIL);
	}
	if (!t->ready)
		unmap(t);
	return t->ready;
}

static bool make_folder(const char *path)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	bool made;

	if (slash)
		*slash = '\0';
	made = slash && !file_mkdirs(dir, NULL);
	free(dir);
	return made;
}

/* Whether path still names the file that fd is: its last holder may have renamed or removed it. */
static bool is_current(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Opens and locks the file that is filled; -1 where that cannot be done. */
static int lock_part(const char *path)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), rc;

		if (fd < 0)
			return -1;
		do
			rc = flock(fd, LOCK_EX);
		while (rc && errno == EINTR);
		if (!rc && is_current(fd, path))
			return fd;
		close(fd);
		if (rc)
			return -1;
	}
}

static void drop_part(struct tensor_cache *t)
{
	unlink(t->part);
	close(t->fd);
	t->fd = -1;
}

/* Room for the pixels on disk, all of it reserved: a full disk shows here, not while they are
 * written. False when there is none. */
static bool map_part(struct tensor_cache *t)
{
	if ((uintmax_t)t->n_file <= INT64_MAX && !ftruncate(t->fd, (off_t)t->n_file) &&
	    !posix_fallocate(t->fd, 0, (off_t)t->n_file) && map(t, t->fd, PROT_READ | PROT_WRITE))
		return true;
	drop_part(t);
	return false;
}

enum status tensor_cache_open(struct tensor_cache *t, struct arena *a, const struct digest *key,
                              size_t n, struct err *e)
{
	char hex[DIGEST_HEX];
	const char *dir = file_cache(a, "tensors");

	*t = (struct tensor_cache){ .fd = -1, .n = n };
	if (!dir || n > SIZE_MAX - HEAD - TAIL)
		return err_nomem(e);
	t->n_file = HEAD + n + TAIL;
	digest_hex(key, hex);
	t->path = arena_printf(a, "%s/%s", dir, hex);
	t->part = arena_printf(a, "%s/%s.part", dir, hex);
	if (!t->path || !t->part)
		return err_nomem(e);
	if (map_finished(t, key))
		return ST_OK;
	if (make_folder(t->path))
		t->fd = lock_part(t->part);
	if (t->fd >= 0 && map_finished(t, key)) { /* made while this process waited */
		drop_part(t);
		return ST_OK;
	}
	if (t->fd < 0 || !map_part(t)) {
		t->file = ARENA_NEW(a, uint8_t, t->n_file);
		if (!t->file)
			return err_nomem(e);
		t->pixels = t->file + HEAD;
	}
	write_head(t->file, key);
	return ST_OK;
}

void tensor_cache_keep(struct tensor_cache *t)
{
	struct digest d = hash_pixels(t);

	t->ready = true;
	if (t->fd < 0)
		return;
	memcpy(t->pixels + t->n, d.byte, TAIL);
	mprotect(t->file, t->n_file, PROT_READ);
	if (rename(t->part, t->path))
		unlink(t->part); /* the pixels stay until they are unmapped */
	close(t->fd);
	t->fd = -1;
}

void tensor_cache_close(struct tensor_cache *t)
{
	if (t->fd >= 0)
		drop_part(t);
	unmap(t);
}
