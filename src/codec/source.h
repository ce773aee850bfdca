/* What codecs encode: the wire symbols of all layers in stream order, and the word statistics
 * that all dictionary sizes of one (symbols, group) share. */
#ifndef HCB_CODEC_SOURCE_H
#define HCB_CODEC_SOURCE_H

#include "base/arena.h"
#include "base/err.h"
#include "quant/quantizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed run of n symbols, each below 2^bits; 0 is the weight zero. */
struct symbols {
	const uint16_t *v;
	size_t n;
	unsigned bits;
	const struct arena *in; /* where they lie, if that is paged; or NULL */
};

/* The symbols are not needed soon. Who walks over all layers says so of each when it is done, so
 * that no more than a layer is in memory. */
static inline void symbols_rest(const struct symbols *v)
{
	if (v->in)
		arena_rest(v->in, v->v, v->n * sizeof(*v->v));
}

/* The last two are what ORDER_ARRAY is when something else than the weights rests in the array. */
enum stream_order { ORDER_OIHW, ORDER_ARRAY, ORDER_ARRAY_OS, ORDER_ARRAY_IS, N_ORDERS };

/* Puts the n values of kernel k (canonical order, spw consecutive values per weight) into stream
 * order. ORDER_ARRAY: as a weight-stationary rows x cols array loads its tiles: for each group,
 * column fold of filters, row fold of K (ceil-divided, column fold outermost): the fold's rows from
 * the last to the first (a row shifted in ends at the bottom), in a row the filters in order.
 * ORDER_ARRAY_OS: as an output-stationary array takes them in one pass: for each group and column
 * fold of filters, K in order, and at each step the filters of the fold. ORDER_ARRAY_IS: an
 * input-stationary one: for each group and row fold of K, the filters in order, and of each the
 * weights of the fold. */
void stream_reorder(const struct kernel *k, enum stream_order order, size_t rows, size_t cols,
                    unsigned spw, const uint16_t *in, uint16_t *out);
/* The inverse. */
void stream_restore(const struct kernel *k, enum stream_order order, size_t rows, size_t cols,
                    unsigned spw, const uint16_t *in, uint16_t *out);

/* Deals the n symbols of a stream to lanes: word i of `group` symbols to lane i mod lanes; a last
 * word of fewer symbols stays short. out: one lane after the other, n_lane[j] symbols of lane j (0
 * where there are fewer words than lanes). */
void stream_deal(const uint16_t *in, size_t n, unsigned group, unsigned lanes, uint16_t *out,
                 size_t *n_lane);

enum dict_scope { DICT_MODEL, DICT_LAYER, N_DICT_SCOPES };

enum { WORDS_MAX_RANK = 1 << 16, WORDS_BLOCK = 512 };

/* n distinct words occur `count` times each. */
struct count_run {
	uint32_t count, n;
};

/* A ranked word in a hash table. */
struct word_slot {
	uint64_t key[2]; /* as word_key.h makes them */
	uint32_t rank;   /* + 1; 0: free */
};

/* Distinct words of one dictionary scope. The most frequent have a rank (ties: smaller word value
 * first, the word read as one big-endian number of G x bits bits). */
struct word_table {
	size_t n_words; /* with padding words counted once each */
	size_t n_distinct;
	size_t n_ranks;         /* n_distinct, or as many as were wanted if that is less */
	const uint16_t *symbol; /* n_ranks x group, in rank order */
	const uint32_t *count;  /* n_ranks, in rank order */
	size_t n_runs;
	const struct count_run *run; /* all n_distinct, largest count first */
	/* For words_rank(); one is NULL. */
	const uint32_t *rank_of;      /* of each word value */
	const struct word_slot *slot; /* 2^slot_bits */
	unsigned slot_bits;
	bool is_own; /* slot belongs to this table, by words_few() */
};

/* Layers cut into words of `group` symbols, the last word of a layer padded with 0. */
struct words {
	struct arena arena;
	unsigned group;
	enum dict_scope scope;
	size_t n_layers, n_tables; /* tables: 1 (model) or n_layers */
	struct word_table *table;
	size_t *layer_words; /* words of each layer */
	uint16_t *tail;      /* n_layers x group: the last word, padded, where it needs that */
	uint32_t **hits;     /* per layer: prefix sums over the first n_ranks ranks of its table */
	size_t *n_ranks;     /* per layer */
	uint32_t max_ranks;  /* no table has more: what the source wanted */
};

/* Words of layer l that a dictionary of the `entries` most frequent words holds, entries <=
 * max_ranks. O(1). */
uint64_t words_hits(const struct words *w, size_t l, uint32_t entries);

struct source {
	size_t n_layers;
	const struct symbols *layer;
	unsigned bits;             /* of every layer */
	const struct words *words; /* NULL unless the codec uses_words */
	/* How to count words. Neither changes what is counted. */
	uint32_t max_ranks;      /* so many ranks are wanted; 0: WORDS_MAX_RANK */
	struct words_room *room; /* memory to count in, one count at a time; NULL: taken anew */
};

/* Work memory that counting words keeps from one count to the next, up to some 100 MB; NULL: there
 * is none. words_room_free(). */
struct words_room *words_room_create(void);
void words_room_free(struct words_room *room);

/* Counts words once; shared by every dictionary size. *out is the caller's (words_free). */
enum status words_count(struct words **out, const struct source *s, unsigned group,
                        enum dict_scope scope, struct err *e);
void words_free(struct words *w);

/* Ranks in its table of the n words of layer l from word `first` on; WORDS_MAX_RANK: it has none.
 * s is the source that was counted. */
void words_rank(const struct words *w, const struct source *s, size_t l, size_t first, size_t n,
                uint32_t *rank);

/* A look-up of the first `entries` ranks, small enough to stay in the cache; for a small layer,
 * which would not pay for it, that of all ranks. Shares with the table; words_few_release(). */
enum status words_few(struct word_table *few, const struct words *w, const struct source *s,
                      size_t l, uint32_t entries, struct err *e);
void words_few_release(struct word_table *few);

/* words_rank() by few; words beyond the first `entries` have some rank from there on. */
void words_rank_few(const struct word_table *few, const struct words *w, const struct source *s,
                    size_t l, size_t first, size_t n, uint32_t *rank);

/* Words of layer l from word `first` on, but at most WORDS_BLOCK. */
static inline size_t words_block(const struct words *w, size_t l, size_t first)
{
	size_t n = w->layer_words[l] - first;

	return n < WORDS_BLOCK ? n : WORDS_BLOCK;
}

/* The table that layer l uses. */
static inline const struct word_table *words_table(const struct words *w, size_t l)
{
	return &w->table[w->scope == DICT_MODEL ? 0 : l];
}

/* Order-0 entropy of all symbols pooled, in bits per symbol. */
double entropy_symbols(const struct source *s);
/* The same with each layer by itself: never more than pooled. */
double entropy_layers(const struct source *s);
/* Order-G entropy: of the words, pooled per table, in bits per symbol (words x H / symbols). Counts
 * neither dictionary nor tables, so for large G it tends to 0 and is no bound that a finite code
 * can reach. */
double entropy_words(const struct words *w, size_t n_symbols);

#endif
