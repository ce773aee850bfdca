/* Planes: any bytes, any parameters; every way to decode them that this processor has ends alike.
 * Bytes 0..4 choose width, words, entries and symbols, then the dictionary follows. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/planes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { HEAD = 5, MOST = 4096, SYMBOLS = 256 * 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint16_t symbol[SYMBOLS];
	uint8_t v[N_PLANES_PATHS][MOST], *in;
	enum status rc[N_PLANES_PATHS];
	unsigned bits, group;
	struct planes_dict d;
	size_t n_symbols;
	uint32_t entries;

	if (n < HEAD)
		return 0;
	bits = 1 + data[0] % 8;
	group = 1u << data[1] % 5;
	entries = 1u + data[2];
	n_symbols = (data[3] | (size_t)data[4] << 8) % MOST;
	data += HEAD;
	n -= HEAD;
	for (size_t i = 0; i < (size_t)entries * group; i++)
		symbol[i] = (uint16_t)((n ? data[i % n] : 0) & ((1u << bits) - 1));
	in = malloc(n ? n : 1); /* exactly, so that reading past the end is seen */
	if (!in || planes_dict_make(&d, symbol, entries, group, bits, NULL))
		abort();
	memcpy(in, data, n);
	for (enum planes_path path = 0; path < N_PLANES_PATHS; path++) {
		if (!planes_path_runs(path))
			continue;
		rc[path] = planes_decode8(&d, path, in, n, v[path], n_symbols, NULL);
		if (rc[path] != rc[0] || (!rc[0] && memcmp(v[path], v[0], n_symbols)))
			abort();
		for (size_t i = 0; i < n_symbols && !rc[path]; i++)
			if (v[path][i] >> bits)
				abort();
	}
	planes_dict_release(&d);
	free(in);
	return 0;
}
