/* Compressed sparse columns with relative indices, as in EIE (Han et al., ISCA 2016, section III-B)
 * and, before its Huffman code, Deep Compression (Han, Mao, Dally, ICLR 2016, section 2). A column
 * is a list of entries: the number of zeros before a weight, `index` bits, and the weight. Where
 * more than 2^index - 1 zeros come before a weight, entries of the most zeros and weight 0 fill in,
 * each of which is 2^index zeros. Zeros at the end of a column take nothing.
 *
 * A layer's stream is, per column, a pointer of 32 bits to the end of its entries, then all
 * entries. Symbols have no shape, so `column` says how many make a column; by default the layer is
 * one, as Deep Compression counts, and the pointer is the number of entries. EIE has a column per
 * input, each split over its processing elements, with a pointer of 16 bits for each of these: for
 * its totals, add (columns x elements x 16) bits. Its weights are indices of 4 bits into 16 shared
 * values; here they are the symbols themselves. */
#include "base/bits.h"
#include "codec/codec.h"

#include <string.h>

enum { POINTER_BITS = 32, MAX_COLUMN = 1 << 24 };

static size_t column_of(const struct codec_params *p, size_t n)
{
	return p->arg[1] ? p->arg[1] : n;
}

static size_t columns_in(const struct codec_params *p, size_t n)
{
	size_t column = column_of(p, n);

	return n ? n / column + (n % column != 0) : 0;
}

/* Entries of a column of n symbols, written to w unless that is NULL. */
static size_t put_column(struct bit_writer *w, const uint16_t *v, size_t n, unsigned index_bits,
                         unsigned bits)
{
	const size_t most = ((size_t)1 << index_bits) - 1;
	size_t entries = 0, zeros = 0;

	for (size_t i = 0; i < n; i++) {
		if (!v[i]) {
			zeros++;
			continue;
		}
		entries += 1 + (zeros >> index_bits);
		for (; w && zeros > most; zeros -= most + 1)
			bits_put(w, (uint64_t)most << bits, index_bits + bits);
		if (w)
			bits_put(w, (uint64_t)zeros << bits | v[i], index_bits + bits);
		zeros = 0;
	}
	return entries;
}

/* Entries of a layer. Its pointers go to `pointers` and its entries to `entries`, unless NULL. */
static size_t put_columns(struct bit_writer *pointers, struct bit_writer *entries,
                          const struct symbols *l, const struct codec_params *p)
{
	const size_t column = column_of(p, l->n);
	size_t total = 0;

	for (size_t i = 0; i < l->n; i += column) {
		size_t n = l->n - i < column ? l->n - i : column;

		total += put_column(entries, l->v + i, n, p->arg[0], l->bits);
		if (pointers)
			bits_put(pointers, total, POINTER_BITS);
	}
	return total;
}

static size_t stream_bits(const struct symbols *l, const struct codec_params *p)
{
	return POINTER_BITS * columns_in(p, l->n) +
	       put_columns(NULL, NULL, l, p) * (p->arg[0] + l->bits);
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	(void)e;
	out->shared_bits = 0;
	for (size_t l = 0; l < s->n_layers; l++) {
		out->table_bits[l] = 0;
		out->layer_bits[l] = stream_bits(&s->layer[l], p);
		symbols_rest(&s->layer[l]);
	}
	return ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	const size_t cap = stream_bits(layer, p);
	struct bit_writer pointers, entries;
	enum status rc = bit_string_alloc(&c->stream, cap, e);

	if (rc)
		return rc;
	entries = pointers = bit_writer_on(c->stream.words, cap);
	entries.n_bits = POINTER_BITS * columns_in(p, layer->n);
	put_columns(&pointers, &entries, layer, p);
	c->stream.n_bits = entries.n_bits;
	return entries.fail
	               ? err_set(e, ST_INTERNAL, "csc: layer %zu does not fit its computed size", l)
	               : ST_OK;
}

/* `entries` entries into a column of n symbols. False: they do not fit. */
static bool get_column(struct bit_reader *r, size_t entries, unsigned index_bits, unsigned bits,
                       uint16_t *v, size_t n)
{
	const uint64_t mask = ((uint64_t)1 << bits) - 1;
	size_t i = 0;

	for (size_t k = 0; k < entries; k++) {
		uint64_t entry = bits_get(r, index_bits + bits);
		size_t zeros = (size_t)(entry >> bits);

		if (zeros >= n - i)
			return false;
		i += zeros + 1;
		v[i - 1] = (uint16_t)(entry & mask);
	}
	return true;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const size_t column = column_of(p, n), head = POINTER_BITS * columns_in(p, n);
	const size_t n_bits = c->stream.n_bits, each = p->arg[0] + bits;
	struct bit_reader pointers = bit_reader_on(c->stream.words, n_bits), r = pointers;
	size_t entries = 0;

	if (n_bits < head || (n_bits - head) % each)
		return err_set(e, ST_DATA, "csc stream: %zu bits, expected %zu and entries of %zu",
		               n_bits, head, each);
	r.pos = head;
	memset(v, 0, n * sizeof(*v));
	for (size_t i = 0; i < n; i += column) {
		size_t end = bits_get(&pointers, POINTER_BITS);

		if (end < entries || end > (n_bits - head) / each ||
		    !get_column(&r, end - entries, p->arg[0], bits, v + i,
		                n - i < column ? n - i : column))
			return err_set(e, ST_DATA, "csc stream: column at symbol %zu is damaged",
			               i);
		entries = end;
	}
	if (r.pos != n_bits)
		return err_set(e, ST_DATA, "csc stream: %zu bits more than its entries",
		               n_bits - r.pos);
	return ST_OK;
}

const struct codec codec_csc = {
	.name = "csc",
	.help = "EIE: zeros before each weight in INDEX bits, the weight; columns of COLUMN (0: layer)",
	.family = "sparse",
	.source =
	        "Han et al., EIE, ISCA 2016, arXiv 1602.01528; Deep Compression, arXiv 1510.00149",
	.arg = {{ "index", 1, 16, 4 }, { "column", 0, MAX_COLUMN, 0 }},
	.uses_order = true,
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
};
