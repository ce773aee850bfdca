/* From the bytes of one layer to its symbols and weights. */
#include "codec/hcw_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/crc.h"

enum { CHUNK = 1 << 16 };

/* Big-endian bytes of one section into words; p has hcw_section_bytes(). */
static enum status words_of(const uint8_t *p, size_t n_bits, struct bit_string *out, struct err *e)
{
	enum status rc = bit_string_alloc(out, n_bits, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < (n_bits + 7) / 8; i++)
		out->words[i / 8] |= (uint64_t)p[i] << (56 - 8 * (i % 8));
	if (n_bits % 64) /* what follows in the last byte is padding */
		out->words[n_bits / 64] &= ~(UINT64_MAX >> (n_bits % 64));
	out->n_bits = n_bits;
	return ST_OK;
}

enum status hcw_read_shared(struct hcw *h, struct err *e)
{
	size_t n = hcw_section_bytes(h->shared_bits, h->info.port_bits);
	uint8_t *p = malloc(n + 1);
	enum status rc = p ? hcw_read(h, h->payload_at, p, n, e) : err_nomem(e);

	if (!rc && crc32_of(0, p, n) != h->shared_crc && !h->options.ignore_crcs)
		rc = err_set(e, ST_DATA,
		             "offset %" PRIu64 ": the shared tables of %zu bytes are damaged (CRC)",
		             h->payload_at, n);
	if (!rc)
		rc = words_of(p, h->shared_bits, &h->shared, e);
	free(p);
	return rc;
}

/* The sections of layer l, read at once. */
static enum status read_sections(struct hcw *h, const struct hcw_layer *l, struct code *c,
                                 struct bit_string *side, struct err *e)
{
	size_t n = hcw_layer_bytes(h, l), table, info;
	uint64_t at = h->payload_at + l->offset;
	uint8_t *p = malloc(n + 1);
	enum status rc = p ? hcw_read(h, at, p, n, e) : err_nomem(e);

	if (!rc && crc32_of(0, p, n) != l->crc && !h->options.ignore_crcs)
		rc = err_set(e, ST_DATA, "its %zu bytes are damaged (CRC)", n);
	table = hcw_section_bytes(l->table_bits, h->info.port_bits);
	info = hcw_section_bytes(l->side_bits, h->info.port_bits);
	c->shared = h->shared;
	if (!rc)
		rc = words_of(p, l->table_bits, &c->table, e);
	if (!rc)
		rc = words_of(p + table, l->side_bits, side, e);
	if (!rc)
		rc = words_of(p + table + info, l->stream_bits, &c->stream, e);
	free(p);
	return rc;
}

static enum status read_groups(const struct hcw_layer *l, const struct bit_string *side,
                               struct quant_group *group, struct err *e)
{
	struct bit_reader r = bit_reader_on(side->words, side->n_bits);
	uint64_t n = bits_get(&r, SYMBOL_COUNT_BITS);

	if (n != hcw_symbols_of(l))
		return err_set(e, ST_DATA,
		               "its side information says %" PRIu64 " symbols, its record %zu", n,
		               hcw_symbols_of(l));
	for (size_t g = 0; g < hcw_groups_of(l); g++) {
		uint32_t scale = (uint32_t)bits_get(&r, r.pos < r.n_bits ? 32 : 0);

		group[g] = (struct quant_group){ .scale = 1 };
		if (side->n_bits == SYMBOL_COUNT_BITS)
			continue; /* weights as they are have no scales */
		memcpy(&group[g].scale, &scale, sizeof(scale));
		if (!isfinite(group[g].scale) || group[g].scale < 0)
			return err_set(e, ST_DATA, "scale %zu is %g; expected 0 or more", g,
			               (double)group[g].scale);
		if (l->quant.quantizer->zero_point)
			group[g].zero = (int32_t)bits_get(&r, l->quant.bits);
	}
	return ST_OK;
}

/* Code to symbols, all within the width. */
static enum status decode(const struct hcw_layer *l, const struct code *c, uint16_t *v,
                          struct err *e)
{
	const size_t n = hcw_symbols_of(l);
	enum status rc = l->codec->decode(c, &l->params, l->wire_bits, v, n, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && l->wire_bits < 16; i++)
		if (v[i] >> l->wire_bits)
			return err_set(e, ST_DATA, "symbol %zu is %u, of more than %u bits", i,
			               v[i], l->wire_bits);
	return ST_OK;
}

/* Per weight: symbols in two orders (a codec may need as much again), and the weight. */
static enum status check_memory(const struct hcw *h, const struct hcw_layer *l, struct err *e)
{
	const size_t each = 6 * l->quant.quantizer->symbols_per_weight + sizeof(float);

