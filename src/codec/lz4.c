/* LZ4 frame format 1.6: each layer a frame of its own of independent blocks of up to 4 MiB, without
 * checksum or content size; what `lz4 -LEVEL -B7 --no-frame-crc` makes of the layer's bytes. Levels
 * from 3 on are the high-compression search, the decoder is the same for all. */
#include <lz4frame.h>
#include <lz4hc.h>
#include <stdio.h>

#include "codec/bytewise.h"

static LZ4F_preferences_t preferences(uint32_t level)
{
	return (LZ4F_preferences_t){
		.frameInfo = {.blockSizeID = LZ4F_max4MB, .blockMode = LZ4F_blockIndependent},
		.compressionLevel = (int)level,
	};
}

static size_t bound(size_t n)
{
	LZ4F_preferences_t p = preferences(LZ4HC_CLEVEL_MAX);

	return LZ4F_compressFrameBound(n, &p);
}

static enum status pack(const uint8_t *in, size_t n, uint32_t level, uint8_t *out, size_t cap,
                        size_t *used, struct err *e)
{
	LZ4F_preferences_t p = preferences(level);
	size_t rc = LZ4F_compressFrame(out, cap, in, n, &p);

	if (LZ4F_isError(rc))
		return err_set(e, ST_ENV, "lz4: %s", LZ4F_getErrorName(rc));
	*used = rc;
	return ST_OK;
}

/* The largest block that a frame of n bytes has. */
static LZ4F_blockSizeID_t largest_block(size_t n)
{
	LZ4F_blockSizeID_t id = LZ4F_max64KB;

	for (size_t size = 65536; size < n && id < LZ4F_max4MB; size *= 4)
		id = (LZ4F_blockSizeID_t)(id + 1);
	return id;
}

static enum status decompress(LZ4F_dctx *d, const uint8_t *in, size_t n_in, uint8_t *out, size_t n)
{
	LZ4F_decompressOptions_t stable = { .stableDst = 1 };
	LZ4F_frameInfo_t info;
	size_t read = n_in, more = LZ4F_getFrameInfo(d, &info, in, &read), written = 0;

	if (LZ4F_isError(more) || info.frameType != LZ4F_frame ||
	    info.blockSizeID > largest_block(n))
		return ST_DATA; /* before its blocks are allocated */
	while (more && !LZ4F_isError(more)) {
		size_t taken = n_in - read, made = n - written;

		more = LZ4F_decompress(d, out + written, &made, in + read, &taken, &stable);
		read += taken;
		written += made;
		if (!taken && !made)
			break;
	}
	return more == 0 && read == n_in && written == n ? ST_OK : ST_DATA;
}

static enum status unpack(const uint8_t *in, size_t n_in, uint8_t *out, size_t n, struct err *e)
{
	LZ4F_dctx *d;
	enum status rc;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION)))
		return err_nomem(e);
	rc = decompress(d, in, n_in, out, n);
	LZ4F_freeDecompressionContext(d);
	return rc;
}

static const struct byte_packer packer = { "lz4", bound, pack, unpack };

BYTEWISE_CODEC(packer)

static void library(char out[CODEC_LIBRARY_TEXT])
{
	snprintf(out, CODEC_LIBRARY_TEXT, "LZ4 %s", LZ4_versionString());
}

const struct codec codec_lz4 = {
	.name = "lz4",
	.help = "LZ4 frame per layer, one byte a symbol (two above 8 bits)",
	.family = "general",
	.source = "Collet, LZ4 frame format 1.6.2; liblz4",
	.arg = { { "level", 1, LZ4HC_CLEVEL_MAX, LZ4HC_CLEVEL_MAX } },
	.uses_order = true,
	.encode = encode,
	.decode = decode,
	.library = library,
};
