#include "infer/photo_list.h"

#include "base/dir.h"
#include "base/file.h"
#include "base/text.h"

#include <string.h>

enum { MAX_LABELS_BYTES = 1 << 28, MAX_COLUMNS = 16 };

/* A file of labels being read. */
struct listing {
	struct photo_list *l;
	const char *path;
	size_t file_column, class_column;
	unsigned line;
	struct err *e;
};

/* Splits at commas, in place; columns beyond cap are left out. */
static size_t split(char *line, char *column[], size_t cap)
{
	size_t n = 0;

	while (line && n < cap) {
		char *comma = strchr(line, ',');

		if (comma)
			*comma++ = '\0';
		column[n++] = line;
		line = comma;
	}
	return n;
}

static enum status read_header(struct listing *l, char *line)
{
	char *column[MAX_COLUMNS];
	size_t n = split(line, column, MAX_COLUMNS);

	l->file_column = l->class_column = MAX_COLUMNS;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(column[i], "file"))
			l->file_column = i;
		if (!strcmp(column[i], "class_index"))
			l->class_column = i;
	}
	if (l->file_column == MAX_COLUMNS || l->class_column == MAX_COLUMNS)
		return err_set(l->e, ST_DATA,
		               "%s:%u: expected a line of column names with file and class_index",
		               l->path, l->line);
	return ST_OK;
}

/* The name stays where it is in the text. */
static enum status add(struct listing *l, const char *name, const char *class)
{
	struct photo_list *list = l->l;
	uint64_t label;

	if (!*name)
		return err_set(l->e, ST_DATA, "%s:%u: expected a file and a class", l->path,
		               l->line);
	if (!parse_u64(class, list->n_classes - 1, &label))
		return err_set(l->e, ST_DATA, "%s:%u: class_index is '%.40s', expected 0 to %u",
		               l->path, l->line, class, list->n_classes - 1);
	list->path[list->n] = name;
	list->label[list->n++] = (uint16_t)label;
	return ST_OK;
}

/* A quoted field may only stand behind the two columns that are read: it may hold commas. */
static enum status read_columns(struct listing *l, char *line)
{
	size_t n_read = (l->file_column > l->class_column ? l->file_column : l->class_column) + 1;
	char *column[MAX_COLUMNS];
	size_t n = split(line, column, n_read);

	for (size_t i = 0; i < n; i++)
		if (strchr(column[i], '"'))
			return err_set(l->e, ST_DATA, "%s:%u: quoted fields are not read here",
			               l->path, l->line);
	if (n < n_read)
		return err_set(l->e, ST_DATA, "%s:%u: expected a file and a class", l->path,
		               l->line);
	return add(l, column[l->file_column], column[l->class_column]);
}

/* The class is the last word: names may hold blanks. */
static enum status read_words(struct listing *l, char *line)
{
	size_t n = strlen(line);
	char *class;

	while (n && strchr(" \t", line[n - 1]))
		line[--n] = '\0';
	class = line + n;
	while (class > line && !strchr(" \t", class[-1]))
		class --;
	for (char *end = class; end > line && strchr(" \t", end[-1]);)
		*--end = '\0';
	if (class == line)
		return err_set(l->e, ST_DATA,
		               "%s:%u: expected NAME CLASS, the class being the rank of the synset "
		               "id, 0 to %u",
		               l->path, l->line, l->l->n_classes - 1);
	return add(l, line, class);
}

enum status photo_list_parse(struct photo_list *out, struct arena *a, enum photo_labels format,
                             char *text, const char *path, struct err *e)
{
	struct listing l = { .l = out, .path = path, .e = e };
	enum status rc = ST_OK;
	size_t n_lines = 1;

	for (const char *s = text; (s = strchr(s, '\n')); s++)
		n_lines++;
	out->n = 0;
	out->path = ARENA_NEW(a, const char *, n_lines);
	out->label = ARENA_NEW(a, uint16_t, n_lines);
	if (!out->path || !out->label)
		return err_nomem(e);
	for (char *line = text, *next; *line && !rc; line = next) {
		char *end = line + strcspn(line, "\n");

		next = *end ? end + 1 : end;
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		l.line++;
		if (format == PHOTO_LABELS_CSV && l.line == 1)
			rc = read_header(&l, line);
		else if (*line)
			rc = format == PHOTO_LABELS_CSV ? read_columns(&l, line)
			                                : read_words(&l, line);
	}
	if (!rc && !out->n)
		rc = err_set(e, ST_DATA, "%s: names no photograph", path);
	return rc;
}

static enum status read_labels(struct photo_list *l, struct arena *a, const char *dir,
                               const char *path, enum photo_labels format, struct err *e)
{
	const char *first, *in_val;
	struct span file;
	enum status rc = file_read(a, path, MAX_LABELS_BYTES, &file, e);

	if (!rc && memchr(file.p, '\0', file.n))
		rc = err_set(e, ST_DATA, "%s: not a text file", path);
	if (!rc)
		rc = photo_list_parse(l, a, format, (char *)file.p, path, e);
	if (rc)
		return rc;
	first = arena_printf(a, "%s/%s", dir, l->path[0]);
	in_val = arena_printf(a, "%s/val/%s", dir, l->path[0]);
	if (!first || !in_val)
		return err_nomem(e);
	if (!file_exists(first) && file_exists(in_val))
		dir = arena_printf(a, "%s/val", dir);
	for (size_t i = 0; i < l->n; i++) {
		l->path[i] = dir ? arena_printf(a, "%s/%s", dir, l->path[i]) : NULL;
		if (!l->path[i])
			return err_nomem(e);
	}
	return ST_OK;
}

