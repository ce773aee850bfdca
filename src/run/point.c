#include "run/point.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_BITS = 8 };

void point_init(struct point *p)
{
	*p = (struct point){ 0 };
	for (size_t i = 0; i < n_axes; i++)
		if (*axes[i].initial)
			axes[i].parse(p, axes[i].initial, NULL);
}

enum status point_set(struct point *p, const char *axis, const char *value, struct err *e)
{
	const struct axis *a = axis_find(axis);

	return a ? a->parse(p, value, e) : err_unknown(e, "axis", axis, axis_name, "axes");
}

/* Largest distance from zero that an integer of p can have when nothing exceeds the scale. */
static unsigned largest_level(const struct point *p)
{
	return (1u << (p->quant.bits - (p->quant.quantizer->zero_point ? 0 : 1))) - 1;
}

/* Axes that do not apply take one fixed value, so that equal work has one name. */
static void neutralize(struct point *p)
{
	const struct quantizer *q = p->quant.quantizer;

	if (!q->uses_scope)
		p->quant.scope = SCOPE_TENSOR;
	if (!q->uses_round)
		p->quant.round = ROUND_NEAREST;
	if (!p->quant.bits)
		p->quant.bits = q->min_bits > DEFAULT_BITS ? q->min_bits : DEFAULT_BITS;
	if (!p->codec->uses_words)
		p->params.group = 1;
	if (!p->codec->uses_scope)
		p->params.scope = DICT_MODEL;
	if (!p->codec->uses_order)
		p->order = ORDER_OIHW;
	if (!strcmp(p->data, "none"))
		p->activations = ACTIVATIONS_F32;
	if (!p->decoder)
		p->decoder =
		        p->codec->decoder ? decoder_find(p->codec->decoder) : &decoder_unmodelled;
	if (p->decoder == &decoder_unmodelled)
		p->tile_buffer = TILE_SINGLE;
	if (!p->decoder || !p->decoder->action)
		p->lanes = 1;
}

static enum status check_lanes(const struct point *p, struct err *e)
{
	uint32_t weights = array_weights_per_cycle(p->array);

	return weights % p->lanes == 0
	               ? ST_OK
	               : err_set(e, ST_USAGE,
	                         "lanes: %u is no divisor of the %u weights that the array takes "
	                         "per cycle (use lanes=1 or a divisor)",
	                         p->lanes, weights);
}

enum status point_finish(struct point *p, struct err *e)
{
	const struct quantizer *q = p->quant.quantizer;
	enum status rc;

	if (!*p->model)
		return err_set(e, ST_USAGE,
		               "model must be given, e.g. model=lenet5-mnist "
		               "(see 'hcbench list models')");
	neutralize(p);
	rc = quant_check(&p->quant, e);
	if (rc)
		return rc;
	if (!q->trims && (p->trim.trim || p->trim.clip != CLIP_NONE))
		return err_set(e, ST_USAGE, "quant=%s has no integers to trim or clip", q->name);
	if (q->trims && p->quant.scale == SCALE_MAX) { /* nothing exceeds the largest level */
		unsigned levels = largest_level(p);

		if (p->trim.trim > levels)
			return err_set(e, ST_USAGE,
			               "trim: %u is beyond the largest level of %u bits (expected "
			               "0..%u)",
			               p->trim.trim, p->quant.bits, levels);
		if (p->trim.clip >= levels)
			p->trim.clip = CLIP_NONE;
	}
	if (!p->decoder || !decoder_handles(p->decoder, p->codec->name))
		return err_set(e, ST_USAGE, "decoder=%s cannot decode codec %s (use decoder=%s)",
		               p->decoder ? p->decoder->name : "?", p->codec->name,
		               p->codec->decoder ? p->codec->decoder : "unmodelled");
	return check_lanes(p, e);
}

enum status point_parse(struct point *p, const char *line, struct err *e)
{
	const char *s = line;
	bool seen[MAX_AXES] = { false };

	point_init(p);
	for (;;) {
		char token[2 * POINT_NAME], *eq;
		size_t n;
		enum status rc;

		s += strspn(s, " \t\n");
		if (!*s)
			break;
		n = strcspn(s, " \t\n");
		if (n >= sizeof(token))
			return err_set(e, ST_USAGE, "point: '%.40s...' is too long", s);
		memcpy(token, s, n);
		token[n] = '\0';
		s += n;
		eq = strchr(token, '=');
		if (!eq)
			return err_set(e, ST_USAGE, "point: '%s' is not of the form axis=value",
			               token);
		*eq = '\0';
		rc = point_set(p, token, eq + 1, e);
		if (rc)
			return rc;
		if (seen[axis_find(token) - axes])
			return err_set(e, ST_USAGE, "point: the axis %s stands twice", token);
		seen[axis_find(token) - axes] = true;
	}
	return point_finish(p, e);
}

