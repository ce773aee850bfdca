/* Zstandard (RFC 8878): each layer a frame of its own, without checksum, with its content size;
 * what `zstd -LEVEL --no-check --single-thread` makes of the layer's bytes. */
#include <stdio.h>
#include <zstd.h>

#include "codec/bytewise.h"

static enum status pack(const uint8_t *in, size_t n, uint32_t level, uint8_t *out, size_t cap,
                        size_t *used, struct err *e)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t rc;

	if (!c)
		return err_nomem(e);
	rc = ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, (int)level);
	if (!ZSTD_isError(rc))
		rc = ZSTD_compress2(c, out, cap, in, n);
	ZSTD_freeCCtx(c);
	if (ZSTD_isError(rc))
		return err_set(e, ST_ENV, "zstd: %s", ZSTD_getErrorName(rc));
	*used = rc;
	return ST_OK;
}

/* Only a frame of today's format: no older one, none to be skipped, none that follows. */
static enum status unpack(const uint8_t *in, size_t n_in, uint8_t *out, size_t n, struct err *e)
{
	uint32_t magic = n_in < 4 ? 0
	                          : in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 |
	                                    (uint32_t)in[3] << 24;

	(void)e;
	if (magic != ZSTD_MAGICNUMBER || ZSTD_findFrameCompressedSize(in, n_in) != n_in)
		return ST_DATA;
	return ZSTD_decompress(out, n, in, n_in) == n ? ST_OK : ST_DATA;
}

static const struct byte_packer packer = { "zstd", ZSTD_compressBound, pack, unpack };

BYTEWISE_CODEC(packer)

static void library(char out[CODEC_LIBRARY_TEXT])
{
	snprintf(out, CODEC_LIBRARY_TEXT, "zstd %s", ZSTD_versionString());
}

const struct codec codec_zstd = {
	.name = "zstd",
	.help = "Zstandard frame per layer, one byte a symbol (two above 8 bits)",
	.family = "general",
	.source = "Collet and Kucherawy, RFC 8878; libzstd",
	.arg = { { "level", 1, 19, 19 } },
	.uses_order = true,
	.encode = encode,
	.decode = decode,
	.library = library,
};
