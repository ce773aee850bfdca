/* ONNX operators with weights: convolutions and dense layers. */
#include "model/onnx_ops.h"

#include <inttypes.h>

enum status onnx_channels(struct onnx *x, const Onnx__NodeProto *n, size_t i, const char *what,
                          size_t n_channels, const float **out, struct err *e)
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
		return onnx_fail(n, e, "%s '%.80s' is %s; expected %zu elements in a row", what,
		                 s->name, text, n_channels);
	return ST_OK;
}

enum status onnx_load_conv(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	struct window w = { 0 };
	struct onnx_symbol *s;
	struct kernel k;
	size_t in, out, padding[4];
	int64_t group;
	const float *bias;
	enum status rc;

	rc = onnx_input_padded(x, n, 0, &in, padding, e);
	if (!rc)
		rc = onnx_input_constant(x, n, 1, &s, e);
	if (!rc)
		rc = onnx_kernel(x, n, s, 4, false, &k, e);
	if (!rc)
		rc = onnx_channels(x, n, 2, "bias", k.shape.dim[0], &bias, e);
	if (!rc)
		rc = onnx_attr_int(n, "group", 1, &group, e);
	if (rc)
		return rc;
	if (group < 1)
		return onnx_fail(n, e, "group=%" PRId64 "; expected at least 1", group);
	k.groups = (size_t)group;
	w.kernel[0] = k.shape.dim[2];
	w.kernel[1] = k.shape.dim[3];
	rc = onnx_window(x, n, in, padding, &w, e);
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
		rc = onnx_channels(x, n, 2, "bias", k.shape.dim[0], &bias, e);
	if (!rc)
		rc = graph_dense(x->m, k.layer, in, &k, bias, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

enum status onnx_load_gemm(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
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

enum status onnx_load_matmul(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	return load_dense(x, n, false, e);
}
