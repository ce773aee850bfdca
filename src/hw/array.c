#include "hw/array.h"

#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const dataflow_names[] = { "ws", "os", "is", NULL };
const char *const dataflow_help[] = {
	"weight-stationary: tiles of weights rest in the array, activations stream through",
	"output-stationary: sums rest in the array, weights and activations stream through",
	"input-stationary: activations rest in the array, weights stream through",
};

/* clang-format off */
const struct array_preset array_presets[] = {
	{ "tpu_v1", { 256, 256, DATAFLOW_WS },
	  "TPU v1: 256 x 256 MACs, weight-stationary; Jouppi et al., ISCA 2017, "
	  "doi 10.1145/3079856.3080246" },
	{ "eyeriss", { 12, 14, DATAFLOW_WS },
	  "Eyeriss: 12 x 14 PEs; Chen et al., ISSCC 2016, doi 10.1109/ISSCC.2016.7418007; its "
	  "row-stationary dataflow is not modelled, weight-stationary stands in" },
	{ "edge16", { 16, 16, DATAFLOW_WS },
	  "16 x 16 MACs: the default size of Gemmini's array; Genc et al., DAC 2021, "
	  "doi 10.1109/DAC18074.2021.9586216" },
	{ "edge32", { 32, 32, DATAFLOW_WS },
	  "32 x 32 MACs: the array of SCALE-Sim's scale.cfg, github scalesim-project/scale-sim-v2 "
	  "commit 22f88b1 (there output-stationary: os:32x32)" },
};
/* clang-format on */
const size_t n_array_presets = sizeof(array_presets) / sizeof(array_presets[0]);

/* How a GEMM lies on the array. */
struct mapping {
	uint64_t rows, cols, streamed; /* Sr, Sc, T */
	uint64_t preload;              /* cycles of a fold before anything streams */
};

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

static struct mapping map(struct array a, struct gemm g)
{
	switch (a.flow) {
	case DATAFLOW_OS:
		return (struct mapping){ g.m, g.n, g.k, 0 };
	case DATAFLOW_IS:
		return (struct mapping){ g.k, g.m, g.n, a.rows };
	default:
		return (struct mapping){ g.k, g.n, g.m, a.rows };
	}
}

bool array_from_text(struct array *out, const char *text, uint32_t max)
{
	char flow[3] = "", rows[16] = "", cols[16] = "";
	uint64_t r, c;
	int used = 0;

	for (size_t i = 0; i < n_array_presets; i++)
		if (!strcmp(array_presets[i].name, text)) {
			*out = array_presets[i].array;
			return true;
		}
	if (sscanf(text, "%2[a-z]:%15[0-9]x%15[0-9]%n", flow, rows, cols, &used) != 3 ||
	    text[used] || !parse_u64(rows, max, &r) || !parse_u64(cols, max, &c) || !r || !c)
		return false;
	for (size_t i = 0; i < N_DATAFLOWS; i++)
		if (!strcmp(dataflow_names[i], flow)) {
			*out = (struct array){ (uint32_t)r, (uint32_t)c, (enum dataflow)i };
			return true;
		}
	return false;
}

void array_text(const struct array *a, char *out, size_t cap)
{
	snprintf(out, cap, "%s:%" PRIu32 "x%" PRIu32, dataflow_names[a->flow], a->rows, a->cols);
}

static uint64_t weight_passes(struct array a, struct gemm g)
{
	switch (a.flow) {
	case DATAFLOW_OS:
		return ceil_div(g.m, a.rows);
	case DATAFLOW_IS:
		return ceil_div(g.m, a.cols);
	default:
		return 1;
	}
}

struct array_counts array_count(struct array a, struct gemm g)
{
	uint64_t m = g.m, n = g.n, k = g.k, groups = g.groups;
	struct mapping lie = map(a, g);
	uint64_t passes = weight_passes(a, g), row_folds, col_folds, folds, writes, enter;

	assert(a.rows && a.cols && m && n && k && groups);
	row_folds = ceil_div(lie.rows, a.rows);
	col_folds = ceil_div(lie.cols, a.cols);
	folds = groups * row_folds * col_folds;
	writes = groups * m * n * (a.flow == DATAFLOW_OS ? 1 : row_folds);
	enter = a.flow == DATAFLOW_WS ? a.rows : lie.streamed;
	return (struct array_counts){
		.folds = folds,
		.passes = passes,
		.cycles = folds * (lie.preload + a.rows + a.cols + lie.streamed - 2),
		.load_cycles = folds * enter,
		.macs = groups * m * n * k,
		.ifmap_reads = groups * m * k * (a.flow == DATAFLOW_IS ? 1 : col_folds),
		.filter_reads = groups * k * n * passes,
		.ofmap_writes = writes,
		.ofmap_reads = writes - groups * m * n,
	};
}

uint32_t array_weights_per_cycle(struct array a)
{
	return a.flow == DATAFLOW_IS ? a.rows : a.cols;
}

double array_utilization(struct array a, uint64_t macs, uint64_t cycles)
{
	if (!cycles)
		return (double)NAN;
	return 100 * (double)macs / ((double)cycles * a.rows * a.cols);
}

struct array_report array_scalesim(struct array a, const struct array_counts *c)
{
	uint64_t extra = (uint64_t)a.rows + a.cols;

	return (struct array_report){
		.cycles = c->cycles - 1,
		.ofmap_writes = c->ofmap_writes + (a.flow == DATAFLOW_OS ? c->folds * extra : 0),
		.utilization = array_utilization(a, c->macs, c->cycles - 1),
	};
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Cycles of the layer when a fold's weights take `decode` cycles to decode, `fill` of the pipeline
 * among them not counted. */
static uint64_t cycles_with(struct array a, const struct array_counts *c, enum tile_buffer buffer,
                            uint64_t decode, unsigned fill)
{
	uint64_t fold = c->cycles / c->folds, enter = c->load_cycles / c->folds;
	uint64_t first = max_of(enter, decode) + fill; /* entering, without tiles ahead */

	if (buffer == TILE_SINGLE)
		return c->folds * (fold - enter + first);
	if (a.flow == DATAFLOW_WS) /* the tile rests: loading it is no part of computing */
		return first + (c->folds - 1) * max_of(fold - enter, first) + fold - enter;
	return fold - enter + first + (c->folds - 1) * max_of(fold, decode + fill);
}

struct array_timing array_behind_decoder(struct array a, const struct array_counts *c,
                                         enum tile_buffer buffer, uint64_t decode_cycles,
                                         unsigned fill)
{
	uint64_t once = decode_cycles > fill ? decode_cycles - fill : 0;
	uint64_t work = c->passes * once;
	struct array_timing t;

	assert(c->folds && c->passes);
	t.cycles = cycles_with(a, c, buffer, ceil_div(work, c->folds), fill);
	t.load_stalls = t.cycles - cycles_with(a, c, buffer, 0, 0);
	t.decoder_idle = t.cycles - work;
	return t;
}
