#include "store_rows.h"

#include "store/internal.h"

static bool has(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static bool is_field(const struct field *f, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(f[i].name, name))
			return true;
	return false;
}

/* Which axes a table or view carries. */
enum carried { NO_AXES, LOSSY_AXES, OTHER_AXES, ALL_AXES };

static bool carries(enum carried c, bool lossy)
{
	return c == ALL_AXES || c == (lossy ? LOSSY_AXES : OTHER_AXES);
}

static bool is_axis(enum carried c, const char *name)
{
	for (size_t i = 0; i < n_axes; i++)
		if (!strcmp(axes[i].column, name))
			return carries(c, axes[i].lossy);
	return false;
}

/* A column's line stands under at least one comment line, inside the table's statement. */
static void check_comment(const char *table, const char *column)
{
	char at[96];
	const char *create, *line, *before;

	snprintf(at, sizeof(at), "CREATE TABLE %s (", table);
	create = strstr(store_schema_sql, at);
	cr_assert_not_null(create, "%s", table);
	snprintf(at, sizeof(at), "\n\t%s ", column);
	line = strstr(create, at);
	cr_assert(line && line < strstr(create, "\n)"), "%s.%s", table, column);
	for (before = line; before[-1] != '\n'; before--)
		;
	cr_assert_eq(strncmp(before, "\t-- ", 4), 0, "%s.%s has no comment", table, column);
}

/* Column names of a table, by a SELECT that gives no row. */
static struct table columns_of(struct store *s, const char *name)
{
	struct err err = { 0 };
	char sql[96];
	struct table t;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE 0", name);
	OK(store_query(s, sql, NULL, 0, &t, &err));
	return t;
}

static void check_table(struct store *s, const char *name, const char *const *own,
                        const char *const *absent, enum carried c, const struct field *f, size_t n)
{
	struct table t = columns_of(s, name);

	for (size_t i = 0; i < t.n_columns; i++) {
		const char *column = t.column[i];

		cr_assert(has(own, column) || is_axis(c, column) ||
		                  (is_field(f, n, column) && !has(absent, column)),
		          "%s.%s is neither axis nor field", name, column);
		check_comment(name, column);
	}
	for (size_t i = 0; i < n_axes; i++)
		cr_assert(!carries(c, axes[i].lossy) ||
		                  table_column(&t, axes[i].column) < t.n_columns,
		          "%s lacks %s", name, axes[i].column);
	for (size_t i = 0; i < n; i++)
		cr_assert(has(absent, f[i].name) || table_column(&t, f[i].name) < t.n_columns,
		          "%s lacks %s", name, f[i].name);
	table_release(&t);
}

