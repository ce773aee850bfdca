#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/container_view.h"
#include "cli/output.h"
#include "quant/authors.h"
#include "run/catalog.h"

enum { FLOAT_DIGITS = 9 }; /* enough to give a float back exactly */

static enum status print_authors_json(const struct authors_statistics *s, struct err *e)
{
	json_t *counts = json_object(), *o = NULL;
	char name[24];
	bool ok = counts != NULL;

	for (size_t i = 0; i < s->n_distinct && ok; i++) {
		snprintf(name, sizeof(name), "%" PRId64, s->counts[i].magnitude);
		ok = !json_object_set_new(counts, name, json_integer(s->counts[i].count));
	}
	if (ok)
		o = json_pack("{s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:O}", "kernels",
		              (json_int_t)s->kernels, "weights", (json_int_t)s->weights, "scale",
		              (double)s->scale, "zeros", (json_int_t)s->zeros, "ones",
		              (json_int_t)s->ones, "distinct", (json_int_t)s->n_distinct, "max",
		              (json_int_t)s->largest, "counts", counts);
	json_decref(counts);
	if (!o)
		return err_nomem(e);
	json_dumpf(o, stdout, JSON_REAL_PRECISION(FLOAT_DIGITS));
	putchar('\n');
	json_decref(o);
	return ST_OK;
}

static void print_authors_text(const struct authors_statistics *s)
{
	printf("kernels   %zu\nweights   %zu\nscale     %.9g\n", s->kernels, s->weights,
	       (double)s->scale);
	printf("zeros     %" PRId64 " (%.3f %%)\n", s->zeros,
	       100.0 * (double)s->zeros / (double)s->weights);
	printf("ones      %" PRId64 " (%.3f %%)\n", s->ones,
	       100.0 * (double)s->ones / (double)s->weights);
	printf("distinct  %zu\nmax       %" PRId64 "\n", s->n_distinct, s->largest);
}

static enum status inspect_authors(const struct model *m, const char *format, struct err *e)
{
	struct authors_statistics s;
	enum status rc = authors_statistics(&s, m, e);

	if (!rc && !strcmp(format, "json"))
		rc = print_authors_json(&s, e);
	else if (!rc && !strcmp(format, "table"))
		print_authors_text(&s);
	else if (!rc)
		rc = err_set(e, ST_USAGE, "--authors prints json or table, not %s", format);
	authors_release(&s);
	return rc;
}

static struct cell integer(size_t v)
{
	return (struct cell){ .type = CELL_INT, .i = (int64_t)v };
}

static struct cell real(double v)
{
	return (struct cell){ .type = CELL_REAL, .r = v };
}

static void describe_kernel(const struct kernel *k, size_t i, struct arena *a, struct cell row[8])
{
	double low = (double)k->w[0], high = low, power = 0;
	char *shape = arena_alloc(a, 64, 1);

	for (size_t j = 0; j < k->n; j++) {
		double w = (double)k->w[j];

		low = w < low ? w : low;
		high = w > high ? w : high;
		power += w * w;
	}
	if (shape)
		shape_text(&k->shape, shape);
	row[0] = integer(i);
	row[1] = (struct cell){ .type = CELL_TEXT, .t = k->layer };
	row[2] = (struct cell){ .type = CELL_TEXT, .t = k->name };
	row[3] = (struct cell){ .type = CELL_TEXT, .t = shape ? shape : "" };
	row[4] = integer(k->n);
	row[5] = real(low);
	row[6] = real(high);
	row[7] = real(sqrt(power / (double)k->n));
}

static enum status inspect_kernels(const struct model *m, const char *format, struct err *e)
{
	static const char *names[] = { "index",   "layer", "tensor", "shape",
		                       "weights", "min",   "max",    "rms" };
	struct table t = { .n_columns = 8, .n_rows = m->n_kernels, .column = names };
	enum status rc;

	t.cell = ARENA_NEW(&t.arena, struct cell, t.n_columns * t.n_rows);
	if (!t.cell)
		return err_nomem(e);
	for (size_t k = 0; k < m->n_kernels; k++) {
		describe_kernel(&m->kernels[k], k, &t.arena, &t.cell[k * t.n_columns]);
		model_rest(m, k);
	}
	rc = output_table(&t, format, e);
	arena_release(&t.arena);
	return rc;
}

static enum status inspect_container(const struct invocation *in, const char *format, struct err *e)
{
	struct hcw *h = NULL;
	enum status rc;

	if (opt_flag(in, "authors"))
		return err_set(e, ST_USAGE, "--authors needs a model file, not a container");
	rc = hcw_open(&h, in->args[0], e);
	if (!rc)
		rc = opt_flag(in, "totals") ? print_container(h, format, e)
		                            : print_container_layers(h, format, e);
	hcw_close(h);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	const char *format = opt_text(in, "format"), *path;
	struct catalog c = { 0 };
	struct model *m = NULL;
	enum status rc = output_check(format, e);

	if (!rc && hcw_probe(in->args[0]))
		return inspect_container(in, format, e);
	if (!rc && opt_flag(in, "totals"))
		rc = err_set(e, ST_USAGE, "--totals needs a container (.hcw)");
	if (!rc)
		rc = catalog_load(&c, e);
	if (!rc)
		rc = catalog_resolve(&c, in->args[0], &path, e);
	if (!rc)
		rc = model_load_paged(&m, path, in->args[0], e);
	if (!rc)
		rc = opt_flag(in, "authors") ? inspect_authors(m, format, e)
		                             : inspect_kernels(m, format, e);
	model_free(m);
	catalog_release(&c);
	return rc;
}

static const struct opt opts[] = {
	{"authors", 'a', NULL,     NULL,    false,
         "symbol statistics as the published scripts give them"                          },
	{ "totals", 't', NULL,     NULL,    false, "of a container, only one row of sums"},
	{ "format", 'f', "FORMAT", "table", false, OUTPUT_FORMATS                        },
};

const struct command command_inspect = {
	.name = "inspect",
	.args = "MODEL|FILE.hcw",
	.min_args = 1,
	.max_args = 1,
	.help = "shows the kernels of a model file or its published symbol statistics, or the layers of a container",
	.examples = "  hcbench inspect lenet5-mnist\n"
	            "  hcbench inspect lenet300-digits --authors --format json\n"
	            "  hcbench inspect l.hcw --format csv\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
