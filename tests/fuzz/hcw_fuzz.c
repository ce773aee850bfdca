/* libFuzzer target: any bytes give a container whose layers decode, or a clear error; with CRCs
 * compared and without, so that what lies behind them is reached. Memory for decoding: at most
 * 8 x file + 64 MiB. Seeds: tests/vectors/hcw. */
#include <math.h>
#include <stdlib.h>

#include "codec/hcw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In 8 x file + 64 MiB: at most this many bytes for the decoder's own share. */
static size_t limit(size_t size)
{
	return 4 * size + ((size_t)16 << 20);
}

static void decode(struct hcw *h, size_t l, struct err *e)
{
	const size_t n = h->layer[l].n <= h->options.max_bytes / sizeof(float) ? h->layer[l].n : 0;
	float *w = malloc((n + 1) * sizeof(*w));
	enum status rc = w ? hcw_weights(h, l, w, e) : ST_DATA;

	if (rc != ST_OK && rc != ST_DATA)
		abort();
	for (size_t i = 0; i < n && !rc && h->layer[l].quant.bits < 32; i++)
		if (isnan(w[i]))
			abort();
	free(w);
}

static void run(struct span file, bool ignore_crcs)
{
	const struct hcw_options o = { limit(file.n), ignore_crcs };
	struct err e = { 0 };
	struct hcw *h;
	enum status rc = hcw_open_memory(&h, file, &o, &e);

	if (rc != ST_OK && (rc != ST_DATA || h || !e.msg[0]))
		abort();
	for (size_t l = 0; rc == ST_OK && l < h->n_layers; l++)
		decode(h, l, &e);
	if (rc == ST_OK && h->has_graph && h->graph_bytes) {
		uint8_t byte;

		if (hcw_graph(h, h->graph_bytes - 1, &byte, 1, &e))
			abort();
	}
	if (rc == ST_OK)
		(void)hcw_check(h, &e);
	hcw_close(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run((struct span){ data, size }, false);
	run((struct span){ data, size }, true);
	return 0;
}
