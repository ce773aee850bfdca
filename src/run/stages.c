#include "run/stages.h"

#include <stdlib.h>
#include <string.h>

#include "infer/calibrate.h"

enum { FEW_RANKS = 4096 };

static bool same_model(const struct point *a, const struct point *b)
{
	return !strcmp(a->model, b->model) && !strcmp(a->data, b->data) &&
	       a->batchnorm == b->batchnorm;
}

static bool same_stream(const struct point *a, const struct point *b)
{
	return point_same_trim(a, b) && a->order == b->order && a->lanes == b->lanes &&
	       (a->lanes == 1 || a->params.group == b->params.group) &&
	       (a->order == ORDER_OIHW ||
	        (a->array.rows == b->array.rows && a->array.cols == b->array.cols &&
	         a->array.flow == b->array.flow));
}

/* Ranks that a point's codec needs. Few are much cheaper than all, so that all are counted only
 * where some study wants them. */
static uint32_t wanted_ranks(const struct point *p)
{
	return p->codec->all_ranks || p->params.arg[0] > FEW_RANKS ? WORDS_MAX_RANK : FEW_RANKS;
}

static bool same_words(const struct point *a, const struct point *b)
{
	return a->params.group == b->params.group && a->params.scope == b->params.scope &&
	       a->codec->uses_words == b->codec->uses_words;
}

static bool same_code(const struct point *a, const struct point *b)
{
	return a->codec == b->codec && !memcmp(a->params.arg, b->params.arg, sizeof(a->params.arg));
}

enum status pipeline_create(struct pipeline **out, struct library *l, struct err *e)
{
	struct pipeline *pl = calloc(1, sizeof(*pl));

	*out = pl;
	if (!pl)
		return err_nomem(e);
	pl->room = words_room_create();
	if (!pl->room) {
		free(pl);
		*out = NULL;
		return err_nomem(e);
	}
	pl->library = l;
	return ST_OK;
}

/* Drops what depends on stage `from` and later. */
static void drop(struct pipeline *pl, enum stage from)
{
	if (from <= STAGE_WORDS) {
		words_free(pl->words);
		pl->words = NULL;
		pl->source.words = NULL;
	}
	if (from <= STAGE_QUANT) {
		quantized_free(pl->quantized);
		pl->quantized = NULL;
		arena_release(&pl->pages);
	}
	if (pl->valid >= from)
		pl->valid = from > STAGE_NONE ? from - 1 : STAGE_NONE;
}

void stages_one_point(struct pipeline *pl, bool on)
{
	drop(pl, STAGE_QUANT);
	pl->one_point = on;
}

static void reached(struct pipeline *pl, enum stage stage, const struct point *p)
{
	pl->valid = stage;
	pl->at[stage] = *p;
}

static void free_buffers(struct pipeline *pl)
{
	size_t n = pl->model ? pl->model->n_kernels : 0;

	for (size_t k = 0; k < n && pl->symbols; k++)
		free(pl->symbols[k]);
	free(pl->trimmed);
	free(pl->symbols);
	free(pl->layer);
	free(pl->side_bits);
	free(pl->weights);
	free(pl->sizes.table_bits);
	free(pl->sizes.layer_bits);
	pl->trimmed = NULL;
	pl->symbols = NULL;
	pl->layer = NULL;
	pl->side_bits = pl->sizes.table_bits = pl->sizes.layer_bits = NULL;
	pl->weights = NULL;
}

void pipeline_free(struct pipeline *pl)
{
	if (!pl)
		return;
	drop(pl, STAGE_MODEL);
	free_buffers(pl);
	net_free(pl->net);
	adaptive_release(&pl->order);
	words_room_free(pl->room);
	free(pl->histogram_value);
	free(pl->histogram_count);
	free(pl);
}

/* Gives the pages of the work buffers back before a stage that needs much memory of its own. */
static enum status renew_work(struct pipeline *pl, struct err *e)
{
	size_t largest = 0;

	for (size_t k = 0; k < pl->model->n_kernels; k++)
		if (pl->model->kernels[k].n > largest)
			largest = pl->model->kernels[k].n;
	free(pl->weights);
	free(pl->trimmed);
	/* Two symbols take as much as the float of their weight. */
	pl->weights = malloc(largest * sizeof(*pl->weights));
	pl->trimmed = malloc(2 * largest * sizeof(*pl->trimmed));
	return pl->weights && pl->trimmed ? ST_OK : err_nomem(e);
}

