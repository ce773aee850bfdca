/* Weight-stationary systolic array, R rows x C columns: closed forms of cycles and memory accesses.
 *
 * A layer is a GEMM: M = output pixels (T, streamed), K = weights per filter (rows), N = filters
 * (columns). One fold holds R x C weights; F = ceil(K/R) * ceil(N/C) folds. Equal to SCALE-Sim v2
 * (github scalesim-project/scale-sim-v2, commit 22f88b1): cycles = F (2R + C + M - 2), of which
 * loading takes F R; SCALE-Sim prints one less, the index of the last cycle. */
#ifndef HCB_HW_ARRAY_H
#define HCB_HW_ARRAY_H

#include "model/model.h"

#include <stdint.h>

struct array {
	uint32_t rows, cols;
};

struct array_counts {
	uint64_t folds;
	uint64_t cycles;       /* true cycles: SCALE-Sim's figure + 1 per group */
	uint64_t load_cycles;  /* the part that shifts weights in: folds x rows */
	uint64_t macs;         /* useful ones */
	uint64_t ifmap_reads;  /* words of activations read: M K ceil(N/C) */
	uint64_t filter_reads; /* weights read: K N */
	uint64_t ofmap_writes; /* partial sums written: M N ceil(K/R) */
	uint64_t ofmap_reads;  /* partial sums read back to accumulate: M N (ceil(K/R) - 1) */
};

/* Of all groups of g, one after the other. rows, cols >= 1. */
struct array_counts array_weight_stationary(struct array a, struct gemm g);

/* Cycles of one inference when a decoder fills the weight tiles, single-buffered: each fold loads
 * in max(R, its share of decode_cycles) + fill cycles before it computes for M + R + C - 2
 * (reference: decoder hardware, throughput constraint; fill is the decoder's pipeline, 0 without
 * one). decode_cycles of the whole layer count the fill once. */
uint64_t array_cycles_behind_decoder(const struct array_counts *a, uint64_t decode_cycles,
                                     unsigned fill_cycles);

#endif
