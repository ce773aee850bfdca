/* The ONNX importer: names, order, input and output. See onnx.h for the other parts. */
#include "model/onnx.h"

#include "model/importer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ONNX has no magic number: the first byte must begin one of ModelProto's fields. Formats that have
 * one come before this importer in the list. */
static bool probe(struct span file)
{
	static const uint8_t first[] = { 0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72 };

	return file.n && memchr(first, *(const uint8_t *)file.p, sizeof(first));
}

static bool empty(const char *s)
{
	return !s || !*s;
}

/* The table slot that has this name, or the free one where it belongs. */
static struct onnx_symbol *slot(const struct onnx *x, const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (const char *s = name; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	for (size_t i = h & x->mask;; i = (i + 1) & x->mask)
		if (!x->table[i].name || !strcmp(x->table[i].name, name))
			return &x->table[i];
}

struct onnx_symbol *onnx_lookup(const struct onnx *x, const char *name)
{
	struct onnx_symbol *s = slot(x, name);

	return s->name ? s : NULL;
}

static enum status declare(struct onnx *x, const char *name, struct onnx_symbol **out,
                           struct err *e)
{
	*out = slot(x, name);
	if ((*out)->name)
		return err_set(e, ST_DATA,
		               "the name '%.80s' is given to two tensors; expected each name to be "
		               "made once",
		               name);
	(*out)->name = name;
	return ST_OK;
}

const char *onnx_node_name(const Onnx__NodeProto *n)
{
	if (!empty(n->name))
		return n->name;
	return n->n_output ? n->output[0] : "";
}

enum status onnx_fail(const Onnx__NodeProto *n, struct err *e, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(e, ST_DATA, "%.40s '%.80s': %s", n->op_type, onnx_node_name(n), msg);
}

bool onnx_has_input(const Onnx__NodeProto *n, size_t i)
{
	return i < n->n_input && !empty(n->input[i]);
}

enum status onnx_input(struct onnx *x, const Onnx__NodeProto *n, size_t i, struct onnx_symbol **out,
                       struct err *e)
{
	struct onnx_symbol *s;

	if (!onnx_has_input(n, i))
		return onnx_fail(n, e, "input %zu is absent", i);
	s = onnx_lookup(x, n->input[i]);
	if (!s)
		return onnx_fail(n, e,
		                 "input '%.80s' is missing: it is no initializer, not the graph's "
		                 "input and made by no node",
		                 n->input[i]);
	while (s->same_as)
		s = s->same_as;
	if (s->kind == ONNX_UNMADE)
		return onnx_fail(n, e,
		                 "input '%.80s' is made by this node or a later one: the graph has "
		                 "a cycle or is not in execution order",
		                 n->input[i]);
	*out = s;
	return ST_OK;
}

/* Input i, computed from the graph's input. */
static enum status input_computed(struct onnx *x, const Onnx__NodeProto *n, size_t i,
                                  struct onnx_symbol **out, struct err *e)
{
	enum status rc = onnx_input(x, n, i, out, e);

	if (!rc && (*out)->kind != ONNX_VALUE)
		return onnx_fail(n, e,
		                 "input '%.80s' is a constant; expected a value computed from the "
		                 "graph's input",
		                 n->input[i]);
	if (!rc && (*out)->permuted)
		return onnx_fail(n, e,
		                 "input '%.80s' is transposed, which is supported only where a "
		                 "second Transpose undoes it: export the model in NCHW order",
		                 n->input[i]);
	return rc;
}

enum status onnx_input_padded(struct onnx *x, const Onnx__NodeProto *n, size_t i, size_t *value,
                              size_t padding[4], struct err *e)
{
	struct onnx_symbol *s = NULL;
	enum status rc = input_computed(x, n, i, &s, e);

	if (rc)
		return rc;
	*value = s->value;
	memcpy(padding, s->padding, sizeof(s->padding));
	return ST_OK;
}

enum status onnx_input_value(struct onnx *x, const Onnx__NodeProto *n, size_t i, size_t *value,
                             struct err *e)
{
	struct onnx_symbol *s = NULL;
	enum status rc = input_computed(x, n, i, &s, e);

	if (rc)
		return rc;
	if (s->padded)
		return onnx_fail(n, e,
		                 "input '%.80s' is padded, which is supported only in front of a "
		                 "convolution",
		                 n->input[i]);
	*value = s->value;
	return ST_OK;
}

enum status onnx_input_constant(struct onnx *x, const Onnx__NodeProto *n, size_t i,
                                struct onnx_symbol **out, struct err *e)
{
	enum status rc = onnx_input(x, n, i, out, e);

	if (!rc && (*out)->kind != ONNX_TENSOR)
		return onnx_fail(
		        n, e,
		        "input '%.80s' is computed; expected a constant (an initializer or "
		        "a Constant node)",
		        n->input[i]);
	return rc;
}

void onnx_made_value(struct onnx *x, const Onnx__NodeProto *n, size_t value)
{
	struct onnx_symbol *s = slot(x, n->output[0]);

	s->kind = ONNX_VALUE;
	s->value = value;
}

void onnx_made_tensor(struct onnx *x, const Onnx__NodeProto *n, const Onnx__TensorProto *tensor)
{
	struct onnx_symbol *s = slot(x, n->output[0]);

	s->kind = ONNX_TENSOR;
	s->tensor = tensor;
}

void onnx_made_same(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *as)
{
	slot(x, n->output[0])->same_as = as;
}

struct onnx_symbol *onnx_made_view(struct onnx *x, const Onnx__NodeProto *n,
                                   const struct onnx_symbol *of)
{
	struct onnx_symbol *s = slot(x, n->output[0]);

	s->kind = ONNX_VALUE;
	s->value = of->value;
	s->padded = of->padded;
	s->permuted = of->permuted;
	memcpy(s->padding, of->padding, sizeof(s->padding));
	memcpy(s->permutation, of->permutation, sizeof(s->permutation));
	return s;
}

/* Whether a space-terminated list holds the word. */
static bool listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *end; (end = strchr(list, ' ')); list = end + 1)
		if ((size_t)(end - list) == n && !memcmp(list, word, n))
			return true;
	return false;
}

