/* ONNX operators: one function and one row each. */
#include "model/onnx.h"

#include <inttypes.h>
#include <string.h>

enum { NOTSET, SAME_UPPER, SAME_LOWER, VALID };
static const char *const auto_pads[] = { "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL };

/* Pads such that the output has ceil(in / stride) pixels; the odd one goes to the named side. */
static void pad_same(struct window *w, unsigned axis, size_t in, size_t mode)
{
	size_t out = in / w->stride[axis] + (in % w->stride[axis] != 0);
	size_t need = (out - 1) * w->stride[axis] + (w->kernel[axis] - 1) * w->dilation[axis] + 1;
	size_t total = need > in ? need - in : 0;

	w->pad_begin[axis] = mode == SAME_UPPER ? total / 2 : total - total / 2;
	w->pad_end[axis] = total - w->pad_begin[axis];
}

/* The window of a pooling, or of a convolution, whose weights have set w->kernel already. */
static enum status read_window(const struct onnx *x, const Onnx__NodeProto *n, size_t in,
                               struct window *w, struct err *e)
{
	const struct shape *s = &x->m->values[in].shape;
	size_t pads[4] = { 0 }, given[2], mode;
	bool found, has_pads;
	enum status rc;

	rc = onnx_attr_sizes(n, "kernel_shape", 1, 2, given, &found, e);
	if (rc)
		return rc;
	if (found && w->kernel[0] && memcmp(given, w->kernel, sizeof(given)))
		return onnx_fail(n, e, "kernel_shape is %zux%zu but its weights are %zux%zu",
		                 given[0], given[1], w->kernel[0], w->kernel[1]);
	if (!found && !w->kernel[0])
		return onnx_fail(n, e, "attribute kernel_shape is missing");
	if (found)
		memcpy(w->kernel, given, sizeof(given));
	for (unsigned i = 0; i < 2; i++)
		w->stride[i] = w->dilation[i] = 1;
	rc = onnx_attr_sizes(n, "strides", 1, 2, w->stride, &found, e);
	if (!rc)
		rc = onnx_attr_sizes(n, "dilations", 1, 2, w->dilation, &found, e);
	if (!rc)
		rc = onnx_attr_sizes(n, "pads", 0, 4, pads, &has_pads, e);
	if (!rc)
		rc = onnx_attr_choice(n, "auto_pad", auto_pads, &mode, e);
	if (rc)
		return rc;
	if (mode != NOTSET && (pads[0] || pads[1] || pads[2] || pads[3]))
		return onnx_fail(n, e, "it has both pads and auto_pad=%s; expected one of them",
		                 auto_pads[mode]);
	for (unsigned i = 0; i < 2; i++) {
		w->pad_begin[i] = pads[i];
		w->pad_end[i] = pads[2 + i];
		if ((mode == SAME_UPPER || mode == SAME_LOWER) && s->rank == 3)
			pad_same(w, i, s->dim[1 + i], mode);
	}
	return ST_OK;
}

/* Input i as one float per output channel, NULL when absent: n_channels elements in a row. */
static enum status read_bias(struct onnx *x, const Onnx__NodeProto *n, size_t i, size_t n_channels,
                             const float **out, struct err *e)
{
	struct onnx_symbol *s;
	struct shape shape;
	char text[64];
	enum status rc;

	*out = NULL;
	if (!onnx_has_input(n, i))
		return ST_OK;
	rc = onnx_input_constant(x, n, i, &s, e);
	if (!rc)
		rc = onnx_floats(x, s, &shape, out, e);
	if (rc)
		return rc;
	shape_text(&shape, text);
	if (shape.rank < 1 || shape.dim[shape.rank - 1] != n_channels ||
	    shape_count(&shape) != n_channels)
		return onnx_fail(n, e, "bias '%.80s' is %s; expected %zu elements in a row",
		                 s->name, text, n_channels);
	return ST_OK;
}

static enum status load_conv(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct window w = { 0 };
	struct onnx_symbol *s;
	struct kernel k;
	size_t in, out;
	int64_t group;
	const float *bias;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_input_constant(x, n, 1, &s, e);
	if (!rc)
		rc = onnx_kernel(x, n, s, 4, false, &k, e);
	if (!rc)
		rc = read_bias(x, n, 2, k.shape.dim[0], &bias, e);
	if (!rc)
		rc = onnx_attr_int(n, "group", 1, &group, e);
	if (rc)
		return rc;
	if (group < 1)
		return onnx_fail(n, e, "group=%" PRId64 "; expected at least 1", group);
	k.groups = (size_t)group;
	w.kernel[0] = k.shape.dim[2];
	w.kernel[1] = k.shape.dim[3];
	rc = read_window(x, n, in, &w, e);
	if (!rc)
		rc = graph_conv(x->m, k.layer, in, &k, &w, bias, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

/* x * W, or x * W^T with trans_b; the canonical kernel is outputs x inputs, so W itself is
 * transposed and W^T is not. */
static enum status load_dense(struct onnx *x, const Onnx__NodeProto *n, bool trans_b, struct err *e)
{
	struct onnx_symbol *s;
	struct kernel k;
	size_t in, out;
	const float *bias;
	char text[64];
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (rc)
		return rc;
	if (x->m->values[in].shape.rank != 1) {
		shape_text(&x->m->values[in].shape, text);
		return onnx_fail(n, e,
		                 "its input is %s per image; expected one dimension: put a Flatten "
		                 "before it",
		                 text);
	}
	rc = onnx_input_constant(x, n, 1, &s, e);
	if (!rc)
		rc = onnx_kernel(x, n, s, 2, !trans_b, &k, e);
	if (!rc)
		rc = read_bias(x, n, 2, k.shape.dim[0], &bias, e);
	if (!rc)
		rc = graph_dense(x->m, k.layer, in, &k, bias, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

static enum status load_gemm(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t trans_a, trans_b;
	float alpha, beta;
	enum status rc;

	rc = onnx_attr_float(n, "alpha", 1.0f, &alpha, e);
	if (!rc)
		rc = onnx_attr_float(n, "beta", 1.0f, &beta, e);
	if (!rc)
		rc = onnx_attr_int(n, "transA", 0, &trans_a, e);
	if (!rc)
		rc = onnx_attr_int(n, "transB", 0, &trans_b, e);
	if (rc)
		return rc;
	if (!(alpha >= 1.0f && alpha <= 1.0f) || !(beta >= 1.0f && beta <= 1.0f) || trans_a)
		return onnx_fail(n, e,
		                 "alpha=%g beta=%g transA=%" PRId64 " is not supported; expected "
		                 "alpha=1 beta=1 transA=0",
		                 (double)alpha, (double)beta, trans_a);
	return load_dense(x, n, trans_b != 0, e);
}

static enum status load_matmul(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	return load_dense(x, n, false, e);
}

/* Whether a constant of this shape, added to a value, adds one number per channel. */
static bool adds_per_channel(const struct shape *c, const struct shape *value)
{
	/* The channel axis, counted from the end: last for C, third from last for C x H x W. */
	const unsigned from_end = value->rank;
	size_t n = 1;

	if (c->rank < from_end || c->rank > from_end + 1)
		return false;
	for (unsigned i = 0; i < c->rank; i++)
		n *= c->dim[i];
	return n == value->dim[0] && c->dim[c->rank - from_end] == n;
}

/* Only as the bias of the layer before it, when nothing else sees that layer's output. */
static enum status load_add(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct onnx_symbol *s[2], *made;
	struct shape shape;
	const float *bias;
	enum status rc;
	unsigned c;

	for (unsigned i = 0; i < 2; i++) {
		rc = onnx_input(x, n, i, &s[i], e);
		if (rc)
			return rc;
	}
	c = s[0]->kind == ONNX_TENSOR ? 0 : 1;
	made = onnx_lookup(x, n->input[1 - c]);
	if (s[c]->kind != ONNX_TENSOR || s[1 - c]->kind != ONNX_VALUE || made->same_as ||
	    made->uses != 1)
		return onnx_fail(n, e,
		                 "operator Add is not supported here; expected a constant bias on "
		                 "the output of MatMul or Conv");
	rc = onnx_floats(x, s[c], &shape, &bias, e);
	if (rc)
		return rc;
	if (!adds_per_channel(&shape, &x->m->values[s[1 - c]->value].shape)) {
		char text[64], found[64];

		shape_text(&shape, text);
		shape_text(&x->m->values[s[1 - c]->value].shape, found);
		return onnx_fail(n, e,
		                 "constant '%.80s' is %s, which is not one bias per channel of %s",
		                 s[c]->name, text, found);
	}
	rc = graph_bias(x->m, onnx_node_name(n), s[1 - c]->value, bias, e);
	if (!rc)
		onnx_made_same(x, n, s[1 - c]);
	return rc;
}

static enum status load_maxpool(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct window w = { 0 };
	int64_t ceil_mode, storage_order;
	size_t in, out;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_attr_int(n, "ceil_mode", 0, &ceil_mode, e);
	if (!rc)
		rc = onnx_attr_int(n, "storage_order", 0, &storage_order, e);
	if (!rc)
		rc = read_window(x, n, in, &w, e);
	if (rc)
		return rc;
	if (ceil_mode || storage_order || w.dilation[0] != 1 || w.dilation[1] != 1)
		return onnx_fail(n, e,
		                 "ceil_mode=%" PRId64 " storage_order=%" PRId64
		                 " dilations=%zux%zu is not supported; expected 0, 0 and 1x1",
		                 ceil_mode, storage_order, w.dilation[0], w.dilation[1]);
	rc = graph_maxpool(x->m, onnx_node_name(n), in, &w, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

static enum status load_unary(struct onnx *x, const Onnx__NodeProto *n, enum op op, struct err *e)
{
	size_t in, out;
	enum status rc = onnx_input_value(x, n, 0, &in, e);

	if (!rc)
		rc = graph_unary(x->m, op, onnx_node_name(n), in, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

static enum status load_relu(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	return load_unary(x, n, OP_RELU, e);
}

/* The axis counted with the batch; negative ones count from the end. */
static enum status read_axis(struct onnx *x, const Onnx__NodeProto *n, int64_t fallback,
                             int64_t *axis, unsigned *rank, struct err *e)
{
	size_t in;
	enum status rc = onnx_input_value(x, n, 0, &in, e);

	if (!rc)
		rc = onnx_attr_int(n, "axis", fallback, axis, e);
	if (rc)
		return rc;
	*rank = x->m->values[in].shape.rank;
	if (*axis < 0 && *axis >= -(int64_t)*rank - 1)
		*axis += (int64_t)*rank + 1;
	return ST_OK;
}

static enum status load_flatten(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	unsigned rank;
	int64_t axis;
	enum status rc = read_axis(x, n, 1, &axis, &rank, e);

	if (rc)
		return rc;
	if (axis != 1)
		return onnx_fail(n, e, "axis=%" PRId64 " is not supported; expected 1", axis);
	return load_unary(x, n, OP_FLATTEN, e);
}

static enum status load_softmax(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	unsigned rank;
	int64_t axis;
	enum status rc = read_axis(x, n, x->opset < 13 ? 1 : -1, &axis, &rank, e);

	if (rc)
		return rc;
	if (axis != 1 || rank != 1)
		return onnx_fail(n, e,
		                 "axis=%" PRId64 " of %u dimensions per image is not supported; "
		                 "expected the class axis of batch x classes",
		                 axis, rank);
	return load_unary(x, n, OP_SOFTMAX, e);
}

static enum status load_identity(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct onnx_symbol *s;
	enum status rc = onnx_input(x, n, 0, &s, e);

	if (!rc)
		onnx_made_same(x, n, s);
	return rc;
}

static enum status load_dropout(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	if (onnx_has_input(n, 2)) {
		const Onnx__TensorProto *t;
		struct onnx_symbol *s;
		enum status rc = onnx_input_constant(x, n, 2, &s, e);

		if (rc)
			return rc;
		t = s->tensor;
		if ((t->raw_data.len && t->raw_data.data[0]) ||
		    (t->n_int32_data && t->int32_data[0]))
			return onnx_fail(n, e,
			                 "training_mode is set; expected a model exported for "
			                 "inference");
	}
	return load_identity(x, n, e);
}

/* Writes the image shape that a Reshape asks for. to[0] is the batch; 0 copies, -1 is what is left.
 */
static bool reshape(const struct onnx *x, const struct shape *from, const int64_t *to, size_t n,
                    bool allow_zero, struct shape *out)
{
	const size_t count = shape_count(from);
	size_t left = count, open = 0;

	if (n < 2 || n > SHAPE_MAX_RANK + 1)
		return false;
	if (to[0] != -1 && to[0] != 1 && (to[0] != 0 || allow_zero) &&
	    (to[0] < 1 || to[0] != x->batch))
		return false;
	*out = (struct shape){ .rank = (unsigned)n - 1 };
	for (size_t i = 1; i < n; i++) {
		size_t dim = to[i] > 0 ? (size_t)to[i] : 0;

		if (to[i] == 0 && !allow_zero && i <= from->rank)
			dim = from->dim[i - 1];
		if (to[i] == -1 && to[0] != -1 && !open) {
			open = i;
			continue;
		}
		if (dim == 0 || left % dim)
			return false;
		left /= dim;
		out->dim[i - 1] = dim;
	}
	if (open)
		out->dim[open - 1] = left;
	return open || left == 1;
}

static enum status load_reshape(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t to[SHAPE_MAX_RANK + 1], allow_zero;
	struct onnx_symbol *s;
	struct shape shape;
	size_t in, n_to;
	char text[64];
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_input_constant(x, n, 1, &s, e);
	if (!rc)
		rc = onnx_ints(s, SHAPE_MAX_RANK + 1, to, &n_to, e);
	if (!rc)
		rc = onnx_attr_int(n, "allowzero", 0, &allow_zero, e);
	if (rc)
		return rc;
	shape_text(&x->m->values[in].shape, text);
	if (!reshape(x, &x->m->values[in].shape, to, n_to, allow_zero != 0, &shape))
		return onnx_fail(
		        n, e,
		        "shape '%.80s' does not keep each image of %s whole; expected batch "
		        "x -1",
		        s->name, text);
	if (shape.rank == 1)
		return load_unary(x, n, OP_FLATTEN, e);
	if (shape.rank == x->m->values[in].shape.rank &&
	    !memcmp(shape.dim, x->m->values[in].shape.dim, shape.rank * sizeof(shape.dim[0])))
		return load_identity(x, n, e);
	return onnx_fail(n, e, "shape '%.80s' has %zu dimensions; only batch x -1 is supported",
	                 s->name, n_to);
}

/* A constant list or number as an attribute, as the tensor it stands for. */
static enum status list_tensor(struct onnx *x, const Onnx__AttributeProto *a,
                               const Onnx__TensorProto **out, struct err *e)
{
	Onnx__TensorProto *t = ARENA_NEW(&x->scratch, Onnx__TensorProto, 1);
	int64_t *dim = ARENA_NEW(&x->scratch, int64_t, 1);
	const bool list = a->n_floats || a->n_ints;

	if (!t || !dim)
		return err_nomem(e);
	onnx__tensor_proto__init(t);
	*dim = (int64_t)(a->n_floats ? a->n_floats : a->n_ints);
	t->name = a->name;
	t->n_dims = list;
	t->dims = dim;
	t->has_data_type = 1;
	if (!strncmp(a->name, "value_float", strlen("value_float"))) {
		t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
		t->n_float_data = list ? a->n_floats : 1;
		t->float_data = list ? a->floats : (float *)&a->f;
	} else {
		t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
		t->n_int64_data = list ? a->n_ints : 1;
		t->int64_data = list ? a->ints : (int64_t *)&a->i;
	}
	*out = t;
	return ST_OK;
}

static enum status load_constant(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	const Onnx__TensorProto *t;
	const Onnx__AttributeProto *a;
	enum status rc = ST_OK;

	if (n->n_attribute != 1)
		return onnx_fail(n, e, "it has %zu attributes; expected one, its value",
		                 n->n_attribute);
	a = n->attribute[0];
	t = a->t;
	if (strcmp(a->name, "value") != 0)
		rc = list_tensor(x, a, &t, e);
	else if (!t)
		return onnx_fail(n, e, "attribute value is of the wrong type; expected a tensor");
	if (!rc)
		onnx_made_tensor(x, n, t);
	return rc;
}

#define WINDOW_ATTRIBUTES "auto_pad dilations kernel_shape pads strides "

static const struct onnx_op onnx_ops[] = {
	{"Add",         load_add,      2, 2, ""	                                            },
	{ "Constant",   load_constant, 0, 0, "value value_float value_floats value_int value_ints "},
	{ "Conv",       load_conv,     2, 3, WINDOW_ATTRIBUTES "group "                            },
	{ "Dropout",    load_dropout,  1, 3, "ratio seed "                                         },
	{ "Flatten",    load_flatten,  1, 1, "axis "                                               },
	{ "Gemm",       load_gemm,     2, 3, "alpha beta transA transB "                           },
	{ "Identity",   load_identity, 1, 1, ""	                                            },
	{ "LogSoftmax", load_softmax,  1, 1, "axis "                                               },
	{ "MatMul",     load_matmul,   2, 2, ""	                                            },
	{ "MaxPool",    load_maxpool,  1, 1, WINDOW_ATTRIBUTES "ceil_mode storage_order "          },
	{ "Relu",       load_relu,     1, 1, ""	                                            },
	{ "Reshape",    load_reshape,  2, 2, "allowzero "                                          },
	{ "Softmax",    load_softmax,  1, 1, "axis "                                               },
};

const struct onnx_op *onnx_find_op(const Onnx__NodeProto *n)
{
	if (n->domain && *n->domain && strcmp(n->domain, "ai.onnx") != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(onnx_ops) / sizeof(onnx_ops[0]); i++)
		if (!strcmp(onnx_ops[i].name, n->op_type))
			return &onnx_ops[i];
	return NULL;
}
