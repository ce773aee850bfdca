#include "infer/calibrate.h"

#include "infer/accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A last batch that is not full is filled up with its last image, which changes no range. */
static enum status observe_batch(struct net *n, float *images, size_t count, float *scores,
                                 struct activation_range *ranges, struct err *e)
{
	const size_t one = net_inputs(n);

	for (size_t i = count; i < net_batch(n); i++)
		memcpy(images + i * one, images + (count - 1) * one, one * sizeof(*images));
	return net_observe(n, images, scores, ranges, e);
}

static enum status observe_images(struct net *n, const struct dataset *d, size_t n_images,
                                  struct activation_range *ranges, struct err *e)
{
	const size_t one = net_inputs(n), batch = net_batch(n);
	float *images = malloc(batch * one * sizeof(*images));
	float *scores = malloc(batch * net_outputs(n) * sizeof(*scores));
	size_t count = 0, taken = 0;
	enum status rc = images && scores ? ST_OK : err_nomem(e);

	for (size_t i = 0; i < d->n && taken < n_images && !rc; i++) {
		if (!d->selection[i])
			continue;
		dataset_batch(d, i, 1, images + count++ * one);
		taken++;
		if (count == batch) {
			rc = observe_batch(n, images, count, scores, ranges, e);
			count = 0;
		}
	}
	if (!rc && count)
		rc = observe_batch(n, images, count, scores, ranges, e);
	if (!rc && !taken)
		rc = err_set(e, ST_USAGE, "data set '%s' has no images to calibrate with", d->name);
	free(images);
	free(scores);
	return rc;
}

/* Values that nothing was seen of have low > high; all others are widened to 0, as the padding of
 * some layouts has widened them already. */
static enum status check_ranges(struct activation_range *ranges, const struct model *m,
                                struct err *e)
{
	for (size_t i = 0; i < m->n_values; i++) {
		struct activation_range *r = &ranges[i];

		if (r->low > r->high)
			*r = (struct activation_range){ 0 };
		if (!isfinite(r->low) || !isfinite(r->high))
			return err_set(e, ST_DATA,
			               "model '%s': value '%s' ranges from %g to %g on the images "
			               "of calibration, expected finite numbers",
			               m->name, m->values[i].name, (double)r->low, (double)r->high);
		r->low = fminf(r->low, 0.0f);
		r->high = fmaxf(r->high, 0.0f);
	}
	return ST_OK;
}

enum status calibrate(struct activation_range *ranges, const struct model *m,
                      const struct dataset *d, size_t n_images, struct err *e)
{
	const struct net_options o = { .batch = net_batch_for(m) };
	struct net *n = NULL;
	enum status rc = accuracy_check(m, d, e);

	for (size_t i = 0; i < m->n_values; i++)
		ranges[i] = (struct activation_range){ .low = INFINITY, .high = -INFINITY };
	if (!rc)
		rc = net_create(&n, m, &o, e);
	if (!rc)
		rc = observe_images(n, d, n_images, ranges, e);
	if (!rc)
		rc = check_ranges(ranges, m, e);
	net_free(n);
	return rc;
}
