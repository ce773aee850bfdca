/* What is known while the words of a scope are counted. Private to the codec layer: word_table.c
 * keeps it, word_direct.c and word_parts.c find the words. */
#ifndef HCB_CODEC_WORD_COUNTER_H
#define HCB_CODEC_WORD_COUNTER_H

#include "codec/word_key.h"

/* A distinct word: its number (high first), or above 128 bits, in `high`, where it stands. */
struct ranked {
	uint64_t high, low;
	uint32_t count;
};

struct counter {
	const struct word_scope *s;
	enum key_kind kind;
	size_t n_distinct;
	/* How many words occur so often: by count where that is small, else one by one. */
	uint32_t *tally, *large;
	size_t n_tally, n_large;
	/* The best so far, up to twice as many as there are ranks. */
	struct ranked *best;
	size_t n_best, cap_best;
	uint32_t floor; /* no word that occurs less often is worth a rank */
};

/* Takes note of a distinct word, whose count is final. */
void counter_take(struct counter *c, uint64_t high, uint64_t low, uint32_t count);

/* After the last one: brings the best into rank order. */
enum status counter_sort(struct counter *c, struct err *e);

/* Two ways to count. Each has a second half, once ranks are known, that makes what
 * word_table_rank() needs and adds to hits[l][r + 1] how often rank r occurs in layer l. */

struct word_direct {
	uint32_t *count; /* per word value, of all layers */
	uint32_t *row;   /* n_layers of the same, or NULL where that would be too much */
};

bool word_direct_fits(const struct word_scope *s);
enum status word_direct_count(struct word_direct *d, struct counter *c, struct err *e);
enum status word_direct_rank(const struct word_direct *d, const struct counter *c,
                             struct word_table *t, uint32_t *const *hits, struct arena *a,
                             struct err *e);
void word_direct_release(struct word_direct *d);

struct word_parts {
	unsigned bits;  /* there are 2^bits parts, by the top bits of h */
	uint32_t *size; /* words per layer (rows) and part */
	size_t *total;  /* words per part */
	uint64_t *key;  /* of the parts from..to - 1, part after part, in stream order */
	size_t from, to;
	size_t *end; /* where each part ends in key */
};

enum status word_parts_count(struct word_parts *p, struct counter *c, struct err *e);
enum status word_parts_rank(struct word_parts *p, const struct counter *c, struct word_table *t,
                            uint32_t *const *hits, struct arena *a, struct err *e);
void word_parts_release(struct word_parts *p);

#endif
