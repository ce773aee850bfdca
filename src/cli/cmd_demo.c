#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "cli/command.h"

/* Says whose a folder is, so that no other one is written into. */
#define MARKER ".hcbench-demo"

enum { MAX_WORDS = 8 };

/* The folder is missing, empty, or of an earlier demo. */
static enum status check_folder(struct arena *a, const char *dir, struct err *e)
{
	const char *marker = arena_printf(a, "%s/" MARKER, dir);
	bool empty = true;
	DIR *d;

	if (!marker)
		return err_nomem(e);
	if (file_exists(marker))
		return ST_OK;
	d = opendir(dir);
	if (!d && errno == ENOENT)
		return ST_OK;
	if (!d)
		return err_set(e, ST_ENV, "%s: %s: name another folder with --out", dir,
		               strerror(errno));
	for (struct dirent *f; (f = readdir(d));)
		empty = empty && (!strcmp(f->d_name, ".") || !strcmp(f->d_name, ".."));
	closedir(d);
	if (!empty)
		return err_set(e, ST_USAGE,
		               "%s: holds files that are not the demo's: name another folder with "
		               "--out",
		               dir);
	return ST_OK;
}

/* Runs a command as the user would, and shows how. words: NULL-terminated. */
static enum status step(struct arena *a, const char *const *words, struct err *e)
{
	const struct command *c = command_find(words[0]);
	char *argv[MAX_WORDS + 1] = { NULL };
	const char *line = "hcbench";
	struct invocation in;
	bool help;
	int argc = 0;
	enum status rc;

	for (; words[argc] && argc < MAX_WORDS; argc++) {
		argv[argc] = arena_strdup(a, words[argc]);
		line = line && argv[argc] ? arena_printf(a, "%s %s", line, words[argc]) : NULL;
	}
	if (!c || !line)
		return err_nomem(e);
	fprintf(stderr, "\n$ %s\n", line);
	rc = options_parse(c, argc, argv, &in, &help, e);
	if (rc)
		return rc;
	in.command_line = line;
	return c->run(&in, e);
}

static enum status prepare(struct arena *a, const char *dir, const char *study, struct err *e)
{
	const char *shipped = file_shipped(a, "bench/demo.yaml");
	const char *marker = arena_printf(a, "%s/" MARKER, dir);
	struct span text;
	enum status rc = check_folder(a, dir, e);

	if (rc)
		return rc;
	if (!shipped)
		return err_set(e, ST_ENV,
		               "bench/demo.yaml, which ships with hcbench, is missing: install it "
		               "again, or set HCBENCH_SHARE");
	if (!marker || !study)
		return err_nomem(e);
	rc = file_read(a, shipped, 1 << 20, &text, e);
	if (!rc)
		rc = file_mkdirs(dir, e);
	if (!rc)
		rc = file_write(marker, "", 0, e);
	return rc ? rc : file_write(study, text.p, text.n, e);
}

static void say_next(const char *dir)
{
	fprintf(stderr,
	        "\nThe study is %s/study.yaml, its results %s/demo.db, its figures %s/figures/*.svg,\n"
	        "all of it on one page %s/report.html.\n"
	        "Next:\n"
	        "  hcbench query --db %s/demo.db --view best\n"
	        "  hcbench query --db %s/demo.db --pareto bits_per_weight,top1\n"
	        "  hcbench query --db %s/demo.db --group-by codec --sort energy_pj\n"
	        "  hcbench run \"model=./mine.onnx data=none bits=6 codec=dict:256\"    your network\n"
	        "  edit %s/study.yaml, then: hcbench sweep %s/study.yaml --db %s/demo.db\n",
	        dir, dir, dir, dir, dir, dir, dir, dir, dir, dir);
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct arena a = { 0 };
	const char *dir = opt_text(in, "out");
	const char *study = arena_printf(&a, "%s/study.yaml", dir);
	const char *db = arena_printf(&a, "%s/demo.db", dir);
	const char *figures = arena_printf(&a, "%s/figures", dir);
	const char *page = arena_printf(&a, "%s/report.html", dir);
	enum status rc = *dir == '-' ? err_set(e, ST_USAGE, "--out: '%s' is no folder", dir)
	                             : prepare(&a, dir, study, e);

	if (!rc && (!db || !figures || !page))
		rc = err_nomem(e);
	if (!rc)
		rc = step(&a, (const char *const[]){ "sweep", study, "--db", db, NULL }, e);
	if (!rc)
		rc = step(&a,
		          (const char *const[]){ "figures", "--db", db, "--out", figures, NULL },
		          e);
	if (!rc)
		rc = step(&a, (const char *const[]){ "report", "--db", db, "-o", page, NULL }, e);
	if (!rc)
		say_next(dir);
	arena_release(&a);
	return rc;
}

static const struct opt opts[] = {
	{"out", 'o', "DIR", "hcbench-demo", false, "folder, new or of an earlier demo"},
};

const struct command command_demo = {
	.name = "demo",
	.args = "",
	.help = "a small study with its database, figures and report in a few seconds, without any download",
	.examples = "  hcbench demo\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
