/* Verdicts in the database: which of them the front needs confirmed, what takes their place, and
 * what view best makes of them. */
#include "store_rows.h"

#include <math.h>

/* A prefix of `trim` and its one point: with a verdict, and bounds 0.5 about its estimate, or with
 * an accuracy where the verdict is "". */
static struct sample measured(int trim, int64_t bits, const char *verdict, double delta)
{
	char line[64];
	struct sample x;

	snprintf(line, sizeof(line), "model=m data=d bits=6 trim=%d", trim);
	x = sample_make(line, trim + 1);
	snprintf(x.lossy.verdict, sizeof(x.lossy.verdict), "%s", verdict);
	x.lossy.top1_delta = x.lossy.selection_delta = x.lossy.confirm_delta = delta;
	x.point.compressed_bits = bits;
	x.point.ratio_fp32 = 1e6 / (double)bits;
	if (!*verdict)
		return x;
	x.lossy.top1_delta_low = delta - 0.5;
	x.lossy.top1_delta_high = delta + 0.5;
	x.lossy.selection_delta = x.lossy.confirm_delta = ROW_NO_REAL;
	return x;
}

static void put(struct store *s, int trim, int64_t bits, const char *verdict, double delta)
{
	struct sample x = measured(trim, bits, verdict, delta);
	struct err err = { 0 };

	OK(put_sample(s, &x, &err));
}

/* Trims of the prefixes that store_verdicts names, as digits in the order of the rows. */
struct names {
	char trim[16];
};

static void name(void *arg, const char *key, const char *verdict)
{
	struct names *n = arg;

	for (int trim = 0; trim < 10; trim++)
		if (!strcmp(measured(trim, 1, "", 0).lossy.lossy_key, key))
			snprintf(n->trim + strlen(n->trim), 3, "%d%c", trim, verdict[0]);
}

static void expect_verdicts(struct store *s, bool unconfirmed_only, const char *want)
{
	struct names n = { "" };
	struct err err = { 0 };

	OK(store_verdicts(s, unconfirmed_only, name, &n, &err));
	cr_expect_str_eq(n.trim, want);
}

/* From the smallest on: 5 loses. 4 is the smallest that keeps; 2 is estimated to be better: these
 * two come first. 3 is estimated to be worse, and 0 to be no better than 1, which has an accuracy;
 * but by their bounds both may be on the front. */
Test(store_verdict, what_may_be_on_the_front_is_confirmed)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct err err = { 0 };

	put(s, 0, 600, "keeps", -0.1);
	put(s, 1, 500, "", -0.1);
	put(s, 2, 400, "keeps", -0.3);
	put(s, 3, 300, "keeps", -0.6);
	put(s, 4, 200, "keeps", -0.5);
	put(s, 5, 100, "loses", -9);
	expect_verdicts(s, false, "0k2k3k4k5l");
	expect_verdicts(s, true, "4k2k3k0k");
	put(s, 4, 200, "", -0.7); /* worse than estimated: 3 is on the front now */
	expect_verdicts(s, false, "0k2k3k5l");
	expect_verdicts(s, true, "3k2k0k");
	put(s, 3, 300, "", 0.1);
	expect_verdicts(s, true, ""); /* nothing larger can lose less than nothing */
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* View best chooses on the selection half: what a smaller one loses there counts, and what cannot
 * be better by its bound is left alone. */
Test(store_verdict, choices_are_confirmed_too)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct sample x = measured(0, 300, "", -0.2);
	struct err err = { 0 };

	x.lossy.selection_delta = -3;
	OK(put_sample(s, &x, &err));
	put(s, 1, 400, "keeps", -0.4);
	put(s, 2, 500, "keeps", -0.3);
	put(s, 3, 600, "keeps", -0.9);
	put(s, 4, 700, "", 0);
	expect_verdicts(s, true, "1k2k3k");
	put(s, 1, 400, "", -2.5);
	expect_verdicts(s, true, "2k3k");
	put(s, 2, 500, "", -0.3);
	expect_verdicts(s, true, "");
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* An accuracy takes the place of a verdict, never the other way round, nor another accuracy's. */
Test(store_verdict, only_an_accuracy_replaces)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct err err = { 0 };
	const char *key = measured(3, 1, "", 0).lossy.lossy_key;
	char copy[DIGEST_HEX];
	struct lossy_row row;

	memcpy(copy, key, sizeof(copy));
	put(s, 3, 300, "keeps", -0.6);
	put(s, 3, 300, "loses", -2);
	OK(store_find_lossy(s, copy, &row, &err));
	cr_expect(!strcmp(row.verdict, "keeps") && row.top1_delta == -0.6);
	cr_expect(isnan(row.selection_delta));
	put(s, 3, 300, "", -0.4);
	OK(store_find_lossy(s, copy, &row, &err));
	cr_expect(!*row.verdict && row.top1_delta == -0.4 && row.selection_delta == -0.4);
	put(s, 3, 300, "keeps", -0.6);
	put(s, 3, 300, "", -0.3);
	OK(store_find_lossy(s, copy, &row, &err));
	cr_expect(!*row.verdict && row.top1_delta == -0.4);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Chosen is only what has an accuracy. Trim 2 would be safe at 0.5 by itself and by trim 0, but of
 * trim 1 no more is known than that it loses 0.2 + 0.5 at most: safe from 1 on. */
Test(store_verdict, best_trusts_no_verdict)
{
	static const char *const chosen[] = { "0", "2", "2", "2" };
	static const char *const safe[] = { "0", "0", "2", "2" };
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct err err = { 0 };
	struct table out;

	put(s, 0, 600, "", 0);
	put(s, 1, 500, "keeps", -0.2);
	put(s, 2, 400, "", -0.3);
	put(s, 3, 300, "keeps", -0.1);
	put(s, 4, 200, "loses", -3);
	OK(store_query(s,
	               "SELECT trim, substr(safe_point, instr(safe_point, 'trim=') + 5, 1) "
	               "FROM best ORDER BY loss_level",
	               NULL, 0, &out, &err));
	cr_assert_eq(out.n_rows, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct cell *c = table_cell(&out, i, 0);

		cr_expect_eq(c[0].i, chosen[i][0] - '0', "level %zu", i);
		cr_expect_str_eq(c[1].t, safe[i], "level %zu", i);
	}
	table_release(&out);
	OK(store_close(s, &err));
	scratch_remove(&t);
}
