/* Exported models: what the importer makes of the file is the graph that was exported, and gives
 * the same scores bit for bit. All shipped networks, all vectors, and the ImageNet set where it was
 * fetched. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "infer/net.h"
#include "model/export.h"

/* A file in memory. */
struct file {
	const struct model *m;
	bool canonical;
	struct text text;
};

static enum status take_bytes(void *arg, const void *p, size_t n, struct err *e)
{
	(void)e;
	text_addn(&((struct file *)arg)->text, p, n);
	return ST_OK;
}

static enum status take_weights(void *arg, size_t k, struct err *e)
{
	struct file *f = arg;
	const struct kernel *kernel = &f->m->kernels[k];

	(void)e;
	cr_assert(text_reserve(&f->text, 4 * kernel->n));
	if (kernel->transposed && !f->canonical)
		export_transposed(kernel->w, kernel->shape.dim[0], kernel->shape.dim[1],
		                  (uint8_t *)f->text.s + f->text.n);
	else
		export_floats(kernel->w, kernel->n, (uint8_t *)f->text.s + f->text.n);
	f->text.n += 4 * kernel->n;
	return ST_OK;
}

static struct model *again(const struct model *m, bool onnx)
{
	struct file f = { .m = m, .canonical = !onnx };
	const struct export_sink sink = { &f, take_bytes, take_weights };
	struct model *out;
	struct err e = { 0 };

	cr_assert_eq(onnx ? export_onnx(m, &sink, &e) : export_safetensors(m, &sink, &e), ST_OK,
	             "%s: %s", m->name, e.msg);
	cr_assert_eq(model_load_memory(&out, (struct span){ f.text.s, f.text.n }, m->name, &e),
	             ST_OK, "%s", e.msg);
	text_release(&f.text);
	return out;
}

static void same_shape(const struct shape *a, const struct shape *b, const char *what)
{
	cr_assert_eq(a->rank, b->rank, "%s", what);
	for (unsigned i = 0; i < a->rank; i++)
		cr_assert_eq(a->dim[i], b->dim[i], "%s", what);
}

static void same_floats(const float *a, const float *b, size_t n, const char *what)
{
	cr_assert_eq(!a, !b, "%s", what);
	for (size_t i = 0; a && i < n; i++)
		cr_assert(a[i] == b[i], "%s[%zu]: %.9g became %.9g", what, i, (double)a[i],
		          (double)b[i]);
}

static void same_kernels(const struct model *a, const struct model *b, bool onnx)
{
	cr_assert_eq(a->n_kernels, b->n_kernels);
	cr_assert_eq(a->n_weights, b->n_weights);
	for (size_t k = 0; k < a->n_kernels; k++) {
		const struct kernel *p = &a->kernels[k], *q = &b->kernels[k];

		cr_assert_str_eq(p->name, q->name);
		same_shape(&p->shape, &q->shape, p->name);
		cr_assert_eq(memcmp(p->w, q->w, p->n * sizeof(*p->w)), 0, "%s", p->name);
		if (!onnx)
			continue;
		cr_assert_str_eq(p->layer, q->layer);
		cr_assert_eq(p->groups, q->groups);
		cr_assert_eq(p->transposed, q->transposed, "%s", p->name);
	}
}

static size_t channels(const struct model *m, const struct node *n)
{
	return m->values[n->output].shape.dim[0];
}

static void same_node(const struct model *a, const struct node *p, const struct model *b,
                      const struct node *q)
{
	const char *name = p->name;

	cr_assert_str_eq(p->name, q->name);
	cr_assert_eq(p->op, q->op, "%s: %s became %s", name, op_name(p->op), op_name(q->op));
	cr_assert_eq(p->n_inputs, q->n_inputs, "%s", name);
	for (unsigned i = 0; i < p->n_inputs; i++)
		cr_assert_eq(p->input[i], q->input[i], "%s input %u", name, i);
	cr_assert_eq(p->output, q->output, "%s", name);
	same_shape(&a->values[p->output].shape, &b->values[q->output].shape, name);
	if (p->op == OP_CONV || p->op == OP_MAXPOOL || p->op == OP_AVGPOOL)
		cr_assert_eq(memcmp(&p->window, &q->window, sizeof(p->window)), 0, "%s", name);
	if (p->op == OP_CONV || p->op == OP_DENSE)
		cr_assert_eq(p->kernel, q->kernel, "%s", name);
	same_floats(p->bias, q->bias, channels(a, p), name);
	same_floats(p->scale, q->scale, channels(a, p), name);
	cr_assert(p->low == q->low && p->high == q->high, "%s", name);
	cr_assert_eq(p->count_pads, q->count_pads, "%s", name);
	cr_assert_eq(p->lrn.size, q->lrn.size, "%s", name);
	cr_assert(p->lrn.alpha == q->lrn.alpha && p->lrn.beta == q->lrn.beta &&
	                  p->lrn.bias == q->lrn.bias,
	          "%s", name);
}

