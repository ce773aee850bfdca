/* Fronts of size and accuracy: a picture per network, and one table of all their points. */
#include "report/chart.h"
#include "report/figure_parts.h"
#include "report/page.h"
#include "report/pareto.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the table; networks share them. */
enum { MAX_ROWS = 800, MIN_ROWS_EACH = 20 };

/* Accuracy belongs to the lossy prefix, so only its smallest points can stand on a front. Series
 * are those of chart_series_name. */
static const char fronts_sql[] =
        "WITH kept AS (SELECT l.lossy_id, " PAGE_SMALLEST("") " AS s0, " PAGE_SMALLEST("AND p.codec LIKE 'dict:%'") " AS s1, " PAGE_SMALLEST(
                "AND p.codec = 'raw'") " AS s2 "
                                       "FROM lossy AS l WHERE l.top1 IS NOT NULL AND l.verdict IS NULL), "
                                       "sized AS (SELECT 0 AS series, s0 AS point_id FROM kept UNION ALL "
                                       "SELECT 1, s1 FROM kept UNION ALL SELECT 2, s2 FROM kept) "
                                       "SELECT dense_rank() OVER (ORDER BY " PAGE_ORDER
                                       ") AS subject, s.series, "
                                       "10 * dense_rank() OVER (ORDER BY " PAGE_ORDER
                                       ") + s.series AS front, " PAGE_NETWORK
                                       " AS network, " PAGE_SETTING
                                       " AS setting, p.bits_per_weight, l.top1, "
                                       "l.top1_low, l.top1_high, l.top1_fp32, 0 - l.top1_delta AS loss, "
                                       "0 - l.top1_delta_high AS loss_low, 0 - l.top1_delta_low AS loss_high, p.ratio_fp32, "
                                       "p.codec, p.group_size, l.bits, l.scope, l.trim, p.point_id, p.point "
                                       "FROM sized AS s JOIN point AS p ON p.point_id = s.point_id "
                                       "JOIN lossy AS l ON l.lossy_id = p.lossy_id JOIN model AS m ON m.model_id = l.model_id "
                                       "ORDER BY subject, series, p.bits_per_weight, l.top1 DESC, p.point";

enum {
	SUBJECT,
	SERIES,
	FRONT,
	NETWORK,
	SETTING,
	BITS_PER_WEIGHT,
	TOP1,
	TOP1_LOW,
	TOP1_HIGH,
	TOP1_FP32,
	LOSS,
	LOSS_LOW,
	LOSS_HIGH,
	RATIO,
	CODEC,
	GROUP,
	BITS,
	SCOPE,
	TRIM,
	POINT_ID,
	POINT
};

static const struct page_column columns[] = {
	{.column = "network",         .head = "network"            },
	{	                           .column = "setting",           .head = "images"                            },
	{	          .column = "series",                          .head = "front of"                           },
	{	                                                              .column = "bits_per_weight",
         .head = "bits per weight",
         .format = PAGE_FIXED,
         .digits = 3 },
	{	                                                 .column = "ratio_fp32", .head = "ratio",                   .format = PAGE_SIGNIFICANT, .digits = 4 },
	{	                          .column = "top1",         .head = "top-1, %",          .format = PAGE_FIXED, .digits = 2 },
	{	                .column = "loss",
         .head = "loss, points",
         .title = "of top-1 on all images, 95 % interval; negative is a gain",
         .format = PAGE_FIXED,
         .digits = 2,
         .low = "loss_low",
         .high = "loss_high" },
	{	                   .column = "codec",                 .head = "codec"                                         },
	{	                                                                    .column = "group_size",          .head = "G",        .title = "weights per word", .format = PAGE_FIXED },
	{.column = "bits",       .head = "b",  .title = "bits of the quantizer", .format = PAGE_FIXED },
	{	        .column = "scope",           .head = "scale per"                      },
	{	                                          .column = "trim",                          .head = "trim",                                      .format = PAGE_FIXED },
	{	                    .column = "point",           .head = "point", .format = PAGE_POINT },
};
enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]), SERIES_COLUMN = 2 };

/* A point of a front; a point may be on several. */
struct member {
	size_t row, id;  /* in the fronts; number of the table's row */
	unsigned series; /* bits */
	double bits, loss;
};

struct fronts {
	struct table all, fronts;
	struct text charts, rows;
	size_t n_subjects, n_rows, n_omitted;
};

