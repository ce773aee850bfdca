/* Who may write, and what a reader sees meanwhile. */
#include "store_rows.h"

#include "store/internal.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A child whose assertion fails must not keep the run waiting. */
enum { CHILD_SECONDS = 60 };

/* A reader sees whole groups of 64 points, each with all its layers, and the rest after a flush. */
Test(store, commits_in_groups)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db), *reader;
	struct err err = { 0 };
	struct row_sink sink = store_sink(s);

	for (int i = 0; i < 130; i++) {
		struct sample x = sample_numbered(i);
		struct layer_row layer = sample_layer(&x, 0, i);

		OK(put_sample(s, &x, &err));
		OK(sink.layer(sink.arg, &layer, &err));
	}
	OK(store_open(&reader, t.db, STORE_READ, &err));
	cr_assert_eq(query_int(reader, "SELECT count(*) FROM point"), 128);
	cr_assert_eq(query_int(reader, "SELECT count(*) FROM layer"), 128);
	OK(store_flush(s, &err));
	cr_assert_eq(query_int(reader, "SELECT count(*) FROM layer"), 130);
	OK(store_close(s, &err));
	cr_assert_eq(query_int(reader, "SELECT count(*) FROM layer"), 130);
	OK(store_close(reader, &err));
	cr_assert_eq(stored(t.db), 130);
	scratch_remove(&t);
}

/* Starts a process that puts n points, says so, and sleeps on the open database. */
static pid_t start_writer(const char *db, int n)
{
	int fd[2];
	pid_t pid;
	char c;

	cr_assert_eq(pipe(fd), 0);
	pid = fork();
	cr_assert_neq(pid, -1);
	if (pid == 0) {
		struct store *s;
		struct err e;

		alarm(CHILD_SECONDS);
		s = store_with_facts(db);
		for (int i = 0; i < n; i++) {
			struct sample x = sample_numbered(i);

			if (put_sample(s, &x, &e))
				_exit(1);
		}
		if (write(fd[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fd[1]);
	cr_assert_eq(read(fd[0], &c, 1), 1);
	close(fd[0]);
	return pid;
}

Test(store, one_writer_and_kill)
{
	struct scratch t = scratch_make();
	pid_t pid = start_writer(t.db, 64 + 10);
	struct store *s;
	struct err err = { 0 };
	char holder[32];

	cr_assert_eq(store_open(&s, t.db, STORE_WRITE, &err), ST_ENV);
	snprintf(holder, sizeof(holder), "process %ld on", (long)pid);
	cr_assert_not_null(strstr(err.msg, holder), "%s", err.msg);
	cr_assert_eq(stored(t.db), 64, "readers are welcome");
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	/* The lock file lies there still, with nobody behind it. */
	s = store_with_facts(t.db);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM point"), 64);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM runs WHERE status IS NULL"), 2);
	for (int i = 0; i < 74; i++) {
		struct sample x = sample_numbered(i);

		OK(put_sample(s, &x, &err));
	}
	OK(store_close(s, &err));
	cr_assert_eq(stored(t.db), 74);
	cr_assert_eq(scratch_files(&t), 1);
	scratch_remove(&t);
}

/* Two names of one file share one lock. */
Test(store, links_share_the_lock)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db), *other;
	struct err err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/link.db", t.dir);
	cr_assert_eq(symlink("t.db", path), 0);
	cr_assert_eq(store_open(&other, path, STORE_WRITE, &err), ST_ENV);
	cr_assert_not_null(strstr(err.msg, "in use"), "%s", err.msg);
	OK(store_close(s, &err));
	scratch_remove(&t);
}
