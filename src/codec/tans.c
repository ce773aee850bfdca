/* Table-based asymmetric numeral systems: an entropy coder that is one table look-up per symbol.
 *
 * States T .. 2T-1, T = 2^LOG_SIZE (more where the alphabet needs it, see frequencies_log()).
 * Symbols are spread over the states as in Collet's FSE: taken in ascending order, each as often as
 * its frequency, to the places 0, s, 2s .. mod T with s = T/2 + T/8 + 3. The j-th place of a symbol
 * of frequency f, in ascending order, stands for x = f + j; decoding at it yields the symbol and
 * the next state x 2^k + (k bits of the stream), where k brings it back to T .. 2T-1.
 *
 * The encoder goes from the last symbol to the first, starting in state T. The stream is its final
 * state - T, LOG_SIZE bits, then the bits in the order of the decoder, which must end in state T. A
 * layer of no symbols has no stream. */
#include <stdlib.h>

#include "codec/frequencies.h"
#include "codec/integer_codes.h"

/* One state of the decoder. */
struct step {
	uint32_t base; /* next state - T, before the bits are added */
	uint16_t symbol;
	uint8_t n_bits;
};

/* One symbol of the encoder. */
struct sender {
	uint32_t least;   /* from this state on one bit more is sent */
	int32_t offset;   /* its first place in next[], less its frequency */
	unsigned n_least; /* bits sent below `least` */
};

struct tans {
	struct symbol_list list; /* of frequencies */
	unsigned log_size;
	struct step *step;     /* 2^log_size */
	uint32_t *next;        /* 2^log_size: places in ascending order, symbol by symbol */
	struct sender *sender; /* of each symbol below 2^bits that occurs */
};

static void release(struct tans *t)
{
	symbol_list_release(&t->list);
	free(t->step);
	free(t->next);
	free(t->sender);
	*t = (struct tans){ 0 };
}

static enum status alloc(struct tans *t, unsigned bits, struct err *e)
{
	t->log_size = frequencies_log(t->list.n, t->log_size);
	t->step = malloc(sizeof(*t->step) << t->log_size);
	t->next = malloc(sizeof(*t->next) << t->log_size);
	t->sender = malloc(sizeof(*t->sender) << bits);
	return t->step && t->next && t->sender ? ST_OK : err_nomem(e);
}

/* Whose place is which: step[].base is the index of the symbol for now. */
static void spread(struct tans *t)
{
	uint32_t size = (uint32_t)1 << t->log_size, at = 0;

	for (uint32_t i = 0; i < t->list.n; i++)
		for (uint64_t j = 0; j < t->list.number[i]; j++) {
			t->step[at].base = i;
			at = (at + size / 2 + size / 8 + 3) & (size - 1);
		}
}

static void make_senders(struct tans *t)
{
	uint32_t first = 0;

	for (size_t i = 0; i < t->list.n; i++) {
		uint32_t f = (uint32_t)t->list.number[i];
		unsigned most = t->log_size - floor_log2(f);

		/* f = T sends nothing, and f 2^most = T is no state that sends less */
		t->sender[t->list.symbol[i]] =
		        (struct sender){ .least = f << most,
			                 .offset = (int32_t)first - (int32_t)f,
			                 .n_least = most - 1 };
		first += f;
	}
}

/* Both tables; x[i] is what the next place of symbol i stands for. */
static enum status fill(struct tans *t, struct err *e)
{
	uint32_t size = (uint32_t)1 << t->log_size;
	uint32_t *x = malloc((t->list.n + 1) * sizeof(*x));

	if (!x)
		return err_nomem(e);
	for (size_t i = 0; i < t->list.n; i++)
		x[i] = (uint32_t)t->list.number[i];
	spread(t);
	make_senders(t);
	for (uint32_t at = 0; at < size; at++) {
		struct step *s = &t->step[at];
		uint32_t i = s->base, now = x[i]++;

		s->symbol = t->list.symbol[i];
		s->n_bits = (uint8_t)(t->log_size - floor_log2(now));
		s->base = (now << s->n_bits) - size;
		t->next[(uint32_t)((int32_t)now + t->sender[s->symbol].offset)] = at;
	}
	free(x);
	return ST_OK;
}

/* Both tables of a layer from the stored frequencies. */
static enum status open_table(struct tans *t, const struct code *c, const struct codec_params *p,
                              unsigned bits, struct err *e)
{
	const struct bit_string *stored = p->scope == DICT_MODEL ? &c->shared : &c->table;
	enum status rc;

	*t = (struct tans){ .log_size = p->arg[0] };
	rc = frequencies_read(&t->list, stored, bits, p->arg[0], e);
	if (!rc)
		rc = alloc(t, bits, e);
	return rc || !t->list.n ? rc : fill(t, e);
}

/* Puts the low n bits of v in front of bit *pos. */
static inline void put_before(uint64_t *words, size_t *pos, uint64_t v, unsigned n)
{
	size_t i;
	unsigned room;

	if (!n)
		return;
	*pos -= n;
	i = *pos / 64;
	room = 64 - (unsigned)(*pos % 64);
	if (n <= room) {
		words[i] |= v << (room - n);
	} else {
		words[i] |= v >> (n - room);
		words[i + 1] |= v << (64 - (n - room));
	}
}