static double value(const struct table *t, size_t row, size_t column)
{
	return page_value(table_cell(t, row, column));
}

static size_t end_of_subject(const struct table *t, size_t first)
{
	size_t end = first + 1;

	while (end < t->n_rows &&
	       table_cell(t, end, SUBJECT)->i == table_cell(t, first, SUBJECT)->i)
		end++;
	return end;
}

static int by_loss(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->loss < y->loss || x->loss > y->loss)
		return x->loss < y->loss ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static int by_bits(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->bits < y->bits || x->bits > y->bits)
		return x->bits < y->bits ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* The points of the fronts in rows first .. end - 1, each once, by size; what exceeds the subject's
 * share of rows goes, the largest losses first. */
static size_t find_members(struct fronts *f, size_t first, size_t end, struct member *m)
{
	const struct table *t = &f->fronts;
	size_t n = 0, share = MAX_ROWS / f->n_subjects;

	for (size_t r = first; r < end; r++) {
		size_t i = 0;

		while (i < n &&
		       table_cell(t, m[i].row, POINT_ID)->i != table_cell(t, r, POINT_ID)->i)
			i++;
		if (i == n)
			m[n++] = (struct member){ .row = r,
				                  .bits = value(t, r, BITS_PER_WEIGHT),
				                  .loss = value(t, r, LOSS) };
		m[i].series |= 1u << table_cell(t, r, SERIES)->i;
	}
	if (share < MIN_ROWS_EACH)
		share = MIN_ROWS_EACH;
	if (n > share) {
		qsort(m, n, sizeof(*m), by_loss);
		f->n_omitted += n - share;
		n = share;
	}
	qsort(m, n, sizeof(*m), by_bits);
	for (size_t i = 0; i < n; i++)
		m[i].id = ++f->n_rows;
	return n;
}

static void add_series_names(struct text *out, unsigned series)
{
	bool first = true;

	for (size_t s = 0; s < CHART_SERIES; s++) {
		if (!(series & 1u << s))
			continue;
		text_addf(out, "%s%s", first ? "" : ", ", chart_series_name[s]);
		first = false;
	}
}

static void add_row(struct text *out, const struct table *t, const struct member *m)
{
	const char *codec = table_cell(t, m->row, CODEC)->t;

	text_addf(out, "<tr id=\"p%zu\" data-network=\"", m->id);
	page_escape(out, table_cell(t, m->row, NETWORK)->t);
	text_add(out, "\" data-codec=\"");
	for (size_t i = 0; codec[i] && codec[i] != ':'; i++)
		page_escape(out, (char[2]){ codec[i], '\0' });
	if (!isnan(m->loss))
		text_addf(out, "\" data-loss=\"%.4f", m->loss);
	text_add(out, "\">");
	for (size_t c = 0; c < N_COLUMNS; c++) {
		bool number =
		        columns[c].format == PAGE_FIXED || columns[c].format == PAGE_SIGNIFICANT;

		text_addf(out, "<%s%s>", c ? "td" : "th scope=\"row\"",
		          number ? " class=\"n\""
		          : c    ? " class=\"short\""
		                 : "");
		if (c == SERIES_COLUMN)
			add_series_names(out, m->series);
		else
			page_cell(out, t, m->row, &columns[c]);
		text_add(out, c ? "</td>" : "</th>");
	}
	text_add(out, "</tr>\n");
}

static const char *tip_of(struct arena *a, const struct table *t, const struct member *m)
{
	struct text tip = { 0 };
	const char *copy;

	add_series_names(&tip, m->series);
	text_addf(&tip, "\n%.3f bits per weight, ratio %.4g\ntop-1 %.2f %%",
	          value(t, m->row, BITS_PER_WEIGHT), value(t, m->row, RATIO),
	          value(t, m->row, TOP1));
	if (!isnan(value(t, m->row, TOP1_LOW)) && !isnan(value(t, m->row, TOP1_HIGH)))
		text_addf(&tip, " (%.2f to %.2f)", value(t, m->row, TOP1_LOW),
		          value(t, m->row, TOP1_HIGH));
	if (!isnan(m->loss))
		text_addf(&tip, "\nloss %.2f points", m->loss);
	text_addf(&tip, "\n%s, groups of %.0f, %.0f bits, trim %.0f",
	          table_cell(t, m->row, CODEC)->t, value(t, m->row, GROUP), value(t, m->row, BITS),
	          value(t, m->row, TRIM));
	copy = tip.fail ? NULL : arena_strdup(a, text_str(&tip));
	text_release(&tip);
	return copy;
}