Test(store_query, tables_have_the_fields)
{
	static const char *const lossy[] = { "lossy_id", "model_id", "run_id", NULL };
	static const char *const point[] = { "point_id", "lossy_id", "run_id", NULL };
	static const char *const point_absent[] = { "lossy_key", NULL };
	static const char *const part[] = { "point_id", NULL }, *const part_absent[] = { "key",
		                                                                         NULL };
	static const char *const timed[] = { "point_id", "run_id", NULL };
	static const char *const none[] = { NULL };
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct err err = { 0 };

	check_table(s, "lossy", lossy, none, LOSSY_AXES, lossy_fields, n_lossy_fields);
	check_table(s, "point", point, point_absent, OTHER_AXES, point_fields, n_point_fields);
	check_table(s, "energy", part, part_absent, NO_AXES, energy_fields, n_energy_fields);
	check_table(s, "layer", part, part_absent, NO_AXES, layer_fields, n_layer_fields);
	check_table(s, "timing", timed, part_absent, NO_AXES, timing_fields, n_timing_fields);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

static void check_view(struct store *s, const char *name, enum carried c, const struct field *f,
                       size_t n)
{
	struct table t = columns_of(s, name);

	for (size_t i = 0; i < n_axes; i++)
		cr_assert(!carries(c, axes[i].lossy) ||
		                  table_column(&t, axes[i].column) < t.n_columns,
		          "%s lacks %s", name, axes[i].column);
	for (size_t i = 0; i < n; i++)
		cr_assert_lt(table_column(&t, f[i].name), t.n_columns, "%s lacks %s", name,
		             f[i].name);
	/* A name that occurs twice could be read as either. */
	for (size_t i = 0; i < t.n_columns; i++) {
		cr_assert_eq(table_column(&t, t.column[i]), i, "%s: %s twice", name, t.column[i]);
		cr_assert_null(strchr(t.column[i], ':'), "%s: %s", name, t.column[i]);
	}
	table_release(&t);
}

Test(store_query, views_have_the_fields)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct err err = { 0 };
	size_t n = 0;

	check_view(s, "points", ALL_AXES, lossy_fields, n_lossy_fields);
	check_view(s, "points", ALL_AXES, point_fields, n_point_fields);
	check_view(s, "results", ALL_AXES, lossy_fields, n_lossy_fields);
	check_view(s, "results", ALL_AXES, point_fields, n_point_fields);
	check_view(s, "results", ALL_AXES, energy_fields, n_energy_fields);
	check_view(s, "accuracy", LOSSY_AXES, lossy_fields, n_lossy_fields);
	check_view(s, "layers", NO_AXES, layer_fields, n_layer_fields);
	check_view(s, "best", LOSSY_AXES, NULL, 0);
	for (const struct view *v; (v = store_view(n)); n++) {
		cr_assert_gt(strlen(v->help), 5);
		check_view(s, v->name, NO_AXES, NULL, 0);
	}
	cr_assert_eq(query_int(s, "SELECT count(*) FROM sqlite_master WHERE type = 'view'"),
	             (int64_t)n, "every view is listed");
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* 100 weights of 8 bits in 800 bits with half a bit of scales each, read twice in 25 words of 64
 * bits: 2 passes, 8.5 - 5 = 3.5 bits saved, 400 / (100 x 2) = 2 pJ per weight taken, 2 / 3.5 pJ per
 * bit. Four images share 100 + 20 + 400 - 40 = 480 pJ: 120, and 40 + 5 + 6 + 7 + 8 = 66 of their
 * own. Components: 20, 100, 7, five of the decoder, 6, 5, 8. */
Test(store_query, energy_views_by_hand)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct row_sink sink = store_sink(s);
	struct sample x = sample_make("model=m data=none bits=8 codec=dict:4 port=64", 1);
	struct energy_row r = sample_energy(&x, "t1", 1);
	struct err err = { 0 };

	x.lossy.weights = 100;
	x.point.compressed_bits = 800;
	x.point.weight_reads = 25;
	x.point.side_bits = 50;
	x.point.bits_per_weight = 5;
	r.energy_memory_pj = 100;
	r.energy_dram_pj = 20;
	r.energy_decoder_pj = 400;
	r.energy_decoder_clock_pj = 200;
	r.energy_decoder_logic_pj = 100;
	r.energy_decoder_dict_pj = 50;
	r.energy_decoder_wires_pj = 10;
	r.energy_decoder_leak_pj = 40;
	r.energy_activations_pj = 5;
	r.energy_macs_pj = 6;
	r.energy_memory_leak_pj = 7;
	r.energy_buffer_leak_pj = 8;
	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &r, &err));
	OK(store_flush(s, &err));
	cr_expect_eq(
	        query_int(s, "SELECT count(*) FROM breakeven WHERE passes = 2 AND saved_bits = 3.5 "
	                     "AND saved_int8_bits = 3.5 AND decoder_pj = 2 "
	                     "AND abs(breakeven_pj_per_bit - 4 / 7.0) < 1e-12"),
	        1);
	cr_expect_eq(query_int(s, "SELECT count(*) FROM batches WHERE batch = 4 "
	                          "AND energy_per_image_pj = 186"),
	             1);
	cr_expect_eq(query_int(s, "SELECT count(*) FROM breakdown"), 11);
	cr_expect_eq(query_int(s, "SELECT CAST(sum(component_pj) AS INTEGER) FROM breakdown"), 546);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