/* Bits sent for each symbol, as send() does. */
static void count_bits(const struct tans *t, const struct symbols *l, uint16_t *n_bits)
{
	uint32_t size = (uint32_t)1 << t->log_size, state = size;

	for (size_t i = l->n; i-- > 0;) {
		const struct sender *s = &t->sender[l->v[i]];
		unsigned n = s->n_least + (state >= s->least);

		n_bits[i] = (uint16_t)n;
		state = size + t->next[(uint32_t)((int32_t)(state >> n) + s->offset)];
	}
}

/* From the last symbol to the first; returns where the stream begins. */
static size_t send(const struct tans *t, const struct symbols *l, uint64_t *words, size_t end)
{
	uint32_t size = (uint32_t)1 << t->log_size, state = size;

	for (size_t i = l->n; i-- > 0;) {
		const struct sender *s = &t->sender[l->v[i]];
		unsigned n = s->n_least + (state >= s->least);

		put_before(words, &end, state & (((uint32_t)1 << n) - 1), n);
		state = size + t->next[(uint32_t)((int32_t)(state >> n) + s->offset)];
	}
	put_before(words, &end, state - size, t->log_size);
	return end;
}

/* A symbol takes at most log_size bits; pages of the buffer that nothing reaches cost nothing. */
static enum status put_stream(const struct tans *t, const struct symbols *l, struct bit_string *out,
                              struct err *e)
{
	size_t n_words = bits_words((l->n + 1) * t->log_size), from;
	uint64_t *words;
	unsigned off;
	enum status rc;

	if (!l->n)
		return bit_string_alloc(out, 0, e);
	words = calloc(n_words + 1, sizeof(*words));
	if (!words)
		return err_nomem(e);
	from = send(t, l, words, n_words * 64);
	rc = bit_string_alloc(out, n_words * 64 - from, e);
	if (!rc) {
		out->n_bits = n_words * 64 - from;
		off = from % 64;
		for (size_t i = 0; i < bits_words(out->n_bits); i++)
			out->words[i] = words[from / 64 + i] << off |
			                (off ? words[from / 64 + i + 1] >> (64 - off) : 0);
	}
	free(words);
	return rc;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	struct tans t = { 0 };
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = frequencies_write(&s->layer[l], 1, s->bits, p->arg[0], &c->table, e);
	if (!rc)
		rc = open_table(&t, c, p, s->bits, e);
	if (!rc)
		rc = put_stream(&t, &s->layer[l], &c->stream, e);
	release(&t);
	return rc;
}

/* As many symbols as surely lie in one window are taken from it. */
static bool get_stream(const struct tans *t, struct bit_reader *r, uint16_t *v, size_t n)
{
	size_t per = 64 / t->log_size;
	uint32_t state;

	if (!n)
		return r->n_bits == 0;
	if (!t->list.n)
		return false;
	state = (uint32_t)bits_get(r, t->log_size);
	for (size_t i = 0; i < n && !r->fail; i += per) {
		size_t take = n - i < per ? n - i : per, used = 0;
		uint64_t window = bits_peek(r);

		for (size_t j = 0; j < take; j++) {
			struct step s = t->step[state];

			v[i + j] = s.symbol;
			state = s.base + (uint32_t)window_top(window, s.n_bits);
			window <<= s.n_bits;
			used += s.n_bits;
		}
		bits_skip(r, used);
	}
	return !r->fail && r->pos == r->n_bits && state == 0;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	struct tans t = { 0 };
	enum status rc = open_table(&t, c, p, bits, e);

	if (!rc && !get_stream(&t, &r, v, n))
		rc = err_set(e, ST_DATA, "tans: %zu bits are no stream of %zu symbols", r.n_bits,
		             n);
	release(&t);
	return rc;
}

static enum status lengths(const struct source *s, size_t l, const struct codec_params *p,
                           const struct bit_string *shared, struct code_lengths *out, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	struct code c = { .shared = *shared };
	struct tans t = { 0 };
	enum status rc = ST_OK;

	out->n = layer->n;
	out->symbols_per_code = 1;
	out->longest_bits = frequencies_log((size_t)1 << s->bits, p->arg[0]);
	if (p->scope == DICT_LAYER)
		rc = frequencies_write(layer, 1, s->bits, p->arg[0], &c.table, e);
	if (!rc)
		rc = open_table(&t, &c, p, s->bits, e);
	if (!rc && layer->n) {
		out->head_bits = t.log_size;
		count_bits(&t, layer, out->length_bits);
	}
	release(&t);
	code_release(&c);
	return rc;
}

const struct codec codec_tans = {
	.name = "tans",
	.help = "table-based asymmetric numeral systems as in FSE, a table of 2^LOG_SIZE states",
	.family = "entropy",
	.source = "Duda 2013, arXiv 1311.2540; spread of Collet's FiniteStateEntropy, RFC 8878 4.1",
	.arg = { { "log_size", FREQUENCIES_LEAST, FREQUENCIES_MOST, 11 } },
	.uses_scope = true,
	.uses_order = true,
	.decoder = "tans",
	.encode_shared = frequencies_shared,
	.encode = encode,
	.decode = decode,
	.lengths = lengths,
};