/* Smallest points of every prefix of the subject: the dots behind its fronts. */
static size_t find_cloud(const struct table *all, int64_t subject, struct chart_point *out)
{
	size_t n = 0;

	for (size_t r = 0; r < all->n_rows; r++)
		if (table_cell(all, r, SUBJECT)->i == subject && table_cell(all, r, SERIES)->i == 0)
			out[n++] = (struct chart_point){ .bits = value(all, r, BITS_PER_WEIGHT),
				                         .top1 = value(all, r, TOP1) };
	return n;
}

/* A range for databases in which even the window's ends are unknown or one. */
static void set_range(struct chart *c, const struct table *fronts, size_t first, size_t end)
{
	struct table own = *fronts;
	struct figure_window w;

	own.cell = &fronts->cell[first * own.n_columns];
	own.n_rows = end - first;
	w = figure_window(&own, TOP1, TOP1_HIGH, c->top1_fp32);

	if (!(w.high > w.low)) {
		w.low = 0;
		w.high = 100;
	}
	c->low = w.low;
	c->high = w.high;
}

static enum status add_chart(struct fronts *f, struct arena *a, const struct member *m, size_t n,
                             struct chart *c, struct err *e)
{
	const struct table *t = &f->fronts;
	const char *network = table_cell(t, m[0].row, NETWORK)->t,
	           *setting = table_cell(t, m[0].row, SETTING)->t;
	struct chart_point *point = ARENA_NEW(a, struct chart_point, n * CHART_SERIES + 1),
	                   *cloud = ARENA_NEW(a, struct chart_point, f->all.n_rows + 1);

	c->title = arena_printf(a, "%s, %s: bits per weight and top-1 accuracy", network, setting);
	c->about =
	        "Fronts of the smallest verified points. Every point is a link to its row in the "
	        "table below.";
	c->cloud = cloud;
	if (!point || !cloud || !c->title)
		return err_nomem(e);
	for (size_t s = 0; s < CHART_SERIES; s++) {
		c->point[s] = point;
		for (size_t i = 0; i < n; i++) {
			if (!(m[i].series & 1u << s))
				continue;
			*point = (struct chart_point){ .bits = m[i].bits,
				                       .top1 = value(t, m[i].row, TOP1),
				                       .top1_low = value(t, m[i].row, TOP1_LOW),
				                       .top1_high = value(t, m[i].row, TOP1_HIGH),
				                       .row = m[i].id,
				                       .tip = tip_of(a, t, &m[i]) };
			if (!point->tip)
				return err_nomem(e);
			point++;
			c->n[s]++;
		}
	}
	c->n_cloud = find_cloud(&f->all, table_cell(t, m[0].row, SUBJECT)->i, cloud);
	text_add(&f->charts, "<figure>\n<figcaption><h3>");
	page_escape(&f->charts, network);
	text_add(&f->charts, "</h3> ");
	page_escape(&f->charts, setting);
	text_add(&f->charts, "</figcaption>\n");
	chart_write(c, &f->charts);
	text_add(&f->charts, "</figure>\n");
	return ST_OK;
}

static enum status draw(struct fronts *f, struct arena *a, const struct member *m, size_t n,
                        size_t first, size_t end, struct err *e)
{
	struct chart c = { .id = arena_printf(a, "chart%zu", m[0].id),
		           .top1_fp32 = value(&f->fronts, first, TOP1_FP32) };

	if (!c.id)
		return err_nomem(e);
	set_range(&c, &f->fronts, first, end);
	return add_chart(f, a, m, n, &c, e);
}

static enum status add_subjects(struct fronts *f, struct err *e)
{
	const struct table *t = &f->fronts;
	enum status rc = ST_OK;

	for (size_t first = 0, end; first < t->n_rows && !rc; first = end) {
		struct arena a = { 0 };
		struct member *m;
		size_t n;

		end = end_of_subject(t, first);
		m = ARENA_NEW(&a, struct member, end - first);
		if (!m) {
			rc = err_nomem(e);
		} else {
			n = find_members(f, first, end, m);
			for (size_t i = n; i-- > 0;) /* the most accurate first */
				add_row(&f->rows, t, &m[i]);
			rc = draw(f, &a, m, n, first, end, e);
		}
		arena_release(&a);
	}
	if (!rc && (f->charts.fail || f->rows.fail))
		rc = err_nomem(e);
	return rc;
}

