/* Codecs on the same weights, for bench/speed/codecs: obeys commands on stdin, so that the script
 * can take turns between contestants.
 *
 *   load BITS TRIM   quantizes (symmetric, a scale per kernel, truncated) and trims
 *   time NAME        encodes and decodes once, compares, then times: in one line coded bits and CPU
 *                    seconds of counting, encoding and decoding all layers
 *   stream WEIGHTS BITS TRIM NAME
 *                    the same for so many synthetic weights, made layer by layer in the room of the
 *                    first, each with a dictionary of its own; also KiB of the process's peak
 *
 * NAME: a codec with its arguments and /G, words of G (dict:32/2), on symbols of 16 bits; or on
 * bytes: memcpy, zstd-bytes:LEVEL, lz4-bytes, huff0, fse, planes-portable:32/2, -avx2, -vbmi2 (no
 * answer but "-" where the processor lacks it). A number instead of a model: so many
 * synthetic weights, trimmed normal, drawn kernel by kernel.
 *
 * usage: codecs_driver MODEL|WEIGHTS */
#include "base/bits.h"
#include "codec/codec.h"
#include "codec/planes.h"
#include "codec_peers.h"
#include "model/importer.h"
#include "quant/trim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SYNTHETIC_KERNEL = 1000000 };

struct driver {
	struct model *m; /* NULL: synthetic */
	size_t n_weights, n_layers, largest;
	size_t n_before; /* synthetic layers that came before these */
	struct symbols *layer;
	unsigned bits;
	uint16_t *out;
	uint8_t *bytes, *back, *room; /* of the largest layer; room for a peer's code */
	size_t cap;
	struct err e;
};

struct times {
	uint64_t bits;
	double count, encode, decode;
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sum of eight uniform numbers: near enough to normal. */
static void draw(float *w, size_t n, uint64_t seed)
{
	uint64_t x = seed << 32;

	for (size_t i = 0; i < n; i++) {
		uint64_t z = x += UINT64_C(0x9e3779b97f4a7c15);
		int sum = -1020;

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		for (int j = 0; j < 8; j++)
			sum += (int)(z >> 8 * j & 255);
		w[i] = (float)sum / 8192;
	}
}

static enum status open_driver(struct driver *v, const char *what)
{
	enum status rc = ST_OK;

	if (strspn(what, "0123456789") == strlen(what)) {
		v->n_weights = strtoull(what, NULL, 10);
		v->n_layers = (v->n_weights + SYNTHETIC_KERNEL - 1) / SYNTHETIC_KERNEL;
	} else {
		rc = model_load(&v->m, what, what, &v->e);
		v->n_layers = rc ? 0 : v->m->n_kernels;
		v->n_weights = rc ? 0 : v->m->n_weights;
	}
	if (rc)
		return rc;
	v->layer = calloc(v->n_layers + 1, sizeof(*v->layer));
	if (!v->layer)
		return err_nomem(&v->e);
	for (size_t l = 0; l < v->n_layers; l++) {
		const size_t rest = v->n_weights - l * SYNTHETIC_KERNEL;
		size_t n = rest < SYNTHETIC_KERNEL ? rest : SYNTHETIC_KERNEL;

		n = v->m ? v->m->kernels[l].n : n;
		v->largest = n > v->largest ? n : v->largest;
		v->layer[l] = (struct symbols){ .v = malloc((n + 1) * sizeof(uint16_t)), .n = n };
		if (!v->layer[l].v)
			return err_nomem(&v->e);
	}
	v->cap = peers_bound(v->largest);
	v->out = malloc((v->largest + 1) * sizeof(*v->out));
	v->bytes = malloc(v->largest + 1);
	v->back = malloc(v->largest + 1);
	v->room = malloc(v->cap);
	return v->out && v->bytes && v->back && v->room ? ST_OK : err_nomem(&v->e);
}

static enum status load(struct driver *v, unsigned bits, unsigned trim)
{
	const struct quant_spec spec = { .quantizer = &quantizer_symmetric,
		                         .bits = bits,
		                         .scope = SCOPE_TENSOR,
		                         .round = ROUND_TRUNCATE };
	int16_t *q = malloc((v->largest + 1) * sizeof(*q));
	float *drawn = malloc((v->largest + 1) * sizeof(*drawn));

