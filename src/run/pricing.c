#include "run/pricing.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "run/pipeline.h"

struct array_counts layer_counts(const struct model *m, size_t k, struct array array)
{
	for (size_t i = 0; i < m->n_nodes; i++)
		if ((m->nodes[i].op == OP_CONV || m->nodes[i].op == OP_DENSE) &&
		    m->nodes[i].kernel == k)
			return array_count(array, model_gemm(m, &m->nodes[i]));
	return (struct array_counts){ .passes = 1 };
}

struct platform platform_of(const struct point *p, unsigned weight_bits)
{
	return (struct platform){
		.memory_bytes = p->memory_bytes,
		.buffer_bytes = p->buffer_bytes,
		.lanes = p->lanes,
		.port_bits = p->port_bits,
		.weight_bits = weight_bits,
		.float_weights = p->quant.quantizer->symbols_per_weight > 1,
		.decoder = p->decoder,
	};
}

/* Port-padded bits of kernel k as plain words of `bits` bits, with the point's scales. Weights are
 * dealt to the banks in turn. */
static uint64_t raw_bits(const struct point *p, const struct kernel *k, unsigned bits)
{
	uint64_t sum = 0;

	for (size_t j = 0; j < p->lanes; j++) {
		size_t n = k->n / p->lanes + (j < k->n % p->lanes);
		size_t side = SYMBOL_COUNT_BITS + (j ? 0 : quant_side_bits(&p->quant, k));

		sum += bits_round_up(n * bits, p->port_bits) + bits_round_up(side, p->port_bits);
	}
	return sum;
}

/* Cycles of kernel k whose plain words of `bits` bits go from the memory to the array. */
static uint64_t raw_cycles(const struct point *p, const struct kernel *k, unsigned bits,
                           const struct array_counts *a)
{
	struct decode_job job = { .n_symbols = (k->n + p->lanes - 1) / p->lanes,
		                  .symbol_bits = bits,
		                  .port_bits = p->port_bits,
		                  .sink_symbols = array_weights_per_cycle(p->array) / p->lanes };
	struct decode_result r;

	decoder_none.run(&job, &r, NULL);
	return array_behind_decoder(p->array, a, p->tile_buffer, r.cycles, 0).cycles;
}

/* One way to store the weights: what an inference does with them, in the point's memory and in the
 * smallest that holds them. */
struct priced {
	struct energy energy;
	int64_t fit_bytes; /* ROW_NO_INT: the table has no memory that large */
	double fit_pj;
};

static enum status price(struct priced *out, const struct action_counts *c,
                         const struct platform *platform, uint64_t weight_bits,
                         const struct tech *t, struct err *e)
{
	struct platform fit = *platform;
	struct action_counts resident = *c;
	struct energy energy;
	enum status rc = energy_price(&out->energy, c, platform, t, e);

	out->fit_bytes = ROW_NO_INT;
	out->fit_pj = ROW_NO_REAL;
	fit.memory_bytes = platform->lanes *
	                   tech_smallest_sram(t,
	                                      bits_round_up(weight_bits, 8 * platform->lanes) /
	                                              (8 * platform->lanes),
	                                      platform->port_bits);
	if (rc || !fit.memory_bytes)
		return rc;
	resident.weight_writes = 0;
	resident.dram_bits = 0;
	rc = energy_price(&energy, &resident, &fit, t, e);
	out->fit_bytes = (int64_t)fit.memory_bytes;
	out->fit_pj = energy.total_pj;
	return rc;
}

/* The same network with plain words of `bits` bits per weight. */
static enum status price_raw(struct library *l, const struct point *p, unsigned bits,
                             const struct tech *t, struct priced *out, struct err *e)
{
	struct platform platform = platform_of(p, bits);
	struct action_counts sum = { 0 };
	const struct model *m;
	uint64_t total = 0;
	enum status rc = library_model(l, p->model, &m, e);

	if (rc)
		return rc;
	platform.float_weights = bits == 32;
	platform.decoder = &decoder_none;
	for (size_t k = 0; k < m->n_kernels; k++)
		total += raw_bits(p, &m->kernels[k], bits);
	for (size_t k = 0; k < m->n_kernels; k++) {
		struct action_counts c = { 0 };
		struct array_counts a = layer_counts(m, k, p->array);

		counts_from_array(&c, &a, p->port_bits);
		counts_from_weights(&c, raw_bits(p, &m->kernels[k], bits), total, a.passes,
		                    &platform);
		if (model_has_graph(m))
			c.cycles = raw_cycles(p, &m->kernels[k], bits, &a);
		counts_add(&sum, &c);
	}
	return price(out, &sum, &platform, total, t, e);
}

static struct decoder_size size_from_point(const struct point *p, unsigned wire_bits)
{
	unsigned raw = p->params.group * wire_bits, index = bits_for_index(p->params.arg[0]);
	struct code_lengths codes = { .symbols_per_code = p->params.group,
		                      .longest_bits = 1 + (raw > index ? raw : index) };
	struct decode_job job = { .codes = &codes,
		                  .symbol_bits = wire_bits,
		                  .entries = p->params.arg[0],
		                  .port_bits = p->port_bits };

