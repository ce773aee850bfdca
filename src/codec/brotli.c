/* Brotli (RFC 7932): each layer a stream of its own with the least window that holds it; what
 * `brotli -q QUALITY` makes of the layer's bytes. */
#include <brotli/decode.h>
#include <brotli/encode.h>
#include <stdio.h>

#include "codec/bytewise.h"

/* log2 of the least window that reaches back n bytes, or of the largest. */
static uint32_t window(size_t n)
{
	uint32_t k = BROTLI_MIN_WINDOW_BITS;

	while (k < BROTLI_MAX_WINDOW_BITS && ((size_t)1 << k) - 16 < n)
		k++;
	return k;
}

/* A block stored as it is takes a few bytes more than its data, and blocks but the last have at
 * least 2^14 bytes; the library's own bound is that of another function. */
static size_t bound(size_t n)
{
	size_t at_most = BrotliEncoderMaxCompressedSize(n);

	return (at_most > n ? at_most : n) + n / 4096 + 1024;
}

static enum status pack(const uint8_t *in, size_t n, uint32_t level, uint8_t *out, size_t cap,
                        size_t *used, struct err *e)
{
	BrotliEncoderState *b = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	size_t n_in = n, room = cap;
	bool done;

	if (!b)
		return err_nomem(e);
	done = BrotliEncoderSetParameter(b, BROTLI_PARAM_QUALITY, level) &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_LGWIN, window(n)) &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_SIZE_HINT,
	                                 n < UINT32_MAX ? (uint32_t)n : UINT32_MAX) &&
	       BrotliEncoderCompressStream(b, BROTLI_OPERATION_FINISH, &n_in, &in, &room, &out,
	                                   NULL) &&
	       BrotliEncoderIsFinished(b);
	BrotliEncoderDestroyInstance(b);
	*used = cap - room;
	return done ? ST_OK : err_set(e, ST_ENV, "brotli: the encoder fails, out of memory?");
}

static enum status unpack(const uint8_t *in, size_t n_in, uint8_t *out, size_t n, struct err *e)
{
	BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	size_t room = n;
	BrotliDecoderResult rc;

	if (!b)
		return err_nomem(e);
	rc = BrotliDecoderDecompressStream(b, &n_in, &in, &room, &out, NULL);
	BrotliDecoderDestroyInstance(b);
	return rc == BROTLI_DECODER_RESULT_SUCCESS && n_in == 0 && room == 0 ? ST_OK : ST_DATA;
}

static const struct byte_packer packer = { "brotli", bound, pack, unpack };

BYTEWISE_CODEC(packer)

static void library(char out[CODEC_LIBRARY_TEXT])
{
	uint32_t v = BrotliEncoderVersion(); /* 8 bits, 12 bits, 12 bits */

	snprintf(out, CODEC_LIBRARY_TEXT, "Brotli %u.%u.%u", v >> 24, v >> 12 & 4095, v & 4095);
}

const struct codec codec_brotli = {
	.name = "brotli",
	.help = "Brotli stream per layer, one byte a symbol (two above 8 bits)",
	.family = "general",
	.source = "Alakuijala and Szabadka, RFC 7932; libbrotli",
	.arg = { { "quality", 0, 11, 11 } },
	.uses_order = true,
	.encode = encode,
	.decode = decode,
	.library = library,
};
