#include "infer/adaptive.h"

#include <stdlib.h>
#include <string.h>

/* Images of one kind: seen in order, some of them other than with fp32. */
struct part {
	const uint32_t *image;
	size_t n, seen, changed;
};

enum { HARD, RIGHT, WRONG, N_PARTS };

struct evaluation {
	struct net *net;
	const struct dataset *d;
	const struct predictions *fp32;
	struct part part[N_PARTS];
	size_t hard_right_left, hard_wrong_left; /* of the hard ones not seen, by fp32 */
	int64_t hard_net;
	uint64_t lost, gained;
	float *images, *scores;
	uint32_t *index; /* of a batch */
	unsigned char *kind;
};

static bool fp32_right(const struct dataset *d, const struct predictions *fp32, size_t i)
{
	return fp32->top1[i] == d->labels[i];
}

struct ranked {
	float margin;
	uint32_t image;
};

static int by_margin(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->margin < y->margin || x->margin > y->margin)
		return x->margin < y->margin ? -1 : 1;
	return (x->image > y->image) - (x->image < y->image);
}

enum status adaptive_plan(struct adaptive_order *o, const struct dataset *d,
                          const struct predictions *fp32, struct err *e)
{
	struct ranked *ranked = calloc(d->n, sizeof(*ranked));
	bool *is_hard = calloc(d->n, sizeof(*is_hard));

	*o = (struct adaptive_order){ .n_hard = d->n / ADAPTIVE_HARD };
	o->hard = calloc(d->n, sizeof(*o->hard));
	o->right = calloc(d->n, sizeof(*o->right));
	o->wrong = calloc(d->n, sizeof(*o->wrong));
	if (!ranked || !is_hard || !o->hard || !o->right || !o->wrong) {
		free(ranked);
		free(is_hard);
		adaptive_release(o);
		return err_nomem(e);
	}
	for (size_t i = 0; i < d->n; i++)
		ranked[i] = (struct ranked){ fp32->margin[i], (uint32_t)i };
	qsort(ranked, d->n, sizeof(*ranked), by_margin);
	for (size_t i = 0; i < o->n_hard; i++) {
		o->hard[i] = ranked[i].image;
		is_hard[ranked[i].image] = true;
	}
	for (size_t i = 0; i < d->n; i++) {
		uint32_t image = d->order[i];

		if (is_hard[image])
			continue;
		if (fp32_right(d, fp32, image))
			o->right[o->n_right++] = image;
		else
			o->wrong[o->n_wrong++] = image;
	}
	free(ranked);
	free(is_hard);
	return ST_OK;
}

void adaptive_release(struct adaptive_order *o)
{
	free(o->hard);
	free(o->right);
	free(o->wrong);
	*o = (struct adaptive_order){ 0 };
}

/* One hard image for one of the others until there is none left, and of these right and wrong ones
 * in proportion. `taken` are already in the batch. */
static int choose_part(const struct evaluation *ev, const size_t taken[N_PARTS])
{
	const struct part *p = ev->part;
	size_t hard = p[HARD].seen + taken[HARD], right = p[RIGHT].seen + taken[RIGHT];
	size_t wrong = p[WRONG].seen + taken[WRONG], others = right + wrong;

	if (hard < p[HARD].n && (hard <= others || others == p[RIGHT].n + p[WRONG].n))
		return HARD;
	if (wrong == p[WRONG].n)
		return right < p[RIGHT].n ? RIGHT : N_PARTS;
	/* right / n_right <= wrong / n_wrong */
	return right < p[RIGHT].n && right * p[WRONG].n <= wrong * p[RIGHT].n ? RIGHT : WRONG;
}

static size_t fill_batch(struct evaluation *ev)
{
	size_t n = 0, taken[N_PARTS] = { 0 }, pixels = net_inputs(ev->net);

	while (n < net_batch(ev->net)) {
		int k = choose_part(ev, taken);

		if (k == N_PARTS)
			break;
		ev->index[n] = ev->part[k].image[ev->part[k].seen + taken[k]++];
		ev->kind[n] = (unsigned char)k;
		dataset_batch(ev->d, ev->index[n], 1, ev->images + n * pixels);
		n++;
	}
	return n;
}

