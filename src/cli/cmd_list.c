#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/help_json.h"
#include "cli/output.h"
#include "cli/recipes.h"
#include "hw/array.h"
#include "hw/tech.h"
#include "infer/dataset.h"
#include "model/importer.h"
#include "report/figure.h"
#include "run/catalog.h"
#include "run/row.h"

/* A table that grows row by row; texts are borrowed or in t's arena. */
struct listing {
	struct table t;
	size_t cap;
	struct err *e;
	enum status rc;
};

static void start(struct listing *l, const char *const *columns, size_t n)
{
	l->t.n_columns = n;
	l->t.column = ARENA_NEW(&l->t.arena, const char *, n);
	if (!l->t.column) {
		l->rc = err_nomem(l->e);
		return;
	}
	memcpy(l->t.column, columns, n * sizeof(*columns));
}

static void add(struct listing *l, const char *const *texts)
{
	if (l->rc)
		return;
	if (l->t.n_rows == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 32;
		struct cell *grown = ARENA_NEW(&l->t.arena, struct cell, cap * l->t.n_columns);

		if (!grown) {
			l->rc = err_nomem(l->e);
			return;
		}
		if (l->t.n_rows)
			memcpy(grown, l->t.cell, l->t.n_rows * l->t.n_columns * sizeof(*grown));
		l->t.cell = grown;
		l->cap = cap;
	}
	for (size_t c = 0; c < l->t.n_columns; c++)
		l->t.cell[l->t.n_rows * l->t.n_columns + c] =
		        (struct cell){ .type = texts[c] ? CELL_TEXT : CELL_NULL, .t = texts[c] };
	l->t.n_rows++;
}

static const char *const name_help[] = { "name", "help" };

#define ADD(l, ...) add(l, (const char *const[]){ __VA_ARGS__ })

static void list_models(struct listing *l)
{
	static const char *const columns[] = { "name", "data", "accuracy_percent", "help" };
	struct catalog c;

	start(l, columns, 4);
	l->rc = catalog_load(&c, l->e);
	for (size_t i = 0; i < c.n && !l->rc; i++)
		ADD(l, arena_strdup(&l->t.arena, c.entry[i].name),
		    arena_strdup(&l->t.arena, c.entry[i].data),
		    arena_strdup(&l->t.arena, c.entry[i].accuracy_percent),
		    arena_strdup(&l->t.arena, c.entry[i].help));
	catalog_release(&c);
}

static void list_datasets(struct listing *l)
{
	start(l, name_help, 2);
	for (size_t i = 0; i < n_datasets; i++)
		ADD(l, datasets[i]->name, datasets[i]->help);
	ADD(l, "idx:DIR", "a folder with t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte");
	ADD(l, "imagenet:DIR, cifar10:DIR",
	    "the photographs of DIR/labels.csv (columns file and class_index) or DIR/val.txt (lines "
	    "'NAME CLASS'); imagenet also DIR/val/SYNSET/* or DIR/SYNSET/*, all 1000");
	ADD(l, "none", "no images: sizes, cycles and energy without accuracy");
}

static void list_codecs(struct listing *l)
{
	static const char *const columns[] = { "name", "family", "decoder", "help", "source" };

	start(l, columns, 5);
	for (size_t i = 0; i < n_codecs; i++) {
		const struct codec *c = codecs[i];
		const char *name = c->name;

		for (size_t k = 0; k < CODEC_MAX_ARGS && c->arg[k].name; k++)
			name = arena_printf(&l->t.arena, "%s:%s", name, c->arg[k].name);
		ADD(l, name, c->family, c->decoder ? c->decoder : "", c->help, c->source);
	}
}

static void list_quantizers(struct listing *l)
{
	static const char *const columns[] = { "name", "bits", "help" };

	start(l, columns, 3);
	for (size_t i = 0; i < n_quantizers; i++)
		ADD(l, quantizers[i]->name,
		    arena_printf(&l->t.arena, "%u..%u", quantizers[i]->min_bits,
		                 quantizers[i]->max_bits),
		    quantizers[i]->help);
}

static void list_decoders(struct listing *l)
{
	static const char *const columns[] = { "name", "codecs", "help" };

	start(l, columns, 3);
	for (size_t i = 0; i < n_decoders; i++)
		ADD(l, decoders[i]->name, decoders[i]->codecs, decoders[i]->help);
}

static void list_arrays(struct listing *l)
{
	static const char *const columns[] = { "name", "array", "help" };

	start(l, columns, 3);
	for (size_t i = 0; i < n_array_presets; i++) {
		char text[32];

		array_text(&array_presets[i].array, text, sizeof(text));
		ADD(l, array_presets[i].name, arena_strdup(&l->t.arena, text),
		    array_presets[i].source);
	}
	for (size_t i = 0; i < N_DATAFLOWS; i++)
		ADD(l, arena_printf(&l->t.arena, "%s:ROWSxCOLS", dataflow_names[i]), NULL,
		    dataflow_help[i]);
}

