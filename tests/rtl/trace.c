/* Streams of the dictionary codec, or another that has a Verilog decoder, with everything a decoder
 * must answer to them in every cycle, one line per cycle for tests/rtl/hcb_tb.v. The cycles are
 * those of decoder_registers.h under random handshakes; the values are the symbols that were
 * encoded, not decoded ones.
 *
 * Random sources, or with --model the kernels of a network. A line is four hexadecimal numbers:
 *   op    what is driven: reset 80, start 40, load dictionary 20, input valid 10, output ready 08;
 *         what is expected: busy 04, input ready 02, output valid 01
 *   arg   codes (start), dictionary or table address (load), or symbols expected
 *   data  dictionary word, table row or input word; anything where neither is valid
 *   want  output, first symbol on top */
#include "base/bits.h"
#include "base/text.h"
#include "codec/codec.h"
#include "decoder_registers.h"
#include "quant/trim.h"
#include "tables.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 8, MAX_SYMBOLS = 2048, MAX_WORD_BITS = CODEC_MAX_GROUP * 16 };
enum {
	RESET = 0x80,
	START = 0x40,
	LOAD = 0x20,
	VALID = 0x10,
	READY = 8,
	BUSY = 4,
	IN = 2,
	OUT = 1
};

enum { ALL = INT32_MAX };

struct options {
	uint64_t shift, port, entries, group, bits, streams, seed, plain, codes, kernel, trim;
	const char *model, *rom;
	const struct codec *codec; /* dict, or one of a symbol per cycle */
};

static uint64_t state;

static unsigned pick(unsigned low, unsigned high)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return low + (unsigned)((state >> 20) % (high - low + 1));
}

static void die(const char *what)
{
	fprintf(stderr, "trace: %s\n", what);
	exit(3);
}

