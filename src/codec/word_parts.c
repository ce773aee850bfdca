/* Counting wide words: they are parted by their hash, so that each part is counted in the cache,
 * and the parts laid out slice by slice, so that memory does not grow with the model: once it is
 * full, the slice gives up its last parts, which are laid out the next time. */
#include "codec/word_counter.h"

#include "base/bits.h"
#include "base/clones.h"

enum {
	PART_WORDS = 1 << 12,  /* about so many words are counted at a time, in the cache */
	MAX_PART_BITS = 11,    /* more parts would not be written side by side */
	SLICE_BYTES = 1 << 26, /* of keys are laid out at a time */
};

static size_t layer_words(const struct word_scope *s, size_t l)
{
	return words_in(&s->layer[l], s->group);
}

static size_t block(size_t words, size_t i)
{
	return words - i < WORDS_BLOCK ? words - i : WORDS_BLOCK;
}

/* Keys of some words of a layer, without zero words. */
union keys {
	uint32_t narrow[WORDS_BLOCK];
	uint64_t wide[2 * WORDS_BLOCK];
};

/* Leaves out zero words of `lanes` numbers. */
static inline size_t without_zeros(uint64_t *v, unsigned lanes, size_t n)
{
	size_t some = 0;

	for (size_t i = 0; i < n; i++) {
		const uint64_t x = v[lanes * i], y = v[lanes * i + lanes - 1];

		v[lanes * some] = x;
		v[lanes * some + lanes - 1] = y;
		some += (x | y) != 0;
	}
	return some;
}

CLONES static size_t without_zeros_narrow(uint32_t *v, size_t n)
{
	uint32_t n_zeros = 0;
	size_t some = 0;

	for (size_t i = 0; i < n; i++)
		n_zeros += v[i] == 0;
	if (!n_zeros || n_zeros == n)
		return n - n_zeros;
	for (size_t i = 0; i < n; i++) {
		const uint32_t x = v[i];

		v[some] = x;
		some += x != 0;
	}
	return some;
}

static size_t make_keys(const struct word_parts *p, const struct counter *c, size_t l, size_t first,
                        size_t n, union keys *k)
{
	if (p->narrow) {
		keys_make_narrow(c->s, l, first, n, k->narrow);
		return without_zeros_narrow(k->narrow, n);
	}
	keys_make(c->s, l, first, n, k->wide);
	if (c->kind == KEY_FAR)
		return n;
	return c->kind == KEY_ONE ? without_zeros(k->wide, 1, n) : without_zeros(k->wide, 2, n);
}

static size_t key_bytes(const struct word_parts *p, const struct counter *c)
{
	return p->narrow ? sizeof(uint32_t) : key_lanes(c->kind) * sizeof(uint64_t);
}

/* Room for so many chunks, with what is in them. */
static bool resize(struct word_parts *p, const struct counter *c, size_t n_chunks)
{
	void *key = room_grown(c->room, ROOM_KEYS, n_chunks * CHUNK_KEYS * key_bytes(p, c));
	uint32_t *next = room_grown(c->room, ROOM_CHUNKS, n_chunks * sizeof(*next));

	if (!key || !next)
		return false;
	p->key = key;
	p->next = next;
	p->n_chunks = n_chunks;
	return true;
}

/* The last part is not of this slice. */
static void give_up_part(struct word_parts *p)
{
	const size_t k = --p->to;

	if (p->total[k]) {
		p->next[p->last[k] >> CHUNK_BITS] = p->unused;
		p->unused = (uint32_t)(p->first[k] >> CHUNK_BITS);
	}
	p->total[k] = 0;
	p->last[k] = 0;
}

/* Where part k goes on, whose last chunk is full. */
static size_t next_chunk(struct word_parts *p, const struct counter *c, size_t k)
{
	uint32_t chunk;

	while (!p->unused && p->n_taken == p->n_chunks && p->to - p->from > 1)
		give_up_part(p);
	if (k >= p->to)
		return 1;
	if (!p->unused && p->n_taken == p->n_chunks && !resize(p, c, 2 * p->n_chunks)) {
		p->no_memory = true;
		return 1;
	}
	if (p->unused) {
		chunk = p->unused;
		p->unused = p->next[chunk];
	} else {
		chunk = (uint32_t)p->n_taken++;
	}
	p->next[chunk] = 0;
	if (p->total[k])
		p->next[p->last[k] >> CHUNK_BITS] = chunk;
	else
		p->first[k] = (size_t)chunk << CHUNK_BITS;
	p->total[k] += CHUNK_KEYS;
	return (size_t)chunk << CHUNK_BITS;
}

/* Puts n keys behind the last of their parts; those of other slices go to chunk 0. Inlined with
 * constants. */
static inline void put_keys(struct word_parts *p, const struct counter *c, bool narrow,
                            unsigned lanes, const union keys *key, size_t n)
{
	const unsigned bits = p->bits;
	const size_t from = p->from;
	size_t *last = p->last, some = p->to - from;
	uint32_t *to_narrow = p->key;
	uint64_t *to = p->key;

	for (size_t j = 0; j < n; j++) {
		const uint64_t *x = key->wide + j * lanes;
		const size_t k = part_of(narrow ? (uint64_t)key->narrow[j] << 32 : x[0], bits);
		size_t at = last[k] + 1;

		if (!(at & (CHUNK_KEYS - 1))) {
			at = next_chunk(p, c, k);
			if (p->no_memory)
				return;
			some = p->to - from;
			to_narrow = p->key;
			to = p->key;
		}
		if (narrow)
			to_narrow[at] = key->narrow[j];
		else
			memcpy(to + at * lanes, x, lanes * sizeof(*x));
		last[k] = at - (k - from >= some);
	}
}

