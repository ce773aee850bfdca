#include "run/sweep.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/task.h"
#include "run/wire.h"

enum { NO_TASK = -1, POLL_MS = 100, MAX_JOBS = 256 };

struct worker {
	pid_t pid; /* 0: none */
	int to, from;
	ptrdiff_t task; /* being computed, or NO_TASK */
	ptrdiff_t last; /* last task given, for its quantization */
};

struct pool {
	struct plan *plan;
	struct library *library;
	const struct sweep_options *o;
	const struct row_sink *sink;
	struct sweep_counts *counts;
	size_t n_workers, next; /* tasks before next are given out */
	struct worker worker[MAX_JOBS];
	bool *given;    /* per task */
	bool *received; /* per point */
	char *buffer;   /* one message */
	struct err *e;
};

enum { MESSAGE_BYTES = sizeof(struct wire_histogram) };

/* The sink of a worker process: rows go up the pipe. A failed write means the parent is gone. */
static enum status send_row(int fd, enum wire_type type, const void *row, size_t n)
{
	return wire_send(fd, type, row, n) ? ST_OK : ST_STOPPED;
}

static enum status up_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                            struct err *e)
{
	(void)p;
	(void)e;
	return send_row(*(int *)arg, WIRE_LOSSY, r, sizeof(*r));
}

static enum status up_point(void *arg, const struct point_row *r, const struct point *p,
                            struct err *e)
{
	(void)p;
	(void)e;
	return send_row(*(int *)arg, WIRE_POINT, r, sizeof(*r));
}

static enum status up_energy(void *arg, const struct energy_row *r, struct err *e)
{
	(void)e;
	return send_row(*(int *)arg, WIRE_ENERGY, r, sizeof(*r));
}

static enum status up_layer(void *arg, const struct layer_row *r, struct err *e)
{
	(void)e;
	return send_row(*(int *)arg, WIRE_LAYER, r, sizeof(*r));
}

static enum status up_histogram(void *arg, const char *lossy_key, const int32_t *value,
                                const int64_t *count, size_t n, struct err *e)
{
	struct wire_histogram *h = calloc(1, sizeof(*h));
	enum status rc;

	if (!h)
		return err_nomem(e);
	snprintf(h->lossy_key, sizeof(h->lossy_key), "%s", lossy_key);
	h->n = n < WIRE_BINS ? n : WIRE_BINS;
	memcpy(h->value, value, h->n * sizeof(*value));
	memcpy(h->count, count, h->n * sizeof(*count));
	rc = send_row(*(int *)arg, WIRE_HISTOGRAM, h, sizeof(*h));
	free(h);
	return rc;
}

