/* A dictionary of two levels: the words of the small hot table, the most frequent ones, have the
 * shorter prefix and the shorter index. Our variant of HardCompress's code; a fixed table in front
 * of another is the idea of mixed-length dictionary codes.
 *
 * `entries` words are stored in all, most frequent first; the first H = min(hot, entries) of them
 * are the hot table, the other L = entries - H the large one. A word is sent as
 *   1  index into the hot table, ceil(log2 H) bits
 *   01 index into the large table, ceil(log2 L) bits (never where L is 0)
 *   00 G raw symbols */
#include "codec/dictionary.h"

#include <stdlib.h>
#include <string.h>

struct tables {
	uint32_t hot, large;           /* words in each */
	unsigned hot_bits, large_bits; /* of an index */
};

static struct tables tables_of(const struct codec_params *p)
{
	struct tables t = { .hot = p->arg[1] < p->arg[0] ? p->arg[1] : p->arg[0] };

	t.large = p->arg[0] - t.hot;
	t.hot_bits = bits_for_index(t.hot);
	t.large_bits = t.large ? bits_for_index(t.large) : 0;
	return t;
}

static size_t stream_bits(const struct source *s, const struct codec_params *p, size_t l)
{
	struct tables t = tables_of(p);
	size_t words = s->words->layer_words[l];
	size_t hot = words_hits(s->words, l, t.hot), known = words_hits(s->words, l, p->arg[0]);

	return hot * (1 + t.hot_bits) + (known - hot) * (2 + t.large_bits) +
	       (words - known) * (2 + p->group * s->bits);
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	(void)e;
	dictionary_sizes(s, p, out);
	for (size_t l = 0; l < s->n_layers; l++)
		out->layer_bits[l] = stream_bits(s, p, l);
	return ST_OK;
}

static enum status put_layer(const struct source *s, const struct codec_params *p, size_t l,
                             struct bit_string *out, struct err *e)
{
	const struct tables t = tables_of(p);
	const uint64_t hot_flag = (uint64_t)1 << t.hot_bits;
	const uint64_t large_flag = (uint64_t)1 << t.large_bits;
	uint32_t rank[WORDS_BLOCK];
	size_t cap = stream_bits(s, p, l);
	struct bit_writer w;
	enum status rc = bit_string_alloc(out, cap, e);

	if (rc)
		return rc;
	w = bit_writer_on(out->words, cap);
	for (size_t i = 0; i < s->words->layer_words[l]; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n; j++)
			if (rank[j] < t.hot) {
				bits_put(&w, hot_flag | rank[j], t.hot_bits + 1);
			} else if (rank[j] < p->arg[0]) {
				bits_put(&w, large_flag | (rank[j] - t.hot), t.large_bits + 2);
			} else {
				bits_put(&w, 0, 2);
				dictionary_put_word(&w, &s->layer[l], i + j, p->group);
			}
	}
	out->n_bits = w.n_bits;
	return w.fail ? err_set(e, ST_INTERNAL, "dict2: layer %zu does not fit its computed size",
	                        l)
	              : ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = dictionary_put(words_table(s->words, l), p, s->bits, DICTIONARY_ALL, &c->table,
		                    e);
	return rc ? rc : put_layer(s, p, l, &c->stream, e);
}

/* Index of the next word in the dictionary; arg[0]: it is raw; beyond: there is no such word. */
static size_t next_index(struct bit_reader *r, const struct tables *t)
{
	size_t index;

	if (bits_get(r, 1)) {
		index = bits_get(r, t->hot_bits);
		return index < t->hot ? index : SIZE_MAX;
	}
	if (!bits_get(r, 1))
		return t->hot + t->large;
	index = bits_get(r, t->large_bits);
	return index < t->large ? t->hot + index : SIZE_MAX;
}

static enum status get_words(struct bit_reader *r, const uint16_t *dictionary,
                             const struct codec_params *p, unsigned bits, uint16_t *v, size_t n)
{
	const struct tables t = tables_of(p);

	for (size_t i = 0; i < n; i += p->group) {
		size_t take = n - i < p->group ? n - i : p->group;
		size_t index = next_index(r, &t);

		if (index > p->arg[0])
			return ST_DATA;
		if (index < p->arg[0])
			memcpy(v + i, dictionary + index * p->group, take * sizeof(*v));
		else if (!dictionary_get_word(r, p->group, bits, v + i, take))
			return ST_DATA;
		if (r->fail)
			return ST_DATA;
	}
	return r->pos == r->n_bits ? ST_OK : ST_DATA;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	uint16_t *dictionary;
	enum status rc = dictionary_get(dictionary_of(c, p), p, bits, &dictionary, e);

	if (rc)
		return rc;
	rc = get_words(&r, dictionary, p, bits, v, n);
	free(dictionary);
	return rc ? err_set(e, ST_DATA, "dict2 stream: damaged near bit %zu", r.pos) : ST_OK;
}

const struct codec codec_dict2 = {
	.name = "dict2",
	.help = "ENTRIES most frequent words, the first HOT of them by a shorter code, others raw",
	.family = "dictionary",
	.source = "variant of HardCompress's dictionary, this work",
	.arg = {{ "entries", 1, WORDS_MAX_RANK, 0 }, { "hot", 1, WORDS_MAX_RANK, 16 }},
	.uses_words = true,
	.uses_scope = true,
	.uses_order = true,
	.sizes = sizes,
	.encode_shared = dictionary_put_shared,
	.encode = encode,
	.decode = decode,
};
