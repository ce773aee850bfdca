#include "report/claim.h"

#include "base/dir.h"
#include "base/file.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <yaml.h>

enum { MAX_FILE_BYTES = 1 << 18, MAX_NETWORKS = 256 };

enum key {
	KEY_ID,
	KEY_TITLE,
	KEY_SOURCE,
	KEY_CLAIM,
	KEY_CONDITIONS,
	KEY_INTERVAL,
	KEY_PUBLISHED,
	KEY_UNIT,
	KEY_JUDGE,
	KEY_TOLERANCE,
	KEY_NETWORKS,
	KEY_TOGETHER,
	KEY_STUDY,
	KEY_STUDY_OF,
	KEY_SQL,
	KEY_CHECK,
	N_KEYS
};

static const struct {
	const char *name;
	bool required, lines; /* lines: may have several */
} keys[N_KEYS] = {
	[KEY_ID] = {"id",          true,  false},
	[KEY_TITLE] = { "title",      true,  false},
	[KEY_SOURCE] = { "source",     true,  false},
	[KEY_CLAIM] = { "claim",      true,  false},
	[KEY_CONDITIONS] = { "conditions", true,  false},
	[KEY_INTERVAL] = { "interval",   false, false},
	[KEY_PUBLISHED] = { "published",  true,  false},
	[KEY_UNIT] = { "unit",       true,  false},
	[KEY_JUDGE] = { "judge",      true,  false},
	[KEY_TOLERANCE] = { "tolerance",  false, false},
	[KEY_NETWORKS] = { "networks",   false, false},
	[KEY_TOGETHER] = { "together",   false, false},
	[KEY_STUDY] = { "study",      false, true },
	[KEY_STUDY_OF] = { "study_of",   false, false},
	[KEY_SQL] = { "sql",        false, true },
	[KEY_CHECK] = { "check",      false, false},
};

static const char *const judges[] = { "at_least", "at_most", "about", NULL };

struct reader {
	struct claim *claim;
	struct arena *arena;
	yaml_document_t *doc;
	const char *text[N_KEYS]; /* NULL: absent */
	unsigned line[N_KEYS];
	struct err *e;
};

static const char *key_name(size_t i)
{
	return i < N_KEYS ? keys[i].name : NULL;
}

static enum status fail(struct reader *r, unsigned line, const char *what)
{
	return err_set(r->e, ST_DATA, "%s:%u: %s", r->claim->path, line, what);
}

static unsigned line_of(const yaml_node_t *n)
{
	return (unsigned)n->start_mark.line + 1;
}

/* The text of a scalar; NULL where it is none, is empty, or has bytes that no text has. */
static const char *scalar(const yaml_node_t *n, bool lines)
{
	const unsigned char *s = n->data.scalar.value;

	if (n->type != YAML_SCALAR_NODE || n->data.scalar.length == 0)
		return NULL;
	for (size_t i = 0; i < n->data.scalar.length; i++)
		if ((s[i] < ' ' && !(lines && (s[i] == '\n' || s[i] == '\t'))) || s[i] == 0x7f)
			return NULL;
	return (const char *)s;
}

static enum status read_networks(struct reader *r, const yaml_node_t *n)
{
	struct claim *c = r->claim;
	size_t cap;

	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, line_of(n), "networks: expected a list of names");
	cap = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	if (cap == 0 || cap > MAX_NETWORKS)
		return fail(r, line_of(n), "networks: expected 1 to 256 names");
	c->network = ARENA_NEW(r->arena, const char *, cap);
	if (!c->network)
		return err_nomem(r->e);
	for (size_t i = 0; i < cap; i++) {
		const yaml_node_t *item =
		        yaml_document_get_node(r->doc, n->data.sequence.items.start[i]);
		const char *s = scalar(item, false);

		if (!s)
			return fail(r, line_of(item), "networks: expected a name");
		c->network[i] = arena_strdup(r->arena, s);
		if (!c->network[i])
			return err_nomem(r->e);
	}
	c->n_networks = cap;
	return ST_OK;
}

