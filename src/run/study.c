#include "run/study.h"

#include "base/file.h"
#include "base/text.h"
#include "run/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MAX_TEXT = 200, MAX_VALUES = 100000, MAX_STUDY_BYTES = 1 << 24, MAX_POINTS = 20000000 };

/* Values of one axis of a grid. */
struct choice {
	const char **value;
	size_t n;
	unsigned line;
};

struct grid {
	struct choice axis[MAX_AXES]; /* indexed as axes[]; n = 0: the default */
	unsigned line;
};

struct reader {
	struct study *study;
	yaml_document_t *doc;
	struct grid defaults, sets; /* sets replace an axis of every grid */
	bool any_set;
	size_t cap_points;
	struct err *e;
};

enum {
	KEY_NAME,
	KEY_HELP,
	KEY_TECHNOLOGIES,
	KEY_EVALUATE,
	KEY_TIME,
	KEY_DEFAULTS,
	KEY_GRIDS,
	KEY_POINTS,
	N_KEYS
};
static const char *const keys[] = { "name", "help",     "technologies", "evaluate",
	                            "time", "defaults", "grids",        "points" };

static const char *key_name(size_t i)
{
	return i < N_KEYS ? keys[i] : NULL;
}

static unsigned line_of(const yaml_node_t *n)
{
	return (unsigned)n->start_mark.line + 1;
}

/* Prefixes file:line. */
static enum status at(struct reader *r, unsigned line, enum status rc)
{
	if (rc && line)
		err_wrap(r->e, "%s:%u", r->study->path, line);
	return rc;
}

static enum status fail(struct reader *r, const yaml_node_t *n, const char *what)
{
	return at(r, line_of(n), err_set(r->e, ST_USAGE, "%s", what));
}

static const char *scalar(const yaml_node_t *n)
{
	const char *s = (const char *)n->data.scalar.value;

	/* an embedded NUL would cut the value short unseen */
	return n->type == YAML_SCALAR_NODE && strlen(s) == n->data.scalar.length ? s : NULL;
}

static enum status add_value(struct reader *r, struct choice *c, const char *value)
{
	if (c->n == MAX_VALUES)
		return err_set(r->e, ST_USAGE, "more than %d values on one axis", MAX_VALUES);
	if ((c->n & (c->n - 1)) == 0) { /* a power of two: full */
		const char **grown = ARENA_NEW(&r->study->arena, const char *, c->n ? 2 * c->n : 1);

		if (!grown)
			return err_nomem(r->e);
		if (c->n)
			memcpy(grown, c->value, c->n * sizeof(*grown));
		c->value = grown;
	}
	c->value[c->n] = arena_strdup(&r->study->arena, value);
	return c->value[c->n++] ? ST_OK : err_nomem(r->e);
}

/* A choice being filled. */
struct filling {
	struct reader *reader;
	struct choice *choice;
};

static enum status take_value(void *arg, const char *value, struct err *e)
{
	const struct filling *f = arg;

	(void)e; /* the reader's own */
	return add_value(f->reader, f->choice, value);
}

/* Appends what `value` stands for. */
static enum status expand(struct reader *r, struct choice *c, const struct axis *axis,
                          const char *value)
{
	struct filling f = { r, c };

	return values_expand(axis ? axis->name : "", value, take_value, &f, r->e);
}

static enum status read_choice(struct reader *r, const yaml_node_t *n, const struct axis *axis,
                               struct choice *c)
{
	const char *s = scalar(n);
	enum status rc = ST_OK;

	c->line = line_of(n);
	if (s)
		return at(r, c->line, expand(r, c, axis, s));
	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "expected a value or a list of values");
	for (yaml_node_item_t *i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top && !rc; i++) {
		const yaml_node_t *item = yaml_document_get_node(r->doc, *i);

		s = scalar(item);
		rc = s ? at(r, line_of(item), expand(r, c, axis, s))
		       : fail(r, item, "expected a value");
	}
	if (!rc && c->n == 0)
		return fail(r, n, "an empty list leaves no points");
	return rc;
}

