/* Databases that figures are drawn from, and the files that come of it. */
#ifndef HCB_TESTS_FIGURE_ROWS_H
#define HCB_TESTS_FIGURE_ROWS_H

#include "plugins.h"
#include "report/figure.h"
#include "store_rows.h"

/* One point with its accuracy and energy. */
static inline void put_row(struct store *s, const char *model, int bits, int trim, int group, int d,
                           double loss, double bits_per_weight, struct err *e)
{
	struct err err = *e;
	struct row_sink sink = store_sink(s);
	struct energy_row energy;
	struct sample x;
	char line[512];

	snprintf(line, sizeof(line), "model=%s data=none bits=%d trim=%d group=%d codec=%s%.0d",
	         model, bits, trim, group, d ? "dict:" : "raw", d);
	x = sample_make(line, 1);
	x.lossy.top1_fp32 = 98;
	x.lossy.top1 = 98 - loss;
	x.lossy.top1_low = x.lossy.top1 - 0.3;
	x.lossy.top1_high = x.lossy.top1 + 0.3;
	x.lossy.top1_delta = -loss;
	x.lossy.images = 1000;
	x.lossy.weights = 1000;
	x.lossy.entropy0_bits = bits / 2.0 - trim * 0.2;
	x.point.bits_per_weight = bits_per_weight;
	x.point.ratio_fp32 = 32 / x.point.bits_per_weight;
	x.point.entries = d ? d : ROW_NO_INT;
	x.point.inference_cycles = 1000 + 4000 / group;
	x.point.load_stalls = 4000 / group;
	x.point.weights_per_cycle = group;
	energy = sample_energy(&x, "t1", 1);
	energy.energy_pj = 1e5 * x.point.bits_per_weight;
	energy.energy_raw_pj = 1e5 * bits;
	energy.energy_int8_pj = 8e5;
	OK(put_sample(s, &x, &err));
	OK(sink.energy(sink.arg, &energy, &err));
	for (int i = 0; i < 2; i++) {
		struct layer_row layer = sample_layer(&x, i, 1);

		layer.layer_stream_bits = 40 + 10 * i;
		layer.layer_dict_bits = 20;
		layer.layer_side_bits = 5;
		OK(sink.layer(sink.arg, &layer, &err));
	}
	if (trim == 0) {
		const int32_t value[] = { -1, 0, 1, 5 };
		const int64_t count[] = { 100, 700, 150, 50 };

		OK(store_put_histogram(s, x.lossy.lossy_key, value, count, 4, &err));
	}
}

/* Sizes and losses follow from bits, trim, group, D. */
static inline void put_point(struct store *s, const char *model, int bits, int trim, int group,
                             int d, struct err *e)
{
	double loss = (trim == 7 ? 80 : trim * 0.4) + (bits < 6 ? 0.9 : 0.05);

	put_row(s, model, bits, trim, group, d, loss,
	        d ? bits / 2.0 + 6.0 / (group + d) - trim * 0.1 : bits, e);
}

static inline struct store *study(const char *db, const char *model)
{
	static const int groups[] = { 1, 4, 16 }, entries[] = { 1, 16, 256 };
	struct store *s = store_with_facts(db);
	struct err err = { 0 };

	OK(put_model(s, model, &err));
	for (int bits = 4; bits <= 8; bits += 4)
		for (int trim = 0; trim < 2; trim++) {
			put_point(s, model, bits, trim, 1, 0, &err);
			for (size_t g = 0; g < 3; g++)
				for (size_t d = 0; d < 3; d++)
					put_point(s, model, bits, trim, groups[g], entries[d],
					          &err);
		}
	OK(store_flush(s, &err));
	return s;
}

static inline struct span read_figure(struct arena *a, const char *dir, const char *file)
{
	struct err err = { 0 };
	struct span span;

	OK(file_read(a, arena_printf(a, "%s/%s", dir, file), 1 << 24, &span, &err));
	return span;
}

#endif
