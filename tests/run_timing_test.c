/* Timing a study: durations of every verified point, also of those that are stored, and the same
 * rows as without. */
#include "run/sweep.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TOY TEST_VECTORS "/onnx/ok_conv_pool_gemm.onnx"

static struct span text_span(const char *s)
{
	return (struct span){ s, strlen(s) };
}

enum { REPEATS = 3, MAX_ROWS = 64 };

struct rows {
	struct point_row point[MAX_ROWS];
	struct timing_row timing[MAX_ROWS * REPEATS * 2];
	size_t n_points, n_timings;
};

static enum status on_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                            struct err *e)
{
	(void)arg;
	(void)r;
	(void)p;
	(void)e;
	return ST_OK;
}

static enum status on_point(void *arg, const struct point_row *r, const struct point *p,
                            struct err *e)
{
	struct rows *rows = arg;

	(void)p;
	(void)e;
	cr_assert_lt(rows->n_points, MAX_ROWS);
	rows->point[rows->n_points++] = *r;
	return ST_OK;
}

static enum status on_energy(void *arg, const struct energy_row *r, struct err *e)
{
	(void)arg;
	(void)r;
	(void)e;
	return ST_OK;
}

static enum status on_layer(void *arg, const struct layer_row *r, struct err *e)
{
	(void)arg;
	(void)r;
	(void)e;
	return ST_OK;
}

static enum status on_timing(void *arg, const struct timing_row *r, struct err *e)
{
	struct rows *rows = arg;

	(void)e;
	cr_assert_lt(rows->n_timings, sizeof(rows->timing) / sizeof(rows->timing[0]));
	rows->timing[rows->n_timings++] = *r;
	return ST_OK;
}

/* Every look at it takes a second. */
static double slow_clock(void)
{
	static double now;

	return ++now;
}

static const char study_text[] =
        "time: 3\n"
        "defaults: { model: \"" TOY "\", data: none, memory: 64KiB, buffer: 64KiB }\n"
        "grids:\n"
        "  - { bits: [4, 6], codec: [raw, \"dict:2\"] }\n";

static void run(struct rows *rows, struct sweep_counts *counts, bool time, bool stored)
{
	static const char *const tech[] = { "unit" };
	const struct row_sink sink = { rows,     on_lossy, on_point, on_energy,
		                       on_layer, NULL,     on_timing };
	struct sweep_options o = {
		.jobs = 2, .technology = tech, .n_technologies = 1, .now_s = slow_clock
	};
	struct study *s;
	struct library l;
	struct plan *p;
	struct err e = { 0 };

	signal(SIGPIPE, SIG_IGN); /* as the command line does */
	cr_assert_eq(study_parse(&s, text_span(study_text), "toy", NULL, 0, &e), ST_OK, "%s",
	             e.msg);
	cr_assert_eq(s->repeats, REPEATS);
	o.repeats = time ? s->repeats : 0;
	cr_assert_eq(library_init(&l, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(plan_make(&p, s, &l, &e), ST_OK, "%s", e.msg);
	for (size_t i = 0; i < p->n_points && stored; i++)
		plan_mark_done(p, p->point[i].key);
	plan_count(p, &l);
	cr_assert_eq(sweep_run(p, &l, &o, &sink, counts, &e), ST_OK, "%s", e.msg);
	plan_free(p);
	library_release(&l);
	study_free(s);
}

static int by_key(const void *x, const void *y)
{
	return strcmp(((const struct point_row *)x)->key, ((const struct point_row *)y)->key);
}

/* Every sample of every point once. Two layers take a second each; encoding looks at the clock once
 * more for what they share. */
static void check_timings(const struct rows *rows, size_t n_points)
{
	size_t seen[2][REPEATS] = { { 0 } };

	cr_assert_eq(rows->n_timings, n_points * REPEATS * 2);
	for (size_t i = 0; i < rows->n_timings; i++) {
		const struct timing_row *r = &rows->timing[i];
		bool decode = !strcmp(r->operation, "decode");

		cr_assert(r->sample >= 0 && r->sample < REPEATS);
		seen[decode][r->sample]++;
		cr_assert(fabs(r->seconds - (decode ? 2 : 3)) < 1e-9, "%s %g", r->operation,
		          r->seconds);
		cr_assert_gt(r->timed_weights, 0);
		for (size_t j = 0; j < i; j++)
			cr_assert(strcmp(r->key, rows->timing[j].key) ||
			          strcmp(r->operation, rows->timing[j].operation) ||
			          r->sample != rows->timing[j].sample);
	}
	for (size_t i = 0; i < REPEATS; i++)
		cr_assert(seen[0][i] == n_points && seen[1][i] == n_points);
}

Test(run_timing, rows_are_the_same_with_and_without)
{
	struct rows *without = calloc(1, sizeof(*without)), *with = calloc(1, sizeof(*with));
	struct sweep_counts counts;

	run(without, &counts, false, false);
	cr_assert_eq(counts.timed, 0);
	cr_assert_eq(without->n_timings, 0);
	run(with, &counts, true, false);
	cr_assert_eq(counts.timed, 4);
	cr_assert_eq(without->n_points, 4);
	cr_assert_eq(with->n_points, 4);
	qsort(without->point, 4, sizeof(without->point[0]), by_key);
	qsort(with->point, 4, sizeof(with->point[0]), by_key);
	cr_assert_eq(memcmp(without->point, with->point, 4 * sizeof(with->point[0])), 0);
	check_timings(with, 4);
	free(without);
	free(with);
}

Test(run_timing, stored_points_are_timed_and_not_sent_again)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	struct sweep_counts counts;

	run(rows, &counts, true, true);
	cr_assert_eq(rows->n_points, 0);
	cr_assert_eq(counts.timed, 4);
	check_timings(rows, 4);
	free(rows);
}

/* Every codec of the list is there, those with a needed number more than once. */
Test(run_timing, all_codecs)
{
	const char *yaml =
	        "grids:\n  - { model: m, bits: 4, group: [1, 2], codec: [all, \"dict:3\"] }\n";
	bool three = false;
	struct study *s;
	struct err e;

	cr_assert_eq(study_parse(&s, text_span(yaml), "s", NULL, 0, &e), ST_OK, "%s", e.msg);
	for (size_t c = 0; c < n_codecs; c++) {
		size_t n = 0;

		for (size_t i = 0; i < s->n_points; i++)
			n += s->point[i].p.codec == codecs[c];
		cr_assert_geq(n, 1, "%s", codecs[c]->name);
		if (!strcmp(codecs[c]->name, "dict")) /* 1 4 .. 4096 and 3, two groups */
			cr_assert_eq(n, 2 * (7 + 1), "%zu", n);
	}
	for (size_t i = 0; i < s->n_points; i++)
		three |= s->point[i].p.params.arg[0] == 3;
	cr_assert(three);
	study_free(s);
	cr_assert_eq(study_parse(&s, text_span("time: often\n"), "s.yaml", NULL, 0, &e), ST_USAGE);
	cr_assert_not_null(strstr(e.msg, "s.yaml:1: time: expected how often"), "%s", e.msg);
}
