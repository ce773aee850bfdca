/* Files that are no store, and places that cannot hold one. */
#include "store_rows.h"

#include "store/internal.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A child whose assertion fails must not keep the run waiting. */
enum { CHILD_SECONDS = 60 };

static void write_bytes(const char *path, const void *p, size_t n)
{
	struct err err = { 0 };

	OK(file_write(path, p, n, &err));
}

/* Opening in both modes gives this status, one line, and leaves the folder as it is. */
static void check_refused(const struct scratch *t, const void *p, size_t n, enum status want,
                          const char *word)
{
	static const enum store_mode modes[] = { STORE_READ, STORE_WRITE };

	write_bytes(t->db, p, n);
	for (size_t i = 0; i < 2; i++) {
		struct arena a = { 0 };
		struct err err = { 0 };
		struct store *s;
		struct span after;

		cr_assert_eq(store_open(&s, t->db, modes[i], &err), want, "%s", err.msg);
		cr_assert_null(s);
		cr_assert_not_null(strstr(err.msg, word), "'%s' in '%s'", word, err.msg);
		cr_assert_not_null(strstr(err.msg, t->db));
		OK(file_read(&a, t->db, SIZE_MAX, &after, &err));
		cr_assert_eq(after.n, n);
		cr_assert_eq(n ? memcmp(after.p, p, n) : 0, 0);
		cr_assert_eq(scratch_files(t), 1);
		arena_release(&a);
	}
}

Test(store, refuses_other_files)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct arena a = { 0 };
	struct err err = { 0 };
	struct span good;
	unsigned char *bad;
	size_t page = 4096;

	for (int i = 0; i < 100; i++) {
		struct sample x = sample_numbered(i);

		OK(put_sample(s, &x, &err));
	}
	OK(store_close(s, &err));
	OK(file_read(&a, t.db, SIZE_MAX, &good, &err));
	cr_assert_gt(good.n, 20 * page);
	bad = malloc(good.n);
	cr_assert_not_null(bad);

	check_refused(&t, "results\n", 8, ST_DATA, "not an hcbench database");
	check_refused(&t, good.p, 50, ST_DATA, "not an hcbench database");
	for (size_t n = 100; n < good.n; n += good.n / 9)
		check_refused(&t, good.p, n, ST_DATA, "damaged");
	check_refused(&t, good.p, good.n - page, ST_DATA, "damaged");
	memcpy(bad, good.p, good.n);
	bad[63]++; /* user_version, big-endian at 60 */
	check_refused(&t, bad, good.n, ST_DATA, "newer");
	memcpy(bad, good.p, good.n);
	bad[68] ^= 1; /* application_id at 68 */
	check_refused(&t, bad, good.n, ST_DATA, "another program");
	memcpy(bad, good.p, good.n);
	memset(bad + good.n / 2 / page * page, 0xa5, page);
	check_refused(&t, bad, good.n, ST_DATA, "damaged");
	free(bad);
	arena_release(&a);
	scratch_remove(&t);
}

Test(store, places_that_cannot_hold_a_database)
{
	struct scratch t = scratch_make();
	char path[160];
	struct store *s;
	struct err err = { 0 };

	write_bytes(t.db, "", 0);
	cr_assert_eq(store_open(&s, t.db, STORE_READ, &err), ST_DATA);
	OK(store_open(&s, t.db, STORE_WRITE, &err)); /* an empty file is as good as none */
	OK(store_close(s, &err));
	cr_assert_eq(stored(t.db), 0);
	snprintf(path, sizeof(path), "%s/x.db", t.db);
	cr_assert_eq(store_open(&s, path, STORE_WRITE, &err), ST_ENV, "below a file");
	snprintf(path, sizeof(path), "%s/no/x.db", t.dir);
	cr_assert_eq(store_open(&s, path, STORE_WRITE, &err), ST_ENV, "folder missing");
	cr_assert_eq(store_open(&s, path, STORE_READ, &err), ST_ENV);
	cr_assert_eq(store_open(&s, t.dir, STORE_WRITE, &err), ST_ENV, "a folder");
	cr_assert_eq(store_open(&s, "", STORE_WRITE, &err), ST_USAGE);
	snprintf(path, sizeof(path), "%s/pipe", t.dir);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(store_open(&s, path, STORE_READ, &err), ST_ENV, "a pipe must not block");
	cr_assert_eq(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/none.db", t.dir);
	cr_assert_eq(store_open(&s, path, STORE_READ, &err), ST_ENV);
	cr_assert_not_null(strstr(err.msg, "hcbench sweep"));
	cr_assert_eq(scratch_files(&t), 1);
	scratch_remove(&t);
}

Test(store, read_only_folder)
{
	struct scratch t = scratch_make();
	struct store *s;
	struct err err = { 0 };

	if (geteuid() == 0) {
		scratch_remove(&t);
		cr_skip_test("permissions do not bind the superuser: run as another user");
	}
	OK(store_open(&s, t.db, STORE_WRITE, &err));
	OK(store_close(s, &err));
	cr_assert_eq(chmod(t.dir, 0555), 0);
	cr_assert_eq(store_open(&s, t.db, STORE_WRITE, &err), ST_ENV);
	cr_assert_eq(stored(t.db), 0);
	cr_assert_eq(chmod(t.dir, 0755), 0);
	cr_assert_eq(scratch_files(&t), 1);
	scratch_remove(&t);
}

/* Runs in a child: writes until the file size limit stops it. */
static int fill_up(const char *db, rlim_t limit, bool with_facts)
{
	const struct rlimit r = { limit, limit };
	struct err e = { 0 };
	enum status rc = ST_OK;
	struct store *s;

	alarm(CHILD_SECONDS);
	s = with_facts ? store_with_facts(db) : NULL;
	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &r))
		return 2;
	if (!s)
		return store_open(&s, db, STORE_WRITE, &e) == ST_ENV ? 0 : 3;
	for (int i = 0; !rc && i < 4096; i++) {
		struct sample x = sample_numbered(i);

		rc = put_sample(s, &x, &e);
	}
	if (rc != ST_ENV || !strstr(e.msg, db))
		return 4;
	if (store_flush(s, &e) != ST_ENV)
		return 5;
	store_close(s, NULL);
	return 0;
}

static int in_child(const char *db, rlim_t limit, bool with_facts)
{
	pid_t pid = fork();
	int status;

	cr_assert_neq(pid, -1);
	if (pid == 0)
		_exit(fill_up(db, limit, with_facts));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "status %d", status);
	return WEXITSTATUS(status);
}

Test(store, full_disk)
{
	struct scratch t = scratch_make();
	unsigned n;

	cr_assert_eq(in_child(t.db, 16384, false), 0);
	cr_assert_eq(scratch_files(&t), 0, "no half database");
	cr_assert_eq(in_child(t.db, 1 << 19, true), 0);
	n = stored(t.db);
	cr_assert(n > 0 && n % 64 == 0, "whole groups, got %u", n);
	scratch_remove(&t);
}

Test(store, knows_network_file_systems)
{
	cr_assert(store_fs_is_remote(0x6969));        /* NFS, statfs(2) */
	cr_assert(store_fs_is_remote(0xff534d42));    /* CIFS */
	cr_assert_not(store_fs_is_remote(0xef53));    /* ext4 */
	cr_assert_not(store_fs_is_remote(0x1021994)); /* tmpfs */
}
