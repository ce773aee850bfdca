/* ONNX operators that move elements: on constants they are done at once, on values they are put off
 * until another operator takes them in or undoes them (struct onnx_symbol). */
#include "model/onnx_ops.h"

#include <inttypes.h>
#include <string.h>

/* Attribute perm as a permutation of rank dimensions; the reverse order when absent. */
static enum status read_permutation(const Onnx__NodeProto *n, size_t rank, unsigned *p,
                                    struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "perm");
	bool seen[SHAPE_MAX_RANK + 1] = { false };

	for (size_t i = 0; i < rank; i++) {
		int64_t v = (int64_t)(rank - 1 - i);

		if (a)
			v = a->n_ints == rank ? a->ints[i] : -1;
		if (v < 0 || v >= (int64_t)rank || seen[v])
			return onnx_fail(n, e, "perm is not a permutation of %zu dimensions", rank);
		seen[v] = true;
		p[i] = (unsigned)v;
	}
	return ST_OK;
}

static enum status transpose_constant(struct onnx *x, const Onnx__NodeProto *n,
                                      struct onnx_symbol *s, struct err *e)
{
	size_t stride[SHAPE_MAX_RANK] = { 0 }, count, at[SHAPE_MAX_RANK] = { 0 }, from = 0;
	unsigned p[SHAPE_MAX_RANK + 1];
	struct shape shape, to;
	const float *v = NULL;
	float *out;
	enum status rc = onnx_floats(x, s, &shape, &v, e);

	if (!rc)
		rc = read_permutation(n, shape.rank, p, e);
	if (rc)
		return rc;
	count = shape_count(&shape);
	out = ARENA_NEW(&x->scratch, float, count);
	if (!out)
		return err_nomem(e);
	to.rank = shape.rank;
	for (unsigned i = 0; i < to.rank; i++) {
		to.dim[i] = shape.dim[p[i]];
		stride[i] = 1;
		for (unsigned k = p[i] + 1; k < shape.rank; k++)
			stride[i] *= shape.dim[k];
	}
	for (size_t i = 0; i < count; i++) {
		out[i] = v[from];
		for (unsigned k = to.rank; k-- > 0;) {
			from += stride[k];
			if (++at[k] < to.dim[k])
				break;
			from -= stride[k] * to.dim[k];
			at[k] = 0;
		}
	}
	return onnx_made_floats(x, n, &to, out, e);
}

/* Whether the permutation leaves the order of the elements as it is: only dimensions of 1 move. */
static bool keeps_order(const struct shape *image, const unsigned *p)
{
	unsigned last = 0;

	for (unsigned i = 1; i <= image->rank; i++) {
		if (image->dim[p[i] - 1] == 1)
			continue;
		if (p[i] < last)
			return false;
		last = p[i];
	}
	return true;
}

enum status onnx_load_transpose(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	unsigned p[SHAPE_MAX_RANK + 1], total[SHAPE_MAX_RANK + 1];
	struct shape image, to;
	struct onnx_symbol *s, *view;
	size_t out;
	enum status rc = onnx_input(x, n, 0, &s, e);

	if (!rc && s->kind == ONNX_TENSOR)
		return transpose_constant(x, n, s, e);
	if (rc)
		return rc;
	image = to = x->m->values[s->value].shape;
	rc = read_permutation(n, image.rank + 1, p, e);
	if (rc)
		return rc;
	if (p[0] != 0 || s->padded)
		return onnx_fail(n, e, "it moves the batch, or padding, which is not supported");
	for (unsigned i = 0; i <= image.rank; i++)
		total[i] = s->permuted ? s->permutation[p[i]] : p[i];
	if (!keeps_order(&image, total)) {
		view = onnx_made_view(x, n, s);
		view->permuted = true;
		memcpy(view->permutation, total, sizeof(total));
		return ST_OK;
	}
	for (unsigned i = 0; i < image.rank; i++)
		to.dim[i] = image.dim[total[i + 1] - 1];
	if (!memcmp(to.dim, image.dim, image.rank * sizeof(to.dim[0]))) {
		onnx_made_view(x, n, s)->permuted = false;
		return ST_OK;
	}
	rc = graph_reshape(x->m, onnx_node_name(n), s->value, &to, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

/* The eight numbers of a padded image: before and after each dimension, batch and channels first.
 */
static enum status read_padding(struct onnx *x, const Onnx__NodeProto *n, int64_t pads[8],
                                float *value, struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, "pads");
	struct onnx_symbol *s;
	size_t count = 0;
	enum status rc = onnx_attr_float(n, "value", 0.0f, value, e);

	if (!rc && onnx_has_input(n, 1)) {
		rc = onnx_input_constant(x, n, 1, &s, e);
		if (!rc)
			rc = onnx_ints(s, 8, pads, &count, e);
	} else if (a && a->n_ints == 8) {
		count = 8;
		memcpy(pads, a->ints, 8 * sizeof(*pads));
	}
	if (!rc && onnx_has_input(n, 2)) {
		rc = onnx_input_constant(x, n, 2, &s, e);
		if (!rc)
			rc = onnx_scalar(x, s, value, e);
	}
	if (!rc && count != 8)
		return onnx_fail(n, e, "it has %zu pads; expected 8, of an image", count);
	return rc;
}

enum status onnx_load_pad(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	static const char *const modes[] = { "constant", NULL };
	size_t in, mode, padding[4];
	struct onnx_symbol *s, *view;
	int64_t pads[8];
	float value;
	bool any = false;
	enum status rc;

	rc = onnx_input_padded(x, n, 0, &in, padding, e);
	if (!rc)
		rc = onnx_input(x, n, 0, &s, e);
	if (!rc)
		rc = onnx_attr_choice(n, "mode", modes, &mode, e);
	if (!rc)
		rc = read_padding(x, n, pads, &value, e);
	if (rc)
		return rc;
	for (unsigned i = 0; i < 8; i++) {
		if (pads[i] < 0 || pads[i] > GRAPH_MAX_WINDOW || (pads[i] && i % 4 < 2))
			return onnx_fail(n, e,
			                 "pads holds %" PRId64
			                 "; expected 0 to %d, and 0 for batch "
			                 "and channels",
			                 pads[i], GRAPH_MAX_WINDOW);
		any = any || pads[i];
	}
	if (any && (value > 0.0f || value < 0.0f))
		return onnx_fail(n, e, "it pads with %g; only zeros are supported", (double)value);
	view = onnx_made_view(x, n, s);
	view->padded = view->padded || any;
	for (unsigned i = 0; i < 2; i++) {
		view->padding[i] += (size_t)pads[2 + i];
		view->padding[2 + i] += (size_t)pads[6 + i];
	}
	return ST_OK;
}
