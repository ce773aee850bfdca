/* A graph as an ONNX model: names, input and output, packing. The nodes are in
 * onnx_export_nodes.c. */
#include "model/onnx_export.h"

#include <stdio.h>
#include <string.h>

#include "model/export.h"

/* The place of a name in the table of those taken, or the free one where it belongs. */
static const char **slot(struct onnx_export *x, const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (const char *s = name; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	for (size_t i = h & x->mask;; i = (i + 1) & x->mask)
		if (!x->taken[i] || !strcmp(x->taken[i], name))
			return &x->taken[i];
}

char *onnx_export_name(struct onnx_export *x, const char *wanted, const char *suffix)
{
	char *name = arena_printf(&x->arena, "%s%s", *wanted ? wanted : "unnamed", suffix);
	const char **at;

	for (unsigned i = 2; name && *(at = slot(x, name)); i++)
		name = arena_printf(&x->arena, "%s%s.%u", *wanted ? wanted : "unnamed", suffix, i);
	if (name)
		*at = name;
	return name;
}

/* Names of what keeps its own come first; a node makes at most 8 more. */
static enum status name_all(struct onnx_export *x, struct err *e)
{
	const struct model *m = x->m;
	size_t cap = 64;

	while (cap < 2 * (m->n_kernels + m->n_values + 8 * m->n_nodes))
		cap *= 2;
	x->mask = cap - 1;
	x->taken = ARENA_NEW(&x->arena, const char *, cap);
	x->kernel_name = ARENA_NEW(&x->arena, char *, m->n_kernels);
	x->value_name = ARENA_NEW(&x->arena, char *, m->n_values);
	if (!x->taken || !x->kernel_name || !x->value_name)
		return err_nomem(e);
	for (size_t k = 0; k < m->n_kernels; k++)
		if (!(x->kernel_name[k] = onnx_export_name(x, m->kernels[k].name, "")))
			return err_nomem(e);
	x->value_name[m->input] = onnx_export_name(x, m->values[m->input].name, "");
	if (!x->value_name[m->input])
		return err_nomem(e);
	for (size_t i = 0; i < m->n_nodes; i++) {
		const size_t out = m->nodes[i].output;

		if (!(x->value_name[out] = onnx_export_name(x, m->values[out].name, "")))
			return err_nomem(e);
	}
	return ST_OK;
}

/* A value with an open batch as its first dimension. */
static Onnx__ValueInfoProto *value_info(struct onnx_export *x, size_t value)
{
	const struct shape *s = &x->m->values[value].shape;
	Onnx__ValueInfoProto *info = ARENA_NEW(&x->arena, Onnx__ValueInfoProto, 1);
	Onnx__TypeProto *type = ARENA_NEW(&x->arena, Onnx__TypeProto, 1);
	Onnx__TypeProto__Tensor *t = ARENA_NEW(&x->arena, Onnx__TypeProto__Tensor, 1);
	Onnx__TensorShapeProto *shape = ARENA_NEW(&x->arena, Onnx__TensorShapeProto, 1);
	Onnx__TensorShapeProto__Dimension *dims =
	        ARENA_NEW(&x->arena, Onnx__TensorShapeProto__Dimension, SHAPE_MAX_RANK + 1);
	Onnx__TensorShapeProto__Dimension **dim =
	        ARENA_NEW(&x->arena, Onnx__TensorShapeProto__Dimension *, SHAPE_MAX_RANK + 1);

	if (!info || !type || !t || !shape || !dims || !dim)
		return NULL;
	onnx__value_info_proto__init(info);
	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(t);
	onnx__tensor_shape_proto__init(shape);
	for (unsigned i = 0; i <= s->rank; i++) {
		dim[i] = &dims[i];
		onnx__tensor_shape_proto__dimension__init(dim[i]);
		dim[i]->value_case = i ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
		                       : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
		if (i)
			dim[i]->dim_value = (int64_t)s->dim[i - 1];
		else
			dim[i]->dim_param = (char *)"N";
	}
	shape->n_dim = s->rank + 1;
	shape->dim = dim;
	t->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
	t->has_elem_type = 1;
	t->shape = shape;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = t;
	info->name = x->value_name[value];
	info->type = type;
	return info;
}

/* Takes packed bytes. A kernel's weights are known by their address, which is no memory to read:
 * `marker` has a byte per kernel. */
struct packing {
	ProtobufCBuffer base; /* first: protobuf-c hands back a pointer to it */
	const struct export_sink *sink;
	const uint8_t *marker;
	size_t n_markers;
	enum status rc;
	struct err *e;
};

static void append(ProtobufCBuffer *buffer, size_t n, const uint8_t *data)
{
	struct packing *p = (struct packing *)buffer;
	const uintptr_t k = (uintptr_t)data - (uintptr_t)p->marker;

	if (p->rc)
		return;
	p->rc = k < p->n_markers ? p->sink->weights(p->sink->arg, k, p->e)
	                         : p->sink->bytes(p->sink->arg, data, n, p->e);
}

static enum status pack(struct onnx_export *x, const struct export_sink *sink, struct err *e)
{
	Onnx__OperatorSetIdProto set = ONNX__OPERATOR_SET_ID_PROTO__INIT, *sets[] = { &set };
	Onnx__ValueInfoProto *in = value_info(x, x->m->input), *out = value_info(x, x->m->output);
	Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
	struct packing p = { { append }, sink, x->marker, x->m->n_kernels, ST_OK, e };

	if (!in || !out)
		return err_nomem(e);
	set.domain = (char *)"";
	set.version = EXPORT_OPSET;
	set.has_version = 1;
	model.ir_version = EXPORT_IR;
	model.has_ir_version = 1;
	model.producer_name = (char *)"hcbench";
	model.n_opset_import = 1;
	model.opset_import = sets;
	model.graph = &x->graph;
	x->graph.name = (char *)x->m->name;
	x->graph.n_input = x->graph.n_output = 1;
	x->graph.input = &in;
	x->graph.output = &out;
	if (protobuf_c_message_get_packed_size(&model.base) > INT32_MAX)
		return err_set(e, ST_DATA,
		               "%s: more than 2 GiB as an ONNX model, which protobuf cannot hold",
		               x->m->name);
	protobuf_c_message_pack_to_buffer(&model.base, &p.base);
	return p.rc;
}

enum status export_onnx(const struct model *m, const struct export_sink *sink, struct err *e)
{
	struct onnx_export x = { .m = m };
	enum status rc = model_need_graph(m, e);

	if (rc)
		return rc;
	onnx__graph_proto__init(&x.graph);
	x.marker = ARENA_NEW(&x.arena, uint8_t, m->n_kernels);
	rc = x.marker ? name_all(&x, e) : err_nomem(e);
	if (!rc)
		rc = onnx_export_nodes(&x, e);
	if (!rc)
		rc = pack(&x, sink, e);
	arena_release(&x.arena);
	return rc;
}