static void list_technologies(struct listing *l)
{
	static const char *const columns[] = { "name", "prices", "sha256" };
	struct arena a = { 0 };
	const char **name;
	size_t n = 0;

	start(l, columns, 3);
	l->rc = tech_names(&a, &name, &n, l->e);
	for (size_t i = 0; i < n && !l->rc; i++) {
		struct tech *t;
		char *hex = arena_alloc(&l->t.arena, DIGEST_HEX, 1);

		l->rc = hex ? tech_load(&t, name[i], l->e) : err_nomem(l->e);
		if (l->rc)
			break;
		digest_hex(&t->digest, hex);
		ADD(l, arena_strdup(&l->t.arena, name[i]),
		    arena_printf(&l->t.arena, "%zu", t->n_prices), hex);
		tech_free(t);
	}
	arena_release(&a);
}

static void list_figures(struct listing *l)
{
	start(l, name_help, 2);
	for (size_t i = 0; i < n_figures; i++)
		ADD(l, figures[i]->name, figures[i]->help);
}

static void list_views(struct listing *l)
{
	start(l, name_help, 2);
	for (size_t i = 0; store_view(i); i++)
		ADD(l, store_view(i)->name, store_view(i)->help);
}

static void list_recipes(struct listing *l)
{
	static const char *const columns[] = { "name", "question" };

	start(l, columns, 2);
	for (size_t i = 0; i < n_recipes; i++)
		ADD(l, recipes[i].name, recipes[i].question);
}

static void list_importers(struct listing *l)
{
	start(l, name_help, 2);
	for (size_t i = 0; i < n_importers; i++)
		ADD(l, importers[i]->name, importers[i]->help);
}

static void list_axes(struct listing *l)
{
	static const char *const columns[] = { "axis", "column", "default", "values", "help" };

	start(l, columns, 5);
	for (size_t i = 0; i < n_axes; i++)
		ADD(l, axes[i].name, axes[i].column, *axes[i].initial ? axes[i].initial : NULL,
		    axes[i].values, axes[i].help);
}

static void add_fields(struct listing *l, const char *row, const struct field *f, size_t n)
{
	static const char *const types[] = { "text", "integer", "real" };

	for (size_t i = 0; i < n; i++)
		ADD(l, f[i].name, row, types[f[i].type], f[i].unit, f[i].help);
}

static void list_fields(struct listing *l)
{
	static const char *const columns[] = { "field", "row", "type", "unit", "help" };

	start(l, columns, 5);
	add_fields(l, "point", point_fields, n_point_fields);
	add_fields(l, "lossy", lossy_fields, n_lossy_fields);
	add_fields(l, "energy", energy_fields, n_energy_fields);
	add_fields(l, "layer", layer_fields, n_layer_fields);
	add_fields(l, "timing", timing_fields, n_timing_fields);
}

static const struct topic {
	const char *name;
	void (*list)(struct listing *l);
} topics[] = {
	{"models",        list_models      },
	{ "datasets",     list_datasets    },
	{ "quantizers",   list_quantizers  },
	{ "codecs",       list_codecs      },
	{ "decoders",     list_decoders    },
	{ "arrays",       list_arrays      },
	{ "technologies", list_technologies},
	{ "figures",      list_figures     },
	{ "views",        list_views       },
	{ "recipes",      list_recipes     },
	{ "importers",    list_importers   },
	{ "axes",         list_axes        },
	{ "fields",       list_fields      },
};

static const char *topic_name(size_t i)
{
	return i < sizeof(topics) / sizeof(topics[0]) ? topics[i].name : NULL;
}

enum status list_topic(const char *topic, const char *format, struct err *e)
{
	struct listing l = { .e = e };
	size_t i = 0;

	while (topic_name(i) && strcmp(topic_name(i), topic))
		i++;
	if (!topic_name(i))
		return err_unknown(e, "topic", topic, topic_name, "--help");
	topics[i].list(&l);
	if (!l.rc)
		l.rc = output_table(&l.t, format, e);
	arena_release(&l.t.arena);
	return l.rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	return list_topic(in->args[0], opt_text(in, "format"), e);
}

static const struct opt opts[] = {
	{"format", 'f', "FORMAT", "table", false, OUTPUT_FORMATS},
};

const struct command command_list = {
	.name = "list",
	.args = "models|datasets|quantizers|codecs|decoders|arrays|technologies|figures|views|recipes|importers|"
	        "axes|fields",
	.min_args = 1,
	.max_args = 1,
	.help = "what there is, with a line on each",
	.examples = "  hcbench list axes\n  hcbench list fields --format csv\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
