#include "hw/energy_parts.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { N_COEFFICIENTS = 4, DICT_BIT = N_COEFFICIENTS - 1 };
/* Values of D_dict_in. */
enum dict_kind { DICT_FLIP_FLOPS, DICT_ROM, DICT_SRAM };

static const char *const coefficient[N_COEFFICIENTS] = { "base", "port_bit", "window_bit",
	                                                 "dict_bit" };

static enum dict_kind dict_kind(const struct decoder *d, const struct tech *t)
{
	char action[64];
	double kind;

	snprintf(action, sizeof(action), "%s_dict_in", d->action);
	if (tech_price(t, action, 0, &kind, NULL))
		return DICT_FLIP_FLOPS;
	return kind == DICT_ROM ? DICT_ROM : kind == DICT_SRAM ? DICT_SRAM : DICT_FLIP_FLOPS;
}

/* Value of a fit at p's size: the rows ACTION_PART_base and so on (part "" or "_clock"). *dict is
 * its share that grows with the dictionary. */
static enum status evaluate(const struct platform *p, const char *part, const struct tech *t,
                            double *value, double *dict, struct err *e)
{
	const enum dict_kind kind = dict_kind(p->decoder, t);
	const double times[N_COEFFICIENTS] = { 1, p->size.port_bits, p->size.window_bits,
		                               p->size.dict_bits };

	*value = *dict = 0;
	for (size_t i = 0; i < N_COEFFICIENTS; i++) {
		const bool rom = i == DICT_BIT && kind == DICT_ROM && strcmp(part, "_clock") != 0;
		char action[64];
		double pj;
		enum status rc;

		snprintf(action, sizeof(action), "%s%s_%s", p->decoder->action, part,
		         rom ? "rom_bit" : coefficient[i]);
		if (i == DICT_BIT && kind == DICT_SRAM)
			break;
		rc = tech_price(t, action, 0, &pj, e);
		if (rc)
			return rc;
		*value += pj * times[i];
		if (i == DICT_BIT)
			*dict = pj * times[i];
	}
	if (*value < 0)
		return err_set(e, ST_USAGE,
		               "technology %s gives decoder %s%s %g at a port of %g bits: mend "
		               "%s%s_base in %s",
		               t->name, p->decoder->name, part, *value, p->size.port_bits,
		               p->decoder->action, part, t->file);
	return ST_OK;
}

bool decoder_is_split(const struct decoder *d, const struct tech *t)
{
	static const char *const part[] = { "clock", "wires", "leakage" };
	bool found = !d || !d->action;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]) && !found; i++) {
		char action[64];
		double pj;

		snprintf(action, sizeof(action), "%s_%s_base", d->action, part[i]);
		found = !tech_price(t, action, 0, &pj, NULL);
	}
	return found;
}

enum status dict_sram_of(struct dict_sram *out, const struct platform *p, const struct tech *t,
                         struct err *e)
{
	const double entries = p->entry_bits ? p->size.dict_bits / p->entry_bits : 0;

	*out = (struct dict_sram){ 0 };
	if (!p->decoder || !p->decoder->action || !p->entry_bits)
		return ST_OK;
	if (dict_kind(p->decoder, t) != DICT_SRAM)
		return ST_OK;
	for (unsigned width = 32; width <= 256; width *= 2) {
		const uint64_t bytes = (uint64_t)ceil(entries * width / 8),
		               holds = tech_smallest_sram(t, bytes, width);

		if (!holds)
			continue;
		out->width_bits = width;
		out->bytes = holds;
		out->count = (p->entry_bits + width - 1) / width;
		if (out->count == 1)
			break;
	}
	if (!out->bytes)
		return err_set(e, ST_USAGE,
		               "technology %s has no sram_read for a dictionary of %.0f words of "
		               "%u bits: add rows to %s",
		               t->name, entries, p->entry_bits, t->file);
	return ST_OK;
}

/* Energy per codeword, and power in mW, of a dictionary in memories of its own. */
static enum status price_dict_sram(const struct platform *p, const struct tech *t, double *pj,
                                   double *mw, struct err *e)
{
	struct dict_sram m;
	enum status rc = dict_sram_of(&m, p, t, e);

	*pj = *mw = 0;
	if (rc || !m.count)
		return rc;
	rc = tech_sram(t, "sram_read", m.bytes, m.width_bits, pj, e);
	if (!rc)
		rc = tech_sram(t, "sram_leakage", m.bytes, m.width_bits, mw, e);
	*pj *= m.count;
	*mw *= m.count;
	return rc;
}

/* The parts of an energy per codeword of per_code, in which dict grows with the dictionary, whose
 * own memories leak dict_mw. */
static enum status split(struct energy *out, const struct action_counts *c,
                         const struct platform *p, double per_code, double dict, double dict_mw,
                         const struct tech *t, struct err *e)
{
	const double codes = (double)c->codes;
	double clock, wires, mw, mhz = 1, ignored;
	enum status rc = evaluate(p, "_clock", t, &clock, &ignored, e);

	if (!rc)
		rc = evaluate(p, "_wires", t, &wires, &ignored, e);
	if (!rc)
		rc = evaluate(p, "_leakage", t, &mw, &ignored, e);
	if (!rc && c->cycles)
		rc = tech_price(t, "clock_mhz", 0, &mhz, e);
	if (rc)
		return rc;
	if (clock + dict > per_code)
		return err_set(e, ST_USAGE,
		               "technology %s gives decoder %s %g pJ per codeword, and its clock "
		               "and dictionary %g: mend %s_clock_base in %s",
		               t->name, p->decoder->name, per_code, clock + dict,
		               p->decoder->action, t->file);
	out->decoder_clock_pj = codes * clock;
	out->decoder_dict_pj = codes * dict;
	out->decoder_logic_pj = codes * (per_code - clock - dict);
	out->decoder_wires_pj = codes * wires;
	out->decoder_leakage_pj = (p->lanes ? p->lanes : 1) * (mw + dict_mw) *
	                          ((double)c->cycles * 1000 / mhz); /* mW x ns = pJ */
	out->decoder_pj += out->decoder_wires_pj + out->decoder_leakage_pj;
	return ST_OK;
}

enum status energy_add_decoder(struct energy *out, const struct action_counts *c,
                               const struct platform *p, const struct tech *t, struct err *e)
{
	double per_code, dict, sram, sram_mw;
	enum status rc;

	if (!p->decoder || !p->decoder->action || !c->codes)
		return ST_OK;
	rc = evaluate(p, "", t, &per_code, &dict, e);
	if (!rc)
		rc = price_dict_sram(p, t, &sram, &sram_mw, e);
	if (rc)
		return rc;
	per_code += sram;
	dict += sram;
	out->decoder_pj = (double)c->codes * per_code;
	if (decoder_is_split(p->decoder, t))
		return split(out, c, p, per_code, dict, sram_mw, t, e);
	out->decoder_clock_pj = (double)NAN;
	out->decoder_logic_pj = (double)NAN;
	out->decoder_dict_pj = (double)NAN;
	out->decoder_wires_pj = (double)NAN;
	out->decoder_leakage_pj = (double)NAN;
	return ST_OK;
}
