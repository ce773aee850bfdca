#include "run/catalog.h"

#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Splits line in place at commas; a last column may hold commas itself. Returns the columns. */
static size_t split(char *line, char *column[], size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		char *comma = strchr(line, ',');

		column[n++] = line;
		if (!comma || n == cap)
			break;
		*comma = '\0';
		line = comma + 1;
	}
	return n;
}

static enum status add_entry(struct catalog *c, char *line, const char *path, unsigned number,
                             struct err *e)
{
	enum { NAME, FILE_NAME, DATA, IMAGES, CORRECT, ACCURACY, PARAMETERS, SHA256, HELP, N };
	char *column[N];
	struct catalog_entry *entry = &c->entry[c->n];

	if (split(line, column, N) != N)
		return err_set(e, ST_DATA, "%s:%u: expected %d columns", path, number, N);
	*entry = (struct catalog_entry){
		.name = column[NAME],
		.path = file_shipped(&c->arena, arena_printf(&c->arena, "datasets/models/%s",
		                                             column[FILE_NAME])),
		.data = column[DATA],
		.accuracy_percent = column[ACCURACY],
		.help = column[HELP],
	};
	c->n++;
	if (!entry->path)
		return err_set(e, ST_ENV, "%s:%u: %s is missing beside it", path, number,
		               column[FILE_NAME]);
	return ST_OK;
}

static size_t count_lines(const struct span *file)
{
	size_t n = 1;

	for (size_t i = 0; i < file->n; i++)
		n += ((const char *)file->p)[i] == '\n';
	return n;
}

enum status catalog_load(struct catalog *c, struct err *e)
{
	const char *path;
	struct span file;
	enum status rc;
	char *save = NULL;
	unsigned number = 0;
	bool header = true;

	*c = (struct catalog){ 0 };
	path = file_shipped(&c->arena, "datasets/models/models.csv");
	if (!path)
		return err_set(e, ST_ENV,
		               "datasets/models/models.csv not found: hcbench is not "
		               "fully installed; set HCBENCH_SHARE to its share folder");
	rc = file_read(&c->arena, path, 1 << 20, &file, e);
	if (rc)
		return rc;
	c->entry = ARENA_NEW(&c->arena, struct catalog_entry, count_lines(&file));
	if (!c->entry)
		return err_nomem(e);
	for (char *line = (char *)file.p; line && !rc; line = save) {
		char *end = strchr(line, '\n');

		save = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		number++;
		if (!*line || *line == '#')
			continue;
		if (header && strncmp(line, "name,file,data,", 15))
			rc = err_set(e, ST_DATA, "%s:%u: not the header of models.csv", path,
			             number);
		else if (!header)
			rc = add_entry(c, line, path, number, e);
		header = false;
	}
	return rc;
}

void catalog_release(struct catalog *c)
{
	arena_release(&c->arena);
	*c = (struct catalog){ 0 };
}

const struct catalog_entry *catalog_find(const struct catalog *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->entry[i].name, name))
			return &c->entry[i];
	return NULL;
}

/* SET/NAME, and neither a path from the root or the working folder nor one with an ending. */
static bool names_fetched(const char *model)
{
	const char *slash = strchr(model, '/');

	return slash && slash > model && slash[1] && !strchr(slash + 1, '/') && *model != '.';
}

static enum status find_fetched(struct catalog *c, const char *model, const char **path,
                                struct err *e)
{
	static const char *const folders[] = { "", "models/" };
	static const char *const endings[] = { "", ".onnx.gz", ".onnx", ".h5" };
	const int n_set = (int)(strchr(model, '/') - model);
	const char *name = model + n_set + 1;

	for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++)
		for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
			const char *rel = arena_printf(&c->arena, "%.*s/%s%s%s", n_set, model,
			                               folders[f], name, endings[i]);

			*path = rel ? file_data(&c->arena, rel) : NULL;
			if (!*path)
				return err_nomem(e);
			if (file_exists(*path))
				return ST_OK;
		}
	*path = file_data(&c->arena, model);
	if (!*path)
		return err_nomem(e);
	return err_set(
	        e, ST_ENV,
	        "no network '%s': there is no such file, and none of that name among the "
	        "fetched ones (scripts/fetch_datasets %.*s gets them; looked for %s, also in "
	        "models/ beside it and with .onnx.gz, .onnx or .h5)",
	        model, n_set, model, *path);
}

enum status catalog_resolve(struct catalog *c, const char *model, const char **path, struct err *e)
{
	const struct catalog_entry *entry = catalog_find(c, model);
	struct text known = { 0 };
	enum status rc;

	*path = entry ? entry->path : model;
	if (!entry && names_fetched(model) && !file_exists(model))
		return find_fetched(c, model, path, e);
	if (entry || strpbrk(model, "/."))
		return ST_OK;
	for (size_t i = 0; i < c->n; i++)
		text_addf(&known, "%s%s", i ? ", " : "", c->entry[i].name);
	rc = err_set(e, ST_USAGE,
	             "no network '%s' ships with hcbench (there are %s); a file is "
	             "given by its path, e.g. ./%s.onnx",
	             model, text_str(&known), model);
	text_release(&known);
	return rc;
}

enum status catalog_settle(struct catalog *c, struct point *p, struct err *e)
{
	const struct catalog_entry *entry = catalog_find(c, p->model);
	const char *path;
	enum status rc = catalog_resolve(c, p->model, &path, e);

	if (rc || strcmp(p->data, "auto"))
		return rc;
	if (!entry)
		return err_set(e, ST_USAGE,
		               "data must be given for the model file %s: data=mnist, "
		               "data=idx:DIR, or data=none for sizes and energy without accuracy",
		               p->model);
	return point_set(p, "data", entry->data, e);
}
