#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/facts.h"
#include "cli/progress.h"
#include "cli/provenance.h"
#include "run/sweep.h"
#include "store/store.h"

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
	stop_signal = sig;
}

static void catch_signals(void)
{
	/* the second one ends the program as if nobody listened */
	struct sigaction sa = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* What the sweep's callbacks need. */
struct session {
	struct store *store;
	struct progress progress;
};

static enum status find_lossy(void *arg, const char *key, struct lossy_row *out, struct err *e)
{
	return store_find_lossy(((struct session *)arg)->store, key, out, e);
}

static void show(void *arg, const struct sweep_counts *c)
{
	struct session *s = arg;

	progress_show(&s->progress, &(struct progress_state){ c->done, c->failed, c->work_done });
}

static void mark(void *arg, const char *key, const char *status)
{
	if (!strcmp(status, "ok") || !strcmp(status, "skip"))
		plan_mark_done(arg, key);
}

/* Processor time of this process: waiting for other programs is no part of a duration. */
static double processor_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double plan_work(const struct plan *p, size_t *evaluations)
{
	double work = 0;

	*evaluations = 0;
	for (size_t t = 0; t < p->n_tasks; t++) {
		work += p->task[t].work;
		*evaluations += p->task[t].todo > 0 || p->task[t].confirm;
	}
	return work;
}

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

/* Prices stored points of the plan with technologies that they have not got yet. */
struct pricing {
	struct store *store;
	struct library *library;
	const struct plan *plan;
	const char *technology;
	struct row_sink sink;
	enum status rc;
	size_t n;
	struct err *e;
};

static void price_one(void *arg, const struct point_row *r)
{
	struct pricing *pr = arg;
	const struct planned *at = plan_find(pr->plan, r->key);
	struct lossy_row lossy;
	struct energy_row out;

	if (pr->rc || !at) /* another study's: its files may be gone or changed */
		return;
	pr->rc = store_find_lossy(pr->store, r->lossy_key, &lossy, pr->e);
	if (!pr->rc)
		pr->rc = pipeline_price(pr->library, &at->p, r, (unsigned)lossy.wire_bits,
		                        pr->technology, &out, pr->e);
	if (!pr->rc)
		pr->rc = pr->sink.energy(pr->sink.arg, &out, pr->e);
	pr->n++;
}

static enum status price_stored(struct store *db, struct library *l, const struct plan *p,
                                const struct study *s, struct err *e)
{
	for (size_t i = 0; i < s->n_technologies; i++) {
		struct pricing pr = { db, l, p, s->technology[i], store_sink(db), ST_OK, 0, e };
		enum status rc = store_unpriced(db, s->technology[i], price_one, &pr, e);

		if (rc || pr.rc)
			return rc ? rc : pr.rc;
		if (pr.n)
			fprintf(stderr, "priced %zu stored points with %s\n", pr.n,
			        s->technology[i]);
	}
	return ST_OK;
}

static void summarize(const struct invocation *in, const struct plan *p, size_t stored,
                      const struct sweep_counts *c, const struct session *s, enum status rc)
{
	char text[32];
	size_t left = p->n_points - stored - c->done - c->pruned_points;

	format_duration(progress_elapsed(&s->progress), text);
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

static void mark_unconfirmed(void *arg, const char *lossy_key, const char *verdict)
{
	(void)verdict;
	plan_mark_unconfirmed(arg, lossy_key);
}

static void mark_kept(void *arg, const char *lossy_key, const char *verdict)
{
	if (!strcmp(verdict, "keeps"))
		plan_mark_unconfirmed(arg, lossy_key);
}

static void mark_stored(void *arg, const char *key, const char *status)
{
	(void)status;
	plan_mark_done(arg, key);
}

/* Evaluates on all images what is on the front by an estimate, until nothing is. Points that failed
 * are not tried again. */
static enum status confirm_front(struct session *s, struct library *l, struct plan *p,
                                 struct sweep_options *o, const struct row_sink *sink,
                                 struct sweep_counts *total, struct err *e)
{
	enum status rc = ST_OK;

	while (!rc) {
		struct sweep_counts counts;
		size_t n;

		rc = store_keys(s->store, mark_stored, p, e);
		for (size_t t = 0; t < p->n_tasks; t++)
			p->task[t].confirm = false;
		if (!rc)
			rc = store_verdicts(s->store, true, mark_unconfirmed, p, e);
		if (rc)
			return rc;
		plan_count(p, l);
		plan_work(p, &n);
		if (n == 0)
			return ST_OK;
		fprintf(stderr, "confirming %zu lossy prefixes of the front on all images\n", n);
		rc = sweep_run(p, l, o, sink, &counts, e);
		total->evaluations += counts.evaluations;
		total->images += counts.images;
		total->all_images += counts.all_images;
		if (!rc && counts.evaluations < n)
			rc = err_set(e, ST_FAILED,
			             "%zu of %zu lossy prefixes of the front could not be "
			             "evaluated on all images: run the same command again",
			             n - counts.evaluations, n);
	}
	return rc;
}

static enum status compute(struct session *s, const struct invocation *in, struct library *l,
                           struct plan *p, const struct study *study, unsigned jobs, struct err *e)
{
	const struct row_sink sink = store_sink(s->store);
	struct sweep_options o = {
		.jobs = jobs,
		.technology = study->technology,
		.n_technologies = study->n_technologies,
		.limit = study->limit,
		.repeats = study->repeats,
		.now_s = processor_s,
		.stop = &stop_signal,
		.find_lossy = find_lossy,
		.progress = show,
		.arg = s,
	};
	struct sweep_counts counts;
	size_t evaluations, stored;
	enum status rc = put_facts(s->store, l, p, study, e);

	if (!rc)
		rc = parse_prune(in, &o.prune, &o.prune_loss, e);
	/* On all images: whatever has a verdict so far, or what pruning asks about. */
	if (!rc && (o.prune || !(o.limit > 0)))
		rc = store_verdicts(s->store, false, o.limit > 0 ? mark_kept : mark_unconfirmed, p,
		                    e);
	if (!rc)
		plan_count(p, l);
	if (!rc)
		rc = price_stored(s->store, l, p, study, e);
	if (rc)
		return rc;
	stored = p->n_cached;
	progress_start(&s->progress, p->n_points, p->n_cached, plan_work(p, &evaluations));
	if (o.repeats)
		fprintf(stderr, "then %zu points are timed in %u rounds\n", p->n_points, o.repeats);
	rc = sweep_run(p, l, &o, &sink, &counts, e);
	if ((!rc || rc == ST_FAILED) && o.limit > 0 && !o.prune) {
		struct err failed = *e;
		enum status confirmed;

		o.repeats = 0;
		confirmed = confirm_front(s, l, p, &o, &sink, &counts, e);

		if (rc && !confirmed)
			*e = failed;
		rc = confirmed ? confirmed : rc;
	}
	progress_end(&s->progress);
	summarize(in, p, stored, &counts, s, rc);
	return rc;
}

/* Whatever became of a run that began, its row says so. The first error is the one to report. */
static enum status end_run(struct session *s, enum status rc, struct err *e)
{
	const char *how = !rc ? "done" : rc == ST_INTERRUPTED ? "stopped" : "failed";
	struct err ended = { 0 };
	char now[32];
	enum status flushed = store_flush(s->store, &ended), noted;

	time_stamp(now);
	noted = store_end_run(s->store, how, now, &ended);
	flushed = flushed ? flushed : noted;
	if (flushed && (!rc || rc == ST_FAILED || rc == ST_INTERRUPTED)) {
		*e = ended;
		return flushed;
	}
	if (rc == ST_INTERRUPTED) {
		*e->msg = '\0'; /* the summary said it */
		return stop_signal == SIGINT ? ST_INTERRUPTED : ST_STOPPED;
	}
	return rc;
}

static enum status with_store(const struct invocation *in, struct library *l, struct study *study,
                              struct plan *p, unsigned jobs, struct err *e)
{
	struct session s = { 0 };
	struct arena a = { 0 };
	struct run_info info = provenance(&a, in->command_line, study->text);
	struct err closing = { 0 };
	enum status closed, rc = ST_OK;

	if (!strcmp(opt_text(in, "db"), DEFAULT_DB)) /* a folder that the user named must exist */
		rc = file_mkdirs(DEFAULT_FOLDER, e);
	if (!rc)
		rc = store_open(&s.store, opt_text(in, "db"), STORE_WRITE, e);
	if (!rc)
		rc = store_keys(s.store, mark, p, e);
	if (!rc)
		rc = store_begin_run(s.store, &info, e);
	if (!rc) {
		plan_count(p, l);
		describe(p, study, jobs);
		rc = end_run(&s, compute(&s, in, l, p, study, jobs, e), e);
	}
	closed = store_close(s.store, &closing);
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
		rc = store_keys(s, mark, p, e);
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
		catch_signals();
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
