/* What was swept, and the three answers that a reader comes for. */
#include "report/compare.h"
#include "report/page.h"
#include "report/table_rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* HardCompress's claim: 99.27 % saved, 1 / (1 - 0.9927). */
#define CLAIMED "137"

static enum status add_counts(struct page *p, struct err *e)
{
	static const char sql[] =
	        "SELECT count(*), sum(status = 'ok' AND verified = 1), sum(status = 'skip'), "
	        "sum(status = 'failed'), (SELECT count(*) FROM lossy), "
	        "(SELECT count(*) FROM lossy WHERE top1 IS NOT NULL AND verdict IS NULL), "
	        "(SELECT count(*) FROM model), (SELECT count(*) FROM run), "
	        "(SELECT count(*) FROM technology) FROM point";
	/* clang-format off */
	static const struct {
		const char *name, *title;
	} fact[] = {
		{ "points", "stored design points" },
		{ "verified", "encoded, decoded and compared bit for bit" },
		{ "skipped", "where the configuration does not apply" },
		{ "failed", "why: hcbench query --view failures" },
		{ "lossy prefixes", "networks quantized and trimmed" },
		{ "with accuracy", "evaluated on all images of their data set" },
		{ "networks", "by content" },
		{ "runs", "invocations that wrote here" },
		{ "price tables", "technologies" },
	};
	/* clang-format on */
	struct table t;
	enum status rc = store_query(p->s, sql, NULL, 0, &t, e);

	if (rc)
		return rc;
	text_add(p->out, "<dl class=\"facts\">\n");
	for (size_t i = 0; i < sizeof(fact) / sizeof(fact[0]); i++) {
		page_add(p, "<div><dt title=\"%s\">%s</dt><dd>", fact[i].title, fact[i].name);
		page_fixed(p->out, page_value(table_cell(&t, 0, i)), 0);
		text_add(p->out, "</dd></div>\n");
	}
	text_add(p->out, "</dl>\n");
	table_release(&t);
	return ST_OK;
}

/* A cell of the first answer: ratio, and below it the loss on all images with its interval. */
static void add_best(struct text *out, const struct table *t, size_t row, size_t column)
{
	double ratio = page_value(table_cell(t, row, column));

	if (isnan(ratio)) {
		page_none(out, "no verified configuration loses so little");
		return;
	}
	text_add(out, "<strong>");
	page_significant(out, ratio, 3);
	text_add(out, "\xc3\x97</strong> <small>");
	page_fixed(out, page_value(table_cell(t, row, column + 1)), 2);
	text_add(out, " (");
	page_fixed(out, page_value(table_cell(t, row, column + 2)), 2);
	text_add(out, " to ");
	page_fixed(out, page_value(table_cell(t, row, column + 3)), 2);
	text_add(out, ")</small>");
}

#define LEVEL(points)                                                       \
	"max(ratio_fp32) FILTER (WHERE loss_level = " points "), "          \
	"0 - max(top1_delta) FILTER (WHERE loss_level = " points "), "      \
	"0 - max(top1_delta_high) FILTER (WHERE loss_level = " points "), " \
	"0 - max(top1_delta_low) FILTER (WHERE loss_level = " points ")"

static enum status add_ratios(struct page *p, struct err *e)
{
	static const char sql[] =
	        "SELECT model || iif(count(*) OVER (PARTITION BY model, data, activations) > 1, "
	        "' ' || substr(model_sha256, 1, 8), ''), "
	        "data || iif(activations = 'f32', '', ', ' || activations), max(images), "
	        "max(top1_fp32), " LEVEL("0.1") ", " LEVEL("0.5") ", " LEVEL(
	                "1.0") " FROM best "
	                       "GROUP BY model, model_sha256, data, activations "
	                       "ORDER BY model, data, activations, model_sha256";
	struct text *out = p->out;
	struct table t;
	enum status rc = store_query(p->s, sql, NULL, 0, &t, e);

