#include "model/onnx.h"

#include "model/weights.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *tensor_name(const Onnx__TensorProto *t)
{
	return t->name ? t->name : "";
}

static const char *type_name(int32_t type)
{
	static const char *const names[] = {
		"UNDEFINED", "FLOAT",  "UINT8",     "INT8",       "UINT16",   "INT16",
		"INT32",     "INT64",  "STRING",    "BOOL",       "FLOAT16",  "DOUBLE",
		"UINT32",    "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16",
	};

	if (type < 0 || (size_t)type >= sizeof(names) / sizeof(names[0]))
		return "an unknown type";
	return names[type];
}

/* "20x1x5x5" of declared dimensions, which may be anything. */
static void dims_text(const Onnx__TensorProto *t, char *out, size_t size)
{
	size_t at = 0;

	snprintf(out, size, "scalar");
	for (size_t i = 0; i < t->n_dims && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, i ? "x%" PRId64 : "%" PRId64,
		                       t->dims[i]);
}

/* Elements that are really there, of raw_data or of the typed field. */
static enum status count_present(const Onnx__TensorProto *t, size_t size, size_t n_typed, size_t *n,
                                 struct err *e)
{
	size_t raw = t->has_raw_data ? t->raw_data.len : 0;

	if (t->n_external_data || (t->has_data_location &&
	                           t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL))
		return err_set(e, ST_DATA,
		               "tensor '%.80s' is stored outside the model (external data): save "
		               "the model as one file",
		               tensor_name(t));
	if (t->segment || raw % size || (raw && n_typed))
		return err_set(e, ST_DATA,
		               "tensor '%.80s' is stored in segments, in two forms at once or with "
		               "half an element: damaged",
		               tensor_name(t));
	*n = raw ? raw / size : n_typed;
	return ST_OK;
}

/* The declared shape, checked against the data. Unlike a kernel's it may have an empty dimension
 * list (a scalar). */
static enum status tensor_shape(const Onnx__TensorProto *t, int32_t type, size_t size,
                                size_t n_typed, struct shape *s, size_t *n, struct err *e)
{
	size_t present = 0, left;
	char text[160];
	enum status rc;

	if (t->data_type != type)
		return err_set(e, ST_DATA, "tensor '%.80s' is %s; expected %s: convert the model",
		               tensor_name(t), type_name(t->data_type), type_name(type));
	rc = count_present(t, size, n_typed, &present, e);
	if (rc)
		return rc;
	dims_text(t, text, sizeof(text));
	if (t->n_dims > SHAPE_MAX_RANK)
		return err_set(e, ST_DATA,
		               "tensor '%.80s' has rank %zu (%s); expected at most %d dimensions",
		               tensor_name(t), t->n_dims, text, SHAPE_MAX_RANK);
	*s = (struct shape){ .rank = (unsigned)t->n_dims };
	left = present;
	for (size_t i = 0; i < t->n_dims; i++) {
		if (t->dims[i] < 1)
			return err_set(e, ST_DATA,
			               "tensor '%.80s' is declared %s; expected dimensions of at "
			               "least 1",
			               tensor_name(t), text);
		if ((uint64_t)t->dims[i] > left)
			left = 0;
		else
			left /= (size_t)t->dims[i];
		s->dim[i] = (size_t)t->dims[i];
	}
	if (left == 0 || shape_count(s) != present)
		return err_set(e, ST_DATA, "tensor '%.80s' is declared %s but holds %zu elements",
		               tensor_name(t), text, present);
	*n = present;
	return ST_OK;
}

static inline float float_at(const Onnx__TensorProto *t, size_t i)
{
	const uint8_t *p;
	uint32_t u;
	float f;

	if (t->n_float_data)
		return t->float_data[i];
	p = t->raw_data.data + 4 * i;
	u = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	memcpy(&f, &u, sizeof(f));
	return f;
}

static enum status float_shape(const Onnx__TensorProto *t, struct shape *s, size_t *n,
                               struct err *e)
{
	return tensor_shape(t, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 4, t->n_float_data, s, n, e);
}

enum status onnx_floats(struct onnx *x, struct onnx_symbol *s, struct shape *shape,
                        const float **out, struct err *e)
{
	enum status rc;
	float *copy;
	size_t n = 0;

	rc = float_shape(s->tensor, shape, &n, e);
	if (rc)
		return rc;
	if (!s->floats) {
		copy = ARENA_NEW(&x->m->arena, float, n);
		if (!copy)
			return err_nomem(e);
		for (size_t i = 0; i < n; i++)
			copy[i] = float_at(s->tensor, i);
		s->floats = copy;
	}
	*out = s->floats;
	return ST_OK;
}

enum status onnx_ints(const struct onnx_symbol *s, size_t max, int64_t *out, size_t *n,
                      struct err *e)
{
	const Onnx__TensorProto *t = s->tensor;
	struct shape shape;
	enum status rc;

