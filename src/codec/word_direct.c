/* Counting narrow words: their numbers index the counts. */
#include "codec/word_counter.h"

enum {
	DIRECT_BITS = 20,   /* words of at most this width */
	CACHE_BITS = 16,    /* counts of words of this width stay in the cache */
	ROW_CELLS = 1 << 22 /* so many counts are kept layer by layer */
};

/* Neighbours are counted apart: the same word twice in a row would wait for itself. */
enum { WAYS = 4, WAYS_BITS = 13, PAIRS_PAY = 8 };

bool word_direct_fits(const struct word_scope *s)
{
	unsigned width = s->group * s->bits;

	if (width > DIRECT_BITS || (size_t)1 << width > s->n_words)
		return false;
	/* Counts out of the cache that are not even kept layer by layer do not pay. */
	return width <= CACHE_BITS || s->n_layers == 1 || s->n_layers <= (size_t)ROW_CELLS >> width;
}

/* Inlined with a constant group; each word i is counted in way i % ways. */
static inline void count_words(const uint16_t *w, unsigned group, unsigned bits, size_t n,
                               size_t ways, uint32_t *count)
{
	const size_t step = ways > 1 ? (size_t)1 << group * bits : 0;
	size_t i = 0;

	for (; i + WAYS <= n; i += WAYS)
		for (size_t j = 0; j < WAYS; j++)
			count[j * step + key_pack(w + (i + j) * group, group, bits)]++;
	for (; i < n; i++)
		count[key_pack(w + i * group, group, bits)]++;
}

static void count_layer(const struct word_scope *s, size_t l, size_t ways, uint32_t *count)
{
	const size_t full = s->layer[l].n / s->group;
	const uint16_t *w = s->layer[l].v;

	if (s->group == 1)
		count_words(w, 1, s->bits, full, ways, count);
	else if (s->group == 2)
		count_words(w, 2, s->bits, full, ways, count);
	else if (s->group == 4)
		count_words(w, 4, s->bits, full, ways, count);
	else
		count_words(w, s->group, s->bits, full, ways, count);
	if (s->layer[l].n % s->group)
		count[key_pack(s->tail + l * s->group, s->group, s->bits)]++;
}

/* Symbols of few bits are counted in pairs, which are half as many, then those by their halves. */
static void count_pairs(const struct symbols *s, unsigned bits, uint32_t *way, uint32_t *count)
{
	const size_t size = (size_t)1 << 2 * bits, half = (size_t)1 << bits;

	memset(way, 0, WAYS * size * sizeof(*way));
	count_words(s->v, 2, bits, s->n / 2, WAYS, way);
	for (size_t j = 0; j < WAYS; j++)
		for (size_t first = 0; first < half; first++)
			for (size_t second = 0; second < half; second++) {
				const uint32_t n = way[j * size + first * half + second];

				count[first] += n;
				count[second] += n;
			}
	if (s->n % 2)
		count[s->v[s->n - 1]]++;
}

/* Of each layer on its own, then of all. */
static enum status count_rows(struct word_direct *d, const struct counter *c, size_t size,
                              struct err *e)
{
	const size_t ways = size <= (size_t)1 << WAYS_BITS ? WAYS : 1;
	const bool in_pairs = c->s->group == 1 && 2 * c->s->bits <= WAYS_BITS;
	uint32_t *way =
	        room_for(c->room, ROOM_WAYS, ways * (in_pairs ? size * size : size) * sizeof(*way));

	if (!way)
		return err_nomem(e);
	for (size_t l = 0; l < c->s->n_layers; l++) {
		uint32_t *row = d->row + l * size;

		if (in_pairs && c->s->layer[l].n > PAIRS_PAY * size * size) {
			count_pairs(&c->s->layer[l], c->s->bits, way, row);
		} else if (ways == 1) {
			count_layer(c->s, l, 1, row);
		} else {
			memset(way, 0, ways * size * sizeof(*way));
			count_layer(c->s, l, ways, way);
			for (size_t j = 0; j < ways; j++)
				for (size_t key = 0; key < size; key++)
					row[key] += way[j * size + key];
		}
		for (size_t key = 0; key < size; key++)
			d->count[key] += row[key];
		symbols_rest(&c->s->layer[l]);
	}
	return ST_OK;
}

enum status word_direct_count(struct word_direct *d, struct counter *c, struct err *e)
{
	const struct word_scope *s = c->s;
	const size_t size = (size_t)1 << s->group * s->bits;
	const size_t n_bytes = size * sizeof(*d->count);
	enum status rc = ST_OK;

	*d = (struct word_direct){ .count = room_zeroed(c->room, ROOM_COUNTS, n_bytes) };
	if (!d->count)
		return err_nomem(e);
	if (s->n_layers > 1 && s->n_layers <= ROW_CELLS / size) {
		d->row = room_zeroed(c->room, ROOM_ROWS, s->n_layers * n_bytes);
		rc = d->row ? count_rows(d, c, size, e) : err_nomem(e);
	} else {
		for (size_t l = 0; l < s->n_layers; l++) {
			count_layer(s, l, 1, d->count);
			symbols_rest(&s->layer[l]);
		}
	}
	for (size_t key = 0; key < size && !rc; key++)
		if (d->count[key])
			counter_take(c, 0, key, d->count[key]);
	return rc;
}

/* Where counts were not kept layer by layer. */
static void count_hits(const struct counter *c, const struct word_table *t, uint32_t *hits,
                       size_t l)
{
	uint32_t rank[WORDS_BLOCK];
	const size_t words = words_in(&c->s->layer[l], c->s->group);

	for (size_t i = 0; i < words; i += WORDS_BLOCK) {
		const size_t n = words - i < WORDS_BLOCK ? words - i : WORDS_BLOCK;

		word_table_rank(t, c->s, l, i, n, rank);
		for (size_t j = 0; j < n; j++)
			if (rank[j] < t->n_ranks)
				hits[rank[j] + 1]++;
	}
}

enum status word_direct_rank(const struct word_direct *d, const struct counter *c,
                             struct word_table *t, uint32_t *const *hits, struct arena *a,
                             struct err *e)
{
	const size_t size = (size_t)1 << c->s->group * c->s->bits;
	uint32_t *rank_of = ARENA_NEW(a, uint32_t, size);

	if (!rank_of)
		return err_nomem(e);
	for (size_t key = 0; key < size; key++)
		rank_of[key] = WORDS_MAX_RANK;
	for (size_t r = 0; r < t->n_ranks; r++)
		rank_of[c->best[r].low] = (uint32_t)r;
	t->rank_of = rank_of;
	for (size_t l = 0; l < c->s->n_layers; l++) {
		const uint32_t *row = c->s->n_layers == 1 ? d->count : d->row + l * size;

		if (c->s->n_layers > 1 && !d->row) {
			count_hits(c, t, hits[l], l);
			symbols_rest(&c->s->layer[l]);
			continue;
		}
		for (size_t r = 0; r < t->n_ranks; r++)
			hits[l][r + 1] = row[c->best[r].low];
	}
	return ST_OK;
}
