#include "hw/energy_parts.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { N_COEFFICIENTS = 4, DICT_BIT = N_COEFFICIENTS - 1 };

static const char *const coefficient[N_COEFFICIENTS] = { "base", "port_bit", "window_bit",
	                                                 "dict_bit" };

/* Value of a fit at p's size: the rows ACTION_PART_base and so on (part "" or "_clock"). *dict is
 * its share that grows with the dictionary. */
static enum status evaluate(const struct platform *p, const char *part, const struct tech *t,
                            double *value, double *dict, struct err *e)
{
	const double times[N_COEFFICIENTS] = { 1, p->size.port_bits, p->size.window_bits,
		                               p->size.dict_bits };

	*value = 0;
	for (size_t i = 0; i < N_COEFFICIENTS; i++) {
		char action[64];
		double pj;
		enum status rc;

		snprintf(action, sizeof(action), "%s%s_%s", p->decoder->action, part,
		         coefficient[i]);
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

/* The parts of an energy per codeword of per_code, in which dict grows with the dictionary. */
static enum status split(struct energy *out, const struct action_counts *c,
                         const struct platform *p, double per_code, double dict,
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
	out->decoder_leakage_pj = (p->lanes ? p->lanes : 1) * mw *
	                          ((double)c->cycles * 1000 / mhz); /* mW x ns = pJ */
	out->decoder_pj += out->decoder_wires_pj + out->decoder_leakage_pj;
	return ST_OK;
}

enum status energy_add_decoder(struct energy *out, const struct action_counts *c,
                               const struct platform *p, const struct tech *t, struct err *e)
{
	double per_code, dict;
	enum status rc;

	if (!p->decoder || !p->decoder->action || !c->codes)
		return ST_OK;
	rc = evaluate(p, "", t, &per_code, &dict, e);
	if (rc)
		return rc;
	out->decoder_pj = (double)c->codes * per_code;
	if (decoder_is_split(p->decoder, t))
		return split(out, c, p, per_code, dict, t, e);
	out->decoder_clock_pj = (double)NAN;
	out->decoder_logic_pj = (double)NAN;
	out->decoder_dict_pj = (double)NAN;
	out->decoder_wires_pj = (double)NAN;
	out->decoder_leakage_pj = (double)NAN;
	return ST_OK;
}
