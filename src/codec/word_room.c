#include "codec/word_room.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "codec/source.h"

enum { HUGE_PAGE = 1 << 21, LINE = 64 };

static void *resize(struct words_room *room, enum room_use use, size_t n_bytes, bool keep)
{
	const size_t unit = n_bytes < HUGE_PAGE ? LINE : HUGE_PAGE;
	const size_t wanted = (n_bytes / unit + 1) * unit;
	const size_t old = room->of[use].n_bytes;
	void *p;

	if (wanted < n_bytes)
		return NULL;
	if (old >= wanted)
		return room->of[use].p;
	if (!keep) {
		free(room->of[use].p);
		room->of[use].p = NULL;
		room->of[use].n_bytes = 0;
	}
	p = aligned_alloc(unit, wanted);
	if (!p)
		return NULL;
#ifdef MADV_HUGEPAGE
	/* Words are scattered over thousands of places. A refusal costs only time. */
	if (unit == HUGE_PAGE)
		(void)madvise(p, wanted, MADV_HUGEPAGE);
#endif
	if (keep && old) {
		memcpy(p, room->of[use].p, old);
		free(room->of[use].p);
	}
	room->of[use].p = p;
	room->of[use].n_bytes = wanted;
	return p;
}

void *room_for(struct words_room *room, enum room_use use, size_t n_bytes)
{
	return resize(room, use, n_bytes, false);
}

void *room_grown(struct words_room *room, enum room_use use, size_t n_bytes)
{
	return resize(room, use, n_bytes, true);
}

void *room_zeroed(struct words_room *room, enum room_use use, size_t n_bytes)
{
	void *p = room_for(room, use, n_bytes);

	return p ? memset(p, 0, n_bytes) : NULL;
}

void room_release(struct words_room *room)
{
	for (size_t i = 0; i < N_ROOM_USES; i++)
		free(room->of[i].p);
	*room = (struct words_room){ 0 };
}

struct words_room *words_room_create(void)
{
	return calloc(1, sizeof(struct words_room));
}

void words_room_free(struct words_room *room)
{
	if (room)
		room_release(room);
	free(room);
}
