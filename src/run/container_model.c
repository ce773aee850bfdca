/* Containers to model files: each layer is decoded when its weights are next in the file. */
#include <math.h>
#include <stdlib.h>

#include "base/file_out.h"
#include "model/export.h"
#include "run/container.h"

/* A model file on the way, and room for the largest layer. */
struct unpacking {
	struct hcw *h;
	struct file_out out;
	float *w;
	uint8_t *bytes;
	size_t first; /* layer that is kernel 0 of a safetensors file */
};

static enum status begin(struct unpacking *u, const char *path, struct err *e)
{
	const struct hcw *h = u->h;
	size_t most = 0;
	enum status rc;

	for (size_t l = 0; l < h->n_layers; l++)
		most = h->layer[l].n > most ? h->layer[l].n : most;
	u->w = malloc(most * sizeof(*u->w));
	u->bytes = malloc(4 * most);
	rc = u->w && u->bytes ? file_out_open(&u->out, path, e) : err_nomem(e);
	return rc;
}

/* Finishes the file when rc is ST_OK. */
static enum status end(struct unpacking *u, enum status rc, struct err *e)
{
	if (!rc)
		rc = file_out_finish(&u->out, e);
	file_out_drop(&u->out);
	free(u->w);
	free(u->bytes);
	return rc;
}

static enum status put_layer(struct unpacking *u, size_t l, bool transposed, struct err *e)
{
	const struct hcw_layer *y = &u->h->layer[l];
	enum status rc = hcw_weights(u->h, l, u->w, e);

	if (rc)
		return rc;
	if (transposed)
		export_transposed(u->w, y->shape.dim[0], y->shape.dim[1], u->bytes);
	else
		export_floats(u->w, y->n, u->bytes);
	file_out_put(&u->out, u->bytes, 4 * y->n);
	return ST_OK;
}

/* The graph's bytes from `from` up to `to`. */
static enum status put_graph(struct unpacking *u, uint64_t from, uint64_t to, struct err *e)
{
	uint8_t chunk[4096];
	enum status rc = ST_OK;

	while (from < to && !rc) {
		size_t n = to - from < sizeof(chunk) ? (size_t)(to - from) : sizeof(chunk);

		rc = hcw_graph(u->h, from, chunk, n, e);
		if (!rc)
			file_out_put(&u->out, chunk, n);
		from += n;
	}
	return rc;
}

enum status container_to_onnx(struct hcw *h, const char *path, struct err *e)
{
	struct unpacking u = { .h = h };
	uint64_t at = 0;
	enum status rc;

	if (!h->has_graph)
		return err_set(e, ST_USAGE,
		               "%s holds weights only, without the layers between them: write a "
		               ".safetensors file",
		               h->path);
	rc = hcw_check(h, e);
	if (!rc)
		rc = begin(&u, path, e);
	for (size_t l = 0; l < h->n_layers && !rc; l++) {
		rc = put_graph(&u, at, h->layer[l].insert_at, e);
		at = h->layer[l].insert_at;
		if (!rc)
			rc = put_layer(&u, l, h->layer[l].transposed, e);
	}
	if (!rc)
		rc = put_graph(&u, at, h->graph_bytes, e);
	return end(&u, rc, e);
}

static enum status put_bytes(void *arg, const void *p, size_t n, struct err *e)
{
	(void)e;
	file_out_put(&((struct unpacking *)arg)->out, p, n);
	return ST_OK;
}

static enum status put_weights(void *arg, size_t k, struct err *e)
{
	struct unpacking *u = arg;

	return put_layer(u, u->first + k, false, e);
}

enum status container_to_safetensors(struct hcw *h, size_t only, const char *path, struct err *e)
{
	const bool all = only == h->n_layers;
	struct unpacking u = { .h = h, .first = all ? 0 : only };
	const struct export_sink sink = { &u, put_bytes, put_weights };
	struct model m = { .n_kernels = all ? h->n_layers : 1 };
	enum status rc = all ? hcw_check(h, e) : ST_OK;

	m.kernels = ARENA_NEW(&m.arena, struct kernel, m.n_kernels);
	if (!rc && !m.kernels)
		rc = err_nomem(e);
	for (size_t k = 0; k < m.n_kernels && !rc; k++) {
		const struct hcw_layer *y = &h->layer[u.first + k];

		m.kernels[k] = (struct kernel){ .name = y->tensor, .shape = y->shape, .n = y->n };
	}
	if (!rc)
		rc = begin(&u, path, e);
	if (!rc)
		rc = export_safetensors(&m, &sink, e);
	arena_release(&m.arena);
	return end(&u, rc, e);
}

enum status container_verify(struct hcw *h, struct err *e)
{
	enum status rc = hcw_check(h, e);
	size_t most = 0;
	float *w;

	if (rc)
		return rc;
	for (size_t l = 0; l < h->n_layers; l++)
		most = h->layer[l].n > most ? h->layer[l].n : most;
	w = malloc(most * sizeof(*w));
	if (!w)
		return err_nomem(e);
	for (size_t l = 0; l < h->n_layers && !rc; l++)
		rc = hcw_weights(h, l, w, e);
	free(w);
	return rc;
}

/* Weights of which every symbol is 0. With two symbols per weight also the minus zero, whose first
 * half is the sign alone: it is a weight of zero too. */
static int64_t count_zeros(const struct hcw_layer *y, const uint16_t *v)
{
	const unsigned spw = y->quant.quantizer->symbols_per_weight;
	int64_t zeros = 0;

	for (size_t i = 0; i < y->n; i++)
		zeros += spw == 1 ? v[i] == 0 : !(v[2 * i] & 0x7fff) && !v[2 * i + 1];
	return zeros;
}

enum status container_statistics(struct hcw *h, size_t l, struct layer_statistics *out,
                                 uint64_t *counts, struct err *e)
{
	const struct hcw_layer *y = &h->layer[l];
	const size_t n = hcw_symbols_of(y);
	struct quant_group *group = malloc(hcw_groups_of(y) * sizeof(*group));
	uint16_t *v = malloc(n * sizeof(*v));
	enum status rc = group && v ? hcw_symbols(h, l, v, group, e) : err_nomem(e);

	if (!rc) {
		const struct symbols s = { v, n, y->wire_bits, NULL };
		const struct source source = { .n_layers = 1, .layer = &s, .bits = y->wire_bits };

		out->entropy_bits =
		        entropy_symbols(&source) * y->quant.quantizer->symbols_per_weight;
		out->zeros = count_zeros(y, v);
		for (size_t i = 0; counts && i < n; i++)
			counts[v[i]]++;
	}
	free(group);
	free(v);
	return rc;
}