static enum status query(struct store *s, const char *sql, struct err *e)
{
	struct table t;
	enum status rc = store_query(s, sql, NULL, 5, &t, e);

	table_release(&t);
	return rc;
}

Test(store_query, only_reads)
{
	static const char *const refused[] = {
		"DELETE FROM point",
		"UPDATE run SET command = 'x'",
		"INSERT INTO loss_level VALUES (9.0)",
		"DROP TABLE point",
		"CREATE TABLE x (a)",
		"CREATE TEMP TABLE x (a)",
		"CREATE VIEW x AS SELECT 1",
		"ATTACH ':memory:' AS x",
		"DETACH main",
		"PRAGMA user_version",
		"PRAGMA writable_schema = 1",
		"SELECT * FROM pragma_table_info('point')",
		"SELECT load_extension('x')",
		"BEGIN",
		"COMMIT",
		"ROLLBACK",
		"SAVEPOINT x",
		"VACUUM",
		"VACUUM INTO '/nowhere/x.db'",
		"REINDEX",
		"ANALYZE",
		"SELECT 1; SELECT 2",
		"SELECT 1; DELETE FROM point",
		"SELECT 1;; /* */ DELETE FROM point",
		"",
		"   -- nothing\n",
		"SELEC 1",
		"SELECT * FROM nothing",
		"SELECT ?1",
		"WITH x AS (SELECT 1) DELETE FROM run",
	};
	static const char *const allowed[] = {
		"SELECT 1",
		"SELECT 1;",
		"SELECT 1 ; -- done\n",
		"VALUES (1)",
		"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 9) SELECT i FROM n",
		"SELECT * FROM results",
		"SELECT name FROM sqlite_master",
		"SELECT name FROM sqlite_master WHERE name LIKE 'p%' LIMIT 1",
	};
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none", 1);
	struct err err = { 0 };

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
			err.msg[0] = '\0';
			cr_assert_eq(query(s, refused[i], &err), ST_USAGE, "%s: %s", refused[i],
			             err.msg);
			cr_assert_eq(strncmp(err.msg, "query: ", 7), 0, "%s", err.msg);
		}
		for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
			OK(query(s, allowed[i], &err));
		if (pass == 0) {
			/* In an open transaction, and writing goes on after it. */
			OK(put_sample(s, &x, &err));
			cr_assert_eq(query_int(s, "SELECT count(*) FROM points"), 1);
			x = sample_make("model=m data=none bits=4", 2);
			OK(put_sample(s, &x, &err));
			OK(store_close(s, &err));
			OK(store_open(&s, t.db, STORE_READ, &err));
		}
	}
	cr_assert_eq(query_int(s, "SELECT count(*) FROM points"), 2);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM loss_level"), 4);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

