/* Every figure is drawn, from small, odd and crowded databases. */
#include "figure_rows.h"
#include "report/figure_parts.h"

#include <math.h>

static void count_file(void *arg, const char *path)
{
	cr_assert(file_exists(path), "%s", path);
	++*(int *)arg;
}

/* These are about the networks that claims name. */
static bool of_claims(const struct figure *f)
{
	return f == &figure_claims || f == &figure_reach137;
}

/* A network of the claims at 8.16x without loss, and at 160x with 11 % of its accuracy. */
Test(report_draw, figures_of_claims)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "lenet5-mnist");
	int n = 0;
	struct figure_request r = { t.dir, "svg", 3.5, count_file, &n };
	struct arena a = { 0 };
	struct err err = { 0 };
	struct span first, again;

	put_row(s, "lenet5-mnist", 3, 1, 16, 1, 87, 0.2, &err);
	OK(store_flush(s, &err));
	OK(figure_draw(&figure_reach137, s, &r, &err));
	cr_assert(strstr(read_figure(&a, t.dir, "reach137.dat").p, "\n1\tlenet5-mnist\t98\t11\t"));
	OK(figure_draw(&figure_claims, s, &r, &err));
	first = read_figure(&a, t.dir, "claims.svg");
	OK(figure_draw(&figure_claims, s, &r, &err));
	again = read_figure(&a, t.dir, "claims.svg");
	cr_assert(first.n == again.n && !memcmp(first.p, again.p, first.n));
	cr_assert(strstr(first.p, "HardCompress"));
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Every figure draws in every format; the same data gives the same SVG and PNG; the script beside
 * the figure draws it again on its own. */
