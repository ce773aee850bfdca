#include "tables.h"

#include <stdlib.h>

#include "codec/frequencies.h"
#include "codec/huffman_code.h"

enum status huffman_rows(struct table_row **out, size_t *n, const struct bit_string *stored,
                         unsigned bits, unsigned longest, struct err *e)
{
	struct bit_reader r = bit_reader_on(stored->words, stored->n_bits);
	unsigned l_bits = bits_for_index(longest + 1);
	uint32_t lengths = (uint32_t)1 << (bits > l_bits ? bits : l_bits);
	struct huffman h;
	enum status rc = huffman_read(&h, &r, bits, longest, e);

	*n = 0;
	*out = rc ? NULL : malloc((h.list.n + longest + 1) * sizeof(**out));
	if (!rc && !*out)
		rc = err_nomem(e);
	for (size_t i = 0; i < h.list.n && !rc; i++)
		(*out)[(*n)++] = (struct table_row){ (uint32_t)i, h.by_code[i] };
	for (unsigned l = 0; l <= longest && !rc; l++) {
		uint32_t count = l < longest ? h.first_index[l + 1] - h.first_index[l] : 0;
		uint64_t end = l < longest ? h.first_code[l] + count : 0;
		uint32_t offset =
		        (h.first_index[l] - h.first_code[l]) & (((uint32_t)1 << bits) - 1);

		(*out)[(*n)++] = (struct table_row){ lengths | l, end << bits | offset };
	}
	huffman_close(&h);
	return rc;
}

/* Written from the head of codec/tans.c, not from its code. */
enum status tans_rows(struct table_row **out, size_t *n, const struct bit_string *stored,
                      unsigned bits, unsigned longest, struct err *e)
{
	const size_t size = (size_t)1 << longest;
	struct symbol_list f = { 0 };
	enum status rc = frequencies_read(&f, stored, bits, longest, e);
	size_t *owner = malloc(size * sizeof(*owner)), at = 0;
	unsigned n_bits = bits_for_index(longest + 1);

	*n = 0;
	*out = malloc(size * sizeof(**out));
	if (!rc && (!owner || !*out))
		rc = err_nomem(e);
	for (size_t i = 0; i < f.n && !rc; i++)
		for (uint64_t j = 0; j < f.number[i]; j++) {
			owner[at] = i;
			at = (at + size / 2 + size / 8 + 3) % size;
		}
	for (size_t s = 0; s < size && !rc; s++) {
		uint64_t x = f.number[owner[s]]++; /* f, f + 1, .. of this symbol's places */
		uint64_t k = 0, symbol = f.symbol[owner[s]];

		while (x << k < size)
			k++;
		(*out)[(*n)++] =
		        (struct table_row){ (uint32_t)s,
			                    (symbol << n_bits | k) << longest | ((x << k) - size) };
	}
	free(owner);
	symbol_list_release(&f);
	return rc;
}
