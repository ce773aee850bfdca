/* Systolic arrays, R rows x C columns: closed forms of cycles and memory accesses.
 *
 * A layer is a GEMM: M = output pixels, K = weights per filter, N = filters. What stays in the
 * array is cut into folds of R x C, and T vectors are streamed through each:
 *
 *              rows Sr  columns Sc  streamed T   cycles of a fold
 *   ws weights     K        N           M        2R + C + T - 2   (R of them load the tile)
 *   is inputs      K        M           N        2R + C + T - 2
 *   os outputs     M        N           K         R + C + T - 2
 *
 * F = ceil(Sr/R) ceil(Sc/C) folds, one after the other. Equal to SCALE-Sim v2 (github
 * scalesim-project/scale-sim-v2, commit 22f88b1) in every run of datasets/scalesim.csv. */
#ifndef HCB_HW_ARRAY_H
#define HCB_HW_ARRAY_H

#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dataflow { DATAFLOW_WS, DATAFLOW_OS, DATAFLOW_IS, N_DATAFLOWS };

extern const char *const dataflow_names[]; /* "ws", "os", "is", NULL */
extern const char *const dataflow_help[];

struct array {
	uint32_t rows, cols;
	enum dataflow flow;
};

/* Arrays that have a name. */
struct array_preset {
	const char *name;
	struct array array;
	const char *source; /* where its size comes from */
};
extern const struct array_preset array_presets[];
extern const size_t n_array_presets;

/* "ws:16x16", "os:32x8", or a preset's name. False: neither, or rows or columns not in 1..max. */
bool array_from_text(struct array *out, const char *text, uint32_t max);
/* The explicit form. */
void array_text(const struct array *a, char *out, size_t cap);

struct array_counts {
	uint64_t folds;
	uint64_t passes; /* times that every weight enters: ws 1, os ceil(M/R), is ceil(M/C) */
	uint64_t cycles;
	uint64_t load_cycles;  /* the part in which weights enter: ws F R, the tiles; os, is F T */
	uint64_t macs;         /* useful ones */
	uint64_t ifmap_reads;  /* words of activations read: ws, os M K ceil(N/C); is M K */
	uint64_t filter_reads; /* weights read: ws K N; os K N ceil(M/R); is K N ceil(M/C) */
	uint64_t ofmap_writes; /* sums written: ws, is M N ceil(K/R), partial ones; os M N */
	uint64_t ofmap_reads;  /* partial sums read back to accumulate: ofmap_writes - M N */
};

/* Of all groups of g, one after the other. rows, cols, m, n, k, groups >= 1. */
struct array_counts array_count(struct array a, struct gemm g);

/* Weights that the array takes in one cycle: those of a row (ws, os) or of a column (is). */
uint32_t array_weights_per_cycle(struct array a);

/* What SCALE-Sim reports where that is not what happens: its "Total Cycles" is the index of the
 * last cycle, one less than their number, its utilisation divides by that, and with os it counts R
 * + C writes too many in every fold (compute/systolic_compute_os.py). */
struct array_report {
	uint64_t cycles, ofmap_writes;
	double utilization; /* percent; NaN where cycles is 0 */
};
struct array_report array_scalesim(struct array a, const struct array_counts *c);

/* Useful MACs of all that the array could have done in these cycles, in percent. NaN: 0 cycles. */
double array_utilization(struct array a, uint64_t macs, uint64_t cycles);

/* What stands between the decoder and the array. single: one tile, decoded in step with loading it,
 * then the array computes while the decoder waits. double: two tiles, one being decoded while the
 * array works on the other. */
enum tile_buffer { TILE_SINGLE, TILE_DOUBLE, N_TILE_BUFFERS };

struct array_timing {
	uint64_t cycles;       /* of one inference of the layer */
	uint64_t load_stalls;  /* of these, the array waited for the decoder: cycles - the cycles
	                        * with  a decoder that is never late */
	uint64_t decoder_idle; /* of these, the decoder was not decoding: tile full, or no more work
	                        */
};

/* A layer whose weights pass through a decoder, which takes decode_cycles for all of them once;
 * `fill` cycles of it are the decoder's pipeline (0 without a decoder). A fold's share is d =
 * ceil(passes (decode_cycles - fill) / F), and every fold fills the pipeline again.
 *
 *   ws single  fold = max(R, d) + fill + T + R + C - 2          (decoder hardware reference, 6)
 *   ws double  max(R, d) + fill once, then per fold max(T + R + C - 2, max(R, d) + fill), the last
 *              T + R + C - 2
 *   os, is single  the T cycles in which weights stream in become max(T, d) + fill
 *   os, is double  the tile holds the weights of a fold: the first fold as single, then per fold
 *              max(fold, d + fill)
 *
 * Layers follow each other; nothing is decoded ahead for the next layer. c has folds > 0. */
struct array_timing array_behind_decoder(struct array a, const struct array_counts *c,
                                         enum tile_buffer buffer, uint64_t decode_cycles,
                                         unsigned fill);

#endif