Test(store_query, stops_in_time)
{
	static const char endless[] = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 "
	                              "FROM n) SELECT max(i) FROM n";
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct err err = { 0 };
	struct table out;

	cr_assert_eq(store_query(s, endless, NULL, 0.05, &out, &err), ST_USAGE);
	cr_assert_not_null(strstr(err.msg, "stopped after 0.05 s"), "%s", err.msg);
	cr_assert_eq(query_int(s, "SELECT 7"), 7);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

Test(store_query, cells_and_arguments)
{
	static const char *const args[] = { "'; DROP TABLE point; --", "8", NULL };
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none bits=8", 1);
	struct err err = { 0 };
	struct table out;

	OK(put_sample(s, &x, &err));
	OK(store_query(s,
	               "SELECT ?1 AS a, bits AS b, 0.5 AS c, NULL AS d, x'00fF' AS e, '' AS f, "
	               "-9223372036854775808 AS g FROM results WHERE bits = ?2",
	               args, 0, &out, &err));
	cr_assert(out.n_rows == 1 && out.n_columns == 7);
	cr_assert(out.cell[0].type == CELL_TEXT && !strcmp(out.cell[0].t, args[0]));
	cr_assert(out.cell[1].type == CELL_INT && out.cell[1].i == 8);
	cr_assert(out.cell[2].type == CELL_REAL && out.cell[2].r == 0.5);
	cr_assert(out.cell[3].type == CELL_NULL);
	cr_assert(out.cell[4].type == CELL_TEXT && !strcmp(out.cell[4].t, "00ff"));
	cr_assert(out.cell[5].type == CELL_TEXT && !strcmp(out.cell[5].t, ""));
	cr_assert(out.cell[6].type == CELL_INT && out.cell[6].i == INT64_MIN);
	cr_assert_eq(table_column(&out, "c"), 2);
	cr_assert_eq(table_column(&out, "z"), 7);
	table_release(&out);
	cr_assert_eq(store_query(s, "SELECT ?1", args, 0, &out, &err), ST_USAGE, "too many");
	cr_assert_eq(store_query(s, "SELECT ?3", args, 0, &out, &err), ST_USAGE, "too few");
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* One lossy prefix and one verified point of it, for view best. All else is irrelevant there. */
static void put_measured(struct store *s, const char *line, double ratio, double selection,
                         double all, int64_t verified)
{
	struct sample x = sample_make(line, 1);
	struct energy_row e1 = sample_energy(&x, "t1", 1), e2 = sample_energy(&x, "t2", 2);
	struct row_sink sink = store_sink(s);
	struct err err = { 0 };

	x.lossy.selection_delta = selection;
	x.lossy.confirm_delta = 2 * all - selection;
	x.lossy.top1_delta = all;
	x.point.ratio_fp32 = ratio;
	x.point.compressed_bits = (int64_t)(1e6 / ratio);
	x.point.verified = verified;
	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &e1, &err));
	OK(sink.energy(sink.arg, &e2, &err));
}

struct best_row {
	double level, ratio, selection, safe;
	const char *part; /* of the chosen point's text */
};

static void check_best(struct store *s, const char *model, const struct best_row want[4])
{
	const char *const args[] = { model, NULL };
	struct err err = { 0 };
	struct table t;

	OK(store_query(s,
	               "SELECT loss_level, ratio_fp32, selection_delta, safe_ratio_fp32, point "
	               "FROM best WHERE model = ?1",
	               args, 0, &t, &err));
	cr_assert_eq(t.n_rows, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct cell *c = table_cell(&t, i, 0);

		cr_assert_eq(c[0].r, want[i].level);
		if (!want[i].part) {
			cr_assert(c[1].type == CELL_NULL && c[4].type == CELL_NULL);
		} else {
			cr_assert_eq(c[1].r, want[i].ratio, "level %g", c[0].r);
			cr_assert_eq(c[2].r, want[i].selection);
			cr_assert_not_null(strstr(c[4].t, want[i].part), "%s", c[4].t);
		}
		cr_assert_eq(c[3].r, want[i].safe, "safe at level %g", c[0].r);
	}
	table_release(&t);
}

/* 16 memories, 2 networks of 30 weights, 4 levels. What view best chooses takes 10^6 / ratio bits:
 * m at 0.1 125000 bits = 15625 bytes, then 83333 bits = 10417 bytes: 15 memories of 16 KiB or more;
 * n nothing at 0.1, then 200000 bits = 25000 bytes: 14 of 32 KiB or more. */
static void check_capacity(struct store *s)
{
	cr_assert_eq(query_int(s, "SELECT count(*) FROM capacity"), 16 * 2 * 4);
	cr_assert_eq(query_int(s, "SELECT sum(int8_fits + fp32_fits) FROM capacity"), 2 * 128);
	cr_assert_eq(query_int(s, "SELECT max(fp32_bytes + int8_bytes) FROM capacity"), 150);
	cr_assert_eq(query_int(s, "SELECT sum(compressed_fits) FROM capacity WHERE model = 'm'"),
	             4 * 15);
	cr_assert_eq(query_int(s, "SELECT sum(compressed_fits) FROM capacity WHERE model = 'n'"),
	             3 * 14);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM capacity WHERE compressed_fits IS NULL"),
	             16);
	cr_assert_eq(query_int(s, "SELECT min(capacity_bytes) FROM capacity WHERE model = 'm' "
	                          "AND loss_level = 0.5 AND compressed_fits"),
	             16384);
}

