/* ONNX operators that rename a value or change its dimensions, not its elements. */
#include "model/onnx_ops.h"

#include <inttypes.h>
#include <string.h>

enum status onnx_axis(struct onnx *x, const Onnx__NodeProto *n, int64_t fallback, int64_t *axis,
                      unsigned *rank, struct err *e)
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

enum status onnx_load_flatten(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	unsigned rank;
	int64_t axis;
	enum status rc = onnx_axis(x, n, 1, &axis, &rank, e);

	if (rc)
		return rc;
	if (axis != 1)
		return onnx_fail(n, e, "axis=%" PRId64 " is not supported; expected 1", axis);
	return onnx_load_unary(x, n, OP_FLATTEN, e);
}

enum status onnx_load_identity(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct onnx_symbol *s;
	enum status rc = onnx_input(x, n, 0, &s, e);

	if (!rc)
		onnx_made_same(x, n, s);
	return rc;
}

enum status onnx_load_dropout(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
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
	return onnx_load_identity(x, n, e);
}

/* The same elements in the shape `to`; nothing is added when the value has it already. */
static enum status made_reshape(struct onnx *x, const Onnx__NodeProto *n, const struct shape *to,
                                struct err *e)
{
	const struct shape *from;
	size_t in, out;
	enum status rc = onnx_input_value(x, n, 0, &in, e);

