/* Arena: memory of one long-lived object, freed whole. Never moves what it gave out. */
#ifndef HCB_BASE_ARENA_H
#define HCB_BASE_ARENA_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena {
	struct arena_block *head;
	size_t used_bytes; /* handed out, for memory reports */
	/* Set in an empty arena: what goes beyond a few megabytes lies in temporary files
	 * (base/spool.h) that are mapped. Slower to fill; for data that is walked over in parts,
	 * each of which is given a rest when it is done. */
	bool paged;
	int why; /* errno of what failed with them; 0: nothing */
	struct arena_file *file;
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

/* Takes n bytes from p on, or everything, out of memory as far as it is mapped: it is still there
 * and comes back when it is touched. Nothing happens in an arena that is not paged, nor to what is
 * not the arena's. */
void arena_rest(const struct arena *a, const void *p, size_t n);
void arena_rest_all(const struct arena *a);

/* Copies n bytes to `to`, which is the arena's; they may overlap if `from` is not below. Where that
 * is mapped they are written to the file, which costs a fraction of touching its pages. False:
 * a->why says why. */
bool arena_store(struct arena *a, void *to, const void *from, size_t n);

/* Puts n bytes more behind those put before, in a temporary file; false as above. All of them then
 * become memory of the arena; NULL as above. */
bool arena_append(struct arena *a, const void *p, size_t n);
void *arena_appended(struct arena *a);

/* rc; where that is an error because a temporary file failed, e says so. */
enum status arena_explain(const struct arena *a, enum status rc, struct err *e);

#define ARENA_NEW(a, type, count) ((type *)arena_alloc((a), (count), sizeof(type)))

#endif
