#include "run/prune.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t NO_SIZE = UINT64_MAX;

/* A task's place in the order. */
struct place {
	size_t task, family;
	uint64_t bits;
};

struct pruner {
	const struct plan *plan;
	double loss;
	struct place *place; /* in order, once sorted */
	struct place *of;    /* per task */
	uint64_t *enough;    /* per family: smallest size that loses nothing, NO_SIZE: none yet */
};

static bool same_family(const struct point *a, const struct point *b)
{
	return !strcmp(a->model, b->model) && !strcmp(a->data, b->data) &&
	       a->activations == b->activations;
}

enum status pruner_create(struct pruner **out, const struct plan *p, double loss, struct err *e)
{
	struct pruner *pr = calloc(1, sizeof(*pr));
	size_t n_families = 0;

	*out = pr;
	if (!pr)
		return err_nomem(e);
	pr->plan = p;
	pr->loss = loss;
	pr->place = calloc(p->n_tasks + 1, sizeof(*pr->place));
	pr->of = calloc(p->n_tasks + 1, sizeof(*pr->of));
	pr->enough = calloc(p->n_tasks + 1, sizeof(*pr->enough));
	if (!pr->place || !pr->of || !pr->enough)
		return err_nomem(e);
	for (size_t t = 0; t < p->n_tasks; t++) {
		size_t first = 0; /* an earlier task of the family */

		while (first < t && !same_family(&p->point[p->task[first].first].p,
		                                 &p->point[p->task[t].first].p))
			first++;
		pr->of[t].task = t;
		pr->of[t].bits = NO_SIZE;
		pr->of[t].family = first < t ? pr->of[first].family : n_families++;
		pr->enough[pr->of[t].family] = NO_SIZE;
	}
	return ST_OK;
}

void pruner_free(struct pruner *pr)
{
	if (!pr)
		return;
	free(pr->place);
	free(pr->of);
	free(pr->enough);
	free(pr);
}

void pruner_size(struct pruner *pr, size_t task, uint64_t bits)
{
	pr->of[task].bits = bits;
}

static int by_family_and_size(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->bits != b->bits)
		return a->bits < b->bits ? -1 : 1;
	return (a->task > b->task) - (a->task < b->task);
}

void pruner_sort(struct pruner *pr)
{
	memcpy(pr->place, pr->of, pr->plan->n_tasks * sizeof(*pr->place));
	qsort(pr->place, pr->plan->n_tasks, sizeof(*pr->place), by_family_and_size);
}

size_t pruner_task(const struct pruner *pr, size_t i)
{
	return pr->place[i].task;
}

void pruner_result(struct pruner *pr, size_t task, const struct lossy_row *r)
{
	const double rounding = 1e-9;
	const struct place *at = &pr->of[task];
	double least = r->top1_delta < r->selection_delta ? r->top1_delta : r->selection_delta;

	/* Of a verdict, and without a data set, selection_delta is missing: the comparison fails.
	 */
	if (r->selection_delta >= -pr->loss - rounding && least >= -pr->loss - rounding &&
	    at->bits < pr->enough[at->family])
		pr->enough[at->family] = at->bits;
}

/* An fp32 network needs no evaluation of its own. */
bool pruner_drops(const struct pruner *pr, size_t task)
{
	const struct place *at = &pr->of[task];
	const struct point *p = &pr->plan->point[pr->plan->task[task].first].p;

	return at->bits != NO_SIZE && at->bits > pr->enough[at->family] &&
	       p->quant.quantizer->trims;
}
