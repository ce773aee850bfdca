/* Writing a container: the preamble is left open, payloads follow as they come, then graph and
 * tables, whose offsets are known by then, and the directory; the preamble is filled in last. */
#include "codec/hcw.h"

#include <stdlib.h>

#include "base/crc.h"
#include "base/file_out.h"
#include "codec/hcw_format.h"

struct section {
	const char *type;
	unsigned flags;
	uint64_t at, n;
	uint32_t crc;
};

struct hcw_writer {
	struct arena arena;
	struct file_out out;
	uint32_t body; /* CRC of all behind the preamble */
	struct hcw_info info;
	struct hcw_layer *layer;
	size_t n_layers, cap;
	struct bit_account bits;
	size_t shared_bits;
	uint32_t shared_crc;
	struct section section[5]; /* the last only takes the padding before the directory */
	unsigned n_sections;
};

static void put(struct hcw_writer *w, const void *p, size_t n)
{
	file_out_put(&w->out, p, n);
	w->body = crc32_of(w->body, p, n);
	w->section[w->n_sections].crc = crc32_of(w->section[w->n_sections].crc, p, n);
}

/* All sections begin at a multiple of 8. */
static void begin_section(struct hcw_writer *w, const char *type, unsigned flags)
{
	static const char zeros[8];
	size_t pad = (size_t)(-w->out.n & 7);

	put(w, zeros, pad);
	w->section[w->n_sections] =
	        (struct section){ .type = type, .flags = flags, .at = w->out.n };
}

static void end_section(struct hcw_writer *w)
{
	struct section *s = &w->section[w->n_sections++];

	s->n = w->out.n - s->at;
}

enum status hcw_create(struct hcw_writer **out, const char *path, const struct hcw_info *info,
                       struct err *e)
{
	struct hcw_writer *w = calloc(1, sizeof(*w));
	static const char zeros[HCW_PREAMBLE];
	enum status rc;

	*out = NULL;
	if (!w)
		return err_nomem(e);
	w->info = *info;
	w->info.model = arena_strdup(&w->arena, info->model);
	w->info.lossy = arena_strdup(&w->arena, info->lossy);
	w->info.point = arena_strdup(&w->arena, info->point);
	rc = w->info.model && w->info.lossy && w->info.point ? file_out_open(&w->out, path, e)
	                                                     : err_nomem(e);
	if (rc) {
		arena_release(&w->arena);
		free(w);
		return rc;
	}
	file_out_put(&w->out, zeros, sizeof(zeros));
	begin_section(w, HCW_SECTION_DATA, HCW_REQUIRED);
	*out = w;
	return ST_OK;
}

/* A bit string, first bit first, padded to the port. */
static uint32_t put_bits(struct hcw_writer *w, const struct bit_string *b, uint32_t crc)
{
	size_t n = hcw_section_bytes(b->n_bits, w->info.port_bits), words = bits_words(b->n_bits);
	uint8_t chunk[4096];

	for (size_t i = 0; i < n;) {
		size_t take = 0;

		for (; i < n && take < sizeof(chunk); i++, take++)
			chunk[take] =
			        (uint8_t)(i / 8 < words ? b->words[i / 8] >> (56 - 8 * (i % 8))
			                                : 0);
		put(w, chunk, take);
		crc = crc32_of(crc, chunk, take);
	}
	w->bits.total += 8 * n;
	w->bits.padding += 8 * n - b->n_bits;
	return crc;
}

enum status hcw_put_shared(struct hcw_writer *w, const struct bit_string *shared, struct err *e)
{
	if (w->n_layers || w->shared_bits)
		return err_set(e, ST_INTERNAL, "container: shared tables come first, and once");
	w->shared_crc = put_bits(w, shared, 0);
	w->shared_bits = shared->n_bits;
	w->bits.dict += shared->n_bits;
	return ST_OK;
}

