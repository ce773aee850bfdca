/* Rows and scratch databases for the store's tests. */
#ifndef HCB_TESTS_STORE_ROWS_H
#define HCB_TESTS_STORE_ROWS_H

#include "base/file.h"
#include "base/text.h"
#include "store/store.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch {
	char dir[64], db[96];
};

static inline struct scratch scratch_make(void)
{
	struct scratch t;

	snprintf(t.dir, sizeof(t.dir), "/tmp/hcbench-store-XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	snprintf(t.db, sizeof(t.db), "%s/t.db", t.dir);
	return t;
}

static inline unsigned scratch_files(const struct scratch *t)
{
	unsigned n = 0;
	DIR *d = opendir(t->dir);

	cr_assert_not_null(d);
	for (struct dirent *f; (f = readdir(d));)
		n += f->d_name[0] != '.';
	closedir(d);
	return n;
}

static inline void scratch_remove(const struct scratch *t)
{
	DIR *d = opendir(t->dir);

	cr_assert_not_null(d);
	for (struct dirent *f; (f = readdir(d));)
		unlinkat(dirfd(d), f->d_name, 0);
	closedir(d);
	cr_assert_eq(rmdir(t->dir), 0);
}

#define PRICES "action,width_bits,capacity_bytes,energy_pj,source\ndram_bit,,,1,s\n"

#define OK(call)                                           \
	do {                                               \
		enum status ok_rc = (call);                \
		cr_assert_eq(ok_rc, ST_OK, "%s", err.msg); \
	} while (0)

static inline void set_missing(const struct field *f, size_t n, void *row)
{
	for (size_t i = 0; i < n; i++) {
		char *at = (char *)row + f[i].offset;
		int64_t none = ROW_NO_INT;
		double nan = ROW_NO_REAL;

		if (f[i].type == FIELD_INT)
			memcpy(at, &none, sizeof(none));
		else if (f[i].type == FIELD_REAL)
			memcpy(at, &nan, sizeof(nan));
		else
			at[0] = '\0';
	}
}

/* Distinct numbers in all fields; texts are left alone. */
static inline void set_numbers(const struct field *f, size_t n, void *row, int seed)
{
	for (size_t i = 0; i < n; i++) {
		char *at = (char *)row + f[i].offset;
		int64_t whole = 1000 * seed + (int64_t)i;
		double real = seed + (double)i / 7;

		if (f[i].type == FIELD_INT)
			memcpy(at, &whole, sizeof(whole));
		else if (f[i].type == FIELD_REAL)
			memcpy(at, &real, sizeof(real));
	}
}

/* A point, its lossy prefix, and their rows. */
struct sample {
	struct point p;
	struct lossy_row lossy;
	struct point_row point;
};

static inline struct sample sample_make(const char *line, int seed)
{
	static const struct digest content = { { 7 } };
	struct sample x = { 0 };
	struct err err = { 0 };
	struct digest d;

	OK(point_parse(&x.p, line, &err));
	set_numbers(lossy_fields, n_lossy_fields, &x.lossy, seed);
	set_numbers(point_fields, n_point_fields, &x.point, seed);
	point_lossy_text(&x.p, x.lossy.lossy);
	point_text(&x.p, x.point.point);
	d = point_key(x.lossy.lossy, &content, NULL);
	digest_hex(&d, x.lossy.lossy_key);
	memcpy(x.point.lossy_key, x.lossy.lossy_key, DIGEST_HEX);
	d = point_key(x.point.point, &content, NULL);
	digest_hex(&d, x.point.key);
	snprintf(x.point.status, sizeof(x.point.status), "ok");
	x.point.verified = 1;
	return x;
}

static inline struct sample sample_numbered(int i)
{
	char line[128];

	snprintf(line, sizeof(line), "model=m data=none bits=8 trim=%d group=%d", i / 64 % 64,
	         1 + i % 64);
	return sample_make(line, i + 1);
}

static inline struct energy_row sample_energy(const struct sample *x, const char *technology,
                                              int seed)
{
	struct energy_row r = { 0 };

	set_numbers(energy_fields, n_energy_fields, &r, seed);
	memcpy(r.key, x->point.key, DIGEST_HEX);
	snprintf(r.technology, sizeof(r.technology), "%s", technology);
	return r;
}

static inline struct layer_row sample_layer(const struct sample *x, int layer, int seed)
{
	struct layer_row r = { 0 };

	set_numbers(layer_fields, n_layer_fields, &r, seed);
	memcpy(r.key, x->point.key, DIGEST_HEX);
	r.layer = layer;
	return r;
}

static inline struct timing_row sample_timing(const struct sample *x, const char *operation,
                                              int sample, double seconds)
{
	struct timing_row r = { .sample = sample, .seconds = seconds, .timed_weights = 30 };

	memcpy(r.key, x->point.key, DIGEST_HEX);
	snprintf(r.operation, sizeof(r.operation), "%s", operation);
	return r;
}

static inline enum status put_model(struct store *s, const char *name, struct err *e)
{
	const struct model_info m = { .name = name,
		                      .path = "m.onnx",
		                      .digest = { { 7 } },
		                      .weights = 30,
		                      .other_params = 3 };
	const struct kernel_info k[] = {
		{.index = 0,  .layer = "conv",  .shape = "2x5", .weights = 10, .macs = 100},
		{ .index = 1, .layer = "dense", .shape = "4x5", .weights = 20, .macs = 20 },
	};

	return store_put_model(s, &m, k, 2, e);
}

/* An open database with a run, model "m" and technologies "t1" and "t2". */
static inline struct store *store_with_facts(const char *db)
{
	const struct run_info run = { .command = "hcbench test", .version = "0", .study = "" };
	const struct digest d = { { 9 } };
	struct err err = { 0 };
	struct store *s;

	OK(store_open(&s, db, STORE_WRITE, &err));
	OK(store_begin_run(s, &run, &err));
	OK(put_model(s, "m", &err));
	OK(store_put_technology(s, "t1", &d, PRICES, &err));
	OK(store_put_technology(s, "t2", &d, PRICES, &err));
	return s;
}

static inline enum status put_sample(struct store *s, const struct sample *x, struct err *e)
{
	struct row_sink sink = store_sink(s);
	enum status rc = sink.lossy(sink.arg, &x->lossy, &x->p, e);

	return rc ? rc : sink.point(sink.arg, &x->point, &x->p, e);
}

/* The integer that a query with one cell gives. */
static inline int64_t query_int(struct store *s, const char *sql)
{
	struct err err = { 0 };
	struct table t;
	int64_t n;

	OK(store_query(s, sql, NULL, 0, &t, &err));
	cr_assert(t.n_rows == 1 && t.n_columns == 1 && t.cell[0].type == CELL_INT, "%s", sql);
	n = t.cell[0].i;
	table_release(&t);
	return n;
}

static inline void count_key(void *arg, const char *key, const char *status)
{
	unsigned *n = arg;

	cr_assert_eq(strlen(key), DIGEST_HEX - 1);
	n[0]++;
	n[1] += !strcmp(status, "ok");
}

/* Points of a database, all of them ok or not. */
static inline unsigned stored(const char *db)
{
	struct err err = { 0 };
	unsigned n[2] = { 0, 0 };
	struct store *s;

	OK(store_open(&s, db, STORE_READ, &err));
	OK(store_keys(s, count_key, n, &err));
	OK(store_close(s, &err));
	return n[0];
}

#endif