	if (rc)
		return rc;
	text_add(out, "<h3>How small, at how little loss?</h3>\n");
	if (t.n_rows == 0) {
		text_add(
		        out,
		        "<p>No network of this database has an accuracy, so nothing is known "
		        "of losses. A data set gives one: <code>data: mnist</code> in the study.</p>\n");
		table_release(&t);
		return ST_OK;
	}
	text_add(out,
	         "<p>The largest verified ratio to 32-bit weights among the configurations that "
	         "lose at most so many percentage points of top-1 on the half of the images that "
	         "chooses. Small: the loss on all images with its 95&nbsp;% interval; negative is "
	         "a gain.</p>\n"
	         "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Best ratio by "
	         "loss\"><table class=\"best\"><caption>Best ratio by loss</caption><thead><tr>"
	         "<th scope=\"col\">network</th><th scope=\"col\">images</th>"
	         "<th scope=\"col\" class=\"n\">fp32 top-1, %</th>"
	         "<th scope=\"col\" class=\"n\">at most 0.1 points</th>"
	         "<th scope=\"col\" class=\"n\">0.5 points</th>"
	         "<th scope=\"col\" class=\"n\">1 point</th></tr></thead>\n<tbody>\n");
	for (size_t r = 0; r < t.n_rows; r++) {
		text_add(out, "<tr><th scope=\"row\">");
		page_escape(out, table_cell(&t, r, 0)->t);
		text_add(out, "</th><td>");
		page_escape(out, table_cell(&t, r, 1)->t);
		text_add(out, "</td><td class=\"n\">");
		page_fixed(out, page_value(table_cell(&t, r, 3)), 2);
		for (size_t level = 0; level < 3; level++) {
			text_add(out, "</td><td class=\"n\">");
			add_best(out, &t, r, 4 + 4 * level);
		}
		text_add(out, "</td></tr>\n");
	}
	text_add(out, "</tbody></table></div>\n");
	page_command(p, "query", "--view best --where \"loss_level <= 1\"");
	table_release(&t);
	return ST_OK;
}

/* free_*: the smallest that loses at most 0.1 points on the selection half. reach_*: the most
 * accurate of those with the claimed ratio. most_*: the largest ratio. */
static const char claimed_sql[] = "WITH kept AS (SELECT l.lossy_id, " PAGE_SMALLEST(
        "") " AS point_id FROM lossy AS l "
            "WHERE l.top1 IS NOT NULL AND l.verdict IS NULL), "
            "placed AS (SELECT l.model_id, l.data, l.activations, l.top1, l.top1_low, l.top1_high, "
            "p.ratio_fp32, p.bits_per_weight, l.selection_delta >= -0.1 - 1e-9 AS free, "
            "p.ratio_fp32 >= " CLAIMED " AS reach, "
            "row_number() OVER (PARTITION BY l.model_id, l.data, l.activations, "
            "l.selection_delta >= -0.1 - 1e-9 ORDER BY p.ratio_fp32 DESC, p.point) AS free_place, "
            "row_number() OVER (PARTITION BY l.model_id, l.data, l.activations, "
            "p.ratio_fp32 >= " CLAIMED " ORDER BY l.top1 DESC, p.ratio_fp32 DESC, p.point) "
            "AS reach_place, "
            "row_number() OVER (PARTITION BY l.model_id, l.data, l.activations "
            "ORDER BY p.ratio_fp32 DESC, l.top1 DESC, p.point) AS most_place "
            "FROM kept AS k JOIN lossy AS l ON l.lossy_id = k.lossy_id "
            "JOIN point AS p ON p.point_id = k.point_id) "
            "SELECT " PAGE_NETWORK " AS network, " PAGE_SETTING " AS setting, "
            "max(l.bits_per_weight) FILTER (WHERE free AND free_place = 1) AS free_bits, " CLAIMED
            " / max(l.ratio_fp32) FILTER (WHERE free AND free_place = 1) AS missing, "
            "max(l.top1) FILTER (WHERE reach AND reach_place = 1) AS reach, "
            "max(l.top1_low) FILTER (WHERE reach AND reach_place = 1) AS reach_low, "
            "max(l.top1_high) FILTER (WHERE reach AND reach_place = 1) AS reach_high, "
            "max(l.ratio_fp32) FILTER (WHERE most_place = 1) AS most_ratio, "
            "max(l.top1) FILTER (WHERE most_place = 1) AS most_top1 "
            "FROM (SELECT m.name AS model, placed.* FROM placed JOIN model AS m USING (model_id)) AS l "
            "JOIN model AS m ON m.model_id = l.model_id "
            "GROUP BY l.model_id, l.data, l.activations ORDER BY " PAGE_ORDER;

