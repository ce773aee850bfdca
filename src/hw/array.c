#include "hw/array.h"

#include <assert.h>

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

struct array_counts array_weight_stationary(struct array a, struct gemm g)
{
	uint64_t m = g.m, n = g.n, k = g.k, groups = g.groups;
	uint64_t row_folds, col_folds, folds;

	assert(a.rows && a.cols);
	row_folds = ceil_div(k, a.rows);
	col_folds = ceil_div(n, a.cols);
	folds = row_folds * col_folds;
	return (struct array_counts){
		.folds = groups * folds,
		.cycles = groups * folds * (2 * (uint64_t)a.rows + a.cols + m - 2),
		.load_cycles = groups * folds * a.rows,
		.macs = groups * m * n * k,
		.ifmap_reads = groups * m * k * col_folds,
		.filter_reads = groups * k * n,
		.ofmap_writes = groups * m * n * row_folds,
		.ofmap_reads = row_folds ? groups * m * n * (row_folds - 1) : 0,
	};
}

uint64_t array_cycles_behind_decoder(const struct array_counts *a, uint64_t decode_cycles,
                                     unsigned fill_cycles)
{
	uint64_t decoding = decode_cycles > fill_cycles ? decode_cycles - fill_cycles : 0;
	uint64_t rows = a->load_cycles / a->folds;
	uint64_t load = (decoding + a->folds - 1) / a->folds;

	load = (load > rows ? load : rows) + fill_cycles;
	return a->cycles - a->load_cycles + load * a->folds;
}
