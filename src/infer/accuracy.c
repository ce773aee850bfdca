#include "infer/accuracy.h"

#include <math.h>
#include <stdlib.h>

enum { TOP5 = 5 };

enum status accuracy_check(const struct model *m, const struct dataset *d, struct err *e)
{
	const size_t pixels = d->c * d->h * d->w;
	enum status rc = model_need_graph(m, e);
	const struct shape *in;
	size_t classes;
	char text[64];
	bool same;

	if (rc)
		return rc;
	in = &m->values[m->input].shape;
	classes = shape_count(&m->values[m->output].shape);
	same = in->rank == 3 ? in->dim[0] == d->c && in->dim[1] == d->h && in->dim[2] == d->w
	                     : in->rank == 1 && in->dim[0] == pixels;
	shape_text(in, text);
	if (!same)
		return err_set(e, ST_USAGE,
		               "model '%s' takes images of %s, data set '%s' has %zux%zux%zu: "
		               "choose the data set that it was trained on",
		               m->name, text, d->name, d->c, d->h, d->w);
	if (classes != d->n_classes)
		return err_set(
		        e, ST_USAGE,
		        "model '%s' knows %zu classes, data set '%s' has %u: choose the data "
		        "set that it was trained on",
		        m->name, classes, d->name, d->n_classes);
	return ST_OK;
}

/* A score that is not a number loses against every other. */
static float comparable(float score)
{
	return isnan(score) ? -INFINITY : score;
}

size_t accuracy_top1(const float *score, size_t n, float *margin)
{
	float second = -INFINITY;
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (comparable(score[i]) > comparable(score[best])) {
			second = comparable(score[best]);
			best = i;
		} else if (comparable(score[i]) > second) {
			second = comparable(score[i]);
		}
	if (margin) /* infinities of one sign have no distance */
		*margin = comparable(score[best]) > second ? comparable(score[best]) - second : 0;
	return best;
}

/* Classes that come before class c: higher scores, and equal ones of lower classes. */
static size_t rank_of(const float *score, size_t n, size_t c)
{
	float own = comparable(score[c]);
	size_t rank = 0;

	for (size_t i = 0; i < n; i++) {
		float s = comparable(score[i]);

		rank += s > own || (s == own && i < c);
	}
	return rank;
}

static void count_image(struct accuracy *a, const struct dataset *d, size_t i, const float *score,
                        size_t n_classes, const uint16_t *reference,
                        const struct predictions *predictions)
{
	float margin;
	size_t best = accuracy_top1(score, n_classes, &margin);
	bool right = best == d->labels[i], half = d->selection[i];

	a->images++;
	a->selection_images += half;
	a->top1 += right;
	a->selection_top1 += right && half;
	a->top5 += right || rank_of(score, n_classes, d->labels[i]) < TOP5;
	if (reference) {
		bool was = reference[i] == d->labels[i];

		a->lost += was && !right;
		a->gained += right && !was;
		a->selection_lost += was && !right && half;
		a->selection_gained += right && !was && half;
	}
	if (predictions && predictions->top1)
		predictions->top1[i] = (uint16_t)best;
	if (predictions && predictions->margin)
		predictions->margin[i] = margin;
}

enum status accuracy_run(struct accuracy *out, struct net *n, const struct dataset *d,
                         const uint16_t *reference, const struct predictions *predictions,
                         struct err *e)
{
	size_t batch = net_batch(n), classes = net_outputs(n), image = d->c * d->h * d->w;
	float *images, *scores;
	enum status rc = ST_OK;

	*out = (struct accuracy){ 0 };
	if (net_inputs(n) != image || classes != d->n_classes)
		return err_set(e, ST_USAGE,
		               "the network takes %zu pixels and knows %zu classes, data set '%s' "
		               "has %zu and %u",
		               net_inputs(n), classes, d->name, image, d->n_classes);
	/* Zeroed, so that a last, smaller batch is filled up with defined images. */
	images = calloc(batch * image, sizeof(*images));
	scores = calloc(batch * classes, sizeof(*scores));
	if (!images || !scores)
		rc = err_nomem(e);
	for (size_t first = 0; first < d->n && !rc; first += batch) {
		size_t count = d->n - first < batch ? d->n - first : batch;

		dataset_batch(d, first, count, images);
		rc = net_run(n, images, scores, e);
		for (size_t i = 0; i < count && !rc; i++)
			count_image(out, d, first + i, scores + i * classes, classes, reference,
			            predictions);
	}
	free(images);
	free(scores);
	return rc;
}
