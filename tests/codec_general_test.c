/* General-purpose codecs: sizes equal to those of the command-line tools, and refusals. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "codec_coding.h"

static uint32_t noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Bell-shaped symbols, as weights are in two's complement, with repeats: every other run of 50 is
 * one that came before. */
static uint16_t *weights(size_t n, unsigned bits)
{
	uint16_t *v = malloc(n * sizeof(*v));
	uint32_t state = 7;

	cr_assert_not_null(v);
	for (size_t i = 0; i < n; i++) {
		unsigned sum = 0;

		for (int k = 0; k < 4; k++)
			sum += noise(&state) & 15;
		v[i] = (uint16_t)((sum - 30) & ((1u << bits) - 1));
		if (i / 50 % 2 && i > 5000)
			v[i] = v[i - 4321];
	}
	return v;
}

/* Bytes that `command FILE` writes on stdout, FILE holding the symbols; -1: there is no such tool.
 * What a byte is: the wire of 8-bit symbols, or two bytes, the lower first. */
static long tool_bytes(const char *command, const uint16_t *v, size_t n, unsigned bits)
{
	char path[] = "/tmp/hcbench_general_XXXXXX", line[256], text[32] = "";
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "wb"), *p;

	cr_assert_not_null(f);
	for (size_t i = 0; i < n; i++) {
		fputc(v[i] & 255, f);
		if (bits > 8)
			fputc(v[i] >> 8, f);
	}
	fclose(f);
	snprintf(line, sizeof(line), "command -v %.*s >/dev/null && %s %s | wc -c",
	         (int)strcspn(command, " "), command, command, path);
	p = popen(line, "r");
	cr_assert_not_null(p);
	if (!fgets(text, sizeof(text), p))
		text[0] = '\0';
	pclose(p);
	unlink(path);
	return *text ? atol(text) : -1;
}

static void check_tool(const char *name, uint32_t level, const char *command, size_t n,
                       unsigned bits)
{
	const struct codec *c = codec_find(name);
	uint16_t *v = weights(n, bits);
	struct symbols l = { v, n, bits, NULL };
	struct source s = source_of(&l, 1);
	struct codec_params p = { 1, DICT_MODEL, { level } };
	struct coding coded;
	long bytes = tool_bytes(command, v, n, bits);

	if (bytes < 0)
		cr_skip_test("no %s to compare with: apt-get install zstd lz4 xz-utils brotli",
		             name);
	code_layers(&coded, c, &s, &p);
	cr_assert_eq(coded.layer[0].stream.n_bits, (size_t)bytes * 8,
	             "%s:%u, %zu symbols: %zu bytes, the tool %ld", name, level, n,
	             coded.layer[0].stream.n_bits / 8, bytes);
	coding_release(&coded);
	free(v);
}

Test(codec_general, zstd_is_as_large_as_the_tool)
{
	check_tool("zstd", 1, "zstd -1 -q -c --no-check --single-thread", 200000, 8);
	check_tool("zstd", 3, "zstd -3 -q -c --no-check --single-thread", 5000, 3);
	check_tool("zstd", 19, "zstd -19 -q -c --no-check --single-thread", 200000, 8);
	check_tool("zstd", 19, "zstd -19 -q -c --no-check --single-thread", 100000, 12);
	check_tool("zstd", 19, "zstd -19 -q -c --no-check --single-thread", 1, 8);
}

/* Also more than one block of 4 MiB. */
Test(codec_general, lz4_is_as_large_as_the_tool)
{
	check_tool("lz4", 1, "lz4 -1 -q -c -B7 --no-frame-crc", 5000000, 8);
	check_tool("lz4", 12, "lz4 -12 -q -c -B7 --no-frame-crc", 200000, 8);
	check_tool("lz4", 12, "lz4 -12 -q -c -B7 --no-frame-crc", 100000, 12);
	check_tool("lz4", 9, "lz4 -9 -q -c -B7 --no-frame-crc", 17, 5);
}

