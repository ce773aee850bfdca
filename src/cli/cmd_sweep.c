#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/provenance.h"
#include "cli/sweeping.h"

static void describe(const struct plan *p, const struct study *s, uint64_t jobs)
{
	size_t evaluations;
	double work = plan_work(p, &evaluations);
	char text[32];

	format_duration(work / (double)jobs, text);
	fprintf(stderr,
	        "%s: %zu points, %zu stored, %zu to run in %zu lossy prefixes; about %s with %llu "
	        "jobs\n",
	        *s->name ? s->name : s->path, p->n_points, p->n_cached, p->n_points - p->n_cached,
	        evaluations, text, (unsigned long long)jobs);
}

static void summarize(const struct invocation *in, const struct plan *p,
                      const struct sweep_outcome *o, enum status rc)
{
	const struct sweep_counts *c = &o->counts;
	size_t stored = o->stored, left = p->n_points - stored - c->done - c->pruned_points;
	char text[32];

	format_duration(o->elapsed_s, text);
	fprintf(stderr,
	        "%zu new points (%zu evaluations), %zu stored before, %zu skipped, %zu failed, "
	        "%zu left; %s\n",
	        c->done, c->evaluations, stored, c->skipped, c->failed, left, text);
	if (c->images < c->all_images)
		fprintf(stderr, "evaluations saw %llu of %llu images, 1 in %.1f\n",
		        (unsigned long long)c->images, (unsigned long long)c->all_images,
		        (double)c->all_images / (double)c->images);
	if (c->pruned)
		fprintf(stderr,
		        "pruned: %zu evaluations with %zu points, larger than one that loses at "
		        "most %s points\n",
		        c->pruned, c->pruned_points, opt_text(in, "prune"));
	if (c->timed)
		fprintf(stderr, "timed %zu points: hcbench query --db %s --view timings\n",
		        c->timed, opt_text(in, "db"));
	if (c->failed)
		fprintf(stderr, "failed points: hcbench query --db %s --view failures\n",
		        opt_text(in, "db"));
	if (rc == ST_INTERRUPTED)
		fprintf(stderr, "interrupted; everything computed is stored; resume with\n  %s\n",
		        in->command_line);
}

/* Without the option, *prune is false. */
static enum status parse_prune(const struct invocation *in, bool *prune, double *loss,
                               struct err *e)
{
	const char *text = opt_text(in, "prune");

	*prune = text != NULL;
	if (text && (!parse_double(text, loss) || *loss < 0 || *loss > 100))
		return err_set(e, ST_USAGE,
		               "--prune: '%.40s' is no loss in percentage points from 0 to 100",
		               text);
	return ST_OK;
}

static enum status with_store(const struct invocation *in, struct library *l, struct study *study,
                              struct plan *p, unsigned jobs, struct err *e)
{
	struct sweep_request r = { .library = l, .plan = p, .study = study, .jobs = jobs };
	struct sweep_outcome out = { 0 };
	struct arena a = { 0 };
	struct run_info info = provenance(&a, in->command_line, study->text);
	struct err closing = { 0 };
	enum status closed, rc = ST_OK;

	if (!strcmp(opt_text(in, "db"), DEFAULT_DB)) /* a folder that the user named must exist */
		rc = file_mkdirs(DEFAULT_FOLDER, e);
	if (!rc)
		rc = parse_prune(in, &r.prune, &r.prune_loss, e);
	if (!rc)
		rc = store_open(&r.store, opt_text(in, "db"), STORE_WRITE, e);
	if (!rc)
		rc = store_keys(r.store, plan_mark_stored, p, e);
	if (!rc)
		rc = store_begin_run(r.store, &info, e);
	if (!rc) {
		plan_count(p, l);
		describe(p, study, jobs);
		rc = sweep_into_store(&r, &out, e);
		if (out.elapsed_s > 0)
			summarize(in, p, &out, rc);
		rc = sweep_end_run(r.store, rc, e);
	}
	closed = store_close(r.store, &closing);
	arena_release(&a);
	if (!rc && closed) {
		*e = closing;
		rc = closed;
	}
	return rc;
}

