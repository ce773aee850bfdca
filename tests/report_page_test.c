/* The report page: what makes its text safe, its numbers, and what it says of an empty database. */
#include "plugins.h"
#include "report/chart.h"
#include "report/page.h"
#include "report/table_rows.h"
#include "store_rows.h"

#include <math.h>

static void expect_text(struct text *t, const char *want)
{
	cr_assert_str_eq(text_str(t), want, "'%s', not '%s'", text_str(t), want);
	text_release(t);
	*t = (struct text){ 0 };
}

/* A section whose line is forgotten is a definition without an entry. */
Test(report_page, every_section_is_listed)
{
#define ONE(n) +1
	cr_assert_eq(0 REPORT_SECTIONS(ONE),
	             plugins_defined("src/report", "const struct report_section report_"));
#undef ONE
}

Test(report_page, escape)
{
	struct text t = { 0 };

	page_escape(&t, "a<b>&\"c'\x01\x1b\x7f\t\n\xc3\xa9");
	expect_text(&t,
	            "a&lt;b&gt;&amp;&quot;c&#39;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\t\n\xc3\xa9");
}

/* No byte sequence leaves escaped text by any of the characters that end text or an attribute. */
Test(report_page, escaped_text_is_inert)
{
	for (int a = 1; a < 256; a++)
		for (int b = 1; b < 256; b++) {
			char in[3] = { (char)a, (char)b, '\0' };
			struct text t = { 0 };

			page_escape(&t, in);
			cr_assert_eq(strcspn(text_str(&t), "<>\"'"), t.n, "%d %d", a, b);
			for (size_t i = 0; i < t.n; i++)
				cr_assert(t.s[i] != '&' || strchr("alqg#", t.s[i + 1]), "%d %d", a,
				          b);
			text_release(&t);
		}
}

/* U+2212 is the minus, U+202F stands between thousands from five digits on. */
Test(report_page, numbers)
{
	struct text t = { 0 };

	page_fixed(&t, -0.126, 2);
	expect_text(&t, "\xe2\x88\x92"
	                "0.13");
	page_fixed(&t, -0.001, 2);
	expect_text(&t, "0.00");
	page_fixed(&t, 9999, 0);
	expect_text(&t, "9999");
	page_fixed(&t, 1234567.5, 1);
	expect_text(&t, "1\xe2\x80\xaf"
	                "234\xe2\x80\xaf"
	                "567.5");
	page_significant(&t, 13.649, 4);
	expect_text(&t, "13.65");
	page_significant(&t, 0.00123456, 3);
	expect_text(&t, "0.00123");
	page_significant(&t, 123456, 3);
	expect_text(&t, "123\xe2\x80\xaf"
	                "456");
	page_significant(&t, 0, 3);
	expect_text(&t, "0.00");
	page_fixed(&t, (double)NAN, 2);
	cr_assert_not_null(strstr(text_str(&t), "&ndash;"));
	cr_assert_not_null(strstr(text_str(&t), "title=\"no value\""));
	cr_assert_null(strpbrk(text_str(&t), "0123456789"));
	text_release(&t);
}

/* Left end of the plot at x 50, right at 524 (WIDTH 540, margins 50 and 16), top at y 40, bottom at
 * 294 (HEIGHT 340, margins 40 and 46). Sizes 1 and 4: log2 from -0.15 to 2.15, so 1 lies at
 * 50 + 0.15 / 2.3 * 474 = 80.9 and 4 at 50 + 2.15 / 2.3 * 474 = 493.1. Accuracies 90 to 100: 95
 * lies at 294 - 0.5 * 254 = 167, 98 at 294 - 0.8 * 254 = 90.8. The front keeps 95 up to size 4. */
Test(report_page, chart)
{
	const struct chart_point front[] = {
		{.bits = 1,
                 .top1 = 95,
                 .top1_low = (double)NAN,
                 .top1_high = (double)NAN,
                 .row = 7,
                 .tip = "a < b"		                                                 },
		{ .bits = 4,   .top1 = 98, .top1_low = 97, .top1_high = 99, .row = 8, .tip = "c"},
		{ .bits = 0.5,
                 .top1 = 10,
                 .top1_low = 9,
                 .top1_high = 11,
                 .row = 9,
                 .tip = "below"		                                                 },
	};
	struct chart c = {
		.id = "x",
		.title = "t & u",
		.about = "d",
		.top1_fp32 = 99,
		.low = 90,
		.high = 100,
		.n = {0,     3    },
		.point = { NULL, front}
	};
	struct text t = { 0 };

	chart_write(&c, &t);
	cr_assert(!t.fail);
	cr_assert_not_null(strstr(t.s, "<path class=\"line\" d=\"M80.9 167.0H493.1V90.8\"/>"), "%s",
	                   t.s);
	cr_assert_not_null(strstr(t.s, "<a href=\"#p7\"><title>a &lt; b</title>"));
	cr_assert_not_null(strstr(t.s, "cx=\"493.1\" cy=\"90.8\" r=\"3.4\""));
	cr_assert_null(strstr(t.s, "#p9"), "a point below the range is drawn");
	cr_assert_not_null(strstr(t.s, "<title id=\"x-t\">t &amp; u</title>"));
	cr_assert_null(strstr(t.s, "nan"));
	text_release(&t);
}

