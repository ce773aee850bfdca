#include "model/onnx.h"

#include <inttypes.h>
#include <string.h>

const Onnx__AttributeProto *onnx_attr(const Onnx__NodeProto *n, const char *name)
{
	for (size_t i = 0; i < n->n_attribute; i++)
		if (n->attribute[i]->name && !strcmp(n->attribute[i]->name, name))
			return n->attribute[i];
	return NULL;
}

/* Files older than IR version 3 leave the type out; then the content tells. */
static bool is_type(const Onnx__AttributeProto *a, Onnx__AttributeProto__AttributeType type,
                    bool has)
{
	return a->has_type ? a->type == type : has;
}

static enum status wrong_type(const Onnx__NodeProto *n, const char *name, const char *expected,
                              struct err *e)
{
	return onnx_fail(n, e, "attribute %s is of the wrong type; expected %s", name, expected);
}

enum status onnx_attr_int(const Onnx__NodeProto *n, const char *name, int64_t fallback,
                          int64_t *out, struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	*out = a ? a->i : fallback;
	if (a && !is_type(a, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT, a->has_i))
		return wrong_type(n, name, "an integer", e);
	return ST_OK;
}

enum status onnx_attr_float(const Onnx__NodeProto *n, const char *name, float fallback, float *out,
                            struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	*out = a ? a->f : fallback;
	if (a && !is_type(a, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT, a->has_f))
		return wrong_type(n, name, "a float", e);
	return ST_OK;
}

enum status onnx_attr_choice(const Onnx__NodeProto *n, const char *name, const char *const *choices,
                             size_t *out, struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	*out = 0;
	if (!a)
		return ST_OK;
	if (!is_type(a, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING, a->has_s))
		return wrong_type(n, name, "a string", e);
	for (size_t i = 0; choices[i]; i++) {
		if (a->s.len == strlen(choices[i]) && !memcmp(a->s.data, choices[i], a->s.len)) {
			*out = i;
			return ST_OK;
		}
	}
	return onnx_fail(n, e, "%s=%.*s is not supported; expected %s", name,
	                 (int)(a->s.len < 32 ? a->s.len : 32),
	                 a->s.data ? (const char *)a->s.data : "", choices[0]);
}

enum status onnx_attr_sizes(const Onnx__NodeProto *n, const char *name, size_t min, size_t n_out,
                            size_t *out, bool *found, struct err *e)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	*found = a != NULL;
	if (!a)
		return ST_OK;
	if (!is_type(a, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS, a->n_ints > 0))
		return wrong_type(n, name, "a list of integers", e);
	if (a->n_ints != n_out)
		return onnx_fail(n, e, "%s has %zu values; expected %zu (two image axes)", name,
		                 a->n_ints, n_out);
	for (size_t i = 0; i < n_out; i++) {
		if (a->ints[i] < (int64_t)min || a->ints[i] > GRAPH_MAX_WINDOW)
			return onnx_fail(n, e, "%s holds %" PRId64 "; expected %zu to %d", name,
			                 a->ints[i], min, GRAPH_MAX_WINDOW);
		out[i] = (size_t)a->ints[i];
	}
	return ST_OK;
}
