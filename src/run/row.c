#include "run/row.h"

#include <stdio.h>
#include <string.h>

#define TEXT(s, m, help)                                           \
	{                                                          \
#m, FIELD_TEXT, offsetof(struct s, m), "", 0, help \
	}
#define INT(s, m, unit, better, help)                                    \
	{                                                                \
#m, FIELD_INT, offsetof(struct s, m), unit, better, help \
	}
#define REAL(s, m, unit, better, help)                                    \
	{                                                                 \
#m, FIELD_REAL, offsetof(struct s, m), unit, better, help \
	}

const struct field lossy_fields[] = {
	TEXT(lossy_row, lossy_key, "SHA-256 of method version, lossy prefix, model and data set"),
	TEXT(lossy_row, lossy, "canonical lossy prefix: the axes that decide accuracy"),
	INT(lossy_row, weights, "weights", 0,
	    "kernel weights N (biases and batch-norm not counted)"),
	INT(lossy_row, zeros, "weights", 0, "weights that are zero after trimming"),
	INT(lossy_row, distinct_symbols, "symbols", 0,
	    "distinct wire symbols that occur (affine: integers modulo 2^bits)"),
	INT(lossy_row, wire_bits, "bits", 0,
	    "symbol width in the stream; above bits only where scale=authors overflows"),
	REAL(lossy_row, entropy0_bits, "bits per weight", -1,
	     "order-0 entropy of the wire symbols, pooled over the model"),
	REAL(lossy_row, entropy0_layer_bits, "bits per weight", -1,
	     "order-0 entropy of the wire symbols, each layer by itself: the bound of codes of single "
	     "symbols with a table per layer (tables not counted)"),
	REAL(lossy_row, weight_rmse, "", -1,
	     "root mean square weight error relative to the root mean square weight"),
	INT(lossy_row, total_images, "images", 0, "labelled images of the data set"),
	INT(lossy_row, images, "images", 0, "of these, evaluated"),
	INT(lossy_row, calibration_images, "images", 0,
	    "images that the 8-bit grids of activations=int8 were fitted to: the first of the "
	    "selection half"),
	TEXT(lossy_row, rule, "when the evaluation stopped"),
	TEXT(lossy_row, verdict,
	     "of an adaptive evaluation: keeps (loses at most the limit) or loses (more); missing where all "
	     "images were seen"),
	INT(lossy_row, correct, "images", 1, "images whose best class is the label"),
	INT(lossy_row, correct5, "images", 1, "images whose label is among the best five classes"),
	INT(lossy_row, lost, "images", -1,
	    "right with fp32 weights, wrong here, of the images evaluated"),
	INT(lossy_row, gained, "images", 1,
	    "wrong with fp32 weights, right here, of the images evaluated"),
	REAL(lossy_row, top1, "percent", 1, "top-1 accuracy"),
	REAL(lossy_row, top1_low, "percent", 1, "lower end of its 95 % Wilson interval"),
	REAL(lossy_row, top1_high, "percent", 1, "upper end of its 95 % Wilson interval"),
	REAL(lossy_row, top5, "percent", 1, "top-5 accuracy"),
	REAL(lossy_row, top5_low, "percent", 1, "lower end of its 95 % Wilson interval"),
	REAL(lossy_row, top5_high, "percent", 1, "upper end of its 95 % Wilson interval"),
	REAL(lossy_row, top1_fp32, "percent", 0, "top-1 of the fp32 network on the same images"),
	REAL(lossy_row, top1_delta, "percentage points", 1,
	     "top-1 minus fp32 top-1, paired on the same images; negative is loss; adaptive: estimate"),
	REAL(lossy_row, top1_delta_low, "percentage points", 1,
	     "lower end of its 95 % interval (Agresti-Min); adaptive: bound on all images at error 0.01"),
	REAL(lossy_row, top1_delta_high, "percentage points", 1,
	     "upper end of its 95 % interval (Agresti-Min); adaptive: bound on all images at error 0.01"),
	REAL(lossy_row, mcnemar_p, "", 0, "exact two-sided McNemar test against fp32"),
	INT(lossy_row, selection_images, "images", 0,
	    "images of the half on which configurations are chosen"),
	INT(lossy_row, selection_lost, "images", -1, "lost, on the selection half"),
	INT(lossy_row, selection_gained, "images", 1, "gained, on the selection half"),
	REAL(lossy_row, selection_delta, "percentage points", 1,
	     "top-1 minus fp32 top-1 on the selection half"),
	REAL(lossy_row, confirm_delta, "percentage points", 1,
	     "top-1 minus fp32 top-1 on the other half"),
};
const size_t n_lossy_fields = sizeof(lossy_fields) / sizeof(lossy_fields[0]);

