/* Counting wide words: they are parted by their hash, so that each part is counted in the cache,
 * and the parts laid out slice by slice, so that memory does not grow with the model. */
#include "codec/word_counter.h"

#include "base/bits.h"

enum {
	PART_WORDS = 1 << 11,  /* about so many words are counted at a time, in the cache */
	MAX_PART_BITS = 12,    /* more parts would not be written side by side */
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

static size_t make_keys(const struct word_parts *p, const struct counter *c, size_t l, size_t first,
                        size_t n, union keys *k)
{
	size_t some = 0;

	if (p->narrow) {
		keys_make_narrow(c->s, l, first, n, k->narrow);
		for (size_t i = 0; i < n; i++) {
			const uint32_t x = k->narrow[i];

			k->narrow[some] = x;
			some += x != 0;
		}
		return some;
	}
	keys_make(c->s, l, first, n, k->wide);
	if (c->kind == KEY_FAR)
		return n;
	for (size_t i = 0; i < n && c->kind == KEY_ONE; i++) {
		const uint64_t x = k->wide[i];

		k->wide[some] = x;
		some += x != 0;
	}
	for (size_t i = 0; i < n && c->kind == KEY_TWO; i++) {
		const uint64_t x = k->wide[2 * i], y = k->wide[2 * i + 1];

		k->wide[2 * some] = x;
		k->wide[2 * some + 1] = y;
		some += (x | y) != 0;
	}
	return some;
}

/* How many words of each layer each part has. */
static void measure(struct word_parts *p, const struct counter *c)
{
	const unsigned lanes = parts_lanes(p, c->kind);
	const size_t n_parts = (size_t)1 << p->bits;
	union keys key;

	for (size_t l = 0; l < c->s->n_layers; l++) {
		const size_t words = layer_words(c->s, l);
		uint32_t *size = p->size + l * n_parts;

		p->zeros[l] = (uint32_t)words;
		for (size_t i = 0; i < words; i += WORDS_BLOCK) {
			const size_t n = make_keys(p, c, l, i, block(words, i), &key);

			p->zeros[l] -= (uint32_t)n;
			for (size_t j = 0; j < n && p->narrow; j++)
				size[part_of((uint64_t)key.narrow[j] << 32, p->bits)]++;
			for (size_t j = 0; j < n && !p->narrow; j++)
				size[part_of(key.wide[j * lanes], p->bits)]++;
		}
		for (size_t k = 0; k < n_parts; k++)
			p->total[k] += size[k];
	}
}

/* Puts n keys where their parts end; those of other slices go to `spare`. */
static inline void put_keys(struct word_parts *p, unsigned lanes, const union keys *key, size_t n)
{
	const size_t from = p->from, some = p->to - p->from;
	const unsigned bits = p->bits;
	size_t *end = p->end;

	if (p->narrow) {
		uint32_t *to = p->key;

		for (size_t j = 0; j < n; j++) {
			const size_t k = part_of((uint64_t)key->narrow[j] << 32, bits);

			to[end[k]] = key->narrow[j];
			end[k] += k - from < some;
		}
		return;
	}
	for (size_t j = 0; j < n; j++) {
		const uint64_t *x = key->wide + j * lanes;
		const size_t k = part_of(x[0], bits);

		memcpy((uint64_t *)p->key + end[k] * lanes, x, lanes * sizeof(*x));
		end[k] += k - from < some;
	}
}

enum status word_parts_lay_out(struct word_parts *p, const struct counter *c, size_t from,
                               struct err *e)
{
	const unsigned lanes = parts_lanes(p, c->kind);
	const size_t n_parts = (size_t)1 << p->bits;
	const size_t each = lanes * (p->narrow ? sizeof(uint32_t) : sizeof(uint64_t));
	size_t n = p->total[from];
	union keys key;

	p->from = from;
	p->end[from] = 0;
	for (p->to = from + 1; p->to < n_parts && (n + p->total[p->to]) * each <= SLICE_BYTES;
	     p->to++) {
		p->end[p->to] = n;
		n += p->total[p->to];
	}
	for (size_t k = 0; k < n_parts; k++)
		if (k < p->from || k >= p->to)
			p->end[k] = n; /* the spare place */
	p->key = room_for(c->room, ROOM_KEYS, (n + 1) * each);
	if (!p->key)
		return err_nomem(e);
	for (size_t l = 0; l < c->s->n_layers; l++) {
		const size_t words = layer_words(c->s, l);

		for (size_t i = 0; i < words; i += WORDS_BLOCK) {
			const size_t some = make_keys(p, c, l, i, block(words, i), &key);

			if (lanes == 1)
				put_keys(p, 1, &key, some);
			else
				put_keys(p, 2, &key, some);
		}
	}
	return ST_OK;
}

static enum status count_parts(struct word_parts *p, struct counter *c, struct err *e)
{
	const size_t n_parts = (size_t)1 << p->bits;
	struct part_table t;
	enum status rc = part_table_create(&t, e);

	for (size_t from = 0; from < n_parts && !rc; from = p->to) {
		rc = word_parts_lay_out(p, c, from, e);
		for (size_t k = from; k < p->to && !rc; k++)
			rc = part_table_count(&t, p, c, k, e);
	}
	part_table_release(&t);
	return rc;
}

enum status word_parts_count(struct word_parts *p, struct counter *c, struct err *e)
{
	const size_t n_layers = c->s->n_layers;
	size_t n_parts, zeros = 0;

	*p = (struct word_parts){ .bits = bits_for_index(c->s->n_words / PART_WORDS + 1),
		                  .narrow = c->s->group * c->s->bits <= 32 };
	p->bits = p->bits < MAX_PART_BITS ? p->bits : MAX_PART_BITS;
	n_parts = (size_t)1 << p->bits;
	p->size = room_zeroed(c->room, ROOM_SIZES, n_layers * n_parts * sizeof(*p->size));
	p->zeros = room_zeroed(c->room, ROOM_ZEROS, n_layers * sizeof(*p->zeros));
	p->total = room_zeroed(c->room, ROOM_PARTS, 2 * n_parts * sizeof(*p->total));
	if (!p->size || !p->zeros || !p->total)
		return err_nomem(e);
	p->end = p->total + n_parts;
	measure(p, c);
	for (size_t l = 0; l < n_layers; l++)
		zeros += p->zeros[l];
	if (zeros)
		counter_take(c, 0, 0, (uint32_t)zeros);
	return count_parts(p, c, e);
}
