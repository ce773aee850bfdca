/* The layer records of a container, checked: what passes here is safe to decode. */
#include "codec/hcw_read.h"

#include <inttypes.h>

enum { MAX_WEIGHTS = 1 << 30, MAX_ARRAY = 1 << 16 };

/* Sizes are bounded by the payload, which is there. */
static bool within(const struct hcw *h, uint64_t n_bits)
{
	return n_bits / 8 <= h->payload_bytes;
}

static enum status read_shape(struct hcw_cursor *c, struct hcw_layer *l, struct err *e)
{
	uint64_t n = 1;

	l->shape.rank = (unsigned)hcw_get(c, 1);
	if (l->shape.rank != 2 && l->shape.rank != 4)
		return err_set(e, ST_DATA, "rank %u; expected 2 or 4", l->shape.rank);
	for (unsigned i = 0; i < l->shape.rank; i++) {
		uint64_t dim = hcw_get(c, 8);

		if (dim < 1 || dim > MAX_WEIGHTS / n)
			return err_set(e, ST_DATA,
			               "dimension %u is %" PRIu64 "; expected 1 or more and at "
			               "most %d weights in all",
			               i, dim, MAX_WEIGHTS);
		n *= dim;
		l->shape.dim[i] = (size_t)dim;
	}
	l->groups = (size_t)hcw_get(c, 8);
	l->n = (size_t)hcw_get(c, 8);
	l->transposed = hcw_get(c, 1) != 0;
	l->insert_at = hcw_get(c, 8);
	if (l->n != n || l->groups < 1 || l->shape.dim[0] % l->groups ||
	    (l->transposed && l->shape.rank != 2))
		return err_set(e, ST_DATA,
		               "%zu weights in %zu groups do not fit the shape of %" PRIu64, l->n,
		               l->groups, n);
	return ST_OK;
}

static enum status read_quantizer(struct hcw *h, struct hcw_cursor *c, struct hcw_layer *l,
                                  struct err *e)
{
	const char *name = hcw_get_string(c, &h->arena);
	uint64_t scope, round, scale;
	struct err why;

	l->quant.quantizer = name ? quantizer_find(name) : NULL;
	if (!l->quant.quantizer)
		return err_set(e, ST_DATA, "quantizer '%.40s' is unknown: use a newer hcbench",
		               name ? name : "");
	l->quant.bits = (unsigned)hcw_get(c, 1);
	l->wire_bits = (unsigned)hcw_get(c, 1);
	scope = hcw_get(c, 1);
	round = hcw_get(c, 1);
	scale = hcw_get(c, 1);
	l->trim.trim = (unsigned)hcw_get(c, 4);
	l->trim.clip = (unsigned)hcw_get(c, 4);
	if (scope >= N_SCOPES || round >= N_ROUNDS || scale >= N_SCALES)
		return err_set(e, ST_DATA,
		               "scope %" PRIu64 ", rounding %" PRIu64 " or scale %" PRIu64
		               " is unknown: use a newer hcbench",
		               scope, round, scale);
	l->quant.scope = (enum quant_scope)scope;
	l->quant.round = (enum quant_round)round;
	l->quant.scale = (enum quant_scale)scale;
	if (quant_check(&l->quant, &why))
		return err_set(e, ST_DATA, "%s", why.msg);
	if (l->quant.quantizer->symbols_per_weight > 1
	            ? l->wire_bits != 16
	            : l->wire_bits < l->quant.bits || l->wire_bits > 16)
		return err_set(e, ST_DATA, "symbols of %u bits for weights of %u bits",
		               l->wire_bits, l->quant.bits);
	if (l->quant.quantizer->symbols_per_weight > 1 && l->quant.scope == SCOPE_CHANNEL)
		return err_set(e, ST_DATA, "channels of weights without a scale");
	return ST_OK;
}

static enum status read_arguments(struct hcw_cursor *c, struct hcw_layer *l, struct err *e)
{
	uint64_t n_args = hcw_get(c, 1);

	for (uint64_t i = 0; i < n_args && !c->fail; i++) {
		const struct codec_arg *a = i < CODEC_MAX_ARGS ? &l->codec->arg[i] : NULL;
		uint32_t v = (uint32_t)hcw_get(c, 4);

		if (a && a->name ? v < a->least || v > a->most : v != 0)
			return err_set(e, ST_DATA, "argument %" PRIu64 " of codec %s is %" PRIu32,
			               i, l->codec->name, v);
		if (a)
			l->params.arg[i] = v;
	}
	for (uint64_t i = n_args; i < CODEC_MAX_ARGS; i++)
		if (l->codec->arg[i].name)
			return err_set(e, ST_DATA, "codec %s lacks its argument %s", l->codec->name,
			               l->codec->arg[i].name);
	return ST_OK;
}

static enum status read_codec(struct hcw *h, struct hcw_cursor *c, struct hcw_layer *l,
                              struct err *e)
{
	const char *name = hcw_get_string(c, &h->arena);
	uint64_t scope, order;
	enum status rc;

