#include "codec/frequencies.h"

#include <stdlib.h>

/* Symbols in a heap: on top who gets a unit next, or who gives one. */
struct heap {
	size_t n, *at; /* indices into the lists */
	const uint64_t *count;
	uint64_t *frequency;
	bool gives;
};

/* Whether symbol a comes before b; of equals the earlier. */
static bool is_before(const struct heap *h, size_t a, size_t b)
{
	uint64_t fa = 2 * h->frequency[a] + 1, fb = 2 * h->frequency[b] + 1;
	uint64_t x, y;

	if (h->gives) { /* what the last unit is worth: count / (2 f - 1); a 1 stays */
		bool can_a = fa > 3, can_b = fb > 3;

		if (can_a != can_b)
			return can_a;
		x = h->count[b] * (fa - 2);
		y = h->count[a] * (fb - 2);
	} else {
		x = h->count[a] * fb;
		y = h->count[b] * fa;
	}
	return x != y ? x > y : a < b;
}

static void sift(struct heap *h, size_t i)
{
	size_t moved = h->at[i];

	for (size_t child = 2 * i + 1; child < h->n; child = 2 * i + 1) {
		if (child + 1 < h->n && is_before(h, h->at[child + 1], h->at[child]))
			child++;
		if (!is_before(h, h->at[child], moved))
			break;
		h->at[i] = h->at[child];
		i = child;
	}
	h->at[i] = moved;
}

unsigned frequencies_log(size_t n, unsigned wanted)
{
	unsigned least = n > 1 ? bits_for_index(n) + 2 : 0;

	return wanted > least ? wanted : least;
}

/* Frequencies from counts: rounded down, then unit by unit to the sum. */
static enum status fit(struct symbol_list *out, const struct symbol_list *count, unsigned wanted,
                       struct err *e)
{
	uint64_t size = (uint64_t)1 << frequencies_log(count->n, wanted), sum = 0, total = 0;
	struct heap h = { .n = count->n, .count = count->number };
	enum status rc = symbol_list_like(out, count, e);

	h.at = malloc((count->n + 1) * sizeof(*h.at));
	if (!rc && !h.at)
		rc = err_nomem(e);
	if (rc || !count->n)
		goto out;
	for (size_t i = 0; i < count->n; i++)
		total += count->number[i];
	for (size_t i = 0; i < count->n; i++) {
		uint64_t f = count->number[i] * size / total;

		out->number[i] = f ? f : 1;
		sum += out->number[i];
		h.at[i] = i;
	}
	h.frequency = out->number;
	h.gives = sum > size;
	for (size_t i = h.n / 2; i-- > 0;)
		sift(&h, i);
	for (; sum != size; sum += h.gives ? (uint64_t)-1 : 1) {
		h.frequency[h.at[0]] += h.gives ? (uint64_t)-1 : 1;
		sift(&h, 0);
	}
out:
	free(h.at);
	return rc;
}

enum status frequencies_write(const struct symbols *layer, size_t n_layers, unsigned bits,
                              unsigned wanted, struct bit_string *out, struct err *e)
{
	struct symbol_list count = { 0 }, frequency = { 0 };
	enum status rc = symbol_list_count(&count, layer, n_layers, bits, e);

	if (!rc)
		rc = fit(&frequency, &count, wanted, e);
	if (!rc)
		rc = symbol_list_write(&frequency, LIST_FREQUENCIES, out, e);
	symbol_list_release(&count);
	symbol_list_release(&frequency);
	return rc;
}

enum status frequencies_read(struct symbol_list *out, const struct bit_string *stored,
                             unsigned bits, unsigned wanted, struct err *e)
{
	struct bit_reader r = bit_reader_on(stored->words, stored->n_bits);
	enum status rc = symbol_list_get(out, &r, bits, LIST_FREQUENCIES, e);
	uint64_t sum = 0;

	if (!rc)
		rc = table_consumed(&r, e);
	for (size_t i = 0; i < out->n && !rc; i++)
		sum += out->number[i];
	if (!rc && out->n && sum != (uint64_t)1 << frequencies_log(out->n, wanted))
		rc = err_set(e, ST_DATA, "table: frequencies add up to %llu, expected %u",
		             (unsigned long long)sum, 1u << frequencies_log(out->n, wanted));
	return rc;
}

enum status frequencies_shared(const struct source *s, const struct codec_params *p,
                               struct bit_string *out, struct err *e)
{
	return p->scope == DICT_MODEL
	               ? frequencies_write(s->layer, s->n_layers, s->bits, p->arg[0], out, e)
	               : ST_OK;
}
