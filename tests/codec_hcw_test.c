/* The container, over all codecs, quantizers and orders; every damage is found; later versions are
 * read as far as the rule of docs/container.md says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/file.h"
#include "codec/hcw.h"
#include "codec/hcw_format.h"
#include "codec_coding.h"

enum { LAYERS = 3 };

/* A network of three layers with all of its stages, and the container of it. */
struct network {
	struct model m;
	struct kernel kernel[LAYERS];
	struct quantized *quantized;
	struct symbols symbols[LAYERS];
	struct words *words;
	struct source source;
	struct hcw_layer layer[LAYERS];
	char path[64];
};

static const struct hcw_options no_options;
static const struct shape shapes[LAYERS] = {
	{4,  { 6, 2, 3, 3 }},
        { 2, { 7, 11 }     },
        { 4, { 4, 1, 5, 1 }}
};

static void make_weights(struct network *n)
{
	uint32_t state = 7;

	n->m = (struct model){ .name = "net", .n_kernels = LAYERS, .kernels = n->kernel };
	for (size_t l = 0; l < LAYERS; l++) {
		size_t count = shape_count(&shapes[l]);
		float *w = malloc(count * sizeof(*w));

		cr_assert(w);
		for (size_t i = 0; i < count; i++) {
			state = state * 1664525u + 1013904223u;
			w[i] = ((float)(state >> 20) - 2048.0f) / 4096.0f;
			w[i] *= w[i] * w[i]; /* many small ones */
		}
		n->kernel[l] = (struct kernel){ .name = l == 1 ? "b"
			                                : l    ? "c.weight"
			                                       : "a.weight",
			                        .layer = l == 1 ? "b"
			                                 : l    ? "c"
			                                        : "a",
			                        .shape = shapes[l],
			                        .n = count,
			                        .channels = shapes[l].dim[0],
			                        .groups = l == 2 ? 2 : 1,
			                        .transposed = l == 1,
			                        .w = w };
	}
}

static void make_symbols(struct network *n, const struct quant_spec *spec, enum stream_order order)
{
	unsigned spw = spec->quantizer->symbols_per_weight;
	struct err e;

	cr_assert_eq(quantize(&n->quantized, &n->m, spec, &e), ST_OK, "%s", e.msg);
	for (size_t l = 0; l < LAYERS; l++) {
		const struct qkernel *q = &n->quantized->kernel[l];
		uint16_t *wire = malloc(q->n * sizeof(*wire)), *v = malloc(q->n * sizeof(*v));

		cr_assert(wire && v);
		quant_to_wire(n->quantized, l, q->q, wire);
		stream_reorder(&n->kernel[l], order, 2, 3, spw, wire, v);
		free(wire);
		n->symbols[l] = (struct symbols){ v, q->n, n->quantized->wire_bits, NULL };
	}
	n->source = source_of(n->symbols, LAYERS);
}

