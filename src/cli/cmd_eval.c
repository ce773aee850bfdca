#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/stats.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "infer/accuracy.h"
#include "infer/calibrate.h"
#include "run/catalog.h"
#include "run/sidecar.h"

static enum status write_predictions(const char *path, const uint16_t *top1, size_t n,
                                     struct err *e)
{
	struct text t = { 0 };
	enum status rc;

	text_add(&t, "image,top1\n");
	for (size_t i = 0; i < n; i++)
		text_addf(&t, "%zu,%u\n", i, top1[i]);
	rc = t.fail ? err_nomem(e) : file_write(path, text_str(&t), t.n, e);
	text_release(&t);
	return rc;
}

static enum status print_accuracy(const struct accuracy *a, const char *model, const char *data,
                                  enum activations activations, const char *format, struct err *e)
{
	struct interval i1 = stats_wilson(a->top1, a->images, STATS_ALPHA);
	struct interval i5 = stats_wilson(a->top5, a->images, STATS_ALPHA);
	double n = (double)a->images;
	const char *names[] = { "model",     "data",      "activations", "top1",
		                "top1_low",  "top1_high", "top5",        "top5_low",
		                "top5_high", "correct",   "images" };
	struct cell cells[] = {
		{.type = CELL_TEXT,  .t = model                         },
		{ .type = CELL_TEXT, .t = data                          },
		{ .type = CELL_TEXT, .t = activations_names[activations]},
		{ .type = CELL_REAL, .r = 100 * (double)a->top1 / n     },
		{ .type = CELL_REAL, .r = 100 * i1.low                  },
		{ .type = CELL_REAL, .r = 100 * i1.high                 },
		{ .type = CELL_REAL, .r = 100 * (double)a->top5 / n     },
		{ .type = CELL_REAL, .r = 100 * i5.low                  },
		{ .type = CELL_REAL, .r = 100 * i5.high                 },
		{ .type = CELL_INT,  .i = (int64_t)a->top1              },
		{ .type = CELL_INT,  .i = (int64_t)a->images            },
	};
	struct table t = { .n_rows = 1,
		           .n_columns = sizeof(names) / sizeof(names[0]),
		           .column = names,
		           .cell = cells };

	return output_row(&t, format, e);
}

/* The ranges of int8 come from this data set. */
static enum status create_net(struct net **out, const struct model *m, const struct dataset *d,
                              enum activations activations, struct err *e)
{
	struct activation_range *ranges = malloc((m->n_values + 1) * sizeof(*ranges));
	const struct net_options o = { net_batch_for(m), activations, ranges };
	enum status rc = ranges ? ST_OK : err_nomem(e);

	if (!rc && activations == ACTIVATIONS_INT8)
		rc = calibrate(ranges, m, d, CALIBRATION_IMAGES, e);
	if (!rc)
		rc = net_create(out, m, &o, e);
	free(ranges);
	return rc;
}

static enum status evaluate(const struct model *m, const struct dataset *d,
                            const struct invocation *in, struct err *e)
{
	const char *predictions = opt_text(in, "predictions");
	uint16_t *top1 = malloc((d->n + 1) * sizeof(*top1));
	enum activations activations = ACTIVATIONS_F32;
	struct net *net = NULL;
	struct accuracy a;
	enum status rc = top1 ? accuracy_check(m, d, e) : err_nomem(e);

	if (!rc)
		rc = activations_from_name(&activations, opt_text(in, "activations"), e);
	if (!rc)
		rc = create_net(&net, m, d, activations, e);
	if (!rc)
		rc = accuracy_run(&a, net, d, NULL, &(struct predictions){ .top1 = top1 }, e);
	if (!rc && predictions)
		rc = write_predictions(predictions, top1, d->n, e);
	if (!rc)
		rc = print_accuracy(&a, m->name, d->name, activations, opt_text(in, "format"), e);
	net_free(net);
	free(top1);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	const char *path, *data = opt_text(in, "dataset"), *dir = opt_text(in, "data");
	const struct catalog_entry *entry;
	struct catalog c = { 0 };
	struct model *m = NULL;
	struct dataset *d = NULL;
	const struct preprocess *p = NULL;
	struct preprocess room;
	char in_folder[4096];
	enum status rc = output_check(opt_text(in, "format"), e);

	if (!rc)
		rc = catalog_load(&c, e);
	if (!rc)
		rc = catalog_resolve(&c, in->args[0], &path, e);
	entry = rc ? NULL : catalog_find(&c, in->args[0]);
	if (!rc && !data && !dir && entry)
		data = entry->data;
	if (!rc && !data && !dir)
		rc = err_set(e, ST_USAGE,
		             "--dataset must be given for a model file (see "
		             "'hcbench list datasets')");
	if (!rc && dir) { /* in place of the data set's own folder */
		snprintf(in_folder, sizeof(in_folder), "%s:%s",
		         data && dataset_has_photos(data) ? data : "idx", dir);
		data = in_folder;
	}
	if (!rc)
		rc = model_load(&m, path, in->args[0], e);
	if (!rc)
		rc = model_need_graph(m, e);
	if (!rc)
		rc = sidecar_for(path, data, &room, &p, e);
	if (!rc)
		rc = dataset_load(&d, data, p, e);
	if (!rc)
		rc = evaluate(m, d, in, e);
	dataset_free(d);
	model_free(m);
	catalog_release(&c);
	return rc;
}

static const struct opt opts[] = {
	{"dataset",      'd', "NAME",   NULL,    false,
         "data set; a shipped network has its own as default"                                           },
	{ "data",        'D', "DIR",    NULL,    false,
         "folder with its files (IDX, or photographs with labels) to use instead"                       },
	{ "activations", 'a', "NAME",   "f32",   false,
         "arithmetic of the values between layers: f32, bf16 (AVX-512) or int8 (ranges from 128 images)"},
	{ "predictions", 'p', "FILE",   NULL,    false, "writes image,top1 rows as CSV"                 },
	{ "format",      'f', "FORMAT", "table", false, OUTPUT_FORMATS                                  },
};

const struct command command_eval = {
	.name = "eval",
	.args = "MODEL",
	.min_args = 1,
	.max_args = 1,
	.help = "accuracy of a model file on labelled images",
	.examples =
	        "  hcbench eval lenet5-digits\n"
	        "  hcbench eval lenet5-mnist --dataset mnist --predictions top1.csv --format json\n"
	        "  hcbench eval squeezenet.onnx --dataset imagenet --data photos    # and squeezenet.yaml\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
