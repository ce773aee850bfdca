#include "codec/source.h"

#include <math.h>
#include <stdlib.h>

/* c log2(n / c), the bits that c occurrences of one symbol out of n are worth. */
static double worth(uint64_t c, uint64_t n)
{
	return c ? (double)c * log2((double)n / (double)c) : 0;
}

double entropy_symbols(const struct source *s)
{
	size_t size = (size_t)1 << s->bits;
	uint64_t *count = calloc(size, sizeof(*count)), n = 0;
	double bits = 0;

	if (!count)
		return (double)NAN;
	for (size_t l = 0; l < s->n_layers; l++) {
		n += s->layer[l].n;
		for (size_t i = 0; i < s->layer[l].n; i++)
			count[s->layer[l].v[i]]++;
	}
	for (size_t i = 0; i < size; i++)
		bits += worth(count[i], n);
	free(count);
	return n ? bits / (double)n : 0;
}

double entropy_words(const struct words *w, size_t n_symbols)
{
	double bits = 0;

	for (size_t t = 0; t < w->n_tables; t++)
		for (size_t r = 0; r < w->table[t].n_runs; r++) {
			double each = worth(w->table[t].run[r].count, w->table[t].n_words);

			/* One by one: a product would round otherwise than the sum. */
			for (uint32_t i = 0; i < w->table[t].run[r].n; i++)
				bits += each;
		}
	return n_symbols ? bits / (double)n_symbols : 0;
}