Test(report_draw, figures_draw)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	int n = 0;
	struct figure_request r = { t.dir, "svg,pdf,png", 3.5, count_file, &n };
	struct arena a = { 0 };
	struct err err = { 0 };

	cr_assert_eq(n_figures, plugins_defined("src/report", "const struct figure figure_"));
	for (size_t i = 0; i < n_figures; i++) {
		static const char *const stable[] = { "svg", "png" };
		const char *of = figures[i]->per_model ? "-m" : "";

		if (of_claims(figures[i]))
			continue;
		OK(figure_draw(figures[i], s, &r, &err));
		cr_assert_gt(
		        read_figure(&a, t.dir, arena_printf(&a, "%s%s.txt", figures[i]->name, of))
		                .n,
		        20);
		for (size_t f = 0; f < 2; f++) {
			const char *file =
			        arena_printf(&a, "%s%s.%s", figures[i]->name, of, stable[f]);
			const char *script = arena_printf(&a, "%s%s.gp", figures[i]->name, of);
			struct span first = read_figure(&a, t.dir, file), second;

			OK(figure_gnuplot(t.dir, script, stable[f], "again", &err));
			second = read_figure(&a, t.dir, "again");
			cr_assert_eq(first.n, second.n, "%s", file);
			cr_assert(!memcmp(first.p, second.p, first.n), "%s", file);
		}
	}
	cr_assert_eq(n, 7 * ((int)n_figures - 2));
	cr_assert(strstr(read_figure(&a, t.dir, "histogram-m.svg").p, "zeros 70.0 %"));
	/* trim 1 makes 0 of -1 and 1 too: 700 + 100 + 150 of 1000 */
	cr_assert(strstr(read_figure(&a, t.dir, "histogram-m.svg").p, "zeros 95.0 %"));
	/* layers of 10 and 20 weights: 40 / 10 and 50 / 20 bits in the stream, 2 and 1 in the
	 * dictionary, 0.5 and 0.25 beside; a third and two thirds of the weights */
	cr_assert(strstr(read_figure(&a, t.dir, "layers-m.dat").p,
	                 "\n1\tconv\t4\t2\t0.5\t33.33333333\t2\n"
	                 "2\tdense\t2.5\t1\t0.25\t66.66666667\t2\n"));
	/* Cells of 2 widths and 2 trims: losses 0.9, 1.3 at 4 bits, 0.05, 0.45 at 8 */
	cr_assert(strstr(read_figure(&a, t.dir, "heatmap-m.dat").p, "\n0\t0\t0\t4\t0.9\t97.1\t"));
	cr_assert(strstr(read_figure(&a, t.dir, "heatmap-m.dat").p, "\n1\t1\t1\t8\t0.45\t97.55\t"));
	/* G = 4: 1000 cycles without and 2000 with waiting; G = 16: 1250 */
	cr_assert(strstr(read_figure(&a, t.dir, "decode_rate.dat").p, "\nm\t4\t2\t0\t2000\n"));
	cr_assert(strstr(read_figure(&a, t.dir, "decode_rate.dat").p, "\nm\t16\t1.25\t0\t1250\n"));
	/* The prefix with the most codecs within half a point that is the smallest: 8 bits, trim 1;
	 * order-0 3.8 bits of 3.922 and of 8. */
	cr_assert(strstr(read_figure(&a, t.dir, "efficiency.dat").p, "\n0\t0\t96.8"));
	cr_assert(strstr(read_figure(&a, t.dir, "efficiency.dat").p, "\n0\t1\t47.5\n"));
	/* 8 bits, trim 0 loses 0.05, trim 1 loses 0.45; the smallest within 0.5 is
	 * 8 / 2 + 6 / (16 + 256) - 0.1 = 3.922 bits: 8.16x. */
	cr_assert(strstr(read_figure(&a, t.dir, "pareto_accuracy-m.svg").p, "circle: 8.16x"));
	cr_assert(strstr(read_figure(&a, t.dir, "dictionary-m.svg").p,
	                 "smallest: 3.92 bits per weight, G = 16, D = 256"));
	/* Raw needs 8 bits for that: 0.8 uJ against 0.3922 uJ. */
	cr_assert(strstr(read_figure(&a, t.dir, "pareto_energy-m.svg").p, "392 nJ compressed"));
	cr_assert(strstr(read_figure(&a, t.dir, "pareto_energy-m.svg").p, "800 nJ raw"));
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* A name is text and nothing else: no command of it runs, its file stays in the folder. */
Test(report_draw, hostile_model_name)
{
	static const char long_path[] =
	        "/very/long/path/of/a/model/file/that/somebody/keeps/in/a/deep/folder/m.onnx";
	const char *const names[] = { "`touch${IFS}pwned`", "../a'.system(\"id\").'b",
		                      "x\"`touch${IFS}pwned`\";%s%n@_{^}", long_path };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct scratch t = scratch_make();
		struct store *s = study(t.db, names[i]);
		int n = 0;
		struct figure_request r = { t.dir, "svg", 3.5, count_file, &n };
		struct err err = { 0 };
		char canary[128];

		for (size_t f = 0; f < n_figures; f++)
			cr_assert_eq(figure_draw(figures[f], s, &r, &err),
			             of_claims(figures[f]) ? ST_SKIP : ST_OK, "%s", err.msg);
		cr_assert_eq(n, 5 * ((int)n_figures - 2));
		snprintf(canary, sizeof(canary), "%s/pwned", t.dir);
		cr_assert(!file_exists(canary) && !file_exists("pwned"));
		OK(store_close(s, &err));
		/* Everything that was written lies in the folder, next to the database. */
		cr_assert_geq(scratch_files(&t), (unsigned)n);
		scratch_remove(&t);
	}
}

/* A study of one point has degenerate axes, and a front of one point; with a trim of 7 that point
 * lies outside what the axes show. */