	rc = tensor_shape(t, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, 8, t->n_int64_data, &shape, n,
	                  e);
	if (rc)
		return rc;
	if (shape.rank > 1 || *n > max)
		return err_set(e, ST_DATA,
		               "tensor '%.80s' has rank %u and %zu elements; expected a list of at "
		               "most %zu",
		               tensor_name(t), shape.rank, *n, max);
	for (size_t i = 0; i < *n; i++) {
		uint64_t u = 0;

		for (size_t b = 0; b < 8 && !t->n_int64_data; b++)
			u |= (uint64_t)t->raw_data.data[8 * i + b] << (8 * b);
		if (t->n_int64_data)
			u = (uint64_t)t->int64_data[i];
		memcpy(&out[i], &u, sizeof(u));
	}
	return ST_OK;
}

enum status onnx_scalar(struct onnx *x, struct onnx_symbol *s, float *out, struct err *e)
{
	const float *v = NULL;
	struct shape shape;
	enum status rc = onnx_floats(x, s, &shape, &v, e);

	if (rc)
		return rc;
	if (shape_count(&shape) != 1)
		return err_set(e, ST_DATA, "tensor '%.80s' has %zu elements; expected one number",
		               s->name, shape_count(&shape));
	*out = v[0];
	return ST_OK;
}

static int32_t integer_at(const Onnx__TensorProto *t, size_t size, bool is_signed, size_t i)
{
	const uint8_t *p;
	uint32_t u;
	int32_t v;

	if (t->n_int32_data)
		return t->int32_data[i];
	p = t->raw_data.data + size * i;
	if (size == 1)
		return is_signed && p[0] > 127 ? (int32_t)p[0] - 256 : (int32_t)p[0];
	u = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	memcpy(&v, &u, sizeof(v));
	return v;
}

enum status onnx_integers(struct onnx *x, struct onnx_symbol *s, struct onnx_integers *out,
                          struct err *e)
{
	static const struct {
		int32_t type, low, high;
		size_t size;
	} kinds[] = {
		{ONNX__TENSOR_PROTO__DATA_TYPE__UINT8,  0,         255,       1},
		{ ONNX__TENSOR_PROTO__DATA_TYPE__INT8,  -128,      127,       1},
		{ ONNX__TENSOR_PROTO__DATA_TYPE__INT32, INT32_MIN, INT32_MAX, 4},
	};
	const Onnx__TensorProto *t = s->tensor;
	size_t k = 0;
	int32_t *v;
	enum status rc;

	while (k < 2 && kinds[k].type != t->data_type)
		k++;
	rc = tensor_shape(t, kinds[k].type, kinds[k].size, t->n_int32_data, &out->shape, &out->n,
	                  e);
	if (rc)
		return rc;
	out->low = kinds[k].low;
	out->high = kinds[k].high;
	v = ARENA_NEW(&x->scratch, int32_t, out->n);
	if (!v)
		return err_nomem(e);
	for (size_t i = 0; i < out->n; i++)
		v[i] = integer_at(t, kinds[k].size, kinds[k].low < 0, i);
	out->v = v;
	return ST_OK;
}

/* The floats in the file, NULL when they are not there or not as the machine wants them. */
static const float *floats_in_file(const struct onnx *x, const Onnx__TensorProto *t)
{
	const uintptr_t file = (uintptr_t)x->file.p, p = (uintptr_t)t->raw_data.data;

	if (t->n_float_data || p < file || p - file >= x->file.n)
		return NULL;
	return floats_in_place(t->raw_data.data);
}

/* Content of a tensor of rows x columns, rows and columns exchanged. */
static const float *exchanged(struct onnx *x, const Onnx__TensorProto *t, size_t rows,
                              size_t columns)
{
	float *w = ARENA_NEW(&x->m->arena, float, rows *columns);

	for (size_t j = 0; j < columns && w; j++)
		for (size_t i = 0; i < rows; i++)
			w[j * rows + i] = float_at(t, i * columns + j);
	return w;
}

enum status onnx_kernel(struct onnx *x, const Onnx__NodeProto *n, struct onnx_symbol *s,
                        unsigned rank, bool transpose, struct kernel *k, struct err *e)
{
	const float *w = NULL;
	struct shape shape;
	size_t count = 0;
	enum status rc;
	char text[64];

	rc = float_shape(s->tensor, &shape, &count, e);
	if (rc)
		return rc;
	if (shape.rank != rank) {
		shape_text(&shape, text);
		return onnx_fail(n, e, "kernel '%.80s' is %s, of rank %u; expected rank %u",
		                 s->name, text, shape.rank, rank);
	}
	if (s->kernel_of)
		return onnx_fail(
		        n, e,
		        "kernel '%.80s' is already that of '%.80s': shared weights are not "
		        "supported, give each node its own",
		        s->name, s->kernel_of);
	s->kernel_of = onnx_node_name(n);
	if (transpose)
		w = exchanged(x, s->tensor, shape.dim[0], shape.dim[1]);
	else if (!(w = floats_in_file(x, s->tensor)))
		w = exchanged(x, s->tensor, 1, count);
	if (!w)
		return err_nomem(e);
	if (transpose)
		shape = (struct shape){
			.rank = 2, .dim = {shape.dim[1], shape.dim[0]}
		};
	*k = (struct kernel){
		.name = s->name,
		.layer = onnx_node_name(n),
		.shape = shape,
		.groups = 1,
		.transposed = transpose,
		.w = w,
	};
	return ST_OK;
}