	if (!q || !drawn || bits < 2 || bits > 8) {
		free(q);
		free(drawn);
		return bits < 2 || bits > 8
		               ? err_set(&v->e, ST_USAGE, "load: %u bits, expected 2 to 8", bits)
		               : err_nomem(&v->e);
	}
	for (size_t l = 0; l < v->n_layers; l++) {
		struct symbols *s = &v->layer[l];
		const float *w = v->m ? v->m->kernels[l].w : drawn;
		struct quant_group g;

		if (!v->m)
			draw(drawn, s->n, v->n_before + l + 1);
		g = quantizer_symmetric.fit(&spec, &w, &s->n, 1, NULL);
		quantizer_symmetric.quantize(&spec, g, w, s->n, q);
		trim_apply((struct trim_spec){ .trim = trim }, q, s->n, q);
		quantizer_symmetric.to_wire(bits, g, q, s->n, (uint16_t *)(uintptr_t)s->v);
		s->bits = bits;
	}
	v->bits = bits;
	free(q);
	free(drawn);
	return ST_OK;
}

/* Encodes, decodes and compares layer by layer; the comparison is not in the times. */
static enum status time_layers(struct driver *v, const struct codec *c, const struct source *s,
                               const struct codec_params *p, struct times *t)
{
	struct bit_string shared = { 0 };
	double before = cpu_seconds();
	enum status rc = c->encode_shared ? c->encode_shared(s, p, &shared, &v->e) : ST_OK;

	t->encode += cpu_seconds() - before;
	t->bits += shared.n_bits;
	for (size_t l = 0; l < v->n_layers && !rc; l++) {
		const struct symbols *in = &v->layer[l];
		struct code code = { .shared = shared };

		before = cpu_seconds();
		rc = c->encode(s, l, p, &code, &v->e);
		t->encode += cpu_seconds() - before;
		t->bits += code.table.n_bits + code.stream.n_bits;
		before = cpu_seconds();
		if (!rc)
			rc = c->decode(&code, p, v->bits, v->out, in->n, &v->e);
		t->decode += cpu_seconds() - before;
		code_release(&code);
		if (!rc && memcmp(v->out, in->v, in->n * sizeof(*in->v)))
			rc = err_set(&v->e, ST_INTERNAL, "%s: layer %zu came back changed", c->name,
			             l);
	}
	bit_string_release(&shared);
	return rc;
}

static enum status time_codec(struct driver *v, char *name, struct times *t)
{
	struct source s = { .n_layers = v->n_layers, .layer = v->layer, .bits = v->bits };
	struct codec_params p = { .group = 1, .scope = DICT_MODEL };
	char *group = strchr(name, '/'), *arg = strchr(name, ':');
	struct words *words = NULL;
	const struct codec *c;
	enum status rc = ST_OK;

	if (group) {
		*group = 0;
		p.group = (unsigned)atoi(group + 1);
	}
	if (arg)
		*arg = 0;
	c = codec_find(name);
	if (!c || !p.group || p.group > CODEC_MAX_GROUP)
		return err_set(&v->e, ST_USAGE, "unknown contestant: %s", name);
	for (size_t i = 0; i < CODEC_MAX_ARGS; i++)
		p.arg[i] = c->arg[i].initial;
	if (arg)
		p.arg[0] = (uint32_t)atoi(arg + 1);
	if (c->uses_words) {
		const double before = cpu_seconds();

		rc = words_count(&words, &s, p.group, p.scope, &v->e);
		t->count += cpu_seconds() - before;
		s.words = words;
	}
	rc = rc ? rc : time_layers(v, c, &s, &p, t);
	words_free(words);
	return rc;
}

/* To bytes, from bytes that are there; the dictionary is made ready once. */
static enum status time_planes_layers(struct driver *v, const struct source *s,
                                      const struct codec_params *p, enum planes_path path,
                                      struct times *t)
{
	const struct word_table *table = s->words->table;
	const size_t known = table->n_ranks < p->arg[0] ? table->n_ranks : p->arg[0];
	uint16_t *symbol = calloc((size_t)p->arg[0] * p->group, sizeof(*symbol));
	uint32_t *rank = malloc((v->largest + 1) * sizeof(*rank));
	struct planes_dict d = { 0 };
	double before = cpu_seconds();
	enum status rc = symbol && rank ? ST_OK : err_nomem(&v->e);