/* Many points make no larger picture: one dot per cell of 3 x 3. */
Test(report_page, cloud_is_bounded)
{
	enum { N = 200000 };
	struct chart_point *cloud = calloc(N, sizeof(*cloud));
	struct chart c = {
		.id = "x", .title = "t", .about = "d", .low = 0, .high = 100, .top1_fp32 = 99
	};
	struct text t = { 0 };

	cr_assert_not_null(cloud);
	for (size_t i = 0; i < N; i++)
		cloud[i] = (struct chart_point){ .bits = 0.8 + (double)(i % 500) * 0.001,
			                         .top1 = (double)(i / 500) * 0.25 };
	c.cloud = cloud;
	c.n_cloud = N;
	chart_write(&c, &t);
	cr_assert(t.n > 10000 && t.n < 200000, "%zu bytes", t.n);
	text_release(&t);
	free(cloud);
}

Test(report_page, nothing_to_report)
{
	struct scratch d = scratch_make();
	struct store *s = store_with_facts(d.db);
	struct report_request r = { .title = "t", .db = "t.db", .technology = "t1", .loss = 0.5 };
	struct text page = { 0 };
	struct err err = { 0 };

	cr_assert_eq(report_page(s, &r, &page, &err), ST_SKIP);
	cr_assert_not_null(strstr(err.msg, "t.db: no verified point"), "%s", err.msg);
	text_release(&page);
	OK(store_close(s, &err));
	scratch_remove(&d);
}

/* A network of hostile names that has one point and nothing more: every section stands or says why
 * not, and no text of the database comes through as markup. */
Test(report_page, one_point)
{
	struct scratch d = scratch_make();
	struct store *s = store_with_facts(d.db);
	struct sample x = sample_make("model=m data=none bits=4 codec=raw", 1);
	struct report_request r = {
		.title = "</title><b>", .db = "<i>'.db", .technology = "t1", .loss = 0.5
	};
	struct text page = { 0 }, again = { 0 };
	struct err err = { 0 };

	x.point.verified = true;
	OK(put_sample(s, &x, &err));
	OK(report_page(s, &r, &page, &err));
	OK(report_page(s, &r, &again, &err));
	cr_assert_str_eq(page.s, again.s);
	cr_assert_null(strstr(page.s, "<b>"));
	cr_assert_null(strstr(page.s, "<i>"));
	cr_assert_not_null(strstr(
	        page.s, "hcbench query --db &#39;&lt;i&gt;&#39;\\&#39;&#39;.db&#39; --view best"));
	cr_assert_not_null(strstr(page.s, "<section id=\"left-out\""));
	cr_assert_not_null(strstr(page.s, "<li>Codecs at equal accuracy: nothing to compare"));
	cr_assert_not_null(strstr(page.s, "</html>"));
	text_release(&page);
	text_release(&again);
	OK(store_close(s, &err));
	scratch_remove(&d);
}

static size_t count(const char *s, const char *what)
{
	size_t n = 0;

	for (; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

/* `parts` runs of `each` rows. */
static char *table_page(size_t parts, size_t each)
{
	static const char *const names[] = { "<net>0", "net1", "net2", "net3", "net4" };
	static const char *columns[] = { "network", "value" };
	const struct page_column column[] = {
		{.column = "network", .head = "network"   },
		{ .column = "value",    .head = "value", .format = PAGE_FIXED },
	};
	struct text out = { 0 };
	struct page p = { .out = &out };
	struct table t;

	table_begin(&t, columns, 2);
	for (size_t r = 0; r < parts * each; r++) {
		struct cell *c = table_add_row(&t);

		c[0] = cell_text(names[r / each]);
		c[1] = cell_real((double)(1000 + r));
	}
	page_table(&p, &t, "C", column, 2, PAGE_ROWS);
	table_release(&t);
	cr_assert_not(out.fail);
	return out.s;
}

/* 5 networks of 5 rows are 25, one more than is shown at once: 5 parts, each a table with a head of
 * its own, and every row is in exactly one of them. */
Test(report_page, long_tables_are_folded)
{
	char *page = table_page(5, 5);

	cr_assert_eq(count(page, "<details class=\"fold\""), 5);
	cr_assert_eq(count(page, "<details class=\"fold\" open>"), 1);
	cr_assert_eq(count(page, "</details>"), 5);
	cr_assert_eq(count(page, "<thead>"), 5);
	cr_assert_eq(count(page, "<small>5 rows</small>"), 5);
	cr_assert_null(strstr(page, "<net>"));
	cr_assert_not_null(strstr(page, "aria-label=\"C: &lt;net&gt;0\""));
	for (int v = 1000; v < 1025; v++) {
		char cell[32];

		snprintf(cell, sizeof(cell), ">%d</td>", v);
		cr_assert_eq(count(page, cell), 1, "%d", v);
	}
	free(page);
}

/* 4 by 6 are no more than 24 rows; of 2 by 13 there are too few parts. */
Test(report_page, other_tables_are_whole)
{
	static const size_t shapes[][2] = {
		{4,  6 },
                { 2, 13},
                { 1, 40}
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		char *page = table_page(shapes[i][0], shapes[i][1]);

		cr_assert_null(strstr(page, "<details"));
		cr_assert_eq(count(page, "<thead>"), 1);
		cr_assert_eq(count(page, "</td>"), shapes[i][0] * shapes[i][1]);
		free(page);
	}
}
