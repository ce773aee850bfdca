/* What the figures share: names that stay apart, labels that do not meet, figures of tables. */
#include "report/figure.h"
#include "report/figure_parts.h"
#include "report/table_rows.h"
#include "store_rows.h"

#include <math.h>

/* The ellipsis, apart from letters that would be digits of its escape. */
#define CUT(head, tail) (head "\xe2\x80\xa6" tail)

static void shorten(const char *const *names, size_t n, size_t max, const char *const *expected)
{
	static const char *columns[] = { "model" };
	struct err err = { 0 };
	struct table t;

	table_begin(&t, columns, 1);
	for (size_t i = 0; i < n; i++)
		table_add_row(&t)[0] = cell_text(names[i]);
	OK(figure_short_names(&t, 0, max, &err));
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(table_cell(&t, i, 0)->t, expected[i]);
	table_release(&t);
}

/* The folder goes, then the middle: with 10 characters 5 before the ellipsis and 4 behind it. The
 * first two of the last case differ in the middle only, where no cut of 8 shows it: all stay whole.
 */
Test(report_figures, short_names)
{
	static const char *const plain[] = { "imagenet/resnet18", "lenet5", "a/",
		                             "x/0123456789abcdef" };
	static const char *const plain_short[] = { "resnet18", "lenet5", "a/",
		                                   CUT("01234", "cdef") };
	static const char *const alike[] = { "aaaaaaaaaa1zzzzzzzzzz", "aaaaaaaaaa2zzzzzzzzzz",
		                             "b" };
	static const char *const same[] = { "0123456789abcdef", "0123456789abcdef" };
	static const char *const same_short[] = { CUT("01234", "cdef"), CUT("01234", "cdef") };

	shorten(plain, 4, 10, plain_short);
	shorten(alike, 3, 8, alike);
	shorten(same, 2, 10, same_short);
	shorten(NULL, 0, 10, NULL);
}

/* The cut moves to the front until the names differ: behind 4 characters "7zzzz" is left of the
 * tail, behind 5 only "zzzz". */
Test(report_figures, short_names_move_the_cut)
{
	static const char *const names[] = { "aaaaaaaaaa1zzzz", "aaaaaaaaaa7zzzz" };
	static const char *const expected[] = { CUT("aaaa", "1zzzz"), CUT("aaaa", "7zzzz") };

	shorten(names, 2, 10, expected);
}

static bool meet(const struct figure_box *a, const struct figure_box *b)
{
	return fabs(a->x - b->x) < (a->w + b->w) / 2 - 1e-9 &&
	       fabs(a->y - b->y) < (a->h + b->h) / 2 - 1e-9;
}

/* Twelve letters for points in one small cluster end up apart from each other and from the points.
 */
Test(report_figures, labels_find_places)
{
	enum { N = 12 };
	struct figure_box label[N], mark[N];
	uint32_t state = 5;

	for (size_t trial = 0; trial < 100; trial++) {
		for (size_t i = 0; i < N; i++) {
			state = state * 1664525u + 1013904223u;
			mark[i] = (struct figure_box){ 0.6 + (state >> 8) % 1000 / 2000.0,
				                       0.7 + (state >> 20) % 100 / 1000.0, 0.09,
				                       0.09 };
			label[i] = (struct figure_box){ mark[i].x, mark[i].y, 0.1, 0.13 };
		}
		figure_place(label, N, mark, N, 2, 1.6);
		for (size_t i = 0; i < N; i++) {
			cr_assert(label[i].x > 0.049 && label[i].x < 1.951);
			cr_assert(label[i].y > 0.064 && label[i].y < 1.536);
			for (size_t j = 0; j < N; j++) {
				cr_assert(!meet(&label[i], &mark[j]), "%zu: %zu %zu", trial, i, j);
				cr_assert(i == j || !meet(&label[i], &label[j]), "%zu", trial);
			}
		}
	}
}

/* A label that fits nowhere stays on its point. */
Test(report_figures, label_without_a_place)
{
	struct figure_box label = { 0.5, 0.5, 3, 0.13 };

	figure_place(&label, 1, NULL, 0, 1, 1);
	cr_assert(fabs(label.x - 0.5) < 1e-12 && fabs(label.y - 0.5) < 1e-12);
}

/* The figure of the synthesis tables needs no database. 4206 NAND2 is the table's ring decoder with
 * W = 64, D = 16, G = 1, b = 8 in flip-flops, without clock gates. */
Test(report_figures, tables_without_database)
{
	struct scratch t = scratch_make();
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct arena a = { 0 };
	struct err err = { 0 };
	struct span dat, sql;

	cr_assert(figure_decoder_area.from_tables);
	OK(figure_draw(&figure_decoder_area, NULL, &r, &err));
	OK(file_read(&a, arena_printf(&a, "%s/decoder_area.dat", t.dir), 1 << 20, &dat, &err));
	cr_assert(strstr(dat.p, "# ring\n# entries\tnand2_equivalents\tlabel\n"));
	cr_assert(strstr(dat.p, "\n16\t4206\t"));
	OK(file_read(&a, arena_printf(&a, "%s/decoder_area.sql", t.dir), 1 << 20, &sql, &err));
	cr_assert(strstr(sql.p, "-- read from datasets/tech/decoder_sg13g2_stdcell"));
	arena_release(&a);
	scratch_remove(&t);
}
