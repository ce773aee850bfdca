#include "cli/container_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "run/container.h"

static struct cell integer(uint64_t v)
{
	return (struct cell){ .type = CELL_INT, .i = (int64_t)v };
}

static struct cell real(double v)
{
	return (struct cell){ .type = CELL_REAL, .r = v };
}

static struct cell text(const char *s)
{
	return (struct cell){ .type = s ? CELL_TEXT : CELL_NULL, .t = s };
}

/* Bytes that are neither accounted nor graph: preamble, directory, tables, names, alignment. */
static uint64_t header_bytes(const struct hcw *h)
{
	return h->file_bytes - h->payload_bytes - h->graph_bytes;
}

enum status print_container(const struct hcw *h, const char *format, struct err *e)
{
	const double n = (double)h->n_weights, bits = (double)h->bits.total;
	char digest[DIGEST_HEX];
	const char *names[] = {
		"file",        "format",       "model",           "model_sha256", "lossy",
		"layers",      "weights",      "compressed_bits", "stream_bits",  "dict_bits",
		"side_bits",   "padding_bits", "bits_per_weight", "ratio_fp32",   "accounted_bytes",
		"graph_bytes", "header_bytes", "file_bytes"
	};
	char version[16];
	struct cell cells[] = {
		text(h->path),
		text(version),
		text(h->info.model),
		text(digest),
		text(h->info.lossy),
		integer(h->n_layers),
		integer(h->n_weights),
		integer(h->bits.total),
		integer(h->bits.stream),
		integer(h->bits.dict),
		integer(h->bits.side),
		integer(h->bits.padding),
		real(bits / n),
		real(32 * n / bits),
		integer(h->payload_bytes),
		integer(h->graph_bytes),
		integer(header_bytes(h)),
		integer(h->file_bytes),
	};
	struct table t = { .n_rows = 1,
		           .n_columns = sizeof(names) / sizeof(names[0]),
		           .column = names,
		           .cell = cells };

	snprintf(version, sizeof(version), "%u.%u", h->major, h->minor);
	digest_hex(&h->info.digest, digest);
	return output_row(&t, format, e);
}

enum {
	INDEX,
	LAYER,
	TENSOR,
	SHAPE,
	WEIGHTS,
	QUANT,
	BITS,
	CODEC,
	COMPRESSED,
	PER_WEIGHT,
	RATIO,
	ENTROPY,
	ZEROS,
	N_COLUMNS
};

static const char *columns[N_COLUMNS] = {
	"index",      "layer",        "tensor", "shape",           "weights",
	"quant",      "bits",         "codec",  "compressed_bits", "bits_per_weight",
	"ratio_fp32", "entropy_bits", "zeros"
};

/* The codec as points name it. */
static const char *codec_text(const struct hcw_layer *y, struct arena *a)
{
	const struct point p = { .codec = y->codec, .params = y->params };
	char *out = arena_alloc(a, POINT_NAME, 1);

	if (out)
		axis_find("codec")->format(&p, out, POINT_NAME);
	return out;
}

static void fill_sizes(struct cell *row, size_t n, uint64_t bits)
{
	row[WEIGHTS] = integer(n);
	row[COMPRESSED] = integer(bits);
	row[PER_WEIGHT] = real((double)bits / (double)n);
	row[RATIO] = real(32 * (double)n / (double)bits);
}

static enum status fill_layer(struct hcw *h, size_t l, struct cell *row, struct arena *a,
                              uint64_t *counts, int64_t *zeros, struct err *e)
{
	const struct hcw_layer *y = &h->layer[l];
	char *shape = arena_alloc(a, 64, 1);
	struct layer_statistics s;
	enum status rc = shape ? container_statistics(h, l, &s, counts, e) : err_nomem(e);

	if (rc)
		return rc;
	shape_text(&y->shape, shape);
	row[INDEX] = integer(l);
	row[LAYER] = text(y->name);
	row[TENSOR] = text(y->tensor);
	row[SHAPE] = text(shape);
	row[QUANT] = text(y->quant.quantizer->name);
	row[BITS] = integer(y->quant.bits);
	row[CODEC] = text(codec_text(y, a));
	fill_sizes(row, y->n, 8 * (uint64_t)hcw_layer_bytes(h, y));
	row[ENTROPY] = real(s.entropy_bits);
	row[ZEROS] = integer((uint64_t)s.zeros);
	*zeros += s.zeros;
	return ST_OK;
}

/* Order-0 entropy of all symbols, in bits per weight. */
static double pooled_entropy(const uint64_t *counts, size_t n_weights)
{
	uint64_t n = 0;
	double bits = 0;

	for (size_t i = 0; i <= UINT16_MAX; i++)
		n += counts[i];
	for (size_t i = 0; i <= UINT16_MAX; i++)
		if (counts[i])
			bits += (double)counts[i] * log2((double)n / (double)counts[i]);
	return bits / (double)n_weights;
}

static void explain(const struct hcw *h)
{
	printf("\n%" PRIu64 " bytes of the file are the accounted bits of the row "
	       "(compressed_bits / 8: codes, dictionaries,\nscales, padding); beyond them, %" PRIu64
	       " hold the rest of the network (graph, biases, normalizations)\nand %" PRIu64
	       " names, tables and checksums.\n",
	       h->payload_bytes, h->graph_bytes, header_bytes(h));
}

enum status print_container_layers(struct hcw *h, const char *format, struct err *e)
{
	struct table t = { .n_columns = N_COLUMNS, .n_rows = h->n_layers + 1, .column = columns };
	uint64_t *counts = calloc((size_t)UINT16_MAX + 1, sizeof(*counts));
	int64_t zeros = 0;
	struct cell *sum;
	enum status rc = ST_OK;

	t.cell = ARENA_NEW(&t.arena, struct cell, t.n_columns * t.n_rows);
	if (!t.cell || !counts)
		rc = err_nomem(e);
	for (size_t l = 0; l < h->n_layers && !rc; l++)
		rc = fill_layer(h, l, &t.cell[l * N_COLUMNS], &t.arena, counts, &zeros, e);
	if (!rc) {
		sum = &t.cell[h->n_layers * N_COLUMNS];
		sum[LAYER] = text("total");
		fill_sizes(sum, h->n_weights, h->bits.total);
		sum[ENTROPY] = real(pooled_entropy(counts, h->n_weights));
		sum[ZEROS] = integer((uint64_t)zeros);
		rc = output_table(&t, format, e);
	}
	arena_release(&t.arena);
	free(counts);
	if (rc || strcmp(format, "table") != 0)
		return rc;
	printf("\n");
	rc = print_container(h, format, e);
	if (!rc)
		explain(h);
	return rc;
}
