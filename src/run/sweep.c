#include "run/sweep.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/prune.h"
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
	struct pruner *pruner;  /* NULL without --prune */
	bool sizing;            /* tasks are asked for their size only */
	bool timing;            /* tasks are timed only, for this sample */
	unsigned sample;
	struct worker worker[MAX_JOBS];
	bool *given;      /* per task */
	bool *received;   /* per point */
	struct text body; /* one message */
	struct err *e;
};

/* What the worker answers before WIRE_DONE. */
static enum status work(struct pool *pool, struct pipeline *pl, const struct wire_task *t,
                        struct wire_outbox *outbox, struct err *e)
{
	const struct row_sink sink = wire_sink(outbox);
	const struct task *task = &pool->plan->task[t->task];
	uint64_t bits;
	enum status rc;

	if (t->size_only) {
		bits = task_size(pl, pool->plan, task);
		return wire_send(outbox->fd, WIRE_SIZE, &bits, sizeof(bits)) ? ST_OK : ST_STOPPED;
	}
	if (t->time_only)
		rc = task_time(pl, pool->plan, task, t->sample, pool->o, &sink, e);
	else
		rc = task_run(pl, pool->plan, task, t->known ? &t->lossy : NULL, pool->o, &sink, e);
	return rc ? rc : wire_flush(outbox, e);
}

