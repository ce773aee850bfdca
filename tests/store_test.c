#include "store_rows.h"

#include "store/internal.h"

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
