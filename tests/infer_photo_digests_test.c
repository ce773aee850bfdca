/* The list of digests: equal to what the files hold, used while nothing changed, and never trusted
 * when something did. */
#include "base/file.h"
#include "infer/photo_digests.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 3 };

static char scratch[64], list[512];
static const char *path[N];
static struct arena arena;

static void put(const char *file, const void *p, size_t n)
{
	struct err e = { 0 };

	cr_assert(!file_write(file, p, n, &e), "%s", e.msg);
}

static void setup(void)
{
	char hex[DIGEST_HEX], *full;
	struct digest d;
	const char *dir;

	strcpy(scratch, "/tmp/hcbench-digests-XXXXXX");
	cr_assert_not_null(mkdtemp(scratch));
	cr_assert(!setenv("XDG_CACHE_HOME", scratch, 1));
	dir = arena_printf(&arena, "%s/set", scratch);
	cr_assert(!file_mkdirs(dir, NULL));
	for (size_t i = 0; i < N; i++) {
		path[i] = arena_printf(&arena, "%s/set/photo %zu", scratch, N - i);
		put(path[i], &"abcdef"[i], 3);
	}
	full = realpath(dir, NULL);
	d = digest_of_text(full);
	digest_hex(&d, hex);
	snprintf(list, sizeof(list), "%s/hcbench/photos/%s", scratch, hex);
	free(full);
}

static void teardown(void)
{
	char command[96];

	arena_release(&arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	cr_assert_eq(system(command), 0);
}

TestSuite(infer_photo_digests, .init = setup, .fini = teardown);

/* Asks for the digests and compares them with the content of the files, but for `lie`, which is
 * expected to come from the list. */
static void check(size_t lie)
{
	const char *dir = arena_printf(&arena, "%s/set", scratch);
	struct digest got[N], want;
	struct err e = { 0 };
	struct span file;

	cr_assert(!photo_digests(&arena, dir, path, N, got, &e), "%s", e.msg);
	for (size_t i = 0; i < N; i++) {
		cr_assert(!file_read(&arena, path[i], 1 << 20, &file, &e), "%s", e.msg);
		want = digest_of(&file, 1);
		cr_expect_eq(memcmp(&got[i], &want, sizeof(want)) != 0, i == lie, "%s", path[i]);
	}
}

/* As if the list had been written some seconds later than it was. */
static void age(int seconds)
{
	struct timespec t[2];
	struct stat st;

	cr_assert(!stat(path[0], &st));
	t[0] = t[1] = st.st_ctim;
	t[1].tv_sec += seconds;
	cr_assert(!utimensat(AT_FDCWD, list, t, 0));
}

/* Changes the first digit of the digest in the line of photo i, and makes the list whole again. */
static void lie_about(size_t i)
{
	const char *name = strrchr(path[i], '/') + 1;
	char hex[DIGEST_HEX], *text, *line;
	struct digest d;
	struct span file;

	cr_assert(!file_read(&arena, list, 1 << 20, &file, NULL));
	text = arena_strndup(&arena, file.p, file.n);
	line = strstr(text, name);
	cr_assert_not_null(line);
	while (line[-1] != '\n')
		line--;
	*line = *line == '0' ? '1' : '0';
	d = digest_of(&(struct span){ text, file.n - 64 }, 1);
	digest_hex(&d, hex);
	memcpy(text + file.n - 64, hex, 64);
	put(list, text, file.n);
}

Test(infer_photo_digests, the_list_is_used_when_it_is_younger)
{
	check(N);
	lie_about(1);
	age(3600);
	check(1); /* from the list */
	age(1);
	check(N); /* too young to trust: read, and the list is made anew */
	age(3600);
	check(N);
}

Test(infer_photo_digests, changes_are_noticed)
{
	struct timespec t[2];
	struct stat st;

	check(N);
	age(3600);
	put(path[0], "longer", 6);
	check(N);
	age(3600);
	put(path[1], "xyz", 3); /* of the same size */
	check(N);
	age(3600);
	cr_assert(!stat(path[2], &st)); /* of the same size, in place, time set back */
	put(path[2], "uvw", 3);
	t[0] = st.st_atim;
	t[1] = st.st_mtim;
	cr_assert(!utimensat(AT_FDCWD, path[2], t, 0));
	check(N);
}

Test(infer_photo_digests, a_damaged_list_counts_as_absent)
{
	struct span file;
	char *text;

	check(N);
	lie_about(2);
	cr_assert(!file_read(&arena, list, 1 << 20, &file, NULL));
	text = arena_strndup(&arena, file.p, file.n);
	for (size_t at = 0; at < file.n; at += 11) {
		text[at] ^= 1;
		put(list, text, file.n);
		age(3600);
		check(N);
		text[at] ^= 1;
	}
	put(list, text, file.n);
	age(3600);
	check(2);
	for (size_t cut = 0; cut < file.n; cut += 41) {
		put(list, text, cut);
		age(3600);
		check(N);
	}
}

Test(infer_photo_digests, forgotten_missing_and_nowhere_to_write)
{
	const char *dir = arena_printf(&arena, "%s/set", scratch);
	struct digest got[N];
	struct err e = { 0 };

	check(N);
	cr_expect(file_exists(list));
	photo_digests_forget(dir);
	cr_expect_not(file_exists(list));
	cr_assert(!setenv("XDG_CACHE_HOME", "/dev/null/nowhere", 1));
	check(N);
	cr_assert(!unlink(path[1]));
	cr_expect_eq(photo_digests(&arena, dir, path, N, got, &e), ST_ENV);
	cr_expect(strstr(e.msg, path[1]), "%s", e.msg);
}
