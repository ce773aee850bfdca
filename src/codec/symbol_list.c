#include "codec/symbol_list.h"

#include <stdlib.h>
#include <string.h>

#include "codec/integer_codes.h"

enum { MOST_LENGTH = 63, MOST_LEVEL = 20 };

static enum status alloc(struct symbol_list *s, size_t n, struct err *e)
{
	*s = (struct symbol_list){ .symbol = calloc(n + 1, sizeof(*s->symbol)),
		                   .number = calloc(n + 1, sizeof(*s->number)) };
	return s->symbol && s->number ? ST_OK : err_nomem(e);
}

void symbol_list_release(struct symbol_list *s)
{
	free(s->symbol);
	free(s->number);
	*s = (struct symbol_list){ 0 };
}

enum status symbol_list_of(struct symbol_list *out, const uint64_t *count, size_t n, struct err *e)
{
	size_t present = 0;
	enum status rc;

	for (size_t i = 0; i < n; i++)
		present += count[i] != 0;
	rc = alloc(out, present, e);
	for (size_t i = 0; i < n && !rc; i++)
		if (count[i]) {
			out->symbol[out->n] = (uint16_t)i;
			out->number[out->n++] = count[i];
		}
	return rc;
}

enum status symbol_list_like(struct symbol_list *out, const struct symbol_list *in, struct err *e)
{
	enum status rc = alloc(out, in->n, e);

	if (rc)
		return rc;
	out->n = in->n;
	memcpy(out->symbol, in->symbol, in->n * sizeof(*in->symbol));
	return ST_OK;
}

static int by_value(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* For few symbols of a large alphabet: as runs of the sorted symbols. */
static enum status count_sorted(struct symbol_list *out, const struct symbols *layer,
                                size_t n_layers, size_t n, struct err *e)
{
	uint16_t *v = malloc((n + 1) * sizeof(*v));
	size_t at = 0;
	enum status rc;

	if (!v)
		return err_nomem(e);
	for (size_t l = 0; l < n_layers; at += layer[l++].n) {
		if (layer[l].n)
			memcpy(v + at, layer[l].v, layer[l].n * sizeof(*v));
		symbols_rest(&layer[l]);
	}
	qsort(v, n, sizeof(*v), by_value);
	rc = alloc(out, n, e);
	for (size_t i = 0; i < n && !rc; i++) {
		if (i == 0 || v[i] != v[i - 1])
			out->symbol[out->n++] = v[i];
		out->number[out->n - 1]++;
	}
	free(v);
	return rc;
}

enum status symbol_list_count(struct symbol_list *out, const struct symbols *layer, size_t n_layers,
                              unsigned bits, struct err *e)
{
	size_t size = (size_t)1 << bits, total = 0;
	uint64_t *even, *odd;
	enum status rc;

	*out = (struct symbol_list){ 0 };
	for (size_t l = 0; l < n_layers; l++)
		total += layer[l].n;
	if (total < size / 16)
		return count_sorted(out, layer, n_layers, total, e);
	/* two, so that equal neighbours do not wait for each other */
	even = calloc(2 * size, sizeof(*even));
	if (!even)
		return err_nomem(e);
	odd = even + size;
	for (size_t l = 0; l < n_layers; l++) {
		const uint16_t *v = layer[l].v;
		size_t n = layer[l].n, i = 0;

		for (; i + 1 < n; i += 2) {
			even[v[i]]++;
			odd[v[i + 1]]++;
		}
		if (i < n)
			even[v[i]]++;
		symbols_rest(&layer[l]);
	}
	for (size_t i = 0; i < size; i++)
		even[i] += odd[i];
	rc = symbol_list_of(out, even, size, e);
	free(even);
	return rc;
}

static unsigned level_of(uint64_t number, enum list_form form)
{
	return form == LIST_LENGTHS ? (unsigned)number : floor_log2(number);
}

size_t symbol_list_bits(const struct symbol_list *s, enum list_form form)
{
	size_t n_bits = expgolomb_bits(s->n, 0);
	int64_t before = -1, level = 0;

	for (size_t i = 0; i < s->n; i++) {
		int64_t now = level_of(s->number[i], form);

		n_bits += expgolomb_bits((uint64_t)(s->symbol[i] - before - 1), 0);
		n_bits += expgolomb_bits(zigzag(now - level), 0);
		n_bits += form == LIST_FREQUENCIES ? (size_t)now : 0;
		before = s->symbol[i];
		level = now;
	}
	return n_bits;
}

void symbol_list_put(struct bit_writer *w, const struct symbol_list *s, enum list_form form)
{
	int64_t before = -1, level = 0;

	expgolomb_put(w, s->n, 0);
	for (size_t i = 0; i < s->n; i++) {
		int64_t now = level_of(s->number[i], form);

		expgolomb_put(w, (uint64_t)(s->symbol[i] - before - 1), 0);
		expgolomb_put(w, zigzag(now - level), 0);
		if (form == LIST_FREQUENCIES)
			bits_put(w, s->number[i] - ((uint64_t)1 << now), (unsigned)now);
		before = s->symbol[i];
		level = now;
	}
}

enum status symbol_list_get(struct symbol_list *out, struct bit_reader *r, unsigned bits,
                            enum list_form form, struct err *e)
{
	int64_t size = (int64_t)1 << bits, at = -1, level = 0;
	int64_t most = form == LIST_LENGTHS ? MOST_LENGTH : MOST_LEVEL;
	size_t n = expgolomb_get(r, 0);
	enum status rc;

	*out = (struct symbol_list){ 0 };
	if (r->fail || n > (size_t)size)
		return err_set(e, ST_DATA, "table: not a number of symbols of %u bits", bits);
	rc = alloc(out, n, e);
	for (size_t i = 0; i < n && !rc; i++) {
		at += (int64_t)expgolomb_get(r, 0) + 1;
		level += unzigzag(expgolomb_get(r, 0));
		if (r->fail || at >= size || level < 0 || level > most)
			return err_set(e, ST_DATA, "table: entry %zu of %zu is none", i, n);
		out->symbol[i] = (uint16_t)at;
		out->number[i] = (uint64_t)level;
		if (form == LIST_FREQUENCIES)
			out->number[i] = ((uint64_t)1 << level) | bits_get(r, (unsigned)level);
		out->n++;
	}
	if (!rc && r->fail)
		rc = err_set(e, ST_DATA, "table: ends within its %zu entries", n);
	return rc;
}

enum status symbol_list_write(const struct symbol_list *s, enum list_form form,
                              struct bit_string *out, struct err *e)
{
	size_t n_bits = symbol_list_bits(s, form);
	enum status rc = bit_string_alloc(out, n_bits, e);
	struct bit_writer w;

	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	symbol_list_put(&w, s, form);
	out->n_bits = n_bits;
	return ST_OK;
}

enum status table_consumed(const struct bit_reader *r, struct err *e)
{
	return !r->fail && r->pos == r->n_bits
	               ? ST_OK
	               : err_set(e, ST_DATA, "table: %zu of %zu bits were expected", r->pos,
	                         r->n_bits);
}
