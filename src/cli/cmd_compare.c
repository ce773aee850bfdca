#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "report/compare.h"
#include "report/regress.h"
#include "run/study.h"
#include "store/store.h"

static enum status open_database(struct store **out, const char *path, struct err *e)
{
	if (!file_exists(path))
		return err_set(e, ST_ENV,
		               "%s: no such database: make one with 'hcbench sweep "
		               "bench/compare.yaml --db %s'",
		               path, path);
	return store_open(out, path, STORE_READ, e);
}

static enum status percent(const struct invocation *in, const char *name, double *out,
                           struct err *e)
{
	const char *text = opt_text(in, name);

	if (!parse_double(text, out) || *out < 0 || *out > 100)
		return err_set(e, ST_USAGE, "--%s: '%.40s' is no number from 0 to 100", name, text);
	return ST_OK;
}

/* Chooses the columns that people read, or those of --columns, and prints. */
static enum status print(const struct invocation *in, struct table *t, const char *brief,
                         struct err *e)
{
	const char *format = opt_text(in, "format"), *columns = opt_text(in, "columns");
	enum status rc = ST_OK;

	if (!columns && output_is_for_reading(format))
		columns = brief;
	if (columns && strcmp(columns, "all"))
		rc = output_choose(t, columns, e);
	return rc ? rc : output_table(t, format, e);
}

static enum status compare(const struct invocation *in, struct store *s, struct err *e)
{
	struct arena a = { 0 };
	struct text missing = { 0 };
	struct table t = { 0 };
	struct compare_request r = { .model = opt_text(in, "model"),
		                     .technology = opt_text(in, "technology"),
		                     .published = file_shipped(&a, "datasets/published.csv") };
	enum status rc = percent(in, "loss", &r.loss, e);

	if (!rc)
		rc = compare_table(s, &r, &t, &missing, e);
	if (!r.published)
		fputs("no published figures: datasets/published.csv is not installed\n", stderr);
	fputs(text_str(&missing), stderr);
	if (!rc)
		rc = print(in, &t, compare_brief, e);
	table_release(&t);
	text_release(&missing);
	arena_release(&a);
	return rc;
}

static void summarize(const struct regress_request *r, const struct regress_counts *c)
{
	if (r->timings_only)
		fputs("two runs of one database: it holds each point once, so only timings are "
		      "compared\n",
		      stderr);
	else
		fprintf(stderr,
		        "%zu points in both, %zu columns compared exactly: %zu differ; %zu points "
		        "only before, %zu only after\n",
		        c->points, c->columns, c->differing, c->only_before, c->only_after);
	if (c->by_point)
		fputs("the files are of different versions of the method: points are matched by "
		      "their canonical line\n",
		      stderr);
	if (c->not_alike)
		fprintf(stderr,
		        "%zu points were evaluated on different numbers of images: accuracy not "
		        "compared\n",
		        c->not_alike);
	if (!c->tests) {
		fputs("no timings in both; 'hcbench sweep STUDY.yaml --time 20' makes them\n",
		      stderr);
		return;
	}
	fprintf(stderr,
	        "%zu timings: %zu slower and %zu faster by more than %g %% (Mann-Whitney, Holm, "
	        "%g %% error in all); %zu unclear\n",
	        c->tests, c->slower, c->faster, 100 * r->threshold, 100 * r->alpha, c->unclear);
	if (c->fewest < c->needed)
		fprintf(stderr,
		        "with %zu samples nothing can be significant among %zu tests: repeat with "
		        "--time %zu or more\n",
		        c->fewest, c->tests, c->needed);
}

/* "3": a run of the same database; anything else: a file. */
static enum status choose_sides(const struct invocation *in, struct store *s, struct store **other,
                                struct regress_request *r, struct err *e)
{
	const char *against = opt_text(in, "against");
	uint64_t run;
	enum status rc;

	r->after.store = s;
	r->timings_only = parse_u64(against, INT64_MAX, &run) && run > 0;
	if (r->timings_only) {
		r->before.store = s;
		r->before.run = r->after.not_run = (int64_t)run;
		return ST_OK;
	}
	if (!file_exists(against))
		return err_set(e, ST_ENV,
		               "--against %s: neither a file nor the number of a run (see 'hcbench "
		               "query --view runs')",
		               against);
	rc = store_open(other, against, STORE_READ, e);
	r->before.store = *other;
	return rc;
}

static enum status compare_against(const struct invocation *in, struct store *s, struct err *e)
{
	struct regress_request r = { .alpha = 0.05 };
	struct regress_counts counts;
	struct store *other = NULL;
	struct table t = { 0 };
	enum status rc = percent(in, "threshold", &r.threshold, e);

	r.threshold /= 100;
	if (!rc)
		rc = choose_sides(in, s, &other, &r, e);
	if (!rc)
		rc = regress_compare(&r, &t, &counts, e);
	if (!rc)
		rc = print(in, &t, regress_brief, e);
	if (!rc) {
		fflush(stdout);
		summarize(&r, &counts);
		if (regress_count(&counts))
			rc = err_set(e, ST_FAILED, "%zu regressions: %zu differ, %zu slower",
			             regress_count(&counts), counts.differing, counts.slower);
	}
	table_release(&t);
	store_close(other, NULL);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct store *s = NULL;
	enum status rc = output_check(opt_text(in, "format"), e);

	if (!rc)
		rc = open_database(&s, opt_text(in, "db"), e);
	if (!rc)
		rc = opt_text(in, "against") ? compare_against(in, s, e) : compare(in, s, e);
	store_close(s, NULL);
	return rc;
}

static const struct opt opts[] = {
	{"db",          'd', "FILE",    DEFAULT_DB,         false, "results database"                  },
	{ "model",      'm', "NAME",    NULL,               false, "only this network"                 },
	{ "loss",       'l', "POINTS",  "0.5",              false,
         "top-1 accuracy that may be lost on the half of the images that chooses, in percentage points"},
	{ "technology", 't', "NAME",    DEFAULT_TECHNOLOGY, false, "price table of the energies"       },
	{ "against",    'a', "RUN",     NULL,               false,
         "compares with what was before instead: another database, or the number of a run of this one; "
	  "exit status 1 on a regression"	                                                      },
	{ "threshold",  'T', "PERCENT", "5",                false,
         "with --against: smaller changes of a duration do not matter"                                 },
	{ "columns",    'c', "COLUMNS", NULL,               false, "only these, in this order; or all" },
	{ "format",     'f', "FORMAT",  "table",            false, OUTPUT_FORMATS                      },
};

const struct command command_compare = {
	.name = "compare",
	.args = "",
	.help = "HardCompress against every codec at equal accuracy, or results against earlier ones",
	.examples =
	        "  hcbench compare --db results/compare.db\n"
	        "  hcbench compare --db results/compare.db --model lenet5-mnist --loss 1 --format md\n"
	        "  hcbench compare --db results/new.db --against results/old.db --threshold 10\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
