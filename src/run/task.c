#include "run/task.h"

#include <stdio.h>
#include <string.h>

void task_empty_row(struct point_row *r, const struct planned *p, const char *status,
                    const char *reason)
{
	point_row_empty(r, &p->p, p->key, p->lossy_key, status);
	snprintf(r->reason, sizeof(r->reason), "%.*s", ROW_REASON - 1, reason);
}

static enum status send_without_result(const struct planned *p, enum status why, const char *reason,
                                       const struct row_sink *sink, struct err *e)
{
	struct point_row row;

	task_empty_row(&row, p, why == ST_SKIP ? "skip" : "failed", reason);
	return sink->point(sink->arg, &row, &p->p, e);
}

/* The lossy row: stored, or computed and sent. */
static enum status settle_lossy(struct pipeline *pl, const struct planned *first, double limit,
                                const struct sweep_options *o, const struct lossy_row *known,
                                struct lossy_row *row, const struct row_sink *sink,
                                enum status *failed, struct err *e)
{
	const int32_t *value;
	const int64_t *count;
	size_t n;
	enum status rc;

	*failed = ST_OK;
	if (known) {
		*row = *known;
		return ST_OK;
	}
	*failed = pipeline_lossy(pl, &first->p, first->lossy_key, limit, row, e);
	/* Pruning asks what is lost on all images: only what loses too much can do with fewer. */
	if (!*failed && o->prune && !strcmp(row->verdict, "keeps"))
		*failed = pipeline_lossy(pl, &first->p, first->lossy_key, 0, row, e);
	if (*failed)
		return ST_OK;
	rc = sink->lossy(sink->arg, row, &first->p, e);
	if (rc || first->p.trim.trim || first->p.trim.clip != CLIP_NONE ||
	    !first->p.quant.quantizer->trims || !sink->histogram)
		return rc;
	*failed = pipeline_histogram(pl, &first->p, &value, &count, &n, e);
	return *failed ? ST_OK : sink->histogram(sink->arg, row->lossy_key, value, count, n, e);
}

uint64_t task_size(struct pipeline *pl, const struct plan *p, const struct task *t)
{
	uint64_t bits = UINT64_MAX;

	for (size_t i = t->first; i < t->first + t->n; i++) {
		struct err why;
		uint64_t n;

		if (!pipeline_size(pl, &p->point[i].p, &n, &why) && n < bits)
			bits = n;
	}
	return bits;
}

enum status task_run(struct pipeline *pl, const struct plan *p, const struct task *t,
                     const struct lossy_row *known, const struct sweep_options *o,
                     const struct row_sink *sink, struct err *e)
{
	struct lossy_row lossy;
	struct err why = { 0 };
	enum status failed, rc;

	rc = settle_lossy(pl, &p->point[t->first], t->confirm ? 0 : o->limit, o, known, &lossy,
	                  sink, &failed, &why);
	if (rc && e)
		*e = why;
	for (size_t i = t->first; i < t->first + t->n && !rc; i++) {
		const struct planned *at = &p->point[i];
		enum status result = failed;

		if (at->done)
			continue;
		if (!failed)
			result = pipeline_point(pl, &at->p, at->key, &lossy, o->technology,
			                        o->n_technologies, sink, &why);
		if (result)
			rc = send_without_result(at, result, why.msg, sink, e);
	}
	return rc;
}

enum status task_time(struct pipeline *pl, const struct plan *p, const struct task *t,
                      unsigned sample, const struct sweep_options *o, const struct row_sink *sink,
                      struct err *e)
{
	for (size_t i = t->first; i < t->first + t->n; i++) {
		const struct planned *at = &p->point[i];
		struct err why = { 0 };
		enum status rc = pipeline_time(pl, &at->p, at->key, sample, o->now_s, sink, &why);

		if (rc == ST_STOPPED) {
			if (e)
				*e = why;
			return rc;
		}
	}
	return ST_OK;
}
