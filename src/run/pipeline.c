#include "run/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/energy.h"
#include "run/pricing.h"
#include "run/stages.h"

/* What one layer of the point costs, before pricing. */
struct layer_cost {
	uint64_t section_bits; /* table, side and stream of each lane, each padded to the port */
	uint64_t table_bits, side_bits, stream_bits; /* of all lanes */
	struct action_counts counts;
	struct decode_result decode;
	struct array_timing timing;
};

/* Decodes layer l of the codec, one lane of a kernel, in the cycle model. */
static enum status decode_lane(struct pipeline *pl, const struct point *p, size_t l,
                               const struct bit_string *shared, struct decode_result *out,
                               struct err *e)
{
	struct code_lengths codes = { .length_bits = pl->lengths };
	struct decode_job job = {
		.codes = &codes,
		.n_symbols = pl->layer[l].n,
		.symbol_bits = pl->layer[l].bits,
		.entries = p->params.arg[0],
		.port_bits = p->port_bits,
		.sink_symbols = array_weights_per_cycle(p->array) / p->lanes *
		                p->quant.quantizer->symbols_per_weight,
	};
	enum status rc = ST_OK;

	if (p->codec->lengths)
		rc = p->codec->lengths(&pl->source, l, &p->params, shared, &codes, e);
	return rc ? rc : p->decoder->run(&job, out, e);
}

static uint64_t section_bits(const struct pipeline *pl, const struct point *p, size_t l)
{
	return bits_round_up(pl->sizes.table_bits[l], p->port_bits) +
	       bits_round_up(pl->side_bits[l], p->port_bits) +
	       bits_round_up(pl->sizes.layer_bits[l], p->port_bits);
}

/* Lanes decode side by side: a kernel is there when its slowest lane is. */
static enum status add_lane(struct pipeline *pl, const struct point *p, size_t l,
                            const struct bit_string *shared, struct layer_cost *c, struct err *e)
{
	struct decode_result r = { 0 };
	enum status rc = decode_lane(pl, p, l, shared, &r, e);

	c->section_bits += section_bits(pl, p, l);
	c->table_bits += pl->sizes.table_bits[l];
	c->side_bits += pl->side_bits[l];
	c->stream_bits += pl->sizes.layer_bits[l];
	c->counts.codes += r.beats;
	c->decode.cycles = r.cycles > c->decode.cycles ? r.cycles : c->decode.cycles;
	c->decode.input_stalls += r.input_stalls;
	c->decode.output_stalls += r.output_stalls;
	return rc;
}

/* All layers. ST_SKIP: the decoder cannot pass this code; e says why. */
static enum status cost_layers(struct pipeline *pl, const struct point *p, uint64_t total_bits,
                               struct layer_cost *cost, struct err *e)
{
	struct platform platform = platform_of(p, p->quant.bits);
	struct bit_string shared = { 0 };
	enum status rc = ST_OK;

	if (p->codec->lengths && p->codec->encode_shared)
		rc = p->codec->encode_shared(&pl->source, &p->params, &shared, e);
	for (size_t l = 0; l < pl->model->n_kernels && !rc; l++) {
		struct array_counts a = layer_counts(pl->model, l, p->array);

		for (size_t j = 0; j < p->lanes && !rc; j++)
			rc = add_lane(pl, p, l * p->lanes + j, &shared, &cost[l], e);
		counts_from_array(&cost[l].counts, &a, p->port_bits);
		counts_from_weights(&cost[l].counts, cost[l].section_bits, total_bits, a.passes,
		                    &platform);
		cost[l].counts.codes *= a.passes;
		if (model_has_graph(pl->model))
			cost[l].timing = array_behind_decoder(p->array, &a, p->tile_buffer,
			                                      cost[l].decode.cycles,
			                                      p->decoder->fill_cycles);
	}
	bit_string_release(&shared);
	return rc;
}

static void fill_sizes(struct point_row *r, const struct pipeline *pl, const struct point *p,
                       const struct bit_account *a)
{
	double n = (double)pl->model->n_weights, bits = (double)a->total;
	unsigned spw = p->quant.quantizer->symbols_per_weight;

	r->entries = p->codec->uses_words ? (int64_t)p->params.arg[0] : ROW_NO_INT;
	r->compressed_bits = (int64_t)a->total;
	r->stream_bits = (int64_t)a->stream;
	r->dict_bits = (int64_t)a->dict;
	r->side_bits = (int64_t)a->side;
	r->padding_bits = (int64_t)a->padding;
	r->bits_per_weight = bits / n;
	r->ratio_fp32 = 32 * n / bits;
	r->ratio_int8 = 8 * n / bits;
	r->ratio_dense = p->quant.bits * n / bits;
	r->saved_percent = 100 * (1 - bits / (32 * n));
	r->entropy_group_bits = pl->words
	                                ? entropy_words(pl->words, pl->model->n_weights * spw) * spw
	                                : entropy_symbols(&pl->source) * spw;
}

/* What depends on pixels, which a model of weights only does not know. */
static int64_t if_graph(const struct model *m, uint64_t n)
{
	return model_has_graph(m) ? (int64_t)n : ROW_NO_INT;
}

static void fill_counts(struct point_row *r, const struct model *m, const struct layer_cost *cost,
                        struct action_counts *sum)
{
	const size_t n = m->n_kernels;
	uint64_t cycles = 0, in = 0, out = 0;
	struct array_timing t = { 0 };

