/* Huffman's code, canonical and length-limited, of single symbols. The table is the code lengths of
 * the symbols that occur (LIST_LENGTHS); where an alphabet needs longer codes than LONGEST allows,
 * the limit is ceil(log2) of its size. A stream is the codes, nothing else. */
#include <stdlib.h>

#include "codec/huffman_code.h"

/* The code of the counted symbols. */
static enum status fit(struct huffman *h, const struct symbol_list *count, unsigned bits,
                       const struct codec_params *p, struct err *e)
{
	struct symbol_list lengths = { 0 };
	enum status rc = huffman_lengths(&lengths, count, p->arg[0], e);

	*h = (struct huffman){ 0 };
	if (!rc)
		rc = huffman_open(h, &lengths, bits, p->arg[0], e);
	symbol_list_release(&lengths);
	return rc;
}

/* Layer by layer: its symbols counted, sized by the model's code or by its own. */
static enum status size_layers(const struct source *s, const struct codec_params *p,
                               const struct huffman *shared, struct coded_sizes *out, struct err *e)
{
	enum status rc = ST_OK;

	for (size_t l = 0; l < s->n_layers && !rc; l++) {
		struct symbol_list count = { 0 };
		struct huffman own = { 0 };

		rc = symbol_list_count(&count, &s->layer[l], 1, s->bits, e);
		if (!rc && !shared)
			rc = fit(&own, &count, s->bits, p, e);
		if (!rc) {
			out->table_bits[l] = shared ? 0 : symbol_list_bits(&own.list, LIST_LENGTHS);
			out->layer_bits[l] = huffman_bits(shared ? shared : &own, &count);
		}
		huffman_close(&own);
		symbol_list_release(&count);
	}
	return rc;
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	struct symbol_list count = { 0 };
	struct huffman shared = { 0 };
	enum status rc;

	out->shared_bits = 0;
	if (p->scope == DICT_LAYER)
		return size_layers(s, p, NULL, out, e);
	rc = symbol_list_count(&count, s->layer, s->n_layers, s->bits, e);
	if (!rc)
		rc = fit(&shared, &count, s->bits, p, e);
	symbol_list_release(&count);
	if (!rc) {
		out->shared_bits = symbol_list_bits(&shared.list, LIST_LENGTHS);
		rc = size_layers(s, p, &shared, out, e);
	}
	huffman_close(&shared);
	return rc;
}

static enum status put_table(const struct symbols *layer, size_t n_layers, unsigned bits,
                             const struct codec_params *p, struct bit_string *out, struct err *e)
{
	struct symbol_list count = { 0 }, lengths = { 0 };
	enum status rc = symbol_list_count(&count, layer, n_layers, bits, e);

	if (!rc)
		rc = huffman_lengths(&lengths, &count, p->arg[0], e);
	if (!rc)
		rc = symbol_list_write(&lengths, LIST_LENGTHS, out, e);
	symbol_list_release(&count);
	symbol_list_release(&lengths);
	return rc;
}

static enum status encode_shared(const struct source *s, const struct codec_params *p,
                                 struct bit_string *out, struct err *e)
{
	return p->scope == DICT_MODEL ? put_table(s->layer, s->n_layers, s->bits, p, out, e)
	                              : ST_OK;
}

/* The code of a layer from its table or the shared one. */
static enum status open_table(struct huffman *h, const struct code *c, const struct codec_params *p,
                              unsigned bits, struct err *e)
{
	const struct bit_string *stored = p->scope == DICT_MODEL ? &c->shared : &c->table;
	struct bit_reader r = bit_reader_on(stored->words, stored->n_bits);
	enum status rc = huffman_read(h, &r, bits, p->arg[0], e);

	return rc ? rc : table_consumed(&r, e);
}

static enum status put_stream(const struct huffman *h, const struct symbols *layer,
                              struct bit_string *out, struct err *e)
{
	struct bit_writer w;
	size_t n_bits = 0;
	enum status rc;

	for (size_t i = 0; i < layer->n; i++)
		n_bits += h->code[layer->v[i]] & 255;
	rc = bit_string_alloc(out, n_bits, e);
	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	for (size_t i = 0; i < layer->n; i++)
		huffman_put(&w, h, layer->v[i]);
	out->n_bits = n_bits;
	return ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	struct huffman h = { 0 };
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = put_table(&s->layer[l], 1, s->bits, p, &c->table, e);
	if (!rc)
		rc = open_table(&h, c, p, s->bits, e);
	if (!rc)
		rc = put_stream(&h, &s->layer[l], &c->stream, e);
	huffman_close(&h);
	return rc;
}

/* As many codes as surely lie in one window are taken from it. */
static bool get_stream(const struct huffman *h, struct bit_reader *r, uint16_t *v, size_t n)
{
	size_t per = 64 / (h->longest ? h->longest : 1);

	if (n && !h->list.n)
		return false;
	for (size_t i = 0; i < n && !r->fail; i += per) {
		size_t take = n - i < per ? n - i : per, used = 0;
		uint64_t window = bits_peek(r);

		for (size_t j = 0; j < take; j++) {
			uint32_t x = huffman_next(h, window);

			v[i + j] = (uint16_t)(x >> 8);
			window <<= x & 255;
			used += x & 255;
		}
		bits_skip(r, used);
	}
	return !r->fail && r->pos == r->n_bits;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	struct huffman h = { 0 };
	enum status rc = open_table(&h, c, p, bits, e);

	if (!rc && !get_stream(&h, &r, v, n))
		rc = err_set(e, ST_DATA, "huffman: %zu bits are no stream of %zu symbols", r.n_bits,
		             n);
	huffman_close(&h);
	return rc;
}

static enum status lengths(const struct source *s, size_t l, const struct codec_params *p,
                           const struct bit_string *shared, struct code_lengths *out, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	struct code c = { .shared = *shared };
	struct huffman h = { 0 };
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = put_table(layer, 1, s->bits, p, &c.table, e);
	if (!rc)
		rc = open_table(&h, &c, p, s->bits, e);
	out->n = layer->n;
	out->symbols_per_code = 1;
	out->longest_bits = huffman_limit((size_t)1 << s->bits, p->arg[0]);
	for (size_t i = 0; i < layer->n && !rc; i++)
		out->length_bits[i] = h.code[layer->v[i]] & 255;
	huffman_close(&h);
	code_release(&c);
	return rc;
}

const struct codec codec_huffman = {
	.name = "huffman",
	.help = "canonical Huffman code of single symbols, codes of at most LONGEST bits",
	.family = "entropy",
	.source = "Huffman 1952, doi 10.1109/JRPROC.1952.273898; lengths limited as Larmore and "
	          "Hirschberg 1990, doi 10.1145/79147.79150",
	.arg = { { "longest", 1, HUFFMAN_MOST, 12 } },
	.uses_scope = true,
	.decoder = "huffman",
	.sizes = sizes,
	.encode_shared = encode_shared,
	.encode = encode,
	.decode = decode,
	.lengths = lengths,
};