/* Buffers for the largest number of symbols per weight, so that the quantizer may change: what one
 * quantizer does not use is reserved, but takes no memory. */
static enum status alloc_buffers(struct pipeline *pl, struct err *e)
{
	const struct model *m = pl->model;
	size_t n = m->n_kernels, most = n * POINT_MAX_LANES;
	bool ok;

	pl->symbols = calloc(n, sizeof(*pl->symbols));
	pl->layer = calloc(most, sizeof(*pl->layer));
	pl->side_bits = calloc(most, sizeof(*pl->side_bits));
	pl->sizes.table_bits = calloc(most, sizeof(*pl->sizes.table_bits));
	pl->sizes.layer_bits = calloc(most, sizeof(*pl->sizes.layer_bits));
	ok = pl->symbols && pl->layer && pl->side_bits && pl->sizes.table_bits &&
	     pl->sizes.layer_bits;
	for (size_t k = 0; k < n && ok; k++) {
		pl->symbols[k] = malloc(2 * m->kernels[k].n * sizeof(**pl->symbols));
		ok = pl->symbols[k];
	}
	if (!ok)
		return err_nomem(e);
	return renew_work(pl, e);
}

static enum status enter_model(struct pipeline *pl, const struct point *p, struct err *e)
{
	const struct model *m;
	enum status rc;

	if (pl->valid >= STAGE_MODEL && same_model(p, &pl->at[STAGE_MODEL]))
		return ST_OK;
	drop(pl, STAGE_MODEL);
	rc = library_network(pl->library, p, &m, e);
	if (!rc)
		rc = library_data(pl->library, p->model, p->data, &pl->data, e);
	if (rc)
		return rc;
	if (m != pl->model) {
		free_buffers(pl);
		pl->model = m;
		rc = alloc_buffers(pl, e);
		if (rc) {
			free_buffers(pl);
			pl->model = NULL;
		}
	}
	if (!rc)
		reached(pl, STAGE_MODEL, p);
	return rc;
}

enum status enter_quant(struct pipeline *pl, const struct point *p, struct err *e)
{
	enum status rc = enter_model(pl, p, e);

	if (rc || (pl->valid >= STAGE_QUANT && point_same_quantization(p, &pl->at[STAGE_QUANT])))
		return rc;
	drop(pl, STAGE_QUANT);
	rc = (pl->one_point ? quantize_scales : quantize)(&pl->quantized, pl->model, &p->quant, e);
	if (rc)
		return rc;
	reached(pl, STAGE_QUANT, p);
	return ST_OK;
}

const int16_t *trimmed_of(struct pipeline *pl, struct trim_spec trim, size_t k)
{
	const struct qkernel *q = &pl->quantized->kernel[k];

	if (trim.trim == 0 && trim.clip == CLIP_NONE)
		return q->q;
	trim_apply(trim, q->q, q->n, pl->trimmed);
	return pl->trimmed;
}

/* Which order `array` is depends on what rests in the array. */
static enum stream_order order_of(const struct point *p)
{
	static const enum stream_order of_array[N_DATAFLOWS] = {
		[DATAFLOW_WS] = ORDER_ARRAY,
		[DATAFLOW_OS] = ORDER_ARRAY_OS,
		[DATAFLOW_IS] = ORDER_ARRAY_IS,
	};

	return p->order == ORDER_OIHW ? ORDER_OIHW : of_array[p->array.flow];
}

/* v, the symbols of kernel k in stream order, to the lanes. Each lane has its own symbol count;
 * scales are the kernel's. */
static void deal(struct pipeline *pl, const struct point *p, size_t k, uint16_t *v)
{
	size_t n = pl->quantized->kernel[k].n, n_lane[POINT_MAX_LANES] = { n }, at = 0;

	if (p->lanes > 1) {
		stream_deal(v, n, p->params.group, p->lanes, pl->scratch, n_lane);
		memcpy(v, pl->scratch, n * sizeof(*pl->scratch));
	}
	for (size_t j = 0, l = k * p->lanes; j < p->lanes; j++, l++) {
		size_t scales = j ? 0 : quant_side_bits(&p->quant, &pl->model->kernels[k]);

		pl->layer[l] =
		        (struct symbols){ v + at, n_lane[j], pl->quantized->wire_bits, &pl->pages };
		pl->side_bits[l] = SYMBOL_COUNT_BITS + scales;
		at += n_lane[j];
	}
}

