#include "hw/tech.h"
#include "report/figure_parts.h"
#include "report/table_rows.h"

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

enum { PORT_BITS = 64, N_LINES = 6, GATED = 4, MAX_NAME = 26 };

/* The axes, and the frame in inches in a column of 3.5: places that are free there are free in a
 * wider figure too. */
#define X_LOW        0.05
#define X_HIGH       10.0
#define Y_LOW        0.1
#define Y_HIGH       200.0
#define FRAME_WIDTH  2.0
#define FRAME_HEIGHT 1.6

enum { MODEL, SAVED, SAVED_INT8, DECODER, MAX_NETWORKS = 24, MAX_MARKS = 4 * MAX_NETWORKS };

/* A memory's price per bit that a weight takes, over the tables: read from the chip, or fetched
 * from DRAM, written to the chip and read from there. */
struct line {
	const char *name;
	uint64_t bytes;
	const char *dram; /* NULL: on the chip */
	double low, high, name_at;
};

/* Where the lines leave the frame at the right, names are moved apart by a line of text; a line
 * that leaves at the top is named there. */
static void place_names(struct line line[])
{
	double y[N_LINES];

	for (size_t i = 0; i < N_LINES; i++) {
		double middle = sqrt(line[i].low * line[i].high) * X_HIGH;

		y[i] = line[i].high > 0 && line[i].high * X_HIGH <= Y_HIGH ? log10(middle)
		                                                           : (double)NAN;
	}
	figure_spread(y, N_LINES, log10(Y_HIGH / Y_LOW) / 11, log10(Y_LOW), log10(Y_HIGH) - 0.1);
	for (size_t i = 0; i < N_LINES; i++)
		line[i].name_at = pow(10, y[i]);
}

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
		{"SRAM 32 KiB", 32 << 10,  NULL,              (double)INFINITY, 0, 0},
		{ "512 KiB",    512 << 10, NULL,              (double)INFINITY, 0, 0},
		{ "8 MiB",      8 << 20,   NULL,              (double)INFINITY, 0, 0},
		{ "HBM2",       512 << 10, "dram_bit_hbm2",   (double)INFINITY, 0, 0},
		{ "LPDDR4",     512 << 10, "dram_bit_lpddr4", (double)INFINITY, 0, 0},
		{ "DDR3",       512 << 10, "dram_bit_ddr3",   (double)INFINITY, 0, 0},
	};
	struct table tables = { 0 };
	enum status rc = figure_query(d, s, tables_sql, NULL, &tables, e);

	for (size_t r = 0; r < tables.n_rows && !rc; r++)
		rc = add_table(line, &tables, r, e);
	place_names(line);
	for (size_t i = 0; i < N_LINES && !rc; i++) {
		char name[32];

		snprintf(name, sizeof(name), "line_at_%zu", i + 1);
		rc = figure_number(d, name, line[i].name_at, e);
		if (rc)
			break;
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

static double inch_x(double bits)
{
	double at = fmin(fmax(bits > 0 ? bits : 0, X_LOW), X_HIGH);

	return FRAME_WIDTH * log(at / X_LOW) / log(X_HIGH / X_LOW);
}

static double inch_y(double pj)
{
	return FRAME_HEIGHT * log(fmin(fmax(pj, Y_LOW), Y_HIGH) / Y_LOW) / log(Y_HIGH / Y_LOW);
}

/* The marks of a row and the line between them. */
static size_t add_marks(struct figure_box *mark, const struct table *t, size_t r)
{
	double y = inch_y(figure_value(t, r, DECODER));
	double a = inch_x(figure_value(t, r, SAVED)), b = inch_x(figure_value(t, r, SAVED_INT8));

	mark[0] = (struct figure_box){ a, y, 0.09, 0.09 };
	mark[1] = (struct figure_box){ b, y, 0.09, 0.09 };
	mark[2] = (struct figure_box){ (a + b) / 2, y, fabs(b - a), 0.02 };
	return 3;
}

/* The line from a point ends at the label's edge; a label nearby needs none. */
static void leader(const struct figure_box *point, const struct figure_box *label, struct cell *end)
{
	double x = fmin(fmax(point->x, label->x - label->w / 2), label->x + label->w / 2);
	double y = fmin(fmax(point->y, label->y - label->h / 2), label->y + label->h / 2);
	bool is_near = hypot(x - point->x, y - point->y) < 0.1;

	end[0] = cell_real((is_near ? point->x : x) / FRAME_WIDTH);
	end[1] = cell_real((is_near ? point->y : y) / FRAME_HEIGHT);
}

/* A network is named once, at the right end of its first line: by its name where there are few, by
 * a letter where there are many, whose list stands below the figure. */
static enum status add_names(struct figure_data *d, const struct table *points, struct err *e)
{
	static const char *columns[] = { "letter",  "x",     "y",     "point_x",
		                         "point_y", "end_x", "end_y", "name" };
	struct figure_box label[MAX_NETWORKS], at[MAX_NETWORKS], mark[3 * MAX_MARKS];
	size_t n = 0, n_marks = 0, row[MAX_NETWORKS];
	char letter[MAX_NETWORKS][2];
	struct table t;
	enum status rc = ST_OK;

	for (size_t r = 0; r < points->n_rows && r < MAX_MARKS; r++)
		n_marks += add_marks(mark + n_marks, points, r);
	for (size_t r = 0; r < points->n_rows && n < MAX_NETWORKS; r++)
		if (r == 0 ||
		    strcmp(table_cell(points, r, MODEL)->t, table_cell(points, r - 1, MODEL)->t))
			row[n++] = r;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(table_cell(points, row[i], MODEL)->t);

		label[i] = at[i] =
		        (struct figure_box){ inch_x(figure_value(points, row[i], SAVED_INT8)),
			                     inch_y(figure_value(points, row[i], DECODER)),
			                     n > 3 ? 0.1 : 0.062 * (double)len, 0.13 };
	}
	figure_place(label, n, mark, n_marks, FRAME_WIDTH, FRAME_HEIGHT);
	table_begin(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < n && !rc; i++) {
		struct cell *cell = table_add_row(&t);

		if (!cell) {
			rc = err_nomem(e);
			break;
		}
		snprintf(letter[i], sizeof(letter[i]), "%c", (int)('a' + i));
		cell[0] = cell_text(letter[i]);
		cell[1] = cell_real(label[i].x / FRAME_WIDTH);
		cell[2] = cell_real(label[i].y / FRAME_HEIGHT);
		cell[3] = cell_real(at[i].x / FRAME_WIDTH);
		cell[4] = cell_real(at[i].y / FRAME_HEIGHT);
		leader(&at[i], &label[i], cell + 5);
		cell[7] = cell_text(table_cell(points, row[i], MODEL)->t);
	}
	if (!rc)
		rc = figure_block(d, "names", &t, e);
	for (size_t i = 0; i < n && !rc; i++) {
		char name[32];

		snprintf(name, sizeof(name), "name_%zu", i + 1);
		rc = figure_string(d, name, table_cell(points, row[i], MODEL)->t, e);
	}
	table_release(&t);
	/* inches: two columns of names, more on a page */
	if (!rc)
		rc = figure_formula(d, "list_columns", "width > 5 ? 4 : 2", e);
	if (!rc)
		rc = figure_formula(
		        d, "list_in",
		        "n_names > 3 ? 0.06 + 0.13 * ceil(n_names / (1.0 * list_columns)) : 0", e);
	return rc ? rc
	          : figure_formula(d, "height", "(width > 5 ? 0.45 : 0.8) * width + list_in", e);
}

static enum status add_points(struct store *s, const char *technology, struct figure_data *d,
                              struct err *e)
{
	const char *args[] = { technology, NULL };
	struct table points = { 0 }, rows = { 0 };
	enum status rc = figure_query(d, s, points_sql, args, &points, e);

	if (!rc)
		rc = figure_string(d, "technology", technology, e);
	if (!rc)
		rc = figure_short_names(&points, MODEL, MAX_NAME, e);
	if (!rc)
		rc = add_names(d, &points, e);
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
	.caption =
	        "Decoding pays in energy below the line of a memory: there the reads that the saved bits "
	        "avoid cost more than the decoder. Bands span all price tables of the study; a network "
	        "is at bits saved against the best plain width (open) and against int8 (filled).",
	.collect = collect,
};
