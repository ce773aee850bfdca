/* Nodes without a kernel. */
#include "model/graph_node.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static enum status add_pool(struct model *m, struct node *node, size_t *out, struct err *e)
{
	const struct window *w = &node->window;
	const size_t in = node->input[0];
	enum status rc = graph_need_image(m, node->op, node->name, in, e);
	struct shape shape;

	if (rc)
		return rc;
	rc = graph_window_shape(m, node->op, node->name, in, w, m->values[in].shape.dim[0], &shape,
	                        e);
	if (rc)
		return rc;
	for (unsigned i = 0; i < 2; i++)
		if (w->pad_begin[i] >= w->kernel[i] || w->pad_end[i] >= w->kernel[i])
			return graph_fail(e, node->op, node->name,
			                  "pads %zu and %zu: expected less than the window of %zu, "
			                  "which would else lie in the padding",
			                  w->pad_begin[i], w->pad_end[i], w->kernel[i]);
	return graph_add_node(m, node, &shape, out, e);
}

enum status graph_maxpool(struct model *m, const char *name, size_t in, const struct window *w,
                          size_t *out, struct err *e)
{
	struct node node = {
		.op = OP_MAXPOOL, .name = name, .n_inputs = 1, .input = { in }, .window = *w
	};

	return add_pool(m, &node, out, e);
}

enum status graph_avgpool(struct model *m, const char *name, size_t in, const struct window *w,
                          bool count_pads, size_t *out, struct err *e)
{
	struct node node = { .op = OP_AVGPOOL,
		             .name = name,
		             .n_inputs = 1,
		             .input = { in },
		             .window = *w,
		             .count_pads = count_pads };

	return add_pool(m, &node, out, e);
}

enum status graph_global_avgpool(struct model *m, const char *name, size_t in, size_t *out,
                                 struct err *e)
{
	enum status rc = graph_need_image(m, OP_AVGPOOL, name, in, e);
	struct window w = {
		.stride = {1,  1},
                  .dilation = { 1, 1}
	};

	if (rc)
		return rc;
	for (unsigned i = 0; i < 2; i++)
		w.kernel[i] = m->values[in].shape.dim[1 + i];
	return graph_avgpool(m, name, in, &w, false, out, e);
}

enum status graph_unary(struct model *m, enum op op, const char *name, size_t in, size_t *out,
                        struct err *e)
{
	struct node node = { .op = op, .name = name, .n_inputs = 1, .input = { in } };
	struct shape shape;

	assert(op == OP_RELU || op == OP_FLATTEN || op == OP_SOFTMAX);
	assert(in < m->n_values);
	shape = m->values[in].shape;
	if (op == OP_FLATTEN)
		shape = (struct shape){ .rank = 1, .dim = { shape_count(&shape) } };
	return graph_add_node(m, &node, &shape, out, e);
}

enum status graph_clip(struct model *m, const char *name, size_t in, float low, float high,
                       size_t *out, struct err *e)
{
	struct node node = { .op = OP_CLIP,
		             .name = name,
		             .n_inputs = 1,
		             .input = { in },
		             .low = low,
		             .high = high };
	struct shape shape;

	assert(in < m->n_values);
	if (!(low <= high))
		return graph_fail(e, OP_CLIP, name, "limits %g and %g: expected the lower first",
		                  (double)low, (double)high);
	shape = m->values[in].shape;
	return graph_add_node(m, &node, &shape, out, e);
}

enum status graph_scale(struct model *m, const char *name, size_t in, const float *scale,
                        const float *shift, size_t *out, struct err *e)
{
	struct node node = { .op = OP_SCALE,
		             .name = name,
		             .n_inputs = 1,
		             .input = { in },
		             .scale = scale,
		             .bias = shift };
	struct shape shape;
	enum status rc;

	assert(in < m->n_values);
	shape = m->values[in].shape;
	rc = graph_check_finite(OP_SCALE, name, "scale", scale, shape.dim[0], e);
	if (!rc)
		rc = graph_check_finite(OP_SCALE, name, "shift", shift, shape.dim[0], e);
	if (!rc)
		rc = graph_add_node(m, &node, &shape, out, e);
	if (!rc)
		m->n_other += 2 * shape.dim[0];
	return rc;
}

static bool same_shape(const struct shape *a, const struct shape *b)
{
	return a->rank == b->rank && !memcmp(a->dim, b->dim, a->rank * sizeof(a->dim[0]));
}

