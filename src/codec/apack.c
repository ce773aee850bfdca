/* APack: a symbol is the number of the range of values that it lies in, arithmetic-coded with a
 * static probability of 10 bits, and its offset in the range, raw.
 *
 * A layer's stream: 40 bits say how many bits of code follow (the paper keeps two streams with a
 * pointer each); the code of the range numbers; the offsets of all symbols, in order. The coder has
 * 16-bit HI and LO, sent bit by bit, carries put off by counting bits (as in Witten, Neal and
 * Cleary, CACM 30(6) 1987, which the paper's coder is, too), and at the end two bits that tell the
 * quarter. The decoder reads zeros beyond the code. A layer without symbols has an empty stream. */
#include "base/bits.h"
#include "codec/apack_table.h"

#include <stdlib.h>
#include <string.h>

enum { QUARTER = 1 << 14, HALF = 1 << 15, TOP = (1 << 16) - 1, LENGTH_BITS = 40 };

/* The widest code of a range is 10 bits; what 16-bit limits lose is less than 2 more. */
enum { MOST_CODE_BITS = 12 };

struct interval {
	uint32_t low, high;
};

static void narrow(struct interval *i, const struct apack_table *t, unsigned r)
{
	uint32_t range = i->high - i->low + 1, start = r ? t->row[r - 1].end : 0;

	i->high = i->low + (range * t->row[r].end >> APACK_COUNT_BITS) - 1;
	i->low += range * start >> APACK_COUNT_BITS;
}

/* What a shift by one bit takes off both limits: 0 or HALF when their first bits agree, QUARTER
 * when the interval lies in the middle; TOP: no shift. */
static uint32_t shift_of(const struct interval *i)
{
	if (i->high < HALF)
		return 0;
	if (i->low >= HALF)
		return HALF;
	return i->low >= QUARTER && i->high < 3 * QUARTER ? QUARTER : TOP;
}

static void shift(struct interval *i, uint32_t off)
{
	i->low = (i->low - off) << 1;
	i->high = (i->high - off) << 1 | 1;
}

/* A bit, and the opposite ones that waited for it. */
static void put_bit(struct bit_writer *w, unsigned bit, size_t *waiting)
{
	bits_put(w, bit, 1);
	while (*waiting) {
		unsigned n = *waiting < 32 ? (unsigned)*waiting : 32;

		bits_put(w, bit ? 0 : ((uint64_t)1 << n) - 1, n);
		*waiting -= n;
	}
}

static enum status put_code(const struct symbols *s, const struct apack_table *t,
                            const uint8_t *row_of, struct bit_string *out, struct err *e)
{
	struct interval i = { 0, TOP };
	size_t waiting = 0, cap = s->n * MOST_CODE_BITS + 64;
	struct bit_writer w;
	enum status rc = bit_string_alloc(out, cap, e);

	if (rc)
		return rc;
	w = bit_writer_on(out->words, cap);
	for (size_t k = 0; k < s->n; k++) {
		uint32_t off;

		narrow(&i, t, row_of[s->v[k]]);
		while ((off = shift_of(&i)) != TOP) {
			if (off == QUARTER)
				waiting++;
			else
				put_bit(&w, off == HALF, &waiting);
			shift(&i, off);
		}
	}
	waiting++;
	put_bit(&w, i.low >= QUARTER, &waiting);
	out->n_bits = w.n_bits;
	return w.fail ? err_set(e, ST_INTERNAL, "apack: the code is longer than it can be") : ST_OK;
}

static enum status put_stream(const struct symbols *s, const struct apack_table *t,
                              const uint8_t *row_of, const struct bit_string *code,
                              struct bit_string *out, struct err *e)
{
	size_t n_bits = LENGTH_BITS + code->n_bits;
	struct bit_reader r = bit_reader_on(code->words, code->n_bits);
	struct bit_writer w;
	enum status rc;

	for (size_t k = 0; k < s->n; k++)
		n_bits += t->row[row_of[s->v[k]]].offset_bits;
	rc = bit_string_alloc(out, n_bits, e);
	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	bits_put(&w, code->n_bits, LENGTH_BITS);
	for (size_t left = code->n_bits; left > 0;) {
		unsigned n = left < 64 ? (unsigned)left : 64;

		bits_put(&w, bits_get(&r, n), n);
		left -= n;
	}
	for (size_t k = 0; k < s->n; k++) {
		const struct apack_row *row = &t->row[row_of[s->v[k]]];

		bits_put(&w, (uint64_t)(s->v[k] - row->base), row->offset_bits);
	}
	out->n_bits = w.n_bits;
	return ST_OK;
}

/* Of each value that occurs, the row: the last that is used and begins at or below it. */
static void fill_rows(uint8_t *row_of, const struct apack_table *t, unsigned bits)
{
	for (unsigned r = 0; r < t->n_rows; r++)
		if (t->row[r].end > (r ? t->row[r - 1].end : 0))
			memset(row_of + t->row[r].base, (int)r,
			       ((size_t)1 << bits) - t->row[r].base);
}