/* Keys of part k until now, total[k] being those of whole chunks. */
static size_t keys_until_now(const struct word_parts *p, size_t k)
{
	return p->total[k] ? p->total[k] - CHUNK_KEYS + (p->last[k] & (CHUNK_KEYS - 1)) + 1 : 0;
}

static enum status lay_out_layer(struct word_parts *p, const struct counter *c, size_t l,
                                 struct err *e)
{
	const size_t words = layer_words(c->s, l);
	union keys key;

	p->zeros[l] = (uint32_t)words;
	for (size_t i = 0; i < words; i += WORDS_BLOCK) {
		const size_t some = make_keys(p, c, l, i, block(words, i), &key);

		p->zeros[l] -= (uint32_t)some;
		if (p->narrow)
			put_keys(p, c, true, 1, &key, some);
		else if (c->kind == KEY_ONE)
			put_keys(p, c, false, 1, &key, some);
		else
			put_keys(p, c, false, 2, &key, some);
		if (p->no_memory)
			return err_nomem(e);
	}
	return ST_OK;
}

enum status word_parts_lay_out(struct word_parts *p, const struct counter *c, size_t from,
                               struct err *e)
{
	const size_t n_parts = (size_t)1 << p->bits, n_layers = c->s->n_layers;

	p->from = from;
	p->to = n_parts;
	p->unused = 0;
	p->n_taken = 1;
	for (size_t k = 0; k < n_parts; k++) {
		p->total[k] = 0;
		p->last[k] = k < from ? 0 : CHUNK_KEYS - 1;
	}
	for (size_t l = 0; l < n_layers; l++) {
		enum status rc = lay_out_layer(p, c, l, e);

		if (rc)
			return rc;
		symbols_rest(&c->s->layer[l]);
		for (size_t k = from; k < p->to; k++)
			p->size[l * n_parts + k] = (uint32_t)keys_until_now(p, k);
	}
	for (size_t k = from; k < p->to; k++)
		p->total[k] = keys_until_now(p, k);
	for (size_t l = n_layers; l-- > 1;)
		for (size_t k = from; k < p->to; k++)
			p->size[l * n_parts + k] -= p->size[(l - 1) * n_parts + k];
	return ST_OK;
}

static enum status count_parts(struct word_parts *p, struct counter *c, struct err *e)
{
	const size_t n_parts = (size_t)1 << p->bits;
	size_t zeros = 0;
	struct part_table t;
	enum status rc = part_table_create(&t, p, c, e);

	for (size_t from = 0; from < n_parts && !rc; from = p->to) {
		rc = word_parts_lay_out(p, c, from, e);
		for (size_t k = from; k < p->to && !rc; k++)
			rc = part_table_count(&t, p, c, k, e);
	}
	part_table_release(&t);
	for (size_t l = 0; l < c->s->n_layers && !rc; l++)
		zeros += p->zeros[l];
	if (zeros)
		counter_take(c, 0, 0, (uint32_t)zeros);
	return rc;
}

/* Chunks for all keys at once, or as many as a slice has. */
static size_t chunks_of(const struct word_parts *p, const struct counter *c)
{
	const size_t bytes = c->room->slice_bytes ? c->room->slice_bytes : SLICE_BYTES;
	const size_t most = bytes / CHUNK_KEYS / key_bytes(p, c) + 2;
	const size_t all = c->s->n_words / CHUNK_KEYS + ((size_t)1 << p->bits) + 1;

	return all < most ? all : most;
}

enum status word_parts_count(struct word_parts *p, struct counter *c, struct err *e)
{
	const size_t n_layers = c->s->n_layers;
	size_t n_parts;

	*p = (struct word_parts){ .bits = bits_for_index(c->s->n_words / PART_WORDS + 1),
		                  .narrow = c->s->group * c->s->bits <= 32 };
	p->bits = p->bits < MAX_PART_BITS ? p->bits : MAX_PART_BITS;
	n_parts = (size_t)1 << p->bits;
	p->size = room_for(c->room, ROOM_SIZES, n_layers * n_parts * sizeof(*p->size));
	p->zeros = room_for(c->room, ROOM_ZEROS, n_layers * sizeof(*p->zeros));
	p->total = room_for(c->room, ROOM_PARTS, 3 * n_parts * sizeof(*p->total));
	p->n_chunks = chunks_of(p, c);
	p->key = room_for(c->room, ROOM_KEYS, p->n_chunks * CHUNK_KEYS * key_bytes(p, c));
	p->next = room_for(c->room, ROOM_CHUNKS, p->n_chunks * sizeof(*p->next));
	if (!p->size || !p->zeros || !p->total || !p->key || !p->next)
		return err_nomem(e);
	p->first = p->total + n_parts;
	p->last = p->first + n_parts;
	return count_parts(p, c, e);
}