/* Symbol count, then a scale and a zero point per group: the bits that quant_side_bits() counts. */
static enum status make_side(const struct hcw_layer *l, const struct quant_group *group,
                             struct bit_string *out, struct err *e)
{
	const struct kernel k = { .channels = l->shape.dim[0] };
	size_t n_bits = SYMBOL_COUNT_BITS + quant_side_bits(&l->quant, &k);
	struct bit_writer w;
	enum status rc = bit_string_alloc(out, n_bits, e);

	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	bits_put(&w, hcw_symbols_of(l), SYMBOL_COUNT_BITS);
	for (size_t g = 0; g < hcw_groups_of(l) && w.n_bits < n_bits; g++) {
		uint32_t scale;

		memcpy(&scale, &group[g].scale, sizeof(scale));
		bits_put(&w, scale, 32);
		if (l->quant.quantizer->zero_point && group[g].zero >> l->quant.bits)
			return err_set(e, ST_INTERNAL, "%s: zero point %d does not fit %u bits",
			               l->name, group[g].zero, l->quant.bits);
		if (l->quant.quantizer->zero_point)
			bits_put(&w, (uint64_t)group[g].zero, l->quant.bits);
	}
	out->n_bits = w.n_bits;
	return w.fail || w.n_bits != n_bits
	               ? err_set(e, ST_INTERNAL, "%s: side information is not %zu bits", l->name,
	                         n_bits)
	               : ST_OK;
}

static enum status keep_layer(struct hcw_writer *w, const struct hcw_layer *l, struct err *e)
{
	struct hcw_layer *to;

	if (w->n_layers == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 64;
		struct hcw_layer *grown = realloc(w->layer, cap * sizeof(*grown));

		if (!grown)
			return err_nomem(e);
		w->layer = grown;
		w->cap = cap;
	}
	to = &w->layer[w->n_layers];
	*to = *l;
	to->name = arena_strdup(&w->arena, l->name);
	to->tensor = arena_strdup(&w->arena, l->tensor);
	if (!to->name || !to->tensor)
		return err_nomem(e);
	to->offset = w->out.n - w->section[0].at;
	w->n_layers++;
	return ST_OK;
}

enum status hcw_put_layer(struct hcw_writer *w, const struct hcw_layer *l, const struct code *c,
                          const struct quant_group *group, struct err *e)
{
	struct bit_string side = { 0 };
	enum status rc = make_side(l, group, &side, e);
	struct hcw_layer *to;

	if (!rc)
		rc = keep_layer(w, l, e);
	if (!rc) {
		to = &w->layer[w->n_layers - 1];
		to->table_bits = c->table.n_bits;
		to->side_bits = side.n_bits;
		to->stream_bits = c->stream.n_bits;
		to->crc = put_bits(w, &c->table, 0);
		to->crc = put_bits(w, &side, to->crc);
		to->crc = put_bits(w, &c->stream, to->crc);
		w->bits.dict += to->table_bits;
		w->bits.side += to->side_bits;
		w->bits.stream += to->stream_bits;
	}
	bit_string_release(&side);
	return rc;
}

enum status hcw_put_graph(struct hcw_writer *w, struct span graph, const uint64_t *insert_at,
                          struct err *e)
{
	if (w->n_sections)
		return err_set(e, ST_INTERNAL, "container: one graph, behind the layers");
	end_section(w);
	for (size_t l = 0; l < w->n_layers; l++) {
		if (insert_at[l] > graph.n || (l && insert_at[l] < insert_at[l - 1]))
			return err_set(e, ST_INTERNAL,
			               "container: the graph has its weights in another order");
		w->layer[l].insert_at = insert_at[l];
	}
	begin_section(w, HCW_SECTION_GRPH, HCW_REQUIRED);
	put(w, graph.p, graph.n);
	end_section(w);
	return ST_OK;
}

static void record(struct text *t, const struct hcw_layer *l)
{
	hcw_put_string(t, l->name);
	hcw_put_string(t, l->tensor);
	hcw_put(t, l->shape.rank, 1);
	for (unsigned i = 0; i < l->shape.rank; i++)
		hcw_put(t, l->shape.dim[i], 8);
	hcw_put(t, l->groups, 8);
	hcw_put(t, l->n, 8);
	hcw_put(t, l->transposed, 1);
	hcw_put(t, l->insert_at, 8);
	hcw_put_string(t, l->quant.quantizer->name);
	hcw_put(t, l->quant.bits, 1);
	hcw_put(t, l->wire_bits, 1);
	hcw_put(t, l->quant.scope, 1);
	hcw_put(t, l->quant.round, 1);
	hcw_put(t, l->quant.scale, 1);
	hcw_put(t, l->trim.trim, 4);
	hcw_put(t, l->trim.clip, 4);
	hcw_put_string(t, l->codec->name);
	hcw_put(t, CODEC_MAX_ARGS, 1);
	for (size_t i = 0; i < CODEC_MAX_ARGS; i++)
		hcw_put(t, l->params.arg[i], 4);
	hcw_put(t, l->params.group, 1);
	hcw_put(t, l->params.scope, 1);
	hcw_put(t, l->order, 1);
	hcw_put(t, l->rows, 4);
	hcw_put(t, l->cols, 4);
	hcw_put(t, l->table_bits, 8);
	hcw_put(t, l->side_bits, 8);
	hcw_put(t, l->stream_bits, 8);
	hcw_put(t, l->offset, 8);
	hcw_put(t, l->crc, 4);
}

