#include "report/page.h"

#include "base/file.h"
#include "report/figure.h"

#include <string.h>

/* What one call of figure_draw wrote that a browser shows. */
struct drawn {
	struct arena *arena;
	const char *path[256];
	size_t n;
	bool fail;
};

static void wrote(void *arg, const char *path)
{
	struct drawn *d = arg;
	size_t len = strlen(path);

	if (len < 4 || strcmp(path + len - 4, ".svg") ||
	    d->n == sizeof(d->path) / sizeof(d->path[0]))
		return;
	d->path[d->n] = arena_strdup(d->arena, path);
	if (d->path[d->n])
		d->n++;
	else
		d->fail = true;
}

/* An image of its own rather than elements of the page: gnuplot gives the same ids to every figure,
 * and nothing inside an image can run. */
static void add_image(struct text *out, struct span svg)
{
	const char *p = svg.p;

	text_add(out, "src=\"data:image/svg+xml,");
	for (size_t i = 0; i < svg.n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '\n' || c == ' ' || c == '\t')
			text_add(out, "%20");
		else if (c < 0x20 || c > 0x7e || strchr("%#<>\"'&{}|\\^`[]", c))
			text_addf(out, "%%%02X", c);
		else
			text_addn(out, &p[i], 1);
	}
	text_add(out, "\"");
}

static enum status add_figure(struct page *p, const struct figure *f, const char *path,
                              size_t *budget, size_t *omitted, struct err *e)
{
	struct arena a = { 0 };
	struct text image = { 0 };
	struct span svg;
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	enum status rc = file_read(&a, path, 16 << 20, &svg, e);

	if (!rc) {
		add_image(&image, svg);
		if (image.n > *budget) {
			++*omitted;
		} else {
			*budget -= image.n;
			text_add(p->out, "<figure><img alt=\"");
			page_escape(p->out, f->help);
			text_add(p->out, "\" ");
			text_addn(p->out, text_str(&image), image.n);
			text_add(p->out, ">\n<figcaption>");
			page_escape(p->out, f->help);
			text_add(p->out, " <code>");
			page_escape(p->out, name);
			text_add(p->out, "</code></figcaption></figure>\n");
		}
		p->out->fail |= image.fail;
	}
	text_release(&image);
	arena_release(&a);
	return rc;
}

/* As many images of one figure are folded away. */
enum { FOLD_FIGURES = 3 };

static void add_fold(struct text *out, const struct figure *f, size_t n, const struct text *images)
{
	text_add(out, "<details class=\"fold wide\"><summary>");
	page_escape(out, f->help);
	text_addf(out, " <small>%zu figures</small></summary>\n<div class=\"figures\">\n", n);
	text_addn(out, images->s, images->n);
	text_add(out, "</div></details>\n");
}

static const struct figure *find_figure(const char *name)
{
	for (size_t i = 0; i < n_figures; i++)
		if (!strcmp(figures[i]->name, name))
			return figures[i];
	return NULL;
}

enum status page_figure(struct page *p, const char *name, size_t *budget, struct err *e)
{
	struct drawn d = { .arena = &p->arena };
	struct figure_request r = { .out_dir = p->r->scratch,
		                    .formats = "svg",
		                    .width_in = 3.5,
		                    .wrote = wrote,
		                    .arg = &d };
	const struct figure *f = find_figure(name);
	struct text *out = p->out, images = { 0 };
	size_t omitted = 0;
	enum status rc;

	if (!f)
		return err_set(e, ST_INTERNAL, "no figure '%s'", name);
	if (!p->r->scratch)
		return err_set(e, ST_SKIP, "figures of gnuplot were not asked for");
	rc = figure_draw(f, p->s, &r, e);
	if (rc == ST_ENV)
		rc = ST_SKIP; /* no gnuplot: the page stands without its figures */
	if (!rc && d.fail)
		rc = err_nomem(e);
	p->out = &images;
	for (size_t i = 0; i < d.n && !rc; i++)
		rc = add_figure(p, f, d.path[i], budget, &omitted, e);
	p->out = out;
	if (!rc && d.n - omitted >= FOLD_FIGURES)
		add_fold(out, f, d.n - omitted, &images);
	else if (!rc)
		text_addn(out, text_str(&images), images.n);
	out->fail |= images.fail;
	text_release(&images);
	if (!rc && omitted)
		page_add(p, "<p>%zu more of %s are not in the page, to keep it small.</p>\n",
		         omitted, name);
	return rc;
}
