#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_compressSequences() */
#include "codec_peers.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { BLOCK = ZSTD_BLOCKSIZE_MAX, FSE_LOG = 11, FSE_HEAD = 4 };

/* Of libzstd.a 1.5.4, which does not declare them: its entropy coder FSE. */
unsigned FSE_optimalTableLog(unsigned most, size_t n, unsigned max_symbol);
size_t FSE_normalizeCount(short *norm, unsigned log, const unsigned *count, size_t n,
                          unsigned max_symbol, unsigned low_prob);
size_t FSE_writeNCount(void *out, size_t cap, const short *norm, unsigned max_symbol, unsigned log);
size_t FSE_buildCTable_wksp(unsigned *table, const short *norm, unsigned max_symbol, unsigned log,
                            void *work, size_t n_work);
size_t FSE_compress_usingCTable(void *out, size_t cap, const void *in, size_t n,
                                const unsigned *table);
size_t FSE_decompress_wksp_bmi2(void *out, size_t cap, const void *in, size_t n, unsigned max_log,
                                void *work, size_t n_work, int bmi2);
unsigned FSE_isError(size_t rc);

static size_t copy(const uint8_t *in, size_t n, uint8_t *out, size_t cap, int level)
{
	(void)level;
	if (n > cap)
		return 0;
	memcpy(out, in, n);
	return n;
}

static bool copy_back(const uint8_t *in, size_t n_in, uint8_t *out, size_t n)
{
	memcpy(out, in, n);
	return n_in == n;
}

static size_t zstd(const uint8_t *in, size_t n, uint8_t *out, size_t cap, int level)
{
	const size_t rc = ZSTD_compress(out, cap, in, n, level);

	return ZSTD_isError(rc) ? 0 : rc;
}

static bool unzstd(const uint8_t *in, size_t n_in, uint8_t *out, size_t n)
{
	return ZSTD_decompress(out, n, in, n_in) == n;
}

static size_t lz4(const uint8_t *in, size_t n, uint8_t *out, size_t cap, int level)
{
	(void)level;
	return (size_t)LZ4_compress_default((const char *)in, (char *)out, (int)n, (int)cap);
}

static bool unlz4(const uint8_t *in, size_t n_in, uint8_t *out, size_t n)
{
	return LZ4_decompress_safe((const char *)in, (char *)out, (int)n_in, (int)n) == (int)n;
}

/* zstd frames in which every block is literals alone: no match is looked for, what remains is
 * huff0 on blocks of 128 KiB. */
static size_t huff0(const uint8_t *in, size_t n, uint8_t *out, size_t cap, int level)
{
	const size_t blocks = n / BLOCK + 1;
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_Sequence *block = calloc(blocks, sizeof(*block));
	size_t rc = 0;

	(void)level;
	if (c && block) {
		for (size_t i = 0; i < blocks; i++)
			block[i].litLength = (unsigned)(i + 1 < blocks ? BLOCK : n % BLOCK);
		ZSTD_CCtx_setParameter(c, ZSTD_c_blockDelimiters, ZSTD_sf_explicitBlockDelimiters);
		rc = ZSTD_compressSequences(c, out, cap, block, blocks, in, n);
		rc = ZSTD_isError(rc) ? 0 : rc;
	}
	ZSTD_freeCCtx(c);
	free(block);
	return rc;
}

/* A block: its length in 4 bytes (0: copied), table, stream; a constant block is copied. */
static size_t fse_block(const uint8_t *in, size_t n, uint8_t *out, size_t cap)
{
	unsigned count[4][256] = { 0 }, max = 255, log, table[1 + (1 << (FSE_LOG - 1)) + 512];
	unsigned work[4096];
	short norm[256];
	size_t i = 0, head, body;

	for (; i + 4 <= n; i += 4)
		for (size_t j = 0; j < 4; j++)
			count[j][in[i + j]]++;
	for (; i < n; i++)
		count[0][in[i]]++;
	for (i = 0; i < 256; i++)
		count[0][i] += count[1][i] + count[2][i] + count[3][i];
	while (max > 0 && !count[0][max])
		max--;
	log = FSE_optimalTableLog(FSE_LOG, n, max);
	if (FSE_isError(FSE_normalizeCount(norm, log, count[0], n, max, n >= 2048)))
		return 0;
	head = FSE_writeNCount(out, cap, norm, max, log);
	if (FSE_isError(head) ||
	    FSE_isError(FSE_buildCTable_wksp(table, norm, max, log, work, sizeof(work))))
		return 0;
	body = FSE_compress_usingCTable(out + head, cap - head, in, n, table);
	return FSE_isError(body) || !body ? 0 : head + body;
}

static size_t fse(const uint8_t *in, size_t n, uint8_t *out, size_t cap, int level)
{
	uint8_t *to = out;

	(void)level;
	for (size_t at = 0; at < n; at += BLOCK) {
		const size_t take = n - at < BLOCK ? n - at : BLOCK;
		size_t used = fse_block(in + at, take, to + FSE_HEAD, cap - FSE_HEAD);
		const uint32_t length = used < take ? (uint32_t)used : 0;

		memcpy(to, &length, FSE_HEAD);
		if (!length)
			memcpy(to + FSE_HEAD, in + at, used = take);
		to += FSE_HEAD + used;
		cap -= FSE_HEAD + used;
	}
	return (size_t)(to - out);
}

static bool unfse(const uint8_t *in, size_t n_in, uint8_t *out, size_t n)
{
	const uint8_t *const end = in + n_in;
	unsigned work[8192];

	for (size_t at = 0; at < n; at += BLOCK) {
		const size_t take = n - at < BLOCK ? n - at : BLOCK;
		uint32_t length;

		memcpy(&length, in, FSE_HEAD);
		in += FSE_HEAD;
		if (!length)
			memcpy(out + at, in, take);
		else if (FSE_decompress_wksp_bmi2(out + at, take, in, length, FSE_LOG, work,
		                                  sizeof(work), 1) != take)
			return false;
		in += length ? length : take;
	}
	return in == end;
}

static const struct peer peers[] = {
	{"memcpy",      copy,  copy_back},
        { "zstd-bytes", zstd,  unzstd   },
        { "lz4-bytes",  lz4,   unlz4    },
	{ "huff0",      huff0, unzstd   },
        { "fse",        fse,   unfse    },
};

const struct peer *peer_find(const char *name, int *level)
{
	const size_t length = strcspn(name, ":");

	*level = name[length] ? atoi(name + length + 1) : 1;
	for (size_t i = 0; i < sizeof(peers) / sizeof(*peers); i++)
		if (strlen(peers[i].name) == length && !strncmp(name, peers[i].name, length))
			return &peers[i];
	return NULL;
}

size_t peers_bound(size_t n)
{
	return 2 * n + 65536;
}
