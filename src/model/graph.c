#include "model/graph_node.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status graph_fail(struct err *e, enum op op, const char *name, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(e, ST_DATA, "%s '%.80s': %s", op_name(op), name, msg);
}

/* Product of the dimensions; false when one is 0 or the product exceeds max. */
static bool count_within(const struct shape *s, size_t max, size_t *n)
{
	*n = 1;
	for (unsigned i = 0; i < s->rank; i++) {
		if (s->dim[i] == 0 || s->dim[i] > max / *n)
			return false;
		*n *= s->dim[i];
	}
	return true;
}

/* Room for one more element. The capacity is not stored: arrays grow at 0, 8, 16, 32 .. elements,
 * and an arena never moves what it gave out, so the old copy stays until the model is freed. */
static void *grow(struct arena *a, void *old, size_t n, size_t size)
{
	void *p;

	if (n && (n < 8 || (n & (n - 1))))
		return old;
	p = arena_alloc(a, n ? 2 * n : 8, size);
	if (p && n)
		memcpy(p, old, n * size);
	return p;
}

static enum status add_value(struct model *m, const char *name, const struct shape *shape,
                             size_t *out, struct err *e)
{
	struct value *values = grow(&m->arena, m->values, m->n_values, sizeof(*values));

	if (!values)
		return err_nomem(e);
	m->values = values;
	values[m->n_values] = (struct value){ arena_strdup(&m->arena, name), *shape };
	if (!values[m->n_values].name)
		return err_nomem(e);
	*out = m->n_values++;
	return ST_OK;
}

enum status graph_add_node(struct model *m, const struct node *node, const struct shape *shape,
                           size_t *out, struct err *e)
{
	struct node *nodes;
	enum status rc;
	size_t n;

	if (m->n_nodes >= GRAPH_MAX_NODES)
		return graph_fail(e, node->op, node->name, "the network has more than %d nodes",
		                  GRAPH_MAX_NODES);
	if (!count_within(shape, GRAPH_MAX_VALUE, &n)) {
		char text[64];

		shape_text(shape, text);
		return graph_fail(e, node->op, node->name,
		                  "its output %s is empty or has more than %d elements per image",
		                  text, GRAPH_MAX_VALUE);
	}
	nodes = grow(&m->arena, m->nodes, m->n_nodes, sizeof(*nodes));
	if (!nodes)
		return err_nomem(e);
	m->nodes = nodes;
	rc = add_value(m, node->name, shape, out, e);
	if (rc)
		return rc;
	nodes[m->n_nodes] = *node;
	nodes[m->n_nodes].name = m->values[*out].name;
	nodes[m->n_nodes].output = *out;
	m->n_nodes++;
	return ST_OK;
}

enum status graph_input(struct model *m, const char *name, const struct shape *image, size_t *out,
                        struct err *e)
{
	size_t n;
	enum status rc;

	if (image->rank == 0 || !count_within(image, GRAPH_MAX_VALUE, &n)) {
		char text[64];

		shape_text(image, text);
		return err_set(e, ST_DATA,
		               "input '%.80s': one image is %s; expected 1 to %d dimensions of at "
		               "least 1 and at most %d elements in all",
		               name, text, SHAPE_MAX_RANK, GRAPH_MAX_VALUE);
	}
	rc = add_value(m, name, image, out, e);
	if (!rc)
		m->input = *out;
	return rc;
}

/* Output pixels of a window along axis 0 (rows) or 1 (columns). */
static enum status window_out(enum op op, const char *name, const struct window *w, unsigned axis,
                              size_t in, size_t *out, struct err *e)
{
	const size_t k = w->kernel[axis], s = w->stride[axis], d = w->dilation[axis];
	const size_t before = w->pad_begin[axis], after = w->pad_end[axis];
	size_t extent, padded;

	if (k < 1 || s < 1 || d < 1 || k > GRAPH_MAX_WINDOW || s > GRAPH_MAX_WINDOW ||
	    d > GRAPH_MAX_WINDOW || before > GRAPH_MAX_WINDOW || after > GRAPH_MAX_WINDOW)
		return graph_fail(
		        e, op, name,
		        "kernel %zu, stride %zu, dilation %zu, pads %zu and %zu: expected 1 to "
		        "%d, pads 0 to %d",
		        k, s, d, before, after, GRAPH_MAX_WINDOW, GRAPH_MAX_WINDOW);
	extent = (k - 1) * d + 1;
	padded = in + before + after;
	if (extent > padded)
		return graph_fail(
		        e, op, name,
		        "a window of %zu pixels does not fit the input of %zu (%zu with pads)",
		        extent, in, padded);
	*out = (padded - extent) / s + 1;
	return ST_OK;
}