static void *need(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

static void need_ok(enum status rc, const struct err *e)
{
	if (rc)
		die(e->msg);
}

/* The next n_bits bits of a string as one number; behind its end ones, which no decoder may heed.
 */
static void put_number(FILE *f, struct bit_reader *r, unsigned n_bits)
{
	for (unsigned left = n_bits, n; left; left -= n) {
		unsigned here;

		n = left % 4 ? left % 4 : 4;
		here = r->n_bits - r->pos < n ? (unsigned)(r->n_bits - r->pos) : n;
		putc("0123456789abcdef"[(bits_get(r, here) + 1) * (1u << (n - here)) - 1], f);
	}
}

/* How one side of the decoder behaves in a stream: willing in `share` of 8 cycles, deciding anew in
 * each, or in bursts. */
struct side {
	unsigned share;
	bool bursts, willing;
};

static struct side side_of(const struct options *o)
{
	return (struct side){ o->plain || !pick(0, 3) ? 8 : pick(1, 7), pick(0, 1), true };
}

static bool side_next(struct side *s)
{
	if (!s->bursts || !pick(0, 7))
		s->willing = pick(1, 8) <= s->share;
	return s->willing;
}

struct stream {
	const struct decode_job *job;
	const struct symbols *symbols;
	const struct bit_string *bits;
};

static void put_expected(const struct stream *s, const struct beat *b)
{
	uint64_t words[MAX_WORD_BITS / 64] = { 0 };
	unsigned group = s->job->codes->symbols_per_code, bits = s->job->symbol_bits;
	struct bit_writer w = bit_writer_on(words, group * bits);
	struct bit_reader r;

	for (unsigned i = 0; i < b->symbols; i++) {
		size_t at = b->code * group + b->skip + i;

		bits_put(&w, at < s->symbols->n ? s->symbols->v[at] : 0, bits);
	}
	r = bit_reader_on(words, group * bits);
	put_number(stdout, &r, group * bits);
}

static unsigned expected(const struct registers *r)
{
	return (registers_busy(r) ? BUSY : 0) | (registers_in_ready(r) ? IN : 0) |
	       (r->s2_valid ? OUT : 0);
}

static void put_cycle(const struct stream *s, const struct registers *r, bool offer, bool out_ready)
{
	struct bit_reader in = bit_reader_on(s->bits->words, s->bits->n_bits);
	size_t at = r->words_in * s->job->port_bits;

	printf("%x %x ", (offer ? VALID : 0) | (out_ready ? READY : 0) | expected(r),
	       r->s2_valid ? r->beat[r->s2].symbols : 0);
	if (offer && at < s->bits->n_bits) {
		in.pos = at;
		put_number(stdout, &in, s->job->port_bits);
	} else {
		printf("%x", pick(0, 0x7fffffff));
	}
	putchar(' ');
	if (r->s2_valid)
		put_expected(s, &r->beat[r->s2]);
	else
		putchar('0');
	putchar('\n');
}

/* Starts a stream over whatever *r still holds, and plays it to its end and a little further, or
 * not even that far. */
static void play(const struct options *o, const struct stream *s, struct registers *r)
{
	size_t n_codes = s->job->codes->n;
	size_t cap = n_codes * (1 + s->job->codes->symbols_per_code);
	struct beat *beat = need(malloc((cap + 1) * sizeof(*beat)));
	bool has_state = o->codec == &codec_tans;
	size_t n_beats = o->codec == &codec_dict ? cut_into_beats(s->job, beat, cap)
	                                         : serial_beats(s->job, has_state, beat);
	size_t n_words = (s->bits->n_bits + s->job->port_bits - 1) / s->job->port_bits;
	struct side in = side_of(o), out = side_of(o);
	bool surplus = !o->plain && pick(0, 1); /* the port goes on with other words */
	bool stops = !o->plain && !o->model && !pick(0, 15);
	size_t left = stops ? pick(0, (unsigned)n_beats) : SIZE_MAX;
	unsigned idle = pick(0, 3);

	printf("%x %zx %x 0\n", START | VALID | (expected(r) & ~(unsigned)IN), n_codes,
	       pick(0, 0x7fffffff));
	*r = registers_start(o->shift != 0, s->job, beat, n_beats);
	r->has_state = has_state;
	while (left-- && (registers_busy(r) || idle)) {
		bool offer = (surplus || r->words_in < n_words) && side_next(&in);
		bool out_ready = side_next(&out);

		idle -= !registers_busy(r);
		put_cycle(s, r, offer, out_ready);
		*r = registers_step(r, offer, out_ready);
	}
	free(beat);
}

/* Tables are loaded into an idle decoder, which a reset makes it. */
static void make_idle(const struct options *o, struct registers *r)
{
	if (!registers_busy(r))
		return;
	printf("%x 0 0 0\n", RESET);
	*r = (struct registers){ .shift = o->shift, .port_bits = (unsigned)o->port };
}

static void put_dictionary(const struct options *o, const struct bit_string *d, struct registers *r)
{
	struct bit_reader reader = bit_reader_on(d->words, d->n_bits);

	make_idle(o, r);
	for (unsigned i = 0; i < o->entries; i++) {
		printf("%x %x ", LOAD | expected(r), i);
		put_number(stdout, &reader, (unsigned)(o->group * o->bits));
		printf(" 0\n");
	}
}

static void put_tables(const struct options *o, const struct bit_string *stored,
                       struct registers *r)
{
	struct table_row *row;
	struct err e;
	size_t n;

	if (o->codec == &codec_rlc)
		return;
	need_ok((o->codec == &codec_tans ? tans_rows : huffman_rows)(
	                &row, &n, stored, (unsigned)o->bits, (unsigned)o->entries, &e),
	        &e);
	make_idle(o, r);
	for (size_t i = 0; i < n; i++)
		printf("%x %x %llx 0\n", LOAD | expected(r), row[i].address,
		       (unsigned long long)row[i].data);
	free(row);
}

static void write_rom(const struct options *o, const struct bit_string *d)
{
	struct bit_reader reader = bit_reader_on(d->words, d->n_bits);
	FILE *f = fopen(o->rom, "w");

	if (!f)
		die("cannot write the ROM file");
	for (unsigned i = 0; i < o->entries; i++) {
		put_number(f, &reader, (unsigned)(o->group * o->bits));
		putc('\n', f);
	}
	if (fclose(f))
		die("cannot write the ROM file");
}

/* What a measured stream is like: the first codes.n words of layer l. */
static void describe(const struct options *o, const struct source *s, size_t l,
                     const struct code_lengths *codes)
{
	uint32_t rank[WORDS_BLOCK];
	size_t bits = 0, hits = 0;

	for (size_t i = 0; i < codes->n; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n && i + j < codes->n; j++) {
			bits += codes->length_bits[i + j];
			hits += rank[j] < o->entries;
		}
	}
	fprintf(stderr, "codes %zu hits %zu bits %zu\n", codes->n, hits, bits);
}

