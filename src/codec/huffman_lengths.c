/* Package-merge: a symbol of length l is a coin of every denomination 2^-1 .. 2^-l, its count being
 * what the coin costs; the cheapest coins worth n - 1 are the optimal lengths. */
#include <stdlib.h>

#include "codec/huffman_code.h"

struct merge {
	size_t n;
	uint64_t *weight;       /* n, ascending */
	uint64_t *now, *before; /* costs of this and of the last denomination, up to 2n */
	size_t n_before;
	unsigned char *is_leaf; /* limit x 2n: of each item, in order of cost */
};

/* The items of one denomination: the leaves and the pairs of the one before, cheapest first. */
static void merge_level(struct merge *m, unsigned char *is_leaf)
{
	size_t pairs = m->n_before / 2, a = 0, b = 0, k = 0;
	uint64_t *swap = m->now;

	for (; a < m->n || b < pairs; k++) {
		uint64_t pair = b < pairs ? m->before[2 * b] + m->before[2 * b + 1] : UINT64_MAX;

		is_leaf[k] = a < m->n && m->weight[a] <= pair;
		m->now[k] = is_leaf[k] ? m->weight[a++] : pair;
		b += !is_leaf[k];
	}
	m->n_before = k;
	m->now = m->before;
	m->before = swap;
}

/* Lengths in the order of the weights. */
static void package_merge(struct merge *m, unsigned limit, unsigned char *length)
{
	size_t need = 2 * m->n - 2;

	for (unsigned i = 0; i < limit; i++)
		merge_level(m, m->is_leaf + i * 2 * m->n);
	for (unsigned i = limit; i-- > 0;) {
		size_t leaves = 0;

		for (size_t k = 0; k < need; k++)
			leaves += m->is_leaf[i * 2 * m->n + k];
		for (size_t k = 0; k < leaves; k++)
			length[k]++;
		need = 2 * (need - leaves);
	}
}

static int by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

unsigned huffman_limit(size_t n, unsigned longest)
{
	unsigned least = n ? bits_for_index(n) : 0;

	return longest > least ? longest : least;
}

enum status huffman_lengths(struct symbol_list *out, const struct symbol_list *count,
                            unsigned longest, struct err *e)
{
	size_t n = count->n;
	unsigned limit = huffman_limit(n, longest);
	struct merge m = { .n = n };
	enum status rc = symbol_list_like(out, count, e);
	uint64_t *key = NULL;
	unsigned char *length = NULL;

	if (rc || n < 2)
		return rc;
	key = malloc(n * sizeof(*key));
	length = calloc(n, 1);
	m.weight = malloc(n * sizeof(*m.weight));
	m.now = malloc(2 * n * sizeof(*m.now));
	m.before = malloc(2 * n * sizeof(*m.before));
	m.is_leaf = malloc(2 * n * limit);
	if (!key || !length || !m.weight || !m.now || !m.before || !m.is_leaf) {
		rc = err_nomem(e);
		goto out;
	}
	/* of equal counts the later symbol first, which gets the longer code */
	for (size_t i = 0; i < n; i++)
		key[i] = count->number[i] << 16 | (UINT16_MAX - i);
	qsort(key, n, sizeof(*key), by_key);
	for (size_t i = 0; i < n; i++)
		m.weight[i] = key[i] >> 16;
	package_merge(&m, limit, length);
	for (size_t i = 0; i < n; i++)
		out->number[UINT16_MAX - (key[i] & UINT16_MAX)] = length[i];
out:
	free(key);
	free(length);
	free(m.weight);
	free(m.now);
	free(m.before);
	free(m.is_leaf);
	return rc;
}