/* Finds key in names (by name(i)); n_names when unknown, with the error set. */
static enum status find_key(struct reader *r, const yaml_node_t *n, const char *kind,
                            const char *(*name)(size_t), size_t *index)
{
	const char *s = scalar(n);
	size_t i;

	if (!s)
		return fail(r, n, "expected a key");
	for (i = 0; name(i); i++)
		if (!strcmp(name(i), s)) {
			*index = i;
			return ST_OK;
		}
	return at(r, line_of(n),
	          err_unknown(r->e, kind, s, name, !strcmp(kind, "axis") ? "axes" : "--help"));
}

static enum status read_grid(struct reader *r, const yaml_node_t *n, struct grid *g)
{
	enum status rc = ST_OK;

	if (n->type != YAML_MAPPING_NODE)
		return fail(r, n, "expected a mapping of axes to values");
	g->line = line_of(n);
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
	     p < n->data.mapping.pairs.top && !rc; p++) {
		const yaml_node_t *key = yaml_document_get_node(r->doc, p->key);
		size_t i = 0;

		rc = find_key(r, key, "axis", axis_name, &i);
		if (!rc && g->axis[i].n)
			rc = at(r, line_of(key),
			        err_set(r->e, ST_USAGE, "the axis %s stands twice", axes[i].name));
		if (!rc)
			rc = read_choice(r, yaml_document_get_node(r->doc, p->value), &axes[i],
			                 &g->axis[i]);
	}
	return rc;
}

static enum status add_point(struct reader *r, const struct point *p, unsigned line)
{
	struct study *s = r->study;

	if (s->n_points == MAX_POINTS)
		return err_set(r->e, ST_USAGE, "more than %d points: split the study", MAX_POINTS);
	if (s->n_points == r->cap_points) {
		size_t cap = r->cap_points ? 2 * r->cap_points : 256;
		struct study_point *grown = realloc(s->point, cap * sizeof(*grown));

		if (!grown)
			return err_nomem(r->e);
		s->point = grown;
		r->cap_points = cap;
	}
	s->point[s->n_points++] = (struct study_point){ *p, line };
	return ST_OK;
}

/* Cross product, axis by axis: the innermost axis is the last of the table. */
static enum status cross(struct reader *r, const struct grid *g, size_t axis,
                         const struct point *so_far)
{
	const struct choice *c = NULL;
	enum status rc = ST_OK;

	for (; axis < n_axes; axis++) {
		c = g->axis[axis].n ? &g->axis[axis] : &r->defaults.axis[axis];
		if (c->n)
			break;
	}
	if (axis == n_axes) {
		struct point p = *so_far;

		rc = at(r, g->line, point_finish(&p, r->e));
		return rc ? rc : add_point(r, &p, g->line);
	}
	for (size_t i = 0; i < c->n && !rc; i++) {
		struct point p = *so_far;

		rc = at(r, c->line, point_set(&p, axes[axis].name, c->value[i], r->e));
		if (!rc)
			rc = cross(r, g, axis + 1, &p);
	}
	return rc;
}

/* "axis=value" or "axis=[value, ..]" into a choice of its axis. */
static enum status read_set(struct reader *r, const char *set)
{
	const char *eq = strchr(set, '=');
	char name[64], list[2048], *save = NULL;
	struct choice c = { 0 };
	const struct axis *a;
	struct point scratch;
	enum status rc = ST_OK;

	if (!eq || (size_t)(eq - set) >= sizeof(name) || strlen(eq + 1) >= sizeof(list))
		return err_set(r->e, ST_USAGE, "'%.80s' is not axis=value", set);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - set), set);
	snprintf(list, sizeof(list), "%s", eq + 1);
	point_init(&scratch);
	a = axis_find(name);
	if (!a)
		return point_set(&scratch, name, eq + 1, r->e);
	for (char *v = strtok_r(list, "[], ", &save); v && !rc; v = strtok_r(NULL, "[], ", &save))
		rc = expand(r, &c, a, v);
	for (size_t i = 0; i < c.n && !rc; i++)
		rc = point_set(&scratch, name, c.value[i], r->e);
	if (!rc && !c.n)
		rc = err_set(r->e, ST_USAGE, "%s has no value", name);
	r->sets.axis[a - axes] = c;
	return rc;
}

