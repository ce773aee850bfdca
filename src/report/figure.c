#include "report/figure.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "report/figure_parts.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIST_FIGURE(n) &figure_##n,
const struct figure *const figures[] = { FIGURES(LIST_FIGURE) };
#undef LIST_FIGURE
const size_t n_figures = sizeof(figures) / sizeof(figures[0]);

/* A whole file ends in `end`, but for white space; gnuplot does not say when it could not write. */
static const struct {
	const char *name, *end;
} formats[] = {
	{"svg",  "</svg>"              },
	{ "pdf", "%%EOF"               },
	{ "png", "IEND\xae\x42\x60\x82"},
};

enum { N_FORMATS = sizeof(formats) / sizeof(formats[0]), MAX_SCRIPT = 1 << 20 };

/* Files of one drawing and the text they get. */
struct drawing {
	struct arena arena;
	const struct figure_request *request;
	const char *name; /* file name without extension */
	bool format[N_FORMATS];
};

static enum status parse_formats(const char *list, bool *wanted, struct err *e)
{
	for (const char *s = list;; s++) {
		size_t len = strcspn(s, ","), i;

		for (i = 0; i < N_FORMATS; i++)
			if (strlen(formats[i].name) == len && !strncmp(formats[i].name, s, len))
				break;
		if (i == N_FORMATS)
			return err_set(e, ST_USAGE,
			               "figure format '%.*s' is unknown (expected svg, pdf or png)",
			               (int)len, s);
		wanted[i] = true;
		s += len;
		if (!*s)
			return ST_OK;
	}
}

/* A model's name may be a path or hold anything: file names keep letters, digits, dot, dash and
 * underscore, the slash of SET/NAME becomes a dash, and a name that had to change otherwise gets a
 * piece of its hash so that no two meet. */
static const char *file_name(struct arena *a, const char *figure, const char *model)
{
	char safe[64], hex[DIGEST_HEX];
	struct digest digest;
	bool changed = false;
	size_t n = 0, len, slashes = 0;

	if (!model)
		return arena_strdup(a, figure);
	len = strlen(model);
	for (; n < len && n < sizeof(safe) - 1; n++) {
		unsigned char c = (unsigned char)model[n];

		if (c < 0x80 && (isalnum(c) || strchr("._-", c))) {
			safe[n] = (char)c;
		} else {
			safe[n] = c == '/' ? '-' : '_';
			changed |= c != '/' || n == 0 || slashes++ > 0;
		}
	}
	safe[n] = '\0';
	if (!changed && n == len && *model != '.')
		return arena_printf(a, "%s-%s", figure, safe);
	digest = digest_of_text(model);
	digest_hex(&digest, hex);
	return arena_printf(a, "%s-%.24s-%.8s", figure, safe, hex);
}

static const char *path_of(struct drawing *g, const char *suffix)
{
	return arena_printf(&g->arena, "%s/%s%s", g->request->out_dir, g->name, suffix);
}

static void wrote(const struct drawing *g, const char *path)
{
	if (g->request->wrote)
		g->request->wrote(g->request->arg, path);
}

static enum status write_part(struct drawing *g, const char *extension, const struct text *t,
                              struct err *e)
{
	const char *path = path_of(g, extension);
	enum status rc;

	if (!path || t->fail)
		return err_nomem(e);
	rc = file_write(path, text_str(t), t->n, e);
	if (!rc)
		wrote(g, path);
	return rc;
}

/* One line: what it shows, how to read it, what it was drawn from. */
static enum status write_caption(struct drawing *g, const struct figure *f,
                                 const struct figure_data *d, struct err *e)
{
	struct text t = { 0 };
	enum status rc;

	text_addf(&t, "%c%s.", toupper((unsigned char)f->help[0]), f->help + 1);
	if (f->caption)
		text_addf(&t, " %s", f->caption);
	text_addn(&t, text_str(&d->about), d->about.n);
	text_add(&t, "\n");
	rc = write_part(g, ".txt", &t, e);
	text_release(&t);
	return rc;
}

static enum status add_script(struct drawing *g, const char *name, struct text *out, struct err *e)
{
	const char *rel = arena_printf(&g->arena, "plots/%s.gp", name);
	const char *path = rel ? file_shipped(&g->arena, rel) : NULL;
	struct span content;
	enum status rc;

	if (!rel)
		return err_nomem(e);
	if (!path)
		return err_set(e, ST_ENV,
		               "%s is missing: install hcbench whole, or set HCBENCH_SHARE to the "
		               "folder that holds plots/",
		               rel);
	rc = file_read(&g->arena, path, MAX_SCRIPT, &content, e);
	if (!rc)
		text_addn(out, content.p, content.n);
	return rc;
}

/* The script as it lies beside the figure: settings, variables, common style, the figure. */
static enum status compose(struct drawing *g, const struct figure *f, const struct figure_data *d,
                           struct text *out, struct err *e)
{
	enum status rc;