/* A source of a codec of one symbol per cycle. */
static void play_serial(const struct options *o, struct source *s, struct symbols *layer,
                        struct registers *r)
{
	enum dict_scope scope = o->kernel != ALL || pick(0, 1) ? DICT_MODEL : DICT_LAYER;
	struct codec_params p = { 1, scope, { (uint32_t)o->entries } };
	struct code code = { 0 };
	struct err e;

	if (o->codec->encode_shared)
		need_ok(o->codec->encode_shared(s, &p, &code.shared, &e), &e);
	if (scope == DICT_MODEL)
		put_tables(o, &code.shared, r);
	for (size_t l = 0; l < s->n_layers; l++) {
		struct code_lengths codes = { 0 };
		struct decode_job job = { &codes, 0, (unsigned)o->bits, 1, (unsigned)o->port, 1 };
		struct stream stream = { &job, &layer[l], &code.stream };

		if (o->kernel != ALL && l != o->kernel)
			continue;
		layer[l].n = layer[l].n < o->codes ? layer[l].n : o->codes;
		need_ok(o->codec->encode(s, l, &p, &code, &e), &e);
		codes.length_bits = need(malloc((layer[l].n + 1) * sizeof(uint16_t)));
		need_ok(o->codec->lengths(s, l, &p, &code.shared, &codes, &e), &e);
		if (o->kernel != ALL)
			fprintf(stderr, "codes %zu hits 0 bits %zu\n", codes.n, code.stream.n_bits);
		if (scope == DICT_LAYER)
			put_tables(o, &code.table, r);
		play(o, &stream, r);
		free(codes.length_bits);
		code_release(&code);
	}
	bit_string_release(&code.shared);
}

static void play_source(const struct options *o, struct source *s, struct registers *r)
{
	enum dict_scope scope = o->rom || o->kernel != ALL || pick(0, 1) ? DICT_MODEL : DICT_LAYER;
	struct codec_params p = { (unsigned)o->group, scope, { (uint32_t)o->entries } };
	struct code code = { 0 };
	struct words *words;
	struct err e;

	need_ok(words_count(&words, s, p.group, scope, &e), &e);
	s->words = words;
	need_ok(codec_dict.encode_shared(s, &p, &code.shared, &e), &e);
	if (o->rom)
		write_rom(o, &code.shared);
	else if (scope == DICT_MODEL)
		put_dictionary(o, &code.shared, r);
	for (size_t l = 0; l < s->n_layers; l++) {
		struct code_lengths codes = { 0 };
		struct decode_job job = { &codes,
			                  s->layer[l].n,
			                  (unsigned)o->bits,
			                  (uint32_t)o->entries,
			                  (unsigned)o->port,
			                  1 };
		struct stream stream = { &job, &s->layer[l], &code.stream };

		if (o->kernel != ALL && l != o->kernel)
			continue;
		need_ok(codec_dict.encode(s, l, &p, &code, &e), &e);
		codes.length_bits = need(malloc((words->layer_words[l] + 1) * sizeof(uint16_t)));
		need_ok(codec_dict.lengths(s, l, &p, &code.shared, &codes, &e), &e);
		codes.n = codes.n < o->codes ? codes.n : o->codes;
		if (o->kernel != ALL)
			describe(o, s, l, &codes);
		if (scope == DICT_LAYER)
			put_dictionary(o, &code.table, r);
		play(o, &stream, r);
		free(codes.length_bits);
		code_release(&code);
	}
	bit_string_release(&code.shared);
	words_free(words);
}

