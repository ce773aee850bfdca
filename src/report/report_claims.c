/* Published claims, judged by the points of this database (hcbench reproduce judges all of them).
 */
#include "base/file.h"
#include "report/claim.h"
#include "report/page.h"
#include "report/table_rows.h"

#include <math.h>

static const char *names[] = { "claim", "network", "published", "unit",   "ours",
	                       "low",   "high",    "verdict",   "reason", "point" };

static const struct page_column columns[] = {
	{.column = "claim",           .head = "claim"                            },
	{	                              .column = "network",          .head = "network"                                          },
	{	          .column = "published", .head = "published",                                 .format = PAGE_SIGNIFICANT, .digits = 4 },
	{	                             .column = "ours",
         .head = "here",
         .title = "what the best point of this database gives, with its interval",
         .format = PAGE_SIGNIFICANT,
         .digits = 4,
         .low = "low",
         .high = "high" },
	{	                                                                              .column = "unit",                .head = "unit"	                                                  },
	{	                                                                                       .column = "verdict",.head = "verdict"},
	{.column = "reason",                          .head = "why"	                                                             },
	{	                                                                                                                                                           .column = "point",          .head = "point",                             .format = PAGE_POINT },
};

/* Claims without a network need no database and are not about this one. A network without a point
 * that meets the conditions has no value, and no row. */
static enum status add_claim(struct page *p, const struct claim *c, struct table *t, struct err *e)
{
	for (size_t i = 0; i < c->n_networks && !c->together; i++) {
		struct claim_result r;
		struct cell *row;
		enum status rc = claim_evaluate(c, i, p->s, &p->arena, &r, e);

		if (rc)
			return rc;
		if (!isfinite(r.ours))
			continue;
		row = table_add_row(t);
		if (!row)
			return err_nomem(e);
		*row++ = cell_text(c->title);
		*row++ = cell_text(claim_network(c, i));
		*row++ = cell_real(c->published);
		*row++ = cell_text(c->unit);
		*row++ = cell_real(r.ours);
		*row++ = cell_real(r.low);
		*row++ = cell_real(r.high);
		*row++ = cell_text(claim_verdict_names[r.verdict]);
		*row++ = cell_text(r.reason);
		*row++ = cell_text(r.point);
	}
	return ST_OK;
}

static enum status judge(struct page *p, const struct claims *claims, struct err *e)
{
	struct table t;
	enum status rc = ST_OK;

	table_begin(&t, names, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < claims->n && !rc; i++)
		rc = add_claim(p, &claims->claim[i], &t, e);
	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no point here is about a claim: run 'hcbench reproduce'");
	if (!rc) {
		page_add(p, "<p>The most that this database shows for each; a study made for a "
		            "claim may show more.</p>\n");
		page_table(p, &t, "Published claims", columns, sizeof(columns) / sizeof(columns[0]),
		           PAGE_ROWS);
		page_command(p, "reproduce", "--format json");
	}
	table_release(&t);
	return rc;
}

static enum status write(struct page *p, struct err *e)
{
	const char *dir = file_shipped(&p->arena, "datasets/claims");
	struct claims claims;
	enum status rc;

	if (!dir)
		return err_set(e, ST_SKIP, "datasets/claims is not installed");
	rc = claims_load(&claims, dir, e);
	if (!rc)
		rc = judge(p, &claims, e);
	claims_release(&claims);
	return rc;
}

const struct report_section report_claims = { "claims", "Published claims", write };
