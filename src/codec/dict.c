/* HardCompress's dictionary code. The dictionary holds the D most frequent words of G symbols. A
 * word is sent as flag 1 and an index of ceil(log2 D) bits, or as flag 0 and G raw symbols. The
 * dictionary itself is stored as D words of G x bits (entries that no word fills are zero). */
#include "base/bits.h"
#include "codec/codec.h"
#include "codec/dict_decode.h"
#include "codec/dict_pack.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE_BITS = 64 }; /* that dict_pack() may write past the end of a stream */

static size_t dictionary_bits(const struct codec_params *p, unsigned bits)
{
	return (size_t)p->arg[0] * p->group * bits;
}

static size_t stream_bits(const struct source *s, const struct codec_params *p, size_t l)
{
	size_t words = s->words->layer_words[l];
	size_t hits = words_hits(s->words, l, p->arg[0]);

	return words + hits * bits_for_index(p->arg[0]) + (words - hits) * p->group * s->bits;
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	size_t dictionary = dictionary_bits(p, s->bits);

	(void)e;
	out->shared_bits = p->scope == DICT_MODEL ? dictionary : 0;
	for (size_t l = 0; l < s->n_layers; l++) {
		out->table_bits[l] = p->scope == DICT_LAYER ? dictionary : 0;
		out->layer_bits[l] = stream_bits(s, p, l);
	}
	return ST_OK;
}

static enum status put_dictionary(const struct word_table *t, const struct codec_params *p,
                                  unsigned bits, struct bit_string *out, struct err *e)
{
	size_t n_bits = dictionary_bits(p, bits);
	size_t used = t->n_ranks < p->arg[0] ? t->n_ranks : p->arg[0];
	struct bit_writer w;
	enum status rc = bit_string_alloc(out, n_bits, e);

	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	for (size_t r = 0; r < used; r++)
		bits_put_run(&w, t->symbol + r * p->group, p->group, bits);
	out->n_bits = n_bits; /* the rest stays zero */
	return ST_OK;
}

/* Word i of the layer as it is. */
static void put_raw(struct bit_writer *w, const struct symbols *layer, size_t i, unsigned group)
{
	static const uint16_t padding[CODEC_MAX_GROUP];
	size_t at = i * group, n = layer->n - at < group ? layer->n - at : group;

	bits_put(w, 0, 1);
	bits_put_run(w, layer->v + at, n, layer->bits);
	if (n < group)
		bits_put_run(w, padding, group - n, layer->bits);
}

static enum status put_words(const struct source *s, const struct codec_params *p, size_t l,
                             struct bit_writer *w, struct err *e)
{
	const size_t n = s->words->layer_words[l];
	unsigned index_bits = bits_for_index(p->arg[0]);
	uint64_t flag = (uint64_t)1 << index_bits;
	uint32_t rank;
	size_t i;
	enum status rc = dict_pack(s, p, l, w, &i, e);

	/* What follows is written bit by bit. */
	for (size_t k = bits_words(w->n_bits); k < bits_words(w->cap_bits + SPARE_BITS); k++)
		w->words[k] = 0;
	for (; i < n && !rc; i++) {
		words_rank(s->words, s, l, i, 1, &rank);
		if (rank < p->arg[0])
			bits_put(w, flag | rank, index_bits + 1);
		else
			put_raw(w, &s->layer[l], i, p->group);
	}
	if (!rc && (w->fail || w->n_bits != w->cap_bits))
		return err_set(e, ST_INTERNAL, "dict: layer %zu is not of its computed size", l);
	return rc;
}

static enum status put_layer(const struct source *s, const struct codec_params *p, size_t l,
                             struct bit_string *out, struct err *e)
{
	const size_t cap = stream_bits(s, p, l);
	struct bit_writer w;
	enum status rc;

	out->words = malloc(bits_words(cap + SPARE_BITS) * sizeof(*out->words));
	if (!out->words)
		return err_nomem(e);
	w = bit_writer_on(out->words, cap);
	rc = put_words(s, p, l, &w, e);
	out->n_bits = w.n_bits;
	return rc;
}

static enum status encode_shared(const struct source *s, const struct codec_params *p,
                                 struct bit_string *out, struct err *e)
{
	return p->scope == DICT_MODEL ? put_dictionary(&s->words->table[0], p, s->bits, out, e)
	                              : ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = put_dictionary(words_table(s->words, l), p, s->bits, &c->table, e);
	return rc ? rc : put_layer(s, p, l, &c->stream, e);
}