static enum status add_claimed(struct page *p, struct err *e)
{
	/* clang-format off */
	static const struct page_column column[] = {
		{ .column = "network", .head = "network" },
		{ .column = "setting", .head = "images" },
		{ .column = "free_bits",
		  .head = "loss-free, bits per weight",
		  .title = "smallest configuration that loses at most 0.1 points on the selection half",
		  .format = PAGE_FIXED,
		  .digits = 3 },
		{ .column = "missing",
		  .head = "still missing, factor",
		  .title = CLAIMED " divided by the loss-free ratio",
		  .format = PAGE_SIGNIFICANT,
		  .digits = 3 },
		{ .column = "reach",
		  .head = "top-1 at " CLAIMED "\xc3\x97 or more, %",
		  .title = "the most accurate verified configuration of that size, 95 % interval",
		  .format = PAGE_FIXED,
		  .digits = 2,
		  .low = "reach_low",
		  .high = "reach_high" },
		{ .column = "most_ratio",
		  .head = "largest ratio swept",
		  .format = PAGE_SIGNIFICANT,
		  .digits = 3 },
		{ .column = "most_top1", .head = "its top-1, %", .format = PAGE_FIXED, .digits = 2 },
	};
	/* clang-format on */
	struct text *out = p->out, table = { 0 };
	enum status rc;

	p->out = &table;
	rc = page_query_table(p, claimed_sql, NULL, "What " CLAIMED "\xc3\x97 would take", column,
	                      sizeof(column) / sizeof(column[0]), PAGE_ROWS, "no accuracy", e);
	p->out = out;
	if (!rc) {
		text_add(
		        out,
		        "<h3>Is " CLAIMED
		        "\xc3\x97 within reach?</h3>\n<p>HardCompress claims up to "
		        "99.27&nbsp;% saved, " CLAIMED
		        "\xc3\x97, which is 0.234 bits per weight. A dash: no verified point is that small.</p>\n");
		text_addn(out, text_str(&table), table.n);
		page_command(p, "query",
		             "--view results --where \"ratio_fp32 >= " CLAIMED
		             " AND top1 IS NOT NULL\" --sort=-top1 --limit 20");
	}
	out->fail |= table.fail;
	text_release(&table);
	return rc == ST_SKIP ? ST_OK : rc;
}

/* Of each network: HardCompress, the best other code on its own prefix, and on HardCompress's. */
struct rivals {
	size_t reference, own, same; /* rows; n_rows: none */
};

static bool is_text(const struct table *t, size_t row, const char *column, const char *value)
{
	const struct cell *c = table_cell(t, row, table_column(t, column));

	return c->type == CELL_TEXT && !strcmp(c->t, value);
}

static bool same_group(const struct table *t, size_t a, size_t b)
{
	static const char *const by[] = { "model", "data", "activations" };
	bool same = true;

	for (size_t i = 0; i < 3; i++)
		same &= is_text(t, a, by[i], table_cell(t, b, table_column(t, by[i]))->t);
	return same;
}

static struct rivals find_rivals(const struct table *t, size_t first)
{
	struct rivals v = { t->n_rows, t->n_rows, t->n_rows };

