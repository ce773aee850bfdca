/* ONNX operators that slide a window; the window itself, which convolutions have as well. */
#include "model/onnx_ops.h"

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

enum status onnx_window(const struct onnx *x, const Onnx__NodeProto *n, size_t in,
                        const size_t padding[4], struct window *w, struct err *e)
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
			pad_same(w, i, s->dim[1 + i] + padding[i] + padding[2 + i], mode);
		w->pad_begin[i] += padding[i];
		w->pad_end[i] += padding[2 + i];
	}
	return ST_OK;
}

static const size_t no_padding[4] = { 0 };

/* ceil_mode: the last window may reach over the edge, but begins inside the image or the padding
 * before it. As a window that is rounded down that is more padding at the end. Whether there is any
 * beyond the padding that the file declares. */
static bool round_up(const struct onnx *x, size_t in, struct window *w)
{
	const struct shape *s = &x->m->values[in].shape;
	bool beyond = false;

	for (unsigned i = 0; i < 2 && s->rank == 3; i++) {
		const size_t pixels = s->dim[1 + i] + w->pad_begin[i], k = w->kernel[i];
		size_t last, need;

		if (k > pixels + w->pad_end[i])
			continue; /* refused later */
		last = pixels + w->pad_end[i] - k;
		last = (last + w->stride[i] - 1) / w->stride[i] * w->stride[i];
		if (last >= pixels)
			last -= w->stride[i];
		need = last + k > pixels ? last + k - pixels : 0;
		if (need > w->pad_end[i]) {
			w->pad_end[i] = need;
			beyond = true;
		}
	}
	return beyond;
}

enum status onnx_load_maxpool(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
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
		rc = onnx_window(x, n, in, no_padding, &w, e);
	if (rc)
		return rc;
	if (storage_order || w.dilation[0] != 1 || w.dilation[1] != 1)
		return onnx_fail(n, e,
		                 "storage_order=%" PRId64
		                 " dilations=%zux%zu is not supported; expected 0 and 1x1",
		                 storage_order, w.dilation[0], w.dilation[1]);
	if (ceil_mode)
		round_up(x, in, &w);
	rc = graph_maxpool(x->m, onnx_node_name(n), in, &w, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

enum status onnx_load_avgpool(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	int64_t ceil_mode, count_pads;
	struct window w = { 0 };
	size_t in, out;
	bool padded, beyond;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_attr_int(n, "ceil_mode", 0, &ceil_mode, e);
	if (!rc)
		rc = onnx_attr_int(n, "count_include_pad", 0, &count_pads, e);
	if (!rc)
		rc = onnx_window(x, n, in, no_padding, &w, e);
	if (rc)
		return rc;
	padded = w.pad_begin[0] || w.pad_begin[1] || w.pad_end[0] || w.pad_end[1];
	beyond = ceil_mode && round_up(x, in, &w);
	/* What a window has beyond the padding never counts: only without padding is that the same
	 * as not counting padding. */
	if (count_pads && padded && beyond)
		return onnx_fail(
		        n, e,
		        "count_include_pad with ceil_mode and pads is not supported where "
		        "windows reach beyond the padding; expected one of the three less");
	rc = graph_avgpool(x->m, onnx_node_name(n), in, &w, count_pads && padded, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

enum status onnx_load_global_avgpool(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	size_t in, out;
	enum status rc = onnx_input_value(x, n, 0, &in, e);

	if (!rc)
		rc = graph_global_avgpool(x->m, onnx_node_name(n), in, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}

/* Only the mean over rows and columns, which is a global average pooling. */
enum status onnx_load_reduce_mean(struct onnx *x, const Onnx__NodeProto *n, struct err *e)
{
	const Onnx__AttributeProto *axes = onnx_attr(n, "axes");
	bool seen[4] = { false };
	int64_t keep;
	size_t in, out;
	enum status rc;

	rc = onnx_input_value(x, n, 0, &in, e);
	if (!rc)
		rc = onnx_attr_int(n, "keepdims", 1, &keep, e);
	if (rc)
		return rc;
	for (size_t i = 0; axes && i < axes->n_ints; i++)
		if (axes->ints[i] >= -4 && axes->ints[i] < 4)
			seen[(axes->ints[i] + 4) % 4] = true;
	if (x->m->values[in].shape.rank != 3 || !axes || axes->n_ints != 2 || !seen[2] || !seen[3])
		return onnx_fail(n, e,
		                 "only the mean over rows and columns of an image is supported; "
		                 "expected axes 2 and 3");
	rc = graph_global_avgpool(x->m, onnx_node_name(n), in, &out, e);
	if (!rc && !keep)
		rc = graph_unary(x->m, OP_FLATTEN, onnx_node_name(n), out, &out, e);
	if (!rc)
		onnx_made_value(x, n, out);
	return rc;
}
