/* The nodes of a graph as ONNX operators, so that the importer makes the same nodes of them. */
#include "model/onnx_export.h"

#include <math.h>
#include <string.h>

#include "model/export.h"

enum { MAX_ATTRIBUTES = 8, MAX_INPUTS = NODE_MAX_INPUTS };

/* One node on the way. Every function below latches a failed allocation in `fail`. */
struct making {
	struct onnx_export *x;
	const struct node *node;
	Onnx__NodeProto *to;
	Onnx__AttributeProto nowhere; /* takes what there is no memory for */
	bool fail;
};

static Onnx__AttributeProto *attribute(struct making *g, const char *name,
                                       Onnx__AttributeProto__AttributeType type)
{
	Onnx__AttributeProto *a = ARENA_NEW(&g->x->arena, Onnx__AttributeProto, 1);

	if (!a) {
		g->fail = true;
		return &g->nowhere;
	}
	onnx__attribute_proto__init(a);
	a->name = (char *)name;
	a->type = type;
	a->has_type = 1;
	g->to->attribute[g->to->n_attribute++] = a;
	return a;
}

static void attribute_int(struct making *g, const char *name, size_t v)
{
	Onnx__AttributeProto *a = attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);

	a->i = (int64_t)v;
	a->has_i = 1;
}

static void attribute_float(struct making *g, const char *name, float v)
{
	Onnx__AttributeProto *a = attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);

	a->f = v;
	a->has_f = 1;
}

/* Rows and columns of a window. */
static void attribute_sizes(struct making *g, const char *name, const size_t *a, const size_t *b)
{
	Onnx__AttributeProto *to = attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
	int64_t *v = ARENA_NEW(&g->x->arena, int64_t, 4);

	if (!v) {
		g->fail = true;
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		v[i] = (int64_t)a[i];
		v[2 + i] = b ? (int64_t)b[i] : 0;
	}
	to->n_ints = b ? 4 : 2;
	to->ints = v;
}

static void input(struct making *g, char *name)
{
	g->to->input[g->to->n_input++] = name;
	g->fail |= !name;
}

static void input_value(struct making *g, unsigned i)
{
	input(g, g->x->value_name[g->node->input[i]]);
}

/* A constant of the given shape, with `n` bytes of data or a marker in their place. */
static void constant(struct making *g, char *name, int32_t type, const struct shape *shape,
                     uint8_t *data, size_t n)
{
	Onnx__TensorProto *t = ARENA_NEW(&g->x->arena, Onnx__TensorProto, 1);
	int64_t *dims = ARENA_NEW(&g->x->arena, int64_t, SHAPE_MAX_RANK);

	if (!t || !dims || !data) {
		g->fail = true;
		return;
	}
	onnx__tensor_proto__init(t);
	for (unsigned i = 0; i < shape->rank; i++)
		dims[i] = (int64_t)shape->dim[i];
	t->name = name;
	t->n_dims = shape->rank;
	t->dims = dims;
	t->data_type = type;
	t->has_data_type = 1;
	t->raw_data = (ProtobufCBinaryData){ n, data };
	t->has_raw_data = 1;
	g->x->graph.initializer[g->x->graph.n_initializer++] = t;
	input(g, name);
}

/* Floats as the next input, named after the node. rank 0: one number. */
static void input_floats(struct making *g, const char *suffix, unsigned rank, const float *v,
                         size_t n)
{
	const struct shape shape = { .rank = rank, .dim = { n } };
	uint8_t *data = ARENA_NEW(&g->x->arena, uint8_t, 4 * n);

	if (data)
		export_floats(v, n, data);
	constant(g, onnx_export_name(g->x, g->node->name, suffix),
	         ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, &shape, data, 4 * n);
}

/* The same number n times. */
static void input_filled(struct making *g, const char *suffix, float v, size_t n)
{
	float *all = ARENA_NEW(&g->x->arena, float, n);

	for (size_t i = 0; all && i < n; i++)
		all[i] = v;
	g->fail |= !all;
	if (all)
		input_floats(g, suffix, 1, all, n);
}

static void input_kernel(struct making *g)
{
	const size_t i = g->node->kernel;
	const struct kernel *k = &g->x->m->kernels[i];
	struct shape shape = k->shape;

	if (k->transposed)
		shape = (struct shape){
			.rank = 2, .dim = {k->shape.dim[1], k->shape.dim[0]}
		};
	constant(g, g->x->kernel_name[i], ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, &shape,
	         g->x->marker + i, 4 * k->n);
	if (g->node->bias)
		input_floats(g, ".bias", 1, g->node->bias, k->channels);
}

static void window(struct making *g)
{
	const struct window *w = &g->node->window;

	attribute_sizes(g, "kernel_shape", w->kernel, NULL);
	attribute_sizes(g, "strides", w->stride, NULL);
	if (w->dilation[0] != 1 || w->dilation[1] != 1)
		attribute_sizes(g, "dilations", w->dilation, NULL);
	attribute_sizes(g, "pads", w->pad_begin, w->pad_end);
}

static const char *make_conv(struct making *g)
{
	input_kernel(g);
	window(g);
	attribute_int(g, "group", g->x->m->kernels[g->node->kernel].groups);
	return "Conv";
}

static const char *make_dense(struct making *g)
{
	input_kernel(g);
	attribute_int(g, "transB", !g->x->m->kernels[g->node->kernel].transposed);
	return "Gemm";
}

/* (x - 0) / sqrt(1 + 0) * scale + shift: what is multiplied and added are the numbers as they are.
 */
