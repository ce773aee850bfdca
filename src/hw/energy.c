#include "hw/energy_parts.h"

enum {
	ACTIVATION_BITS = 8,
	SUM_BITS = 32,
	MIN_MULTIPLIER_BITS = 8,
	FLOAT_BITS = 32,
};

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

void counts_add(struct action_counts *sum, const struct action_counts *a)
{
	sum->weight_reads += a->weight_reads;
	sum->weight_writes += a->weight_writes;
	sum->dram_bits += a->dram_bits;
	sum->codes += a->codes;
	sum->buffer_reads += a->buffer_reads;
	sum->buffer_writes += a->buffer_writes;
	sum->macs += a->macs;
	sum->cycles += a->cycles;
}

void counts_from_array(struct action_counts *c, const struct array_counts *a, unsigned port_bits)
{
	c->macs = a->macs;
	c->buffer_reads = ceil_div(a->ifmap_reads * ACTIVATION_BITS, port_bits) +
	                  ceil_div(a->ofmap_reads * SUM_BITS, port_bits);
	c->buffer_writes = ceil_div(a->ofmap_writes * SUM_BITS, port_bits);
}

void counts_from_weights(struct action_counts *c, uint64_t layer_bits, uint64_t model_bits,
                         uint64_t passes, const struct platform *p)
{
	bool resident = ceil_div(model_bits, 8) <= p->memory_bytes;
	uint64_t fetches = ceil_div(layer_bits, 8) <= p->memory_bytes ? 1 : passes;
	uint64_t words = ceil_div(layer_bits, p->port_bits);

	c->weight_reads = passes * words;
	c->weight_writes = resident ? 0 : fetches * words;
	c->dram_bits = resident ? 0 : fetches * layer_bits;
}

bool decoder_size_fitted(const struct decoder *d, const struct decoder_size *s)
{
	return s->port_bits >= d->least.port_bits && s->port_bits <= d->most.port_bits &&
	       s->window_bits >= d->least.window_bits && s->window_bits <= d->most.window_bits &&
	       s->dict_bits >= d->least.dict_bits && s->dict_bits <= d->most.dict_bits;
}

/* Adds count x price of an action; a count of 0 needs no price. */
static enum status add(double *sum, uint64_t count, const struct tech *t, const char *action,
                       uint64_t width_bits, struct err *e)
{
	double pj;
	enum status rc;

	if (!count)
		return ST_OK;
	rc = tech_price(t, action, width_bits, &pj, e);
	if (!rc)
		*sum += (double)count * pj;
	return rc;
}

static enum status add_sram(double *sum, uint64_t reads, uint64_t writes, uint64_t bytes,
                            unsigned port_bits, const struct tech *t, struct err *e)
{
	double read_pj = 0, write_pj = 0;
	enum status rc = ST_OK;

	if (reads)
		rc = tech_sram(t, "sram_read", bytes, port_bits, &read_pj, e);
	if (!rc && writes)
		rc = tech_sram(t, "sram_write", bytes, port_bits, &write_pj, e);
	if (!rc)
		*sum += (double)reads * read_pj + (double)writes * write_pj;
	return rc;
}

/* mW x ns = pJ. */
static enum status add_leakage(double *sum, uint64_t cycles, uint64_t bytes, unsigned port_bits,
                               const struct tech *t, struct err *e)
{
	double mw, mhz;
	enum status rc;

	if (!cycles)
		return ST_OK;
	rc = tech_sram(t, "sram_leakage", bytes, port_bits, &mw, e);
	if (!rc)
		rc = tech_price(t, "clock_mhz", 0, &mhz, e);
	if (!rc)
		*sum += mw * ((double)cycles * 1000 / mhz);
	return rc;
}

static enum status add_macs(double *sum, const struct action_counts *c, const struct platform *p,
                            const struct tech *t, struct err *e)
{
	uint64_t width =
	        p->weight_bits < MIN_MULTIPLIER_BITS ? MIN_MULTIPLIER_BITS : p->weight_bits;
	enum status rc;

	if (p->float_weights) {
		rc = add(sum, c->macs, t, "fp_mult", FLOAT_BITS, e);
		return rc ? rc : add(sum, c->macs, t, "fp_add", FLOAT_BITS, e);
	}
	rc = add(sum, c->macs, t, "int_mult", width, e);
	return rc ? rc : add(sum, c->macs, t, "int_add", SUM_BITS, e);
}

enum status energy_price(struct energy *out, const struct action_counts *c,
                         const struct platform *p, const struct tech *t, struct err *e)
{
	const uint64_t lanes = p->lanes ? p->lanes : 1, bank = ceil_div(p->memory_bytes, lanes);
	struct energy sum = { 0 };
	enum status rc;

	*out = sum;
	rc = add_sram(&sum.memory_pj, c->weight_reads, c->weight_writes, bank, p->port_bits, t, e);
	if (!rc)
		rc = add_leakage(&sum.memory_leakage_pj, lanes * c->cycles, bank, p->port_bits, t,
		                 e);
	if (rc) {
		err_wrap(e, "weight memory");
		return rc;
	}
	rc = add_sram(&sum.activations_pj, c->buffer_reads, c->buffer_writes, p->buffer_bytes,
	              p->port_bits, t, e);
	if (!rc)
		rc = add_leakage(&sum.buffer_leakage_pj, c->cycles, p->buffer_bytes, p->port_bits,
		                 t, e);
	if (rc) {
		err_wrap(e, "activation buffer");
		return rc;
	}
	rc = energy_add_decoder(&sum, c, p, t, e);
	if (!rc)
		rc = add_macs(&sum.macs_pj, c, p, t, e);
	if (!rc)
		rc = add(&sum.dram_pj, c->dram_bits, t, "dram_bit", 0, e);
	if (rc)
		return rc;
	sum.total_pj = sum.memory_pj + sum.decoder_pj + sum.activations_pj + sum.macs_pj +
	               sum.dram_pj + sum.memory_leakage_pj + sum.buffer_leakage_pj;
	*out = sum;
	return ST_OK;
}
