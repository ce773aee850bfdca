/* Two-word-ring decoder of a flag + index | raw word code. These rules fix every cycle.
 *
 * State, all registers: two slots of W bits with valid flags; a bit pointer over the 2W bits of the
 * ring; stage 1 (an extracted beat) and stage 2 (the beat after the dictionary read), each with a
 * valid flag. Reset clears the flags and the pointer. In cycle t = 1, 2, .. everything is decided
 * from the registers at the start of the cycle and stored at its end:
 *
 *   input    ready = one of the slots is not valid. The port has the next word of the stream in
 *            every cycle until the last. Word k (0, 1, ..) goes to slot k mod 2, usable from t + 1.
 *   output   valid = stage 2 is. The array takes sink_symbols per cycle, so a beat of s symbols
 *            stays c = ceil(s / sink_symbols) cycles in stage 2; ready comes in the last of them.
 *   move     stage 1 to stage 2, if stage 1 is valid and stage 2 is empty or leaves in this cycle.
 *   extract  the next beat into stage 1, if one is left, all its bits are in valid slots, and stage
 *            1 is empty or moves in this cycle. The pointer advances by the beat's length; a slot
 *            whose last bit it passes becomes invalid (so ready in t + 1, refilled for t + 2).
 *
 * A beat is a code of at most W bits. A raw code of 1 + G b > W bits passes in several: the first
 * holds the flag and as many whole symbols as fit with it in W bits, each following one as many
 * whole symbols as fit in W bits, the last the rest. Padding symbols of a layer's last word are
 * delivered like the others.
 *
 * cycles: the last beat leaves stage 2 at the end of that cycle; N beats without any stall take
 * N + 3. input_stalls: cycles from the second on in which a beat is left and stage 1 could take it,
 * but bits are missing. output_stalls: cycles with output valid and not ready, the sum of c - 1. */
#include "hw/decoder.h"

#include <assert.h>

/* The times at which the state above changes, instead of the state: each beat costs a few
 * operations whatever it waits for. */
struct ring {
	uint64_t refill; /* cycle in which the word after the pointer's own is accepted */
	uint64_t moved;  /* cycle in which the newest beat leaves stage 1: the next may be taken */
	uint64_t left;   /* cycle in which the newest beat leaves stage 2 */
	uint64_t input_stalls;
	unsigned offset; /* of the pointer in its word */
};

/* Word 0 is accepted in cycle 1, word 1 in cycle 2. */
static const struct ring reset = { .refill = 2, .moved = 2 };

static inline struct ring step(struct ring r, unsigned port_bits, unsigned bits, uint64_t occupied)
{
	unsigned end = r.offset + bits;
	bool starved = end > port_bits && r.refill >= r.moved;
	uint64_t taken = starved ? r.refill + 1 : r.moved;
	bool passed = end >= port_bits;

	r.input_stalls += taken - r.moved;
	/* The word after the one just freed was accepted at or before `taken`, hence the next one
	 * in the cycle that follows. */
	r.refill = passed ? taken + 1 : r.refill;
	r.offset = passed ? end - port_bits : end;
	r.moved = taken + 1 > r.left ? taken + 1 : r.left;
	r.left = r.moved + occupied;
	return r;
}

/* How a raw code is cut. */
struct cut {
	unsigned raw_bits;
	unsigned code_symbols;           /* G */
	unsigned first_symbols;          /* beside the flag */
	unsigned middle_symbols;         /* of each full beat after it */
	unsigned n_middle, last_symbols; /* last: 0 when the middle beats end it */
};

static enum status cut_raw(struct cut *c, const struct decode_job *job, struct err *e)
{
	unsigned w = job->port_bits, b = job->symbol_bits, g = job->codes->symbols_per_code;
	unsigned index_bits = 0;

	while (index_bits < 32 && UINT64_C(1) << index_bits < job->entries)
		index_bits++;
	*c = (struct cut){ .raw_bits = 1 + g * b, .code_symbols = g };
	if (1 + index_bits > w)
		return err_set(
		        e, ST_SKIP,
		        "decoder ring: a flag and an index of %u bits do not fit a port of %u "
		        "bits: use a wider port or a smaller dictionary",
		        index_bits, w);
	if (c->raw_bits <= w)
		return ST_OK;
	if (1 + b > w)
		return err_set(
		        e, ST_SKIP,
		        "decoder ring: a flag and a symbol of %u bits do not fit a port of %u "
		        "bits: use a wider port",
		        b, w);
	c->first_symbols = (w - 1) / b;
	c->middle_symbols = w / b;
	c->n_middle = (g - c->first_symbols) / c->middle_symbols;
	c->last_symbols = (g - c->first_symbols) % c->middle_symbols;
	return ST_OK;
}

