/* The row of a lossy prefix: symbol statistics, accuracy, and the histogram of its integers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/stats.h"
#include "infer/calibrate.h"
#include "run/stages.h"

enum { MAX_HISTOGRAM = 1 << 16 };

static double percent(uint64_t k, uint64_t n)
{
	return 100.0 * (double)k / (double)n;
}

static double difference(uint64_t gained, uint64_t lost, uint64_t n)
{
	return n ? 100.0 * ((double)gained - (double)lost) / (double)n : ROW_NO_REAL;
}

static void fill_accuracy(struct lossy_row *r, const struct accuracy *a,
                          const struct accuracy *fp32)
{
	snprintf(r->rule, sizeof(r->rule), "all images");
	struct interval top1 = stats_wilson(a->top1, a->images, STATS_ALPHA);
	struct interval top5 = stats_wilson(a->top5, a->images, STATS_ALPHA);
	struct interval delta = stats_paired(a->gained, a->lost, a->images, STATS_ALPHA);

	r->images = (int64_t)a->images;
	r->correct = (int64_t)a->top1;
	r->correct5 = (int64_t)a->top5;
	r->lost = (int64_t)a->lost;
	r->gained = (int64_t)a->gained;
	r->top1 = percent(a->top1, a->images);
	r->top1_low = 100 * top1.low;
	r->top1_high = 100 * top1.high;
	r->top5 = percent(a->top5, a->images);
	r->top5_low = 100 * top5.low;
	r->top5_high = 100 * top5.high;
	r->top1_fp32 = percent(fp32->top1, fp32->images);
	r->top1_delta = difference(a->gained, a->lost, a->images);
	r->top1_delta_low = 100 * delta.low;
	r->top1_delta_high = 100 * delta.high;
	r->mcnemar_p = stats_mcnemar(a->gained, a->lost);
	r->selection_images = (int64_t)a->selection_images;
	r->selection_lost = (int64_t)a->selection_lost;
	r->selection_gained = (int64_t)a->selection_gained;
	r->selection_delta =
	        difference(a->selection_gained, a->selection_lost, a->selection_images);
	r->confirm_delta = difference(a->gained - a->selection_gained, a->lost - a->selection_lost,
	                              a->images - a->selection_images);
}

static void no_accuracy(struct lossy_row *r)
{
	r->total_images = r->calibration_images = ROW_NO_INT;
	r->images = r->correct = r->correct5 = r->lost = r->gained = ROW_NO_INT;
	r->selection_images = r->selection_lost = r->selection_gained = ROW_NO_INT;
	r->top1 = r->top1_low = r->top1_high = r->top5 = r->top5_low = r->top5_high = ROW_NO_REAL;
	r->top1_fp32 = r->top1_delta = r->top1_delta_low = r->top1_delta_high = ROW_NO_REAL;
	r->mcnemar_p = r->selection_delta = r->confirm_delta = ROW_NO_REAL;
}

/* The difference is an estimate between bounds; there is no accuracy to report. */
static void fill_verdict(struct lossy_row *r, const struct adaptive_result *a,
                         const struct accuracy *fp32, double limit)
{
	const double points = 100.0 / (double)fp32->images;

	r->images = (int64_t)a->images;
	r->lost = (int64_t)a->lost;
	r->gained = (int64_t)a->gained;
	r->top1_fp32 = percent(fp32->top1, fp32->images);
	r->top1_delta = points * a->net;
	r->top1_delta_low = points * (double)a->range.low;
	r->top1_delta_high = points * (double)a->range.high;
	snprintf(r->rule, sizeof(r->rule), "loss against %g points sure at error %g", limit,
	         ADAPTIVE_ERROR);
	snprintf(r->verdict, sizeof(r->verdict), "%s",
	         a->verdict == VERDICT_KEEPS ? "keeps" : "loses");
}

static int64_t calibration_images(size_t n)
{
	return (int64_t)(n / 2 < CALIBRATION_IMAGES ? n / 2 : CALIBRATION_IMAGES);
}

static enum status evaluate(struct pipeline *pl, const struct point *p, double limit,
                            struct lossy_row *out, struct err *e)
{
	const struct accuracy *itself = reference_accuracy(pl->reference);
	const struct predictions fp32 = reference_predictions(pl->reference);
	struct adaptive_result verdict;
	struct accuracy a;
	enum status rc;

