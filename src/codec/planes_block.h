/* Blocks of 64 words of planes.h, decoded in several ways. Private to the codec layer. */
#ifndef HCB_CODEC_PLANES_BLOCK_H
#define HCB_CODEC_PLANES_BLOCK_H

#include "codec/planes.h"

#include <endian.h>
#include <string.h>

enum {
	PLANES_WORDS = 64,     /* of a block */
	PLANES_MAX_GROUP = 16, /* of the ways below; longer words are read one symbol at a time */
	PLANES_AHEAD = 72      /* bytes that may be read past what a block uses */
};

/* In bits. A block may be read at pos <= last. */
struct plane {
	const uint8_t *at;
	size_t pos, last;
};

struct planes_job {
	const struct planes_dict *d;
	const uint8_t *flags; /* 8 bytes for each block */
	struct plane index, raw;
	uint32_t highest; /* index seen */
	uint8_t *out;     /* 64 x group bytes for each block */
	size_t n_blocks;
};

/* Symbols of at most 8 bits in words of 1 (at most 256 entries), 2, 4, 8 or 16. Each stops before a
 * block that may not be read, with the job as it is then. Those that this build lacks do nothing.
 */
void planes_run_portable(struct planes_job *j);
void planes_run_avx2(struct planes_job *j);
void planes_run_vbmi2(struct planes_job *j);

#if defined(__x86_64__) && defined(__GNUC__)
#define PLANES_X86 1
#endif
#define PLANES_INLINE static inline __attribute__((always_inline))

PLANES_INLINE uint64_t planes_load(const uint8_t *at)
{
	uint64_t x;

	memcpy(&x, at, sizeof(x));
	return le64toh(x);
}

/* At least 57 bits from bit pos on, the lowest first; 64 where pos is a whole byte. */
PLANES_INLINE uint64_t planes_peek(const struct plane *p, size_t pos)
{
	return planes_load(p->at + pos / 8) >> pos % 8;
}

PLANES_INLINE bool planes_ready(const struct planes_job *j)
{
	return j->n_blocks && j->index.pos <= j->index.last && j->raw.pos <= j->raw.last;
}

#endif
