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
	unsigned char *bytes; /* behind this, or a mapping of its own */
	bool mapped;
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

static struct arena_block *block_map(int fd, size_t cap)
{
	struct arena_block *b = malloc(sizeof(*b));
	void *p;

	if (!b)
		return NULL;
	p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		free(b);
		return NULL;
	}
	*b = (struct arena_block){ .cap = cap, .bytes = p, .mapped = true };
	return b;
}

/* In a temporary file whose room on the disk is taken now: a full disk would be met by a signal
 * later. */
static struct arena_block *block_paged(struct arena *a, size_t cap)
{
	struct arena_block *b = NULL;
	int fd;

	if (cap > (size_t)INT64_MAX)
		return NULL;
	fd = spool_open();
	if (fd < 0) {
		a->why = errno;
		return NULL;
	}
	a->why = posix_fallocate(fd, 0, (off_t)cap);
	if (!a->why)
		b = block_map(fd, cap);
	close(fd);
	return b;
}

/* With room for n bytes. What is larger than usual stands behind the first, which is filled on. */
static struct arena_block *block_add(struct arena *a, size_t n)
{
	const bool paged = a->paged && n + a->used_bytes > PAGED_BYTES;
	const size_t usual = paged ? PAGED_BYTES : BLOCK_BYTES, cap = n > usual ? n : usual;
	struct arena_block *b = paged ? block_paged(a, cap) : block_new(cap);

	if (!b)
		return NULL;
	if (a->head && n > usual) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
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

void *arena_map(struct arena *a, int fd, size_t n)
{
	struct arena_block *b = block_map(fd, n);

	if (!b)
		return NULL;
	b->used = n;
	a->used_bytes += n;
	b->next = a->head ? a->head->next : NULL;
	if (a->head)
		a->head->next = b;
	else
		a->head = b;
	return b->bytes;
}

/* The pages that bytes from `from` up to `to` of a mapping touch. Mappings begin at a page. */
static void rest(const struct arena_block *b, size_t from, size_t to)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	from = from / page * page;
	(void)madvise(b->bytes + from, to - from, MADV_DONTNEED);
}

void arena_rest(const struct arena *a, const void *p, size_t n)
{
	const uintptr_t at = (uintptr_t)p;

	for (const struct arena_block *b = a->paged ? a->head : NULL; b; b = b->next) {
		const uintptr_t begin = (uintptr_t)b->bytes;

		if (b->mapped && at >= begin && at - begin < b->cap && n <= b->cap - (at - begin))
			rest(b, at - begin, at - begin + n);
	}
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