static void draw_single_point(int trim)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	int n = 0, tables = 0;
	struct figure_request r = { t.dir, "svg", 7.16, count_file, &n };
	struct err err = { 0 };

	/* Without results only what is drawn from shipped tables is there. */
	for (size_t f = 0; f < n_figures; f++)
		cr_assert_eq(figure_draw(figures[f], s, &r, &err),
		             figures[f]->from_tables ? ST_OK : ST_SKIP, "%s", figures[f]->name);
	cr_assert_gt(n, 0);
	tables = n;
	put_point(s, "m", 4, trim, 8, 16, &err);
	OK(store_flush(s, &err));
	for (size_t f = 0; f < n_figures; f++) {
		enum status rc = figure_draw(figures[f], s, &r, &err);
		/* no trimmed histogram, and 1.3 points lost or 80.9 */
		bool has_data = figures[f] != &figure_histogram &&
		                figures[f] != &figure_efficiency && !of_claims(figures[f]) &&
		                (trim < 7 || figures[f] != &figure_pareto_three);

		cr_assert_eq(rc, has_data ? ST_OK : ST_SKIP, "%s", err.msg);
	}
	cr_assert_eq(n, 5 * ((int)n_figures - (trim < 7 ? 4 : 5)) + tables);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

Test(report_draw, single_point)
{
	draw_single_point(1);
	draw_single_point(7);
}

/* Points on the overall front: 2 of G = 2, 1 each of 8, 16, 32 and 64; 1 and 4 have none. */
static const struct {
	int group;
	double bits, loss;
} crowd[] = {
	{1,   9, 0.9},
        { 4,  9, 0.8},
        { 2,  2, 0.7},
        { 2,  3, 0.6},
        { 8,  4, 0.5},
	{ 16, 5, 0.4},
        { 32, 6, 0.3},
        { 64, 1, 60 },
        { 64, 7, 0.2},
};

/* Of more groups than can be told apart those are shown that the front consists of; what lies below
 * the window does not count. */
Test(report_draw, groups_of_the_front)
{
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct arena a = { 0 };
	struct err err = { 0 };
	const char *svg;

	OK(put_model(s, "m", &err));
	for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
		put_row(s, "m", 8, (int)i, crowd[i].group, 16, crowd[i].loss, crowd[i].bits, &err);
	OK(store_flush(s, &err));
	OK(figure_draw(&figure_pareto_accuracy, s, &r, &err));
	svg = read_figure(&a, t.dir, "pareto_accuracy-m.svg").p;
	cr_assert(strstr(svg, "grey: front of all 7 groups, 95 %"));
	cr_assert(strstr(svg, "G = 2<") && strstr(svg, "G = 8<") && strstr(svg, "G = 16<") &&
	          strstr(svg, "G = 32<"));
	cr_assert(!strstr(svg, "G = 1<") && !strstr(svg, "G = 4<") && !strstr(svg, "G = 64<"));
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* Ten networks with long names that differ in the middle: each figure of all of them names every
 * one, and apart from the others. */
Test(report_draw, ten_networks)
{
	static const char *const figure_of_all[] = { "pareto_all", "decode_rate", "efficiency" };
	struct scratch t = scratch_make();
	struct store *s = store_with_facts(t.db);
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct arena a = { 0 };
	struct err err = { 0 };

	for (int i = 0; i < 10; i++) {
		const char *name =
		        arena_printf(&a, "imagenet/a_network_with_a_long_name_%d_224_fp32", i);

		OK(put_model(s, name, &err));
		put_point(s, name, 8, 0, 1, 16, &err);
		put_point(s, name, 8, 1, 4, 16, &err);
	}
	OK(store_flush(s, &err));
	for (size_t f = 0; f < n_figures; f++)
		for (size_t k = 0; k < 3; k++) {
			const char *svg;

			if (strcmp(figures[f]->name, figure_of_all[k]))
				continue;
			OK(figure_draw(figures[f], s, &r, &err));
			svg = read_figure(&a, t.dir, arena_printf(&a, "%s.svg", figures[f]->name))
			              .p;
			for (int i = 0; i < 10; i++)
				cr_assert(strstr(svg, arena_printf(&a, "%d_224_fp32<", i)),
				          "%s: %d", figures[f]->name, i);
		}
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}