/* One number per channel of the image `of`. */
static bool per_channel(const struct shape *s, const struct shape *of)
{
	return s->rank == 3 && of->rank == 3 && s->dim[0] == of->dim[0] && s->dim[1] == 1 &&
	       s->dim[2] == 1;
}

enum status graph_binary(struct model *m, enum op op, const char *name, size_t a, size_t b,
                         size_t *out, struct err *e)
{
	const struct shape *sa = &m->values[a].shape, *sb = &m->values[b].shape;
	struct node node = {
		.op = op, .name = name, .n_inputs = 2, .input = {a, b}
	};
	struct shape shape = *sa;

	assert(op == OP_ADD || op == OP_MUL);
	if (!same_shape(sa, sb) && op == OP_MUL && per_channel(sa, sb)) {
		shape = *sb;
		node.input[0] = b;
		node.input[1] = a;
	} else if (!same_shape(sa, sb) && !(op == OP_MUL && per_channel(sb, sa))) {
		char text[2][64];

		shape_text(sa, text[0]);
		shape_text(sb, text[1]);
		return graph_fail(e, op, name,
		                  "its inputs are %s and %s per image; expected the same shape",
		                  text[0], text[1]);
	}
	return graph_add_node(m, &node, &shape, out, e);
}

enum status graph_concat(struct model *m, const char *name, const size_t *in, size_t n, size_t *out,
                         struct err *e)
{
	struct node node = { .op = OP_CONCAT, .name = name, .n_inputs = (unsigned)n };
	struct shape sum;

	assert(n >= 1 && n <= NODE_MAX_INPUTS);
	sum = m->values[in[0]].shape;
	memcpy(node.input, in, n * sizeof(*in));
	for (size_t i = 1; i < n; i++) {
		struct shape s = m->values[in[i]].shape;
		const size_t channels = s.dim[0];

		s.dim[0] = sum.dim[0];
		if (!same_shape(&s, &sum)) {
			char text[2][64];

			shape_text(&m->values[in[0]].shape, text[0]);
			shape_text(&m->values[in[i]].shape, text[1]);
			return graph_fail(e, OP_CONCAT, name,
			                  "its inputs are %s and %s per image; expected shapes "
			                  "that differ in the channels only",
			                  text[0], text[1]);
		}
		sum.dim[0] += channels;
	}
	return graph_add_node(m, &node, &sum, out, e);
}

enum status graph_lrn(struct model *m, const char *name, size_t in, const struct lrn *lrn,
                      size_t *out, struct err *e)
{
	struct node node = {
		.op = OP_LRN, .name = name, .n_inputs = 1, .input = { in }, .lrn = *lrn
	};
	enum status rc = graph_need_image(m, OP_LRN, name, in, e);
	struct shape shape;

	if (rc)
		return rc;
	if (lrn->size < 1 || lrn->size > GRAPH_MAX_WINDOW || !isfinite(lrn->alpha) ||
	    !isfinite(lrn->beta) || !isfinite(lrn->bias))
		return graph_fail(e, OP_LRN, name,
		                  "size %zu alpha %g beta %g bias %g: expected a size of 1 to %d "
		                  "and finite numbers",
		                  lrn->size, (double)lrn->alpha, (double)lrn->beta,
		                  (double)lrn->bias, GRAPH_MAX_WINDOW);
	shape = m->values[in].shape;
	return graph_add_node(m, &node, &shape, out, e);
}

enum status graph_reshape(struct model *m, const char *name, size_t in, const struct shape *to,
                          size_t *out, struct err *e)
{
	struct node node = { .op = OP_RESHAPE, .name = name, .n_inputs = 1, .input = { in } };
	const struct shape *from = &m->values[in].shape;
	size_t left = shape_count(from);

	for (unsigned i = 0; i < to->rank; i++)
		left = to->dim[i] && left % to->dim[i] == 0 ? left / to->dim[i] : 0;
	if (to->rank < 1 || left != 1) {
		char text[2][64];

		shape_text(from, text[0]);
		shape_text(to, text[1]);
		return graph_fail(e, OP_RESHAPE, name,
		                  "%s does not have as many elements as its input of %s", text[1],
		                  text[0]);
	}
	if (to->rank == 1)
		node.op = OP_FLATTEN;
	return graph_add_node(m, &node, to, out, e);
}