/* Checks every word. */
static enum status decode_words(struct bit_reader *r, const struct dict_entries *d,
                                const struct bit_string *stored, uint16_t *v, size_t n)
{
	uint16_t padding[CODEC_MAX_GROUP];

	for (size_t i = 0; i < n; i += d->group) {
		size_t take = n - i < d->group ? n - i : d->group;

		if (bits_get(r, 1)) {
			struct bit_reader entry = bit_reader_on(stored->words, stored->n_bits);
			size_t index = bits_get(r, d->index_bits);

			if (index >= d->n)
				return ST_DATA;
			entry.pos = index * d->group * d->bits;
			bits_get_run(&entry, v + i, take, d->bits);
		} else {
			bits_get_run(r, v + i, take, d->bits);
			if (take < d->group) /* the padding of the last word */
				bits_get_run(r, padding, d->group - take, d->bits);
		}
		if (r->fail)
			return ST_DATA;
	}
	return r->pos == r->n_bits ? ST_OK : ST_DATA;
}

/* As much as goes fast: symbols, *pos after them. */
static enum status decode_most(struct dict_entries *d, const struct bit_string *stored,
                               const struct bit_string *stream, size_t *pos, uint16_t *v, size_t n,
                               size_t *done, struct err *e)
{
	const size_t n_words = bits_words(stored->n_bits);

	if (dict_stays_stored(d, stream->n_bits, n)) {
		uint64_t *words = malloc((n_words + 1) * sizeof(*words));

		if (!words)
			return err_nomem(e);
		memcpy(words, stored->words, n_words * sizeof(*words));
		words[n_words] = 0;
		*done = dict_decode_stored(d, words, stream, pos, v, n);
		free(words);
		return ST_OK;
	}
	d->symbol = malloc(dict_room(d) * sizeof(*d->symbol));
	if (!d->symbol)
		return err_nomem(e);
	dict_unpack(d, stored);
	*done = dict_decode_most(d, stream, pos, v, n);
	free(d->symbol);
	return ST_OK;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const struct bit_string *stored = p->scope == DICT_MODEL ? &c->shared : &c->table;
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	struct dict_entries d = { .n = p->arg[0],
		                  .group = p->group,
		                  .bits = bits,
		                  .index_bits = bits_for_index(p->arg[0]) };
	size_t done = 0;
	enum status rc;

	if (stored->n_bits != dictionary_bits(p, bits))
		return err_set(e, ST_DATA, "dictionary of %zu bits, expected %zu", stored->n_bits,
		               dictionary_bits(p, bits));
	rc = decode_most(&d, stored, &c->stream, &r.pos, v, n, &done, e);
	if (rc)
		return rc;
	rc = decode_words(&r, &d, stored, v + done, n - done);
	return rc ? err_set(e, ST_DATA, "dictionary stream: damaged near bit %zu", r.pos) : ST_OK;
}

static enum status lengths(const struct source *s, size_t l, const struct codec_params *p,
                           const struct bit_string *shared, struct code_lengths *out, struct err *e)
{
	unsigned index_bits = bits_for_index(p->arg[0]), raw_bits = p->group * s->bits;
	uint32_t rank[WORDS_BLOCK];

	(void)shared;
	(void)e;
	out->n = s->words->layer_words[l];
	out->symbols_per_code = p->group;
	out->longest_bits = 1 + (raw_bits > index_bits ? raw_bits : index_bits);
	for (size_t i = 0; i < out->n; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n; j++)
			out->length_bits[i + j] =
			        (uint16_t)(1 + (rank[j] < p->arg[0] ? index_bits : raw_bits));
	}
	return ST_OK;
}

const struct codec codec_dict = {
	.name = "dict",
	.help = "HardCompress: the ENTRIES most frequent words by index, others raw",
	.family = "dictionary",
	.source =
	        "Arunachalam et al., HardCompress, ISQED 2021, doi 10.1109/ISQED51717.2021.9424301",
	.arg = { { "entries", 1, WORDS_MAX_RANK, 0 } },
	.uses_words = true,
	.uses_scope = true,
	.uses_order = true,
	.decoder = "ring",
	.sizes = sizes,
	.encode_shared = encode_shared,
	.encode = encode,
	.decode = decode,
	.lengths = lengths,
};
