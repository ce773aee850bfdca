/* Deep Compression's layout of a pruned layer. Each entry is a relative index, the number of zeros
 * that it skips, and the codebook index of the value behind them; both are Huffman coded, and the
 * two codes of an entry stand side by side. A run of more than 2^INDEX_BITS - 1 zeros is cut by
 * filler entries whose value is 0; zeros at the end of a layer are entries of value 0 too, of which
 * the last one skips just what is left. The codebook is the symbols that occur, in ascending order,
 * as listed with their code lengths in the table: weights are integers already, so that no
 * centroids are stored. Table: lengths of the values' codes, lengths of the relative indices'
 * codes. Codes have at most 24 bits, which no model of this size needs. */
#include <stdlib.h>

#include "codec/huffman_code.h"

enum { LONGEST = HUFFMAN_MOST, MOST_INDEX_BITS = 12 };

struct pair {
	struct symbol_list value, skip; /* counts, or lengths */
};

struct pair_code {
	struct huffman value, skip;
};

struct entry {
	size_t skip;
	uint16_t value;
};

/* The entry at *at, which is below n. */
static inline struct entry next_entry(const struct symbols *l, size_t *at, unsigned index_bits)
{
	size_t left = l->n - *at - 1, most = ((size_t)1 << index_bits) - 1, i = 0;
	const uint16_t *v = l->v + *at;

	most = most < left ? most : left;
	while (i < most && v[i] == 0)
		i++;
	*at += i + 1;
	return (struct entry){ i, v[i] };
}

static void release(struct pair *x)
{
	symbol_list_release(&x->value);
	symbol_list_release(&x->skip);
}

static void close_codes(struct pair_code *h)
{
	huffman_close(&h->value);
	huffman_close(&h->skip);
}

static enum status count(struct pair *out, const struct symbols *layer, size_t n_layers,
                         unsigned bits, unsigned index_bits, struct err *e)
{
	size_t values = (size_t)1 << bits, skips = (size_t)1 << index_bits;
	uint64_t *value = calloc(values + skips, sizeof(*value)), *skip;
	enum status rc;

	*out = (struct pair){ 0 };
	if (!value)
		return err_nomem(e);
	skip = value + values;
	for (size_t l = 0; l < n_layers; l++) {
		for (size_t at = 0; at < layer[l].n;) {
			struct entry x = next_entry(&layer[l], &at, index_bits);

			value[x.value]++;
			skip[x.skip]++;
		}
		symbols_rest(&layer[l]);
	}
	rc = symbol_list_of(&out->value, value, values, e);
	if (!rc)
		rc = symbol_list_of(&out->skip, skip, skips, e);
	free(value);
	return rc;
}

static enum status lengths_of(struct pair *out, const struct pair *n, struct err *e)
{
	enum status rc = huffman_lengths(&out->value, &n->value, LONGEST, e);

	return rc ? rc : huffman_lengths(&out->skip, &n->skip, LONGEST, e);
}

static size_t table_bits(const struct pair *x)
{
	return symbol_list_bits(&x->value, LIST_LENGTHS) + symbol_list_bits(&x->skip, LIST_LENGTHS);
}

static enum status put_table(const struct symbols *layer, size_t n_layers, unsigned bits,
                             const struct codec_params *p, struct bit_string *out, struct err *e)
{
	struct pair n = { 0 }, lengths = { 0 };
	enum status rc = count(&n, layer, n_layers, bits, p->arg[0], e);

	if (!rc)
		rc = lengths_of(&lengths, &n, e);
	if (!rc)
		rc = bit_string_alloc(out, table_bits(&lengths), e);
	if (!rc) {
		struct bit_writer w = bit_writer_on(out->words, table_bits(&lengths));

		symbol_list_put(&w, &lengths.value, LIST_LENGTHS);
		symbol_list_put(&w, &lengths.skip, LIST_LENGTHS);
		out->n_bits = w.n_bits;
	}
	release(&n);
	release(&lengths);
	return rc;
}

static enum status encode_shared(const struct source *s, const struct codec_params *p,
                                 struct bit_string *out, struct err *e)
{
	return p->scope == DICT_MODEL ? put_table(s->layer, s->n_layers, s->bits, p, out, e)
	                              : ST_OK;
}

static enum status open_table(struct pair_code *h, const struct bit_string *stored, unsigned bits,
                              const struct codec_params *p, struct err *e)
{
	struct bit_reader r = bit_reader_on(stored->words, stored->n_bits);
	enum status rc = huffman_read(&h->value, &r, bits, LONGEST, e);

	if (!rc)
		rc = huffman_read(&h->skip, &r, p->arg[0], LONGEST, e);
	if (!rc && !h->value.list.n != !h->skip.list.n)
		rc = err_set(e, ST_DATA, "deepcomp: a table of values without relative indices");
	return rc ? rc : table_consumed(&r, e);
}