	if (!rc) {
		memcpy(symbol, table->symbol, known * p->group * sizeof(*symbol));
		rc = planes_dict_make(&d, symbol, p->arg[0], p->group, s->bits, &v->e);
	}
	t->decode += cpu_seconds() - before;
	t->bits += (uint64_t)p->arg[0] * p->group * s->bits;
	for (size_t l = 0; l < v->n_layers && !rc; l++) {
		const struct symbols *in = &v->layer[l];
		const size_t words = s->words->layer_words[l];
		const size_t used = planes_bytes(&d, words, words_hits(s->words, l, p->arg[0]));

		before = cpu_seconds();
		memset(v->room, 0, used);
		words_rank(s->words, s, l, 0, words, rank);
		planes_encode(&d, in->v, in->n, rank, v->room);
		t->encode += cpu_seconds() - before;
		t->bits += 8 * (uint64_t)used;
		memset(v->back, 0xaa, in->n);
		before = cpu_seconds();
		rc = planes_decode8(&d, path, v->room, used, v->back, in->n, &v->e);
		t->decode += cpu_seconds() - before;
		for (size_t i = 0; i < in->n && !rc; i++)
			if (v->back[i] != in->v[i])
				rc = err_set(&v->e, ST_INTERNAL,
				             "planes: layer %zu came back changed", l);
	}
	planes_dict_release(&d);
	free(symbol);
	free(rank);
	return rc;
}

/* planes-PATH:ENTRIES/GROUP; false: not such a name. */
static bool planes_name(const char *name, struct codec_params *p, enum planes_path *path)
{
	char which[16];

	if (sscanf(name, "planes-%15[a-z0-9]:%u/%u", which, &p->arg[0], &p->group) != 3)
		return false;
	for (*path = 0; *path < N_PLANES_PATHS; (*path)++)
		if (!strcmp(which, planes_path_name(*path)))
			return p->arg[0] && p->group && p->group <= CODEC_MAX_GROUP;
	return false;
}

static enum status time_planes(struct driver *v, const struct codec_params *p,
                               enum planes_path path, struct times *t)
{
	struct source s = { .n_layers = v->n_layers, .layer = v->layer, .bits = v->bits };
	const double before = cpu_seconds();
	struct words *words = NULL;
	enum status rc = words_count(&words, &s, p->group, DICT_MODEL, &v->e);

