/* The core library from outside: the dictionary size of a network's 6-bit weights. */
#include <codec/codec.h>
#include <quant/quantizer.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	const struct quant_spec spec = { .quantizer = &quantizer_symmetric,
		                         .bits = 6,
		                         .scope = SCOPE_TENSOR };
	const struct codec_params params = { .group = 4, .arg = { 256 } };
	struct model *m;
	struct quantized *q;
	struct symbols layer[64];
	struct err e;

	if (argc != 2 || model_load(&m, argv[1], argv[1], &e) || quantize(&q, m, &spec, &e))
		return EXIT_FAILURE;
	for (size_t k = 0; k < m->n_kernels && k < 64; k++) {
		uint16_t *wire = malloc(q->kernel[k].n * sizeof(*wire));

		quant_to_wire(q, k, q->kernel[k].q, wire);
		layer[k] = (struct symbols){ wire, q->kernel[k].n, q->wire_bits };
	}
	struct source s = { .n_layers = m->n_kernels, .layer = layer, .bits = q->wire_bits };
	size_t table[64], stream[64], total;
	struct coded_sizes sizes = { 0, table, stream };
	struct words *w;

	if (words_count(&w, &s, params.group, params.scope, &e))
		return EXIT_FAILURE;
	s.words = w;
	codec_sizes(codec_find("dict"), &s, &params, &sizes, &e);
	total = sizes.shared_bits;
	for (size_t k = 0; k < s.n_layers; k++)
		total += stream[k];
	printf("%zu bits\n", total);
	return EXIT_SUCCESS;
}
