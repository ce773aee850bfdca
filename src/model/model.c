#include "model/model.h"

#include "base/file.h"
#include "model/importer.h"
#include "model/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Protobuf's own limit; it also bounds what a small gzip file can grow to. */
static const size_t max_file_bytes = (size_t)1 << 31;

size_t shape_count(const struct shape *s)
{
	size_t n = 1;

	for (unsigned i = 0; i < s->rank; i++)
		n *= s->dim[i];
	return n;
}

void shape_text(const struct shape *s, char out[64])
{
	size_t at = 0;

	if (s->rank == 0)
		snprintf(out, 64, "scalar");
	for (unsigned i = 0; i < s->rank && at < 64; i++)
		at += (size_t)snprintf(out + at, 64 - at, i ? "x%zu" : "%zu", s->dim[i]);
}

const char *op_name(enum op op)
{
	static const char *const names[N_OPS] = {
		[OP_CONV] = "conv",       [OP_DENSE] = "dense",     [OP_RELU] = "relu",
		[OP_CLIP] = "clip",       [OP_SCALE] = "scale",     [OP_ADD] = "add",
		[OP_MUL] = "mul",         [OP_CONCAT] = "concat",   [OP_MAXPOOL] = "maxpool",
		[OP_AVGPOOL] = "avgpool", [OP_LRN] = "lrn",         [OP_FLATTEN] = "flatten",
		[OP_RESHAPE] = "reshape", [OP_SOFTMAX] = "softmax",
	};

	return names[op];
}

struct gemm model_gemm(const struct model *m, const struct node *node)
{
	const struct shape *out = &m->values[node->output].shape;
	const struct kernel *k;

	if (node->op != OP_CONV && node->op != OP_DENSE)
		return (struct gemm){ 0 };
	k = &m->kernels[node->kernel];
	return (struct gemm){
		.m = node->op == OP_CONV ? out->dim[1] * out->dim[2] : 1,
		.n = k->channels / k->groups,
		.k = k->n / k->channels,
		.groups = k->groups,
	};
}

bool model_has_graph(const struct model *m)
{
	return m->n_nodes > 0;
}

enum status model_need_graph(const struct model *m, struct err *e)
{
	if (model_has_graph(m))
		return ST_OK;
	return err_set(e, ST_USAGE,
	               "model '%s' holds weights only, without the layers between them: it cannot "
	               "run and has no accuracy; data=none gives sizes, decoder cycles and the "
	               "energy of the weights",
	               m->name);
}

/* Makes the file part of the model: the arena that it lies in, or a copy where there is none. */
static enum status keep_file(struct model *m, struct span *file, struct arena *owner, struct err *e)
{
	void *copy;

	if (owner) {
		m->file = *owner;
		*owner = (struct arena){ 0 };
		return ST_OK;
	}
	copy = arena_alloc(&m->file, file->n, 1);
	if (!copy)
		return err_nomem(e);
	memcpy(copy, file->p, file->n);
	file->p = copy;
	return ST_OK;
}

static enum status import(struct model *m, struct span file, struct arena *owner, struct err *e)
{
	enum status rc = ST_OK;

	if (file.n == 0)
		return err_set(e, ST_DATA, "the file is empty");
	for (size_t i = 0; i < n_importers; i++) {
		if (!importers[i]->probe(file))
			continue;
		if (importers[i]->keeps_file)
			rc = keep_file(m, &file, owner, e);
		return rc ? rc : importers[i]->load(m, file, e);
	}
	return err_set(
	        e, ST_DATA,
	        "not a model file that hcbench reads (it begins like no known format): "
	        "expected ONNX, Keras weights in HDF5, safetensors or .npy, plain or gzipped, or "
	        "a folder of .npy files");
}

/* In parts, each of which takes a rest. */
static struct digest digest_of_file(struct span file, const struct arena *owner)
{
	const size_t part = 1 << 20;
	struct hash h;

	hash_begin(&h);
	for (size_t at = 0; at < file.n; at += part) {
		const size_t n = file.n - at < part ? file.n - at : part;

		hash_add(&h, (const uint8_t *)file.p + at, n);
		arena_rest(owner, (const uint8_t *)file.p + at, n);
	}
	return hash_end(&h);
}

/* From bytes that lie in *owner, or borrowed ones when it is NULL; from the folder `path` when
 * there are none. */
static enum status load(struct model **out, const struct span *file, struct arena *owner,
                        bool paged, const char *path, const char *name, struct err *e)
{
	struct model *m = calloc(1, sizeof(*m));
	enum status rc;

	if (!m)
		return err_nomem(e);
	m->arena.paged = paged;
	if (file)
		m->digest = owner ? digest_of_file(*file, owner) : digest_of(file, 1);
	m->name = arena_strdup(&m->arena, name);
	m->path = arena_strdup(&m->arena, path);
	rc = !m->name || !m->path ? err_nomem(e)
	     : file               ? import(m, *file, owner, e)
	                          : npy_load_folder(m, path, e);
	if (rc) {
		rc = arena_explain(&m->arena, rc, e);
		model_free(m);
		err_wrap(e, "%s", path);
		return rc;
	}
	*out = m;
	return ST_OK;
}

static enum status load_path(struct model **out, bool paged, const char *path, const char *name,
                             struct err *e)
{
	struct arena scratch = { .paged = paged };
	struct span file;
	enum status rc;

	*out = NULL;
	if (file_is_directory(path))
		return load(out, NULL, NULL, paged, path, name, e);
	rc = file_read(&scratch, path, max_file_bytes, &file, e);
	if (!rc)
		rc = load(out, &file, &scratch, paged, path, name, e);
	arena_release(&scratch);
	return rc;
}

enum status model_load(struct model **out, const char *path, const char *name, struct err *e)
{
	return load_path(out, false, path, name, e);
}

enum status model_load_paged(struct model **out, const char *path, const char *name, struct err *e)
{
	return load_path(out, true, path, name, e);
}

void model_rest(const struct model *m, size_t k)
{
	const struct kernel *kernel = &m->kernels[k];

	for (; m; m = m->base) {
		arena_rest(&m->file, kernel->w, kernel->n * sizeof(*kernel->w));
		arena_rest(&m->arena, kernel->w, kernel->n * sizeof(*kernel->w));
	}
}

enum status model_load_memory(struct model **out, struct span file, const char *name, struct err *e)
{
	*out = NULL;
	return load(out, &file, NULL, false, name, name, e);
}

void model_free(struct model *m)
{
	if (!m)
		return;
	arena_release(&m->arena);
	arena_release(&m->file);
	free(m);
}