/* Without the database: what would run. A stored one is only read. */
static enum status dry_run(const struct invocation *in, struct library *l,
                           const struct study *study, struct plan *p, unsigned jobs, struct err *e)
{
	struct store *s = NULL;
	enum status rc = ST_OK;

	if (file_exists(opt_text(in, "db")))
		rc = store_open(&s, opt_text(in, "db"), STORE_READ, e);
	if (!rc && s)
		rc = store_keys(s, plan_mark_stored, p, e);
	store_close(s, NULL);
	if (rc)
		return rc;
	plan_count(p, l);
	describe(p, study, jobs);
	for (size_t i = 0; i < p->n_points; i++) {
		char text[POINT_TEXT];

		if (p->point[i].done)
			continue;
		point_text(&p->point[i].p, text);
		puts(text);
	}
	return ST_OK;
}

/* One per core; but workers beside each other would measure each other. */
static uint64_t auto_jobs(bool timing)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores > 0 && !timing ? (uint64_t)cores : 1;
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct library l = { 0 };
	struct study *study = NULL;
	struct plan *p = NULL;
	double loss;
	bool prune;
	uint64_t jobs = 0, repeats = 0;
	enum status rc = ST_OK;

	if (strcmp(opt_text(in, "jobs"), "auto"))
		rc = opt_uint(in, "jobs", 1, 256, &jobs, e);
	if (!rc && opt_text(in, "time"))
		rc = opt_uint(in, "time", 0, STUDY_MAX_REPEATS, &repeats, e);
	if (!rc)
		rc = study_load(&study, in->args[0], in->each, in->n_each, e);
	if (!rc && opt_text(in, "time"))
		study->repeats = (unsigned)repeats;
	if (!rc && !jobs)
		jobs = auto_jobs(study->repeats > 0);
	if (!rc) /* before anything is touched */
		rc = parse_prune(in, &prune, &loss, e);
	if (!rc && opt_text(in, "evaluate"))
		rc = study_evaluation(opt_text(in, "evaluate"), &study->limit, e);
	if (!rc && prune && study->limit > 0 && loss > study->limit)
		rc = err_set(
		        e, ST_USAGE,
		        "--prune %s: evaluate: adaptive:%g does not look at smaller losses than "
		        "its own, so take at most %g",
		        opt_text(in, "prune"), study->limit, study->limit);
	if (!rc)
		rc = library_init(&l, e);
	if (!rc)
		rc = plan_make(&p, study, &l, e);
	if (!rc) {
		sweep_catch_signals();
		rc = opt_flag(in, "dry-run") ? dry_run(in, &l, study, p, (unsigned)jobs, e)
		                             : with_store(in, &l, study, p, (unsigned)jobs, e);
	}
	plan_free(p);
	library_release(&l);
	study_free(study);
	return rc;
}

static const struct opt opts[] = {
	{"db",        'd', "FILE",    "results/hcbench.db", false,
         "results database, created where missing"	                                                        },
	{ "jobs",     'j', "N",       "auto",               false,
         "worker processes; auto: one per core, but one in all with --time"                                       },
	{ "set",      's', "AXIS=V",  NULL,                 true,  "replaces an axis of every grid (\"bits=4,6\")"},
	{ "evaluate", 'e', "WHAT",    NULL,                 false,
         "images for accuracy: all, or adaptive:POINTS, as "
	  "many as it takes to say whether more than POINTS are lost (the front is confirmed on all)"             },
	{ "prune",    'p', "POINTS",  NULL,                 false,
         "evaluates from the smallest size on and leaves out what is "
	  "larger than a configuration that loses at most POINTS"                                                 },
	{ "time",     't', "REPEATS", NULL,                 false,
         "encodes and decodes every verified point REPEATS times, stored points too, and keeps "
	  "the durations (view timings)"	                                                                  },
	{ "dry-run",  'n', NULL,      NULL,                 false,
         "prints the points that would run, and the expected time"                                                },
};

const struct command command_sweep = {
	.name = "sweep",
	.args = "STUDY.yaml",
	.min_args = 1,
	.max_args = 1,
	.help = "runs a study into a database; the same command again resumes",
	.examples = "  hcbench sweep bench/quickstart.yaml --db results/quickstart.db\n"
	            "  hcbench sweep bench/mnist.yaml --db results/mnist.db --dry-run | head\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