/* The symbols of kernel k, made of q, in stream order. */
static void make_symbols(struct pipeline *pl, const struct point *p, size_t k, const int16_t *q,
                         uint16_t *v)
{
	quant_to_wire(pl->quantized, k, q, pl->scratch);
	stream_reorder(&pl->model->kernels[k], order_of(p), p->array.rows, p->array.cols,
	               p->quant.quantizer->symbols_per_weight, pl->scratch, v);
}

/* The same with nothing there but the weights, which with the symbols take a rest then. */
static enum status make_symbols_once(struct pipeline *pl, const struct point *p, size_t k,
                                     uint16_t **out, struct err *e)
{
	const size_t n = pl->quantized->kernel[k].n;
	uint16_t *v = (uint16_t *)pl->trimmed; /* of no use when the order is made */

	quantize_kernel(pl->quantized, pl->model, k, pl->trimmed);
	model_rest(pl->model, k);
	if (p->trim.trim || p->trim.clip != CLIP_NONE)
		trim_apply(p->trim, pl->trimmed, n, pl->trimmed);
	make_symbols(pl, p, k, pl->trimmed, v);
	*out = arena_alloc_unset(&pl->pages, n, sizeof(**out));
	if (!*out || !arena_store(&pl->pages, *out, v, n * sizeof(*v)))
		return arena_explain(&pl->pages, err_nomem(e), e);
	return ST_OK;
}

enum status enter_stream(struct pipeline *pl, const struct point *p, struct err *e)
{
	enum status rc = enter_quant(pl, p, e);

	if (rc || (pl->valid >= STAGE_STREAM && same_stream(p, &pl->at[STAGE_STREAM])))
		return rc;
	drop(pl, STAGE_STREAM);
	arena_release(&pl->pages);
	pl->pages.paged = pl->one_point && pl->model->arena.paged;
	for (size_t k = 0; k < pl->model->n_kernels && !rc; k++) {
		uint16_t *v = pl->symbols[k];

		if (pl->one_point)
			rc = make_symbols_once(pl, p, k, &v, e);
		else
			make_symbols(pl, p, k, trimmed_of(pl, p->trim, k), v);
		if (!rc)
			deal(pl, p, k, v);
	}
	if (rc)
		return rc;
	pl->source = (struct source){ .n_layers = pl->model->n_kernels * p->lanes,
		                      .layer = pl->layer,
		                      .bits = pl->quantized->wire_bits,
		                      .room = pl->room };
	reached(pl, STAGE_STREAM, p);
	return ST_OK;
}

enum status enter_words(struct pipeline *pl, const struct point *p, struct err *e)
{
	enum status rc = enter_stream(pl, p, e);

	if (rc || (pl->valid >= STAGE_WORDS && same_words(p, &pl->at[STAGE_WORDS]) &&
	           (!pl->words || pl->words->max_ranks >= wanted_ranks(p))))
		return rc;
	drop(pl, STAGE_WORDS);
	if (p->codec->uses_words)
		rc = renew_work(pl, e);
	if (!rc && p->codec->uses_words) {
		pl->source.max_ranks = wanted_ranks(p);
		rc = words_count(&pl->words, &pl->source, p->params.group, p->params.scope, e);
		pl->source.words = pl->words;
	}
	if (!rc)
		reached(pl, STAGE_WORDS, p);
	return rc;
}

/* Sizes of layer l as emitted must be as computed; a codec that cannot compute them has them from
 * here. */
static enum status check_sizes(struct pipeline *pl, const struct codec *codec, size_t l,
                               const struct code *c, struct err *e)
{
	if (!codec->sizes) {
		pl->sizes.shared_bits = c->shared.n_bits;
		pl->sizes.table_bits[l] = c->table.n_bits;
		pl->sizes.layer_bits[l] = c->stream.n_bits;
	}
	if (c->shared.n_bits == pl->sizes.shared_bits &&
	    c->table.n_bits == pl->sizes.table_bits[l] &&
	    c->stream.n_bits == pl->sizes.layer_bits[l])
		return ST_OK;
	return err_set(e, ST_INTERNAL,
	               "layer %zu has %zu + %zu + %zu bits, computed %zu + %zu + %zu", l,
	               c->shared.n_bits, c->table.n_bits, c->stream.n_bits, pl->sizes.shared_bits,
	               pl->sizes.table_bits[l], pl->sizes.layer_bits[l]);
}