	for (size_t r = first; r < t->n_rows && same_group(t, first, r); r++) {
		bool reference = is_text(t, r, "name", COMPARE_REFERENCE);
		bool own = is_text(t, r, "basis", "own"), same = is_text(t, r, "basis", "same");

		if (!is_text(t, r, "kind", "code"))
			continue;
		if (reference && own && v.reference == t->n_rows)
			v.reference = r;
		else if (!reference && own && v.own == t->n_rows)
			v.own = r; /* rows of a basis are smallest first */
		else if (!reference && same && v.same == t->n_rows)
			v.same = r;
	}
	return v;
}

static enum status add_rival(struct table *to, const struct table *t, size_t first, struct err *e)
{
	struct rivals v = find_rivals(t, first);
	struct cell *row = table_add_row(to);
	size_t of = table_column(t, "of_hardcompress"), codec = table_column(t, "codec"),
	       ratio = table_column(t, "ratio_fp32");

	if (!row)
		return err_nomem(e);
	row[0] = *table_cell(t, first, table_column(t, "model"));
	row[1] = *table_cell(t, first, table_column(t, "data"));
	if (v.reference < t->n_rows)
		row[2] = *table_cell(t, v.reference, ratio);
	if (v.own < t->n_rows) {
		row[3] = *table_cell(t, v.own, codec);
		row[4] = *table_cell(t, v.own, ratio);
		row[5] = *table_cell(t, v.own, of);
	}
	if (v.same < t->n_rows) {
		row[6] = *table_cell(t, v.same, codec);
		row[7] = *table_cell(t, v.same, of);
	}
	return ST_OK;
}

static enum status add_rivals(struct page *p, struct err *e)
{
	static const char *name[] = { "model",     "data",   "ratio", "own",
		                      "own_ratio", "own_of", "same",  "same_of" };
	/* clang-format off */
	static const struct page_column column[] = {
		{ .column = "model", .head = "network" },
		{ .column = "data", .head = "images" },
		{ .column = "ratio", .head = "HardCompress", .format = PAGE_SIGNIFICANT, .digits = 3 },
		{ .column = "own", .head = "best other codec", .title = "on the prefix that suits it" },
		{ .column = "own_ratio", .head = "its ratio", .format = PAGE_SIGNIFICANT, .digits = 3 },
		{ .column = "own_of",
		  .head = "against HardCompress",
		  .title = "its ratio by HardCompress's; above 1 it is smaller",
		  .format = PAGE_FIXED,
		  .digits = 2 },
		{ .column = "same", .head = "best on the same symbols" },
		{ .column = "same_of", .head = "against HardCompress", .format = PAGE_FIXED, .digits = 2 },
	};
	/* clang-format on */
	const struct table *t = &p->compare;
	struct table rivals;
	enum status rc = ST_OK;

	if (p->compare_status)
		return ST_OK; /* section codecs says why */
	table_begin(&rivals, name, sizeof(name) / sizeof(name[0]));
	for (size_t r = 0; r < t->n_rows && !rc; r++)
		if (!r || !same_group(t, r - 1, r))
			rc = add_rival(&rivals, t, r, e);
	if (!rc) {
		page_add(
		        p,
		        "<h3>Is another code better?</h3>\n<p>HardCompress's smallest point that loses at "
		        "most %g points, and the best other code: on its own best quantization, and on "
		        "HardCompress's symbols.</p>\n",
		        p->r->loss);
		page_table(p, &rivals, "Best codec against HardCompress", column,
		           sizeof(column) / sizeof(column[0]), PAGE_ROWS);
		text_add(p->out,
		         "<p>All codecs and the command: <a href=\"#codecs\">below</a>.</p>\n");
	}
	table_release(&rivals);
	return rc;
}

static enum status write(struct page *p, struct err *e)
{
	enum status rc = add_counts(p, e);

	if (!rc)
		rc = add_ratios(p, e);
	if (!rc)
		rc = add_claimed(p, e);
	return rc ? rc : add_rivals(p, e);
}

const struct report_section report_summary = { "summary", "Summary", write };