static _Noreturn void worker_main(struct pool *pool, int in, int out)
{
	struct wire_outbox outbox = { .fd = out };
	struct pipeline *pl = NULL;
	struct text body = { 0 };
	struct wire_task t;
	struct err e = { 0 };
	enum wire_type type;
	enum status rc = ST_OK;

	/* The terminal's Ctrl-C is the parent's to answer, and no worker outlives it (a lock file
	 * of the parent is inherited with the process). */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rc = pipeline_create(&pl, pool->library, &e);
	while (!rc && wire_receive(in, &type, &body) && type == WIRE_TASK) {
		memcpy(&t, body.s, sizeof(t));
		rc = work(pool, pl, &t, &outbox, &e);
		if (!rc && !wire_send(out, WIRE_DONE, NULL, 0))
			rc = ST_STOPPED;
	}
	if (rc)
		wire_send(out, WIRE_ERROR, &e, sizeof(e));
	pipeline_free(pl);
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

static void count_pruned(struct pool *pool, const struct task *t)
{
	pool->counts->pruned++;
	pool->counts->pruned_points += t->todo;
	pool->counts->work_done += t->work;
	if (pool->o->progress)
		pool->o->progress(pool->o->arg, pool->counts);
}

/* The next one by size that is worth an evaluation. */
static ptrdiff_t choose_by_size(struct pool *pool)
{
	for (; pool->next < pool->plan->n_tasks; pool->next++) {
		size_t t = pruner_task(pool->pruner, pool->next);

		if (pool->given[t])
			continue;
		if (!pruner_drops(pool->pruner, t))
			return (ptrdiff_t)t;
		pool->given[t] = true;
		count_pruned(pool, &pool->plan->task[t]);
	}
	return NO_TASK;
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

/* A worker that died while it had nothing to do is replaced. */
static enum status send_task(struct pool *pool, struct worker *w, const struct wire_task *m)
{
	if (wire_send(w->to, WIRE_TASK, m, sizeof(*m)))
		return ST_OK;
	end_worker(w, true);
	if (start_worker(pool, w))
		return pool->e->code;
	if (!wire_send(w->to, WIRE_TASK, m, sizeof(*m)))
		return err_set(pool->e, ST_ENV, "a worker process ended before it began");
	return ST_OK;
}

static enum status give_task(struct pool *pool, struct worker *w)
{
	const struct plan *p = pool->plan;
	struct wire_task *m;
	ptrdiff_t t = pool->pruner && !pool->sizing && !pool->timing ? choose_by_size(pool)
	                                                             : choose_task(pool, w);
	enum status rc = ST_SKIP;

	if (t == NO_TASK)
		return ST_OK;
	if (!w->pid && start_worker(pool, w))
		return ST_ENV;
	m = calloc(1, sizeof(*m));
	if (!m)
		return err_nomem(pool->e);
	m->task = (size_t)t;
	m->size_only = pool->sizing;
	m->time_only = pool->timing;
	m->sample = pool->sample;
	if (pool->o->find_lossy && !pool->sizing && !pool->timing && !p->task[t].confirm)
		rc = pool->o->find_lossy(pool->o->arg, p->point[p->task[t].first].lossy_key,
		                         &m->lossy, pool->e);
	m->known = rc == ST_OK;
	if (m->known && pool->pruner)
		pruner_result(pool->pruner, (size_t)t, &m->lossy);
	if (rc == ST_OK || rc == ST_SKIP) {
		rc = send_task(pool, w, m);
		pool->given[t] = true;
		w->task = w->last = t;
	}
	free(m);
	return rc;
}

static void count_point(struct pool *pool, ptrdiff_t task, const char *status)
{
	const struct task *t = &pool->plan->task[task];

	pool->counts->done++;
	pool->counts->failed += !strcmp(status, "failed");
	pool->counts->skipped += !strcmp(status, "skip");
	pool->counts->work_done += t->work / (double)t->todo;
	if (pool->o->progress)
		pool->o->progress(pool->o->arg, pool->counts);
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

static void count_evaluation(struct pool *pool, ptrdiff_t task, const struct lossy_row *r)
{
	if (pool->pruner)
		pruner_result(pool->pruner, (size_t)task, r);
	if (r->images == ROW_NO_INT)
		return;
	pool->counts->evaluations++;
	pool->counts->images += (uint64_t)r->images;
	pool->counts->all_images += (uint64_t)r->total_images;
}

/* Durations of a point that has a row: what pruning left out has none. */
static enum status take_timings(struct pool *pool, const struct timing_row *first,
                                const struct text *body)
{
	const struct planned *at = plan_find(pool->plan, first->key);

	if (!at)
		return err_set(pool->e, ST_INTERNAL, "a worker timed a point it was not given");
	if (!at->done && !pool->received[at - pool->plan->point])
		return ST_OK;
	pool->counts->timed += first->sample == 0;
	return wire_unpack(body, &at->p, pool->sink, pool->e);
}

/* A whole point, or a whole lossy prefix. */
static enum status take_rows(struct pool *pool, struct worker *w, const struct text *body)
{
	struct planned *at = &pool->plan->point[pool->plan->task[w->task].first];
	struct point_row row;
	struct lossy_row lossy;
	struct timing_row timing;
	bool is_point = wire_first_point(body, &row);
	enum status rc;

	if (wire_first_timing(body, &timing))
		return take_timings(pool, &timing, body);
	if (is_point)
		at = find_in_task(pool, w->task, row.key);
	else if (!wire_first_lossy(body, &lossy))
		at = NULL;
	if (!at)
		return err_set(pool->e, ST_INTERNAL, "a worker sent a point it was not given");
	rc = wire_unpack(body, &at->p, pool->sink, pool->e);
	if (is_point) {
		pool->received[at - pool->plan->point] = true;
		count_point(pool, w->task, row.status);
	} else {
		count_evaluation(pool, w->task, &lossy);
	}
	return rc;
}

/* What a worker left undone becomes failed rows that say why. */
static enum status bury(struct pool *pool, struct worker *w, const char *reason)
{
	const struct task *t = &pool->plan->task[w->task];
	ptrdiff_t task = w->task;
	int status = end_worker(w, true);
	char text[ROW_REASON];
	enum status rc = ST_OK;

	if (reason)
		snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, reason);
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "worker killed by signal %d (%s)", WTERMSIG(status),
		         strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof(text), "worker ended with status %d", WEXITSTATUS(status));
	for (size_t i = t->first; i < t->first + t->n && !rc; i++) {
		struct planned *at = &pool->plan->point[i];
		struct point_row row;

		if (at->done || pool->received[i] || pool->sizing || pool->timing)
			continue;
		task_empty_row(&row, at, "failed", text);
		rc = pool->sink->point(pool->sink->arg, &row, &at->p, pool->e);
		count_point(pool, task, "failed");
	}
	return rc;
}

/* Takes one message of worker w, which has a task. */
static enum status take_message(struct pool *pool, struct worker *w)
{
	enum wire_type type;
	struct err gave_up;
	uint64_t bits;

	if (!wire_receive(w->from, &type, &pool->body))
		return bury(pool, w, NULL);
	switch (type) {
	case WIRE_ROWS:
		return take_rows(pool, w, &pool->body);
	case WIRE_ERROR:
		memcpy(&gave_up, pool->body.s, sizeof(gave_up));
		return bury(pool, w, gave_up.msg);
	case WIRE_DONE:
		w->task = NO_TASK;
		return ST_OK;
	case WIRE_SIZE:
		memcpy(&bits, pool->body.s, sizeof(bits));
		pruner_size(pool->pruner, (size_t)w->task, bits);
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

/* All tasks in the order in which they are to be evaluated, and what is known of their accuracy. */
static enum status size_tasks(struct pool *pool)
{
	const struct plan *p = pool->plan;
	enum status rc = pruner_create(&pool->pruner, p, pool->o->prune_loss, pool->e);

	pool->sizing = true;
	if (!rc)
		rc = drive(pool);
	pool->sizing = false;
	for (size_t i = 0; i < pool->n_workers; i++)
		pool->worker[i].last = NO_TASK;
	for (size_t t = 0; t < p->n_tasks && !rc && pool->o->find_lossy; t++) {
		struct lossy_row row;

		rc = pool->o->find_lossy(pool->o->arg, p->point[p->task[t].first].lossy_key, &row,
		                         pool->e);
		if (!rc)
			pruner_result(pool->pruner, t, &row);
		rc = rc == ST_SKIP ? ST_OK : rc;
	}
	if (!rc)
		pruner_sort(pool->pruner);
	return rc;
}

/* Whether a task was not given out, or was not finished. */
static bool work_left(const struct pool *pool)
{
	bool left = false;

	for (size_t t = 0; t < pool->plan->n_tasks; t++)
		left |= !pool->given[t];
	for (size_t i = 0; i < pool->n_workers; i++)
		left |= pool->worker[i].task != NO_TASK;
	return left;
}

/* One sample of every point per round. */
static enum status time_tasks(struct pool *pool)
{
	enum status rc = ST_OK;

	pool->timing = true;
	for (unsigned i = 0; i < pool->o->repeats && !rc && !stopping(pool); i++) {
		memset(pool->given, 0, pool->plan->n_tasks * sizeof(*pool->given));
		pool->next = 0;
		pool->sample = i;
		rc = drive(pool);
	}
	return rc;
}

static enum status run_workers(struct pool *pool)
{
	enum status rc = ST_OK;

	pool->given = calloc(pool->plan->n_tasks + 1, sizeof(*pool->given));
	pool->received = calloc(pool->plan->n_points + 1, sizeof(*pool->received));
	if (!pool->given || !pool->received)
		rc = err_nomem(pool->e);
	if (!rc && pool->o->prune)
		rc = size_tasks(pool);
	for (size_t t = 0; t < pool->plan->n_tasks && !rc; t++)
		pool->given[t] = pool->plan->task[t].todo == 0 && !pool->plan->task[t].confirm;
	pool->next = 0;
	if (!rc && !stopping(pool))
		rc = drive(pool);
	if (!rc)
		rc = time_tasks(pool);
	if (!rc && stopping(pool) && work_left(pool))
		rc = err_set(pool->e, ST_INTERRUPTED, "stopped by request");
	for (size_t i = 0; i < pool->n_workers; i++)
		if (pool->worker[i].pid)
			end_worker(&pool->worker[i], pool->worker[i].task != NO_TASK);
	pruner_free(pool->pruner);
	free(pool->given);
	free(pool->received);
	text_release(&pool->body);
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
	if (!rc && counts->failed)
		rc = err_set(e, ST_FAILED, "%zu of %zu points failed", counts->failed, p->n_points);
	free(pool);
	return rc;
}
