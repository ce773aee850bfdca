#include "run/sidecar.h"

#include "base/file.h"
#include "base/text.h"
#include "infer/dataset.h"

#include <math.h>
#include <string.h>
#include <yaml.h>

enum { MAX_SIDECAR_BYTES = 1 << 16 };
enum key { INPUT, RESIZE_SHORT_SIDE, CHANNEL_ORDER, MEAN, STD, N_KEYS };

static const char *const keys[N_KEYS] = { "input", "resize_short_side", "channel_order", "mean",
	                                  "std" };

struct reader {
	yaml_document_t *doc;
	const char *path;
	struct preprocess *p;
	struct err *e;
};

static const char *key_name(size_t i)
{
	return i < N_KEYS ? keys[i] : NULL;
}

static enum status at(struct reader *r, const yaml_node_t *n, enum status rc)
{
	if (rc)
		err_wrap(r->e, "%s:%zu", r->path, n->start_mark.line + 1);
	return rc;
}

/* NULL for anything but a scalar; an embedded NUL would cut a value short unseen. */
static const char *scalar(const yaml_node_t *n)
{
	const char *s = (const char *)n->data.scalar.value;

	return n->type == YAML_SCALAR_NODE && strlen(s) == n->data.scalar.length ? s : NULL;
}

static enum status read_side(struct reader *r, const yaml_node_t *n, const char *key, unsigned *out)
{
	const char *s = scalar(n);
	uint64_t v;

	if (!s || !parse_u64(s, PREPROCESS_MAX_SIDE, &v))
		return err_set(r->e, ST_USAGE, "%s: expected a number of pixels up to %d", key,
		               PREPROCESS_MAX_SIDE);
	*out = (unsigned)v;
	return ST_OK;
}

static enum status read_order(struct reader *r, const yaml_node_t *n)
{
	const char *s = scalar(n);

	if (!s || (strcmp(s, "RGB") && strcmp(s, "BGR")))
		return err_set(r->e, ST_USAGE, "channel_order: expected RGB or BGR");
	r->p->bgr = !strcmp(s, "BGR");
	return ST_OK;
}

static enum status read_three(struct reader *r, const yaml_node_t *n, const char *key, float out[3])
{
	const yaml_node_item_t *item = n->data.sequence.items.start;

	if (n->type != YAML_SEQUENCE_NODE || n->data.sequence.items.top - item != 3)
		return err_set(r->e, ST_USAGE, "%s: expected a list of three numbers", key);
	for (unsigned c = 0; c < 3; c++) {
		const char *s = scalar(yaml_document_get_node(r->doc, item[c]));
		double v;

		if (!s || !parse_double(s, &v) || !isfinite((float)v))
			return err_set(r->e, ST_USAGE, "%s: '%.40s' is not a number", key,
			               s ? s : "?");
		out[c] = (float)v;
	}
	return ST_OK;
}

static enum status read_key(struct reader *r, enum key key, const yaml_node_t *n)
{
	switch (key) {
	case INPUT:
		return read_side(r, n, keys[key], &r->p->input);
	case RESIZE_SHORT_SIDE:
		return read_side(r, n, keys[key], &r->p->resize_short_side);
	case CHANNEL_ORDER:
		return read_order(r, n);
	case MEAN:
		return read_three(r, n, keys[key], r->p->mean);
	default:
		return read_three(r, n, keys[key], r->p->std);
	}
}

static enum status find_key(struct reader *r, const yaml_node_t *n, size_t *key)
{
	const char *s = scalar(n), *near = s ? nearest_name(s, key_name) : NULL;

	for (*key = 0; s && *key < N_KEYS; ++*key)
		if (!strcmp(s, keys[*key]))
			return ST_OK;
	if (near)
		return err_set(r->e, ST_USAGE, "unknown key '%s'; did you mean '%s'?", s, near);
	return err_set(r->e, ST_USAGE,
	               "unknown key '%.40s': expected input, resize_short_side, channel_order, "
	               "mean or std",
	               s ? s : "?");
}

static enum status read_root(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->doc);
	bool seen[N_KEYS] = { false };
	enum status rc = ST_OK;

	if (!root || root->type != YAML_MAPPING_NODE)
		return err_set(r->e, ST_USAGE, "%s: expected the keys input, mean and std",
		               r->path);
	for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top && !rc; pair++) {
		const yaml_node_t *name = yaml_document_get_node(r->doc, pair->key);
		const yaml_node_t *value = yaml_document_get_node(r->doc, pair->value);
		size_t key = 0;

		rc = at(r, name, find_key(r, name, &key));
		if (!rc && seen[key])
			rc = at(r, name, err_set(r->e, ST_USAGE, "%s stands twice", keys[key]));
		if (!rc)
			rc = at(r, value, read_key(r, (enum key)key, value));
		if (!rc)
			seen[key] = true;
	}
	for (size_t k = 0; k < N_KEYS && !rc; k++)
		if (!seen[k] && k != RESIZE_SHORT_SIDE && k != CHANNEL_ORDER)
			rc = err_set(r->e, ST_USAGE, "%s: the key %s is missing", r->path, keys[k]);
	if (!rc) {
		rc = preprocess_check(r->p, r->e);
		if (rc)
			err_wrap(r->e, "%s", r->path);
	}
	return rc;
}

enum status sidecar_parse(struct preprocess *out, struct span file, const char *path, struct err *e)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	enum status rc;

	*out = (struct preprocess){ 0 };
	if (!yaml_parser_initialize(&parser))
		return err_nomem(e);
	yaml_parser_set_input_string(&parser, file.p, file.n);
	if (!yaml_parser_load(&parser, &doc)) {
		rc = err_set(e, ST_USAGE, "%s:%zu: not valid YAML: %s", path,
		             parser.problem_mark.line + 1,
		             parser.problem ? parser.problem : "cannot be parsed");
	} else {
		struct reader r = { .doc = &doc, .path = path, .p = out, .e = e };

		rc = read_root(&r);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return rc;
}

const char *sidecar_path(struct arena *a, const char *model)
{
	size_t n = strlen(model);
	const char *dot, *slash = strrchr(model, '/');

	if (n > 3 && !strcmp(model + n - 3, ".gz"))
		n -= 3;
	for (dot = model + n; dot > model && dot[-1] != '.' && dot[-1] != '/'; dot--)
		;
	if (dot > (slash ? slash + 2 : model + 1) && dot[-1] == '.')
		n = (size_t)(dot - 1 - model);
	return arena_printf(a, "%.*s.yaml", (int)n, model);
}

enum status sidecar_for(const char *model, const char *data, struct preprocess *room,
                        const struct preprocess **out, struct err *e)
{
	struct arena a = { 0 };
	struct span file;
	const char *path;
	enum status rc;

	*out = NULL;
	if (!dataset_has_photos(data))
		return ST_OK;
	path = sidecar_path(&a, model);
	if (!path)
		rc = err_nomem(e);
	else if (!file_exists(path))
		rc = err_set(e, ST_USAGE,
		             "data set '%s' holds photographs, so a file %s must say how the "
		             "network wants them: input, resize_short_side, channel_order, mean, "
		             "std",
		             data, path);
	else
		rc = file_read(&a, path, MAX_SIDECAR_BYTES, &file, e);
	if (!rc)
		rc = sidecar_parse(room, file, path, e);
	if (!rc)
		*out = room;
	arena_release(&a);
	return rc;
}
