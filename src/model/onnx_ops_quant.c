/* QuantizeLinear and DequantizeLinear. Constants, the weights, are computed as the operators say.
 * On a value the pair rounds activations to 8 bits and clips them to what these can hold; hcbench
 * runs activations in single precision, so only the clipping is kept: it may stand for a Relu that
 * the exporter left out. */
#include "model/onnx_ops.h"

#include <inttypes.h>
#include <math.h>

/* Scale and zero point of inputs 1 and 2: one for all or one per index of the axis. */
struct grid {
	size_t n;            /* scales */
	const float *scale;  /* n */
	const int32_t *zero; /* n, or NULL for 0 */
	int32_t low, high;   /* of the integer type */
};

static enum status read_grid(struct onnx *x, const Onnx__NodeProto *n, struct grid *g,
                             struct err *e)
{
	struct onnx_integers zero;
	struct onnx_symbol *s;
	struct shape shape;
	enum status rc;

	*g = (struct grid){ .low = 0, .high = 255 };
	rc = onnx_input_constant(x, n, 1, &s, e);
	if (!rc)
		rc = onnx_floats(x, s, &shape, &g->scale, e);
	if (rc)
		return rc;
	g->n = shape_count(&shape);
	for (size_t i = 0; i < g->n; i++)
		if (!isfinite(g->scale[i]) || g->scale[i] <= 0.0f)
			return onnx_fail(n, e, "its scale is %g at index %zu; expected above 0",
			                 (double)g->scale[i], i);
	if (!onnx_has_input(n, 2))
		return ST_OK;
	rc = onnx_input_constant(x, n, 2, &s, e);
	if (!rc)
		rc = onnx_integers(x, s, &zero, e);
	if (rc)
		return rc;
	if (zero.n != g->n)
		return onnx_fail(n, e, "it has %zu scales but %zu zero points", g->n, zero.n);
	g->zero = zero.v;
	g->low = zero.low;
	g->high = zero.high;
	return ST_OK;
}

/* Elements that lie behind one index of the attribute axis; all of them for a single scale. */
static enum status grid_step(const Onnx__NodeProto *n, const struct grid *g,
                             const struct shape *shape, size_t *step, struct err *e)
{
	int64_t axis;
	enum status rc = onnx_attr_int(n, "axis", 1, &axis, e);

	*step = shape_count(shape);
	if (rc || g->n == 1)
		return rc;
	axis += axis < 0 ? (int64_t)shape->rank : 0;
	if (axis < 0 || axis >= (int64_t)shape->rank || shape->dim[axis] != g->n)
		return onnx_fail(n, e, "%zu scales do not fit axis %" PRId64 " of its input", g->n,
		                 axis);
	*step = 1;
	for (unsigned i = (unsigned)axis + 1; i < shape->rank; i++)
		*step *= shape->dim[i];
	return ST_OK;
}

enum status onnx_load_dequantize(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct onnx_integers q;
	struct onnx_symbol *s;
	size_t step = 1;
	struct grid g;
	float *out;
	enum status rc = onnx_input(x, n, 0, &s, e);

	if (!rc)
		rc = read_grid(x, n, &g, e);
	if (rc)
		return rc;
	if (s->kind == ONNX_VALUE) { /* the second of a pair; QuantizeLinear has clipped */
		onnx_made_same(x, n, s);
		return ST_OK;
	}
	rc = onnx_integers(x, s, &q, e);
	if (!rc)
		rc = grid_step(n, &g, &q.shape, &step, e);
	if (rc)
		return rc;
	out = ARENA_NEW(&x->scratch, float, q.n);
	if (!out)
		return err_nomem(e);
	for (size_t i = 0; i < q.n; i++) {
		size_t k = i / step % g.n;
		int64_t zero = g.zero ? g.zero[k] : 0;

		out[i] = (float)(q.v[i] - zero) * g.scale[k];
	}
	return onnx_made_floats(x, n, &q.shape, out, e);
}

/* Rounds half to even and saturates; the DequantizeLinear behind it finds the integers. */
static enum status quantize_constant(struct onnx *x, const Onnx__NodeProto *n,
                                     struct onnx_symbol *s, const struct grid *g, struct err *e)
{
	Onnx__TensorProto *t = ARENA_NEW(&x->scratch, Onnx__TensorProto, 1);
	struct shape shape;
	const float *v = NULL;
	size_t count, step = 1;
	int32_t *q;
	enum status rc = onnx_floats(x, s, &shape, &v, e);

	if (!rc)
		rc = grid_step(n, g, &shape, &step, e);
	if (rc)
		return rc;
	count = shape_count(&shape);
	q = ARENA_NEW(&x->scratch, int32_t, count);
	if (!q || !t)
		return err_nomem(e);
	for (size_t i = 0; i < count; i++) {
		size_t k = i / step % g->n;
		double r = nearbyint((double)(v[i] / g->scale[k])) + (g->zero ? g->zero[k] : 0);

		if (!isfinite(v[i]))
			return onnx_fail(n, e, "constant '%.80s' is NaN or infinite at index %zu",
			                 s->name, i);
		q[i] = (int32_t)fmin(fmax(r, g->low), g->high);
	}
	*t = *s->tensor;
	t->data_type = g->low < 0 ? ONNX__TENSOR_PROTO__DATA_TYPE__INT8
	                          : ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
	t->has_raw_data = 0;
	t->raw_data.len = 0;
	t->n_float_data = 0;
	t->n_int32_data = count;
	t->int32_data = q;
	onnx_made_tensor(x, n, t);
	return ST_OK;
}

enum status onnx_load_quantize(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct onnx_symbol *s;
	size_t in, out;
	struct grid g;
	double zero;
	enum status rc = onnx_input(x, n, 0, &s, e);

	if (!rc)
		rc = read_grid(x, n, &g, e);
	if (!rc && g.high > 255)
		return onnx_fail(n, e, "its zero point is INT32; expected 8 bits");
	if (!rc && s->kind == ONNX_TENSOR)
		return quantize_constant(x, n, s, &g, e);
	if (!rc)
		rc = onnx_input_value(x, n, 0, &in, e);
	if (rc)
		return rc;
	if (g.n != 1)
		return onnx_fail(n, e, "it has %zu scales; only one is supported for activations",
		                 g.n);
	zero = g.zero ? g.zero[0] : 0;
	rc = graph_clip(x->m, onnx_node_name(n), in, (float)((g.low - zero) * (double)g.scale[0]),
	                (float)((g.high - zero) * (double)g.scale[0]), &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}