/* Symbols from all equal to uniform, mostly as many zeros and small ones as weights have. */
static void fill(uint16_t *v, size_t n, unsigned bits)
{
	unsigned top = (1u << bits) - 1, kind = pick(0, 9), spread = pick(1, 7);

	for (size_t i = 0; i < n; i++) {
		unsigned x = 0;

		if (kind == 0)
			x = top;
		else if (kind <= 2)
			x = pick(0, top);
		else
			while (x < top && pick(0, 7) < spread)
				x++;
		v[i] = (uint16_t)x;
	}
}

static void play_random(const struct options *o, struct registers *r)
{
	static uint16_t v[MAX_LAYERS][MAX_SYMBOLS];
	struct symbols layer[MAX_LAYERS];

	for (size_t left = o->streams; left;) {
		struct source s = { .layer = layer, .bits = (unsigned)o->bits };
		unsigned most =
		        (unsigned)(o->group * 60 < MAX_SYMBOLS ? o->group * 60 : MAX_SYMBOLS);

		s.n_layers = pick(1, MAX_LAYERS);
		if (s.n_layers > left || o->rom)
			s.n_layers = left < MAX_LAYERS ? left : MAX_LAYERS;
		for (size_t l = 0; l < s.n_layers; l++) {
			layer[l] = (struct symbols){ v[l], pick(1, most), s.bits, NULL };
			fill(v[l], layer[l].n, s.bits);
		}
		if (o->codec == &codec_dict)
			play_source(o, &s, r);
		else
			play_serial(o, &s, layer, r);
		left -= s.n_layers;
		if (o->rom)
			break;
	}
}

static void play_model(const struct options *o, struct registers *r)
{
	struct quant_spec spec = { .quantizer = &quantizer_symmetric,
		                   .bits = (unsigned)o->bits,
		                   .scope = SCOPE_TENSOR };
	struct trim_spec trim = { (unsigned)o->trim, CLIP_NONE };
	struct quantized *q;
	struct symbols *layer;
	struct model *m;
	struct err e;
	struct source s;

	need_ok(model_load(&m, o->model, o->model, &e), &e);
	need_ok(quantize(&q, m, &spec, &e), &e);
	layer = need(calloc(m->n_kernels, sizeof(*layer)));
	for (size_t k = 0; k < m->n_kernels; k++) {
		uint16_t *v = need(malloc(q->kernel[k].n * sizeof(*v)));

		trim_apply(trim, q->kernel[k].q, q->kernel[k].n, q->kernel[k].q);
		quant_to_wire(q, k, q->kernel[k].q, v);
		layer[k] = (struct symbols){ v, q->kernel[k].n, q->wire_bits, NULL };
	}
	s = (struct source){ .n_layers = m->n_kernels, .layer = layer, .bits = q->wire_bits };
	if (o->codec == &codec_dict)
		play_source(o, &s, r);
	else
		play_serial(o, &s, layer, r);
	for (size_t k = 0; k < m->n_kernels; k++)
		free((uint16_t *)layer[k].v);
	free(layer);
	quantized_free(q);
	model_free(m);
}

static const char usage[] =
        "usage: trace [--shift] [--port W] [--entries D] [--group G] [--bits B] [--seed S]\n"
        "             [--plain] [--rom FILE] [--codes N] [--codec dict|huffman|tans|rlc]\n"
        "             [--streams N | --model FILE [--kernel K] [--trim T]]\n"
        "  --codec  with another than dict, --entries is its argument: Huffman's longest code,\n"
        "           log2 of the tANS states, run bits\n"
        "  --plain  a word and a ready array in every cycle\n"
        "  --codes  no more than these of a stream\n"
        "  --kernel this one of the network, with the dictionary of all; its hits go to stderr\n"
        "  --rom    one source with one dictionary, which FILE gets and nothing loads\n";

/* Whether the decoder's parameters are the codec's whatever the symbols. */
static bool fits(const struct options *o)
{
	if (o->codec == &codec_dict)
		return true;
	if (o->group != 1 || o->shift || o->rom || o->entries < o->codec->arg[0].least ||
	    o->entries > o->codec->arg[0].most)
		return false;
	if (o->codec == &codec_huffman)
		return o->entries >= o->bits && o->entries <= o->port;
	if (o->codec == &codec_tans)
		return o->entries >= o->bits + 2 && o->entries <= o->port;
	return o->codec == &codec_rlc && o->port >= 64;
}

