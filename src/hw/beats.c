#include "hw/beats.h"

#include "base/bits.h"

#include <assert.h>

static uint64_t occupied(const struct decode_job *job, unsigned symbols)
{
	return symbols / job->sink_symbols + (symbols % job->sink_symbols != 0);
}

static enum status cut_raw(struct beats *c, const struct decode_job *job, const char *decoder,
                           struct err *e)
{
	unsigned w = job->port_bits, b = job->symbol_bits, g = job->codes->symbols_per_code;
	unsigned index_bits = bits_for_index(job->entries);

	if (1 + index_bits > w)
		return err_set(e, ST_SKIP,
		               "decoder %s: a flag and an index of %u bits do not fit a port of %u "
		               "bits: use a wider port or a smaller dictionary",
		               decoder, index_bits, w);
	if (1 + g * b <= w)
		return ST_OK;
	if (1 + b > w)
		return err_set(e, ST_SKIP,
		               "decoder %s: a flag and a symbol of %u bits do not fit a port of %u "
		               "bits: use a wider port",
		               decoder, b, w);
	c->first_symbols = (w - 1) / b;
	c->middle_symbols = w / b;
	c->n_middle = (g - c->first_symbols) / c->middle_symbols;
	c->last_symbols = (g - c->first_symbols) % c->middle_symbols;
	c->first = occupied(job, c->first_symbols);
	c->middle = occupied(job, c->middle_symbols);
	c->last = occupied(job, c->last_symbols);
	return ST_OK;
}

static enum status add_up(struct beats *t, const struct decode_job *job, const char *decoder,
                          struct err *e)
{
	const uint16_t *length = job->codes->length_bits;
	unsigned raw_bits = 1 + job->codes->symbols_per_code * job->symbol_bits;
	unsigned shortest = UINT16_MAX;
	size_t n = job->codes->n, n_raw = 0;

	for (size_t i = 0; i < n; i++) {
		t->bits += length[i];
		t->longest = length[i] > t->longest ? length[i] : t->longest;
		shortest = length[i] < shortest ? length[i] : shortest;
		t->n_cut += length[i] > job->port_bits;
		n_raw += length[i] == raw_bits;
	}
	if (!shortest)
		return err_set(e, ST_INTERNAL, "decoder %s: a code of 0 bits", decoder);
	if (t->n_cut && (t->n_cut != n_raw || t->longest != raw_bits))
		return err_set(e, ST_INTERNAL,
		               "decoder %s: a code of %u bits that is no raw word of %u bits",
		               decoder, t->longest, raw_bits);
	t->n = n + t->n_cut * ((uint64_t)t->n_middle + (t->last_symbols != 0));
	t->delivery = (n - t->n_cut) * t->whole +
	              t->n_cut * (t->first + t->n_middle * t->middle + t->last);
	return ST_OK;
}

enum status beats_of(struct beats *b, const struct decode_job *job, const char *decoder,
                     struct err *e)
{
	enum status rc;

	assert(job->port_bits && job->symbol_bits && job->sink_symbols && job->entries);
	assert(job->codes->symbols_per_code);
	*b = (struct beats){ .whole = occupied(job, job->codes->symbols_per_code) };
	rc = cut_raw(b, job, decoder, e);
	return rc ? rc : add_up(b, job, decoder, e);
}