/* n and eight digits. */
static bool is_synset(const char *name)
{
	return name[0] == 'n' && strspn(name + 1, "0123456789") == 8 && !name[9];
}

/* The synset folders of dir, sorted; *n is 0 when there are none or no dir. */
static enum status find_synsets(struct arena *a, const char *dir, const char ***synset, size_t *n,
                                struct err *e)
{
	size_t n_names;
	enum status rc;

	*n = 0;
	if (!dir_exists(dir))
		return ST_OK;
	rc = dir_names(a, dir, synset, &n_names, e);
	for (size_t i = 0; i < n_names && !rc; i++) {
		const char *path = arena_printf(a, "%s/%s", dir, (*synset)[i]);

		if (!path)
			return err_nomem(e);
		if (is_synset((*synset)[i]) && dir_exists(path))
			(*synset)[(*n)++] = path;
	}
	return rc;
}

static enum status read_synsets(struct photo_list *l, struct arena *a, const char *dir,
                                const char *const *synset, size_t n, struct err *e)
{
	struct arena scratch = { 0 };
	const char ***name = ARENA_NEW(&scratch, const char **, n);
	size_t *n_names = ARENA_NEW(&scratch, size_t, n), total = 0;
	enum status rc = name && n_names ? ST_OK : err_nomem(e);

	if (!rc && n != l->n_classes)
		rc = err_set(e, ST_DATA,
		             "%s holds %zu folders named by synset, expected %u: the class of a "
		             "photograph is the rank of its folder among all of them",
		             dir, n, l->n_classes);
	for (size_t i = 0; i < n && !rc; i++) {
		rc = dir_names(&scratch, synset[i], &name[i], &n_names[i], e);
		total += n_names[i];
	}
	if (!rc && !total)
		rc = err_set(e, ST_DATA, "%s: its %zu folders hold no photograph", dir, n);
	if (!rc) {
		l->path = ARENA_NEW(a, const char *, total);
		l->label = ARENA_NEW(a, uint16_t, total);
		rc = l->path && l->label ? ST_OK : err_nomem(e);
	}
	l->n = 0;
	for (size_t i = 0; i < n && !rc; i++)
		for (size_t k = 0; k < n_names[i] && !rc; k++) {
			l->path[l->n] = arena_printf(a, "%s/%s", synset[i], name[i][k]);
			l->label[l->n] = (uint16_t)i;
			if (!l->path[l->n++])
				rc = err_nomem(e);
		}
	arena_release(&scratch);
	return rc;
}

/* The labels of the development kit alone do not say which synset a number means. */
static enum status refuse(struct arena *a, const char *dir, unsigned n_classes, bool synsets,
                          struct err *e)
{
	static const char *const places[] = { "", "/val", "/data" };

	for (size_t i = 0; i < 3 && synsets; i++) {
		const char *path = arena_printf(a, "%s%s/ILSVRC2012_validation_ground_truth.txt",
		                                dir, places[i]);

		if (!path)
			return err_nomem(e);
		if (file_exists(path))
			return err_set(e, ST_DATA,
			               "%s numbers the classes 1 to 1000 in an order of its own "
			               "(ILSVRC2012_ID), networks by the rank of the synset id: "
			               "give %s/val.txt with lines 'NAME CLASS', CLASS that rank, "
			               "0 to 999, or one folder per synset",
			               path, dir);
	}
	return err_set(e, ST_ENV,
	               "%s holds no labelled photographs: expected labels.csv (columns file and "
	               "class_index) or val.txt (lines 'NAME CLASS'), CLASS 0 to %u%s",
	               dir, n_classes - 1,
	               synsets ? ", or 1000 folders named by synset (n01440764, ..) with the "
	                         "photographs of that class, in it or in its folder val"
	                       : "");
}

enum status photo_list_read(struct photo_list *l, struct arena *a, const char *dir, bool synsets,
                            struct err *e)
{
	const char *csv = arena_printf(a, "%s/labels.csv", dir);
	const char *txt = arena_printf(a, "%s/val.txt", dir);
	const char *place[] = { arena_printf(a, "%s/val", dir), dir }, **synset;
	size_t n;

	if (!csv || !txt || !place[0])
		return err_nomem(e);
	if (!dir_exists(dir))
		return err_set(e, ST_ENV, "there is no folder %s", dir);
	if (file_exists(csv))
		return read_labels(l, a, dir, csv, PHOTO_LABELS_CSV, e);
	if (file_exists(txt))
		return read_labels(l, a, dir, txt, PHOTO_LABELS_TEXT, e);
	for (size_t i = 0; i < 2 && synsets; i++) {
		enum status rc = find_synsets(a, place[i], &synset, &n, e);

		if (rc)
			return rc;
		if (n)
			return read_synsets(l, a, place[i], synset, n, e);
	}
	return refuse(a, dir, l->n_classes, synsets, e);
}