static _Noreturn void worker_main(struct pool *pool, int in, int out)
{
	const struct row_sink sink = {
		&out, up_lossy, up_point, up_energy, up_layer, up_histogram
	};
	struct pipeline *pl = NULL;
	struct wire_task *t = malloc(sizeof(*t));
	struct err e = { 0 };
	enum wire_type type;
	size_t n = sizeof(*t);

	/* The terminal's Ctrl-C is the parent's to answer, and no worker outlives it. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!t || pipeline_create(&pl, pool->library, &e))
		_exit(ST_ENV);
	while (wire_receive(in, &type, t, &n) && type == WIRE_TASK) {
		if (task_run(pl, pool->plan, &pool->plan->task[t->task],
		             t->known ? &t->lossy : NULL, pool->o, &sink, &e) ||
		    !wire_send(out, WIRE_DONE, NULL, 0))
			break;
		n = sizeof(*t);
	}
	pipeline_free(pl);
	free(t);
	_exit(0);
}

static enum status start_worker(struct pool *pool, struct worker *w)
{
	int down[2] = { -1, -1 }, up[2] = { -1, -1 };

	if (pipe(down) || pipe(up) || (w->pid = fork()) < 0) {
		err_set(pool->e, ST_ENV, "cannot start a worker process: %s", strerror(errno));
		close(down[0]);
		close(down[1]);
		close(up[0]);
		close(up[1]);
		w->pid = 0;
		return ST_ENV;
	}
	if (w->pid == 0) {
		/* ends of other workers' pipes would keep those alive */
		for (size_t i = 0; i < pool->n_workers; i++)
			if (pool->worker[i].pid && &pool->worker[i] != w) {
				close(pool->worker[i].to);
				close(pool->worker[i].from);
			}
		close(down[1]);
		close(up[0]);
		worker_main(pool, down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	w->to = down[1];
	w->from = up[0];
	w->task = w->last = NO_TASK;
	return ST_OK;
}

/* Ends a worker that has nothing to do, or at once. Returns its wait status. */
static int end_worker(struct worker *w, bool at_once)
{
	int status = 0;

	close(w->to);
	close(w->from);
	if (at_once)
		kill(w->pid, SIGKILL);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	w->task = NO_TASK;
	return status;
}

/* The next task for a worker: of the quantization it holds, else of one nobody holds, else any. */
static ptrdiff_t choose_task(struct pool *pool, const struct worker *w)
{
	const struct plan *p = pool->plan;
	ptrdiff_t any = NO_TASK, fresh = NO_TASK;

	while (pool->next < p->n_tasks && pool->given[pool->next])
		pool->next++;
	for (size_t t = pool->next; t < p->n_tasks; t++) {
		const struct point *at = &p->point[p->task[t].first].p;
		bool held = false;

		if (pool->given[t])
			continue;
		if (w->last != NO_TASK &&
		    point_same_quantization(&p->point[p->task[w->last].first].p, at))
			return (ptrdiff_t)t;
		if (any == NO_TASK)
			any = (ptrdiff_t)t;
		for (size_t i = 0; i < pool->n_workers && fresh == NO_TASK; i++) {
			const struct worker *other = &pool->worker[i];

			held |= other != w && other->pid && other->last != NO_TASK &&
			        point_same_quantization(&p->point[p->task[other->last].first].p,
			                                at);
		}
		if (fresh == NO_TASK && !held)
			fresh = (ptrdiff_t)t;
		if (fresh != NO_TASK && w->last == NO_TASK)
			break;
	}
	return fresh != NO_TASK ? fresh : any;
}

static enum status give_task(struct pool *pool, struct worker *w)
{
	const struct plan *p = pool->plan;
	struct wire_task *m;
	ptrdiff_t t = choose_task(pool, w);
	enum status rc = ST_SKIP;

	if (t == NO_TASK)
		return ST_OK;
	if (!w->pid && start_worker(pool, w))
		return ST_ENV;
	m = calloc(1, sizeof(*m));
	if (!m)
		return err_nomem(pool->e);
	m->task = (size_t)t;
	if (pool->o->find_lossy)
		rc = pool->o->find_lossy(pool->o->arg, p->point[p->task[t].first].lossy_key,
		                         &m->lossy, pool->e);
	m->known = rc == ST_OK;
	if (rc == ST_OK || rc == ST_SKIP) {
		/* A worker that is already dead is noticed when its pipe is read. */
		wire_send(w->to, WIRE_TASK, m, sizeof(*m));
		pool->given[t] = true;
		w->task = w->last = t;
		rc = ST_OK;
	}
	free(m);
	return rc;
}

static void report_progress(struct pool *pool)
{
	if (pool->o->progress)
		pool->o->progress(pool->o->arg, pool->counts);
}

static void count_point(struct pool *pool, const char *status)
{
	pool->counts->done++;
	pool->counts->failed += !strcmp(status, "failed");
	pool->counts->skipped += !strcmp(status, "skip");
}

/* The plan's point with this key inside task t. */
static struct planned *find_in_task(struct pool *pool, ptrdiff_t t, const char *key)
{
	const struct task *task = &pool->plan->task[t];

	for (size_t i = task->first; i < task->first + task->n; i++)
		if (!pool->received[i] && !strcmp(pool->plan->point[i].key, key))
			return &pool->plan->point[i];
	return NULL;
}

static enum status take_point(struct pool *pool, struct worker *w, const struct point_row *r)
{
	struct planned *at = find_in_task(pool, w->task, r->key);
	enum status rc;

	if (!at)
		return err_set(pool->e, ST_INTERNAL, "a worker sent a point it was not given");
	rc = pool->sink->point(pool->sink->arg, r, &at->p, pool->e);
	pool->received[at - pool->plan->point] = true;
	count_point(pool, r->status);
	pool->counts->work_done +=
	        pool->plan->task[w->task].work / (double)pool->plan->task[w->task].todo;
	report_progress(pool);
	return rc;
}

/* What a dead worker left undone becomes failed rows. */
static enum status bury(struct pool *pool, struct worker *w)
{
	const struct task *t = &pool->plan->task[w->task == NO_TASK ? 0 : w->task];
	bool had_task = w->task != NO_TASK;
	int status = end_worker(w, true);
	char reason[ROW_REASON];
	enum status rc = ST_OK;

	if (!had_task)
		return ST_OK;
	if (WIFSIGNALED(status))
		snprintf(reason, sizeof(reason), "worker killed by signal %d (%s)",
		         WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(reason, sizeof(reason), "worker ended with status %d",
		         WEXITSTATUS(status));
	for (size_t i = t->first; i < t->first + t->n && !rc; i++) {
		struct planned *at = &pool->plan->point[i];
		struct point_row row;

		if (at->done || pool->received[i])
			continue;
		task_empty_row(&row, at, "failed", reason);
		rc = pool->sink->point(pool->sink->arg, &row, &at->p, pool->e);
		count_point(pool, "failed");
	}
	return rc;
}

/* Takes one message of worker w. */
static enum status take_message(struct pool *pool, struct worker *w)
{
	enum wire_type type;
	size_t n = MESSAGE_BYTES;
	const void *m = pool->buffer;
	const struct row_sink *s = pool->sink;
	const struct wire_histogram *h = m;

	if (!wire_receive(w->from, &type, pool->buffer, &n))
		return bury(pool, w);
	switch (type) {
	case WIRE_LOSSY:
		pool->counts->evaluations++;
		return s->lossy(s->arg, m, &pool->plan->point[pool->plan->task[w->task].first].p,
		                pool->e);
	case WIRE_POINT:
		return take_point(pool, w, m);
	case WIRE_ENERGY:
		return s->energy(s->arg, m, pool->e);
	case WIRE_LAYER:
		return s->layer(s->arg, m, pool->e);
	case WIRE_HISTOGRAM:
		return s->histogram ? s->histogram(s->arg, h->lossy_key, h->value, h->count, h->n,
		                                   pool->e)
		                    : ST_OK;
	case WIRE_DONE:
		w->task = NO_TASK;
		return ST_OK;
	case WIRE_TASK:
		break;
	}
	return err_set(pool->e, ST_INTERNAL, "a worker sent an unknown message");
}

static bool stopping(const struct pool *pool)
{
	return pool->o->stop && *pool->o->stop;
}

/* Waits for messages and takes those that are there. *busy: workers with a task. */
static enum status pump(struct pool *pool, size_t *busy)
{
	struct pollfd fd[MAX_JOBS];
	struct worker *owner[MAX_JOBS];
	nfds_t n = 0;
	enum status rc = ST_OK;

	for (size_t i = 0; i < pool->n_workers; i++)
		if (pool->worker[i].pid && pool->worker[i].task != NO_TASK) {
			owner[n] = &pool->worker[i];
			fd[n++] = (struct pollfd){ .fd = pool->worker[i].from, .events = POLLIN };
		}
	*busy = n;
	if (n == 0 || poll(fd, n, POLL_MS) <= 0)
		return ST_OK;
	for (nfds_t i = 0; i < n && !rc; i++)
		if (fd[i].revents)
			rc = take_message(pool, owner[i]);
	return rc;
}

/* Until all tasks are done or someone asks to stop: a point takes milliseconds and what was
 * received is stored, so workers are not waited for. */
static enum status drive(struct pool *pool)
{
	size_t busy = 0;
	enum status rc = ST_OK;

	do {
		for (size_t i = 0; i < pool->n_workers && !rc; i++)
			if (pool->worker[i].task == NO_TASK)
				rc = give_task(pool, &pool->worker[i]);
		if (!rc)
			rc = pump(pool, &busy);
	} while (!rc && busy && !stopping(pool));
	return rc;
}

static enum status run_workers(struct pool *pool)
{
	enum status rc = ST_OK;

	pool->given = calloc(pool->plan->n_tasks + 1, sizeof(*pool->given));
	pool->received = calloc(pool->plan->n_points + 1, sizeof(*pool->received));
	pool->buffer = malloc(MESSAGE_BYTES);
	if (!pool->given || !pool->received || !pool->buffer)
		rc = err_nomem(pool->e);
	for (size_t t = 0; t < pool->plan->n_tasks && !rc; t++)
		pool->given[t] = pool->plan->task[t].todo == 0;
	if (!rc)
		rc = drive(pool);
	for (size_t i = 0; i < pool->n_workers; i++)
		if (pool->worker[i].pid)
			end_worker(&pool->worker[i], pool->worker[i].task != NO_TASK);
	free(pool->given);
	free(pool->received);
	free(pool->buffer);
	return rc;
}

enum status sweep_run(struct plan *p, struct library *l, const struct sweep_options *o,
                      const struct row_sink *sink, struct sweep_counts *counts, struct err *e)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	enum status rc;

	*counts = (struct sweep_counts){ 0 };
	if (!pool)
		return err_nomem(e);
	pool->plan = p;
	pool->library = l;
	pool->o = o;
	pool->sink = sink;
	pool->counts = counts;
	pool->e = e;
	pool->n_workers = o->jobs < MAX_JOBS ? o->jobs : MAX_JOBS;
	for (size_t i = 0; i < pool->n_workers; i++)
		pool->worker[i].task = pool->worker[i].last = NO_TASK;
	rc = run_workers(pool);
	if (!rc && stopping(pool) && counts->done + p->n_cached < p->n_points)
		rc = err_set(e, ST_INTERRUPTED, "stopped by request");
	if (!rc && counts->failed)
		rc = err_set(e, ST_FAILED, "%zu of %zu points failed", counts->failed, p->n_points);
	free(pool);
	return rc;
}