static struct options options_of(int argc, char **argv)
{
	static const struct option options[] = {
		{"port",     1, NULL, 'w'      },
                { "entries", 1, NULL, 'd'      },
		{ "group",   1, NULL, 'g'      },
                { "bits",    1, NULL, 'b'      },
		{ "streams", 1, NULL, 'n'      },
                { "codec",   1, NULL, 'k' + 256},
		{ "seed",    1, NULL, 's'      },
                { "model",   1, NULL, 'm'      },
		{ "codes",   1, NULL, 'c'      },
                { "kernel",  1, NULL, 'k'      },
		{ "trim",    1, NULL, 't'      },
                { "rom",     1, NULL, 'r'      },
		{ "shift",   0, NULL, 'i'      },
                { "plain",   0, NULL, 'p'      },
		{ NULL,      0, NULL, 0        },
	};
	struct options o = { .port = 64,
		             .entries = 16,
		             .group = 1,
		             .bits = 8,
		             .streams = 100,
		             .codes = SIZE_MAX,
		             .codec = &codec_dict,
		             .kernel = ALL };
	bool good = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'w':
			good &= parse_u64(optarg, 1024, &o.port) && o.port >= 8;
			break;
		case 'd':
			good &= parse_u64(optarg, WORDS_MAX_RANK, &o.entries) && o.entries;
			break;
		case 'g':
			good &= parse_u64(optarg, CODEC_MAX_GROUP, &o.group) && o.group;
			break;
		case 'b':
			good &= parse_u64(optarg, 16, &o.bits) && o.bits >= 2;
			break;
		case 'n':
			good &= parse_u64(optarg, UINT32_MAX, &o.streams);
			break;
		case 's':
			good &= parse_u64(optarg, UINT32_MAX, &o.seed);
			break;
		case 'k' + 256:
			o.codec = codec_find(optarg);
			break;
		case 'c':
			good &= parse_u64(optarg, UINT32_MAX, &o.codes);
			break;
		case 'k':
			good &= parse_u64(optarg, UINT32_MAX, &o.kernel);
			break;
		case 't':
			good &= parse_u64(optarg, INT16_MAX, &o.trim);
			break;
		case 'm':
			o.model = optarg;
			break;
		case 'r':
			o.rom = optarg;
			break;
		case 'i':
			o.shift = 1;
			break;
		case 'p':
			o.plain = 1;
			break;
		default:
			good = false;
		}
	good &= fits(&o);
	if (!good || optind < argc || 1 + bits_for_index(o.entries) > o.port ||
	    1 + o.bits > o.port) {
		fputs(usage, stderr);
		exit(2);
	}
	return o;
}

/* A reset, and words of no stream into both slots or all of the buffer: what stands behind the bits
 * of a stream is some value in hardware, but unknown to a simulator, which then knows no length
 * that was compared with it. */
static void put_reset(const struct options *o, struct registers *r)
{
	printf("%x 0 0 0\n", RESET);
	while (!o->plain && !o->shift && registers_in_ready(r)) {
		printf("%x 0 ", VALID | expected(r));
		for (unsigned i = 0; i < o->port; i += 4)
			putchar("0123456789abcdef"[pick(0, 15)]);
		printf(" 0\n");
		*r = registers_step(r, true, false);
	}
}

int main(int argc, char **argv)
{
	struct options o = options_of(argc, argv);
	struct registers r = { .shift = o.shift, .port_bits = (unsigned)o.port };

	state = 0x9e3779b97f4a7c15u ^ (o.seed + 1) * 0xff51afd7ed558ccdu;
	for (int i = 0; i < 16; i++)
		pick(0, 1);
	put_reset(&o, &r);
	if (o.model)
		play_model(&o, &r);
	else
		play_random(&o, &r);
	return fflush(stdout) || ferror(stdout) ? 3 : 0;
}