	t->count = cpu_seconds() - before;
	s.words = words;
	rc = rc ? rc : time_planes_layers(v, &s, p, path, t);
	words_free(words);
	return rc;
}

static enum status time_peer(struct driver *v, const struct peer *peer, int level, struct times *t)
{
	for (size_t l = 0; l < v->n_layers; l++) {
		const struct symbols *in = &v->layer[l];
		size_t used;
		double before;

		for (size_t i = 0; i < in->n; i++)
			v->bytes[i] = (uint8_t)in->v[i];
		before = cpu_seconds();
		used = peer->encode(v->bytes, in->n, v->room, v->cap, level);
		t->encode += cpu_seconds() - before;
		memset(v->back, 0xaa, in->n);
		before = cpu_seconds();
		if (!used || !peer->decode(v->room, used, v->back, in->n))
			return err_set(&v->e, ST_INTERNAL, "%s: layer %zu failed", peer->name, l);
		t->decode += cpu_seconds() - before;
		if (memcmp(v->back, v->bytes, in->n))
			return err_set(&v->e, ST_INTERNAL, "%s: layer %zu came back changed",
			               peer->name, l);
		t->bits += 8 * (uint64_t)used;
	}
	return ST_OK;
}

/* The driver has one synthetic layer, whose room all layers take in turn. */
static enum status time_stream(struct driver *v, size_t n, unsigned bits, unsigned trim,
                               const char *name, struct times *t)
{
	const size_t largest = v->largest;
	enum status rc = ST_OK;

	if (v->m || v->n_layers != 1)
		return err_set(&v->e, ST_USAGE, "stream: not with a model or several layers");
	for (v->n_before = 0; n > 0 && !rc; v->n_before++) {
		char again[64];

		snprintf(again, sizeof(again), "%s", name);
		v->layer[0].n = n < largest ? n : largest;
		n -= v->layer[0].n;
		rc = load(v, bits, trim);
		rc = rc ? rc : time_codec(v, again, t);
	}
	v->n_before = 0;
	v->layer[0].n = largest;
	return rc;
}

static enum status obey_stream(struct driver *v, const char *line)
{
	struct times t = { 0 };
	struct rusage used;
	unsigned bits, trim;
	char name[64];
	size_t n;
	enum status rc;

	if (sscanf(line, "stream %zu %u %u %63s", &n, &bits, &trim, name) != 4)
		return err_set(&v->e, ST_USAGE, "unknown command: %s", line);
	rc = time_stream(v, n, bits, trim, name, &t);
	getrusage(RUSAGE_SELF, &used);
	if (!rc)
		printf("%llu %.6f %.6f %.6f %ld\n", (unsigned long long)t.bits, t.count, t.encode,
		       t.decode, used.ru_maxrss);
	return rc;
}

static enum status obey(struct driver *v, const char *line)
{
	struct times t = { 0 };
	struct codec_params p = { .group = 1 };
	enum planes_path path;
	const struct peer *peer;
	unsigned bits, trim;
	char name[64];
	int level = 0;
	enum status rc;

	if (sscanf(line, "load %u %u", &bits, &trim) == 2) {
		rc = load(v, bits, trim);
		printf("%zu\n", v->n_weights);
		return rc;
	}
	if (!strncmp(line, "stream ", 7))
		return obey_stream(v, line);
	if (sscanf(line, "time %63s", name) != 1 || !v->bits)
		return err_set(&v->e, ST_USAGE, "unknown command: %s", line);
	peer = peer_find(name, &level);
	if (planes_name(name, &p, &path)) {
		if (!planes_path_runs(path)) {
			printf("-\n");
			return ST_OK;
		}
		rc = time_planes(v, &p, path, &t);
	} else {
		rc = peer ? time_peer(v, peer, level, &t) : time_codec(v, name, &t);
	}
	if (!rc)
		printf("%llu %.6f %.6f %.6f\n", (unsigned long long)t.bits, t.count, t.encode,
		       t.decode);
	return rc;
}

int main(int argc, char **argv)
{
	struct driver v = { 0 };
	char line[128];
	enum status rc = argc == 2 ? open_driver(&v, argv[1])
	                           : err_set(&v.e, ST_USAGE, "usage: codecs_driver MODEL|WEIGHTS");

	while (!rc && fgets(line, sizeof(line), stdin)) {
		rc = obey(&v, line);
		fflush(stdout);
	}
	if (rc)
		fprintf(stderr, "codecs_driver: %s\n", v.e.msg);
	for (size_t l = 0; v.layer && l < v.n_layers; l++)
		free((void *)(uintptr_t)v.layer[l].v);
	free(v.layer);
	free(v.out);
	free(v.bytes);
	free(v.back);
	free(v.room);
	model_free(v.m);
	return (int)rc;
}
