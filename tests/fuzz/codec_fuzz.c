/* Decoders: any bits, any parameters end in symbols below 2^bits or in an error. Bytes 0..5 choose
 * codec, width, group, entries and counts; the rest is dictionary and stream. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { HEAD = 6 };

/* Words of exactly the right size, so that reading past the end is seen. */
static struct bit_string bits_of(const uint8_t *data, size_t n_bytes, size_t n_bits)
{
	struct bit_string b = { malloc((bits_words(n_bits) + 1) * 8), n_bits };

	if (!b.words)
		abort();
	memset(b.words, 0, (bits_words(n_bits) + 1) * 8);
	memcpy(b.words, data, n_bytes < n_bits / 8 ? n_bytes : n_bits / 8);
	return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct codec *codec;
	struct codec_params p;
	struct bit_string layer, table;
	struct coded c;
	unsigned bits;
	size_t n_symbols, table_bits;
	uint16_t *v;

	if (n < HEAD)
		return 0;
	codec = codecs[data[0] % n_codecs];
	bits = 2 + data[1] % 15;
	p.group = codec->uses_words ? 1 + data[2] % CODEC_MAX_GROUP : 1;
	p.entries = codec->has_entries ? 1 + data[3] % 64u : 0;
	p.scope = data[4] & 1 ? DICT_LAYER : DICT_MODEL;
	n_symbols = data[5];
	table_bits = (size_t)p.entries * p.group * bits;
	table = bits_of(data + HEAD, n - HEAD, table_bits);
	layer = bits_of(data + HEAD, n - HEAD, (n - HEAD) * 8 - (n > HEAD ? data[4] % 8 : 0));
	c = (struct coded){ .n_layers = 1, .table = &table, .layer = &layer };
	if (p.scope == DICT_MODEL)
		c.shared = table;
	v = malloc((n_symbols + 1) * sizeof(*v));
	if (v && codec->decode(&c, 0, &p, bits, v, n_symbols, NULL) == ST_OK)
		for (size_t i = 0; i < n_symbols; i++)
			if (v[i] >> bits)
				abort();
	free(v);
	free(table.words);
	free(layer.words);
	return 0;
}