static void write_container(struct network *n, const struct quant_spec *spec,
                            enum stream_order order, const struct codec *c,
                            const struct codec_params *p, unsigned port)
{
	static const char graph[] = "front|between|more|back";
	static const uint64_t insert_at[LAYERS] = { 6, 14, 19 };
	const struct hcw_info info = { .model = "net",
		                       .digest = digest_of_text("net"),
		                       .lossy = "lossy",
		                       .point = "point",
		                       .port_bits = port };
	struct hcw_writer *w;
	struct coding coded;
	struct err e;

	if (c->uses_words) {
		cr_assert_eq(words_count(&n->words, &n->source, p->group, p->scope, &e), ST_OK);
		n->source.words = n->words;
	}
	code_layers(&coded, c, &n->source, p);
	strcpy(n->path, "/tmp/hcw-test-XXXXXX");
	close(mkstemp(n->path));
	cr_assert_eq(hcw_create(&w, n->path, &info, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(hcw_put_shared(w, &coded.shared, &e), ST_OK);
	for (size_t l = 0; l < LAYERS; l++) {
		const struct kernel *k = &n->kernel[l];

		n->layer[l] = (struct hcw_layer){
			.name = k->layer,
			.tensor = k->name,
			.shape = k->shape,
			.groups = k->groups,
			.n = k->n,
			.transposed = k->transposed,
			.quant = *spec,
			.trim = {1, 5},
			.wire_bits = n->quantized->wire_bits,
			.codec = c,
			.params = *p,
			.order = order,
			.rows = 2,
			.cols = 3
		};
		cr_assert_eq(hcw_put_layer(w, &n->layer[l], &coded.layer[l],
		                           n->quantized->kernel[l].group, &e),
		             ST_OK, "%s", e.msg);
	}
	cr_assert_eq(hcw_put_graph(w, (struct span){ graph, sizeof(graph) - 1 }, insert_at, &e),
	             ST_OK);
	cr_assert_eq(hcw_finish(w, &e), ST_OK, "%s", e.msg);
	coding_release(&coded);
}

static void network_release(struct network *n)
{
	for (size_t l = 0; l < LAYERS; l++) {
		free((void *)n->kernel[l].w);
		free((void *)n->symbols[l].v);
	}
	quantized_free(n->quantized);
	words_free(n->words);
	unlink(n->path);
}

/* Numbers of a layer's record as they were given. */
static void check_record(const struct hcw_layer *got, const struct hcw_layer *want)
{
	cr_assert_str_eq(got->name, want->name);
	cr_assert_str_eq(got->tensor, want->tensor);
	cr_assert_eq(shape_count(&got->shape), shape_count(&want->shape));
	cr_assert(got->n == want->n && got->groups == want->groups &&
	          got->transposed == want->transposed);
	cr_assert(got->quant.quantizer == want->quant.quantizer &&
	          got->quant.bits == want->quant.bits && got->quant.scope == want->quant.scope &&
	          got->quant.round == want->quant.round && got->quant.scale == want->quant.scale);
	cr_assert(got->trim.trim == 1 && got->trim.clip == 5);
	cr_assert(got->codec == want->codec && got->wire_bits == want->wire_bits);
	cr_assert_eq(memcmp(&got->params, &want->params, sizeof(got->params)), 0);
	cr_assert(got->order == want->order && got->rows == 2 && got->cols == 3);
}

/* The account of codec.h is that of the file, bit for bit. */
static void check_account(const struct network *n, const struct hcw *h, const struct codec *c,
                          const struct codec_params *p)
{
	size_t table[LAYERS], layer[LAYERS], side[LAYERS];
	struct coded_sizes sizes = { 0, table, layer };
	struct bit_account a;
	struct err e;

	cr_assert_eq(codec_sizes(c, &n->source, p, &sizes, &e), ST_OK);
	for (size_t l = 0; l < LAYERS; l++)
		side[l] = SYMBOL_COUNT_BITS + quant_side_bits(&n->layer[l].quant, &n->kernel[l]);
	a = account(&sizes, side, LAYERS, h->info.port_bits);
	cr_assert_eq(memcmp(&a, &h->bits, sizeof(a)), 0, "%s", c->name);
	cr_assert_eq(a.total, 8 * h->payload_bytes);
}

static void check_layers(const struct network *n, struct hcw *h)
{
	struct err e;

	for (size_t l = LAYERS; l-- > 0;) { /* in any order */
		const struct kernel *k = &n->kernel[l];
		const struct qkernel *q = &n->quantized->kernel[l];
		uint16_t *v = malloc(q->n * sizeof(*v));
		float *w = malloc(k->n * sizeof(*w)), *want = malloc(k->n * sizeof(*want));
		struct quant_group *group = calloc(q->n_groups, sizeof(*group));

		check_record(&h->layer[l], &n->layer[l]);
		cr_assert_eq(hcw_symbols(h, l, v, group, &e), ST_OK, "%s", e.msg);
		cr_assert_eq(memcmp(v, n->symbols[l].v, q->n * sizeof(*v)), 0);
		for (size_t g = 0; g < q->n_groups; g++)
			cr_assert(group[g].scale == q->group[g].scale &&
			          group[g].zero == q->group[g].zero);
		cr_assert_eq(hcw_weights(h, l, w, &e), ST_OK, "%s", e.msg);
		dequantize(n->quantized, k, l, q->q, want);
		cr_assert_eq(memcmp(w, want, k->n * sizeof(*w)), 0);
		free(v);
		free(w);
		free(want);
		free(group);
	}
}

static void round_trip(const struct quant_spec *spec, enum stream_order order,
                       const struct codec *c, const struct codec_params *p, unsigned port)
{
	struct network n = { 0 };
	struct hcw *h;
	char graph[24] = "";
	struct err e;

	make_weights(&n);
	make_symbols(&n, spec, order);
	write_container(&n, spec, order, c, p, port);
	cr_assert_eq(hcw_open(&h, n.path, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(hcw_check(h, &e), ST_OK, "%s", e.msg);
	cr_assert(h->major == HCW_MAJOR && h->minor == HCW_MINOR && h->n_layers == LAYERS);
	cr_assert_str_eq(h->info.model, "net");
	cr_assert_str_eq(h->info.lossy, "lossy");
	cr_assert_str_eq(h->info.point, "point");
	cr_assert(hcw_find(h, "c") == 2 && hcw_find(h, "a.weight") == 0 && hcw_find(h, "x") == 3);
	cr_assert_eq(h->layer[1].insert_at, 14);
	cr_assert_eq(hcw_graph(h, 0, graph, 23, &e), ST_OK);
	cr_assert_str_eq(graph, "front|between|more|back");
	check_account(&n, h, c, p);
	check_layers(&n, h);
	hcw_close(h);
	network_release(&n);
}

static uint32_t argument(const struct codec_arg *a)
{
	return !a->name                                          ? 0
	       : a->initial >= a->least && a->initial <= a->most ? a->initial
	       : a->least + 5 <= a->most                         ? a->least + 5
	                                                         : a->least;
}

Test(codec_hcw, every_codec_quantizer_scope_and_order)
{
	static const unsigned ports[] = { 32, 64, 256 };
	unsigned i = 0;

	for (size_t c = 0; c < n_codecs; c++)
		for (size_t q = 0; q < n_quantizers; q++)
			for (int scope = 0; scope < N_SCOPES; scope++) {
				const struct quantizer *qr = quantizers[q];
				const struct quant_spec spec = {
					qr, qr->min_bits > 5 ? qr->min_bits : 5,
					qr->uses_scope ? (enum quant_scope)scope : SCOPE_TENSOR,
					ROUND_NEAREST, SCALE_MAX
				};
				const struct codec_params p = {
					.group = codecs[c]->uses_words ? 3 : 1,
					.scope = codecs[c]->uses_scope && scope == 1 ? DICT_LAYER
					                                             : DICT_MODEL,
					.arg = {argument(&codecs[c]->arg[0]),
                                                argument(&codecs[c]->arg[1])}
				};

				round_trip(&spec,
				           codecs[c]->uses_order && scope == 2 ? ORDER_ARRAY
				                                               : ORDER_OIHW,
				           codecs[c], &p, ports[i++ % 3]);
			}
}

/* A small container in memory. */
static struct span small(struct arena *a, struct network *n)
{
	static const struct quant_spec spec = { &quantizer_affine, 4, SCOPE_CHANNEL, ROUND_NEAREST,
		                                SCALE_MAX };
	static const struct codec_params p = { 2, DICT_MODEL, { 6 } };
	struct span file;
	struct err e;

	*n = (struct network){ 0 };
	make_weights(n);
	make_symbols(n, &spec, ORDER_OIHW);
	write_container(n, &spec, ORDER_OIHW, &codec_dict, &p, 64);
	cr_assert_eq(file_read(a, n->path, 1 << 20, &file, &e), ST_OK);
	return file;
}

/* Opens, checks and decodes; the error names an offset. */
static enum status try(const uint8_t *p, size_t n, const struct hcw_options *o, struct err *e)
{
	struct hcw *h;
	enum status rc = hcw_open_memory(&h, (struct span){ p, n }, o, e);
	float w[200];

	if (!rc)
		rc = hcw_check(h, e);
	for (size_t l = 0; !rc && l < h->n_layers; l++)
		if (h->layer[l].n <= sizeof(w) / sizeof(w[0]))
			rc = hcw_weights(h, l, w, e);
	hcw_close(h);
	if (rc)
		cr_assert(rc == ST_DATA && e->code == ST_DATA && strstr(e->msg, "offset"), "%d: %s",
		          rc, e->msg);
	return rc;
}

/* Every byte changed in three ways: found. Behind the CRCs: no crash, whatever it decodes to. */
Test(codec_hcw, every_flipped_byte_is_found)
{
	static const struct hcw_options blind = { 1 << 20, true };
	struct arena a = { 0 };
	struct network n;
	struct span file = small(&a, &n);
	uint8_t *p = malloc(file.n);
	struct err e;

	memcpy(p, file.p, file.n);
	cr_assert_eq(try(p, file.n, &no_options, &e), ST_OK, "%s", e.msg);
	for (size_t i = 0; i < file.n; i++)
		for (unsigned flip = 1; flip < 256; flip = flip * 3 + 13) {
			p[i] ^= (uint8_t)flip;
			cr_assert_eq(try(p, file.n, &no_options, &e), ST_DATA, "byte %zu ^ %u", i,
			             flip);
			try(p, file.n, &blind, &e);
			p[i] ^= (uint8_t)flip;
		}
	free(p);
	network_release(&n);
	arena_release(&a);
}

Test(codec_hcw, every_truncation_is_found)
{
	static const struct hcw_options blind = { 1 << 20, true };
	struct arena a = { 0 };
	struct network n;
	struct span file = small(&a, &n);
	struct err e;

	for (size_t i = 0; i < file.n; i++) {
		uint8_t *exact = malloc(i + 1);

		memcpy(exact, file.p, i);
		cr_assert_eq(try(exact, i, &no_options, &e), ST_DATA, "%zu bytes", i);
		cr_assert_eq(try(exact, i, &blind, &e), ST_DATA, "%zu bytes", i);
		free(exact);
	}
	network_release(&n);
	arena_release(&a);
}

static uint64_t number(const uint8_t *p, unsigned n)
{
	struct hcw_cursor c = { .p = p, .n = n };

	return hcw_get(&c, n);
}

static void set_number(uint8_t *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* CRCs of directory, body and preamble anew; those of the sections as the directory says. */
static void seal(uint8_t *p, size_t n)
{
	size_t at = (size_t)number(p + 24, 8), sections = (size_t)number(p + 32, 4);

	set_number(p + 16, n, 8);
	set_number(p + 40, crc32_of(0, p + at, sections * HCW_ENTRY), 4);
	set_number(p + 36, crc32_of(0, p + HCW_PREAMBLE, n - HCW_PREAMBLE), 4);
	set_number(p + 60, crc32_of(0, p, HCW_PREAMBLE - 4), 4);
}

/* The rule for versions: another section behind the directory's last is skipped unless it is
 * required; a later minor version is read; another major version or byte order is refused. */
Test(codec_hcw, later_versions)
{
	struct arena a = { 0 };
	struct network n;
	struct span file = small(&a, &n);
	uint8_t *p = calloc(file.n + HCW_ENTRY, 1), *entry = p + file.n;
	struct err e;

	memcpy(p, file.p, file.n);
	set_number(p + 32, number(p + 32, 4) + 1, 4);
	memcpy(entry, "XTRA", 4);
	set_number(entry + 8, HCW_PREAMBLE, 8);
	set_number(entry + 16, 100, 8);
	set_number(p + 14, 9, 2);
	seal(p, file.n + HCW_ENTRY);
	cr_assert_eq(try(p, file.n + HCW_ENTRY, &no_options, &e), ST_OK, "%s", e.msg);
	set_number(entry + 4, HCW_REQUIRED, 4);
	seal(p, file.n + HCW_ENTRY);
	cr_assert_eq(try(p, file.n + HCW_ENTRY, &no_options, &e), ST_DATA);
	cr_assert(strstr(e.msg, "use a newer one"), "%s", e.msg);
	set_number(p + 12, 2, 2);
	seal(p, file.n + HCW_ENTRY);
	cr_assert_eq(try(p, file.n + HCW_ENTRY, &no_options, &e), ST_DATA);
	cr_assert(strstr(e.msg, "format version 2.9"), "%s", e.msg);
	set_number(p + 8, 0x04030201, 4);
	cr_assert_eq(try(p, file.n + HCW_ENTRY, &no_options, &e), ST_DATA);
	cr_assert(strstr(e.msg, "byte order mark 04030201"), "%s", e.msg);
	free(p);
	network_release(&n);
	arena_release(&a);
}

/* Entry of the directory with this type. */
static uint8_t *entry_of(uint8_t *p, const char *type)
{
	uint8_t *entry = p + number(p + 24, 8);

	while (memcmp(entry, type, 4) != 0)
		entry += HCW_ENTRY;
	return entry;
}

/* A later minor version may write more behind a layer's record: its length says where the next one
 * begins. The longer records stand behind the directory here. */
Test(codec_hcw, later_records_are_longer)
{
	struct arena a = { 0 };
	struct network n;
	struct span file = small(&a, &n);
	uint8_t *p = calloc(file.n + 1024, 1), *entry;
	size_t from, end, at = file.n;
	struct err e;

	memcpy(p, file.p, file.n);
	entry = entry_of(p, "LAYR");
	from = (size_t)number(entry + 8, 8);
	end = from + (size_t)number(entry + 16, 8);
	while (from < end) {
		size_t length = (size_t)number(p + from, 4);

		memcpy(p + at, p + from, 4 + length);
		set_number(p + at, length + 3, 4);
		memcpy(p + at + 4 + length, "new", 3);
		at += 4 + length + 3;
		from += 4 + length;
	}
	set_number(entry + 8, file.n, 8);
	set_number(entry + 16, at - file.n, 8);
	set_number(entry + 24, crc32_of(0, p + file.n, at - file.n), 4);
	seal(p, at);
	cr_assert_eq(try(p, at, &no_options, &e), ST_OK, "%s", e.msg);
	set_number(p + file.n, at, 4); /* the first one longer than all */
	set_number(entry + 24, crc32_of(0, p + file.n, at - file.n), 4);
	seal(p, at);
	cr_assert_eq(try(p, at, &no_options, &e), ST_DATA);
	cr_assert(strstr(e.msg, "record of layer 0 ends early"), "%s", e.msg);
	free(p);
	network_release(&n);
	arena_release(&a);
}

/* Counts that the bytes cannot hold are refused before anything is allocated for them, and a layer
 * of a GiB under a limit before it is decoded. */
Test(codec_hcw, absurd_counts)
{
	struct arena a = { 0 };
	struct network n;
	struct span file = small(&a, &n);
	uint8_t *p = malloc(file.n), *meta, *layers, *entry;
	struct hcw_options limit = { 1000, false };
	struct err e;

	memcpy(p, file.p, file.n);
	cr_assert_eq(try(p, file.n, &limit, &e), ST_DATA);
	cr_assert(strstr(e.msg, "at most 1000 are allowed"), "%s", e.msg);
	entry = entry_of(p, "META");
	meta = p + number(entry + 8, 8);
	set_number(meta, UINT32_MAX, 4); /* layers */
	set_number(entry + 24, crc32_of(0, meta, (size_t)number(entry + 16, 8)), 4);
	seal(p, file.n);
	cr_assert_eq(try(p, file.n, &no_options, &e), ST_DATA);
	cr_assert(strstr(e.msg, "4294967295 layers"), "%s", e.msg);

	memcpy(p, file.p, file.n);
	entry = entry_of(p, "LAYR");
	layers = p + number(entry + 8, 8);
	/* record length 4, name "a" 4 + 1, tensor "a.weight" 4 + 8, rank 1, first dimension */
	cr_assert_eq(number(layers + 22, 8), 6);
	set_number(layers + 22, (uint64_t)1 << 40, 8);
	set_number(entry + 24, crc32_of(0, layers, (size_t)number(entry + 16, 8)), 4);
	seal(p, file.n);
	cr_assert_eq(try(p, file.n, &no_options, &e), ST_DATA);
	cr_assert(strstr(e.msg, "layer 0: dimension 0 is 1099511627776"), "%s", e.msg);
	free(p);
	network_release(&n);
	arena_release(&a);
}

/* What is not finished is not there. */
Test(codec_hcw, nothing_half_written)
{
	const struct hcw_info info = { .model = "m", .lossy = "", .point = "", .port_bits = 64 };
	struct hcw_writer *w;
	char path[] = "/tmp/hcw-test-XXXXXX";
	struct err e;

	close(mkstemp(path));
	unlink(path);
	cr_assert_eq(hcw_create(&w, path, &info, &e), ST_OK);
	hcw_discard(w);
	cr_assert_not(file_exists(path));
	hcw_discard(NULL);
	cr_assert_eq(hcw_create(&w, "/nonexistent/x.hcw", &info, &e), ST_ENV);
	cr_assert_null(w);
}
