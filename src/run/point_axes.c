#include "run/point.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ARRAY = 1024 };

static const char *const scope_names[] = { "global", "tensor", "channel", NULL };
static const char *const round_names[] = { "nearest", "truncate", NULL };
static const char *const scale_names[] = { "max", "authors", NULL };
static const char *const batchnorm_names[] = { "separate", "fold", NULL };
static const char *const order_names[] = { "oihw", "array", NULL };
static const char *const tile_buffer_names[] = { "single", "double", NULL };
static const char *const dict_scope_names[] = { "model", "layer", NULL };

static enum status bad_value(struct err *e, const char *axis, const char *value)
{
	const struct axis *a = axis_find(axis);

	return err_set(e, ST_USAGE, "%s: '%s' is not valid (expected %s)", axis, value, a->values);
}

static enum status set_choice(const char *axis, const char *const *names, const char *value,
                              int *out, struct err *e)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], value)) {
			*out = i;
			return ST_OK;
		}
	return bad_value(e, axis, value);
}

static enum status set_uint(const char *axis, const char *value, uint64_t low, uint64_t high,
                            uint64_t *out, struct err *e)
{
	if (!parse_u64(value, high, out) || *out < low)
		return bad_value(e, axis, value);
	return ST_OK;
}

static enum status set_name(const char *axis, const char *value, char out[POINT_NAME],
                            struct err *e)
{
	if (!*value || strlen(value) >= POINT_NAME)
		return bad_value(e, axis, value);
	for (const char *s = value; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return err_set(
			        e, ST_USAGE,
			        "%s: '%s' holds a blank or control character; rename the file",
			        axis, value);
	snprintf(out, POINT_NAME, "%s", value);
	return ST_OK;
}

static enum status model_parse(struct point *p, const char *v, struct err *e)
{
	return set_name("model", v, p->model, e);
}

static void model_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%s", p->model);
}

static enum status data_parse(struct point *p, const char *v, struct err *e)
{
	return set_name("data", v, p->data, e);
}

static void data_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%s", p->data);
}

static const char *quantizer_name(size_t i)
{
	return i < n_quantizers ? quantizers[i]->name : NULL;
}

static const char *codec_name(size_t i)
{
	return i < n_codecs ? codecs[i]->name : NULL;
}

static const char *decoder_name(size_t i)
{
	return i < n_decoders ? decoders[i]->name : NULL;
}

static enum status quant_parse(struct point *p, const char *v, struct err *e)
{
	const struct quantizer *q = quantizer_find(v);

	if (!q)
		return err_unknown(e, "quantizer", v, quantizer_name, "quantizers");
	p->quant.quantizer = q;
	return ST_OK;
}

static void quant_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%s", p->quant.quantizer->name);
}

static enum status bits_parse(struct point *p, const char *v, struct err *e)
{
	uint64_t bits = 0; /* auto */
	enum status rc = strcmp(v, "auto") ? set_uint("bits", v, 2, 32, &bits, e) : ST_OK;

	if (!rc)
		p->quant.bits = (unsigned)bits;
	return rc;
}

static void bits_format(const struct point *p, char *out, size_t cap)
{
	if (p->quant.bits)
		snprintf(out, cap, "%u", p->quant.bits);
	else
		snprintf(out, cap, "auto");
}

/* Axes whose values are a fixed list of names: one pair of functions each, alike but for the
 * member they set. */
#define CHOICE_AXIS(axis, member, type)                                                \
	static enum status axis##_parse(struct point *p, const char *v, struct err *e) \
	{                                                                              \
		int i = 0;                                                             \
		enum status rc = set_choice(#axis, axis##_names, v, &i, e);            \
                                                                                       \
		if (!rc)                                                               \
			p->member = (type)i;                                           \
		return rc;                                                             \
	}                                                                              \
                                                                                       \
	static void axis##_format(const struct point *p, char *out, size_t cap)        \
	{                                                                              \
		snprintf(out, cap, "%s", axis##_names[p->member]);                     \
	}

CHOICE_AXIS(scope, quant.scope, enum quant_scope)
CHOICE_AXIS(round, quant.round, enum quant_round)
CHOICE_AXIS(scale, quant.scale, enum quant_scale)
CHOICE_AXIS(batchnorm, batchnorm, enum batchnorm)
CHOICE_AXIS(order, order, enum stream_order)
CHOICE_AXIS(dict_scope, params.scope, enum dict_scope)
CHOICE_AXIS(tile_buffer, tile_buffer, enum tile_buffer)

static enum status trim_parse(struct point *p, const char *v, struct err *e)
{
	uint64_t t;
	enum status rc = set_uint("trim", v, 0, 32767, &t, e);

	if (!rc)
		p->trim.trim = (unsigned)t;
	return rc;
}

static void trim_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%u", p->trim.trim);
}

static enum status clip_parse(struct point *p, const char *v, struct err *e)
{
	uint64_t c = CLIP_NONE;
	enum status rc = strcmp(v, "none") ? set_uint("clip", v, 1, 32767, &c, e) : ST_OK;

	if (!rc)
		p->trim.clip = (unsigned)c;
	return rc;
}

static void clip_format(const struct point *p, char *out, size_t cap)
{
	if (p->trim.clip == CLIP_NONE)
		snprintf(out, cap, "none");
	else
		snprintf(out, cap, "%u", p->trim.clip);
}

static enum status activations_parse(struct point *p, const char *v, struct err *e)
{
	return activations_from_name(&p->activations, v, e);
}

static void activations_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%s", activations_names[p->activations]);
}