/* Network m, method A (4 bits) with trims 0, 1, 2 and method B (3 bits):
 *
 *   method trim   selection   all     ratio
 *   A      0      -0.1        -0.02    8 and 7
 *   A      1      -0.3        -0.7    10
 *   A      2      -0.4        -0.45   12, twice (same size: the first by name, group=1)
 *   B      0      -0.9        -0.9    11
 *   B      1       0           0     100, never verified: does not count
 *
 * Chosen: at 0.1 only A0, with -0.1 itself allowed (given as 0.7 - 0.8, which in binary is a little
 * less); from 0.5 on A2 has the largest ratio. Safe: at 0.5 A2 passes itself but the finer A1 does
 * not (-0.7), so A0; at 1.0 A2. Network n loses 0.3 on the selection half and 0.05 on all, so that
 * 0.1 has a safe value and no choice. */
Test(store_query, best)
{
	static const struct best_row m[4] = {
		{0.1,  8,  0.7 - 0.8, 8,  "trim=0"                                   },
		{ 0.5, 12, -0.4,      8,  "trim=2 clip=none activations=f32 group=1 "},
		{ 1.0, 12, -0.4,      12, "trim=2 clip=none activations=f32 group=1 "},
		{ 2.0, 12, -0.4,      12, "trim=2 clip=none activations=f32 group=1 "},
	};
	static const struct best_row n[4] = {
		{0.1,  0, 0,    5, NULL     },
		{ 0.5, 5, -0.3, 5, "model=n"},
		{ 1.0, 5, -0.3, 5, "model=n"},
		{ 2.0, 5, -0.3, 5, "model=n"},
	};
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample no_accuracy;
	struct err err = { 0 };

	OK(put_model(s, "n", &err));
	put_measured(s, "model=m data=d bits=4 trim=2 group=2", 12, -0.4, -0.45, 1);
	put_measured(s, "model=m data=d bits=4 trim=2 group=1", 12, -0.4, -0.45, 1);
	put_measured(s, "model=m data=d bits=4 trim=1", 10, -0.3, -0.7, 1);
	put_measured(s, "model=m data=d bits=4 trim=0", 8, 0.7 - 0.8, -0.02, 1);
	put_measured(s, "model=m data=d bits=4 trim=0 group=2", 7, 0.7 - 0.8, -0.02, 1);
	put_measured(s, "model=m data=d bits=3", 11, -0.9, -0.9, 1);
	put_measured(s, "model=m data=d bits=3 trim=1", 100, 0, 0, 0);
	put_measured(s, "model=n data=d", 5, -0.3, -0.05, 1);
	no_accuracy = sample_make("model=m data=none bits=2", 3);
	no_accuracy.lossy.top1_delta = no_accuracy.lossy.selection_delta = ROW_NO_REAL;
	no_accuracy.point.ratio_fp32 = 1000;
	OK(put_sample(s, &no_accuracy, &err));
	check_best(s, "m", m);
	check_best(s, "n", n);
	cr_assert_eq(query_int(s, "SELECT count(*) FROM best"), 8);
	check_capacity(s);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Two layers with 1 and 3 of 4 actions of each kind share every component 1:3; DRAM, of which
 * neither uses any, is split evenly. 100 + 20 + 8 + 4 + 2 pJ and 6 + 2 of leakage, by cycles:
 * 25 + 5 + 2 + 1 + 1 + 2 = 36 and 106. */
Test(store_query, layers_share_the_energy)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = sample_make("model=m data=none", 1);
	struct energy_row e = sample_energy(&x, "t1", 1);
	struct row_sink sink = store_sink(s);
	struct err err = { 0 };
	struct table out;

	e.energy_memory_pj = 100;
	e.energy_decoder_pj = 20;
	e.energy_activations_pj = 8;
	e.energy_macs_pj = 4;
	e.energy_dram_pj = 2;
	e.energy_memory_leak_pj = 6;
	e.energy_buffer_leak_pj = 2;
	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &e, &err));
	for (int i = 0; i < 2; i++) {
		struct layer_row r = sample_layer(&x, i, 1);
		int64_t n = i ? 3 : 1;

		r.layer_weight_reads = n;
		r.layer_weight_writes = 0;
		r.layer_codes = n;
		r.layer_buffer_reads = n - 1;
		r.layer_buffer_writes = 1;
		r.layer_macs = n;
		r.layer_inference_cycles = 100 * n;
		r.layer_dram_bits = 0;
		OK(sink.layer(sink.arg, &r, &err));
	}
	OK(store_query(s,
	               "SELECT layer_energy_pj, layer_name, layer_energy_dram_pj FROM layers "
	               "ORDER BY layer",
	               NULL, 0, &out, &err));
	cr_assert_eq(out.n_rows, 2);
	cr_assert_eq(table_cell(&out, 0, 0)->r, 36);
	cr_assert_eq(table_cell(&out, 1, 0)->r, 106);
	cr_assert_str_eq(table_cell(&out, 0, 1)->t, "conv");
	cr_assert_str_eq(table_cell(&out, 1, 1)->t, "dense");
	cr_assert_eq(table_cell(&out, 1, 2)->r, 1);
	table_release(&out);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* results of all fields, sorted, without the row numbers that follow the order of arrival. */