	for (size_t l = 0; l < n; l++) {
		counts_add(sum, &cost[l].counts);
		cycles += cost[l].decode.cycles;
		in += cost[l].decode.input_stalls;
		out += cost[l].decode.output_stalls;
		t.cycles += cost[l].timing.cycles;
		t.load_stalls += cost[l].timing.load_stalls;
		t.decoder_idle += cost[l].timing.decoder_idle;
	}
	r->decode_cycles = (int64_t)cycles;
	r->decode_input_stalls = (int64_t)in;
	r->decode_output_stalls = (int64_t)out;
	r->inference_cycles = if_graph(m, t.cycles);
	r->load_stalls = if_graph(m, t.load_stalls);
	r->decoder_idle_cycles = if_graph(m, t.decoder_idle);
	r->weight_reads = (int64_t)sum->weight_reads;
	r->weight_writes = (int64_t)sum->weight_writes;
	r->dram_bits = (int64_t)sum->dram_bits;
	r->codes = (int64_t)sum->codes;
	r->buffer_reads = if_graph(m, sum->buffer_reads);
	r->buffer_writes = if_graph(m, sum->buffer_writes);
	r->macs = if_graph(m, sum->macs);
}

static enum status send_layers(const struct pipeline *pl, const char *key,
                               const struct layer_cost *cost, const struct row_sink *sink,
                               struct err *e)
{
	const struct model *m = pl->model;
	enum status rc = ST_OK;

	for (size_t l = 0; l < m->n_kernels && !rc; l++) {
		const struct layer_cost *c = &cost[l];
		struct layer_row r = {
			.layer = (int64_t)l,
			.layer_stream_bits = (int64_t)c->stream_bits,
			.layer_dict_bits = (int64_t)c->table_bits,
			.layer_side_bits = (int64_t)c->side_bits,
			.layer_decode_cycles = (int64_t)c->decode.cycles,
			.layer_inference_cycles = if_graph(m, c->timing.cycles),
			.layer_load_stalls = if_graph(m, c->timing.load_stalls),
			.layer_decoder_idle_cycles = if_graph(m, c->timing.decoder_idle),
			.layer_weight_reads = (int64_t)c->counts.weight_reads,
			.layer_weight_writes = (int64_t)c->counts.weight_writes,
			.layer_dram_bits = (int64_t)c->counts.dram_bits,
			.layer_codes = (int64_t)c->counts.codes,
			.layer_buffer_reads = if_graph(m, c->counts.buffer_reads),
			.layer_buffer_writes = if_graph(m, c->counts.buffer_writes),
			.layer_macs = if_graph(m, c->counts.macs),
		};

		snprintf(r.key, sizeof(r.key), "%s", key);
		rc = sink->layer(sink->arg, &r, e);
	}
	return rc;
}

/* Counts, cycles, energies and layers of the point whose sizes are in *row. A code that the decoder
 * cannot pass has none of them: its sizes stand, the rest is missing. */
static enum status send_point(struct pipeline *pl, const struct point *p, struct point_row *row,
                              struct layer_cost *cost, const char *const *technology,
                              size_t n_technologies, const struct row_sink *sink, struct err *e)
{
	struct action_counts sum = { 0 };
	struct err why = { 0 };
	enum status rc = cost_layers(pl, p, (uint64_t)row->compressed_bits, cost, &why);

	if (rc && rc != ST_SKIP) {
		if (e)
			*e = why;
		return rc;
	}
	if (rc == ST_SKIP) {
		snprintf(row->decoder_note, sizeof(row->decoder_note), "%.*s", ROW_REASON - 1,
		         why.msg);
		return sink->point(sink->arg, row, p, e);
	}
	fill_counts(row, pl->model, cost, &sum);
	row->weights_per_cycle = (double)pl->model->n_weights / (double)row->decode_cycles;
	rc = sink->point(sink->arg, row, p, e);
	for (size_t i = 0; i < n_technologies && !rc; i++) {
		struct energy_row r;

		rc = pipeline_price(pl->library, p, row, pl->quantized->wire_bits, technology[i],
		                    &r, e);
		if (!rc)
			rc = sink->energy(sink->arg, &r, e);
	}
	return rc ? rc : send_layers(pl, row->key, cost, sink, e);
}

enum status pipeline_size(struct pipeline *pl, const struct point *p, uint64_t *bits, struct err *e)
{
	enum status rc = enter_sized(pl, p, e);

	if (!rc)
		*bits = account(&pl->sizes, pl->side_bits, pl->source.n_layers, p->port_bits).total;
	return rc;
}

enum status pipeline_point(struct pipeline *pl, const struct point *p, const char *key,
                           const struct lossy_row *lossy, const char *const *technology,
                           size_t n_technologies, const struct row_sink *sink, struct err *e)
{
	struct point_row row;
	struct layer_cost *cost;
	struct bit_account a;
	enum status rc = enter_coded(pl, p, e);

	if (rc)
		return rc;
	point_row_empty(&row, p, key, lossy->lossy_key, "ok");
	row.verified = 1;
	a = account(&pl->sizes, pl->side_bits, pl->source.n_layers, p->port_bits);
	fill_sizes(&row, pl, p, &a);
	row.efficiency = lossy->entropy0_bits / row.bits_per_weight;
	cost = calloc(pl->model->n_kernels, sizeof(*cost));
	if (!cost)
		return err_nomem(e);
	rc = send_point(pl, p, &row, cost, technology, n_technologies, sink, e);
	free(cost);
	return rc;
}
