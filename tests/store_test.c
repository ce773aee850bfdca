#include "store_rows.h"

#include "store/internal.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A child whose assertion fails must not keep the run waiting. */
enum { CHILD_SECONDS = 60 };

static const char hostile[] = "'; DROP TABLE point; -- \"%s%n` \n\t\\ \xc3\xa9";

static void check_cell(const struct field *f, const void *row, const struct cell *c)
{
	const char *at = (const char *)row + f->offset;
	int64_t whole;
	double real;

	switch (f->type) {
	case FIELD_INT:
		memcpy(&whole, at, sizeof(whole));
		cr_assert(whole == ROW_NO_INT ? c->type == CELL_NULL
		                              : c->type == CELL_INT && c->i == whole,
		          "%s", f->name);
		break;
	case FIELD_REAL:
		memcpy(&real, at, sizeof(real));
		cr_assert(isnan(real) ? c->type == CELL_NULL : c->type == CELL_REAL && c->r == real,
		          "%s", f->name);
		break;
	case FIELD_TEXT:
		cr_assert(*at ? c->type == CELL_TEXT && !strcmp(c->t, at) : c->type == CELL_NULL,
		          "%s", f->name);
		break;
	}
}

/* Every field of a struct equals the column of the same name in the one row of a query. */
static void check_fields(struct store *s, const char *sql, const struct field *f, size_t n,
                         const void *row)
{
	struct err err = { 0 };
	struct table t;

	OK(store_query(s, sql, NULL, 0, &t, &err));
	cr_assert_eq(t.n_rows, 1, "%s", sql);
	for (size_t i = 0; i < n; i++) {
		size_t column = table_column(&t, f[i].name);

		cr_assert_neq(column, t.n_columns, "%s", f[i].name);
		check_cell(&f[i], row, table_cell(&t, 0, column));
	}
	table_release(&t);
}

static void check_axes(struct store *s, const struct point *p)
{
	struct err err = { 0 };
	struct table t;

	OK(store_query(s, "SELECT * FROM results LIMIT 1", NULL, 0, &t, &err));
	for (size_t i = 0; i < n_axes; i++) {
		const struct cell *c = table_cell(&t, 0, table_column(&t, axes[i].column));
		char want[POINT_NAME], got[POINT_NAME];

		axes[i].format(p, want, sizeof(want));
		cr_assert_eq(c->type, axes[i].integer ? CELL_INT : CELL_TEXT, "%s", axes[i].name);
		snprintf(got, sizeof(got), "%lld", (long long)c->i);
		cr_assert_str_eq(c->type == CELL_INT ? got : c->t, want, "%s", axes[i].name);
	}
	table_release(&t);
}

static bool same_row(const struct field *f, size_t n, const void *a, const void *b)
{
	for (size_t i = 0; i < n; i++) {
		const char *x = (const char *)a + f[i].offset, *y = (const char *)b + f[i].offset;
		double p, q;

		if (f[i].type == FIELD_TEXT && strcmp(x, y))
			return false;
		if (f[i].type == FIELD_INT && memcmp(x, y, sizeof(int64_t)))
			return false;
		memcpy(&p, x, sizeof(p));
		memcpy(&q, y, sizeof(q));
		if (f[i].type == FIELD_REAL && p != q && !(isnan(p) && isnan(q)))
			return false;
	}
	return true;
}

Test(store, round_trip)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none bits=5 trim=3 clip=12 group=4", 1);
	struct energy_row energy = sample_energy(&x, "t1", 3);
	struct layer_row layer = sample_layer(&x, 1, 4);
	struct row_sink sink = store_sink(s);
	struct err err = { 0 };
	struct lossy_row lossy;
	struct point_row point;

	snprintf(x.point.decoder_note, sizeof(x.point.decoder_note), "%s", hostile);
	snprintf(energy.energy_note, sizeof(energy.energy_note), "%s", hostile);
	memset(x.point.reason, 'x', sizeof(x.point.reason) - 1);
	x.point.macs = INT64_MAX;
	x.point.codes = -1;
	x.point.decode_cycles = ROW_NO_INT;
	x.point.weights_per_cycle = ROW_NO_REAL;
	x.lossy.top5 = 1e-300;
	x.lossy.mcnemar_p = ROW_NO_REAL;
	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &energy, &err));
	OK(sink.layer(sink.arg, &layer, &err));
	for (int pass = 0; pass < 2; pass++) {
		OK(store_find_lossy(s, x.lossy.lossy_key, &lossy, &err));
		cr_assert(same_row(lossy_fields, n_lossy_fields, &lossy, &x.lossy));
		OK(store_find_point(s, x.point.key, &point, &err));
		cr_assert(same_row(point_fields, n_point_fields, &point, &x.point));
		check_fields(s, "SELECT * FROM accuracy", lossy_fields, n_lossy_fields, &x.lossy);
		check_fields(s, "SELECT * FROM points", point_fields, n_point_fields, &x.point);
		check_fields(s, "SELECT * FROM results", energy_fields, n_energy_fields, &energy);
		check_fields(s, "SELECT * FROM layers", layer_fields, n_layer_fields, &layer);
		check_axes(s, &x.p);
		cr_assert_eq(store_find_point(s, x.lossy.lossy_key, &point, &err), ST_SKIP);
		cr_assert_eq(store_find_lossy(s, x.point.key, &lossy, &err), ST_SKIP);
		OK(store_close(s, &err));
		OK(store_open(&s, t.db, STORE_READ, &err));
	}
	OK(store_close(s, &err));
	cr_assert_eq(scratch_files(&t), 1, "a closed database is one file");
	scratch_remove(&t);
}

