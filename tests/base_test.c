#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/bits.h"
#include "base/crc.h"
#include "base/file.h"
#include "base/file_out.h"
#include "base/hash.h"
#include "base/stats.h"
#include "base/text.h"

/* Fields 1, 00, 10101 and 64 ones: bits 1 00 10101 1111.. so word 0 begins 1001 0101 1111 = 0x95f.
 */
Test(base, bits_are_big_endian_in_words)
{
	uint64_t w[2] = { 0 };
	struct bit_writer b = bit_writer_on(w, 72);
	struct bit_reader r;

	bits_put(&b, 1, 1);
	bits_put(&b, 0, 2);
	bits_put(&b, 0x15, 5);
	bits_put(&b, UINT64_MAX, 64);
	cr_assert(!b.fail);
	cr_assert_eq(b.n_bits, 72);
	cr_assert_eq(w[0], UINT64_C(0x95ffffffffffffff));
	cr_assert_eq(w[1], UINT64_C(0xff00000000000000));
	r = bit_reader_on(w, 72);
	cr_assert_eq(bits_get(&r, 3), 4);
	cr_assert_eq(bits_get(&r, 5), 0x15);
	cr_assert_eq(bits_get(&r, 64), UINT64_MAX);
	cr_assert(!r.fail);
	cr_assert_eq(bits_get(&r, 1), 0);
	cr_assert(r.fail);
}

Test(base, bits_writer_refuses_what_does_not_fit)
{
	uint64_t w[1] = { 0 };
	struct bit_writer b = bit_writer_on(w, 7);

	bits_put(&b, 0xf, 4);
	bits_put(&b, 0xf, 4);
	cr_assert(b.fail);
	cr_assert_eq(w[0], UINT64_C(0xf000000000000000));
}

/* Every width at every offset, written and read back. */
Test(base, bits_round_trip)
{
	uint64_t w[64];

	for (unsigned n = 1; n <= 64; n++) {
		struct bit_writer b;
		struct bit_reader r;
		uint64_t mask = n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;

		memset(w, 0, sizeof(w));
		b = bit_writer_on(w, sizeof(w) * 8);
		for (uint64_t i = 0; i < 60; i++)
			bits_put(&b, (i * UINT64_C(0x9e3779b97f4a7c15)) & mask, n);
		r = bit_reader_on(w, b.n_bits);
		for (uint64_t i = 0; i < 60; i++)
			cr_assert_eq(bits_get(&r, n), (i * UINT64_C(0x9e3779b97f4a7c15)) & mask);
		cr_assert(!r.fail && r.pos == r.n_bits);
	}
}

Test(base, index_bits)
{
	cr_assert_eq(bits_for_index(1), 0);
	cr_assert_eq(bits_for_index(2), 1);
	cr_assert_eq(bits_for_index(3), 2);
	cr_assert_eq(bits_for_index(256), 8);
	cr_assert_eq(bits_for_index(257), 9);
}

/* FIPS 180-2, appendix B.1. */
/* Cut anywhere, a copy of the state goes on by itself, and asking does not end it. */
Test(base, sha256_in_pieces)
{
	char text[200];
	struct digest want, got;

	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	want = digest_of(&(struct span){ text, sizeof(text) }, 1);
	for (size_t cut = 0; cut <= sizeof(text); cut++) {
		struct hash h, copy;

		hash_begin(&h);
		hash_add(&h, text, cut);
		got = hash_end(&h);
		copy = h;
		hash_add(&copy, "else", 4);
		hash_add(&h, text + cut, sizeof(text) - cut);
		cr_expect_eq(memcmp(&got, &want, sizeof(got)) == 0, cut == sizeof(text));
		got = hash_end(&h);
		cr_expect_arr_eq(&got, &want, sizeof(got), "%zu", cut);
		got = hash_end(&copy);
		cr_expect(memcmp(&got, &want, sizeof(got)));
	}
}