static struct table dump(struct store *s)
{
	struct text sql = { 0 };
	struct err err = { 0 };
	struct table t;

	for (size_t i = 0; i < n_axes; i++)
		text_addf(&sql, "%s%s", i ? ", " : "SELECT ", axes[i].column);
	for (size_t i = 0; i < n_lossy_fields; i++)
		text_addf(&sql, ", %s", lossy_fields[i].name);
	for (size_t i = 0; i < n_point_fields; i++)
		text_addf(&sql, ", %s", point_fields[i].name);
	for (size_t i = 2; i < n_energy_fields; i++)
		text_addf(&sql, ", %s", energy_fields[i].name);
	text_add(&sql, ", technology FROM results ORDER BY key, technology");
	OK(store_query(s, text_str(&sql), NULL, 0, &t, &err));
	text_release(&sql);
	return t;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == CELL_TEXT)
		return !strcmp(a->t, b->t);
	return a->i == b->i && a->r == b->r;
}

Test(store_query, order_of_arrival_does_not_show)
{
	enum { N = 150 };
	struct scratch t[2] = { scratch_make(), scratch_make() };
	struct store *s[2];
	struct table d[2];
	struct err err = { 0 };

	for (int k = 0; k < 2; k++) {
		struct row_sink sink;

		s[k] = store_with_facts(t[k].db);
		sink = store_sink(s[k]);
		for (int i = 0; i < N; i++) {
			struct sample x = sample_numbered(k ? i * 7 % N : i);
			int seed = (int)x.point.compressed_bits % 100;
			struct energy_row e = sample_energy(&x, i % 2 ? "t1" : "t2", seed);

			/* All points of a lossy prefix bring the same lossy row. */
			set_numbers(lossy_fields, n_lossy_fields, &x.lossy, (int)x.p.trim.trim);
			OK(put_sample(s[k], &x, &err));
			OK(sink.energy(sink.arg, &e, &err));
			snprintf(e.technology, sizeof(e.technology), i % 2 ? "t2" : "t1");
			OK(sink.energy(sink.arg, &e, &err));
		}
		d[k] = dump(s[k]);
	}
	cr_assert_eq(d[0].n_rows, 2 * N);
	cr_assert_eq(d[1].n_rows, 2 * N);
	for (size_t i = 0; i < d[0].n_rows * d[0].n_columns; i++)
		cr_assert(same_cell(&d[0].cell[i], &d[1].cell[i]), "%s",
		          d[0].column[i % d[0].n_columns]);
	for (int k = 0; k < 2; k++) {
		table_release(&d[k]);
		OK(store_close(s[k], &err));
		scratch_remove(&t[k]);
	}
}