const struct field point_fields[] = {
	TEXT(point_row, key, "SHA-256 of method version, point, model and data set"),
	TEXT(point_row, point, "canonical point: every axis"),
	TEXT(point_row, lossy_key, "key of its lossy prefix"),
	TEXT(point_row, status, "ok, skip (not applicable) or failed"),
	TEXT(point_row, reason, "why it was skipped or failed"),
	INT(point_row, entries, "words", 0, "dictionary entries D"),
	INT(point_row, compressed_bits, "bits", -1,
	    "everything stored: stream, dictionary, side information, padding"),
	INT(point_row, stream_bits, "bits", -1, "code streams of all layers"),
	INT(point_row, dict_bits, "bits", -1, "dictionaries and tables"),
	INT(point_row, side_bits, "bits", -1,
	    "per layer: symbol count (32), scales (32 each), zero points"),
	INT(point_row, padding_bits, "bits", -1, "padding of every section to the memory port"),
	REAL(point_row, bits_per_weight, "bits per weight", -1, "compressed_bits / weights"),
	REAL(point_row, ratio_fp32, "", 1, "32 N / compressed_bits"),
	REAL(point_row, ratio_int8, "", 1, "8 N / compressed_bits"),
	REAL(point_row, ratio_dense, "", 1, "bits N / compressed_bits"),
	REAL(point_row, saved_percent, "percent", 1, "100 (1 - 1 / ratio_fp32)"),
	REAL(point_row, entropy_group_bits, "bits per weight", -1,
	     "entropy of the words of G symbols, each dictionary scope by itself; no bound for a finite "
	     "file when G is large"),
	REAL(point_row, efficiency, "", 1, "entropy0_bits / bits_per_weight"),
	INT(point_row, verified, "", 0, "1: encoded, decoded and compared bit for bit"),
	INT(point_row, decode_cycles, "cycles", -1, "decoder cycles for all layers"),
	INT(point_row, decode_input_stalls, "cycles", -1, "of these, waiting for bits"),
	INT(point_row, decode_output_stalls, "cycles", -1, "of these, waiting for the array"),
	REAL(point_row, weights_per_cycle, "weights per cycle", 1, "weights / decode_cycles"),
	INT(point_row, inference_cycles, "cycles", -1,
	    "array cycles of one inference, its weights coming through the decoder"),
	INT(point_row, load_stalls, "cycles", -1,
	    "of these, the array waits for weights: what a decoder and a port that are never late would save"),
	INT(point_row, decoder_idle_cycles, "cycles", 0,
	    "of these, the decoder does not decode: its tiles are full, or it is done"),
	INT(point_row, weight_reads, "port words", -1, "reads of the weight memory per inference"),
	INT(point_row, weight_writes, "port words", -1, "writes into it per inference"),
	INT(point_row, dram_bits, "bits", -1, "bits from DRAM per inference"),
	INT(point_row, codes, "codewords", 0,
	    "codewords decoded per inference; one that passes in several beats counts as many"),
	INT(point_row, buffer_reads, "port words", -1, "reads of the activation buffer"),
	INT(point_row, buffer_writes, "port words", -1, "writes into the activation buffer"),
	INT(point_row, macs, "MACs", 0, "multiply-accumulates per inference"),
	TEXT(point_row, decoder_note, "what to know about the decoder's cycles"),
};
const size_t n_point_fields = sizeof(point_fields) / sizeof(point_fields[0]);

const struct field energy_fields[] = {
	TEXT(energy_row, key, "key of the point"),
	TEXT(energy_row, technology, "price table"),
	REAL(energy_row, energy_pj, "pJ", -1, "energy of one inference"),
	REAL(energy_row, energy_memory_pj, "pJ", -1, "weight memory"),
	REAL(energy_row, energy_decoder_pj, "pJ", -1, "decoder"),
	REAL(energy_row, energy_activations_pj, "pJ", -1, "activation buffer"),
	REAL(energy_row, energy_macs_pj, "pJ", -1, "multiply-accumulates"),
	REAL(energy_row, energy_dram_pj, "pJ", -1, "DRAM"),
	REAL(energy_row, energy_memory_leak_pj, "pJ", -1,
	     "leakage of the weight memory during the inference"),
	REAL(energy_row, energy_buffer_leak_pj, "pJ", -1, "leakage of the activation buffer"),
	REAL(energy_row, energy_decoder_clock_pj, "pJ", -1,
	     "of the decoder: clock of the registers outside the dictionary; missing: the technology does "
	     "not split"),
	REAL(energy_row, energy_decoder_logic_pj, "pJ", -1, "of the decoder: logic"),
	REAL(energy_row, energy_decoder_dict_pj, "pJ", -1,
	     "of the decoder: dictionary, its registers and the selection"),
	REAL(energy_row, energy_decoder_wires_pj, "pJ", -1, "of the decoder: wires"),
	REAL(energy_row, energy_decoder_leak_pj, "pJ", -1,
	     "of the decoder: leakage during the inference"),
	REAL(energy_row, energy_raw_pj, "pJ", -1, "the same network with raw b-bit weights"),
	REAL(energy_row, energy_int8_pj, "pJ", -1, "the same network with raw 8-bit weights"),
	INT(energy_row, fit_bytes, "bytes", -1,
	    "smallest weight memory of the price table that holds the compressed weights; missing: none "
	    "does"),
	REAL(energy_row, energy_fit_pj, "pJ", -1, "energy of one inference with that memory"),
	INT(energy_row, raw_fit_bytes, "bytes", -1, "the same for raw b-bit weights"),
	REAL(energy_row, energy_raw_fit_pj, "pJ", -1, "raw b-bit weights in that memory"),
	INT(energy_row, int8_fit_bytes, "bytes", -1, "the same for raw 8-bit weights"),
	REAL(energy_row, energy_int8_fit_pj, "pJ", -1, "raw 8-bit weights in that memory"),
	TEXT(energy_row, energy_note, "what to know about the prices"),
};
const size_t n_energy_fields = sizeof(energy_fields) / sizeof(energy_fields[0]);

