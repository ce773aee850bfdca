/* Safetensors: the length of a JSON header, the header (name -> type, shape, first and last byte),
 * the bytes. Every byte belongs to exactly one tensor. */
#include "model/importer.h"
#include "model/weights.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, MAX_HEADER = 100000000, MAX_TENSORS = 1 << 20 };

struct entry {
	struct tensor t;
	size_t begin, end;
};

static size_t header_length(struct span file)
{
	const uint8_t *p = file.p;
	uint64_t n = 0;

	for (unsigned i = 0; i < LENGTH_BYTES; i++)
		n |= (uint64_t)p[i] << (8 * i);
	return n > SIZE_MAX ? SIZE_MAX : (size_t)n;
}

static bool probe(struct span file)
{
	return file.n > LENGTH_BYTES && ((const char *)file.p)[LENGTH_BYTES] == '{' &&
	       header_length(file) <= MAX_HEADER;
}

static const struct {
	const char *name;
	size_t size;
	enum number number;
} types[] = {
	{"F32",      4, NUMBER_F32  },
        { "F16",     2, NUMBER_F16  },
        { "BF16",    2, NUMBER_BF16 },
	{ "F64",     8, NUMBER_OTHER},
        { "I64",     8, NUMBER_OTHER},
        { "U64",     8, NUMBER_OTHER},
	{ "I32",     4, NUMBER_OTHER},
        { "U32",     4, NUMBER_OTHER},
        { "I16",     2, NUMBER_OTHER},
	{ "U16",     2, NUMBER_OTHER},
        { "I8",      1, NUMBER_OTHER},
        { "U8",      1, NUMBER_OTHER},
	{ "BOOL",    1, NUMBER_OTHER},
        { "F8_E4M3", 1, NUMBER_OTHER},
        { "F8_E5M2", 1, NUMBER_OTHER},
};

static enum status read_type(struct entry *en, const json_t *type, size_t *size, struct err *e)
{
	const char *name = json_string_value(type);

	for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name)) {
			en->t.type = types[i].name;
			en->t.number = types[i].number;
			*size = types[i].size;
			return ST_OK;
		}
	return err_set(e, ST_DATA,
	               "tensor '%.80s' has dtype %.20s, which safetensors does not define",
	               en->t.name, name ? name : "missing or no string");
}

/* A number 0 to max of an array. */
static bool array_number(const json_t *array, size_t i, size_t max, size_t *out)
{
	const json_t *v = json_array_get(array, i);
	json_int_t n = json_integer_value(v);

	*out = (size_t)n;
	return json_is_integer(v) && n >= 0 && (uint64_t)n <= max;
}

static enum status read_shape(struct entry *en, const json_t *shape, size_t most, struct err *e)
{
	const size_t rank = json_array_size(shape);
	struct shape *s = &en->t.shape;

	if (!json_is_array(shape) || rank > SHAPE_MAX_RANK)
		return err_set(e, ST_DATA, "tensor '%.80s' has no shape of at most %d dimensions",
		               en->t.name, SHAPE_MAX_RANK);
	s->rank = (unsigned)rank;
	en->t.n = 1;
	for (size_t i = 0; i < rank; i++) {
		if (!array_number(shape, i, most, &s->dim[i]) ||
		    (s->dim[i] && en->t.n > most / s->dim[i]))
			return err_set(e, ST_DATA,
			               "tensor '%.80s' has a shape that is no list of sizes within "
			               "the %zu bytes of data: is the file truncated?",
			               en->t.name, most);
		en->t.n *= s->dim[i];
	}
	return ST_OK;
}

static enum status read_entry(struct entry *en, const char *name, const json_t *o, struct span data,
                              struct err *e)
{
	const json_t *offsets = json_object_get(o, "data_offsets");
	size_t size = 0;
	enum status rc;

	en->t = (struct tensor){ .name = name, .stays = true };
	rc = read_type(en, json_object_get(o, "dtype"), &size, e);
	if (!rc)
		rc = read_shape(en, json_object_get(o, "shape"), data.n, e);
	if (rc)
		return rc;
	if (json_array_size(offsets) != 2 || !array_number(offsets, 0, data.n, &en->begin) ||
	    !array_number(offsets, 1, data.n, &en->end) || en->begin > en->end)
		return err_set(e, ST_DATA,
		               "tensor '%.80s' has data_offsets that are no range of the %zu bytes "
		               "of data: is the file truncated?",
		               name, data.n);
	if (en->end - en->begin != en->t.n * size)
		return err_set(e, ST_DATA, "tensor '%.80s' has %zu elements of %s but %zu bytes",
		               name, en->t.n, en->t.type, en->end - en->begin);
	en->t.bytes = (const uint8_t *)data.p + en->begin;
	return ST_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end) /* an empty one comes before what begins where it is */
		return x->end < y->end ? -1 : 1;
	return strcmp(x->t.name, y->t.name);
}

static enum status add_entries(struct model *m, const struct entry *en, size_t n, size_t n_bytes,
                               struct err *e)
{
	size_t at = 0;
	enum status rc = ST_OK;

	for (size_t i = 0; i < n && !rc; at = en[i++].end) {
		if (en[i].begin != at)
			return err_set(e, ST_DATA,
			               "tensor '%.80s' begins at byte %zu of the data; expected "
			               "%zu, without overlap or gap",
			               en[i].t.name, en[i].begin, at);
		rc = weights_add(m, &en[i].t, e);
	}
	if (!rc && at != n_bytes)
		rc = err_set(e, ST_DATA, "%zu bytes at the end belong to no tensor", n_bytes - at);
	return rc ? rc : weights_end(m, e);
}

static enum status read_header(struct model *m, json_t *root, struct span data, struct err *e)
{
	const size_t most = json_object_size(root);
	struct entry *en;
	const char *name;
	json_t *o;
	size_t n = 0;
	enum status rc = ST_OK;

	if (most > MAX_TENSORS)
		return err_set(e, ST_DATA, "the header names %zu tensors; at most %d are read",
		               most, MAX_TENSORS);
	en = calloc(most + 1, sizeof(*en));
	if (!en)
		return err_nomem(e);
	json_object_foreach(root, name, o)
	{
		if (!rc && strcmp(name, "__metadata__") != 0)
			rc = read_entry(&en[n++], name, o, data, e);
	}
	if (!rc) {
		qsort(en, n, sizeof(*en), by_place);
		rc = add_entries(m, en, n, data.n, e);
	}
	free(en);
	return rc;
}

static enum status load(struct model *m, struct span file, struct err *e)
{
	const size_t length = header_length(file), rest = file.n - LENGTH_BYTES;
	const char *text = (const char *)file.p + LENGTH_BYTES;
	json_error_t why;
	json_t *root;
	enum status rc;

	if (length > rest)
		return err_set(e, ST_DATA,
		               "the header says %zu bytes, the file has %zu behind it: truncated, "
		               "fetch it again",
		               length, rest);
	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(root))
		rc = err_set(e, ST_DATA, "the header is no JSON object: %.100s (byte %d)",
		             root ? "another value" : why.text, root ? 0 : why.position);
	else
		rc = read_header(m, root, (struct span){ text + length, rest - length }, e);
	json_decref(root);
	return rc;
}

const struct importer importer_safetensors = {
	.name = "safetensors",
	.help = "weights only: tensors of rank 4 and 2 of a safetensors file",
	.probe = probe,
	.keeps_file = true,
	.load = load,
};