/* Dictionaries as xz.c says: the least of 2^k and 3 x 2^k from 4 KiB on that holds the bytes. */
Test(codec_general, xz_is_as_large_as_the_tool)
{
	check_tool("xz", 6, "xz -T1 -c --check=none --lzma2=preset=6,dict=256KiB", 200000, 8);
	check_tool("xz", 6, "xz -T1 -c --check=none --lzma2=preset=6,dict=192KiB", 98000, 12);
	check_tool("xz", 0, "xz -T1 -c --check=none --lzma2=preset=0,dict=256KiB", 300000, 4);
	check_tool("xz", 9, "xz -T1 -c --check=none --lzma2=preset=9,dict=6KiB", 4097, 8);
	check_tool("xz", 0, "xz -T1 -c --check=none -0", 300000, 8); /* the preset's own */
}

Test(codec_general, brotli_is_as_large_as_the_tool)
{
	check_tool("brotli", 11, "brotli -q 11 -c", 60000, 8);
	check_tool("brotli", 11, "brotli -q 11 -c", 50000, 12);
	check_tool("brotli", 5, "brotli -q 5 -c", 300000, 8);
	check_tool("brotli", 9, "brotli -q 9 -c", 1, 8);
}

/* Frames that hold something else than the layer: more symbols, fewer, a second frame, larger
 * symbols than there are, any bytes. */
Test(codec_general, other_frames_are_refused)
{
	static const char *const names[] = { "zstd", "lz4", "xz", "brotli" };
	uint16_t *v = weights(1000, 8), out[1001];
	struct symbols l = { v, 1000, 8, NULL };
	struct source s = source_of(&l, 1);
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		const struct codec *c = codec_find(names[i]);
		struct codec_params p = { 1, DICT_MODEL, { c->arg[0].initial } };
		struct coding coded;
		struct bit_string *b = &coded.layer[0].stream, twice;
		size_t n_words;

		code_layers(&coded, c, &s, &p);
		cr_assert_eq(c->decode(&coded.layer[0], &p, 8, out, 1000, &e), ST_OK);
		cr_assert_eq(c->decode(&coded.layer[0], &p, 8, out, 999, &e), ST_DATA);
		cr_assert_eq(c->decode(&coded.layer[0], &p, 8, out, 1001, &e), ST_DATA);
		cr_assert_eq(c->decode(&coded.layer[0], &p, 7, out, 1000, &e), ST_DATA);
		cr_assert_eq(c->decode(&coded.layer[0], &p, 16, out, 500, &e), ST_OK);
		cr_assert_eq(c->decode(&coded.layer[0], &p, 8, out, 0, &e), ST_DATA);

		/* the frame again behind it, byte by byte */
		cr_assert_eq(bit_string_alloc(&twice, 2 * b->n_bits, &e), ST_OK);
		n_words = bits_words(b->n_bits);
		memcpy(twice.words, b->words, n_words * 8);
		for (size_t k = 0; k < b->n_bits / 8; k++) {
			size_t to = b->n_bits / 8 + k;

			twice.words[to / 8] |= (b->words[k / 8] >> (56 - k % 8 * 8) & 255)
			                       << (56 - to % 8 * 8);
		}
		twice.n_bits = 2 * b->n_bits;
		cr_assert_eq(c->decode(&(struct code){ .stream = twice }, &p, 8, out, 1000, &e),
		             ST_DATA, "%s: two frames", names[i]);
		bit_string_release(&twice);
		b->words[0] = 0x5a5a5a5a5a5a5a5aull;
		cr_assert_eq(c->decode(&coded.layer[0], &p, 8, out, 1000, &e), ST_DATA);
		coding_release(&coded);
	}
	free(v);
}

/* "zstd 1.5.4": a name and a version. */
Test(codec_general, libraries_say_their_version)
{
	size_t n = 0;

	for (size_t i = 0; i < n_codecs; i++) {
		char text[CODEC_LIBRARY_TEXT], name[CODEC_LIBRARY_TEXT];
		unsigned major, minor;

		if (!codecs[i]->library)
			continue;
		codecs[i]->library(text);
		cr_assert_eq(sscanf(text, "%31s %u.%u", name, &major, &minor), 3, "%s", text);
		n++;
	}
	cr_assert_eq(n, 4);
}