static const char *make_scale(struct making *g)
{
	const size_t n = g->x->m->values[g->node->output].shape.dim[0];

	input_floats(g, ".scale", 1, g->node->scale, n);
	input_floats(g, ".shift", 1, g->node->bias, n);
	input_filled(g, ".mean", 0.0f, n);
	input_filled(g, ".variance", 1.0f, n);
	attribute_float(g, "epsilon", 0.0f);
	return "BatchNormalization";
}

/* An infinite limit is left out. */
static const char *make_clip(struct making *g)
{
	if (isfinite(g->node->low))
		input_floats(g, ".min", 0, &g->node->low, 1);
	else if (isfinite(g->node->high))
		input(g, (char *)"");
	if (isfinite(g->node->high))
		input_floats(g, ".max", 0, &g->node->high, 1);
	return "Clip";
}

static bool is_global(const struct making *g)
{
	const struct window *w = &g->node->window;
	const struct shape *in = &g->x->m->values[g->node->input[0]].shape;
	bool all = !g->node->count_pads;

	for (unsigned i = 0; i < 2; i++)
		all = all && w->kernel[i] == in->dim[1 + i] && w->stride[i] == 1 &&
		      w->dilation[i] == 1 && !w->pad_begin[i] && !w->pad_end[i];
	return all;
}

static const char *make_avgpool(struct making *g)
{
	if (is_global(g))
		return "GlobalAveragePool";
	window(g);
	attribute_int(g, "count_include_pad", g->node->count_pads);
	return "AveragePool";
}

static const char *make_lrn(struct making *g)
{
	attribute_int(g, "size", g->node->lrn.size);
	attribute_float(g, "alpha", g->node->lrn.alpha);
	attribute_float(g, "beta", g->node->lrn.beta);
	attribute_float(g, "bias", g->node->lrn.bias);
	return "LRN";
}

/* 0: the batch stays what it is. */
static const char *make_reshape(struct making *g)
{
	const struct shape *to = &g->x->m->values[g->node->output].shape;
	const struct shape list = { .rank = 1, .dim = { to->rank + 1 } };
	uint8_t *data = ARENA_NEW(&g->x->arena, uint8_t, 8 * (to->rank + 1));

	for (unsigned i = 0; data && i < 8 * to->rank; i++)
		data[8 + i] = (uint8_t)((uint64_t)to->dim[i / 8] >> (8 * (i % 8)));
	constant(g, onnx_export_name(g->x, g->node->name, ".shape"),
	         ONNX__TENSOR_PROTO__DATA_TYPE__INT64, &list, data, 8 * (to->rank + 1));
	return "Reshape";
}

static const char *make(struct making *g)
{
	switch (g->node->op) {
	case OP_CONV:
		return make_conv(g);
	case OP_DENSE:
		return make_dense(g);
	case OP_SCALE:
		return make_scale(g);
	case OP_CLIP:
		return make_clip(g);
	case OP_AVGPOOL:
		return make_avgpool(g);
	case OP_LRN:
		return make_lrn(g);
	case OP_RESHAPE:
		return make_reshape(g);
	case OP_MAXPOOL:
		window(g);
		return "MaxPool";
	case OP_CONCAT:
	case OP_FLATTEN:
	case OP_SOFTMAX:
		attribute_int(g, "axis", 1);
		return g->node->op == OP_CONCAT    ? "Concat"
		       : g->node->op == OP_FLATTEN ? "Flatten"
		                                   : "Softmax";
	case OP_RELU:
		return "Relu";
	case OP_ADD:
		return "Add";
	case OP_MUL:
		return "Mul";
	case N_OPS:
		break;
	}
	return NULL;
}

/* An empty node in the graph. */
static bool begin(struct making *g, const char *name)
{
	Onnx__NodeProto *n = ARENA_NEW(&g->x->arena, Onnx__NodeProto, 1);

	g->to = n;
	if (!n)
		return false;
	onnx__node_proto__init(n);
	n->name = (char *)name;
	n->attribute = ARENA_NEW(&g->x->arena, Onnx__AttributeProto *, MAX_ATTRIBUTES);
	n->input = ARENA_NEW(&g->x->arena, char *, MAX_INPUTS);
	n->output = ARENA_NEW(&g->x->arena, char *, 1);
	n->n_output = 1;
	g->x->graph.node[g->x->graph.n_node++] = n;
	return n->attribute && n->input && n->output;
}

/* A dense layer takes one dimension per image in ONNX, and any in hcbench. */
static bool flatten_first(struct making *g, char **name)
{
	if (!begin(g, g->node->name))
		return false;
	input_value(g, 0);
	attribute_int(g, "axis", 1);
	g->to->op_type = (char *)"Flatten";
	*name = g->to->output[0] = onnx_export_name(g->x, g->node->name, ".flat");
	return *name && !g->fail;
}

static bool make_node(struct onnx_export *x, const struct node *node)
{
	struct making g = { .x = x, .node = node };
	char *flat = NULL;

	if (node->op == OP_DENSE && x->m->values[node->input[0]].shape.rank != 1 &&
	    !flatten_first(&g, &flat))
		return false;
	if (!begin(&g, node->name))
		return false;
	if (flat)
		input(&g, flat);
	for (unsigned i = 0; i < node->n_inputs && !flat; i++)
		input_value(&g, i);
	g.to->op_type = (char *)make(&g);
	g.to->output[0] = x->value_name[node->output];
	return g.to->op_type && !g.fail;
}

enum status onnx_export_nodes(struct onnx_export *x, struct err *e)
{
	const size_t n = x->m->n_nodes;

	x->graph.node = ARENA_NEW(&x->arena, Onnx__NodeProto *, 2 * n);
	x->graph.initializer = ARENA_NEW(&x->arena, Onnx__TensorProto *, 5 * n);
	if (!x->graph.node || !x->graph.initializer)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		if (!make_node(x, &x->m->nodes[i]))
			return err_nomem(e);
	return ST_OK;
}