	if (p->decoder->size)
		return p->decoder->size(&p->params, wire_bits, p->port_bits);
	return decoder_size_of(&job);
}

static void note_energy(char note[ROW_REASON], bool weights_only, const struct platform *p,
                        const struct tech *t)
{
	const struct decoder *decoder = p->decoder;
	const struct decoder_size *size = &p->size;
	struct decoder_size fit = p->size;
	struct dict_sram sram;
	int n = 0;

	if (weights_only)
		n = snprintf(
		        note, ROW_REASON,
		        "weights only: the energies hold neither activations nor MACs nor leakage");
	if (!decoder_is_split(decoder, t))
		n += snprintf(note + n, ROW_REASON - (size_t)n,
		              "%sdecoder without wires and leakage: %s has no rows for them",
		              n ? "; " : "", t->name);
	if (!dict_sram_of(&sram, p, t, NULL) && sram.count) {
		n += snprintf(note + n, ROW_REASON - (size_t)n,
		              "%sdictionary in %u SRAM of %" PRIu64 " bytes x %u bits",
		              n ? "; " : "", sram.count, sram.bytes, sram.width_bits);
		fit.dict_bits = decoder->least.dict_bits; /* a part that the fit does not price */
	}
	if (n < ROW_REASON && decoder->action && !decoder_size_fitted(decoder, &fit))
		snprintf(note + n, ROW_REASON - (size_t)n,
		         "%sdecoder price extrapolated: W=%.0f, code %.0f bits, dictionary %.0f "
		         "bits",
		         n ? "; " : "", size->port_bits, size->window_bits, size->dict_bits);
}

static struct action_counts counts_of(const struct point_row *row)
{
	struct action_counts c = {
		.weight_reads = (uint64_t)row->weight_reads,
		.weight_writes = (uint64_t)row->weight_writes,
		.dram_bits = (uint64_t)row->dram_bits,
		.codes = (uint64_t)row->codes,
	};

	if (row->macs != ROW_NO_INT) {
		c.buffer_reads = (uint64_t)row->buffer_reads;
		c.buffer_writes = (uint64_t)row->buffer_writes;
		c.macs = (uint64_t)row->macs;
		c.cycles = (uint64_t)row->inference_cycles;
	}
	return c;
}

static void fill(struct energy_row *out, const struct energy *energy, bool weights_only)
{
	out->energy_pj = energy->total_pj;
	out->energy_memory_pj = energy->memory_pj;
	out->energy_decoder_pj = energy->decoder_pj;
	out->energy_activations_pj = weights_only ? ROW_NO_REAL : energy->activations_pj;
	out->energy_macs_pj = weights_only ? ROW_NO_REAL : energy->macs_pj;
	out->energy_memory_leak_pj = weights_only ? ROW_NO_REAL : energy->memory_leakage_pj;
	out->energy_buffer_leak_pj = weights_only ? ROW_NO_REAL : energy->buffer_leakage_pj;
	out->energy_dram_pj = energy->dram_pj;
	out->energy_decoder_clock_pj = energy->decoder_clock_pj;
	out->energy_decoder_logic_pj = energy->decoder_logic_pj;
	out->energy_decoder_dict_pj = energy->decoder_dict_pj;
	out->energy_decoder_wires_pj = energy->decoder_wires_pj;
	out->energy_decoder_leak_pj = weights_only ? ROW_NO_REAL : energy->decoder_leakage_pj;
}

enum status pipeline_price(struct library *l, const struct point *p, const struct point_row *row,
                           unsigned wire_bits, const char *technology, struct energy_row *out,
                           struct err *e)
{
	struct platform platform = platform_of(p, p->quant.bits);
	struct action_counts c = counts_of(row);
	const bool weights_only = row->macs == ROW_NO_INT;
	const struct tech *t;
	struct priced own, raw, int8;
	enum status rc;

	if (row->weight_reads == ROW_NO_INT)
		return err_set(e, ST_INTERNAL, "a point without counts has no energy");
	rc = library_tech(l, technology, &t, e);
	*out = (struct energy_row){ 0 };
	snprintf(out->key, sizeof(out->key), "%s", row->key);
	snprintf(out->technology, sizeof(out->technology), "%s", technology);
	platform.size = size_from_point(p, wire_bits);
	platform.entry_bits = p->decoder->size ? 0 : p->params.group * wire_bits;
	if (!rc)
		rc = price(&own, &c, &platform, (uint64_t)row->compressed_bits, t, e);
	if (!rc)
		rc = price_raw(l, p, p->quant.bits, t, &raw, e);
	if (!rc)
		rc = price_raw(l, p, 8, t, &int8, e);
	if (rc)
		return rc;
	fill(out, &own.energy, weights_only);
	out->fit_bytes = own.fit_bytes;
	out->energy_fit_pj = own.fit_pj;
	out->energy_raw_pj = raw.energy.total_pj;
	out->raw_fit_bytes = raw.fit_bytes;
	out->energy_raw_fit_pj = raw.fit_pj;
	out->energy_int8_pj = int8.energy.total_pj;
	out->int8_fit_bytes = int8.fit_bytes;
	out->energy_int8_fit_pj = int8.fit_pj;
	note_energy(out->energy_note, weights_only, &platform, t);
	return ST_OK;
}
