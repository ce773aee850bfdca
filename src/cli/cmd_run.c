#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "run/pipeline.h"
#include "run/study.h"

/* Rows of the one point, as the pipeline sends them. */
struct result {
	struct lossy_row lossy;
	struct point_row point;
	struct energy_row energy;
};

static enum status keep_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                              struct err *e)
{
	(void)p;
	(void)e;
	((struct result *)arg)->lossy = *r;
	return ST_OK;
}

static enum status keep_point(void *arg, const struct point_row *r, const struct point *p,
                              struct err *e)
{
	(void)p;
	(void)e;
	((struct result *)arg)->point = *r;
	return ST_OK;
}

static enum status keep_energy(void *arg, const struct energy_row *r, struct err *e)
{
	(void)e;
	((struct result *)arg)->energy = *r;
	return ST_OK;
}

static enum status ignore_layer(void *arg, const struct layer_row *r, struct err *e)
{
	(void)arg;
	(void)r;
	(void)e;
	return ST_OK;
}

static struct cell field_cell(const struct field *f, const void *row)
{
	const char *at = (const char *)row + f->offset;
	struct cell c = { .type = CELL_NULL };

	if (f->type == FIELD_TEXT) {
		c = (struct cell){ .type = *at ? CELL_TEXT : CELL_NULL, .t = at };
	} else if (f->type == FIELD_INT) {
		memcpy(&c.i, at, sizeof(c.i));
		c.type = c.i == ROW_NO_INT ? CELL_NULL : CELL_INT;
	} else {
		memcpy(&c.r, at, sizeof(c.r));
		c.type = isnan(c.r) ? CELL_NULL : CELL_REAL;
	}
	return c;
}

static void add_fields(struct table *t, const struct field *f, size_t n, const void *row)
{
	for (size_t i = 0; i < n; i++) {
		if (table_column(t, f[i].name) < t->n_columns) /* keys stand in several rows */
			continue;
		t->column[t->n_columns] = f[i].name;
		t->cell[t->n_columns++] = field_cell(&f[i], row);
	}
}

static void add_axes(struct table *t, const struct point *p)
{
	for (size_t i = 0; i < n_axes; i++) {
		char *text = arena_alloc(&t->arena, POINT_NAME, 1);

		if (!text)
			continue;
		axes[i].format(p, text, POINT_NAME);
		t->column[t->n_columns] = axes[i].column;
		t->cell[t->n_columns++] =
		        axes[i].integer
		                ? (struct cell){ .type = CELL_INT, .i = strtoll(text, NULL, 10) }
		                : (struct cell){ .type = CELL_TEXT, .t = text };
	}
}

static enum status print_result(const struct result *r, const struct point *p, const char *format,
                                struct err *e)
{
	size_t cap = n_axes + n_lossy_fields + n_point_fields + n_energy_fields;
	struct table t = { .n_rows = 1 };
	enum status rc;

	t.column = ARENA_NEW(&t.arena, const char *, cap);
	t.cell = ARENA_NEW(&t.arena, struct cell, cap);
	if (!t.column || !t.cell) {
		table_release(&t);
		return err_nomem(e);
	}
	add_fields(&t, point_fields, 2, &r->point); /* key and point first */
	add_axes(&t, p);
	add_fields(&t, point_fields, n_point_fields, &r->point);
	add_fields(&t, lossy_fields, n_lossy_fields, &r->lossy);
	add_fields(&t, energy_fields, n_energy_fields, &r->energy);
	rc = output_row(&t, format, e);
	table_release(&t);
	return rc;
}

static enum status compute(struct library *l, struct point *p, const char *technology,
                           struct result *r, struct err *e)
{
	const struct row_sink sink = { r,    keep_lossy, keep_point, keep_energy, ignore_layer,
		                       NULL, NULL };
	char key[DIGEST_HEX], lossy_key[DIGEST_HEX];
	struct pipeline *pl = NULL;
	enum status rc = library_settle(l, p, key, lossy_key, e);

	if (!rc)
		rc = pipeline_create(&pl, l, e);
	if (!rc)
		rc = pipeline_lossy(pl, p, lossy_key, 0, &r->lossy, e);
	if (!rc)
		rc = pipeline_point(pl, p, key, &r->lossy, &technology, 1, &sink, e);
	pipeline_free(pl);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	const char *format = opt_text(in, "format");
	struct result *r = calloc(1, sizeof(*r));
	struct library l;
	struct point p;
	enum status rc = r ? output_check(format, e) : err_nomem(e);

	if (!rc)
		rc = point_parse(&p, in->args[0], e);
	if (rc) {
		free(r);
		return rc;
	}
	rc = library_init(&l, e);
	if (!rc)
		rc = compute(&l, &p, opt_text(in, "technology"), r, e);
	if (!rc)
		rc = print_result(r, &p, format, e);
	library_release(&l);
	free(r);
	return rc;
}

static const struct opt opts[] = {
	{"technology", 't', "NAME",   "45nm-lstp", false,
         "price table for the energies, or TABLE+OPTION.. (gated, rom, sram, hbm2 ..)"},
	{ "format",    'f', "FORMAT", "table",     false, OUTPUT_FORMATS              },
};

const struct command command_run = {
	.name = "run",
	.args = "POINT",
	.min_args = 1,
	.max_args = 1,
	.help = "computes one design point and prints its row",
	.examples = "  hcbench run \"model=lenet300-digits bits=4 group=8 codec=dict:64\"\n"
	            "  hcbench run \"model=lenet5-mnist bits=6 trim=2\" --format json\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
