/* What is known while the words of a scope are counted. Private to the codec layer: word_table.c
 * keeps it, word_direct.c and word_parts.c find the words. */
#ifndef HCB_CODEC_WORD_COUNTER_H
#define HCB_CODEC_WORD_COUNTER_H

#include "codec/word_key.h"
#include "codec/word_room.h"

/* A distinct word: its number (high first), or above 128 bits, in `high`, where it stands. */
struct ranked {
	uint64_t high, low;
	uint32_t count;
};

enum { TALLY_WAYS = 4, TALLY_FEW = 256 };

struct counter {
	const struct word_scope *s;
	struct words_room *room;
	enum key_kind kind;
	size_t n_distinct;
	/* How many words occur so often: by count where that is small, else one by one. Small
	 * counts in turns, since adding to the same number twice in a row waits. */
	uint32_t few[TALLY_WAYS][TALLY_FEW];
	uint32_t *tally, *large;
	size_t n_tally, n_large;
	/* The best so far, up to twice as many as there are ranks. */
	struct ranked *best;
	size_t n_best, cap_best, max_ranks;
	struct ranked worst; /* nothing behind it is worth a rank; a count of 0: not known yet */
};

/* The rest of counter_take(). */
void counter_note_many(struct counter *c, uint32_t count);
void counter_offer(struct counter *c, uint64_t high, uint64_t low, uint32_t count);

/* Whether a word could have a rank, by its count alone. */
static inline bool counter_wants(const struct counter *c, uint32_t count)
{
	return count >= c->worst.count;
}

/* Takes note of the count of distinct word i; the caller adds to n_distinct. */
static inline void counter_note(struct counter *c, size_t i, uint32_t count)
{
	if (count < TALLY_FEW)
		c->few[i % TALLY_WAYS][count]++;
	else
		counter_note_many(c, count);
}

/* Gives a wanted word its chance. */
static inline void counter_try(struct counter *c, uint64_t high, uint64_t low, uint32_t count)
{
	if (count == c->worst.count && c->kind != KEY_FAR &&
	    (high != c->worst.high ? high > c->worst.high : low > c->worst.low))
		return;
	counter_offer(c, high, low, count);
}

/* All of that: takes note of a distinct word, whose count is final. */
static inline void counter_take(struct counter *c, uint64_t high, uint64_t low, uint32_t count)
{
	counter_note(c, c->n_distinct++, count);
	if (counter_wants(c, count))
		counter_try(c, high, low, count);
}

/* After the last one: brings the best into rank order. */
enum status counter_sort(struct counter *c, struct err *e);

/* Two ways to count. Each has a second half, once ranks are known, that makes what
 * word_table_rank() needs and adds to hits[l][r + 1] how often rank r occurs in layer l. What they
 * point at is in the room. */

struct word_direct {
	uint32_t *count; /* per word value, of all layers */
	uint32_t *row;   /* n_layers of the same, or NULL where that would be too much */
};

bool word_direct_fits(const struct word_scope *s);
enum status word_direct_count(struct word_direct *d, struct counter *c, struct err *e);
enum status word_direct_rank(const struct word_direct *d, const struct counter *c,
                             struct word_table *t, uint32_t *const *hits, struct arena *a,
                             struct err *e);

/* Words by the top bits of their hash. The zero word, which is the most frequent by far after
 * trimming, is counted apart where it has the hash 0 (all but KEY_FAR). Keys of a part lie in
 * chunks, so that it need not be known beforehand how many there are. */
enum { CHUNK_BITS = 8, CHUNK_KEYS = 1 << CHUNK_BITS };

struct word_parts {
	bool narrow;     /* keys are 32 bits wide, else as word_key.h makes them */
	unsigned bits;   /* there are 2^bits parts */
	uint32_t *size;  /* words per layer (rows) and part */
	uint32_t *zeros; /* per layer */
	/* Of the parts from..to - 1: how many keys, where the first one is, and the last. Places
	 * are counted in keys; chunk 0 takes what belongs nowhere. */
	size_t *total, *first, *last;
	size_t from, to;
	void *key;      /* n_chunks of CHUNK_KEYS keys */
	uint32_t *next; /* the chunk after each, of a part or of the unused ones; 0: none */
	size_t n_chunks, n_taken;
	uint32_t unused; /* the first of those given back */
	bool no_memory;
};

enum status word_parts_count(struct word_parts *p, struct counter *c, struct err *e);
enum status word_parts_rank(struct word_parts *p, const struct counter *c, struct word_table *t,
                            uint32_t *const *hits, struct arena *a, struct err *e);

/* Lays out the keys of the parts from `from` on, as many as memory is meant to hold. */
enum status word_parts_lay_out(struct word_parts *p, const struct counter *c, size_t from,
                               struct err *e);

/* Numbers (32 or 64 bits) per key. */
static inline unsigned parts_lanes(const struct word_parts *p, enum key_kind kind)
{
	return p->narrow ? 1 : key_lanes(kind);
}

/* Keys side by side. */
struct key_run {
	const void *key;
	size_t n;
};

/* The next of at most n > 0 keys of a part, in stream order; *at is where they are, from first[k]
 * on. */
static inline struct key_run parts_walk(const struct word_parts *p, enum key_kind kind, size_t *at,
                                        size_t n)
{
	const size_t rest = CHUNK_KEYS - (*at & (CHUNK_KEYS - 1)),
	             first = *at * parts_lanes(p, kind);
	const void *key = p->narrow ? (const void *)((const uint32_t *)p->key + first)
	                            : (const void *)((const uint64_t *)p->key + first);

	n = n < rest ? n : rest;
	*at = n < rest ? *at + n : (size_t)p->next[*at >> CHUNK_BITS] << CHUNK_BITS;
	return (struct key_run){ key, n };
}

static inline size_t part_of(uint64_t h, unsigned bits)
{
	return bits ? h >> (64 - bits) : 0;
}

/* Counting one part after the other in the cache. */
struct part_table {
	void *key; /* of each of 2^bits slots */
	uint32_t *count;
	uint32_t *used; /* n slots that are in use, a slot without count being free */
	size_t n;
	unsigned bits;
	uint32_t *direct; /* NULL, or counts by the rest_bits that a part leaves open */
	unsigned rest_bits;
};

enum status part_table_create(struct part_table *t, const struct word_parts *p,
                              const struct counter *c, struct err *e);
/* Counts the words of part k and takes them. */
enum status part_table_count(struct part_table *t, const struct word_parts *p, struct counter *c,
                             size_t k, struct err *e);
void part_table_release(struct part_table *t);

#endif