static enum status read_pair(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	const char *name = scalar(key, false), *s;
	size_t i = 0;

	if (!name)
		return fail(r, line_of(key), "expected a key");
	while (i < N_KEYS && strcmp(keys[i].name, name))
		i++;
	if (i == N_KEYS) {
		err_unknown(r->e, "key", name, key_name, "--help");
		err_wrap(r->e, "%s:%u", r->claim->path, line_of(key));
		return ST_DATA;
	}
	if (r->line[i])
		return err_set(r->e, ST_DATA, "%s:%u: the key %s stands twice", r->claim->path,
		               line_of(key), name);
	r->line[i] = line_of(value);
	if (i == KEY_NETWORKS)
		return read_networks(r, value);
	s = scalar(value, keys[i].lines);
	if (!s)
		return err_set(r->e, ST_DATA, "%s:%u: %s: expected %s", r->claim->path, r->line[i],
		               name, keys[i].lines ? "a text" : "a text of one line");
	r->text[i] = arena_strdup(r->arena, s);
	return r->text[i] ? ST_OK : err_nomem(r->e);
}

static enum status read_number(struct reader *r, enum key key, double *out)
{
	*out = 0;
	if (!r->text[key] || parse_double(r->text[key], out))
		return ST_OK;
	return err_set(r->e, ST_DATA, "%s:%u: %s: '%.40s' is no number", r->claim->path,
	               r->line[key], keys[key].name, r->text[key]);
}

/* "nvdla-bound" for "datasets/claims/nvdla-bound.yaml". */
static bool id_is_file(const char *id, const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t n = strlen(id);

	for (const char *c = id; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
			return false;
	return !strncmp(file, id, n) && !strcmp(file + n, ".yaml");
}

static enum status check_keys(struct reader *r)
{
	const char *const *t = r->text;

	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].required && !t[i])
			return err_set(r->e, ST_DATA, "%s: the key %s is missing", r->claim->path,
			               keys[i].name);
	if (!id_is_file(t[KEY_ID], r->claim->path))
		return fail(r, r->line[KEY_ID],
		            "id: expected the file's name without .yaml: lower case, digits, -");
	if (!t[KEY_SQL] == !t[KEY_CHECK])
		return err_set(r->e, ST_DATA, "%s: expected one of the keys sql and check",
		               r->claim->path);
	if (t[KEY_STUDY] && t[KEY_STUDY_OF])
		return fail(r, r->line[KEY_STUDY_OF], "study_of: the claim has a study of its own");
	if (t[KEY_CHECK] && (t[KEY_STUDY] || t[KEY_STUDY_OF]))
		return fail(r, r->line[KEY_CHECK], "check: takes the place of study and sql");
	if (!r->claim->n_networks && !t[KEY_TOGETHER])
		return err_set(r->e, ST_DATA, "%s: expected networks, together or both",
		               r->claim->path);
	return ST_OK;
}

/* Empty lines in front, so that messages about the study name lines of this file. A block scalar
 * begins on the line behind its mark. */
static enum status number_study(struct reader *r)
{
	unsigned before = r->line[KEY_STUDY];
	char *s;

	if (!r->text[KEY_STUDY])
		return ST_OK;
	s = arena_alloc(r->arena, before + strlen(r->text[KEY_STUDY]) + 1, 1);
	if (!s)
		return err_nomem(r->e);
	memset(s, '\n', before);
	strcpy(s + before, r->text[KEY_STUDY]);
	r->claim->study = s;
	return ST_OK;
}

static enum status fill(struct reader *r)
{
	struct claim *c = r->claim;
	const char *const *t = r->text;
	size_t judge = 0;
	enum status rc = read_number(r, KEY_PUBLISHED, &c->published);