Test(store, missing_values_are_null)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none", 1), y = x;
	struct err err = { 0 };
	struct point_row point;
	struct lossy_row lossy;

	set_missing(lossy_fields, n_lossy_fields, &y.lossy);
	set_missing(point_fields, n_point_fields, &y.point);
	memcpy(y.lossy.lossy_key, x.lossy.lossy_key, DIGEST_HEX);
	memcpy(y.lossy.lossy, x.lossy.lossy, sizeof(y.lossy.lossy));
	memcpy(y.point.key, x.point.key, DIGEST_HEX);
	memcpy(y.point.lossy_key, x.lossy.lossy_key, DIGEST_HEX);
	memcpy(y.point.point, x.point.point, sizeof(y.point.point));
	strcpy(y.point.status, "failed");
	OK(put_sample(s, &y, &err));
	check_fields(s, "SELECT * FROM points", point_fields, n_point_fields, &y.point);
	check_fields(s, "SELECT * FROM points", lossy_fields, n_lossy_fields, &y.lossy);
	OK(store_find_point(s, y.point.key, &point, &err));
	cr_assert(same_row(point_fields, n_point_fields, &point, &y.point));
	OK(store_find_lossy(s, y.lossy.lossy_key, &lossy, &err));
	cr_assert(same_row(lossy_fields, n_lossy_fields, &lossy, &y.lossy));
	cr_assert_eq(query_int(s, "SELECT count(*) FROM results"), 0);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM failures WHERE model = 'm'"), 1);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* What must not be stored, each in a fresh session after one good point. */
enum bad { BAD_INF, BAD_NAN, BAD_KEY, BAD_STATUS, BAD_MODEL, BAD_LOSSY, BAD_RUN, BAD_LAYER, N_BAD };

static enum status put_bad(struct store *s, enum bad bad, struct err *e)
{
	struct sample x = sample_make("model=m data=none bits=4", 2);
	struct row_sink sink = store_sink(s);
	struct layer_row layer = sample_layer(&x, 0, 1);

	switch (bad) {
	case BAD_INF:
		x.lossy.weight_rmse = (double)INFINITY;
		break;
	case BAD_NAN:
		x.point.bits_per_weight = ROW_NO_REAL;
		break;
	case BAD_KEY:
		x.point.key[5] = 'G';
		break;
	case BAD_STATUS:
		strcpy(x.point.status, "fine");
		break;
	case BAD_MODEL:
		strcpy(x.p.model, "unknown");
		break;
	case BAD_LOSSY:
		return sink.point(sink.arg, &x.point, &x.p, e);
	case BAD_LAYER:
		return sink.layer(sink.arg, &layer, e);
	case BAD_RUN:
	case N_BAD:
		break;
	}
	return put_sample(s, &x, e);
}

Test(store, refuses_what_is_not_a_result)
{
	struct scratch t = scratch_make();
	struct err err = { 0 };
	struct store *s = store_with_facts(t.db);
	struct sample good = sample_make("model=m data=none", 1), later = good;

	OK(put_sample(s, &good, &err));
	OK(store_close(s, &err));
	for (enum bad bad = 0; bad < N_BAD; bad++) {
		if (bad == BAD_RUN) {
			OK(store_open(&s, t.db, STORE_WRITE, &err));
			OK(put_model(s, "m", &err));
		} else {
			s = store_with_facts(t.db);
		}
		err.msg[0] = '\0';
		cr_assert_eq(put_bad(s, bad, &err), ST_INTERNAL, "case %d", bad);
		cr_assert_neq(err.msg[0], '\0');
		cr_assert_eq(put_sample(s, &later, &err), ST_INTERNAL, "nothing is written after");
		if (bad != BAD_RUN)
			OK(store_end_run(s, "failed", "2026-01-01T00:00:00Z", &err));
		OK(store_close(s, &err));
	}
	OK(store_open(&s, t.db, STORE_READ, &err));
	cr_assert_eq(query_int(s, "SELECT count(*) FROM point"), 1);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM lossy"), 1);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM runs WHERE status = 'failed'"), N_BAD - 1);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

