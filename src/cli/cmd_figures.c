#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "report/figure.h"

static const char *figure_name(size_t i)
{
	return i < n_figures ? figures[i]->name : NULL;
}

static void wrote(void *arg, const char *path)
{
	(void)arg;
	puts(path);
}

static bool wanted(const struct invocation *in, const char *name)
{
	for (int i = 0; i < in->n_args; i++)
		if (!strcmp(in->args[i], name))
			return true;
	return in->n_args == 0;
}

static enum status check_names(const struct invocation *in, struct err *e)
{
	for (int a = 0; a < in->n_args; a++) {
		size_t i = 0;

		while (figure_name(i) && strcmp(figure_name(i), in->args[a]))
			i++;
		if (!figure_name(i))
			return err_unknown(e, "figure", in->args[a], figure_name, "figures");
	}
	return ST_OK;
}

static enum status check_width(const char *text, double *width, struct err *e)
{
	if (!parse_double(text, width) || *width < 2 || *width > 20)
		return err_set(e, ST_USAGE,
		               "--width: '%s' is not a width in inches (expected 2..20; IEEE "
		               "column 3.5, page 7.16)",
		               text);
	return ST_OK;
}

static bool needs_database(const struct invocation *in)
{
	for (size_t i = 0; i < n_figures; i++)
		if (wanted(in, figures[i]->name) && !figures[i]->from_tables)
			return true;
	return false;
}

static enum status draw_all(const struct invocation *in, struct store *s,
                            const struct figure_request *r, struct err *e)
{
	enum status rc = ST_OK;

	for (size_t i = 0; i < n_figures && !rc; i++) {
		if (!wanted(in, figures[i]->name))
			continue;
		rc = figure_draw(figures[i], s, r, e);
		if (rc == ST_SKIP) {
			fprintf(stderr, "%s: not drawn: %s\n", figures[i]->name, e->msg);
			rc = ST_OK;
		}
	}
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct figure_request r = { .out_dir = opt_text(in, "out"),
		                    .formats = opt_text(in, "format"),
		                    .wrote = wrote };
	struct store *s = NULL;
	enum status rc = check_names(in, e);

	if (!rc)
		rc = check_width(opt_text(in, "width"), &r.width_in, e);
	if (!rc && needs_database(in))
		rc = store_open(&s, opt_text(in, "db"), STORE_READ, e);
	if (!rc)
		rc = file_mkdirs(r.out_dir, e);
	if (!rc)
		rc = draw_all(in, s, &r, e);
	store_close(s, NULL);
	return rc;
}

static const struct opt opts[] = {
	{"db",      'd', "FILE",    "results/hcbench.db", false, "results database"                         },
	{ "out",    'o', "DIR",     "plots/out",          false, "folder for the figures"                   },
	{ "format", 'f', "FORMATS", "svg",                false, "svg,pdf,png: any of them, comma separated"},
	{ "width",  'w', "INCHES",  "3.5",                false, "3.5 (IEEE column) or 7.16 (page)"         },
};

const struct command command_figures = {
	.name = "figures",
	.args = "[FIGURE..]",
	.max_args = 64,
	.help = "draws figures from the database with gnuplot, each with its script and data",
	.examples = "  hcbench figures --db results/quickstart.db --out plots/quickstart\n"
	            "  hcbench figures pareto_accuracy --db results/mnist.db --format pdf\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