Test(base, sha256_of_abc)
{
	struct span parts[] = {
		{"a",   1},
                { "bc", 2}
	};
	struct digest d = digest_of(parts, 2);
	char hex[DIGEST_HEX];

	digest_hex(&d, hex);
	cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(base, arena_zeroes_aligns_and_refuses_overflow)
{
	struct arena a = { 0 };

	for (size_t n = 0; n < 9000000; n = n * 3 + 1) {
		unsigned char *p = arena_alloc(&a, n, 1);

		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % 64, 0);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xff, n);
	}
	for (size_t n = 1; n < 9000000; n = n * 3 + 1) {
		unsigned char *p = arena_alloc_unset(&a, n, 1);

		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % 64, 0);
		memset(p, 0xff, n);
	}
	cr_assert_null(arena_alloc(&a, SIZE_MAX / 2, 3));
	cr_assert_null(arena_alloc_unset(&a, SIZE_MAX / 2, 3));
	cr_assert_null(arena_alloc(&a, 1, SIZE_MAX));
	cr_assert_str_eq(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	arena_release(&a);
	cr_assert_null(a.head);
}

Test(base, numbers_are_parsed_strictly)
{
	uint64_t v;
	double d;
	char out[32];

	cr_assert(parse_u64("18446744073709551615", UINT64_MAX, &v) && v == UINT64_MAX);
	cr_assert(!parse_u64("18446744073709551616", UINT64_MAX, &v));
	cr_assert(!parse_u64("9x", 100, &v) && !parse_u64("", 100, &v) &&
	          !parse_u64("-1", 100, &v));
	cr_assert(!parse_u64("101", 100, &v) && !parse_u64(" 1", 100, &v));
	cr_assert(parse_double("2.5", &d) && d == 2.5);
	cr_assert(!parse_double("2.5x", &d) && !parse_double("nan", &d) &&
	          !parse_double("1e999", &d));
	cr_assert(!parse_double("0x10", &d) && !parse_double("\n1", &d));
	cr_assert(parse_bytes("128KiB", &v) && v == 131072);
	cr_assert(parse_bytes("1000", &v) && v == 1000);
	cr_assert(!parse_bytes("1KB", &v) && !parse_bytes("99999999999999999GiB", &v));
	format_bytes(131072, out);
	cr_assert_str_eq(out, "128KiB");
	format_bytes(1000, out);
	cr_assert_str_eq(out, "1000");
}

static const char *fruit(size_t i)
{
	static const char *const names[] = { "apple", "pear", "bits" };

	return i < 3 ? names[i] : NULL;
}

Test(base, nearest_name_suggests_or_not)
{
	cr_assert_str_eq(nearest_name("bots", fruit), "bits");
	cr_assert_str_eq(nearest_name("aple", fruit), "apple");
	cr_assert_null(nearest_name("zebra", fruit));
}

/* As a shell reads it: only characters without a meaning stand bare, a quote leaves and returns. */
Test(base, arguments_are_quoted)
{
	static const char *const cases[][2] = {
		{"a/b-c_d.1=2:3,4+5@6%", "a/b-c_d.1=2:3,4+5@6%"},
		{ "",                    "''"                  },
		{ "a b",                 "'a b'"               },
		{ "it's",                "'it'\\''s'"          },
		{ "$(x)",                "'$(x)'"              },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = { 0 };

		text_add_argument(&t, cases[i][0]);
		cr_assert_str_eq(text_str(&t), cases[i][1]);
		text_release(&t);
	}
}

Test(base, errors_wrap_and_stay_on_one_line)
{
	struct err e;
	char longer[2000];

	err_set(&e, ST_DATA, "bad\nthing \033[31m");
	err_wrap(&e, "file:%d", 3);
	cr_assert_str_eq(e.msg, "file:3: bad?thing ?[31m");
	cr_assert_eq(e.code, ST_DATA);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&e, ST_DATA, "%s", longer);
	err_wrap(&e, "%s", longer);
	cr_assert_lt(strlen(e.msg), sizeof(e.msg));
	cr_assert_eq(err_set(NULL, ST_ENV, "nobody listens"), ST_ENV);
}

/* Textbook value: 81 of 263 at 95 % gives 0.2553 .. 0.3662 (Newcombe, Stat. Med. 17, 1998, table
 * I).*/