static unsigned occupied(const struct decode_job *job, unsigned symbols)
{
	return symbols / job->sink_symbols + (symbols % job->sink_symbols != 0);
}

struct totals {
	uint64_t bits;
	size_t n_cut;     /* codes longer than the port */
	unsigned longest; /* of those present */
};

static enum status add_up(struct totals *t, const struct decode_job *job, const struct cut *c,
                          struct err *e)
{
	const uint16_t *length = job->codes->length_bits;
	unsigned shortest = UINT16_MAX;
	size_t n_raw = 0;

	*t = (struct totals){ 0 };
	for (size_t i = 0; i < job->codes->n; i++) {
		t->bits += length[i];
		t->longest = length[i] > t->longest ? length[i] : t->longest;
		shortest = length[i] < shortest ? length[i] : shortest;
		t->n_cut += length[i] > job->port_bits;
		n_raw += length[i] == c->raw_bits;
	}
	if (!shortest)
		return err_set(e, ST_INTERNAL, "decoder ring: a code of 0 bits");
	if (t->n_cut && (t->n_cut != n_raw || t->longest != c->raw_bits))
		return err_set(e, ST_INTERNAL,
		               "decoder ring: a code of %u bits that is no raw word of %u bits",
		               t->longest, c->raw_bits);
	return ST_OK;
}

static void simulate(const struct decode_job *job, const struct cut *c, struct decode_result *out)
{
	const uint16_t *length = job->codes->length_bits;
	unsigned w = job->port_bits, b = job->symbol_bits;
	uint64_t whole = occupied(job, c->code_symbols), first = occupied(job, c->first_symbols);
	uint64_t middle = occupied(job, c->middle_symbols), last = occupied(job, c->last_symbols);
	struct ring r = reset;

	for (size_t i = 0; i < job->codes->n; i++) {
		if (length[i] <= w) {
			r = step(r, w, length[i], whole);
			continue;
		}
		r = step(r, w, 1 + c->first_symbols * b, first);
		for (unsigned m = 0; m < c->n_middle; m++)
			r = step(r, w, c->middle_symbols * b, middle);
		if (c->last_symbols)
			r = step(r, w, c->last_symbols * b, last);
	}
	out->cycles = r.left;
	out->input_stalls = r.input_stalls;
}

/* Without a simulation: bits never run short when
 * - no beat exceeds W/2: a slot freed in t is full again for t + 2, and the beat taken in t + 1
 *   cannot reach it, since the pointer passed the boundary by less than W/2; or
 * - every beat stays two cycles or more in stage 2: so do the beats behind it in stage 1, which is
 *   the time a refill takes. */
static bool never_starves(const struct decode_job *job, const struct cut *c, const struct totals *t)
{
	if (2 * t->longest <= job->port_bits)
		return true;
	if (occupied(job, c->code_symbols) < 2)
		return false;
	/* A middle beat holds no fewer symbols than the first. */
	return !t->n_cut || (occupied(job, c->first_symbols) >= 2 &&
	                     (!c->last_symbols || occupied(job, c->last_symbols) >= 2));
}

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	size_t n = job->codes->n;
	uint64_t delivery, cut_delivery;
	struct totals t;
	enum status rc;
	struct cut c;

	assert(job->port_bits && job->symbol_bits && job->sink_symbols && job->entries);
	assert(job->codes->symbols_per_code);
	*out = (struct decode_result){ 0 };
	if (!n)
		return ST_OK;
	rc = cut_raw(&c, job, e);
	if (!rc)
		rc = add_up(&t, job, &c, e);
	if (rc)
		return rc;
	cut_delivery = occupied(job, c.first_symbols) +
	               (uint64_t)c.n_middle * occupied(job, c.middle_symbols) +
	               occupied(job, c.last_symbols);
	delivery = (n - t.n_cut) * (uint64_t)occupied(job, c.code_symbols) + t.n_cut * cut_delivery;
	out->port_reads = t.bits / job->port_bits + (t.bits % job->port_bits != 0);
	out->beats = n + t.n_cut * ((uint64_t)c.n_middle + (c.last_symbols != 0));
	out->output_stalls = delivery - out->beats;
	if (never_starves(job, &c, &t))
		out->cycles = 3 + delivery;
	else
		simulate(job, &c, out);
	return ST_OK;
}

const struct decoder decoder_ring = {
	.name = "ring",
	.help = "two-word ring, one code per cycle, dictionary in flip-flops",
	.codecs = "dict",
	.action = "decoder_ring",
	.fill_cycles = 3,
	.run = run,
};