static void count_image(struct evaluation *ev, size_t i, size_t top1)
{
	size_t image = ev->index[i];
	struct part *p = &ev->part[ev->kind[i]];
	bool was = fp32_right(ev->d, ev->fp32, image), is = top1 == ev->d->labels[image];

	p->seen++;
	p->changed += was != is;
	ev->lost += was && !is;
	ev->gained += is && !was;
	if (ev->kind[i] != HARD)
		return;
	ev->hard_net += (int)is - (int)was;
	if (was)
		ev->hard_right_left--;
	else
		ev->hard_wrong_left--;
}

/* Bounds of the net gain on all images. A hard image that was not seen may do anything. */
static struct range bounds(const struct evaluation *ev)
{
	const struct part *r = &ev->part[RIGHT], *w = &ev->part[WRONG];
	struct draw right = { (uint32_t)r->n, (uint32_t)r->seen, (uint32_t)r->changed };
	struct draw wrong = { (uint32_t)w->n, (uint32_t)w->seen, (uint32_t)w->changed };
	struct range g = sequence_difference(&wrong, &right, ADAPTIVE_ERROR);

	g.low += ev->hard_net - (int64_t)ev->hard_right_left;
	g.high += ev->hard_net + (int64_t)ev->hard_wrong_left;
	return g;
}

static double scaled(const struct part *p)
{
	return p->seen ? (double)p->changed * ((double)p->n / (double)p->seen) : 0;
}

static void conclude(struct adaptive_result *out, const struct evaluation *ev, double limit)
{
	const double rounding = 1e-9;

	out->range = bounds(ev);
	out->images = ev->part[HARD].seen + ev->part[RIGHT].seen + ev->part[WRONG].seen;
	out->lost = ev->lost;
	out->gained = ev->gained;
	out->net = (double)ev->hard_net + scaled(&ev->part[WRONG]) - scaled(&ev->part[RIGHT]);
	if ((double)out->range.low >= -limit - rounding)
		out->verdict = VERDICT_KEEPS;
	else if ((double)out->range.high < -limit - rounding)
		out->verdict = VERDICT_LOSES;
	else
		out->verdict = VERDICT_NONE;
}

/* Batches until the verdict is sure; bounds are looked at each time the images have grown by a
 * thirtieth, since they cost as much as a small network's batch. */
static enum status evaluate(struct adaptive_result *out, struct evaluation *ev, double limit,
                            struct err *e)
{
	size_t classes = net_outputs(ev->net), next_look = 0, n;
	enum status rc = ST_OK;

	out->images = 0;
	while (!rc && (n = fill_batch(ev)) > 0) {
		rc = net_run(ev->net, ev->images, ev->scores, e);
		for (size_t i = 0; i < n && !rc; i++)
			count_image(ev, i, accuracy_top1(ev->scores + i * classes, classes, NULL));
		out->images += n;
		if (rc || (out->images < next_look && out->images < ev->d->n))
			continue;
		next_look = out->images + out->images / 30;
		conclude(out, ev, limit);
		if (out->verdict != VERDICT_NONE)
			break;
	}
	return rc;
}

enum status adaptive_run(struct adaptive_result *out, struct net *n, const struct dataset *d,
                         const struct predictions *fp32, const struct adaptive_order *o,
                         double limit, struct err *e)
{
	size_t batch = net_batch(n);
	struct evaluation ev = {
		.net = n,
		.d = d,
		.fp32 = fp32,
		.part = {[HARD] = { .image = o->hard, .n = o->n_hard },
                         [RIGHT] = { .image = o->right, .n = o->n_right },
                         [WRONG] = { .image = o->wrong, .n = o->n_wrong }},
		.images = calloc(batch * net_inputs(n), sizeof(float)),
		.scores = calloc(batch * net_outputs(n), sizeof(float)),
		.index = calloc(batch, sizeof(uint32_t)),
		.kind = calloc(batch, 1),
	};
	enum status rc = ST_OK;

	*out = (struct adaptive_result){ 0 };
	for (size_t i = 0; i < o->n_hard; i++)
		if (fp32_right(d, fp32, o->hard[i]))
			ev.hard_right_left++;
	ev.hard_wrong_left = o->n_hard - ev.hard_right_left;
	if (!ev.images || !ev.scores || !ev.index || !ev.kind)
		rc = err_nomem(e);
	if (!rc)
		rc = evaluate(out, &ev, limit, e);
	free(ev.images);
	free(ev.scores);
	free(ev.index);
	free(ev.kind);
	return rc;
}
