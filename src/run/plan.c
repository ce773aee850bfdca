#include "run/sweep.h"

#include <stdlib.h>
#include <string.h>

static int compare_planned(const void *x, const void *y)
{
	const struct planned *a = x, *b = y;

	return point_compare(&a->p, &b->p);
}

static int compare_keys(const void *x, const void *y)
{
	return strcmp((*(struct planned *const *)x)->key, (*(struct planned *const *)y)->key);
}

/* Whether a point asks for the same prices as another: what a table has a row for. */
static bool same_prices(const struct point *a, const struct point *b)
{
	return a->memory_bytes == b->memory_bytes && a->buffer_bytes == b->buffer_bytes &&
	       a->port_bits == b->port_bits && a->lanes == b->lanes && a->decoder == b->decoder &&
	       a->quant.bits == b->quant.bits;
}

enum { MAX_PLATFORMS = 64 };

/* Prices are asked for before anything runs: a missing one must not turn up in hour three. */
static enum status check_prices(const struct plan *p, const struct study *s, struct library *l,
                                struct err *e)
{
	const struct point_row row = { .weight_reads = 1,
		                       .weight_writes = 1,
		                       .dram_bits = 1,
		                       .codes = 1,
		                       .buffer_reads = 1,
		                       .buffer_writes = 1,
		                       .macs = 1,
		                       .inference_cycles = 1 };
	const struct point *seen[MAX_PLATFORMS];
	size_t n_seen = 0;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *at = &p->point[i].p;
		size_t k = 0;

		while (k < n_seen && !same_prices(seen[k], at))
			k++;
		if (k < n_seen)
			continue;
		seen[n_seen < MAX_PLATFORMS ? n_seen++ : 0] = at;
		for (size_t t = 0; t < s->n_technologies; t++) {
			struct energy_row out;
			enum status rc = pipeline_price(l, at, &row, at->quant.bits,
			                                s->technology[t], &out, e);

			if (rc) {
				if (p->point[i].line)
					err_wrap(e, "%s:%u", s->path, p->point[i].line);
				return rc;
			}
		}
	}
	return ST_OK;
}

/* Drops points that have the same key as an earlier one. */
static void drop_duplicates(struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_points; i++)
		if (n == 0 || strcmp(p->point[n - 1].key, p->point[i].key)) {
			if (n != i)
				p->point[n] = p->point[i];
			n++;
		}
	p->n_points = n;
}

static enum status settle_all(struct plan *p, const struct study *s, struct library *l,
                              struct err *e)
{
	for (size_t i = 0; i < s->n_points; i++) {
		struct planned *at = &p->point[i];
		enum status rc;

		at->p = s->point[i].p;
		at->line = s->point[i].line;
		rc = library_settle(l, &at->p, at->key, at->lossy_key, e);
		if (rc) {
			if (at->line)
				err_wrap(e, "%s:%u", s->path, at->line);
			return rc;
		}
	}
	p->n_points = s->n_points;
	return ST_OK;
}

static enum status load_technologies(const struct study *s, struct library *l, struct err *e)
{
	const struct tech *t;
	enum status rc = ST_OK;

	for (size_t i = 0; i < s->n_technologies && !rc; i++)
		rc = library_tech(l, s->technology[i], &t, e);
	if (rc)
		err_wrap(e, "%s: technologies", s->path);
	return rc;
}

static enum status make_tasks(struct plan *p, struct err *e)
{
	p->task = calloc(p->n_points + 1, sizeof(*p->task));
	p->by_key = calloc(p->n_points + 1, sizeof(*p->by_key));
	if (!p->task || !p->by_key)
		return err_nomem(e);
	for (size_t i = 0; i < p->n_points; i++) {
		p->by_key[i] = &p->point[i];
		if (i == 0 || !point_same_lossy(&p->point[i - 1].p, &p->point[i].p))
			p->task[p->n_tasks++].first = i;
		p->task[p->n_tasks - 1].n++;
	}
	qsort(p->by_key, p->n_points, sizeof(*p->by_key), compare_keys);
	return ST_OK;
}

enum status plan_make(struct plan **out, const struct study *s, struct library *l, struct err *e)
{
	struct plan *p = calloc(1, sizeof(*p));
	enum status rc;

	*out = NULL;
	if (!p)
		return err_nomem(e);
	p->point = calloc(s->n_points + 1, sizeof(*p->point));
	rc = p->point ? load_technologies(s, l, e) : err_nomem(e);
	if (!rc)
		rc = settle_all(p, s, l, e);
	if (!rc) {
		qsort(p->point, p->n_points, sizeof(*p->point), compare_planned);
		drop_duplicates(p);
		rc = make_tasks(p, e);
	}
	if (!rc)
		rc = check_prices(p, s, l, e);
	if (rc) {
		plan_free(p);
		return rc;
	}
	plan_count(p, l);
	*out = p;
	return ST_OK;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->point);
	free(p->task);
	free(p->by_key);
	free(p);
}

struct planned *plan_find(const struct plan *p, const char *key)
{
	struct planned probe, *at = &probe, **found;

	if (strlen(key) >= sizeof(probe.key))
		return NULL;
	strcpy(probe.key, key);
	found = bsearch(&at, p->by_key, p->n_points, sizeof(*p->by_key), compare_keys);
	return found ? *found : NULL;
}

void plan_mark_done(struct plan *p, const char *key)
{
	struct planned *at = plan_find(p, key);

	if (at)
		at->done = true;
}

void plan_mark_unconfirmed(struct plan *p, const char *lossy_key)
{
	for (size_t t = 0; t < p->n_tasks; t++)
		if (!strcmp(p->point[p->task[t].first].lossy_key, lossy_key))
			p->task[t].confirm = true;
}

/* Seconds of one core, from measurements of LeNet-5 on 10,000 images: an evaluation runs at about
 * 30 GMAC/s, a point encodes, decodes and models about 60 M weights/s. Only progress uses it. */
static double work_of(const struct task *t, const struct planned *p, struct library *l)
{
	const double macs_per_s = 30e9, weights_per_s = 60e6;
	const struct model *m = NULL;
	const struct dataset *d = NULL;
	double macs = 0;

	if (library_model(l, p->p.model, &m, NULL) ||
	    library_data(l, p->p.model, p->p.data, &d, NULL))
		return 0;
	for (size_t i = 0; i < m->n_nodes; i++) {
		struct gemm g = model_gemm(m, &m->nodes[i]);

		macs += (double)g.m * (double)g.n * (double)g.k * (double)g.groups;
	}
	return macs * (double)(d ? d->n : 0) / macs_per_s +
	       (double)t->todo * (double)m->n_weights / weights_per_s;
}

void plan_count(struct plan *p, struct library *l)
{
	p->n_cached = 0;
	for (size_t t = 0; t < p->n_tasks; t++) {
		struct task *task = &p->task[t];

		task->todo = 0;
		for (size_t i = task->first; i < task->first + task->n; i++)
			task->todo += !p->point[i].done;
		p->n_cached += task->n - task->todo;
		task->work =
		        task->todo || task->confirm ? work_of(task, &p->point[task->first], l) : 0;
	}
}
