/* Decoders: any bits, any parameters end in symbols below 2^bits or in an error. Bytes 0..8 choose
 * codec, width, group, arguments, symbols and where the tables end and the stream begins. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { HEAD = 9 };

/* Words of exactly the right size, so that reading past the end is seen. Bytes are in stream order.
 */
static struct bit_string bits_of(const uint8_t *data, size_t n_bytes, size_t n_bits)
{
	struct bit_string b = { malloc((bits_words(n_bits) + 1) * 8), n_bits };

	if (!b.words)
		abort();
	memset(b.words, 0, (bits_words(n_bits) + 1) * 8);
	for (size_t i = 0; i < n_bytes && i < (n_bits + 7) / 8; i++)
		b.words[i / 8] |= (uint64_t)data[i] << (56 - i % 8 * 8);
	return b;
}

/* From the argument's own range, mostly the lower end, where tables stay small. */
static uint32_t argument(const struct codec_arg *a, uint8_t byte)
{
	uint32_t v = a->least + byte;

	return !a->name ? 0 : v <= a->most ? v : a->most;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct codec *codec;
	struct codec_params p;
	struct bit_string table;
	struct code c = { 0 };
	unsigned bits;
	size_t n_symbols, table_bytes, rest;
	uint16_t *v;

	if (n < HEAD)
		return 0;
	codec = codecs[data[0] % n_codecs];
	bits = 2 + data[1] % 15;
	p.group = codec->uses_words ? 1 + data[2] % CODEC_MAX_GROUP : 1;
	p.arg[0] = argument(&codec->arg[0], data[3] % 64);
	p.arg[1] = argument(&codec->arg[1], data[4] / 2);
	p.scope = codec->uses_scope && data[4] & 1 ? DICT_LAYER : DICT_MODEL;
	n_symbols = data[5];
	rest = n - HEAD;
	table_bytes = (size_t)data[6] | (size_t)data[7] << 8;
	table_bytes = table_bytes < rest ? table_bytes : rest;
	table = bits_of(data + HEAD, table_bytes,
	                table_bytes * 8 - (table_bytes ? data[8] % 8 : 0));
	if (p.scope == DICT_MODEL)
		c.shared = table;
	else
		c.table = table;
	rest -= table_bytes;
	c.stream =
	        bits_of(data + HEAD + table_bytes, rest, rest * 8 - (rest ? data[8] / 8 % 8 : 0));
	v = malloc((n_symbols + 1) * sizeof(*v));
	if (v && codec->decode(&c, &p, bits, v, n_symbols, NULL) == ST_OK)
		for (size_t i = 0; i < n_symbols; i++)
			if (v[i] >> bits)
				abort();
	free(v);
	free(table.words);
	free(c.stream.words);
	return 0;
}
