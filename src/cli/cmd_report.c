#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "report/report.h"
#include "run/study.h"

/* A folder for what gnuplot draws on the way; NULL when there is none to be had. */
static const char *make_scratch(struct arena *a)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = arena_printf(a, "%s/hcbench-report-XXXXXX", tmp && *tmp ? tmp : "/tmp");

	return dir ? mkdtemp(dir) : NULL;
}

static void remove_scratch(const char *dir)
{
	struct text path = { 0 };
	DIR *d = dir ? opendir(dir) : NULL;

	if (!d)
		return;
	for (struct dirent *f; (f = readdir(d));) {
		path.n = 0;
		text_addf(&path, "%s/%s", dir, f->d_name);
		if (!path.fail)
			unlink(path.s);
	}
	closedir(d);
	rmdir(dir);
	text_release(&path);
}

static enum status check_loss(const char *text, double *out, struct err *e)
{
	if (!parse_double(text, out) || *out < 0 || *out > 100)
		return err_set(e, ST_USAGE, "--loss: '%.40s' is no number from 0 to 100", text);
	return ST_OK;
}

static enum status write_page(const struct invocation *in, struct store *s,
                              struct report_request *r, struct arena *a, struct err *e)
{
	const char *path = opt_text(in, "out"), *slash = strrchr(r->db, '/');
	struct text page = { 0 };
	enum status rc;

	r->title = opt_text(in, "title");
	if (!r->title)
		r->title = arena_printf(a, "Compressed weights: %s", slash ? slash + 1 : r->db);
	r->published = file_shipped(a, "datasets/published.csv");
	r->scratch = opt_flag(in, "no-figures") ? NULL : make_scratch(a);
	rc = r->title ? report_page(s, r, &page, e) : err_nomem(e);
	remove_scratch(r->scratch);
	if (!rc)
		rc = file_write(path, page.s, page.n, e);
	if (!rc)
		puts(path);
	text_release(&page);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct report_request r = { .db = opt_text(in, "db"),
		                    .technology = opt_text(in, "technology") };
	struct arena a = { 0 };
	struct store *s = NULL;
	enum status rc = check_loss(opt_text(in, "loss"), &r.loss, e);

	if (!rc)
		rc = store_open(&s, r.db, STORE_READ, e);
	if (!rc)
		rc = write_page(in, s, &r, &a, e);
	if (rc == ST_SKIP) /* nothing to write is an error to who asked for a page */
		e->code = rc = ST_USAGE;
	store_close(s, NULL);
	arena_release(&a);
	return rc;
}

static const struct opt opts[] = {
	{"db",          'd', "FILE",   DEFAULT_DB,                    false, "results database"                        },
	{ "out",        'o', "FILE",   DEFAULT_FOLDER "/report.html", false, "the page"                                },
	{ "title",      'T', "TEXT",   NULL,                          false, "its title; otherwise the database's name"},
	{ "loss",       'l', "POINTS", "0.5",                         false,
         "top-1 accuracy that may be lost where codecs are compared, in percentage points"                             },
	{ "technology", 't', "NAME",   DEFAULT_TECHNOLOGY,            false, "price table of the energies"             },
	{ "no-figures", 0,   NULL,     NULL,                          false, "without the figures that gnuplot draws"  },
};

const struct command command_report = {
	.name = "report",
	.args = "",
	.help = "writes one self-contained HTML page about a database",
	.examples =
	        "  hcbench report --db results/quickstart.db -o report.html\n"
	        "  hcbench report --db results/energy.db --technology 22nm-lstp --title \"LeNets\"\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