	text_addf(out,
	          "# %s\n# Draws itself: gnuplot %s.gp, or for another format\n"
	          "# gnuplot -e \"format='png'\" %s.gp (svg, pdf or png). Data: %s.dat, and the\n"
	          "# statements that made it: %s.sql.\n",
	          f->help, g->name, g->name, g->name, g->name);
	text_addf(out,
	          "if (!exists(\"format\")) format = 'svg'\n"
	          "if (!exists(\"target\")) target = '%s.'.format\n"
	          "data = '%s.dat'\nwidth = %.4g\n",
	          g->name, g->name, g->request->width_in);
	text_addn(out, text_str(&d->variables), d->variables.n);
	text_add(out, "\n");
	rc = add_script(g, "style", out, e);
	text_add(out, "\n");
	return rc ? rc : add_script(g, f->name, out, e);
}

static bool is_whole(const char *path, const char *end)
{
	char tail[64];
	size_t n = 0, len = strlen(end);
	FILE *f = fopen(path, "rb");

	if (!f)
		return false;
	/* A file shorter than the tail is read from its beginning. */
	if (fseek(f, -(long)sizeof(tail), SEEK_END))
		rewind(f);
	n = fread(tail, 1, sizeof(tail), f);
	fclose(f);
	while (n > 0 && isspace((unsigned char)tail[n - 1]))
		n--;
	return n >= len && !memcmp(tail + n - len, end, len);
}

static enum status render(struct drawing *g, const char *format, const char *end, struct err *e)
{
	const char *part = arena_printf(&g->arena, "%s.%s.part", g->name, format);
	const char *script = arena_printf(&g->arena, "%s.gp", g->name);
	const char *extension = arena_printf(&g->arena, ".%s", format);
	const char *path = extension ? path_of(g, extension) : NULL;
	const char *part_path =
	        part ? arena_printf(&g->arena, "%s/%s", g->request->out_dir, part) : NULL;
	enum status rc;

	if (!part_path || !script || !path)
		return err_nomem(e);
	rc = figure_gnuplot(g->request->out_dir, script, format, part, e);
	if (!rc && !is_whole(part_path, end))
		rc = err_set(e, ST_ENV,
		             "cannot write %s: file incomplete (disk full or file size limit?)",
		             path);
	if (!rc && rename(part_path, path))
		rc = err_set(e, ST_ENV, "cannot write %s: %s", path, strerror(errno));
	if (rc)
		unlink(part_path);
	else
		wrote(g, path);
	return rc;
}

static enum status draw_data(struct drawing *g, const struct figure *f, const struct figure_data *d,
                             struct err *e)
{
	struct text script = { 0 };
	enum status rc = compose(g, f, d, &script, e);

	if (!rc)
		rc = file_mkdirs(g->request->out_dir, e);
	if (!rc)
		rc = write_part(g, ".dat", &d->dat, e);
	if (!rc)
		rc = write_part(g, ".sql", &d->sql, e);
	if (!rc)
		rc = write_part(g, ".gp", &script, e);
	if (!rc)
		rc = write_caption(g, f, d, e);
	text_release(&script);
	for (size_t i = 0; i < N_FORMATS && !rc; i++)
		if (g->format[i])
			rc = render(g, formats[i].name, formats[i].end, e);
	return rc;
}

static enum status draw_one(const struct figure *f, struct store *s, const char *model,
                            struct drawing *g, struct err *e)
{
	struct figure_data d = { 0 };
	enum status rc;

	g->name = file_name(&g->arena, f->name, model);
	if (!g->name)
		return err_nomem(e);
	rc = f->collect(s, model, &d, e);
	if (!rc)
		rc = draw_data(g, f, &d, e);
	if (rc)
		err_wrap(e, "figure %s%s%.80s", f->name, model ? " of " : "", model ? model : "");
	figure_data_release(&d);
	return rc;
}

/* Models without data for the figure are passed over; ST_SKIP when that is all of them. */
static enum status draw_models(const struct figure *f, struct store *s, struct drawing *g,
                               struct err *e)
{
	struct table models;
	enum status rc = store_query(s, "SELECT DISTINCT model FROM results ORDER BY model", NULL,
	                             0, &models, e);
	bool drawn = false;

	if (rc)
		return rc;
	if (models.n_rows == 0)
		rc = err_set(e, ST_SKIP, "figure %s: the database has no results", f->name);
	for (size_t i = 0; i < models.n_rows && (!rc || rc == ST_SKIP); i++) {
		rc = draw_one(f, s, table_cell(&models, i, 0)->t, g, e);
		drawn = drawn || !rc;
	}
	table_release(&models);
	return rc == ST_SKIP && drawn ? ST_OK : rc;
}

enum status figure_draw(const struct figure *f, struct store *s, const struct figure_request *r,
                        struct err *e)
{
	struct drawing g = { .request = r };
	enum status rc = parse_formats(r->formats, g.format, e);

	if (!rc && !(r->width_in >= 2 && r->width_in <= 20))
		rc = err_set(e, ST_USAGE,
		             "figure width %g in is out of range (2 to 20; an IEEE column is 3.5)",
		             r->width_in);
	if (!rc)
		rc = f->per_model ? draw_models(f, s, &g, e) : draw_one(f, s, NULL, &g, e);
	arena_release(&g.arena);
	return rc;
}
