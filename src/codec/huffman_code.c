#include "codec/huffman_code.h"

#include <stdlib.h>

/* Whether the lengths are those of a complete prefix code. */
static enum status check_lengths(const struct symbol_list *s, unsigned limit, struct err *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->number[i] > limit || (s->number[i] == 0) != (s->n == 1))
			return err_set(e, ST_DATA, "table: a code of %u bits, expected at most %u",
			               (unsigned)s->number[i], limit);
		sum += (uint64_t)1 << (limit - s->number[i]);
	}
	if (s->n && sum != (uint64_t)1 << limit)
		return err_set(e, ST_DATA, "table: the code lengths are no complete prefix code");
	return ST_OK;
}

/* First code and first place in by_code of each length; by_code itself. */
static void order_codes(struct huffman *h)
{
	const struct symbol_list *s = &h->list;
	uint32_t count[HUFFMAN_MOST + 1] = { 0 }, at[HUFFMAN_MOST + 1];
	uint32_t code = 0, index = 0;

	for (size_t i = 0; i < s->n; i++)
		count[s->number[i]]++;
	for (unsigned l = 0; l <= HUFFMAN_MOST; l++) {
		h->first_code[l] = code;
		h->first_index[l] = at[l] = index;
		index += count[l];
		code = (code + count[l]) << 1;
		if (count[l])
			h->longest = l;
	}
	for (size_t i = 0; i < s->n; i++)
		h->by_code[at[s->number[i]]++] = s->symbol[i];
}

/* Enters a code of `length` bits. */
static void enter(struct huffman *h, uint16_t symbol, uint32_t code, unsigned length)
{
	uint32_t x = (uint32_t)symbol << 8 | length;

	h->code[symbol] = code << 8 | length;
	if (length <= h->lookup_bits) {
		unsigned rest = h->lookup_bits - length;

		for (uint32_t i = 0; i < (uint32_t)1 << rest; i++)
			h->lookup[(code << rest) + i] = x;
	} else {
		h->lookup[code >> (length - h->lookup_bits)] = HUFFMAN_LONGER;
	}
}

enum status huffman_open(struct huffman *h, struct symbol_list *lengths, unsigned bits,
                         unsigned longest, struct err *e)
{
	enum status rc = check_lengths(lengths, huffman_limit(lengths->n, longest), e);

	*h = (struct huffman){ .list = *lengths };
	*lengths = (struct symbol_list){ 0 };
	if (rc)
		return rc;
	h->by_code = malloc((h->list.n + 1) * sizeof(*h->by_code));
	h->code = malloc(sizeof(*h->code) << bits);
	if (!h->by_code || !h->code)
		return err_nomem(e);
	order_codes(h);
	h->lookup_bits = h->longest < HUFFMAN_LOOKUP ? h->longest : HUFFMAN_LOOKUP;
	h->lookup = malloc(sizeof(*h->lookup) << h->lookup_bits);
	if (!h->lookup)
		return err_nomem(e);
	for (unsigned l = 0; l <= h->longest; l++) {
		uint32_t end = l < HUFFMAN_MOST ? h->first_index[l + 1] : (uint32_t)h->list.n;

		for (uint32_t i = h->first_index[l]; i < end; i++)
			enter(h, h->by_code[i], h->first_code[l] + i - h->first_index[l], l);
	}
	return ST_OK;
}

enum status huffman_read(struct huffman *h, struct bit_reader *r, unsigned bits, unsigned longest,
                         struct err *e)
{
	struct symbol_list lengths;
	enum status rc = symbol_list_get(&lengths, r, bits, LIST_LENGTHS, e);

	*h = (struct huffman){ 0 };
	if (!rc)
		rc = huffman_open(h, &lengths, bits, longest, e);
	symbol_list_release(&lengths);
	return rc;
}

void huffman_close(struct huffman *h)
{
	symbol_list_release(&h->list);
	free(h->code);
	free(h->lookup);
	free(h->by_code);
	*h = (struct huffman){ 0 };
}

size_t huffman_bits(const struct huffman *h, const struct symbol_list *count)
{
	size_t n_bits = 0;

	for (size_t i = 0; i < count->n; i++)
		n_bits += count->number[i] * (h->code[count->symbol[i]] & 255);
	return n_bits;
}

uint32_t huffman_search(const struct huffman *h, uint64_t window)
{
	for (unsigned l = h->lookup_bits + 1; l < h->longest; l++) {
		uint64_t index = window_top(window, l) - h->first_code[l] + h->first_index[l];

		if (index < h->first_index[l + 1])
			return (uint32_t)h->by_code[index] << 8 | l;
	}
	/* a complete code leaves only the longest */
	return (uint32_t)h->by_code[window_top(window, h->longest) - h->first_code[h->longest] +
	                            h->first_index[h->longest]]
	               << 8 |
	       h->longest;
}