const struct field layer_fields[] = {
	TEXT(layer_row, key, "key of the point"),
	INT(layer_row, layer, "", 0, "index of the kernel"),
	INT(layer_row, layer_stream_bits, "bits", -1, "code stream of the layer"),
	INT(layer_row, layer_dict_bits, "bits", -1, "dictionary of the layer (layer scope)"),
	INT(layer_row, layer_side_bits, "bits", -1, "side information of the layer"),
	INT(layer_row, layer_decode_cycles, "cycles", -1, "decoder cycles"),
	INT(layer_row, layer_inference_cycles, "cycles", -1, "array cycles with the decoder"),
	INT(layer_row, layer_load_stalls, "cycles", -1, "of these, the array waits for weights"),
	INT(layer_row, layer_decoder_idle_cycles, "cycles", 0,
	    "of these, the decoder does not decode"),
	INT(layer_row, layer_weight_reads, "port words", -1, "reads of the weight memory"),
	INT(layer_row, layer_weight_writes, "port words", -1, "writes into the weight memory"),
	INT(layer_row, layer_dram_bits, "bits", -1, "bits from DRAM"),
	INT(layer_row, layer_codes, "codewords", 0, "codewords decoded"),
	INT(layer_row, layer_buffer_reads, "port words", -1, "reads of the activation buffer"),
	INT(layer_row, layer_buffer_writes, "port words", -1, "writes into the activation buffer"),
	INT(layer_row, layer_macs, "MACs", 0, "multiply-accumulates"),
};
const size_t n_layer_fields = sizeof(layer_fields) / sizeof(layer_fields[0]);

const struct field timing_fields[] = {
	TEXT(timing_row, key, "key of the point"),
	TEXT(timing_row, operation, "encode or decode, all layers on one core"),
	INT(timing_row, sample, "", 0, "repetition, from 0"),
	REAL(timing_row, seconds, "s", -1, "how long it took"),
	INT(timing_row, timed_weights, "weights", 0, "weights that were encoded or decoded"),
};
const size_t n_timing_fields = sizeof(timing_fields) / sizeof(timing_fields[0]);

const struct field *field_find(const char *name)
{
	const struct {
		const struct field *f;
		size_t n;
	} lists[] = {
		{lossy_fields,   n_lossy_fields },
                { point_fields,  n_point_fields },
		{ energy_fields, n_energy_fields},
                { layer_fields,  n_layer_fields },
		{ timing_fields, n_timing_fields},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < lists[i].n; j++)
			if (!strcmp(lists[i].f[j].name, name))
				return &lists[i].f[j];
	return NULL;
}

/* By type, so that a field added to the table is missing too until someone computes it. */
void point_row_empty(struct point_row *r, const struct point *p, const char *key,
                     const char *lossy_key, const char *status)
{
	*r = (struct point_row){ 0 };
	for (size_t i = 0; i < n_point_fields; i++) {
		char *at = (char *)r + point_fields[i].offset;

		if (point_fields[i].type == FIELD_INT)
			memcpy(at, &(int64_t){ ROW_NO_INT }, sizeof(int64_t));
		else if (point_fields[i].type == FIELD_REAL)
			memcpy(at, &(double){ ROW_NO_REAL }, sizeof(double));
	}
	snprintf(r->key, sizeof(r->key), "%s", key);
	snprintf(r->lossy_key, sizeof(r->lossy_key), "%s", lossy_key);
	point_text(p, r->point);
	r->verified = 0;
	snprintf(r->status, sizeof(r->status), "%s", status);
}