static void count_key(void *arg, const char *key, const char *status)
{
	unsigned *n = arg;

	cr_assert_eq(strlen(key), DIGEST_HEX - 1);
	n[0]++;
	n[1] += !strcmp(status, "ok");
}

static void count_point(void *arg, const struct point_row *r)
{
	(void)r;
	++*(unsigned *)arg;
}

Test(store, same_key_same_row)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none", 1), other = x;
	struct energy_row e1 = sample_energy(&x, "t1", 1), e2 = sample_energy(&x, "t2", 2);
	struct layer_row layer = sample_layer(&x, 0, 5);
	struct row_sink sink = store_sink(s);
	struct err err = { 0 };
	struct point_row got;
	unsigned keys[2] = { 0, 0 };

	strcpy(x.point.status, "failed");
	OK(put_sample(s, &x, &err));
	OK(sink.layer(sink.arg, &layer, &err));
	strcpy(x.point.status, "ok");
	OK(put_sample(s, &x, &err)); /* replaces the failure and its layers */
	cr_assert_eq(query_int(s, "SELECT count(*) FROM layer"), 0);
	OK(sink.energy(sink.arg, &e1, &err));
	other.point.compressed_bits = 1;
	other.lossy.zeros = 1;
	OK(put_sample(s, &other, &err)); /* changes nothing */
	e1.energy_pj = 1;
	OK(sink.energy(sink.arg, &e1, &err));
	OK(store_find_point(s, x.point.key, &got, &err));
	cr_assert(same_row(point_fields, n_point_fields, &got, &x.point));
	cr_assert_eq(query_int(s, "SELECT energy_pj = 1 FROM energy"), 0);
	cr_assert_eq(query_int(s, "SELECT zeros = 1 FROM lossy"), 0);
	OK(sink.energy(sink.arg, &e2, &err)); /* but more prices are welcome */
	cr_assert_eq(query_int(s, "SELECT count(*) FROM results"), 2);
	OK(store_keys(s, count_key, keys, &err));
	cr_assert(keys[0] == 1 && keys[1] == 1);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

Test(store, facts)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none", 1);
	struct energy_row e1 = sample_energy(&x, "t1", 1), e2 = sample_energy(&x, "t2", 2);
	struct row_sink sink = store_sink(s);
	const struct model_info retrained = { .name = "m", .path = "", .digest = { { 8 } } };
	const struct digest d = { { 1 } };
	const int32_t value[] = { -3, 0, 7 };
	const int64_t count[] = { 5, 20, 5 };
	struct err err = { 0 };
	char *name = malloc(4097);
	unsigned n = 0;

	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &e1, &err));
	OK(sink.energy(sink.arg, &e2, &err));
	for (int twice = 0; twice < 2; twice++) {
		OK(store_put_dataset(s, "mnist", &d, 10000, &err));
		OK(put_model(s, "m", &err));
		OK(store_put_histogram(s, x.lossy.lossy_key, value, count, 3, &err));
	}
	cr_assert_eq(query_int(s, "SELECT kernels FROM models"), 2);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM dataset"), 1);
	cr_assert_eq(query_int(s, "SELECT sum(value * count) FROM histogram"), 20);
	OK(store_put_model(s, &retrained, NULL, 0, &err));
	cr_assert_eq(query_int(s, "SELECT count(*) FROM models WHERE model = 'm'"), 2);
	cr_assert_eq(query_int(s, "SELECT path IS NULL FROM models WHERE kernels = 0"), 1);

	cr_assert_not_null(name);
	memset(name, '\'', 4096);
	name[4096] = '\0';
	OK(put_model(s, name, &err));
	OK(store_put_technology(s, hostile, &d, name, &err));
	cr_assert_eq(query_int(s, "SELECT max(length(model)) FROM models"), 4096);
	cr_assert_eq(query_int(s, "SELECT max(length(csv)) FROM technology"), 4096);
	free(name);

	OK(store_unpriced(s, "t1", count_point, &n, &err));
	cr_assert_eq(n, 0);
	OK(store_put_technology(s, "t1", &d, "action,pj\nmac,1\n", &err)); /* new prices */
	OK(store_unpriced(s, "t1", count_point, &n, &err));
	cr_assert_eq(n, 1);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM energy"), 1);
	OK(sink.energy(sink.arg, &e1, &err));
	OK(store_unpriced(s, hostile, count_point, &n, &err));
	cr_assert_eq(n, 2);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

static unsigned stored(const char *db)
{
	struct err err = { 0 };
	unsigned n[2] = { 0, 0 };
	struct store *s;

	OK(store_open(&s, db, STORE_READ, &err));
	OK(store_keys(s, count_key, n, &err));
	OK(store_close(s, &err));
	return n[0];
}

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