static void same_graph(const struct model *a, const struct model *b)
{
	cr_assert_eq(a->n_nodes, b->n_nodes, "%s: %zu nodes became %zu", a->name, a->n_nodes,
	             b->n_nodes);
	cr_assert_eq(a->input, b->input);
	cr_assert_eq(a->output, b->output);
	cr_assert_eq(a->n_other, b->n_other);
	same_shape(&a->values[a->input].shape, &b->values[b->input].shape, "input");
	cr_assert_str_eq(a->values[a->input].name, b->values[b->input].name);
	for (size_t i = 0; i < a->n_nodes; i++)
		same_node(a, &a->nodes[i], b, &b->nodes[i]);
	same_kernels(a, b, true);
}

/* Scores of a few fixed images. */
static float *scores_of(const struct model *m, size_t *n)
{
	const struct net_options o = { .batch = net_batch_for(m) };
	struct err e = { 0 };
	struct net *net;
	float *images, *scores;
	uint32_t state = 1;
	enum status rc = net_create(&net, m, &o, &e);

	cr_assert_eq(rc, ST_OK, "%s", e.msg);
	images = malloc(net_batch(net) * net_inputs(net) * sizeof(*images));
	*n = net_batch(net) * net_outputs(net);
	scores = malloc(*n * sizeof(*scores));
	cr_assert(images && scores);
	for (size_t i = 0; i < net_batch(net) * net_inputs(net); i++) {
		state = state * 1664525u + 1013904223u;
		images[i] = (float)(state >> 16) / 65536.0f;
	}
	cr_assert_eq(net_run(net, images, scores, &e), ST_OK, "%s", e.msg);
	net_free(net);
	free(images);
	return scores;
}

static void check(const struct model *m, bool run)
{
	struct model *onnx = again(m, true), *weights = again(m, false);
	size_t n, n2;

	same_graph(m, onnx);
	same_kernels(m, weights, false);
	if (run) {
		float *a = scores_of(m, &n), *b = scores_of(onnx, &n2);

		cr_assert_eq(n, n2);
		cr_assert_eq(memcmp(a, b, n * sizeof(*a)), 0, "%s: other scores", m->name);
		free(a);
		free(b);
	}
	model_free(onnx);
	model_free(weights);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every model of a folder whose name begins with prefix. Returns how many. */
static size_t check_folder(const char *folder, const char *prefix, bool run)
{
	char *names[256], path[4096];
	struct err e = { 0 };
	struct model *m;
	DIR *dir = opendir(folder);
	size_t n = 0;

	for (struct dirent *d; dir && (d = readdir(dir)) && n < 256;)
		if (!strncmp(d->d_name, prefix, strlen(prefix)) && strstr(d->d_name, ".onnx"))
			names[n++] = strdup(d->d_name);
	if (dir)
		closedir(dir);
	qsort(names, n, sizeof(names[0]), compare);
	for (size_t i = 0; i < n; i++) {
		struct model *folded;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		cr_assert_eq(model_load(&m, path, names[i], &e), ST_OK, "%s", e.msg);
		check(m, run);
		cr_assert_eq(model_fold(&folded, m, &e), ST_OK, "%s", e.msg);
		if (run) { /* its values have gaps: another numbering, the same scores */
			struct model *back = again(folded, true);
			size_t n1, n2;
			float *a = scores_of(folded, &n1), *b = scores_of(back, &n2);

			cr_assert_eq(memcmp(a, b, n1 * sizeof(*a)), 0, "%s folded", m->name);
			free(a);
			free(b);
			model_free(back);
		}
		model_free(folded);
		model_free(m);
		free(names[i]);
	}
	return n;
}

Test(infer_export, shipped_networks)
{
	cr_assert_geq(check_folder(SOURCE_DIR "/datasets/models", "", true), 4);
}

/* Every operator that is imported; not all of these networks can run. */
Test(infer_export, vectors)
{
	cr_assert_geq(check_folder(TEST_VECTORS "/onnx", "ok_", false), 14);
}

Test(infer_export, imagenet_networks, .timeout = 900)
{
	struct arena a = { 0 };
	const char *folder = file_data(&a, "imagenet/models");

	if (!file_exists(folder))
		cr_skip_test("no networks in %s; get them with scripts/fetch_datasets imagenet",
		             folder);
	cr_assert_geq(
	        check_folder(folder, getenv("HCBENCH_EXPORT_ALL") ? "" : "mobilenet_v1_0.25", true),
	        1);
	arena_release(&a);
}
