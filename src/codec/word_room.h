/* Memory to count words in, kept from one count to the next: fresh pages cost more than the
 * counting itself. Private to the codec layer; see words_room_create(). */
#ifndef HCB_CODEC_WORD_ROOM_H
#define HCB_CODEC_WORD_ROOM_H

#include <stddef.h>

enum room_use {
	ROOM_TALLY,
	ROOM_LARGE,
	ROOM_BEST,
	ROOM_SORTED,
	ROOM_COUNTS,
	ROOM_ROWS,
	ROOM_WAYS,
	ROOM_KEYS,
	ROOM_CHUNKS,
	ROOM_SIZES,
	ROOM_PARTS,
	ROOM_ZEROS,
	ROOM_RANKED,
	N_ROOM_USES
};

struct words_room {
	struct {
		void *p;
		size_t n_bytes;
	} of[N_ROOM_USES];
	size_t slice_bytes; /* of keys are laid out at a time; 0: as many as pay. For tests */
};

/* At least n_bytes for one use, of any content, until the next call for it; NULL: there are none.
 */
void *room_for(struct words_room *room, enum room_use use, size_t n_bytes);

/* The same with what was there last time; NULL: that is there still. */
void *room_grown(struct words_room *room, enum room_use use, size_t n_bytes);

/* The same, zeroed. */
void *room_zeroed(struct words_room *room, enum room_use use, size_t n_bytes);

void room_release(struct words_room *room);

#endif
