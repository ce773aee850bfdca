#include "codec/source.h"

#include <math.h>
#include <stdlib.h>

/* c log2(n / c), the bits that c occurrences of one symbol out of n are worth. */
static double worth(uint64_t c, uint64_t n)
{
	return c ? (double)c * log2((double)n / (double)c) : 0;
}

/* What the symbols of the layers are worth; count has room for all of their width and is zeroed. */
static double worth_pooled(const struct symbols *layer, size_t n_layers, uint64_t *count)
{
	size_t size = n_layers ? (size_t)1 << layer->bits : 0;
	uint64_t n = 0;
	double bits = 0;

	for (size_t l = 0; l < n_layers; l++) {
		n += layer[l].n;
		for (size_t i = 0; i < layer[l].n; i++)
			count[layer[l].v[i]]++;
	}
	for (size_t i = 0; i < size; i++) {
		bits += worth(count[i], n);
		count[i] = 0;
	}
	return bits;
}

/* In runs of `pooled` layers. */
static double entropy_of(const struct source *s, size_t pooled)
{
	uint64_t *count = calloc((size_t)1 << s->bits, sizeof(*count)), n = 0;
	double bits = 0;

	if (!count)
		return (double)NAN;
	for (size_t l = 0; l < s->n_layers; l += pooled)
		bits += worth_pooled(s->layer + l, pooled, count);
	for (size_t l = 0; l < s->n_layers; l++)
		n += s->layer[l].n;
	free(count);
	return n ? bits / (double)n : 0;
}

double entropy_symbols(const struct source *s)
{
	return entropy_of(s, s->n_layers);
}

double entropy_layers(const struct source *s)
{
	return entropy_of(s, 1);
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