enum status graph_window_shape(const struct model *m, enum op op, const char *name, size_t in,
                               const struct window *w, size_t channels, struct shape *out,
                               struct err *e)
{
	const struct shape *s = &m->values[in].shape;
	enum status rc;

	*out = (struct shape){ .rank = 3, .dim = { channels } };
	rc = window_out(op, name, w, 0, s->dim[1], &out->dim[1], e);
	return rc ? rc : window_out(op, name, w, 1, s->dim[2], &out->dim[2], e);
}

enum status graph_need_image(const struct model *m, enum op op, const char *name, size_t in,
                             struct err *e)
{
	char text[64];

	assert(in < m->n_values);
	if (m->values[in].shape.rank == 3)
		return ST_OK;
	shape_text(&m->values[in].shape, text);
	return graph_fail(e, op, name,
	                  "its input is %s per image; expected channels x height x width", text);
}

/* Index of the first NaN or Inf, or n. */
static size_t first_not_finite(const float *p, size_t n)
{
	size_t i = 0;

	while (i < n && isfinite(p[i]))
		i++;
	return i;
}

enum status graph_check_finite(enum op op, const char *name, const char *what, const float *p,
                               size_t n, struct err *e)
{
	size_t bad = p ? first_not_finite(p, n) : n;

	if (bad < n)
		return graph_fail(e, op, name, "its %s is NaN or infinite at index %zu of %zu",
		                  what, bad, n);
	return ST_OK;
}

static enum status add_kernel(struct model *m, enum op op, const struct kernel *k,
                              const float *bias, size_t *index, struct err *e)
{
	struct kernel *kernels = grow(&m->arena, m->kernels, m->n_kernels, sizeof(*kernels));
	struct kernel *new;
	size_t bad;
	enum status rc;

	if (!kernels)
		return err_nomem(e);
	m->kernels = kernels;
	new = &kernels[m->n_kernels];
	*new = *k;
	new->channels = k->shape.dim[0];
	if (!count_within(&k->shape, GRAPH_MAX_KERNEL, &new->n))
		return graph_fail(e, op, k->layer,
		                  "kernel '%.80s' is empty or has more than %d weights", k->name,
		                  GRAPH_MAX_KERNEL);
	bad = first_not_finite(k->w, new->n);
	if (bad < new->n)
		return graph_fail(
		        e, op, k->layer,
		        "tensor '%.80s' is NaN or infinite at index %zu of %zu: such weights "
		        "cannot be quantized",
		        k->name, bad, new->n);
	rc = graph_check_finite(op, k->layer, "bias", bias, new->channels, e);
	if (rc)
		return rc;
	new->name = arena_strdup(&m->arena, k->name);
	new->layer = arena_strdup(&m->arena, k->layer);
	if (!new->name || !new->layer)
		return err_nomem(e);
	*index = m->n_kernels;
	model_rest(m, *index);
	return ST_OK;
}

static enum status add_layer(struct model *m, struct node *node, const struct kernel *k,
                             const struct shape *shape, size_t *out, struct err *e)
{
	enum status rc = add_kernel(m, node->op, k, node->bias, &node->kernel, e);

	if (!rc)
		rc = graph_add_node(m, node, shape, out, e);
	if (rc)
		return rc;
	m->n_weights += m->kernels[m->n_kernels].n;
	if (node->bias)
		m->n_other += m->kernels[m->n_kernels].channels;
	m->n_kernels++;
	return ST_OK;
}

