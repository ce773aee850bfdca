#include "report/figure_parts.h"

/* The technology and platform with the most kinds of code; the usual ones first. */
static const char platform_sql[] =
        "SELECT technology, CAST(port AS TEXT), array, tile_buffer, buffer FROM energy_choice\n"
        "WHERE model = ?1 AND data = ?2 AND loss_level = 0.5\n"
        "GROUP BY technology, port, array, tile_buffer, buffer\n"
        "ORDER BY count(*) DESC, technology <> '45nm-lstp', technology, port, array LIMIT 1";

/* A bar per memory and kind of code, from the bottom of the figure upward: y runs down. */
static const char bars_sql[] =
        "WITH bar AS (SELECT c.memory, c.kind, c.energy_pj, c.point_id,\n"
        "    CAST(c.memory AS INTEGER) * CASE WHEN c.memory LIKE '%KiB' THEN 1024\n"
        "      WHEN c.memory LIKE '%MiB' THEN 1048576 ELSE 1 END AS bytes,\n"
        "    instr('int8raw HardCompressother', c.kind) AS kind_order\n"
        "  FROM energy_choice AS c\n"
        "  WHERE c.model = ?1 AND c.data = ?2 AND c.loss_level = 0.5 AND c.technology = ?3\n"
        "    AND c.port = CAST(?4 AS INTEGER) AND c.array = ?5 AND c.tile_buffer = ?6\n"
        "    AND c.buffer = ?7),\n"
        "placed AS (SELECT *, 0.0 - row_number() OVER (ORDER BY bytes, kind_order)\n"
        "    - 0.7 * dense_rank() OVER (ORDER BY bytes) AS y,\n"
        "    row_number() OVER (PARTITION BY bytes ORDER BY kind_order) AS bar_place,\n"
        "    max(energy_pj) OVER (PARTITION BY bytes) AS largest FROM bar)\n"
        "SELECT y, kind, iif(bar_place = 1, memory, '') AS memory, 100 * energy_pj / largest AS share,\n"
        "  energy_pj,\n"
        "  100 * total(component_pj) FILTER (WHERE b.place = 1) / largest AS dram,\n"
        "  100 * total(component_pj) FILTER (WHERE b.place <= 3) / largest AS memory_end,\n"
        "  100 * total(component_pj) FILTER (WHERE b.place <= 9) / largest AS decoder_end,\n"
        "  100 * total(component_pj) FILTER (WHERE b.place <= 10) / largest AS macs_end\n"
        "FROM placed AS p JOIN breakdown AS b ON b.point_id = p.point_id AND b.technology = ?3\n"
        "GROUP BY y, kind, p.memory, bar_place, energy_pj, largest ORDER BY y DESC";

static enum status add_bars(struct store *s, const char *model, const char *data,
                            const struct table *platform, struct figure_data *d, struct err *e)
{
	const char *args[8] = { model, data };
	struct table bars = { 0 };
	enum status rc;

	for (size_t i = 0; i < 5; i++)
		args[2 + i] = table_cell(platform, 0, i)->t;
	rc = figure_string(d, "technology", args[2], e);
	if (!rc)
		rc = figure_string(d, "array", args[4], e);
	if (!rc)
		rc = figure_query(d, s, bars_sql, args, &bars, e);
	if (!rc)
		rc = figure_block(d, "bars", &bars, e);
	if (!rc)
		rc = figure_number(d, "y_low", figure_value(&bars, bars.n_rows - 1, 0), e);
	table_release(&bars);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct figure_subject subject;
	struct table platform = { 0 };
	enum status rc = figure_subject(&subject, d, s, model, e);
	const char *args[] = { model, subject.data, NULL };

	if (!rc)
		rc = figure_query(d, s, platform_sql, args, &platform, e);
	if (!rc && platform.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no priced point loses at most half a point");
	if (!rc)
		rc = add_bars(s, model, subject.data, &platform, d, e);
	table_release(&platform);
	figure_subject_release(&subject);
	return rc;
}

const struct figure figure_energy_breakdown = {
	.name = "energy_breakdown",
	.help = "What the least energy is made of: plain 8 bits, plain, HardCompress, other codecs",
	.collect = collect,
	.per_model = true,
};
