#include "base/arena.h"

#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	ALIGN = 64,
	BLOCK_BYTES = 1 << 16,
	HUGE_PAGE = 1 << 21,
	PAGED_BYTES = 1 << 22, /* of a block in a temporary file, and in memory before the first */
};

struct arena_block {
	struct arena_block *next;
	size_t cap, used;
	unsigned char *bytes; /* behind this, or mapped */
	bool mapped;
	size_t at; /* in the file */
};

struct arena_file {
	int fd;
	size_t mapped, appended; /* bytes; those appended come behind those mapped */
};

enum { HEADER = (sizeof(struct arena_block) + ALIGN - 1) / ALIGN * ALIGN };

void arena_release(struct arena *a)
{
	for (struct arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		if (b->mapped)
			munmap(b->bytes, b->cap);
		free(b);
	}
	if (a->file)
		close(a->file->fd);
	free(a->file);
	*a = (struct arena){ 0 };
}

/* Large blocks in huge pages where the system has them: reading megabytes of weights for every
 * image otherwise waits for the address translation (measured on ResNet-50: 1 % of running, 15 % of
 * exchanging weights). */
static void *aligned_bytes(size_t bytes)
{
	const size_t align = bytes < HUGE_PAGE ? ALIGN : HUGE_PAGE;
	void *p;

	if (posix_memalign(&p, align, bytes))
		return NULL;
#ifdef MADV_HUGEPAGE
	if (align == HUGE_PAGE)
		(void)madvise(p, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
	return p;
}

static struct arena_block *block_new(size_t cap)
{
	size_t bytes;
	struct arena_block *b;

	if (cap > SIZE_MAX - HEADER - ALIGN)
		return NULL;
	bytes = (HEADER + cap + ALIGN - 1) / ALIGN * ALIGN;
	b = aligned_bytes(bytes);
	if (b)
		*b = (struct arena_block){ .cap = bytes - HEADER,
			                   .bytes = (unsigned char *)b + HEADER };
	return b;
}

/* Any error to a->why. */
static bool need_file(struct arena *a)
{
	if (a->file)
		return true;
	a->file = calloc(1, sizeof(*a->file));
	if (!a->file) {
		a->why = ENOMEM;
		return false;
	}
	a->file->fd = spool_open();
	if (a->file->fd >= 0)
		return true;
	a->why = errno;
	free(a->file);
	a->file = NULL;
	return false;
}

/* Bytes of the file behind those mapped until now. */
static struct arena_block *block_map(struct arena *a, size_t cap)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), at = a->file->mapped;
	struct arena_block *b = malloc(sizeof(*b));
	void *p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_SHARED, a->file->fd, (off_t)at);

	if (!b || p == MAP_FAILED) {
		a->why = b ? errno : ENOMEM;
		if (p != MAP_FAILED)
			munmap(p, cap);
		free(b);
		return NULL;
	}
	a->file->mapped += (cap + page - 1) / page * page;
	*b = (struct arena_block){ .cap = cap, .bytes = p, .mapped = true, .at = at };
	return b;
}

/* Its room on the disk is taken now: a full disk would be met by a signal later. */
static struct arena_block *block_paged(struct arena *a, size_t cap)
{
	if (cap > (size_t)INT64_MAX / 2 || !need_file(a))
		return NULL;
	a->why = posix_fallocate(a->file->fd, (off_t)a->file->mapped, (off_t)cap);
	return a->why ? NULL : block_map(a, cap);
}

/* A block of more than the usual size stands behind the first, which is filled on. */
static void block_link(struct arena *a, struct arena_block *b, bool behind)
{
	struct arena_block **to = a->head && behind ? &a->head->next : &a->head;

	b->next = *to;
	*to = b;
}

/* With room for n bytes. */
static struct arena_block *block_add(struct arena *a, size_t n)
{
	const bool paged = a->paged && n + a->used_bytes > PAGED_BYTES;
	const size_t usual = paged ? PAGED_BYTES : BLOCK_BYTES, cap = n > usual ? n : usual;
	struct arena_block *b = paged ? block_paged(a, cap) : block_new(cap);