enum status graph_weights(struct model *m, const struct kernel *k, struct err *e)
{
	size_t index;
	enum status rc = add_kernel(m, k->shape.rank == 4 ? OP_CONV : OP_DENSE, k, NULL, &index, e);

	if (rc)
		return rc;
	m->n_weights += m->kernels[index].n;
	m->n_kernels++;
	return ST_OK;
}

enum status graph_conv(struct model *m, const char *name, size_t in, const struct kernel *k,
                       const struct window *w, const float *bias, size_t *out, struct err *e)
{
	struct node node = { .op = OP_CONV,
		             .name = name,
		             .n_inputs = 1,
		             .input = { in },
		             .window = *w,
		             .bias = bias };
	enum status rc = graph_need_image(m, OP_CONV, name, in, e);
	char found[64], text[64];
	struct shape shape;
	size_t channels;

	if (rc)
		return rc;
	shape_text(&k->shape, text);
	if (k->shape.rank != 4 || k->shape.dim[2] != w->kernel[0] ||
	    k->shape.dim[3] != w->kernel[1])
		return graph_fail(e, OP_CONV, name,
		                  "kernel '%.80s' is %s; expected filters x channels x %zu x %zu",
		                  k->name, text, w->kernel[0], w->kernel[1]);
	channels = m->values[in].shape.dim[0];
	if (k->groups < 1 || channels % k->groups || k->shape.dim[0] % k->groups)
		return graph_fail(e, OP_CONV, name,
		                  "%zu groups do not divide %zu input channels and %zu filters",
		                  k->groups, channels, k->shape.dim[0]);
	if (k->shape.dim[1] != channels / k->groups) {
		shape_text(&m->values[in].shape, found);
		return graph_fail(
		        e, OP_CONV, name,
		        "kernel '%.80s' is %s, but an input of %s in %zu groups needs %zu "
		        "channels",
		        k->name, text, found, k->groups, channels / k->groups);
	}
	rc = graph_window_shape(m, OP_CONV, name, in, w, k->shape.dim[0], &shape, e);
	return rc ? rc : add_layer(m, &node, k, &shape, out, e);
}

enum status graph_dense(struct model *m, const char *name, size_t in, const struct kernel *k,
                        const float *bias, size_t *out, struct err *e)
{
	struct node node = {
		.op = OP_DENSE, .name = name, .n_inputs = 1, .input = { in }, .bias = bias
	};
	struct kernel dense = *k;
	struct shape shape = { .rank = 1, .dim = { k->shape.dim[0] } };
	char found[64], text[64];

	assert(in < m->n_values);
	dense.groups = 1;
	if (k->shape.rank != 2 || k->shape.dim[1] != shape_count(&m->values[in].shape)) {
		shape_text(&m->values[in].shape, found);
		shape_text(&k->shape, text);
		return graph_fail(
		        e, OP_DENSE, name,
		        "kernel '%.80s' is %s (outputs x inputs), which does not fit an input "
		        "of %s",
		        k->name, text, found);
	}
	return add_layer(m, &node, &dense, &shape, out, e);
}

enum status graph_bias(struct model *m, const char *name, size_t value, const float *bias,
                       struct err *e)
{
	struct node *node = NULL;
	enum status rc;

	for (size_t i = m->n_nodes; i-- > 0 && !node;)
		if (m->nodes[i].output == value)
			node = &m->nodes[i];
	if (!node || (node->op != OP_CONV && node->op != OP_DENSE) || node->bias)
		return err_set(e, ST_DATA,
		               "'%.80s': a bias can only follow a convolution or dense layer that "
		               "has none",
		               name);
	rc = graph_check_finite(node->op, node->name, "bias", bias,
	                        m->kernels[node->kernel].channels, e);
	if (rc)
		return rc;
	node->bias = bias;
	m->n_other += m->kernels[node->kernel].channels;
	return ST_OK;
}

enum status graph_output(struct model *m, size_t value, struct err *e)
{
	assert(value < m->n_values);
	if (m->n_kernels == 0)
		return err_set(e, ST_DATA,
		               "the network has no convolution or dense layer: there is nothing to "
		               "compress");
	m->output = value;
	return ST_OK;
}