Test(base, wilson_interval)
{
	struct interval i = stats_wilson(81, 263, 0.05);

	cr_assert_float_eq(i.low, 0.2553, 5e-5);
	cr_assert_float_eq(i.high, 0.3662, 5e-5);
	i = stats_wilson(0, 10, 0.05);
	cr_assert_eq(i.low, 0);
	cr_assert_float_eq(i.high, 0.2775, 5e-5); /* same table: 0 of 10 */
	i = stats_wilson(10, 10, 0.05);
	cr_assert_eq(i.high, 1);
}

/* By hand: 2 P(X <= 1), X binomial(6, 1/2) = 2 (1 + 6) / 64 = 0.21875. */
Test(base, mcnemar_exact)
{
	cr_assert_float_eq(stats_mcnemar(1, 5), 0.21875, 1e-12);
	cr_assert_float_eq(stats_mcnemar(5, 1), 0.21875, 1e-12);
	cr_assert_eq(stats_mcnemar(0, 0), 1);
	cr_assert_eq(stats_mcnemar(4, 4), 1);
}

/* n01 = 3, n10 = 13, n = 100: d = (3.5 - 13.5) / 102 = -0.098039; variance (17 - 100 / 102) / 102^2
 * = 0.00153975; half width 1.959964 * 0.0392396 = 0.0769083. */
Test(base, paired_interval)
{
	struct interval i = stats_paired(3, 13, 100, 0.05);

	cr_assert_float_eq(i.low, -0.098039 - 0.076908, 2e-6);
	cr_assert_float_eq(i.high, -0.098039 + 0.076908, 2e-6);
}

static void temp_path(char out[64])
{
	snprintf(out, 64, "/tmp/hcbench-base-%ld", (long)getpid());
}

Test(base, files_are_replaced_whole_and_gunzipped)
{
	struct arena a = { 0 };
	struct span s;
	struct err e;
	char path[64];
	gzFile z;

	temp_path(path);
	cr_assert_eq(file_write(path, "hello", 5, &e), ST_OK);
	cr_assert_eq(file_read(&a, path, 100, &s, &e), ST_OK);
	cr_assert(s.n == 5 && !memcmp(s.p, "hello", 6));
	cr_assert_eq(file_read(&a, path, 4, &s, &e), ST_DATA);
	z = gzopen(path, "wb");
	for (int i = 0; i < 100000; i++)
		gzputs(z, "0123456789");
	gzclose(z);
	cr_assert_eq(file_read(&a, path, 10000000, &s, &e), ST_OK);
	cr_assert_eq(s.n, 1000000);
	cr_assert_eq(truncate(path, 200), 0);
	cr_assert_eq(file_read(&a, path, 10000000, &s, &e), ST_DATA);
	unlink(path);
	cr_assert_eq(file_read(&a, path, 100, &s, &e), ST_ENV);
	cr_assert_not_null(strstr(e.msg, path));
	cr_assert_eq(file_write("/nonexistent/dir/x", "a", 1, &e), ST_ENV);
	cr_assert_eq(file_mkdirs("", &e), ST_ENV);
	cr_assert_eq(file_mkdirs("/tmp", &e), ST_OK);
	cr_assert_eq(file_write(path, "x", 1, &e), ST_OK);
	cr_assert_eq(file_mkdirs(path, &e), ST_ENV); /* a file, no folder */
	unlink(path);
	arena_release(&a);
}

