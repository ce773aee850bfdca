#include "report/page.h"

#include "report/compare.h"

#include <stdio.h>
#include <string.h>

#define LIST_SECTION(n) &report_##n,
static const struct report_section *const sections[] = { REPORT_SECTIONS(LIST_SECTION) };
#undef LIST_SECTION
enum { N_SECTIONS = sizeof(sections) / sizeof(sections[0]) };

/* What every section may need, and whether there is anything to report. */
static enum status prepare(struct page *p, struct err *e)
{
	static const char sql[] =
	        "SELECT (SELECT name FROM technology ORDER BY name <> ?1, name LIMIT 1), "
	        "EXISTS (SELECT 1 FROM point WHERE status = 'ok' AND verified = 1)";
	const char *args[] = { p->r->technology, NULL };
	struct compare_request compare = { .loss = p->r->loss, .published = p->r->published };
	struct table t;
	enum status rc = store_query(p->s, sql, args, 0, &t, e);

	if (rc)
		return rc;
	if (!table_cell(&t, 0, 1)->i)
		rc = err_set(e, ST_SKIP, "%s: no verified point to report", p->r->db);
	if (!rc && table_cell(&t, 0, 0)->type == CELL_TEXT) {
		p->technology = arena_strdup(&p->arena, table_cell(&t, 0, 0)->t);
		if (!p->technology)
			rc = err_nomem(e);
	}
	table_release(&t);
	if (rc)
		return rc;
	compare.technology = p->technology ? p->technology : p->r->technology;
	p->compare_status =
	        compare_table(p->s, &compare, &p->compare, &p->compare_missing, &p->compare_err);
	if (p->compare_status && p->compare_status != ST_SKIP) {
		*e = p->compare_err;
		return p->compare_status;
	}
	return ST_OK;
}

static void add_head(struct page *p)
{
	text_add(p->out,
	         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	         "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	page_escape(p->out, p->r->title);
	text_add(p->out, "</title>\n<style>\n");
	text_add(p->out, page_css);
	text_add(p->out,
	         "</style>\n</head>\n<body>\n"
	         "<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n<h1>");
	page_escape(p->out, p->r->title);
	text_add(p->out, "</h1>\n<button type=\"button\" id=\"theme\" hidden>Dark</button>\n"
	                 "</header>\n");
}

/* The sections' contents in order, with links to them in front, and what was left out and why. */
static void assemble(struct page *p, const struct text *body, const struct err *left_out)
{
	bool any = false;

	add_head(p);
	text_add(p->out, "<nav aria-label=\"Sections\"><ol>\n");
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (body[i].n)
			text_addf(p->out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i]->id,
			          sections[i]->title);
	text_add(p->out, "</ol></nav>\n<main id=\"main\" tabindex=\"-1\">\n");
	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (!body[i].n) {
			any = true;
			continue;
		}
		text_addf(p->out,
		          "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n",
		          sections[i]->id, sections[i]->id, sections[i]->id, sections[i]->title);
		text_addn(p->out, text_str(&body[i]), body[i].n);
		text_add(p->out, "</section>\n");
	}
	if (any)
		text_add(p->out, "<section id=\"left-out\" aria-labelledby=\"left-out-h\">\n"
		                 "<h2 id=\"left-out-h\">Left out</h2>\n<ul>\n");
	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (body[i].n)
			continue;
		text_addf(p->out, "<li>%s: ", sections[i]->title);
		page_escape(p->out, left_out[i].msg);
		text_add(p->out, "</li>\n");
	}
	text_add(p->out, any ? "</ul>\n</section>\n" : "");
	text_add(p->out,
	         "</main>\n<div id=\"tip\" role=\"tooltip\" hidden></div>\n"
	         "<p id=\"said\" class=\"quiet\" role=\"status\" aria-live=\"polite\"></p>\n"
	         "<script>\n");
	text_add(p->out, page_js);
	text_add(p->out, "</script>\n</body>\n</html>\n");
}

static enum status write_sections(struct page *p, struct text *body, struct err *left_out,
                                  struct err *e)
{
	struct text *out = p->out;
	enum status rc = ST_OK;

	for (size_t i = 0; i < N_SECTIONS && !rc; i++) {
		p->out = &body[i];
		rc = sections[i]->write(p, &left_out[i]);
		if (rc == ST_SKIP) {
			text_release(&body[i]);
			body[i] = (struct text){ 0 };
			rc = ST_OK;
		} else if (rc) {
			*e = left_out[i];
			err_wrap(e, "report, section %s", sections[i]->id);
		} else if (body[i].fail) {
			rc = err_nomem(e);
		}
	}
	p->out = out;
	return rc;
}

enum status report_page(struct store *s, const struct report_request *r, struct text *out,
                        struct err *e)
{
	struct page p = { .s = s, .r = r, .out = out };
	struct text body[N_SECTIONS] = { { 0 } };
	struct err left_out[N_SECTIONS] = { { 0 } };
	enum status rc = prepare(&p, e);

	if (!rc)
		rc = write_sections(&p, body, left_out, e);
	if (!rc)
		assemble(&p, body, left_out);
	if (!rc && out->fail)
		rc = err_nomem(e);
	for (size_t i = 0; i < N_SECTIONS; i++)
		text_release(&body[i]);
	table_release(&p.compare);
	text_release(&p.compare_missing);
	arena_release(&p.arena);
	return rc;
}
