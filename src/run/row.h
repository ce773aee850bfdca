/* Results as rows, and one table of their fields: names, units and meaning for the database, for
 * machine-readable output and for the documentation.
 *
 * Missing values: INT64_MIN for integers, NaN for reals, "" for texts; all written as NULL. */
#ifndef HCB_RUN_ROW_H
#define HCB_RUN_ROW_H

#include "base/hash.h"
#include "run/point.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_NO_INT  INT64_MIN
#define ROW_NO_REAL ((double)NAN)

enum { ROW_REASON = 256, ROW_NAME = 64 };

/* One lossy prefix on one data set: accuracy, and statistics of the symbols. Percentages are 0..100
 * and differences are in percentage points. An adaptive evaluation sees only a part of the images,
 * and no fair sample of them: then there are a verdict and an estimate of the difference with its
 * bounds, and nothing that pretends to be an accuracy. */
struct lossy_row {
	char lossy_key[DIGEST_HEX], lossy[POINT_TEXT];
	int64_t weights, zeros, distinct_symbols, wire_bits;
	double entropy0_bits, entropy0_layer_bits, weight_rmse;
	int64_t total_images, images, calibration_images, correct, correct5, lost, gained;
	char rule[ROW_NAME], verdict[8];
	double top1, top1_low, top1_high, top5, top5_low, top5_high;
	double top1_fp32, top1_delta, top1_delta_low, top1_delta_high, mcnemar_p;
	int64_t selection_images, selection_lost, selection_gained;
	double selection_delta, confirm_delta;
};

/* One design point. */
struct point_row {
	char key[DIGEST_HEX], point[POINT_TEXT], lossy_key[DIGEST_HEX];
	char status[8], reason[ROW_REASON]; /* ok, skip, failed */
	int64_t entries;
	int64_t compressed_bits, stream_bits, dict_bits, side_bits, padding_bits;
	double bits_per_weight, ratio_fp32, ratio_int8, ratio_dense, saved_percent;
	double entropy_group_bits, efficiency;
	int64_t verified; /* 1: encoded, decoded and compared bit for bit */
	int64_t decode_cycles, decode_input_stalls, decode_output_stalls;
	double weights_per_cycle;
	int64_t inference_cycles, load_stalls, decoder_idle_cycles;
	int64_t weight_reads, weight_writes, dram_bits, codes, buffer_reads, buffer_writes, macs;
	char decoder_note[ROW_REASON];
};

/* One point priced with one technology, and the same network with raw b-bit and int8 weights in
 * the same memory; then each in the smallest memory of the technology that holds its weights. */
struct energy_row {
	char key[DIGEST_HEX], technology[ROW_NAME];
	double energy_pj, energy_memory_pj, energy_decoder_pj, energy_activations_pj;
	double energy_macs_pj, energy_dram_pj;
	double energy_memory_leak_pj, energy_buffer_leak_pj;
	double energy_decoder_clock_pj, energy_decoder_logic_pj, energy_decoder_dict_pj;
	double energy_decoder_wires_pj, energy_decoder_leak_pj;
	double energy_raw_pj, energy_int8_pj;
	int64_t fit_bytes, raw_fit_bytes, int8_fit_bytes;
	double energy_fit_pj, energy_raw_fit_pj, energy_int8_fit_pj;
	char energy_note[ROW_REASON];
};

/* One layer of one point. */
struct layer_row {
	char key[DIGEST_HEX];
	int64_t layer; /* index of the kernel */
	int64_t layer_stream_bits, layer_dict_bits, layer_side_bits;
	int64_t layer_decode_cycles, layer_inference_cycles;
	int64_t layer_load_stalls, layer_decoder_idle_cycles;
	int64_t layer_weight_reads, layer_weight_writes, layer_dram_bits, layer_codes;
	int64_t layer_buffer_reads, layer_buffer_writes, layer_macs;
};

/* One measured duration of a point's code: all layers encoded, or decoded, by software in
 * processor time of one core.
 * A property of the machine and the moment: kept apart from the rows that must repeat. */
struct timing_row {
	char key[DIGEST_HEX];
	char operation[8]; /* encode, decode */
	int64_t sample;    /* from 0 */
	double seconds;
	int64_t timed_weights;
};

/* A row that has its names and no result yet: every number missing, verified 0. */
void point_row_empty(struct point_row *r, const struct point *p, const char *key,
                     const char *lossy_key, const char *status);

enum field_type { FIELD_TEXT, FIELD_INT, FIELD_REAL };

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	const char *unit; /* "bits", "pJ", "percent", "" */
	int better;       /* +1 larger is better, -1 smaller, 0 neither: for --pareto */
	const char *help;
};

extern const struct field lossy_fields[], point_fields[], energy_fields[], layer_fields[],
        timing_fields[];
extern const size_t n_lossy_fields, n_point_fields, n_energy_fields, n_layer_fields,
        n_timing_fields;

/* Any of the above by name, or NULL. */
const struct field *field_find(const char *name);

/* Where rows go. Calls come from one thread, in the order lossy, then its points (energies and
 * layers right after their point). A status other than ST_OK stops the run. */
struct row_sink {
	void *arg;
	enum status (*lossy)(void *arg, const struct lossy_row *r, const struct point *p,
	                     struct err *e);
	enum status (*point)(void *arg, const struct point_row *r, const struct point *p,
	                     struct err *e);
	enum status (*energy)(void *arg, const struct energy_row *r, struct err *e);
	enum status (*layer)(void *arg, const struct layer_row *r, struct err *e);
	/* Histogram of the integers of an untrimmed lossy prefix, after its lossy row. */
	enum status (*histogram)(void *arg, const char *lossy_key, const int32_t *value,
	                         const int64_t *count, size_t n, struct err *e);
	/* After the point's row, now or in an earlier run; NULL: nobody times. */
	enum status (*timing)(void *arg, const struct timing_row *r, struct err *e);
};

#endif
