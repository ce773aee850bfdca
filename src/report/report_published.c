/* What others published for the networks of the database, beside what was measured here. */
#include "report/page.h"

#include <string.h>

static const struct page_column columns[] = {
	{.column = "model",                 .head = "network"         },
	{ .column = "codec",                .head = "published method"},
	{ .column = "ratio_fp32",
         .head = "published ratio",
         .format = PAGE_SIGNIFICANT,
         .digits = 3 },
	{ .column = "bits_per_weight",
         .head = "bits per weight",
         .format = PAGE_FIXED,
         .digits = 3 },
	{ .column = "loss",
         .head = "loss, points",
         .title = "of top-1, as published",
         .format = PAGE_FIXED,
         .digits = 2 },
	{ .column = "of_hardcompress",
         .head = "against HardCompress here",
         .title = "the published ratio by that of HardCompress's best point in this database",
         .format = PAGE_FIXED,
         .digits = 2 },
	{ .column = "retrained", .head = "retrained"                                         },
	{ .column = "source",	                        .head = "source"                              },
};

static enum status write(struct page *p, struct err *e)
{
	struct table t = p->compare; /* its cells stay the page's */
	size_t basis = table_column(&t, "basis"), n = 0;
	struct cell *kept;

	if (p->compare_status)
		return err_set(e, p->compare_status, "%s", p->compare_err.msg);
	kept = ARENA_NEW(&p->arena, struct cell, t.n_rows * t.n_columns + 1);
	if (!kept)
		return err_nomem(e);
	for (size_t r = 0; r < t.n_rows; r++)
		if (!strcmp(table_cell(&t, r, basis)->t, "published"))
			memcpy(&kept[n++ * t.n_columns], table_cell(&t, r, 0),
			       t.n_columns * sizeof(*kept));
	t.cell = kept;
	t.n_rows = n;
	if (n == 0)
		return err_set(
		        e, ST_SKIP,
		        "datasets/published.csv has no figure for a network of this database");
	page_add(p,
	         "<p>Figures of others, not computed here, for losses up to %g points. A retrained "
	         "network is another network.</p>\n",
	         p->r->loss);
	page_table(p, &t, "Published figures", columns, sizeof(columns) / sizeof(columns[0]), 100);
	page_command(p, "compare", "--columns model,basis,codec,ratio_fp32,loss,retrained,source");
	return ST_OK;
}

const struct report_section report_published = { "published", "Published figures", write };
