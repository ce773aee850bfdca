#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "infer/net.h"

#include "infer/net_plan.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

/* Of the largest value of a batch. */
enum { BATCH_FLOATS = 1 << 19 };

enum status net_dnnl_error(struct err *e, const char *layer, const char *call, dnnl_status_t st)
{
	if (st == dnnl_out_of_memory)
		return err_nomem(e);
	return err_set(e, ST_INTERNAL, "layer '%s': oneDNN refused %s (dnnl_status_t %d)",
	               layer ? layer : "-", call, (int)st);
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

enum status net_create(struct net **out, const struct model *m, size_t batch, struct err *e)
{
	struct net *n;
	dnnl_status_t st;
	enum status rc;

	*out = NULL;
	if (!batch)
		return err_set(e, ST_INTERNAL, "a network needs a batch of at least one image");
	rc = model_need_graph(m, e);
	if (rc)
		return rc;
	n = calloc(1, sizeof(*n));
	if (!n)
		return err_nomem(e);
	n->model = m;
	n->batch = batch;
	use_one_thread();
	st = dnnl_engine_create(&n->engine, dnnl_cpu, 0);
	if (!st)
		st = dnnl_stream_create(&n->stream, n->engine, dnnl_stream_default_flags);
	if (!st)
		st = fuse_attributes(NULL, NULL, NULL, &n->attr);
	rc = st ? net_dnnl_error(e, m->name, "its engine", st) : net_plan(n, e);
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

enum status net_run(struct net *n, const float *images, float *scores, struct err *e)
{
	dnnl_status_t st = dnnl_memory_set_data_handle(n->buffers[n->input].mem, (void *)images);
	enum status rc = ST_OK;

	if (!st)
		st = dnnl_memory_set_data_handle(n->buffers[n->output].mem, scores);
	if (st)
		return net_dnnl_error(e, n->model->name, "its input and output", st);
	for (size_t i = 0; i < n->n_steps && !rc; i++)
		rc = execute(n, &n->steps[i], e);
	dnnl_stream_wait(n->stream);
	return rc;
}

/* Small networks run many images at a time, which saves calls; in large ones the values of a few
 * images would not stay in the cache any more. */
size_t net_batch_for(const struct model *m)
{
	size_t largest = 1, batch = NET_BATCH;

	for (size_t i = 0; i < m->n_values; i++) {
		size_t n = shape_count(&m->values[i].shape);

		largest = n > largest ? n : largest;
	}
	while (batch > 2 && batch * largest > BATCH_FLOATS)
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