static enum status read_sets(struct reader *r, const char *const *sets, size_t n)
{
	enum status rc = ST_OK;

	for (size_t i = 0; i < n && !rc; i++)
		rc = read_set(r, sets[i]);
	if (rc)
		err_wrap(r->e, "--set");
	return rc;
}

static void apply_sets(const struct reader *r, struct grid *g)
{
	for (size_t i = 0; i < n_axes; i++)
		if (r->sets.axis[i].n)
			g->axis[i] = r->sets.axis[i];
}

static enum status read_grids(struct reader *r, const yaml_node_t *n)
{
	enum status rc = ST_OK;

	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "grids: expected a list of mappings");
	for (yaml_node_item_t *i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top && !rc; i++) {
		struct grid *g = calloc(1, sizeof(*g));
		struct point p;

		if (!g)
			return err_nomem(r->e);
		point_init(&p);
		rc = read_grid(r, yaml_document_get_node(r->doc, *i), g);
		apply_sets(r, g);
		if (!rc)
			rc = cross(r, g, 0, &p);
		free(g);
	}
	return rc;
}

static enum status read_points(struct reader *r, const yaml_node_t *n)
{
	enum status rc = ST_OK;

	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "points: expected a list of point lines");
	if (r->any_set)
		return fail(r, n, "--set replaces axes of grids, and points stand for themselves");
	for (yaml_node_item_t *i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top && !rc; i++) {
		const yaml_node_t *item = yaml_document_get_node(r->doc, *i);
		const char *s = scalar(item);
		struct point p;

		if (!s)
			return fail(r, item, "expected a point line \"axis=value ...\"");
		rc = at(r, line_of(item), point_parse(&p, s, r->e));
		if (!rc)
			rc = add_point(r, &p, line_of(item));
	}
	return rc;
}

static enum status read_text(struct reader *r, const yaml_node_t *n, const char **out)
{
	const char *s = scalar(n);

	if (!s)
		return fail(r, n, "expected a text");
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || c - s >= MAX_TEXT)
			return fail(r, n, "expected one line of at most 200 printable characters");
	*out = arena_strdup(&r->study->arena, s);
	return *out ? ST_OK : err_nomem(r->e);
}

static enum status read_technologies(struct reader *r, const yaml_node_t *n)
{
	struct choice c = { 0 };
	enum status rc = read_choice(r, n, NULL, &c);

	r->study->technology = c.value;
	r->study->n_technologies = c.n;
	return rc;
}

enum status study_evaluation(const char *text, double *limit, struct err *e)
{
	static const char adaptive[] = "adaptive:";
	const size_t n = sizeof(adaptive) - 1;

	*limit = 0;
	if (!strcmp(text, "all"))
		return ST_OK;
	if (!strncmp(text, adaptive, n) && parse_double(text + n, limit) && *limit > 0 &&
	    *limit <= 100)
		return ST_OK;
	return err_set(e, ST_USAGE,
	               "evaluate: '%.40s' is not valid (expected all, or adaptive:POINTS with a "
	               "loss in percentage points, e.g. adaptive:1)",
	               text);
}

static enum status read_evaluation(struct reader *r, const yaml_node_t *n)
{
	const char *s = scalar(n);

	return at(r, line_of(n), study_evaluation(s ? s : "?", &r->study->limit, r->e));
}

static enum status read_time(struct reader *r, const yaml_node_t *n)
{
	const char *s = scalar(n);
	uint64_t repeats;

	if (!s || !parse_u64(s, STUDY_MAX_REPEATS, &repeats))
		return fail(r, n, "time: expected how often to repeat, a whole number up to 1000");
	r->study->repeats = (unsigned)repeats;
	return ST_OK;
}

static enum status default_technology(struct reader *r)
{
	struct choice c = { 0 };
	enum status rc = add_value(r, &c, DEFAULT_TECHNOLOGY);

	r->study->technology = c.value;
	r->study->n_technologies = c.n;
	return rc;
}