static void put_layers(struct hcw_writer *w, struct text *t)
{
	struct text one = { 0 };

	begin_section(w, HCW_SECTION_LAYR, HCW_REQUIRED);
	for (size_t l = 0; l < w->n_layers; l++) {
		one.n = 0;
		record(&one, &w->layer[l]);
		hcw_put(t, one.n, 4);
		text_addn(t, text_str(&one), one.n);
	}
	t->fail |= one.fail;
	put(w, text_str(t), t->n);
	end_section(w);
	text_release(&one);
}

static void put_meta(struct hcw_writer *w, struct text *t)
{
	uint64_t weights = 0;

	for (size_t l = 0; l < w->n_layers; l++)
		weights += w->layer[l].n;
	begin_section(w, HCW_SECTION_META, HCW_REQUIRED);
	t->n = 0;
	hcw_put(t, w->n_layers, 4);
	hcw_put(t, w->info.port_bits, 4);
	hcw_put(t, weights, 8);
	hcw_put(t, w->bits.total, 8);
	hcw_put(t, w->bits.stream, 8);
	hcw_put(t, w->bits.dict, 8);
	hcw_put(t, w->bits.side, 8);
	hcw_put(t, w->bits.padding, 8);
	hcw_put(t, w->shared_bits, 8);
	hcw_put(t, w->shared_crc, 4);
	text_addn(t, (const char *)w->info.digest.byte, sizeof(w->info.digest.byte));
	hcw_put_string(t, w->info.model);
	hcw_put_string(t, w->info.lossy);
	hcw_put_string(t, w->info.point);
	put(w, text_str(t), t->n);
	end_section(w);
}

/* Directory and preamble. */
static void close_file(struct hcw_writer *w, struct text *t)
{
	uint32_t directory;
	uint64_t at;

	begin_section(w, "", 0);
	at = w->out.n;
	t->n = 0;
	for (unsigned i = 0; i < w->n_sections; i++) {
		const struct section *s = &w->section[i];

		text_add(t, s->type);
		hcw_put(t, s->flags, 4);
		hcw_put(t, s->at, 8);
		hcw_put(t, s->n, 8);
		hcw_put(t, s->crc, 4);
		hcw_put(t, 0, 4);
	}
	file_out_put(&w->out, text_str(t), t->n);
	w->body = crc32_of(w->body, text_str(t), t->n);
	directory = crc32_of(0, text_str(t), t->n);
	t->n = 0;
	text_addn(t, HCW_MAGIC, 8);
	hcw_put(t, HCW_BYTE_ORDER, 4);
	hcw_put(t, HCW_MAJOR, 2);
	hcw_put(t, HCW_MINOR, 2);
	hcw_put(t, w->out.n, 8);
	hcw_put(t, at, 8);
	hcw_put(t, w->n_sections, 4);
	hcw_put(t, w->body, 4);
	hcw_put(t, directory, 4);
	hcw_put(t, 0, 8);
	hcw_put(t, 0, 8);
	hcw_put(t, crc32_of(0, text_str(t), t->n), 4);
	file_out_patch(&w->out, 0, text_str(t), t->n);
}

static void release(struct hcw_writer *w)
{
	arena_release(&w->arena);
	free(w->layer);
	free(w);
}

enum status hcw_finish(struct hcw_writer *w, struct err *e)
{
	struct text t = { 0 };
	enum status rc;

	if (!w->n_sections)
		end_section(w);
	put_layers(w, &t);
	put_meta(w, &t);
	close_file(w, &t);
	if (t.fail) {
		rc = err_nomem(e);
		file_out_drop(&w->out);
	} else {
		rc = file_out_finish(&w->out, e);
	}
	text_release(&t);
	release(w);
	return rc;
}

void hcw_discard(struct hcw_writer *w)
{
	if (!w)
		return;
	file_out_drop(&w->out);
	release(w);
}
