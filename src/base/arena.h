/* Arena: memory of one long-lived object, freed whole. Never moves what it gave out. */
#ifndef HCB_BASE_ARENA_H
#define HCB_BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *head;
	size_t used_bytes; /* handed out, for memory reports */
};

/* { 0 } is a valid empty arena. */
void arena_release(struct arena *a);

/* count * size zeroed bytes aligned to 64, or NULL (overflow, out of memory).
 * count * size == 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t count, size_t size);

/* The same with any content: pages of a large one take no memory before they are written. */
void *arena_alloc_unset(struct arena *a, size_t count, size_t size);

/* Copies; NULL when out of memory. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type, count) ((type *)arena_alloc((a), (count), sizeof(type)))

#endif
