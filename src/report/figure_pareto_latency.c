#include "report/figure_parts.h"
#include "report/pareto.h"

#include <math.h>

/* The platform with the most points that have cycles. */
static const char platform_sql[] =
        "SELECT array, CAST(port AS TEXT), tile_buffer FROM points\n"
        "WHERE model = ?1 AND data = ?2 AND status = 'ok' AND inference_cycles > 0\n"
        "GROUP BY array, port, tile_buffer ORDER BY count(*) DESC, array, port, tile_buffer LIMIT 1";

#define ON_PLATFORM                                                                                \
	"WHERE model = ?1 AND data = ?2 AND array = ?3 AND port = CAST(?4 AS INTEGER)\n"           \
	"  AND tile_buffer = ?5 AND status = 'ok' AND inference_cycles > 0 AND top1 IS NOT NULL\n" \
	"  AND verdict IS NULL"

/* A point for each number of cycles and prefix, with its smallest code. */
static const char compressed_sql[] =
        "SELECT inference_cycles, top1, top1_low, top1_high, group_size, bits, trim,\n"
        "  min(bits_per_weight) AS bits_per_weight FROM points\n" ON_PLATFORM
        " AND codec <> 'raw' AND verified = 1\n"
        "GROUP BY inference_cycles, lossy_id ORDER BY inference_cycles, lossy_id";

static const char raw_sql[] =
        "SELECT min(inference_cycles) AS inference_cycles, max(top1) AS top1, bits FROM points\n" ON_PLATFORM
        " AND codec = 'raw' AND trim = 0 AND quant <> 'none'\n"
        "GROUP BY bits ORDER BY bits";

/* Where the array never waits. */
static const char bound_sql[] =
        "SELECT min(inference_cycles - load_stalls) AS cycles FROM points\n" ON_PLATFORM;

static const char cycles_and_accuracy[] = "-inference_cycles,+top1";

enum { CYCLES, TOP1, TOP1_LOW, TOP1_HIGH };

static enum status add_axes(struct figure_data *d, const struct table *t, const struct table *raw,
                            double bound, double fp32, struct err *e)
{
	struct figure_window w = figure_window(t, TOP1, TOP1_HIGH, fp32);
	double low = bound, high = bound, unit;
	enum status rc;

	for (size_t r = 0; r < t->n_rows; r++)
		high = fmax(high, figure_value(t, r, CYCLES));
	for (size_t r = 0; r < raw->n_rows; r++)
		high = fmax(high, figure_value(raw, r, CYCLES));
	unit = high >= 2e6 ? 1e6 : high >= 2e3 ? 1e3 : 1;
	rc = figure_number(d, "accuracy_low", w.low, e);
	if (!rc)
		rc = figure_number(d, "accuracy_high", w.high, e);
	if (!rc)
		rc = figure_number(d, "unit", unit, e);
	if (!rc)
		rc = figure_string(d, "unit_name",
		                   unit > 1e5   ? "million cycles"
		                   : unit > 100 ? "1000 cycles"
		                                : "cycles",
		                   e);
	if (!rc)
		rc = figure_number(d, "cycles_low", low, e);
	return rc ? rc : figure_number(d, "cycles_high", fmax(high, 1.5 * low), e);
}

static enum status add_points(struct store *s, const char *const *args, double fp32,
                              struct figure_data *d, struct err *e)
{
	struct table t = { 0 }, raw = { 0 }, bound = { 0 };
	enum status rc = figure_query(d, s, compressed_sql, args, &t, e);

	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified compressed point with accuracy and cycles");
	if (!rc)
		rc = figure_query(d, s, raw_sql, args, &raw, e);
	if (!rc)
		rc = figure_query(d, s, bound_sql, args, &bound, e);
	if (!rc)
		rc = figure_block(d, "all", &t, e);
	if (!rc)
		rc = figure_front(d, "front", &t, cycles_and_accuracy, e);
	if (!rc)
		rc = figure_block(d, "raw", &raw, e);
	if (!rc)
		rc = add_axes(d, &t, &raw, figure_value(&bound, 0, 0), fp32, e);
	table_release(&bound);
	table_release(&raw);
	table_release(&t);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table platform = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[6] = { model, subject.data };

	if (!rc)
		rc = figure_query(d, s, platform_sql, args, &platform, e);
	if (!rc && platform.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no point has cycles of an inference");
	for (size_t i = 0; i < 3 && !rc; i++)
		args[2 + i] = table_cell(&platform, 0, i)->t;
	if (!rc)
		rc = figure_string(d, "array", args[2], e);
	if (!rc)
		rc = figure_string(d, "port", args[3], e);
	if (!rc)
		rc = add_points(s, args, subject.top1_fp32, d, e);
	table_release(&platform);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_pareto_latency = {
	.name = "pareto_latency",
	.help = "Latency of an inference against top-1 accuracy: compressed and raw",
	.caption =
	        "One array and port. Blue: the front of points behind a decoder, with 95 % Wilson "
	        "intervals; light dots: the others; squares: plain words of b bits. On the dashed "
	        "line on the left the array never waits for weights.",
	.collect = collect,
	.per_model = true,
};
