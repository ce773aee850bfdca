#include "codec/word_room.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "codec/source.h"

enum { HUGE_PAGE = 1 << 21, LINE = 64 };

void *room_for(struct words_room *room, enum room_use use, size_t n_bytes)
{
	const size_t unit = n_bytes < HUGE_PAGE ? LINE : HUGE_PAGE;
	const size_t wanted = (n_bytes / unit + 1) * unit;

	if (wanted < n_bytes)
		return NULL;
	if (room->of[use].n_bytes >= wanted)
		return room->of[use].p;
	free(room->of[use].p);
	room->of[use].p = aligned_alloc(unit, wanted);
	room->of[use].n_bytes = room->of[use].p ? wanted : 0;
#ifdef MADV_HUGEPAGE
	/* Words are scattered over thousands of places. A refusal costs only time. */
	if (room->of[use].p && unit == HUGE_PAGE)
		(void)madvise(room->of[use].p, wanted, MADV_HUGEPAGE);
#endif
	return room->of[use].p;
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