	if (b)
		block_link(a, b, n > usual);
	return b;
}

/* *taken is the bytes of it, rounded up. */
static void *take(struct arena *a, size_t count, size_t size, size_t *taken)
{
	struct arena_block *b = a->head;
	size_t n;
	void *p;

	if (size && count > (SIZE_MAX - ALIGN) / size)
		return NULL;
	n = (count * size + ALIGN - 1) / ALIGN * ALIGN;
	if (!n)
		n = ALIGN;
	if (!b || b->cap - b->used < n) {
		b = block_add(a, n);
		if (!b)
			return NULL;
	}
	p = b->bytes + b->used;
	b->used += n;
	a->used_bytes += n;
	*taken = n;
	return p;
}

void *arena_alloc_unset(struct arena *a, size_t count, size_t size)
{
	size_t n;

	return take(a, count, size, &n);
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
	size_t n;
	void *p = take(a, count, size, &n);

	return p ? memset(p, 0, n) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1, 1);

	if (p)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	p = arena_alloc(a, (size_t)n + 1, 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

static bool put_bytes(struct arena *a, size_t at, const unsigned char *p, size_t n)
{
	while (n) {
		const ssize_t some = pwrite(a->file->fd, p, n, (off_t)at);

		if (some < 0 && errno != EINTR) {
			a->why = errno;
			return false;
		}
		if (some > 0) {
			p += some;
			at += (size_t)some;
			n -= (size_t)some;
		}
	}
	return true;
}

bool arena_append(struct arena *a, const void *p, size_t n)
{
	if (!need_file(a) || !put_bytes(a, a->file->mapped + a->file->appended, p, n))
		return false;
	a->file->appended += n;
	return true;
}

void *arena_appended(struct arena *a)
{
	struct arena_block *b = block_map(a, a->file->appended);

	if (!b)
		return NULL;
	b->used = a->file->appended;
	a->used_bytes += b->used;
	a->file->appended = 0;
	block_link(a, b, true);
	return b->bytes;
}

/* The mapped block that holds p. */
static const struct arena_block *block_of(const struct arena *a, const void *p, size_t *at)
{
	for (const struct arena_block *b = a->paged ? a->head : NULL; b; b = b->next) {
		*at = (uintptr_t)p - (uintptr_t)b->bytes;
		if (b->mapped && *at < b->cap)
			return b;
	}
	return NULL;
}

bool arena_store(struct arena *a, void *to, const void *from, size_t n)
{
	size_t at;
	const struct arena_block *b = block_of(a, to, &at);
	const unsigned char *p = from;
	unsigned char part[1 << 17]; /* so that what is written does not overlap what is read */
	bool ok = true;

	if (!b)
		memmove(to, from, n);
	for (size_t i = 0, some; b && i < n && ok; i += some) {
		some = n - i < sizeof(part) ? n - i : sizeof(part);
		memcpy(part, p + i, some);
		ok = put_bytes(a, b->at + at + i, part, some);
	}
	return ok;
}

/* Bytes from `from` up to `to` of a mapping, and some before them: a touch brings its neighbours to
 * memory too (16 pages on Linux), so those of the first byte belong to what had its rest before. */
static void rest(const struct arena_block *b, size_t from, size_t to)
{
	const size_t around = (size_t)1 << 20; /* also a multiple of the page */

	from = from < around ? 0 : from / around * around - around;
	(void)madvise(b->bytes + from, to - from, MADV_DONTNEED);
}

void arena_rest(const struct arena *a, const void *p, size_t n)
{
	size_t at;
	const struct arena_block *b = block_of(a, p, &at);

	if (b)
		rest(b, at, n < b->cap - at ? at + n : b->cap);
}

void arena_rest_all(const struct arena *a)
{
	for (const struct arena_block *b = a->paged ? a->head : NULL; b; b = b->next)
		if (b->mapped)
			rest(b, 0, b->cap);
}

enum status arena_explain(const struct arena *a, enum status rc, struct err *e)
{
	return rc && a->why ? spool_failed(a->why, e) : rc;
}