static enum status check_node(const Onnx__NodeProto *n, struct err *e)
{
	const struct onnx_op *op;

	if (empty(n->op_type))
		return err_set(e, ST_DATA, "node '%.80s' names no operator", onnx_node_name(n));
	op = onnx_find_op(n);
	if (!op)
		return err_set(e, ST_DATA, "operator %.40s%s%.40s is not supported (node '%.80s')",
		               n->op_type, empty(n->domain) ? "" : " of domain ",
		               empty(n->domain) ? "" : n->domain, onnx_node_name(n));
	if (n->n_output < 1 || empty(n->output[0]))
		return onnx_fail(n, e, "it has no output");
	if (n->n_input < op->min_inputs || n->n_input > op->max_inputs)
		return onnx_fail(n, e, "it has %zu inputs; expected %u to %u", n->n_input,
		                 op->min_inputs, op->max_inputs);
	for (size_t i = 0; i < n->n_attribute; i++) {
		const char *name = n->attribute[i]->name;

		if (!name || !listed(op->attributes, name))
			return onnx_fail(n, e, "attribute '%.40s' is unknown for this operator",
			                 name ? name : "");
	}
	return ST_OK;
}

static enum status declare_nodes(struct onnx *x, struct err *e)
{
	const Onnx__GraphProto *g = x->graph;
	struct onnx_symbol *s;
	enum status rc;

	for (size_t i = 0; i < g->n_node; i++) {
		rc = check_node(g->node[i], e);
		if (rc)
			return rc;
		for (size_t j = 0; j < g->node[i]->n_output; j++) {
			if (empty(g->node[i]->output[j]))
				continue;
			rc = declare(x, g->node[i]->output[j], &s, e);
			if (rc)
				return rc;
		}
	}
	for (size_t i = 0; i < g->n_node; i++) {
		for (size_t j = 0; j < g->node[i]->n_input; j++) {
			s = onnx_lookup(x, g->node[i]->input[j]);
			if (s)
				s->uses++;
		}
	}
	return ST_OK;
}