/* A rename would replace the pipe, as root even a device. */
Test(base, only_plain_files_are_replaced)
{
	struct err e;
	struct stat st;
	char path[64];

	temp_path(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(file_write(path, "x", 1, &e), ST_ENV);
	cr_assert_not_null(strstr(e.msg, "plain file"));
	cr_assert(!stat(path, &st) && S_ISFIFO(st.st_mode));
	unlink(path);
	cr_assert_eq(file_write("/tmp", "x", 1, &e), ST_ENV);
	cr_assert_not_null(strstr(e.msg, "folder"));
}

/* n bytes of the alphabet, which the length of the alphabet does not divide, as one gzip member. */
static void add_gzip(const char *path, const char *mode, size_t n)
{
	gzFile z = gzopen(path, mode);

	for (size_t i = 0; i < n; i++)
		gzputc(z, 'a' + (int)(i % 26));
	gzclose(z);
}

/* Members one after another, of which the last four bytes know only the last; sizes that lie, by
 * too little and too much. */
Test(base, gzip_of_any_declared_size)
{
	static const size_t sizes[][2] = {
		{300000, 5     },
                { 5,     300000},
                { 65536, 0     },
                { 1,     1     }
	};
	struct arena a = { 0 };
	struct span s;
	struct err e;
	char path[64];

	temp_path(path);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const size_t n = sizes[i][0] + sizes[i][1];
		const char *p;

		add_gzip(path, "wb", sizes[i][0]);
		add_gzip(path, "ab", sizes[i][1]);
		cr_assert_eq(file_read(&a, path, n, &s, &e), ST_OK, "%s", e.msg);
		p = s.p;
		cr_assert_eq(s.n, n);
		cr_assert_eq(p[n], '\0');
		cr_assert_eq(p[0], 'a');
		for (size_t j = 0; j < n; j++)
			cr_assert_eq(p[j],
			             'a' + (int)((j < sizes[i][0] ? j : j - sizes[i][0]) % 26));
		cr_assert_eq(file_read(&a, path, n - 1, &s, &e), ST_DATA);
		cr_assert_not_null(strstr(e.msg, "holds more than"), "%s", e.msg);
	}
	for (unsigned lie = 0; lie < 256; lie += 85) {
		FILE *f;

		add_gzip(path, "wb0", 100000);
		f = fopen(path, "r+b");
		fseek(f, -3, SEEK_END);
		fputc((int)lie, f); /* 100000 is 0x186a0 */
		fclose(f);
		cr_assert_eq(file_read(&a, path, 1 << 20, &s, &e), ST_DATA);
		cr_assert_not_null(strstr(e.msg, "damaged gzip data"), "%s", e.msg);
	}
	unlink(path);
	arena_release(&a);
}

Test(base, files_from_a_pipe)
{
	struct arena a = { 0 };
	struct span s;
	struct err e;
	char path[64];
	int end[2];

	for (size_t n = 0; n < 60000; n += 29999) {
		cr_assert_eq(pipe(end), 0);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(write(end[1], "x", 1), 1);
		close(end[1]);
		snprintf(path, sizeof(path), "/dev/fd/%d", end[0]);
		cr_assert_eq(file_read(&a, path, n, &s, &e), ST_OK, "%s", e.msg);
		cr_assert_eq(s.n, n);
		close(end[0]);
	}
	arena_release(&a);
}

/* The check value that every catalogue of CRCs gives for "123456789". */
Test(base, crc32_check_value)
{
	cr_assert_eq(crc32_of(0, "123456789", 9), 0xcbf43926u);
	cr_assert_eq(crc32_of(crc32_of(0, "1234", 4), "56789", 5), 0xcbf43926u);
	cr_assert_eq(crc32_of(7, NULL, 0), 7);
}

/* In pieces, patched, and there only when finished. */
Test(base, files_appear_when_finished)
{
	struct file_out o;
	struct arena a = { 0 };
	struct span s;
	struct err e;
	char path[64];

	temp_path(path);
	unlink(path);
	cr_assert_eq(file_out_open(&o, path, &e), ST_OK);
	file_out_put(&o, "....", 4);
	file_out_put(&o, "efgh", 4);
	file_out_patch(&o, 0, "abcd", 4);
	file_out_put(&o, "i", 1);
	cr_assert_eq(o.n, 9);
	cr_assert_not(file_exists(path));
	cr_assert_eq(file_out_finish(&o, &e), ST_OK);
	cr_assert_eq(file_read(&a, path, 100, &s, &e), ST_OK);
	cr_assert(s.n == 9 && !memcmp(s.p, "abcdefghi", 9));
	cr_assert_eq(file_out_open(&o, path, &e), ST_OK);
	file_out_put(&o, "other", 5);
	file_out_drop(&o);
	file_out_drop(&o);
	cr_assert_eq(file_read(&a, path, 100, &s, &e), ST_OK);
	cr_assert_eq(s.n, 9);
	unlink(path);
	cr_assert_eq(file_out_open(&o, "/nonexistent/dir/x", &e), ST_ENV);
	arena_release(&a);
}
