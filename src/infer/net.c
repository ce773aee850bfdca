#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "infer/net.h"

#include "infer/net_plan.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the largest value of a batch, and of all weights before they are many. */
enum { BATCH_FLOATS = 1 << 19, MANY_WEIGHTS = 1 << 23 };

enum status net_dnnl_error(struct err *e, const char *layer, const char *call, dnnl_status_t st)
{
	if (st == dnnl_out_of_memory)
		return err_nomem(e);
	return err_set(e, ST_INTERNAL, "layer '%s': oneDNN refused %s (dnnl_status_t %d)",
	               layer ? layer : "-", call, (int)st);
}

const char *const activations_names[N_ACTIVATIONS] = { "f32", "bf16", "int8" };

enum status activations_from_name(enum activations *out, const char *name, struct err *e)
{
	for (size_t i = 0; i < N_ACTIVATIONS; i++)
		if (!strcmp(name, activations_names[i])) {
			*out = (enum activations)i;
			return ST_OK;
		}
	return err_set(e, ST_USAGE, "unknown activations '%s', expected f32, bf16 or int8", name);
}

/* Without AVX-512 oneDNN has only reference loops for bfloat16. */
static enum status check_options(const struct net_options *o, struct err *e)
{
	if (!o->batch)
		return err_set(e, ST_INTERNAL, "a network needs a batch of at least one image");
	if (o->activations == ACTIVATIONS_INT8 && !o->ranges)
		return err_set(e, ST_INTERNAL, "activations=int8 needs the ranges of all values");
	if (o->activations == ACTIVATIONS_BF16 &&
	    (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) != dnnl_cpu_isa_avx512_core)
		return err_set(
		        e, ST_ENV,
		        "activations=bf16 needs a processor with AVX-512, which this one has "
		        "not or an environment variable (DNNL_MAX_CPU_ISA) hides; use "
		        "activations=f32 or int8");
	return ST_OK;
}

/* oneDNN is built on OpenMP; hcbench is not, and runs one process per core. */
static void use_one_thread(void)
{
	void (*set_num_threads)(int);

	*(void **)&set_num_threads = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
	if (set_num_threads)
		set_num_threads(1);
}

static enum status load_model_weights(struct net *n, struct err *e)
{
	enum status rc = ST_OK;

	for (size_t k = 0; k < n->model->n_kernels && !rc; k++)
		rc = net_set_kernel(n, k, n->model->kernels[k].w, e);
	return rc;
}

enum status net_create(struct net **out, const struct model *m, const struct net_options *o,
                       struct err *e)
{
	struct net *n;
	dnnl_status_t st;
	enum status rc = check_options(o, e);

	*out = NULL;
	if (!rc)
		rc = model_need_graph(m, e);
	if (rc)
		return rc;
	n = calloc(1, sizeof(*n));
	if (!n)
		return err_nomem(e);
	n->model = m;
	n->batch = o->batch;
	n->activations = o->activations;
	use_one_thread();
	st = dnnl_engine_create(&n->engine, dnnl_cpu, 0);
	if (!st)
		st = dnnl_stream_create(&n->stream, n->engine, dnnl_stream_default_flags);
	if (!st)
		st = fuse_attributes(NULL, NULL, NULL, &n->attr);
	rc = st ? net_dnnl_error(e, m->name, "its engine", st) : net_plan(n, o->ranges, e);
	if (!rc)
		rc = load_model_weights(n, e);
	if (rc) {
		net_free(n);
		return rc;
	}
	*out = n;
	return ST_OK;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n_steps; i++)
		dnnl_primitive_destroy(n->steps[i].primitive);
	for (size_t i = 0; i < n->n_weights; i++) {
		dnnl_primitive_destroy(n->weights[i].reorder.primitive);
		dnnl_memory_destroy(n->weights[i].canonical);
		dnnl_memory_destroy(n->weights[i].own);
	}
	for (size_t i = 0; i < n->n_buffers; i++)
		dnnl_memory_destroy(n->buffers[i].mem);
	for (size_t i = 0; i < n->n_constants; i++)
		dnnl_memory_destroy(n->constants[i]);
	dnnl_memory_destroy(n->scratchpad);
	dnnl_primitive_attr_destroy(n->attr);
	dnnl_stream_destroy(n->stream);
	dnnl_engine_destroy(n->engine);
	arena_release(&n->arena);
	free(n);
}

static enum status execute(struct net *n, const struct net_step *s, struct err *e)
{
	dnnl_status_t st = dnnl_primitive_execute(s->primitive, n->stream, s->n_args, s->arg);

	return st ? net_dnnl_error(e, s->layer, "to run", st) : ST_OK;
}