	if (rc)
		return rc;
	from = &x->m->values[in].shape;
	if (to->rank == from->rank && !memcmp(to->dim, from->dim, to->rank * sizeof(to->dim[0])))
		return onnx_load_identity(x, n, e);
	rc = graph_reshape(x->m, onnx_node_name(n), in, to, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
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

enum status onnx_load_reshape(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t to[SHAPE_MAX_RANK + 1], allow_zero;
	struct onnx_symbol *from, *s;
	struct shape shape;
	size_t in, n_to;
	char text[64];
	enum status rc;

	rc = onnx_input(x, n, 0, &from, e);
	if (!rc)
		rc = onnx_input_constant(x, n, 1, &s, e);
	if (!rc)
		rc = onnx_ints(s, SHAPE_MAX_RANK + 1, to, &n_to, e);
	if (!rc)
		rc = onnx_attr_int(n, "allowzero", 0, &allow_zero, e);
	if (!rc && from->kind == ONNX_TENSOR)
		return onnx_made_reshaped(x, n, from, n_to, to, e);
	if (!rc)
		rc = onnx_input_value(x, n, 0, &in, e);
	if (rc)
		return rc;
	shape_text(&x->m->values[in].shape, text);
	if (!reshape(x, &x->m->values[in].shape, to, n_to, allow_zero != 0, &shape))
		return onnx_fail(n, e,
		                 "shape '%.80s' does not keep each image of %s whole; expected "
		                 "batch x -1",
		                 s->name, text);
	return made_reshape(x, n, &shape, e);
}

/* Axes as attribute (before opset 13) or second input, each in 0 .. rank - 1; mask[i] says whether
 * i is one of them, *n_axes how many there are. */
static enum status read_axes(struct onnx *x, const Onnx__NodeProto *n, size_t rank, bool *mask,
                             size_t *n_axes, struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "axes");
	int64_t axes[2 * SHAPE_MAX_RANK];
	struct onnx_symbol *s;
	enum status rc = ST_OK;

	*n_axes = 0;
	if (onnx_has_input(n, 1)) {
		rc = onnx_input_constant(x, n, 1, &s, e);
		if (!rc)
			rc = onnx_ints(s, SHAPE_MAX_RANK, axes, n_axes, e);
		if (rc)
			return rc;
	} else if (a && a->n_ints <= SHAPE_MAX_RANK) {
		*n_axes = a->n_ints;
		memcpy(axes, a->ints, a->n_ints * sizeof(axes[0]));
	}
	for (size_t i = 0; i < *n_axes; i++) {
		int64_t axis = axes[i] < 0 ? axes[i] + (int64_t)rank : axes[i];

		if (axis < 0 || axis >= (int64_t)rank || mask[axis])
			return onnx_fail(n, e,
			                 "axis %" PRId64 " is out of range or given twice; "
			                 "expected one of %zu dimensions",
			                 axes[i], rank);
		mask[axis] = true;
	}
	return ST_OK;
}

/* Dimensions of input 0, for a value with -1 for the batch. */
static enum status input_dims(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol **s,
                              int64_t *dims, size_t *rank, struct err *e)
{
	enum status rc = onnx_input(x, n, 0, s, e);
	size_t in;

	if (rc)
		return rc;
	if ((*s)->kind == ONNX_TENSOR) {
		const Onnx__TensorProto *t = (*s)->tensor;

		if (t->n_dims > SHAPE_MAX_RANK)
			return onnx_fail(n, e, "its input has rank %zu; expected at most %d",
			                 t->n_dims, SHAPE_MAX_RANK);
		*rank = t->n_dims;
		for (size_t i = 0; i < *rank; i++)
			dims[i] = t->dims[i];
		return ST_OK;
	}
	rc = onnx_input_value(x, n, 0, &in, e);
	if (rc)
		return rc;
	*rank = x->m->values[in].shape.rank + 1;
	dims[0] = -1;
	for (size_t i = 1; i < *rank; i++)
		dims[i] = (int64_t)x->m->values[in].shape.dim[i - 1];
	return ST_OK;
}

/* Input 0 with these dimensions, the batch first when it is a value. */
static enum status made_dims(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *s,
                             const int64_t *dims, size_t rank, struct err *e)
{
	struct shape to = { 0 };

	if (s->kind == ONNX_TENSOR && rank <= SHAPE_MAX_RANK)
		return onnx_made_reshaped(x, n, s, rank, dims, e);
	if (rank < 2 || rank > SHAPE_MAX_RANK + 1 || dims[0] != -1)
		return onnx_fail(n, e, "the batch does not stay the first of 2 to %d dimensions",
		                 SHAPE_MAX_RANK + 1);
	to.rank = (unsigned)rank - 1;
	for (size_t i = 1; i < rank; i++)
		to.dim[i - 1] = (size_t)dims[i];
	return made_reshape(x, n, &to, e);
}

enum status onnx_load_squeeze(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t dims[SHAPE_MAX_RANK + 1], kept[SHAPE_MAX_RANK + 1];
	bool mask[2 * SHAPE_MAX_RANK + 1] = { false };
	size_t rank, n_axes, n_kept = 0;
	struct onnx_symbol *s;
	enum status rc = input_dims(x, n, &s, dims, &rank, e);

	if (!rc)
		rc = read_axes(x, n, rank, mask, &n_axes, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < rank; i++) {
		if (mask[i] && dims[i] != 1)
			return onnx_fail(n, e, "dimension %zu is not 1: it cannot be left out", i);
		if (!mask[i] && (n_axes || dims[i] != 1))
			kept[n_kept++] = dims[i];
	}
	return made_dims(x, n, s, kept, n_kept, e);
}

enum status onnx_load_unsqueeze(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t dims[SHAPE_MAX_RANK + 1], to[2 * SHAPE_MAX_RANK + 1];
	bool mask[2 * SHAPE_MAX_RANK + 1] = { false };
	const Onnx__AttributeProto *a = onnx_attr(n, "axes");
	size_t rank, n_axes = a ? a->n_ints : 0, from = 0;
	int64_t unused[SHAPE_MAX_RANK];
	struct onnx_symbol *s;
	enum status rc = input_dims(x, n, &s, dims, &rank, e);

	if (!rc && onnx_has_input(n, 1)) {
		struct onnx_symbol *axes;

		rc = onnx_input_constant(x, n, 1, &axes, e);
		if (!rc)
			rc = onnx_ints(axes, SHAPE_MAX_RANK, unused, &n_axes, e);
	}
	if (rc)
		return rc;
	if (n_axes < 1 || n_axes > SHAPE_MAX_RANK)
		return onnx_fail(n, e, "it has %zu axes; expected 1 to %d", n_axes, SHAPE_MAX_RANK);
	rc = read_axes(x, n, rank + n_axes, mask, &n_axes, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < rank + n_axes; i++)
		to[i] = mask[i] ? 1 : dims[from++];
	return made_dims(x, n, s, to, rank + n_axes, e);
}