static enum status group_parse(struct point *p, const char *v, struct err *e)
{
	uint64_t g;
	enum status rc = set_uint("group", v, 1, CODEC_MAX_GROUP, &g, e);

	if (!rc)
		p->params.group = (unsigned)g;
	return rc;
}

static void group_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%u", p->params.group);
}

/* How the codec is written: "dict:ENTRIES". */
static void codec_usage(const struct codec *c, char out[POINT_NAME])
{
	size_t n = (size_t)snprintf(out, POINT_NAME, "%s", c->name);

	for (size_t i = 0; i < CODEC_MAX_ARGS && c->arg[i].name; i++)
		n += (size_t)snprintf(out + n, POINT_NAME - n, ":%s", c->arg[i].name);
}

/* Argument i of the codec from the text after its colon; NULL: left out. */
static enum status codec_arg_parse(struct point *p, size_t i, const char *text, struct err *e)
{
	const struct codec_arg *a = &p->codec->arg[i];
	uint64_t v = a->initial;
	char usage[POINT_NAME];

	codec_usage(p->codec, usage);
	if (!text && (v < a->least || v > a->most))
		return err_set(e, ST_USAGE,
		               "codec: '%s' needs its %s, write %s with %" PRIu32 "..%" PRIu32
		               " (as in dict:256)",
		               p->codec->name, a->name, usage, a->least, a->most);
	if (text && (!parse_u64(text, a->most, &v) || v < a->least))
		return err_set(e, ST_USAGE, "codec: '%s' of %s: %s must be %" PRIu32 "..%" PRIu32,
		               text, usage, a->name, a->least, a->most);
	p->params.arg[i] = (uint32_t)v;
	return ST_OK;
}

static enum status codec_parse(struct point *p, const char *v, struct err *e)
{
	char text[POINT_NAME], *save = NULL;
	const struct codec *c;
	const char *part;
	enum status rc = ST_OK;

	if ((size_t)snprintf(text, sizeof(text), "%s", v) >= sizeof(text))
		return err_set(e, ST_USAGE, "codec: '%.40s...' is too long", v);
	part = strtok_r(text, ":", &save);
	c = codec_find(part ? part : "");
	if (!c)
		return err_unknown(e, "codec", part ? part : v, codec_name, "codecs");
	p->codec = c;
	for (size_t i = 0; i < CODEC_MAX_ARGS && !rc; i++) {
		p->params.arg[i] = 0;
		if (c->arg[i].name)
			rc = codec_arg_parse(p, i, strtok_r(NULL, ":", &save), e);
	}
	if (!rc && strtok_r(NULL, ":", &save)) {
		codec_usage(c, text);
		rc = err_set(e, ST_USAGE, "codec: '%s' has too many parameters, write %s", v, text);
	}
	return rc;
}

static void codec_format(const struct point *p, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "%s", p->codec->name);

	for (size_t i = 0; i < CODEC_MAX_ARGS && p->codec->arg[i].name && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, ":%" PRIu32, p->params.arg[i]);
}

static enum status decoder_parse(struct point *p, const char *v, struct err *e)
{
	const struct decoder *d = strcmp(v, "auto") ? decoder_find(v) : NULL;

	if (!d && strcmp(v, "auto"))
		return err_unknown(e, "decoder", v, decoder_name, "decoders");
	p->decoder = d;
	return ST_OK;
}

static void decoder_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%s", p->decoder ? p->decoder->name : "auto");
}

static enum status lanes_parse(struct point *p, const char *v, struct err *e)
{
	uint64_t n;
	enum status rc = set_uint("lanes", v, 1, POINT_MAX_LANES, &n, e);

	if (!rc)
		p->lanes = (unsigned)n;
	return rc;
}

static void lanes_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%u", p->lanes);
}

static enum status port_parse(struct point *p, const char *v, struct err *e)
{
	uint64_t w;

	if (!parse_u64(v, 256, &w) || (w != 32 && w != 64 && w != 128 && w != 256))
		return bad_value(e, "port", v);
	p->port_bits = (unsigned)w;
	return ST_OK;
}

static void port_format(const struct point *p, char *out, size_t cap)
{
	snprintf(out, cap, "%u", p->port_bits);
}

static enum status array_parse(struct point *p, const char *v, struct err *e)
{
	struct array a;

	if (!array_from_text(&a, v, MAX_ARRAY))
		return bad_value(e, "array", v);
	p->array = a;
	return ST_OK;
}

static void array_format(const struct point *p, char *out, size_t cap)
{
	array_text(&p->array, out, cap);
}