static void text_of(const struct point *p, bool lossy_only, char out[POINT_TEXT])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n_axes; i++) {
		char value[POINT_NAME];
		int put;

		if (lossy_only && !axes[i].lossy)
			continue;
		axes[i].format(p, value, sizeof(value));
		put = snprintf(out + n, POINT_TEXT - n, "%s%s=%s", n ? " " : "", axes[i].name,
		               value);
		if (put > 0 && (size_t)put < POINT_TEXT - n)
			n += (size_t)put;
	}
}

void point_text(const struct point *p, char out[POINT_TEXT])
{
	text_of(p, false, out);
}

void point_lossy_text(const struct point *p, char out[POINT_TEXT])
{
	text_of(p, true, out);
}

struct digest point_key(const char *text, const struct digest *model, const struct digest *data)
{
	static const char version[] = "hcbench method " METHOD_VERSION "\n";
	const struct span parts[] = {
		{version,                   sizeof(version) - 1          },
		{ text,                     strlen(text)                 },
		{ "\n",                     1		            },
		{ model->byte,              sizeof(model->byte)          },
		{ data ? data->byte : NULL, data ? sizeof(data->byte) : 0},
	};

	return digest_of(parts, sizeof(parts) / sizeof(parts[0]));
}

bool point_same_quantization(const struct point *a, const struct point *b)
{
	return !strcmp(a->model, b->model) && !strcmp(a->data, b->data) &&
	       a->batchnorm == b->batchnorm && a->quant.quantizer == b->quant.quantizer &&
	       a->quant.bits == b->quant.bits && a->quant.scope == b->quant.scope &&
	       a->quant.round == b->quant.round && a->quant.scale == b->quant.scale;
}

bool point_same_trim(const struct point *a, const struct point *b)
{
	return point_same_quantization(a, b) && a->trim.trim == b->trim.trim &&
	       a->trim.clip == b->trim.clip;
}

bool point_same_lossy(const struct point *a, const struct point *b)
{
	return point_same_trim(a, b) && a->activations == b->activations;
}

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int point_compare(const struct point *a, const struct point *b)
{
	int c;

	if ((c = strcmp(a->model, b->model)) || (c = strcmp(a->data, b->data)) ||
	    (c = order_of(a->batchnorm, b->batchnorm)) ||
	    (c = strcmp(a->quant.quantizer->name, b->quant.quantizer->name)) ||
	    (c = order_of(a->quant.bits, b->quant.bits)) ||
	    (c = order_of(a->quant.scope, b->quant.scope)) ||
	    (c = order_of(a->quant.round, b->quant.round)) ||
	    (c = order_of(a->quant.scale, b->quant.scale)) ||
	    (c = order_of(a->trim.trim, b->trim.trim)) ||
	    (c = order_of(a->trim.clip, b->trim.clip)) ||
	    (c = order_of(a->activations, b->activations)) || (c = order_of(a->order, b->order)) ||
	    (c = order_of(a->array.rows, b->array.rows)) ||
	    (c = order_of(a->array.cols, b->array.cols)) ||
	    (c = order_of(a->array.flow, b->array.flow)) || (c = order_of(a->lanes, b->lanes)) ||
	    (c = order_of(a->tile_buffer, b->tile_buffer)) ||
	    (c = order_of(a->codec->uses_words, b->codec->uses_words)) ||
	    (c = order_of(a->params.group, b->params.group)) ||
	    (c = order_of(a->params.scope, b->params.scope)) ||
	    (c = strcmp(a->codec->name, b->codec->name)) ||
	    (c = order_of(a->params.arg[0], b->params.arg[0])) ||
	    (c = order_of(a->params.arg[1], b->params.arg[1])) ||
	    (c = strcmp(a->decoder->name, b->decoder->name)) ||
	    (c = order_of(a->port_bits, b->port_bits)) ||
	    (c = order_of(a->memory_bytes, b->memory_bytes)))
		return c;
	return order_of(a->buffer_bytes, b->buffer_bytes);
}