static enum status size_layer(const struct source *s, size_t l, const struct codec_params *p,
                              const struct pair_code *h, size_t *n_bits, struct err *e)
{
	struct pair n;
	enum status rc = count(&n, &s->layer[l], 1, s->bits, p->arg[0], e);

	if (!rc)
		*n_bits = huffman_bits(&h->value, &n.value) + huffman_bits(&h->skip, &n.skip);
	release(&n);
	return rc;
}

/* The tables are made as they are stored, layers are counted. */
static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	bool is_shared = p->scope == DICT_MODEL;
	struct bit_string shared = { 0 };
	struct pair_code h = { 0 };
	enum status rc = encode_shared(s, p, &shared, e);

	if (!rc && is_shared)
		rc = open_table(&h, &shared, s->bits, p, e);
	out->shared_bits = shared.n_bits;
	for (size_t l = 0; l < s->n_layers && !rc; l++) {
		struct bit_string own = { 0 };

		if (!is_shared) {
			rc = put_table(&s->layer[l], 1, s->bits, p, &own, e);
			if (!rc)
				rc = open_table(&h, &own, s->bits, p, e);
		}
		out->table_bits[l] = own.n_bits;
		if (!rc)
			rc = size_layer(s, l, p, &h, &out->layer_bits[l], e);
		symbols_rest(&s->layer[l]);
		bit_string_release(&own);
		if (!is_shared)
			close_codes(&h);
	}
	bit_string_release(&shared);
	close_codes(&h);
	return rc;
}

static enum status put_stream(const struct pair_code *h, const struct symbols *layer,
                              unsigned index_bits, struct bit_string *out, struct err *e)
{
	struct bit_writer w;
	size_t n_bits = 0;
	enum status rc;

	for (size_t at = 0; at < layer->n;) {
		struct entry x = next_entry(layer, &at, index_bits);

		n_bits += (h->skip.code[x.skip] & 255) + (h->value.code[x.value] & 255);
	}
	rc = bit_string_alloc(out, n_bits, e);
	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	for (size_t at = 0; at < layer->n;) {
		struct entry x = next_entry(layer, &at, index_bits);

		huffman_put(&w, &h->skip, (uint16_t)x.skip);
		huffman_put(&w, &h->value, x.value);
	}
	out->n_bits = n_bits;
	return ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	struct pair_code h = { 0 };
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = put_table(&s->layer[l], 1, s->bits, p, &c->table, e);
	if (!rc)
		rc = open_table(&h, p->scope == DICT_MODEL ? &c->shared : &c->table, s->bits, p, e);
	if (!rc)
		rc = put_stream(&h, &s->layer[l], p->arg[0], &c->stream, e);
	close_codes(&h);
	return rc;
}

static bool get_stream(const struct pair_code *h, struct bit_reader *r, unsigned index_bits,
                       uint16_t *v, size_t n)
{
	size_t at = 0, most = ((size_t)1 << index_bits) - 1;

	if (n && !h->value.list.n)
		return false;
	while (at < n) {
		uint64_t window = bits_peek(r);
		uint32_t skip = huffman_next(&h->skip, window);
		uint32_t value = huffman_next(&h->value, window << (skip & 255));

		bits_skip(r, (skip & 255) + (value & 255));
		if (r->fail || skip >> 8 > n - at - 1)
			return false;
		for (uint32_t i = 0; i < skip >> 8; i++)
			v[at++] = 0;
		v[at++] = (uint16_t)(value >> 8);
		/* a zero that is neither filler nor at the end has another code */
		if (!(value >> 8) && skip >> 8 != most && at < n)
			return false;
	}
	return r->pos == r->n_bits;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	struct pair_code h = { 0 };
	enum status rc =
	        open_table(&h, p->scope == DICT_MODEL ? &c->shared : &c->table, bits, p, e);

	if (!rc && !get_stream(&h, &r, p->arg[0], v, n))
		rc = err_set(e, ST_DATA, "deepcomp: %zu bits are no stream of %zu symbols",
		             r.n_bits, n);
	close_codes(&h);
	return rc;
}

const struct codec codec_deepcomp = {
	.name = "deepcomp",
	.help = "Deep Compression: non-zero values by codebook index, zeros as relative indices of "
	        "INDEX_BITS bits, Huffman code of both",
	.family = "entropy",
	.source = "Han, Mao and Dally, Deep Compression, ICLR 2016, arXiv 1510.00149",
	.arg = { { "index_bits", 1, MOST_INDEX_BITS, 5 } },
	.uses_scope = true,
	.uses_order = true,
	.sizes = sizes,
	.encode_shared = encode_shared,
	.encode = encode,
	.decode = decode,
};