static void add_key(struct text *out)
{
	text_add(out, "<ul class=\"key\" aria-label=\"Key\">\n");
	for (size_t s = 0; s < CHART_SERIES; s++) {
		text_add(out, "<li>");
		chart_mark(out, s);
		text_addf(out, " %s</li>\n", chart_series_name[s]);
	}
	text_add(
	        out,
	        "<li><span class=\"dot\" aria-hidden=\"true\"></span> all other quantizations, each "
	        "at its smallest code</li>\n<li>bars: 95&nbsp;% interval of top-1</li>\n</ul>\n");
}

/* Hidden until the script is there to serve it. */
static void add_filters(struct text *out)
{
	text_add(
	        out,
	        "<form id=\"filters\" hidden>\n<label>network <select name=\"network\">"
	        "<option value=\"\">all</option></select></label>\n"
	        "<label>codec <select name=\"codec\"><option value=\"\">all</option></select></label>\n"
	        "<label>loss from <input name=\"low\" type=\"number\" step=\"any\" "
	        "inputmode=\"decimal\"></label>\n"
	        "<label>to <input name=\"high\" type=\"number\" step=\"any\" inputmode=\"decimal\"> "
	        "points</label>\n"
	        "<label>text <input name=\"text\" type=\"search\"></label>\n"
	        "<button type=\"reset\">Reset</button>\n"
	        "<output id=\"count\" aria-live=\"polite\"></output>\n</form>\n");
}

static void add_table(struct page *p, const struct fronts *f)
{
	struct table none = f->fronts;
	struct text head = { 0 }, *out = p->out;

	none.n_rows = 0;
	p->out = &head;
	page_table(p, &none, "Points of the fronts", columns, N_COLUMNS, 0);
	p->out = out;
	for (const char *s = text_str(&head), *body = strstr(s, "</tbody>"); body; body = NULL) {
		text_addn(out, s, (size_t)(body - s));
		text_addn(out, text_str(&f->rows), f->rows.n);
		text_add(out, body);
	}
	out->fail |= head.fail;
	text_release(&head);
}

static void add_content(struct page *p, const struct fronts *f)
{
	text_add(p->out,
	         "<p>How accurate at which size: points that no other verified point of the same "
	         "kind beats in both. Point at one, or move with Tab and the arrow keys, for its "
	         "values; follow it to its row below.</p>\n");
	add_key(p->out);
	text_add(p->out, "<div class=\"charts\">\n");
	text_addn(p->out, text_str(&f->charts), f->charts.n);
	text_add(p->out, "</div>\n");
	page_command(p, "query",
	             "--view results --where \"verified = 1 AND top1 IS NOT NULL\" "
	             "--pareto=-bits_per_weight,+top1 --within model");
	text_add(p->out, "<h3>Points of the fronts</h3>\n");
	add_filters(p->out);
	text_add(p->out, "<div id=\"front\">\n");
	add_table(p, f);
	text_add(p->out, "</div>\n");
	if (f->n_omitted)
		page_add(
		        p,
		        "<p class=\"more\">%zu points with the largest losses are not in the page; the "
		        "command above gives them.</p>\n",
		        f->n_omitted);
}

static enum status collect(struct page *p, struct fronts *f, struct err *e)
{
	enum status rc = store_query(p->s, fronts_sql, NULL, 0, &f->all, e);

	if (rc)
		return rc;
	if (f->all.n_rows == 0)
		return err_set(
		        e, ST_SKIP,
		        "no network of this database has an accuracy; a data set in the study "
		        "gives one");
	f->n_subjects = (size_t)table_cell(&f->all, f->all.n_rows - 1, SUBJECT)->i;
	rc = figure_rows(&f->all, f->all.n_columns, 0, &f->fronts, e);
	return rc ? rc : pareto_filter(&f->fronts, "-bits_per_weight,+top1", "front", e);
}

static enum status write(struct page *p, struct err *e)
{
	struct fronts f = { .n_rows = 0 };
	enum status rc = collect(p, &f, e);

	if (!rc)
		rc = add_subjects(&f, e);
	if (!rc)
		add_content(p, &f);
	text_release(&f.charts);
	text_release(&f.rows);
	table_release(&f.fronts);
	table_release(&f.all);
	return rc;
}

const struct report_section report_fronts = { "fronts", "Size and accuracy", write };