static enum status put_layer(const struct symbols *s, const struct apack_table *t,
                             struct bit_string *out, struct err *e)
{
	uint8_t *row_of = calloc((size_t)1 << s->bits, 1);
	struct bit_string code = { 0 };
	enum status rc;

	if (!row_of)
		return err_nomem(e);
	fill_rows(row_of, t, s->bits);
	rc = put_code(s, t, row_of, &code, e);
	if (!rc)
		rc = put_stream(s, t, row_of, &code, out, e);
	bit_string_release(&code);
	free(row_of);
	return rc;
}

static enum status put_table(const struct symbols *layer, size_t n, struct bit_string *out,
                             struct err *e)
{
	struct apack_table t;
	enum status rc = apack_table_fit(&t, layer, n, e);

	return rc ? rc : apack_table_put(&t, layer->bits, out, e);
}

static enum status encode_shared(const struct source *s, const struct codec_params *p,
                                 struct bit_string *out, struct err *e)
{
	return p->scope == DICT_MODEL ? put_table(s->layer, s->n_layers, out, e) : ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	struct apack_table t;
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = put_table(&s->layer[l], 1, &c->table, e);
	if (rc)
		return rc;
	if (!apack_table_get(&t, s->bits, p->scope == DICT_MODEL ? &c->shared : &c->table))
		return err_set(e, ST_INTERNAL, "apack: the table does not read back");
	return s->layer[l].n ? put_layer(&s->layer[l], &t, &c->stream, e)
	                     : bit_string_alloc(&c->stream, 0, e);
}

/* The code's bits, then zeros. */
struct code_reader {
	const uint64_t *words;
	size_t pos, end;
	uint32_t value; /* 16 bits, less what was taken off the limits */
};

static void next_bit(struct code_reader *r)
{
	r->value <<= 1;
	if (r->pos < r->end)
		r->value |= (uint32_t)(r->words[r->pos / 64] >> (63 - r->pos % 64) & 1);
	r->pos++;
}

/* The row whose part of the interval the value lies in. */
static unsigned get_row(struct code_reader *r, struct interval *i, const struct apack_table *t)
{
	uint32_t range = i->high - i->low + 1, at = r->value - i->low;
	unsigned least = 0, most = t->n_rows - 1;
	uint32_t off;

	while (least < most) {
		unsigned mid = (least + most) / 2;

		if (range * t->row[mid].end >> APACK_COUNT_BITS > at)
			most = mid;
		else
			least = mid + 1;
	}
	narrow(i, t, least);
	while ((off = shift_of(i)) != TOP) {
		r->value -= off;
		shift(i, off);
		next_bit(r);
	}
	return least;
}

static bool get_layer(const struct bit_string *in, const struct apack_table *t, unsigned bits,
                      uint16_t *v, size_t n)
{
	struct bit_reader offsets = bit_reader_on(in->words, in->n_bits);
	size_t code_bits = bits_get(&offsets, LENGTH_BITS);
	struct code_reader r = { .words = in->words, .pos = LENGTH_BITS };
	struct interval i = { 0, TOP };

	if (offsets.fail || code_bits > in->n_bits - LENGTH_BITS)
		return false;
	offsets.pos = r.end = LENGTH_BITS + code_bits;
	for (int k = 0; k < 16; k++)
		next_bit(&r);
	for (size_t k = 0; k < n; k++) {
		const struct apack_row *row = &t->row[get_row(&r, &i, t)];
		uint64_t symbol = row->base + bits_get(&offsets, row->offset_bits);

		if (symbol >> bits || offsets.fail || r.pos > r.end + 14)
			return false;
		v[k] = (uint16_t)symbol;
	}
	return r.pos == r.end + 14 && r.value == (i.low < QUARTER ? QUARTER : HALF) &&
	       offsets.pos == in->n_bits;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const struct bit_string *table = p->scope == DICT_MODEL ? &c->shared : &c->table;
	struct apack_table t;

	if (!apack_table_get(&t, bits, table))
		return err_set(e, ST_DATA,
		               "apack table: its %zu bits are no table for symbols of %u bits",
		               table->n_bits, bits);
	if (n ? !get_layer(&c->stream, &t, bits, v, n) : c->stream.n_bits != 0)
		return err_set(e, ST_DATA,
		               "apack stream: damaged, %zu bits for %zu symbols of %u bits",
		               c->stream.n_bits, n, bits);
	return ST_OK;
}

const struct codec codec_apack = {
	.name = "apack",
	.help = "APack: 16 ranges of values, arithmetic-coded, and raw offsets in them",
	.family = "entropy",
	.source = "Delmas Lascorz et al., APack, MICRO 2022, arXiv 2201.08830",
	.uses_scope = true,
	.uses_order = true,
	.encode_shared = encode_shared,
	.encode = encode,
	.decode = decode,
};