	if (!rc)
		rc = read_number(r, KEY_TOLERANCE, &c->tolerance);
	if (!rc && c->tolerance < 0)
		rc = fail(r, r->line[KEY_TOLERANCE], "tolerance: expected 0 or more");
	while (!rc && judges[judge] && strcmp(judges[judge], t[KEY_JUDGE]))
		judge++;
	if (!rc && !judges[judge])
		rc = fail(r, r->line[KEY_JUDGE], "judge: expected at_least, at_most or about");
	c->id = t[KEY_ID];
	c->title = t[KEY_TITLE];
	c->source = t[KEY_SOURCE];
	c->statement = t[KEY_CLAIM];
	c->conditions = t[KEY_CONDITIONS];
	c->unit = t[KEY_UNIT];
	c->interval = t[KEY_INTERVAL] ? t[KEY_INTERVAL] : "";
	c->judge = (enum claim_judge)judge;
	c->together = t[KEY_TOGETHER];
	c->study_of = t[KEY_STUDY_OF];
	c->sql = t[KEY_SQL];
	c->check = t[KEY_CHECK];
	return rc ? rc : number_study(r);
}

static enum status read_root(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->doc);
	enum status rc = ST_OK;

	if (!root || root->type != YAML_MAPPING_NODE)
		return err_set(r->e, ST_DATA, "%s: not a claim: expected the keys id, source, ...",
		               r->claim->path);
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
	     p < root->data.mapping.pairs.top && !rc; p++)
		rc = read_pair(r, yaml_document_get_node(r->doc, p->key),
		               yaml_document_get_node(r->doc, p->value));
	if (!rc)
		rc = check_keys(r);
	return rc ? rc : fill(r);
}

enum status claim_parse(struct claim *out, struct arena *a, struct span file, const char *path,
                        struct err *e)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	struct reader r = { .claim = out, .arena = a, .doc = &doc, .e = e };
	enum status rc;

	*out = (struct claim){ .path = arena_strdup(a, path) };
	if (!out->path || !yaml_parser_initialize(&parser))
		return err_nomem(e);
	yaml_parser_set_input_string(&parser, file.p ? file.p : (const void *)"", file.n);
	if (!yaml_parser_load(&parser, &doc)) {
		rc = err_set(e, ST_DATA, "%s:%zu: not valid YAML: %s", path,
		             parser.problem_mark.line + 1,
		             parser.problem ? parser.problem : "cannot be parsed");
	} else {
		rc = read_root(&r);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return rc;
}

static enum status share_studies(struct claims *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct claim *to = &c->claim[i];

		for (size_t k = 0; to->study_of && k < c->n && !to->study; k++)
			if (!c->claim[k].study_of && !strcmp(c->claim[k].id, to->study_of))
				to->study = c->claim[k].study;
		if (to->study_of && !to->study)
			return err_set(e, ST_DATA, "%s: study_of: no claim '%.80s' with a study",
			               to->path, to->study_of);
	}
	return ST_OK;
}

enum status claims_load(struct claims *out, const char *dir, struct err *e)
{
	const char **names;
	size_t n;
	enum status rc;

	*out = (struct claims){ 0 };
	rc = dir_names(&out->arena, dir, &names, &n, e);
	if (rc)
		return rc;
	out->claim = ARENA_NEW(&out->arena, struct claim, n);
	if (!out->claim)
		return err_nomem(e);
	for (size_t i = 0; i < n && !rc; i++) {
		const size_t length = strlen(names[i]);
		const char *path;
		struct span file;

		if (length < 5 || strcmp(names[i] + length - 5, ".yaml"))
			continue;
		path = arena_printf(&out->arena, "%s/%s", dir, names[i]);
		rc = path ? file_read(&out->arena, path, MAX_FILE_BYTES, &file, e) : err_nomem(e);
		if (!rc)
			rc = claim_parse(&out->claim[out->n++], &out->arena, file, path, e);
	}
	if (!rc && out->n == 0)
		rc = err_set(e, ST_ENV, "%s: no claims there (files ID.yaml)", dir);
	return rc ? rc : share_studies(out, e);
}

void claims_release(struct claims *c)
{
	arena_release(&c->arena);
	*c = (struct claims){ 0 };
}