	if (!h->options.max_bytes || l->n <= h->options.max_bytes / each)
		return ST_OK;
	return err_set(e, ST_DATA, "%zu weights take %zu bytes to decode; at most %zu are allowed",
	               l->n, l->n * each, h->options.max_bytes);
}

/* Which layer is meant, and where it is. */
static void wrap(const struct hcw *h, const struct hcw_layer *l, struct err *e)
{
	err_wrap(e, "%s: offset %" PRIu64 ": layer %s", h->path, h->payload_at + l->offset,
	         l->name);
}

enum status hcw_symbols(struct hcw *h, size_t l, uint16_t *v, struct quant_group *group,
                        struct err *e)
{
	const struct hcw_layer *y = &h->layer[l];
	struct bit_string side = { 0 };
	struct code c = { 0 };
	enum status rc = check_memory(h, y, e);

	if (!rc)
		rc = read_sections(h, y, &c, &side, e);
	if (!rc)
		rc = read_groups(y, &side, group, e);
	if (!rc)
		rc = decode(y, &c, v, e);
	if (rc)
		wrap(h, y, e);
	code_release(&c);
	bit_string_release(&side);
	return rc;
}

/* Symbols in stream order to weights; room takes as many symbols again. */
static void to_weights(const struct hcw_layer *l, uint16_t *v, uint16_t *room,
                       struct quant_group *group, float *w)
{
	const struct kernel k = {
		.n = l->n, .channels = l->shape.dim[0], .groups = l->groups, .shape = l->shape
	};
	struct qkernel q = { .n = hcw_symbols_of(l),
		             .q = (int16_t *)v,
		             .n_groups = hcw_groups_of(l),
		             .group = group };
	const struct quantized qz = {
		.spec = l->quant, .wire_bits = l->wire_bits, .n_kernels = 1, .kernel = &q
	};

	stream_restore(&k, l->order, l->rows, l->cols, l->quant.quantizer->symbols_per_weight, v,
	               room);
	quant_from_wire(&qz, 0, room, q.q);
	dequantize(&qz, &k, 0, q.q, w);
}

enum status hcw_weights(struct hcw *h, size_t l, float *w, struct err *e)
{
	const struct hcw_layer *y = &h->layer[l];
	const size_t n = hcw_symbols_of(y);
	struct quant_group *group;
	uint16_t *v, *room;
	enum status rc = check_memory(h, y, e);

	if (rc) {
		wrap(h, y, e);
		return rc;
	}
	group = calloc(hcw_groups_of(y), sizeof(*group));
	v = malloc(n * sizeof(*v));
	room = malloc(n * sizeof(*room));
	rc = group && v && room ? hcw_symbols(h, l, v, group, e) : err_nomem(e);
	if (!rc)
		to_weights(y, v, room, group, w);
	free(group);
	free(v);
	free(room);
	return rc;
}

enum status hcw_graph(struct hcw *h, uint64_t at, void *p, size_t n, struct err *e)
{
	if (at > h->graph_bytes || n > h->graph_bytes - at)
		return err_set(e, ST_INTERNAL, "%s: the graph has no byte %" PRIu64, h->path, at);
	return hcw_read(h, h->graph_at + at, p, n, e);
}

static enum status crc_of(struct hcw *h, uint64_t at, uint64_t n, uint32_t expected,
                          const char *what, struct err *e)
{
	uint8_t *p = malloc(CHUNK);
	uint32_t crc = 0;
	enum status rc = p ? ST_OK : err_nomem(e);

	for (uint64_t i = 0; i < n && !rc; i += CHUNK) {
		size_t take = n - i < CHUNK ? (size_t)(n - i) : CHUNK;

		rc = hcw_read(h, at + i, p, take, e);
		if (!rc)
			crc = crc32_of(crc, p, take);
	}
	free(p);
	if (!rc && crc != expected && !h->options.ignore_crcs)
		rc = err_set(e, ST_DATA,
		             "offset %" PRIu64 ": %s of %" PRIu64 " bytes is damaged (CRC)", at,
		             what, n);
	return rc;
}

enum status hcw_check(struct hcw *h, struct err *e)
{
	enum status rc =
	        crc_of(h, h->payload_at, h->payload_bytes, h->payload_crc, "the payload", e);

	if (!rc && h->has_graph)
		rc = crc_of(h, h->graph_at, h->graph_bytes, h->graph_crc, "the graph", e);
	if (!rc)
		rc = crc_of(h, HCW_PREAMBLE, h->file_bytes - HCW_PREAMBLE, h->body_crc,
		            "all behind the preamble", e);
	if (rc)
		err_wrap(e, "%s", h->path);
	return rc;
}
