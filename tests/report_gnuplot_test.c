/* Figures that cannot be drawn: refused requests, and a gnuplot that fails. */
#include "figure_rows.h"
#include "report/figure_parts.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

Test(report_gnuplot, figures_refuse)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	struct figure_request r = { t.dir, "svg,gif", 3.5, NULL, NULL };
	struct err err = { 0 };
	char under_a_file[128];

	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_USAGE);
	cr_assert(strstr(err.msg, "gif"), "%s", err.msg);
	r.formats = "";
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_USAGE);
	r.formats = "svg";
	r.width_in = (double)NAN;
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_USAGE);
	r.width_in = 3.5;
	snprintf(under_a_file, sizeof(under_a_file), "%s/x", t.db);
	r.out_dir = under_a_file;
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_ENV);
	r.out_dir = t.dir;
	cr_assert_eq(setenv("PATH", "/nonexistent", 1), 0);
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_ENV);
	cr_assert(strstr(err.msg, "apt-get install gnuplot-nox"), "%s", err.msg);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* gnuplot's complaint comes back as one line, and no figure is left under its name. */
Test(report_gnuplot, script_error)
{
	struct scratch t = scratch_make();
	struct err err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/bad.gp", t.dir);
	OK(file_write(path, "x = 1\nplot nonsense\n", 20, &err));
	cr_assert_eq(figure_gnuplot(t.dir, "bad.gp", "svg", "bad.svg", &err), ST_INTERNAL);
	cr_assert(strstr(err.msg, "bad.gp") && strstr(err.msg, "line 2"), "%s", err.msg);
	scratch_remove(&t);
}

/* A program of that name in the folder comes before every gnuplot. */
static void fake_gnuplot(const struct scratch *t, const char *script)
{
	char path[128];
	struct err err = { 0 };

	snprintf(path, sizeof(path), "%s/gnuplot", t->dir);
	OK(file_write(path, script, strlen(script), &err));
	cr_assert_eq(chmod(path, 0755), 0);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", t->dir);
	cr_assert_eq(setenv("PATH", path, 1), 0);
}

/* gnuplot may fail without a word, or succeed with half a file: neither leaves a figure. */
Test(report_gnuplot, silent_gnuplot)
{
	static const struct {
		const char *format, *script, *complaint;
		enum status rc;
	} cases[] = {
		{"svg",  "exit 7",                                  "gnuplot exited with status 7", ST_ENV     },
		{ "svg", "echo >&2; exit 7",                        "gnuplot exited with status 7", ST_ENV     },
		{ "svg", "echo why >&2; exit 7",                    "why",                          ST_INTERNAL},
		{ "svg", "kill -XFSZ $$",                           "file incomplete",              ST_ENV     },
		{ "svg", "exit 0",                                  "file incomplete",              ST_ENV     },
		{ "svg", ": >$f.svg.part",                          "file incomplete",              ST_ENV     },
		{ "svg", "echo '<svg></svg' >$f.svg.part",          "file incomplete",              ST_ENV     },
		{ "svg", "echo '<svg></svg><g' >$f.svg.part",       "file incomplete",              ST_ENV     },
		{ "png", "printf 'IEND' >$f.png.part",              "file incomplete",              ST_ENV     },
		{ "pdf", "echo '%%EO' >$f.pdf.part",                "file incomplete",              ST_ENV     },
		{ "svg", "printf '<svg></svg>\\n\\n' >$f.svg.part", NULL,                           ST_OK      },
		{ "pdf", "echo '%%EOF' >$f.pdf.part",               NULL,                           ST_OK      },
	};
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	struct figure_request r = { .out_dir = t.dir, .width_in = 3.5 };
	struct arena a = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = figures[0]->name, *format = cases[i].format;
		const char *path = arena_printf(&a, "%s/%s-m.%s", t.dir, name, format);

		fake_gnuplot(&t,
		             arena_printf(&a, "#!/bin/sh\nf=%s-m\n%s\n", name, cases[i].script));
		r.formats = format;
		cr_assert_eq(figure_draw(figures[0], s, &r, &err), cases[i].rc, "%zu: %s", i,
		             err.msg);
		if (cases[i].complaint)
			cr_assert(strstr(err.msg, cases[i].complaint), "%s", err.msg);
		cr_assert_eq(file_exists(path), !cases[i].complaint, "%s", path);
		cr_assert(!file_exists(arena_printf(&a, "%s.part", path)));
	}
	arena_release(&a);
	OK(store_close(s, &err));
	scratch_remove(&t);
}

/* The real gnuplot at the file size limit, with the signal ignored as hcbench does. */
Test(report_gnuplot, file_size_limit)
{
	struct scratch t = scratch_make();
	struct store *s = study(t.db, "m");
	struct figure_request r = { t.dir, "svg", 3.5, NULL, NULL };
	struct rlimit whole, small;
	struct err err = { 0 };
	char path[128];

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &whole), 0);
	small = whole;
	small.rlim_cur = 8192;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	cr_assert_eq(figure_draw(figures[0], s, &r, &err), ST_ENV);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &whole), 0);
	cr_assert(strstr(err.msg, "file incomplete"), "%s", err.msg);
	snprintf(path, sizeof(path), "%s/%s-m.svg", t.dir, figures[0]->name);
	cr_assert(!file_exists(path));
	OK(store_close(s, &err));
	scratch_remove(&t);
}
