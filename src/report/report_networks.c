/* What each network is and which configuration it gets at each level of loss. */
#include "report/page.h"

static const char network_sql[] =
        "SELECT " PAGE_NETWORK " AS network, " PAGE_SETTING " AS setting, m.weights, "
        "m.other_params, (SELECT count(*) FROM kernel AS k WHERE k.model_id = m.model_id) AS kernels, "
        "max(l.total_images) AS images, max(l.top1_fp32) AS top1_fp32, count(*) AS prefixes, "
        "count(*) FILTER (WHERE l.verdict IS NOT NULL) AS verdicts, "
        "sum((SELECT count(*) FROM point AS p WHERE p.lossy_id = l.lossy_id AND p.status = 'ok' "
        "AND p.verified = 1)) AS verified "
        "FROM lossy AS l JOIN model AS m ON m.model_id = l.model_id "
        "GROUP BY l.model_id, l.data, l.activations ORDER BY " PAGE_ORDER;

static const struct page_column network_columns[] = {
	{.column = "network",                            .head = "network"},
	{	             .column = "setting",                       .head = "images",                   .title = "data set, activations if not f32" },
	{   .column = "images", .head = "number",                                          .title = "labelled images", .format = PAGE_FIXED },
	{	                                 .column = "top1_fp32",
         .head = "fp32 top-1, %",
         .title = "of the network with 32-bit weights on the same images",
         .format = PAGE_FIXED,
         .digits = 2 },
	{	                                                                  .column = "weights",
         .head = "kernel weights",
         .title = "weights that are compressed",
         .format = PAGE_FIXED },
	{	                                                         .column = "other_params",
         .head = "others",
         .title = "biases and the like, not compressed",
         .format = PAGE_FIXED },
	{	                                                         .column = "kernels",                       .head = "kernels",                                          .format = PAGE_FIXED },
	{ .column = "prefixes",
         .head = "lossy prefixes",
         .title = "ways in which it was quantized and trimmed",
         .format = PAGE_FIXED },
	{	                                   .column = "verdicts",
         .head = "verdict only",
         .title = "of these, evaluated on part of the images",
         .format = PAGE_FIXED },
	{	                                   .column = "verified",
         .head = "verified points",
         .title = "encoded, decoded and compared bit for bit",
         .format = PAGE_FIXED },
};

static const char best_sql[] =
        "SELECT model || iif(count(model_sha256) OVER (PARTITION BY model, data, activations, "
        "loss_level) > 1, ' ' || substr(model_sha256, 1, 8), '') AS network, "
        "data || iif(activations = 'f32', '', ', ' || activations) AS setting, loss_level, bits, "
        "scope, trim, group_size, codec, bits_per_weight, ratio_fp32, ratio_int8, efficiency, top1, "
        "0 - top1_delta AS loss, 0 - top1_delta_high AS loss_low, 0 - top1_delta_low AS loss_high, "
        "safe_ratio_fp32, point FROM best "
        "ORDER BY model, data, activations, model_sha256, loss_level";

static const struct page_column best_columns[] = {
	{.column = "network",	                                                 .head = "network"           },
	{	                                                                                                     .column = "setting",	                                                   .head = "images"                           },
	{	                                                                                .column = "loss_level",
         .head = "limit, points",
         .title = "of top-1 lost on the selection half",
         .format = PAGE_FIXED,
         .digits = 1 },
	{	                                                                                                                                                                                                     .column = "ratio_fp32",
         .head = "ratio",
         .title = "32 bits by bits per weight",
         .format = PAGE_SIGNIFICANT,
         .digits = 4 },
	{	                                                                                                                                                                           .column = "bits_per_weight",
         .head = "bits per weight",
         .title = "everything stored: stream, dictionary, side information, padding",
         .format = PAGE_FIXED,
         .digits = 3 },
	{.column = "loss",
         .head = "loss, points",
         .title = "on all images, 95 % interval; negative is a gain",
         .format = PAGE_FIXED,
         .digits = 2,
         .low = "loss_low",
         .high = "loss_high" },
	{	                                                                                                                                                                                                     .column = "codec",	                                                   .head = "codec"	                                                                           },
	{	                                                                                                                                                     .column = "group_size",	                                                         .head = "G",	                                                                                 .title = "weights per word", .format = PAGE_FIXED },
	{	                                                                                                                                                                                             .column = "bits",	                                                  .head = "b",             .title = "bits of the quantizer", .format = PAGE_FIXED },
	{.column = "scope",.head = "scale per"},
	{ .column = "trim",	                                                   .head = "trim",                   .title = "magnitudes set to 0", .format = PAGE_FIXED },
	{.column = "efficiency",
         .head = "efficiency",
         .title = "order-0 entropy by bits per weight",
         .format = PAGE_FIXED,
         .digits = 2 },
	{	                                                                                                                                                                                                                                                                                                                                              .column = "safe_ratio_fp32",
         .head = "safe ratio",
         .title =
	          "largest whose loss on all images, and that of every smaller trim, is in the limit",
         .format = PAGE_SIGNIFICANT,
         .digits = 4 },
	{	                                                                   .column = "point",	                                                                  .head = "point",	                                                                        .format = PAGE_POINT },
};

static enum status write(struct page *p, struct err *e)
{
	enum status rc;

	rc = page_query_table(p, network_sql, NULL, "What was swept", network_columns,
	                      sizeof(network_columns) / sizeof(network_columns[0]), PAGE_ROWS,
	                      "the database has no network", e);
	if (rc)
		return rc;
	page_command(p, "query", "--view models");
	text_add(p->out,
	         "<h3>Best configurations</h3>\n<p>At each limit the verified point with the "
	         "largest ratio. It is chosen on one half of the images and judged on all.</p>\n");
	rc = page_query_table(p, best_sql, NULL, "Best configurations by loss", best_columns,
	                      sizeof(best_columns) / sizeof(best_columns[0]), 200, "no accuracy",
	                      e);
	if (rc == ST_SKIP) {
		text_add(p->out, "<p>None: no network here has an accuracy.</p>\n");
		return ST_OK;
	}
	page_command(p, "query", "--view best");
	return rc;
}

const struct report_section report_networks = { "networks", "Networks", write };