static enum status make_table(struct onnx *x, struct err *e)
{
	const Onnx__GraphProto *g = x->graph;
	size_t names = g->n_initializer + g->n_input, cap = 64;

	if (g->n_node > GRAPH_MAX_NODES)
		return err_set(e, ST_DATA, "the graph has %zu nodes; at most %d are supported",
		               g->n_node, GRAPH_MAX_NODES);
	for (size_t i = 0; i < g->n_node; i++)
		names += g->node[i]->n_output;
	if (names > ONNX_MAX_NAMES)
		return err_set(e, ST_DATA, "the graph has %zu tensors; at most %d are supported",
		               names, ONNX_MAX_NAMES);
	while (cap < 2 * names)
		cap *= 2;
	x->table = ARENA_NEW(&x->scratch, struct onnx_symbol, cap);
	x->mask = cap - 1;
	return x->table ? ST_OK : err_nomem(e);
}

static enum status declare_initializers(struct onnx *x, struct err *e)
{
	for (size_t i = 0; i < x->graph->n_initializer; i++) {
		const Onnx__TensorProto *t = x->graph->initializer[i];
		struct onnx_symbol *s;
		enum status rc;

		if (empty(t->name))
			continue;
		rc = declare(x, t->name, &s, e);
		if (rc)
			return rc;
		s->kind = ONNX_TENSOR;
		s->tensor = t;
	}
	return ST_OK;
}

/* The one graph input that is not an initializer (old files list those as well). */
static enum status find_input(struct onnx *x, const Onnx__ValueInfoProto **out, struct err *e)
{
	*out = NULL;
	for (size_t i = 0; i < x->graph->n_input; i++) {
		const Onnx__ValueInfoProto *in = x->graph->input[i];

		if (empty(in->name) || onnx_lookup(x, in->name))
			continue;
		if (*out)
			return err_set(e, ST_DATA,
			               "the graph has several inputs ('%.80s', '%.80s'); expected "
			               "one, the image",
			               (*out)->name, in->name);
		*out = in;
	}
	if (!*out)
		return err_set(e, ST_DATA, "the graph has no input; expected one, the image");
	return ST_OK;
}

/* Image shape of the input: its first dimension is the batch, which may be open. */
static enum status input_shape(struct onnx *x, const Onnx__ValueInfoProto *in, struct shape *s,
                               struct err *e)
{
	const Onnx__TypeProto__Tensor *t = NULL;
	const Onnx__TensorShapeProto *d;

	if (in->type && in->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
		t = in->type->tensor_type;
	if (!t || t->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT || !t->shape)
		return err_set(
		        e, ST_DATA,
		        "input '%.80s' is not a FLOAT tensor of known rank; expected batch x "
		        "channels x height x width",
		        in->name);
	d = t->shape;
	if (d->n_dim < 2 || d->n_dim > SHAPE_MAX_RANK + 1)
		return err_set(e, ST_DATA,
		               "input '%.80s' has rank %zu; expected a batch and 1 to %d image "
		               "dimensions",
		               in->name, d->n_dim, SHAPE_MAX_RANK);
	if (d->dim[0]->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
	    d->dim[0]->dim_value > 0)
		x->batch = d->dim[0]->dim_value;
	*s = (struct shape){ .rank = (unsigned)d->n_dim - 1 };
	for (size_t i = 1; i < d->n_dim; i++) {
		if (d->dim[i]->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ||
		    d->dim[i]->dim_value < 1)
			return err_set(
			        e, ST_DATA,
			        "dimension %zu of input '%.80s' is open or not positive; "
			        "expected a fixed size: export the model with one image size",
			        i, in->name);
		s->dim[i - 1] = (size_t)d->dim[i]->dim_value;
	}
	return ST_OK;
}

static enum status load_input(struct onnx *x, struct err *e)
{
	const Onnx__ValueInfoProto *in;
	struct onnx_symbol *s;
	struct shape shape;
	enum status rc;