enum status verified_code(struct pipeline *pl, const struct point *p, size_t l, struct code *c,
                          struct err *e)
{
	const struct symbols *s = &pl->layer[l];
	enum status rc = p->codec->encode(&pl->source, l, &p->params, c, e);

	if (!rc)
		rc = check_sizes(pl, p->codec, l, c, e);
	if (!rc)
		rc = p->codec->decode(c, &p->params, s->bits, pl->scratch, s->n, e);
	if (!rc && memcmp(pl->scratch, s->v, s->n * sizeof(*s->v)))
		rc = err_set(e, ST_INTERNAL, "it decodes to other symbols");
	if (rc)
		err_wrap(e, "%s: layer %zu", p->codec->name, l);
	return rc;
}

/* Encodes, checks the sizes, decodes and compares. */
static enum status verify(struct pipeline *pl, const struct point *p, struct err *e)
{
	struct code c = { 0 };
	enum status rc = ST_OK;

	if (p->codec->encode_shared)
		rc = p->codec->encode_shared(&pl->source, &p->params, &c.shared, e);
	for (size_t l = 0; l < pl->source.n_layers && !rc; l++) {
		rc = verified_code(pl, p, l, &c, e);
		code_release(&c);
	}
	bit_string_release(&c.shared);
	return rc;
}

enum status enter_sized(struct pipeline *pl, const struct point *p, struct err *e)
{
	enum status rc = enter_words(pl, p, e);

	if (rc || (pl->valid >= STAGE_SIZED && same_code(p, &pl->at[STAGE_SIZED])))
		return rc;
	drop(pl, STAGE_SIZED);
	/* Only encoding tells: then the proof comes with it. */
	rc = p->codec->sizes ? p->codec->sizes(&pl->source, &p->params, &pl->sizes, e)
	                     : verify(pl, p, e);
	if (!rc)
		reached(pl, STAGE_SIZED, p);
	if (!rc && !p->codec->sizes)
		reached(pl, STAGE_CODED, p);
	return rc;
}

enum status enter_coded(struct pipeline *pl, const struct point *p, struct err *e)
{
	enum status rc = enter_sized(pl, p, e);

	if (rc || pl->valid >= STAGE_CODED)
		return rc;
	rc = verify(pl, p, e);
	if (!rc)
		reached(pl, STAGE_CODED, p);
	return rc;
}

/* The net of the current model, whose weights are whatever was exchanged last. */
static enum status need_net(struct pipeline *pl, enum activations activations, struct err *e)
{
	struct net_options o = { .batch = net_batch_for(pl->model), .activations = activations };
	struct activation_range *ranges = NULL;
	enum status rc = ST_OK;

	if (pl->net && pl->net_model == pl->model && pl->net_activations == activations)
		return ST_OK;
	net_free(pl->net);
	pl->net = NULL;
	if (activations == ACTIVATIONS_INT8) {
		o.ranges = ranges = calloc(pl->model->n_values, sizeof(*ranges));
		rc = ranges ? calibrate(ranges, pl->model, pl->data, CALIBRATION_IMAGES, e)
		            : err_nomem(e);
	}
	if (!rc)
		rc = net_create(&pl->net, pl->model, &o, e);
	free(ranges);
	pl->net_model = pl->model;
	pl->net_activations = activations;
	return rc;
}

/* The network itself, with which every configuration is compared: its own weights, nothing rounded.
 */
static enum status need_reference(struct pipeline *pl, struct err *e)
{
	const struct dataset *d = pl->data;
	struct predictions fp32;
	struct reference *r;
	enum status rc = library_reference(pl->library, pl->model, d, &r, e);

	if (rc || (r == pl->reference && reference_ready(r)))
		return rc;
	adaptive_release(&pl->order);
	pl->reference = NULL;
	if (!reference_ready(r)) {
		rc = need_net(pl, ACTIVATIONS_F32, e);
		for (size_t k = 0; k < pl->model->n_kernels && !rc; k++)
			rc = net_set_kernel(pl->net, k, pl->model->kernels[k].w, e);
		if (!rc)
			rc = reference_fill(r, pl->net, d, e);
	}
	fp32 = reference_predictions(r);
	if (!rc)
		rc = adaptive_plan(&pl->order, d, &fp32, e);
	if (!rc)
		pl->reference = r;
	return rc;
}

enum status enter_net(struct pipeline *pl, const struct point *p, struct err *e)
{
	enum status rc = need_reference(pl, e);

	return rc ? rc : need_net(pl, p->activations, e);
}
