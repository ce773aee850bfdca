#include "cli/sweeping.h"

#include "cli/facts.h"
#include "cli/progress.h"
#include "cli/provenance.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
	stop_signal = sig;
}

void sweep_catch_signals(void)
{
	/* the second one ends the program as if nobody listened */
	struct sigaction sa = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

int sweep_signal(void)
{
	return (int)stop_signal;
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

void plan_mark_stored(void *arg, const char *key, const char *status)
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

double plan_work(const struct plan *p, size_t *evaluations)
{
	double work = 0;

	*evaluations = 0;
	for (size_t t = 0; t < p->n_tasks; t++) {
		work += p->task[t].work;
		*evaluations += p->task[t].todo > 0 || p->task[t].confirm;
	}
	return work;
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

static void mark_any(void *arg, const char *key, const char *status)
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

		rc = store_keys(s->store, mark_any, p, e);
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

enum status sweep_into_store(const struct sweep_request *r, struct sweep_outcome *out,
                             struct err *e)
{
	const struct row_sink sink = store_sink(r->store);
	struct session s = { .store = r->store };
	struct sweep_options o = {
		.jobs = r->jobs,
		.technology = r->study->technology,
		.n_technologies = r->study->n_technologies,
		.limit = r->study->limit,
		.prune = r->prune,
		.prune_loss = r->prune_loss,
		.repeats = r->study->repeats,
		.now_s = processor_s,
		.stop = &stop_signal,
		.find_lossy = find_lossy,
		.progress = show,
		.arg = &s,
	};
	size_t evaluations;
	enum status rc = put_facts(r->store, r->library, r->plan, r->study, e);

	*out = (struct sweep_outcome){ 0 };
	/* On all images: whatever has a verdict so far, or what pruning asks about. */
	if (!rc && (o.prune || !(o.limit > 0)))
		rc = store_verdicts(r->store, false, o.limit > 0 ? mark_kept : mark_unconfirmed,
		                    r->plan, e);
	if (!rc)
		plan_count(r->plan, r->library);
	if (!rc)
		rc = price_stored(r->store, r->library, r->plan, r->study, e);
	if (rc)
		return rc;
	out->stored = r->plan->n_cached;
	progress_start(&s.progress, r->plan->n_points, out->stored,
	               plan_work(r->plan, &evaluations));
	if (o.repeats)
		fprintf(stderr, "then %zu points are timed in %u rounds\n", r->plan->n_points,
		        o.repeats);
	rc = sweep_run(r->plan, r->library, &o, &sink, &out->counts, e);
	if ((!rc || rc == ST_FAILED) && o.limit > 0 && !o.prune) {
		struct err failed = *e;
		enum status confirmed;

		o.repeats = 0;
		confirmed = confirm_front(&s, r->library, r->plan, &o, &sink, &out->counts, e);

		if (rc && !confirmed)
			*e = failed;
		rc = confirmed ? confirmed : rc;
	}
	progress_end(&s.progress);
	out->elapsed_s = progress_elapsed(&s.progress);
	return rc;
}

/* Whatever became of a run that began, its row says so. The first error is the one to report. */
enum status sweep_end_run(struct store *s, enum status rc, struct err *e)
{
	const char *how = !rc ? "done" : rc == ST_INTERRUPTED ? "stopped" : "failed";
	struct err ended = { 0 };
	char now[32];
	enum status flushed = store_flush(s, &ended), noted;

	time_stamp(now);
	noted = store_end_run(s, how, now, &ended);
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