static enum status read_key(struct reader *r, size_t key, const yaml_node_t *value)
{
	switch (key) {
	case KEY_NAME:
		return read_text(r, value, &r->study->name);
	case KEY_HELP:
		return read_text(r, value, &r->study->help);
	case KEY_TECHNOLOGIES:
		return read_technologies(r, value);
	case KEY_EVALUATE:
		return read_evaluation(r, value);
	case KEY_TIME:
		return read_time(r, value);
	case KEY_DEFAULTS:
		return read_grid(r, value, &r->defaults);
	case KEY_GRIDS:
		return read_grids(r, value);
	default:
		return read_points(r, value);
	}
}

static enum status read_root(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->doc);
	bool seen[N_KEYS] = { false };
	enum status rc = ST_OK;

	if (!root || root->type != YAML_MAPPING_NODE)
		return err_set(r->e, ST_USAGE,
		               "%s: not a study: expected the keys name, technologies, grids "
		               "or points",
		               r->study->path);
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
	     p < root->data.mapping.pairs.top && !rc; p++) {
		const yaml_node_t *key = yaml_document_get_node(r->doc, p->key);
		size_t i = 0;

		rc = find_key(r, key, "key", key_name, &i);
		if (!rc && seen[i])
			rc = at(r, line_of(key),
			        err_set(r->e, ST_USAGE, "the key %s stands twice", keys[i]));
		if (!rc && i == KEY_DEFAULTS && seen[KEY_GRIDS])
			rc = fail(r, key, "defaults must stand before grids");
		if (!rc) {
			seen[i] = true;
			rc = read_key(r, i, yaml_document_get_node(r->doc, p->value));
		}
	}
	if (!rc && !seen[KEY_TECHNOLOGIES])
		rc = default_technology(r);
	if (!rc && r->study->n_points == 0)
		return err_set(r->e, ST_USAGE, "%s: no points: give grids or points",
		               r->study->path);
	return rc;
}

static enum status parse_document(struct study *s, struct span file, const char *const *sets,
                                  size_t n_sets, struct err *e)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	struct reader *r = calloc(1, sizeof(*r));
	enum status rc;

	if (!r || !yaml_parser_initialize(&parser)) {
		free(r);
		return err_nomem(e);
	}
	yaml_parser_set_input_string(&parser, file.p, file.n);
	if (!yaml_parser_load(&parser, &doc)) {
		rc = err_set(e, ST_USAGE, "%s:%zu: not valid YAML: %s", s->path,
		             parser.problem_mark.line + 1,
		             parser.problem ? parser.problem : "cannot be parsed");
	} else {
		*r = (struct reader){ .study = s, .doc = &doc, .any_set = n_sets > 0, .e = e };
		rc = read_sets(r, sets, n_sets);
		if (!rc)
			rc = read_root(r);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	free(r);
	return rc;
}

enum status study_parse(struct study **out, struct span file, const char *path,
                        const char *const *sets, size_t n_sets, struct err *e)
{
	struct study *s = calloc(1, sizeof(*s));
	enum status rc;

	*out = NULL;
	if (!s)
		return err_nomem(e);
	s->name = s->help = "";
	s->path = arena_strdup(&s->arena, path);
	s->text = arena_strndup(&s->arena, file.p ? file.p : "", file.n);
	rc = s->path && s->text ? parse_document(s, file, sets, n_sets, e) : err_nomem(e);
	if (rc)
		study_free(s);
	else
		*out = s;
	return rc;
}

enum status study_load(struct study **out, const char *path, const char *const *sets, size_t n_sets,
                       struct err *e)
{
	struct arena a = { 0 };
	struct span file;
	enum status rc = file_read(&a, path, MAX_STUDY_BYTES, &file, e);

	*out = NULL;
	if (!rc)
		rc = study_parse(out, file, path, sets, n_sets, e);
	arena_release(&a);
	return rc;
}

void study_free(struct study *s)
{
	if (!s)
		return;
	free(s->point);
	arena_release(&s->arena);
	free(s);
}

const char *study_library_version(void)
{
	return yaml_get_version_string();
}
