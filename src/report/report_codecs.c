/* HardCompress against every codec at equal accuracy. */
#include "report/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct page_column columns[] = {
	{.column = "model",                 .head = "network"                            },
	{	                    .column = "basis",
         .head = "prefix",
         .title = "same: HardCompress's symbols for all; own: what suits each codec best" },
	{	                   .column = "codec",                  .head = "codec"                                            },
	{	   .column = "family",	                        .head = "family"	                                              },
	{      .column = "group_size",             .head = "G",	                                                 .title = "weights per word", .format = PAGE_FIXED },
	{	                                                            .column = "bits", .head = "b",                          .title = "bits of the quantizer", .format = PAGE_FIXED },
	{	                   .column = "scope",              .head = "scale per"                                            },
	{	     .column = "trim",             .head = "trim",	                                                 .format = PAGE_FIXED },
	{ .column = "bits_per_weight",
         .head = "bits per weight",
         .format = PAGE_FIXED,
         .digits = 3 },
	{	                                                                                        .column = "ratio_fp32",                  .head = "ratio",                    .format = PAGE_SIGNIFICANT, .digits = 4 },
	{	         .column = "of_hardcompress",
         .head = "against HardCompress",
         .title = "HardCompress's size by this one; above 1 is smaller",
         .format = PAGE_FIXED,
         .digits = 2 },
	{	                                        .column = "efficiency",                       .head = "efficiency",	                                                           .format = PAGE_FIXED, .digits = 2 },
	{	                 .column = "loss",
         .head = "loss, points",
         .title = "of top-1 on all images, 95 % interval",
         .format = PAGE_FIXED,
         .digits = 2,
         .low = "loss_low",
         .high = "loss_high" },
	{       .column = "energy_pj",
         .head = "energy, \xc2\xb5J",
         .title = "of one inference with the codec's hardware decoder",
         .format = PAGE_SIGNIFICANT,
         .digits = 4,
         .scale = 1e-6 },
	{	                                                                                  .column = "decode_mb_s",
         .head = "decode, MB/s",
         .title = "software, one core, 8-bit weights",
         .format = PAGE_SIGNIFICANT,
         .digits = 3 },
	{	                                                                                .column = "point",       .head = "point",                    .format = PAGE_POINT },
};

static void add_command(struct page *p)
{
	struct text rest = { 0 };

	text_addf(&rest, "--loss %.12g", p->r->loss);
	if (p->technology) {
		text_add(&rest, " --technology ");
		text_add_argument(&rest, p->technology);
	}
	page_command(p, "compare", text_str(&rest));
	p->out->fail |= rest.fail;
	text_release(&rest);
}

/* What there is no point of, folded away: a line per network. */
static void add_missing(struct page *p)
{
	if (!p->compare_missing.n)
		return;
	text_add(p->out, "<details><summary>What is not compared</summary><pre>");
	page_escape(p->out, text_str(&p->compare_missing));
	text_add(p->out, "</pre></details>\n");
}

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
		if (strcmp(table_cell(&t, r, basis)->t, "published"))
			memcpy(&kept[n++ * t.n_columns], table_cell(&t, r, 0),
			       t.n_columns * sizeof(*kept));
	t.cell = kept;
	t.n_rows = n;
	page_add(
	        p,
	        "<p>Codecs are lossless, so two codes of the same symbols are equally accurate. Each "
	        "codec's smallest verified point that loses at most %g points of top-1 on the "
	        "selection half: on HardCompress's best quantization (<em>same</em>), and on its own "
	        "best (<em>own</em>). Bounds are entropies without tables or side information.</p>\n",
	        p->r->loss);
	page_table(p, &t, "Codecs at equal accuracy", columns, sizeof(columns) / sizeof(columns[0]),
	           400);
	add_command(p);
	add_missing(p);
	return ST_OK;
}

const struct report_section report_codecs = { "codecs", "Codecs at equal accuracy", write };
