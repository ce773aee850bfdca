/* What a network still knows at 137x: the most accurate stored point of the dictionary code that
 * reaches the ratio, against the network itself. */
#include "report/figure_parts.h"

/* Column of reach_sql, and what the left margin holds. */
enum { NAME = 1, MAX_NAME = 26 };

/* 136.5 is the least that rounds to 137. Verdicts have no accuracy, and no line. */
static const char reach_sql[] =
        "SELECT row_number() OVER (ORDER BY top1_fp32 DESC, model) AS place, name, top1_fp32,\n"
        "\ttop1, top1_low, top1_high, ratio_fp32, point\n"
        "FROM (SELECT *, replace(model, 'imagenet/', '') AS name, row_number() OVER (\n"
        "\t\tPARTITION BY model, data ORDER BY top1 DESC,\n"
        "\t\tratio_fp32 DESC, point) AS best\n"
        "\tFROM points WHERE status = 'ok' AND verified = 1 AND codec LIKE 'dict:%'\n"
        "\t\tAND ratio_fp32 >= 136.5 AND top1 IS NOT NULL)\n"
        "WHERE best = 1 ORDER BY place";

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct table t = { 0 };
	enum status rc = figure_query(d, s, reach_sql, NULL, &t, e);

	(void)model;
	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no stored point of a dictionary code reaches 137x");
	if (!rc)
		rc = figure_short_names(&t, NAME, MAX_NAME, e);
	if (!rc)
		rc = figure_block(d, "networks", &t, e);
	/* inches: a line of 8 pt text per network, and what stands above and below */
	if (!rc)
		rc = figure_number(d, "height", 1.2 + 0.165 * (double)t.n_rows, e);
	table_release(&t);
	return rc;
}

const struct figure figure_reach137 = {
	.name = "reach137",
	.help = "accuracy of every network at 137x, the ratio that HardCompress claims without loss",
	.collect = collect,
};