	out->total_images = (int64_t)pl->data->n;
	if (p->activations == ACTIVATIONS_INT8)
		out->calibration_images = calibration_images(pl->data->n);
	/* The network itself: that was evaluated already. */
	if (!p->quant.quantizer->trims && p->activations == ACTIVATIONS_F32) {
		fill_accuracy(out, itself, itself);
		return ST_OK;
	}
	if (!(limit > 0)) {
		rc = accuracy_run(&a, pl->net, pl->data, fp32.top1, NULL, e);
		if (!rc)
			fill_accuracy(out, &a, itself);
		return rc;
	}
	rc = adaptive_run(&verdict, pl->net, pl->data, &fp32, &pl->order,
	                  limit / 100 * (double)pl->data->n, e);
	if (!rc)
		fill_verdict(out, &verdict, itself, limit);
	return rc;
}

/* Zeros among the weights and the relative error of the dequantized ones, which go to the net. */
static enum status exchange_weights(struct pipeline *pl, const struct point *p, struct lossy_row *r,
                                    struct err *e)
{
	double error = 0, power = 0;
	enum status rc = ST_OK;

	r->zeros = 0;
	for (size_t k = 0; k < pl->model->n_kernels && !rc; k++) {
		const struct kernel *kernel = &pl->model->kernels[k];

		dequantize(pl->quantized, kernel, k, trimmed_of(pl, p->trim, k), pl->weights);
		for (size_t i = 0; i < kernel->n; i++) {
			double w = (double)kernel->w[i], d = (double)pl->weights[i] - w;

			error += d * d;
			power += w * w;
			r->zeros += pl->weights[i] == 0;
		}
		if (pl->data)
			rc = net_set_kernel(pl->net, k, pl->weights, e);
	}
	r->weight_rmse = power > 0 ? sqrt(error / power) : 0;
	return rc;
}

static enum status count_distinct(struct pipeline *pl, int64_t *out, struct err *e)
{
	size_t size = (size_t)1 << pl->source.bits;
	unsigned char *seen = calloc(size, 1);

	if (!seen)
		return err_nomem(e);
	for (size_t l = 0; l < pl->source.n_layers; l++)
		for (size_t i = 0; i < pl->layer[l].n; i++)
			seen[pl->layer[l].v[i]] = 1;
	*out = 0;
	for (size_t i = 0; i < size; i++)
		*out += seen[i];
	free(seen);
	return ST_OK;
}

enum status pipeline_lossy(struct pipeline *pl, const struct point *p, const char *lossy_key,
                           double limit, struct lossy_row *out, struct err *e)
{
	struct point whole = *p; /* what is measured here is the layers', however they are dealt */
	enum status rc;

	whole.lanes = 1;
	*out = (struct lossy_row){ 0 };
	no_accuracy(out);
	point_lossy_text(p, out->lossy);
	snprintf(out->lossy_key, sizeof(out->lossy_key), "%s", lossy_key);
	rc = enter_stream(pl, &whole, e);
	if (!rc && pl->data)
		rc = enter_net(pl, p, e);
	if (!rc)
		rc = exchange_weights(pl, p, out, e);
	if (!rc)
		rc = count_distinct(pl, &out->distinct_symbols, e);
	if (rc)
		return rc;
	out->weights = (int64_t)pl->model->n_weights;
	out->wire_bits = pl->quantized->wire_bits;
	out->entropy0_bits = entropy_symbols(&pl->source) * p->quant.quantizer->symbols_per_weight;
	out->entropy0_layer_bits =
	        entropy_layers(&pl->source) * p->quant.quantizer->symbols_per_weight;
	return pl->data ? evaluate(pl, p, limit, out, e) : ST_OK;
}

enum status pipeline_histogram(struct pipeline *pl, const struct point *p, const int32_t **value,
                               const int64_t **count, size_t *n, struct err *e)
{
	int64_t *bin;
	enum status rc = enter_quant(pl, p, e);

	if (rc)
		return rc;
	bin = calloc(MAX_HISTOGRAM, sizeof(*bin));
	free(pl->histogram_value);
	free(pl->histogram_count);
	pl->histogram_value = malloc(MAX_HISTOGRAM * sizeof(*pl->histogram_value));
	pl->histogram_count = malloc(MAX_HISTOGRAM * sizeof(*pl->histogram_count));
	if (!bin || !pl->histogram_value || !pl->histogram_count) {
		free(bin);
		return err_nomem(e);
	}
	for (size_t k = 0; k < pl->quantized->n_kernels; k++)
		for (size_t i = 0; i < pl->quantized->kernel[k].n; i++)
			bin[pl->quantized->kernel[k].q[i] - INT16_MIN]++;
	*n = 0;
	for (int32_t i = 0; i < MAX_HISTOGRAM; i++)
		if (bin[i]) {
			pl->histogram_value[*n] = i + INT16_MIN;
			pl->histogram_count[(*n)++] = bin[i];
		}
	free(bin);
	*value = pl->histogram_value;
	*count = pl->histogram_count;
	return ST_OK;
}
