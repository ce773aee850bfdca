/* Arenas in temporary files: what is in them, what of it is in memory, and what happens when there
 * is no room. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/file.h"
#include "resident.h"

enum { MIB = 1 << 20 };

static uint8_t expected(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 24);
}

static uint8_t *filled(struct arena *a, size_t n)
{
	uint8_t *p = arena_alloc(a, n, 1);

	cr_assert_not_null(p);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(p[i], 0);
		p[i] = expected(i);
	}
	return p;
}

static void check(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(p[i], expected(i), "byte %zu", i);
}

/* 8 blocks of 3 MiB and small ones in between; after a rest all is there, and nothing in memory. */
Test(base_paged, rest_takes_it_out_of_memory_and_keeps_it)
{
	struct arena a = { .paged = true };
	uint8_t *large[8], *small[8];
	size_t before, after;

	for (size_t i = 0; i < 8; i++) {
		large[i] = filled(&a, 3 * MIB);
		small[i] = filled(&a, 100);
	}
	for (size_t i = 0; i < 8; i++) {
		if (!resident(large[i], 3 * MIB, &before))
			cr_skip_test("/proc/self/pagemap cannot be read");
		cr_assert_geq(before, 3 * MIB);
	}
	arena_rest(&a, large[4], 3 * MIB);
	cr_assert(resident(large[4], 3 * MIB, &after));
	cr_assert_leq(after, 4096, "what is before and behind it may share a page");
	arena_rest_all(&a);
	for (size_t i = 2; i < 8; i++) {
		cr_assert(resident(large[i], 3 * MIB, &after));
		cr_assert_eq(after, 0);
	}
	for (size_t i = 0; i < 8; i++) {
		check(large[i], 3 * MIB);
		check(small[i], 100);
	}
	arena_release(&a);
}

/* In plain memory madvise() would forget it. */
Test(base_paged, rest_does_nothing_to_other_memory)
{
	struct arena a = { 0 }, paged = { .paged = true };
	uint8_t *p = filled(&a, 3 * MIB), *q = filled(&paged, 3 * MIB);

	filled(&paged, 6 * MIB);
	arena_rest_all(&a);
	arena_rest(&a, p, 3 * MIB);
	arena_rest(&paged, p, 3 * MIB);
	arena_rest(&paged, q, 3 * MIB); /* the first megabytes are plain memory */
	arena_rest_all(&paged);
	check(p, 3 * MIB);
	check(q, 3 * MIB);
	arena_release(&a);
	arena_release(&paged);
}

/* Moved down by 1 to 3 bytes, as weights are to where floats are aligned, in both kinds of memory.
 */
Test(base_paged, store_moves_down)
{
	for (int paged = 0; paged < 2; paged++)
		for (size_t by = 1; by < 4; by++) {
			struct arena a = { .paged = paged };
			uint8_t *p = filled(&a, 5 * MIB);

			cr_assert(arena_store(&a, p, p + by, 5 * MIB - by));
			for (size_t i = 0; i < 5 * MIB - by; i++)
				cr_assert_eq(p[i], expected(i + by), "byte %zu by %zu", i, by);
			arena_release(&a);
		}
}

static const char *write_file(bool gzip, size_t n)
{
	static char path[] = "/tmp/hcbench-paged-XXXXXX";
	uint8_t *p = malloc(n + 1);
	gzFile f;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	close(mkstemp(path));
	f = gzopen(path, gzip ? "wb1" : "wbT");
	for (size_t i = 0; i < n; i++)
		p[i] = expected(i);
	cr_assert_eq(gzwrite(f, p, (unsigned)n), (int)n);
	gzclose(f);
	free(p);
	return path;
}

/* Sizes around a piece. */
Test(base_paged, files_are_read_as_without)
{
	static const size_t sizes[] = { 0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 3 };
	struct err e;

	for (int gzip = 0; gzip < 2; gzip++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			const char *path = write_file(gzip, sizes[i]);
			struct arena a = { .paged = true };
			struct span s;

			cr_assert_eq(file_read(&a, path, sizes[i], &s, &e), ST_OK, "%s", e.msg);
			cr_assert_eq(s.n, sizes[i]);
			check(s.p, s.n);
			cr_assert_eq(((const char *)s.p)[s.n], 0);
			arena_release(&a);
			a.paged = true;
			cr_assert_eq(sizes[i] ? file_read(&a, path, sizes[i] - 1, &s, &e) : ST_DATA,
			             ST_DATA, "more than allowed");
			arena_release(&a);
			unlink(path);
		}
}

Test(base_paged, damaged_gzip_is_refused)
{
	const char *path = write_file(true, 5 * MIB);
	struct arena a = { .paged = true };
	struct span s;
	struct err e;

	cr_assert_eq(truncate(path, MIB / 64), 0);
	cr_assert_eq(file_read(&a, path, 8 * MIB, &s, &e), ST_DATA);
	cr_assert(strstr(e.msg, "fetch it again"), "%s", e.msg);
	arena_release(&a);
	unlink(path);
}

static void expect_failure(const char *path, const char *why)
{
	struct arena a = { .paged = true }, b = { .paged = true };
	struct span s;
	struct err e;

	cr_assert_eq(file_read(&a, path, 8 * MIB, &s, &e), ST_ENV);
	cr_assert(strstr(e.msg, "cannot write a temporary file in ") && strstr(e.msg, why), "%s",
	          e.msg);
	cr_assert(strstr(e.msg, "set TMPDIR"), "%s", e.msg);
	arena_release(&a);
	cr_assert_not_null(arena_alloc(&b, 3 * MIB, 1), "the first megabytes need no file");
	cr_assert_null(arena_alloc(&b, 3 * MIB, 1));
	cr_assert_eq(arena_explain(&b, err_nomem(&e), &e), ST_ENV);
	cr_assert(strstr(e.msg, why), "%s", e.msg);
	arena_release(&b);
	unlink(path);
}

Test(base_paged, a_folder_that_cannot_be_written)
{
	const char *path = write_file(false, 5 * MIB);

	setenv("TMPDIR", "/proc/none", 1);
	expect_failure(path, "/proc/none: ");
}

/* A limit on the size of files stands for a full disk: it too is met while the file grows. */
Test(base_paged, a_full_disk)
{
	const char *path = write_file(false, 5 * MIB);
	const struct rlimit two = { 2 * MIB, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &two), 0);
	expect_failure(path, "too large");
}