/* The weights with each output channel multiplied by its scale. */
static const float *scale_weights(struct net *n, const struct net_weights *nw, const float *w)
{
	const struct kernel *k = &n->model->kernels[nw->kernel];
	const size_t per_channel = k->n / k->channels;

	for (size_t c = 0; c < k->channels; c++)
		for (size_t i = 0; i < per_channel; i++)
			n->scaled[c * per_channel + i] = w[c * per_channel + i] * nw->scale[c];
	return n->scaled;
}

enum status net_set_kernel(struct net *n, size_t kernel, const float *w, struct err *e)
{
	for (size_t i = 0; i < n->n_weights; i++) {
		struct net_weights *nw = &n->weights[i];
		dnnl_status_t st;
		enum status rc;

		if (nw->kernel != kernel)
			continue;
		if (nw->blocks.lanes) {
			blocks_fill(n, nw, w);
			continue;
		}
		st = dnnl_memory_set_data_handle(nw->canonical,
		                                 (void *)(nw->scale ? scale_weights(n, nw, w) : w));
		if (st)
			return net_dnnl_error(e, nw->reorder.layer, "its weights", st);
		rc = execute(n, &nw->reorder, e);
		if (rc)
			return rc;
	}
	dnnl_stream_wait(n->stream);
	return ST_OK;
}

/* The range of what a step has just written; the padding of blocks is 0, as if it were widened. */
static enum status observe(const struct net *n, const struct net_step *s,
                           struct activation_range *r, struct err *e)
{
	const struct net_buffer *b = &n->buffers[s->dst];
	const size_t count = dnnl_memory_desc_get_size(&b->md) / sizeof(float);
	const float *v;
	void *data;
	dnnl_status_t st = dnnl_memory_get_data_handle(b->mem, &data);

	if (st)
		return net_dnnl_error(e, s->layer, "to be observed", st);
	v = data;
	for (size_t i = 0; i < count; i++) {
		r->low = v[i] < r->low ? v[i] : r->low;
		r->high = v[i] > r->high ? v[i] : r->high;
	}
	return ST_OK;
}

enum status net_run(struct net *n, const float *images, float *scores, struct err *e)
{
	return net_observe(n, images, scores, NULL, e);
}

enum status net_observe(struct net *n, const float *images, float *scores,
                        struct activation_range *ranges, struct err *e)
{
	dnnl_status_t st = dnnl_memory_set_data_handle(n->buffers[n->input].mem, (void *)images);
	enum status rc = ST_OK;

	if (!st)
		st = dnnl_memory_set_data_handle(n->buffers[n->output].mem, scores);
	if (st)
		return net_dnnl_error(e, n->model->name, "its input and output", st);
	for (size_t i = 0; i < n->n_steps && !rc; i++) {
		const struct net_step *s = &n->steps[i];

		rc = execute(n, s, e);
		if (!rc && ranges && s->value != SIZE_MAX)
			rc = observe(n, s, &ranges[s->value], e);
	}
	dnnl_stream_wait(n->stream);
	return rc;
}

/* Small networks run many images at a time, which saves calls; in large ones the values of a few
 * images would not stay in the cache any more, unless the weights do not either, which are then
 * read for more images at once. Of a single image the parts of a concatenation lie one after the
 * other without being copied. */
size_t net_batch_for(const struct model *m)
{
	size_t largest = 1, weights = 0, batch = NET_BATCH, least = 2;

	for (size_t k = 0; k < m->n_kernels; k++)
		weights += m->kernels[k].n;
	if (weights > MANY_WEIGHTS)
		least = 8;
	for (size_t i = 0; i < m->n_nodes; i++)
		if (m->nodes[i].op == OP_CONCAT)
			least = 1;
	for (size_t i = 0; i < m->n_values; i++) {
		size_t n = shape_count(&m->values[i].shape);

		largest = n > largest ? n : largest;
	}
	while (batch > least && batch * largest > BATCH_FLOATS)
		batch /= 2;
	return batch;
}

size_t net_batch(const struct net *n)
{
	return n->batch;
}

size_t net_inputs(const struct net *n)
{
	return shape_count(&n->model->values[n->model->input].shape);
}

size_t net_outputs(const struct net *n)
{
	return shape_count(&n->model->values[n->model->output].shape);
}

const char *net_implementation(const struct net *n, size_t i)
{
	return i < n->n_steps ? n->steps[i].implementation : NULL;
}

#define TEXT(x)  #x
#define DIGIT(x) TEXT(x)

const char *net_library_version(void)
{
	return "oneDNN " DIGIT(DNNL_VERSION_MAJOR) "." DIGIT(DNNL_VERSION_MINOR) "." DIGIT(
	        DNNL_VERSION_PATCH);
}
