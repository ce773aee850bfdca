#include "base/file.h"
#include "report/figure_parts.h"
#include "report/table_rows.h"

#include <math.h>
#include <string.h>

/* Written by scripts/characterize_decoder, and the prototype's (docs/decoder.md). */
#define SYNTHESIS "datasets/tech/decoder_sg13g2_stdcell_typ_1p20V_25C.csv"
#define PROTOTYPE "datasets/tech/decoder_synth.csv"

enum { MAX_FIELDS = 32, MAX_TABLE = 1 << 20 };

/* A table's rows one after the other; comments are passed over, the first line names the columns.
 */
struct rows {
	char *next;
	const char *column[MAX_FIELDS], *field[MAX_FIELDS];
	size_t n_columns;
};

static size_t split(char *line, const char **field)
{
	size_t n = 0;

	for (char *s; line && n < MAX_FIELDS && (s = strsep(&line, ","));)
		field[n++] = s;
	return n;
}

static bool next_row(struct rows *r)
{
	for (char *line; (line = strsep(&r->next, "\n"));) {
		if (!*line || *line == '#')
			continue;
		if (r->n_columns == 0) {
			r->n_columns = split(line, r->column);
			continue;
		}
		if (split(line, r->field) == r->n_columns)
			return true;
	}
	return false;
}

static const char *field(const struct rows *r, const char *name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (!strcmp(r->column[i], name))
			return r->field[i];
	return "";
}

static double number(const struct rows *r, const char *name)
{
	double value;

	return parse_double(field(r, name), &value) ? value : (double)NAN;
}

/* A decoder of 64-bit words, one weight per word of the dictionary and 8 bits, but for one thing.
 */
struct design {
	double w, g, b;
};
static const struct design usual = { 64, 1, 8 };

static bool is_design(const struct rows *r, const struct design *d)
{
	double w = number(r, "W"), g = number(r, "G"), b = number(r, "b");

	return fabs(w - d->w) < 0.5 && fabs(g - d->g) < 0.5 && fabs(b - d->b) < 0.5;
}

static enum status add(struct table *t, const struct rows *r, const char *label, struct err *e)
{
	struct cell *cell = table_add_row(t);

	if (!cell)
		return err_nomem(e);
	cell[0] = cell_real(number(r, "D"));
	cell[1] = cell_real(number(r, "nand2_eq"));
	cell[2] = cell_text(label);
	return ST_OK;
}

enum { RING, GATED, SHIFT, ROM, LEFT, RIGHT, EARLIER, N_SERIES };
static const char *const series[N_SERIES] = { "ring", "ring_gated", "shift",  "rom",
	                                      "left", "right",      "earlier" };

/* Ring decoders that differ from the usual one, with how, on the side where there is room; two
 * pairs are so near to each other that one label is for both. */
static enum status add_variant(struct table *t, const struct rows *r, struct err *e)
{
	static const struct {
		struct design design;
		size_t series;
		const char *label;
	} variants[] = {
		{{ 32, 1, 8 },   RIGHT, "W = 32, or b = 4"     },
		{ { 64, 1, 4 },  RIGHT, ""                     },
		{ { 128, 1, 8 }, LEFT,  "W = 128, or G = b = 4"},
		{ { 64, 4, 4 },  LEFT,  ""                     },
		{ { 64, 4, 8 },  RIGHT, "G = 4"                },
	};

	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (is_design(r, &variants[i].design))
			return add(&t[variants[i].series], r, variants[i].label, e);
	return ST_OK;
}

static enum status take_row(struct table *t, const struct rows *r, struct err *e)
{
	bool ring = !strcmp(field(r, "arch"), "ring"), gated = !strcmp(field(r, "gated"), "1");
	bool rom = !strcmp(field(r, "memory"), "rom");

	if (is_design(r, &usual) && rom && !gated && ring)
		return add(&t[ROM], r, "ROM", e);
	if (is_design(r, &usual) && !rom && (ring || !gated))
		return add(&t[ring ? gated ? GATED : RING : SHIFT], r, "", e);
	return ring && !gated && !rom ? add_variant(t, r, e) : ST_OK;
}

static enum status take_prototype_row(struct table *t, const struct rows *r, struct err *e)
{
	bool ring = !strcmp(field(r, "arch"), "2") && !strcmp(field(r, "rom"), "0");

	if (!ring || strcmp(field(r, "lib"), "nangate45_typ") || !is_design(r, &usual))
		return ST_OK;
	return add(&t[EARLIER], r, "", e);
}

static enum status read_table(struct arena *a, const char *rel, struct table *t,
                              enum status (*take)(struct table *, const struct rows *,
                                                  struct err *),
                              struct figure_data *d, struct err *e)
{
	const char *path = file_shipped(a, rel);
	struct rows r = { 0 };
	struct span content;
	enum status rc;

	if (!path)
		return err_set(e, ST_SKIP, "%s is missing: install hcbench whole", rel);
	rc = file_read(a, path, MAX_TABLE, &content, e);
	if (rc)
		return rc;
	r.next = arena_strndup(a, content.p, content.n);
	if (!r.next)
		return err_nomem(e);
	while (!rc && next_row(&r))
		rc = take(t, &r, e);
	return rc ? rc : figure_source(d, rel, e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	static const char *columns[] = { "entries", "nand2_equivalents", "label" };
	struct table t[N_SERIES];
	struct arena a = { 0 };
	enum status rc;

	(void)s;
	(void)model;
	for (size_t i = 0; i < N_SERIES; i++)
		table_begin(&t[i], columns, sizeof(columns) / sizeof(columns[0]));
	rc = read_table(&a, SYNTHESIS, t, take_row, d, e);
	if (!rc)
		rc = read_table(&a, PROTOTYPE, t, take_prototype_row, d, e);
	for (size_t i = 0; i < N_SERIES; i++) {
		if (!rc)
			rc = figure_block(d, series[i], &t[i], e);
		table_release(&t[i]);
	}
	arena_release(&a);
	return rc;
}

const struct figure figure_decoder_area = {
	.name = "decoder_area",
	.help = "Area of the dictionary decoders against dictionary size, from synthesis",
	.caption =
	        "W = 64 bits, G = 1 weight per word and b = 8 bits where nothing else stands at a point. "
	        "IHP SG13G2 at 1.2 V and 25 C with abc's target of 4 ns, and the earlier prototype with "
	        "Nangate45; areas are in units of each library's smallest NAND2. The dictionary is made "
	        "of flip-flops, but for the ROM. Method: docs/decoder.md.",
	.collect = collect,
	.from_tables = true,
};
