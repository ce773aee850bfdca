/* ONNX operators on constants: what exporters compute shapes and weights with. */
#include "model/onnx_ops.h"

#include <inttypes.h>
#include <string.h>

/* A tensor in x->scratch with room for its dimensions. */
static Onnx__TensorProto *new_tensor(struct onnx *x, const char *name, size_t rank)
{
	Onnx__TensorProto *t = ARENA_NEW(&x->scratch, Onnx__TensorProto, 1);
	int64_t *dims = ARENA_NEW(&x->scratch, int64_t, rank);

	if (!t || !dims)
		return NULL;
	onnx__tensor_proto__init(t);
	t->name = (char *)name;
	t->n_dims = rank;
	t->dims = dims;
	t->has_data_type = 1;
	return t;
}

enum status onnx_made_floats(struct onnx *x, const Onnx__NodeProto *n, const struct shape *shape,
                             const float *v, struct err *e)
{
	Onnx__TensorProto *t = new_tensor(x, n->output[0], shape->rank);

	if (!t)
		return err_nomem(e);
	for (unsigned i = 0; i < shape->rank; i++)
		t->dims[i] = (int64_t)shape->dim[i];
	t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
	t->n_float_data = shape_count(shape);
	t->float_data = (float *)v;
	onnx_made_tensor(x, n, t);
	return ST_OK;
}

enum status onnx_made_ints(struct onnx *x, const Onnx__NodeProto *n, unsigned rank, size_t count,
                           const int64_t *v, struct err *e)
{
	Onnx__TensorProto *t = new_tensor(x, n->output[0], rank);
	int64_t *copy = ARENA_NEW(&x->scratch, int64_t, count);

	if (!t || !copy)
		return err_nomem(e);
	memcpy(copy, v, count * sizeof(*v));
	if (rank)
		t->dims[0] = (int64_t)count;
	t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
	t->n_int64_data = count;
	t->int64_data = copy;
	onnx_made_tensor(x, n, t);
	return ST_OK;
}

enum status onnx_made_reshaped(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *s,
                               size_t rank, const int64_t *dims, struct err *e)
{
	Onnx__TensorProto *t = ARENA_NEW(&x->scratch, Onnx__TensorProto, 1);
	int64_t *copy = ARENA_NEW(&x->scratch, int64_t, rank);
	uint64_t from = 1, to = 1;
	size_t open = rank;

	if (!t || !copy)
		return err_nomem(e);
	*t = *s->tensor;
	for (size_t i = 0; i < t->n_dims; i++)
		from = t->dims[i] > 0 && (uint64_t)t->dims[i] <= UINT32_MAX && from <= UINT32_MAX
		               ? from * (uint64_t)t->dims[i]
		               : 0;
	for (size_t i = 0; i < rank; i++) {
		copy[i] = dims[i] == 0 && i < t->n_dims ? t->dims[i] : dims[i];
		if (copy[i] == -1 && open == rank)
			open = i;
		else
			to = copy[i] > 0 && (uint64_t)copy[i] <= UINT32_MAX && to <= UINT32_MAX
			             ? to * (uint64_t)copy[i]
			             : 0;
	}
	if (!from || !to || from % to || (open == rank && from != to))
		return onnx_fail(n, e, "constant '%.80s' does not have as many elements as asked",
		                 s->name);
	if (open < rank)
		copy[open] = (int64_t)(from / to);
	t->n_dims = rank;
	t->dims = copy;
	onnx_made_tensor(x, n, t);
	return ST_OK;
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

enum status onnx_load_constant(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
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

/* Of a value: 0 stands for the batch, which a Reshape that the result goes to copies. */
enum status onnx_load_shape(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t dims[SHAPE_MAX_RANK + 1] = { 0 };
	const struct shape *s;
	size_t in;
	enum status rc = onnx_input_value(x, n, 0, &in, e);

	if (rc)
		return rc;
	s = &x->m->values[in].shape;
	for (unsigned i = 0; i < s->rank; i++)
		dims[i + 1] = (int64_t)s->dim[i];
	return onnx_made_ints(x, n, 1, s->rank + 1, dims, e);
}

/* One element of a list of integers. */
enum status onnx_load_gather(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t list[SHAPE_MAX_RANK + 1], index, axis;
	struct onnx_symbol *s[2];
	size_t n_list, one;
	enum status rc = onnx_attr_int(n, "axis", 0, &axis, e);

	for (unsigned i = 0; i < 2 && !rc; i++)
		rc = onnx_input_constant(x, n, i, &s[i], e);
	if (!rc)
		rc = onnx_ints(s[0], SHAPE_MAX_RANK + 1, list, &n_list, e);
	if (!rc)
		rc = onnx_ints(s[1], 1, &index, &one, e);
	if (rc)
		return rc;
	index += index < 0 ? (int64_t)n_list : 0;
	if (axis || index < 0 || index >= (int64_t)n_list)
		return onnx_fail(n, e,
		                 "axis=%" PRId64 " index %" PRId64
		                 " is not supported; expected axis 0 and an index below %zu",
		                 axis, index, n_list);
	return onnx_made_ints(x, n, s[1]->tensor->n_dims ? 1 : 0, 1, &list[index], e);
}

static enum status concat_ints(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t list[ONNX_MAX_CONCAT];
	size_t n_list = 0;

	for (size_t i = 0; i < n->n_input; i++) {
		struct onnx_symbol *s;
		size_t more;
		enum status rc = onnx_input_constant(x, n, i, &s, e);

		if (!rc)
			rc = onnx_ints(s, ONNX_MAX_CONCAT - n_list, list + n_list, &more, e);
		if (rc)
			return rc;
		n_list += more;
	}
	return onnx_made_ints(x, n, 1, n_list, list, e);
}

/* A node holds few inputs: a long list is put together piece by piece. */
enum status onnx_load_concat(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	size_t in[NODE_MAX_INPUTS], n_in = 0, out = 0;
	struct onnx_symbol *first;
	unsigned rank;
	int64_t axis;
	enum status rc = onnx_input(x, n, 0, &first, e);

	if (!rc && first->kind == ONNX_TENSOR)
		return concat_ints(x, n, e);
	if (!rc)
		rc = onnx_axis(x, n, 0, &axis, &rank, e);
	if (rc)
		return rc;
	if (axis != 1)
		return onnx_fail(
		        n, e, "axis=%" PRId64 " is not supported; expected 1, the channels", axis);
	for (size_t i = 0; i < n->n_input; i++) {
		rc = onnx_input_value(x, n, i, &in[n_in], e);
		if (rc)
			return rc;
		if (++n_in < NODE_MAX_INPUTS && i + 1 < n->n_input)
			continue;
		rc = graph_concat(x->m, onnx_node_name(n), in, n_in, &out, e);
		if (rc)
			return rc;
		in[0] = out;
		n_in = 1;
	}
	onnx_made_value(x, n, out);
	return ST_OK;
}
