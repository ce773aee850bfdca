/* ONNX operators that compute element by element or across channels. */
#include "model/onnx_ops.h"

#include <inttypes.h>
#include <math.h>

enum status onnx_load_unary(struct onnx *x, const Onnx__NodeProto *n, enum op op, struct err *e)
{
	size_t in, out;
	enum status rc = onnx_input_value(x, n, 0, &in, e);

	if (!rc)
		rc = graph_unary(x->m, op, onnx_node_name(n), in, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

enum status onnx_load_relu(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	return onnx_load_unary(x, n, OP_RELU, e);
}

/* Before opset 13 all dimensions from the axis on are one, so that 1 is always the whole image. */
enum status onnx_load_softmax(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	unsigned rank;
	int64_t axis;
	size_t in;
	enum status rc = onnx_axis(x, n, x->opset < 13 ? 1 : -1, &axis, &rank, e);

	if (!rc)
		rc = onnx_input_value(x, n, 0, &in, e);
	if (rc)
		return rc;
	if (axis != 1 || (x->opset >= 13 &&
	                  shape_count(&x->m->values[in].shape) != x->m->values[in].shape.dim[0]))
		return onnx_fail(n, e,
		                 "axis=%" PRId64 " of %u dimensions per image is not supported; "
		                 "expected the class axis of batch x classes",
		                 axis, rank);
	return onnx_load_unary(x, n, OP_SOFTMAX, e);
}

/* A limit as attribute (before opset 11) or input i; fallback when absent. */
static enum status read_limit(struct onnx *x, const Onnx__NodeProto *n, const char *attribute,
                              size_t i, float fallback, float *out, struct err *e)
{
	struct onnx_symbol *s;
	enum status rc;

	if (!onnx_has_input(n, i))
		return onnx_attr_float(n, attribute, fallback, out, e);
	rc = onnx_input_constant(x, n, i, &s, e);
	return rc ? rc : onnx_scalar(x, s, out, e);
}

enum status onnx_load_clip(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	float low, high;
	size_t in, out;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = read_limit(x, n, "min", 1, -INFINITY, &low, e);
	if (!rc)
		rc = read_limit(x, n, "max", 2, INFINITY, &high, e);
	if (!rc)
		rc = graph_clip(x->m, onnx_node_name(n), in, low, high, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

enum status onnx_load_lrn(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct lrn lrn = { 0 };
	int64_t size;
	size_t in, out;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_attr_int(n, "size", 0, &size, e);
	if (!rc)
		rc = onnx_attr_float(n, "alpha", 1e-4f, &lrn.alpha, e);
	if (!rc)
		rc = onnx_attr_float(n, "beta", 0.75f, &lrn.beta, e);
	if (!rc)
		rc = onnx_attr_float(n, "bias", 1.0f, &lrn.bias, e);
	if (rc)
		return rc;
	lrn.size = size > 0 ? (size_t)size : 0;
	rc = graph_lrn(x->m, onnx_node_name(n), in, &lrn, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

/* (v - mean) / sqrt(variance + epsilon) * gamma + beta as one scale and one shift per channel,
 * computed in double precision and rounded once. */
enum status onnx_load_batchnorm(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	static const char *const names[4] = { "scale", "shift", "mean", "variance" };
	const float *p[4];
	float epsilon, *scale, *shift;
	int64_t spatial, training;
	size_t in, out, channels;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_attr_float(n, "epsilon", 1e-5f, &epsilon, e);
	if (!rc)
		rc = onnx_attr_int(n, "spatial", 1, &spatial, e);
	if (!rc)
		rc = onnx_attr_int(n, "training_mode", 0, &training, e);
	if (rc)
		return rc;
	if (training || spatial != 1)
		return onnx_fail(n, e,
		                 "training_mode=%" PRId64 " spatial=%" PRId64
		                 " is not supported; expected a model exported for inference",
		                 training, spatial);
	channels = x->m->values[in].shape.dim[0];
	for (size_t i = 0; i < 4; i++) {
		rc = onnx_channels(x, n, 1 + i, names[i], channels, &p[i], e);
		if (rc)
			return rc;
		if (!p[i])
			return onnx_fail(n, e, "its %s is absent", names[i]);
	}
	scale = ARENA_NEW(&x->m->arena, float, channels);
	shift = ARENA_NEW(&x->m->arena, float, channels);
	if (!scale || !shift)
		return err_nomem(e);
	for (size_t c = 0; c < channels; c++) {
		double factor = (double)p[0][c] / sqrt((double)p[3][c] + (double)epsilon);

		scale[c] = (float)factor;
		shift[c] = (float)((double)p[1][c] - (double)p[2][c] * factor);
	}
	rc = graph_scale(x->m, onnx_node_name(n), in, scale, shift, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

/* Whether a constant of this shape broadcasts to one number per channel of the value. */
static bool is_per_channel(const struct shape *c, const struct shape *value)
{
	/* The channel axis, counted from the end: last for C, third from last for C x H x W. */
	const unsigned from_end = value->rank;
	const size_t n = shape_count(c);

	if (c->rank > from_end + 1)
		return false;
	if (n == 1)
		return true;
	return c->rank >= from_end && n == value->dim[0] && c->dim[c->rank - from_end] == n;
}

/* A constant as one float per channel of the value, in the model's arena. */
static enum status channel_constant(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *s,
                                    size_t value, const float **out, struct err *e)
{
	const struct shape *of = &x->m->values[value].shape;
	const float *v = NULL;
	struct shape shape;
	float *copy;
	enum status rc = onnx_floats(x, s, &shape, &v, e);

	if (rc)
		return rc;
	if (!is_per_channel(&shape, of)) {
		char text[64], found[64];

		shape_text(&shape, text);
		shape_text(of, found);
		return onnx_fail(n, e,
		                 "constant '%.80s' is %s, which is not one number per channel of "
		                 "%s",
		                 s->name, text, found);
	}
	*out = v;
	if (shape_count(&shape) == of->dim[0])
		return ST_OK;
	copy = ARENA_NEW(&x->m->arena, float, of->dim[0]);
	if (!copy)
		return err_nomem(e);
	for (size_t i = 0; i < of->dim[0]; i++)
		copy[i] = v[0];
	*out = copy;
	return ST_OK;
}

static enum status fill_channels(struct onnx *x, size_t value, float v, float **out, struct err *e)
{
	const size_t n = x->m->values[value].shape.dim[0];

	*out = ARENA_NEW(&x->m->arena, float, n);
	if (!*out)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		(*out)[i] = v;
	return ST_OK;
}

/* The two inputs of an arithmetic operator: two values, or a value and a constant. */
struct operands {
	size_t value[2];
	struct onnx_symbol *constant; /* NULL for two values; else value[1] is unused */
	unsigned at;                  /* which input the constant is */
};

static enum status read_operands(struct onnx *x, const Onnx__NodeProto *n, struct operands *o,
                                 struct err *e)
{
	*o = (struct operands){ 0 };
	for (unsigned i = 0, values = 0; i < 2; i++) {
		struct onnx_symbol *s = NULL;
		enum status rc = onnx_input(x, n, i, &s, e);

		if (rc)
			return rc;
		if (s->kind == ONNX_TENSOR && !o->constant) {
			o->constant = s;
			o->at = i;
			continue;
		}
		rc = onnx_input_value(x, n, i, &o->value[values++], e);
		if (rc)
			return rc;
	}
	return ST_OK;
}

/* Whether the value is the output of a layer without a bias that nothing else sees. */
static bool takes_bias(const struct onnx *x, const char *name, size_t value)
{
	const struct onnx_symbol *made = onnx_lookup(x, name);

	if (made->same_as || made->uses != 1)
		return false;
	for (size_t i = x->m->n_nodes; i-- > 0;) {
		const struct node *node = &x->m->nodes[i];

		if (node->output == value)
			return (node->op == OP_CONV || node->op == OP_DENSE) && !node->bias;
	}
	return false;
}

static enum status load_binary(struct onnx *x, const Onnx__NodeProto *n, enum op op,
                               const struct operands *o, struct err *e)
{
	size_t out;
	enum status rc =
	        graph_binary(x->m, op, onnx_node_name(n), o->value[0], o->value[1], &out, e);

	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

static enum status made_scale(struct onnx *x, const Onnx__NodeProto *n, size_t in,
                              const float *scale, const float *shift, struct err *e)
{
	size_t out;
	enum status rc = graph_scale(x->m, onnx_node_name(n), in, scale, shift, &out, e);

	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

/* A constant is the bias of the layer before it where it can be, as exporters of MatMul mean it. */
enum status onnx_load_add(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	const float *shift;
	struct operands o;
	float *one;
	enum status rc = read_operands(x, n, &o, e);

	if (!rc && !o.constant)
		return load_binary(x, n, OP_ADD, &o, e);
	if (!rc)
		rc = channel_constant(x, n, o.constant, o.value[0], &shift, e);
	if (rc)
		return rc;
	if (takes_bias(x, n->input[1 - o.at], o.value[0])) {
		rc = graph_bias(x->m, onnx_node_name(n), o.value[0], shift, e);
		if (!rc)
			onnx_made_same(x, n, onnx_lookup(x, n->input[1 - o.at]));
		return rc;
	}
	rc = fill_channels(x, o.value[0], 1.0f, &one, e);
	return rc ? rc : made_scale(x, n, o.value[0], one, shift, e);
}

enum status onnx_load_mul(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	const float *scale;
	struct operands o;
	float *zero;
	enum status rc = read_operands(x, n, &o, e);

	if (!rc && !o.constant)
		return load_binary(x, n, OP_MUL, &o, e);
	if (!rc)
		rc = channel_constant(x, n, o.constant, o.value[0], &scale, e);
	if (!rc)
		rc = fill_channels(x, o.value[0], 0.0f, &zero, e);
	return rc ? rc : made_scale(x, n, o.value[0], scale, zero, e);
}

/* A value and a constant behind it, which the caller turns around. */
static enum status read_inverse(struct onnx *x, const Onnx__NodeProto *n, size_t *in, float **c,
                                struct err *e)
{
	const float *v = NULL;
	struct operands o;
	enum status rc = read_operands(x, n, &o, e);

	if (rc)
		return rc;
	if (!o.constant || o.at != 1)
		return onnx_fail(n, e, "only a constant as the second input is supported");
	*in = o.value[0];
	rc = channel_constant(x, n, o.constant, *in, &v, e);
	if (!rc)
		rc = fill_channels(x, *in, 0.0f, c, e);
	for (size_t i = 0; !rc && i < x->m->values[*in].shape.dim[0]; i++)
		(*c)[i] = v[i];
	return rc;
}

enum status onnx_load_sub(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	float *c, *one;
	size_t in;
	enum status rc = read_inverse(x, n, &in, &c, e);

	if (!rc)
		rc = fill_channels(x, in, 1.0f, &one, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < x->m->values[in].shape.dim[0]; i++)
		c[i] = -c[i];
	return made_scale(x, n, in, one, c, e);
}

enum status onnx_load_div(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	float *c, *zero;
	size_t in;
	enum status rc = read_inverse(x, n, &in, &c, e);

	if (!rc)
		rc = fill_channels(x, in, 0.0f, &zero, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < x->m->values[in].shape.dim[0]; i++)
		c[i] = 1.0f / c[i];
	return made_scale(x, n, in, c, zero, e);
}