	rc = find_input(x, &in, e);
	if (!rc)
		rc = input_shape(x, in, &shape, e);
	if (!rc)
		rc = declare(x, in->name, &s, e);
	if (rc)
		return rc;
	s->kind = ONNX_VALUE;
	return graph_input(x->m, in->name, &shape, &s->value, e);
}

static enum status load_output(struct onnx *x, struct err *e)
{
	const Onnx__GraphProto *g = x->graph;
	const char *name = g->n_output == 1 ? g->output[0]->name : NULL;
	struct onnx_symbol *s;

	s = empty(name) ? NULL : onnx_lookup(x, name);
	while (s && s->same_as)
		s = s->same_as;
	if (!s || s->kind != ONNX_VALUE || s->padded || s->permuted)
		return err_set(e, ST_DATA,
		               "the graph's output '%.80s' is made by no node from its input",
		               name ? name : "");
	return graph_output(x->m, s->value, e);
}

/* The uses of the graph's output count too: a bias must not be added behind its back. */
static enum status check_output(struct onnx *x, struct err *e)
{
	struct onnx_symbol *s;

	if (x->graph->n_output != 1)
		return err_set(e, ST_DATA, "the graph has %zu outputs; expected one, the scores",
		               x->graph->n_output);
	s = empty(x->graph->output[0]->name) ? NULL : onnx_lookup(x, x->graph->output[0]->name);
	if (s)
		s->uses++;
	return ST_OK;
}

static enum status load_graph(struct onnx *x, struct err *e)
{
	enum status rc = make_table(x, e);

	if (!rc)
		rc = declare_initializers(x, e);
	if (!rc)
		rc = load_input(x, e);
	if (!rc)
		rc = declare_nodes(x, e);
	if (!rc)
		rc = check_output(x, e);
	for (size_t i = 0; i < x->graph->n_node && !rc; i++) {
		rc = onnx_find_op(x->graph->node[i])->load(x, x->graph->node[i], e);
		arena_rest_all(&x->scratch);
		arena_rest_all(&x->m->arena);
		arena_rest_all(&x->m->file);
	}
	return rc ? rc : load_output(x, e);
}

static enum status check_opset(const Onnx__ModelProto *p, int64_t *opset, struct err *e)
{
	*opset = 0;
	for (size_t i = 0; i < p->n_opset_import; i++) {
		const Onnx__OperatorSetIdProto *set = p->opset_import[i];

		if (empty(set->domain) || !strcmp(set->domain, "ai.onnx"))
			*opset = set->version;
	}
	if (*opset == 0)
		return err_set(e, ST_DATA,
		               "the model declares no version of the ONNX operators (opset); "
		               "expected %d to %d",
		               ONNX_MIN_OPSET, ONNX_MAX_OPSET);
	if (*opset < ONNX_MIN_OPSET || *opset > ONNX_MAX_OPSET)
		return err_set(e, ST_DATA,
		               "the model uses ONNX opset %" PRId64 "; expected %d to %d: convert "
		               "it with onnx.version_converter",
		               *opset, ONNX_MIN_OPSET, ONNX_MAX_OPSET);
	return ST_OK;
}

static enum status load(struct model *m, struct span file, struct err *e)
{
	struct onnx x = { .m = m, .file = file, .scratch.paged = m->arena.paged };
	struct onnx_file f;
	enum status rc;

	rc = onnx_file_read(&f, file, &m->file, e);
	if (!rc && !f.model->graph)
		rc = err_set(e, ST_DATA, "the ONNX file holds no graph: is it damaged?");
	if (!rc)
		rc = check_opset(f.model, &x.opset, e);
	if (!rc) {
		x.graph = f.model->graph;
		rc = load_graph(&x, e);
	}
	rc = arena_explain(&x.scratch, rc, e);
	arena_release(&x.scratch);
	onnx_file_release(&f);
	return rc;
}

const struct importer importer_onnx = {
	.name = "onnx",
	.help = "ONNX network, opset 7 to 17, in one file",
	.probe = probe,
	.keeps_file = true,
	.load = load,
};

const char *onnx_library_version(void)
{
	return protobuf_c_version();
}
