/* LZMA2 in the .xz format 1.1: each layer a stream of its own, without check. The dictionary is the
 * preset's, but no larger than the layer needs, so that the decoder allocates no more than that:
 * what `xz -T1 --check=none --lzma2=preset=PRESET,dict=D` makes of the layer's bytes, D being
 * window(). */
#include <lzma.h>
#include <stdio.h>

#include "codec/bytewise.h"

/* The least dictionary that holds n bytes, of those that the format knows: 2^k and 3 x 2^k from
 * 4 KiB on. */
static uint32_t window(size_t n)
{
	uint32_t d = LZMA_DICT_SIZE_MIN;

	while (d < n && d < (uint32_t)1 << 30)
		d += (d & (d - 1)) ? d / 3 : d / 2;
	return d;
}

static size_t bound(size_t n)
{
	return lzma_stream_buffer_bound(n) + 64;
}

static enum status failed(lzma_ret rc, struct err *e)
{
	if (rc == LZMA_MEM_ERROR)
		return err_nomem(e);
	return err_set(e, ST_INTERNAL, "xz: liblzma refuses with code %d", (int)rc);
}

/* As a stream, not by lzma_stream_buffer_encode(), which adds sizes to the block's header. */
static enum status pack(const uint8_t *in, size_t n, uint32_t level, uint8_t *out, size_t cap,
                        size_t *used, struct err *e)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{LZMA_FILTER_LZMA2, &options},
                { LZMA_VLI_UNKNOWN, NULL    }
	};
	lzma_ret rc;

	if (lzma_lzma_preset(&options, level))
		return failed(LZMA_OPTIONS_ERROR, e);
	if (options.dict_size > window(n))
		options.dict_size = window(n);
	rc = lzma_stream_encoder(&z, filters, LZMA_CHECK_NONE);
	if (rc == LZMA_OK) {
		z.next_in = in;
		z.avail_in = n;
		z.next_out = out;
		z.avail_out = cap;
		rc = lzma_code(&z, LZMA_FINISH);
	}
	*used = cap - z.avail_out;
	lzma_end(&z);
	return rc == LZMA_STREAM_END ? ST_OK : failed(rc, e);
}

static enum status unpack(const uint8_t *in, size_t n_in, uint8_t *out, size_t n, struct err *e)
{
	lzma_options_lzma options = { .dict_size = window(n) };
	lzma_filter filters[] = {
		{LZMA_FILTER_LZMA2, &options},
                { LZMA_VLI_UNKNOWN, NULL    }
	};
	uint64_t limit = lzma_raw_decoder_memusage(filters) + 65536; /* for headers and index */
	size_t read = 0, written = 0;
	lzma_ret rc = lzma_stream_buffer_decode(&limit, 0, NULL, in, &read, n_in, out, &written, n);

	if (rc == LZMA_MEM_ERROR)
		return err_nomem(e);
	return rc == LZMA_OK && read == n_in && written == n ? ST_OK : ST_DATA;
}

static const struct byte_packer packer = { "xz", bound, pack, unpack };

BYTEWISE_CODEC(packer)

static void library(char out[CODEC_LIBRARY_TEXT])
{
	snprintf(out, CODEC_LIBRARY_TEXT, "liblzma %s", lzma_version_string());
}

const struct codec codec_xz = {
	.name = "xz",
	.help = "LZMA2, an .xz stream per layer, one byte a symbol (two above 8 bits)",
	.family = "general",
	.source = "Pavlov, LZMA; Collin, the .xz file format 1.1.0; liblzma",
	.arg = { { "preset", 0, 9, 6 } },
	.uses_order = true,
	.encode = encode,
	.decode = decode,
	.library = library,
};
