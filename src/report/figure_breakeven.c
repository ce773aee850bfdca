#include "hw/tech.h"
#include "report/figure_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Every price table that something was priced with. */
static const char tables_sql[] =
        "SELECT name, csv FROM technology WHERE name IN (SELECT technology FROM energy)\n"
        "  AND name NOT LIKE '%+%' AND name <> 'unit' ORDER BY name";

/* Of each network HardCompress's point of least energy in the largest memory, in the technology ?1
 * and the same with clock gates: bits saved against the best plain point (where there is none,
 * against plain words of its own width), and against 8 bits. */
static const char points_sql[] =
        "WITH chosen AS (SELECT c.*, row_number() OVER (PARTITION BY c.model, c.technology, c.kind\n"
        "    ORDER BY CAST(c.memory AS INTEGER) * CASE WHEN c.memory LIKE '%KiB' THEN 1024\n"
        "      WHEN c.memory LIKE '%MiB' THEN 1048576 ELSE 1 END DESC, c.energy_pj) AS place\n"
        "  FROM energy_choice AS c WHERE c.loss_level = 0.5\n"
        "    AND c.technology IN (?1, ?1 || '+gated') AND c.port = 64 AND c.array LIKE 'ws:%')\n"
        "SELECT replace(h.model, 'imagenet/', '') AS model,\n"
        "  coalesce(r.bits_per_weight - b.bits_per_weight, b.saved_bits) AS saved_bits,\n"
        "  b.saved_int8_bits, b.decoder_pj, h.technology LIKE '%+gated' AS gated\n"
        "FROM chosen AS h JOIN breakeven AS b\n"
        "    ON b.point_id = h.point_id AND b.technology = h.technology\n"
        "  LEFT JOIN chosen AS hr ON hr.model = h.model AND hr.technology = h.technology\n"
        "    AND hr.kind = 'raw' AND hr.place = 1\n"
        "  LEFT JOIN points AS r ON r.point_id = hr.point_id\n"
        "WHERE h.kind = 'HardCompress' AND h.place = 1 ORDER BY h.model, gated";

static const char technology_sql[] =
        "SELECT technology FROM energy_choice WHERE loss_level = 0.5 AND kind = 'HardCompress'\n"
        "  AND technology NOT LIKE '%+%' GROUP BY technology\n"
        "ORDER BY technology <> '45nm-lstp', count(*) DESC, technology LIMIT 1";

enum { PORT_BITS = 64, N_LINES = 6, GATED = 4 };

/* A memory's price per bit that a weight takes, over the tables: read from the chip, or fetched
 * from DRAM, written to the chip and read from there. */
struct line {
	const char *name;
	uint64_t bytes;
	const char *dram; /* NULL: on the chip */
	double low, high;
};

static enum status add_price(struct line *l, const struct tech *t, struct err *e)
{
	double pj, dram = 0, write = 0;
	enum status rc = tech_sram(t, "sram_read", l->bytes, PORT_BITS, &pj, e);

	if (!rc && l->dram)
		rc = tech_price(t, l->dram, 0, &dram, e);
	if (!rc && l->dram)
		rc = tech_sram(t, "sram_write", l->bytes, PORT_BITS, &write, e);
	if (rc)
		return rc;
	pj = (pj + write) / PORT_BITS + dram;
	l->low = fmin(l->low, pj);
	l->high = fmax(l->high, pj);
	return ST_OK;
}

/* A table of a user's own may have no price for a memory: it has no part in the line. */
static enum status add_table(struct line line[N_LINES], const struct table *t, size_t row,
                             struct err *e)
{
	const char *csv = table_cell(t, row, 1)->t, *name = table_cell(t, row, 0)->t;
	struct tech *tech;
	enum status rc = tech_parse(&tech, (struct span){ csv, strlen(csv) }, name, name, e);

	for (size_t i = 0; i < N_LINES && !rc; i++) {
		rc = add_price(&line[i], tech, e);
		if (rc == ST_USAGE)
			rc = ST_OK;
	}
	tech_free(tech);
	return rc;
}

static enum status add_lines(struct store *s, struct figure_data *d, struct err *e)
{
	struct line line[N_LINES] = {
		{"SRAM 32 KiB", 32 << 10,  NULL,              (double)INFINITY, 0},
		{ "512 KiB",    512 << 10, NULL,              (double)INFINITY, 0},
		{ "8 MiB",      8 << 20,   NULL,              (double)INFINITY, 0},
		{ "HBM2",       512 << 10, "dram_bit_hbm2",   (double)INFINITY, 0},
		{ "LPDDR4",     512 << 10, "dram_bit_lpddr4", (double)INFINITY, 0},
		{ "DDR3",       512 << 10, "dram_bit_ddr3",   (double)INFINITY, 0},
	};
	struct table tables = { 0 };
	enum status rc = figure_query(d, s, tables_sql, NULL, &tables, e);

	for (size_t r = 0; r < tables.n_rows && !rc; r++)
		rc = add_table(line, &tables, r, e);
	for (size_t i = 0; i < N_LINES && !rc; i++) {
		char name[32];

		snprintf(name, sizeof(name), "line_%zu", i + 1);
		rc = figure_string(d, name, line[i].name, e);
		snprintf(name, sizeof(name), "low_%zu", i + 1);
		if (!rc)
			rc = figure_number(d, name, line[i].high > 0 ? line[i].low : (double)NAN,
			                   e);
		snprintf(name, sizeof(name), "high_%zu", i + 1);
		if (!rc)
			rc = figure_number(d, name, line[i].high > 0 ? line[i].high : (double)NAN,
			                   e);
	}
	table_release(&tables);
	return rc;
}

static enum status add_points(struct store *s, const char *technology, struct figure_data *d,
                              struct err *e)
{
	const char *args[] = { technology, NULL };
	struct table points = { 0 }, rows = { 0 };
	enum status rc = figure_query(d, s, points_sql, args, &points, e);

	if (!rc)
		rc = figure_string(d, "technology", technology, e);
	for (int64_t gated = 0; gated < 2 && !rc; gated++) {
		rc = figure_rows(&points, GATED, gated, &rows, e);
		if (!rc)
			rc = figure_block(d, gated ? "gated" : "plain", &rows, e);
		table_release(&rows);
	}
	table_release(&points);
	return rc;
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct table technology = { 0 };
	enum status rc = figure_query(d, s, technology_sql, NULL, &technology, e);

	(void)model;
	if (!rc && technology.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no priced dictionary loses at most half a point");
	if (!rc)
		rc = add_points(s, table_cell(&technology, 0, 0)->t, d, e);
	if (!rc)
		rc = add_lines(s, d, e);
	table_release(&technology);
	return rc;
}

const struct figure figure_breakeven = {
	.name = "breakeven",
	.help = "Bits saved per weight against decoder energy per weight, with what memories cost",
	.collect = collect,
};