	l->codec = name ? codec_find(name) : NULL;
	if (!l->codec)
		return err_set(e, ST_DATA, "codec '%.40s' is unknown: use a newer hcbench",
		               name ? name : "");
	rc = read_arguments(c, l, e);
	if (rc)
		return rc;
	l->params.group = (unsigned)hcw_get(c, 1);
	scope = hcw_get(c, 1);
	order = hcw_get(c, 1);
	l->rows = (size_t)hcw_get(c, 4);
	l->cols = (size_t)hcw_get(c, 4);
	if (l->params.group < 1 || l->params.group > CODEC_MAX_GROUP ||
	    (!l->codec->uses_words && l->params.group != 1))
		return err_set(e, ST_DATA, "words of %u symbols for codec %s", l->params.group,
		               l->codec->name);
	if (scope >= N_DICT_SCOPES || order >= N_ORDERS || l->rows < 1 || l->rows > MAX_ARRAY ||
	    l->cols < 1 || l->cols > MAX_ARRAY)
		return err_set(e, ST_DATA,
		               "dictionary scope %" PRIu64 ", order %" PRIu64
		               " or array %zux%zu is unknown",
		               scope, order, l->rows, l->cols);
	l->params.scope = (enum dict_scope)scope;
	l->order = (enum stream_order)order;
	return ST_OK;
}

/* Names are shown in messages and tables and become file names. */
static bool printable(const char *s)
{
	const char *p = s;

	while ((unsigned char)*p >= ' ' && *p != 127)
		p++;
	return p > s && !*p;
}

enum status hcw_read_layer(struct hcw *h, struct hcw_cursor *c, struct hcw_layer *l, struct err *e)
{
	enum status rc;

	l->name = hcw_get_string(c, &h->arena);
	l->tensor = hcw_get_string(c, &h->arena);
	if (c->fail || !printable(l->name) || !printable(l->tensor))
		return err_set(e, ST_DATA, "it has no name, or one with control characters");
	rc = read_shape(c, l, e);
	if (!rc)
		rc = read_quantizer(h, c, l, e);
	if (!rc)
		rc = read_codec(h, c, l, e);
	if (rc)
		return rc;
	l->table_bits = (size_t)hcw_get(c, 8);
	l->side_bits = (size_t)hcw_get(c, 8);
	l->stream_bits = (size_t)hcw_get(c, 8);
	l->offset = hcw_get(c, 8);
	l->crc = (uint32_t)hcw_get(c, 4);
	if (c->fail)
		return err_set(e, ST_DATA, "its record ends after %zu bytes", c->n);
	if (!within(h, l->table_bits) || !within(h, l->side_bits) || !within(h, l->stream_bits))
		return err_set(e, ST_DATA,
		               "sections of %zu, %zu and %zu bits do not fit %" PRIu64
		               " bytes of payload",
		               l->table_bits, l->side_bits, l->stream_bits, h->payload_bytes);
	if (l->side_bits !=
	    SYMBOL_COUNT_BITS +
	            quant_side_bits(&l->quant, &(struct kernel){ .channels = l->shape.dim[0] }))
		return err_set(e, ST_DATA, "%zu bits of side information do not fit its %zu groups",
		               l->side_bits, hcw_groups_of(l));
	return ST_OK;
}

size_t hcw_layer_bytes(const struct hcw *h, const struct hcw_layer *l)
{
	return hcw_section_bytes(l->table_bits, h->info.port_bits) +
	       hcw_section_bytes(l->side_bits, h->info.port_bits) +
	       hcw_section_bytes(l->stream_bits, h->info.port_bits);
}

enum status hcw_check_layout(const struct hcw *h, struct err *e)
{
	struct bit_account a = { .dict = h->shared_bits };
	uint64_t at = 0, weights = 0, inserted = 0;

	if (!within(h, h->shared_bits))
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": %zu bits of shared tables do not fit",
		               h->meta_at, h->shared_bits);
	at = hcw_section_bytes(h->shared_bits, h->info.port_bits);
	for (size_t l = 0; l < h->n_layers; l++) {
		const struct hcw_layer *y = &h->layer[l];

		if (y->offset != at ||
		    (h->has_graph && (y->insert_at < inserted || y->insert_at > h->graph_bytes)))
			return err_set(e, ST_DATA,
			               "offset %" PRIu64 ": layer %zu: offset %" PRIu64
			               " of the payload and %" PRIu64
			               " of the graph; expected %" PRIu64 " and %" PRIu64
			               " to %" PRIu64,
			               h->layers_at, l, y->offset, y->insert_at, at, inserted,
			               h->graph_bytes);
		at += hcw_layer_bytes(h, y);
		weights += y->n;
		inserted = y->insert_at;
		a.dict += y->table_bits;
		a.side += y->side_bits;
		a.stream += y->stream_bits;
	}
	a.total = 8 * at;
	a.padding = a.total - a.dict - a.side - a.stream;
	if (at != h->payload_bytes || weights != h->n_weights || a.total != h->bits.total ||
	    a.dict != h->bits.dict || a.side != h->bits.side || a.stream != h->bits.stream ||
	    a.padding != h->bits.padding)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": %" PRIu64
		               " bits are accounted for, but the layers have %" PRIu64
		               " in a payload of %" PRIu64 " bytes",
		               h->meta_at, h->bits.total, a.total, h->payload_bytes);
	return ST_OK;
}