static enum status bytes_parse(const char *axis, const char *v, uint64_t *out, struct err *e)
{
	uint64_t n;

	if (!parse_bytes(v, &n) || n == 0 || n > (uint64_t)1 << 40)
		return bad_value(e, axis, v);
	*out = n;
	return ST_OK;
}

static void bytes_format(uint64_t n, char *out, size_t cap)
{
	char text[32];

	format_bytes(n, text);
	snprintf(out, cap, "%s", text);
}

static enum status memory_parse(struct point *p, const char *v, struct err *e)
{
	return bytes_parse("memory", v, &p->memory_bytes, e);
}

static void memory_format(const struct point *p, char *out, size_t cap)
{
	bytes_format(p->memory_bytes, out, cap);
}

static enum status buffer_parse(struct point *p, const char *v, struct err *e)
{
	return bytes_parse("buffer", v, &p->buffer_bytes, e);
}

static void buffer_format(const struct point *p, char *out, size_t cap)
{
	bytes_format(p->buffer_bytes, out, cap);
}

/* clang-format off */
#define AXIS(n, ...) { #n, __VA_ARGS__, n##_parse, n##_format }
/* clang-format on */

const struct axis axes[] = {
	AXIS(model, "model", false, true, "",
	     "a shipped network, SET/NAME of a fetched one, or the path of a model file",
	     "network whose weights are compressed"),
	AXIS(data, "data", false, true, "auto", "auto|none|a data set|idx:DIR",
	     "labelled images for accuracy; auto: what a shipped network was trained for"),
	AXIS(batchnorm, "batchnorm", false, true, "separate", "separate|fold",
	     "batch normalizations: beside the weights, or multiplied into them before quantizing"),
	AXIS(quant, "quant", false, true, "symmetric", "symmetric|affine|none",
	     "quantizer; none: fp32 as two symbols of 16 bits per weight"),
	AXIS(bits, "bits", true, true, "auto", "2..16, or 32 with quant=none",
	     "bits per weight, the sign counted; auto: 8, or what quant=none needs"),
	AXIS(scope, "scope", false, true, "tensor", "global|tensor|channel",
	     "what shares one scale"),
	AXIS(round, "round", false, true, "nearest", "nearest|truncate",
	     "half away from zero, or toward zero"),
	AXIS(scale, "scale", false, true, "max", "max|authors",
	     "largest magnitude, or the published scripts' largest positive weight, no clamp"),
	AXIS(trim, "trim", true, true, "0", "0..32767", "dead zone: |q| <= trim becomes 0"),
	AXIS(clip, "clip", false, true, "none", "none|1..32767", "|q| > clip becomes clip"),
	AXIS(activations, "activations", false, true, "f32", "f32|bf16|int8",
	     "values between layers: as they are, rounded to bfloat16, or to a calibrated 8-bit grid"),
	AXIS(group, "group_size", true, false, "1", "1..64", "symbols per word"),
	AXIS(order, "stream_order", false, false, "oihw", "oihw|array",
	     "order of the symbols: storage (needs a reorder buffer before the array, which is not "
	     "priced), or as the array takes its weights"),
	AXIS(codec, "codec", false, false, "dict:256", "a codec with its parameters, e.g. dict:256",
	     "lossless code (hcbench list codecs)"),
	AXIS(dict_scope, "dict_scope", false, false, "model", "model|layer",
	     "one dictionary for the model, or one per layer"),
	AXIS(decoder, "decoder", false, false, "auto",
	     "auto|none|ring|shift|huffman|tans|rlc|unmodelled",
	     "hardware decoder; auto: the codec's own; unmodelled: neither cycles nor energy"),
	AXIS(lanes, "lanes", true, false, "1",
	     "1..64, a divisor of the weights per cycle of the array",
	     "decoders side by side, each with its own stream and bank of the weight memory; words "
	     "of symbols are dealt to them in turn"),
	AXIS(port, "port", true, false, "64", "32|64|128|256",
	     "bits per access of the weight memory and the buffer"),
	AXIS(array, "array", false, false, "ws:16x16",
	     "ws|os|is:ROWSxCOLS, 1..1024 each, or a name of 'hcbench list arrays'",
	     "systolic array, weight-, output- or input-stationary"),
	AXIS(tile_buffer, "tile_buffer", false, false, "single", "single|double",
	     "weight tiles between decoder and array: one, or a second one decoded meanwhile"),
	AXIS(memory, "memory", false, false, "1MiB", "bytes, KiB or MiB", "weight memory"),
	AXIS(buffer, "buffer", false, false, "128KiB", "bytes, KiB or MiB",
	     "memory of activations and partial sums"),
};

const size_t n_axes = sizeof(axes) / sizeof(axes[0]);

const struct axis *axis_find(const char *name)
{
	for (size_t i = 0; i < n_axes; i++)
		if (!strcmp(axes[i].name, name))
			return &axes[i];
	return NULL;
}

const char *axis_name(size_t i)
{
	return i < n_axes ? axes[i].name : NULL;
}
