#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/container_view.h"
#include "cli/output.h"
#include "run/container.h"

/* Axes that decide what is in the file; each has an option of its name. */
static const char *const given[] = { "batchnorm", "quant", "bits",  "scope",      "round",
	                             "scale",     "trim",  "clip",  "group",      "order",
	                             "codec",     "port",  "array", "dict_scope", NULL };

/* The point of the model, the line and the options; each axis may stand once. */
static enum status point_of(const struct invocation *in, struct point *p, struct err *e)
{
	struct text line = { 0 };
	enum status rc;

	if (in->n_args)
		text_addf(&line, "model=%s ", in->args[0]);
	text_add(&line, opt_text(in, "point") ? opt_text(in, "point") : "");
	for (size_t i = 0; given[i]; i++)
		if (opt_text(in, given[i]))
			text_addf(&line, " %s=%s", given[i], opt_text(in, given[i]));
	rc = line.fail ? err_nomem(e) : point_parse(p, text_str(&line), e);
	text_release(&line);
	if (!rc) /* the same file whatever images there are */
		rc = point_set(p, "data", "none", e);
	return rc ? rc : point_finish(p, e);
}

static enum status compress(struct library *l, struct point *p, const char *path, struct err *e)
{
	char key[DIGEST_HEX], lossy_key[DIGEST_HEX];
	struct pipeline *pl = NULL;
	enum status rc = library_settle(l, p, key, lossy_key, e);

	if (!rc)
		rc = pipeline_create(&pl, l, e);
	if (!rc)
		rc = container_write(pl, p, path, e);
	pipeline_free(pl);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	const char *path = opt_text(in, "output"), *format = opt_text(in, "format");
	struct hcw *h = NULL;
	struct library l;
	struct point p;
	enum status rc = output_check(format, e);

	if (!rc && !path)
		rc = err_set(e, ST_USAGE, "--output must be given, e.g. -o network.hcw");
	if (!rc)
		rc = point_of(in, &p, e);
	if (rc)
		return rc;
	rc = library_init(&l, e);
	l.paged = true;
	if (!rc)
		rc = compress(&l, &p, path, e);
	library_release(&l);
	if (!rc)
		rc = hcw_open(&h, path, e);
	if (!rc)
		rc = print_container(h, format, e);
	hcw_close(h);
	return rc;
}

#define AXIS(name, help)                            \
	{                                           \
		name, 0, "VALUE", NULL, false, help \
	}

static const struct opt opts[] = {
	{"output",  'o', "FILE",   NULL,    false, "container to write"  },
	{ "point",  'p', "POINT",  NULL,    false,
         "axes as a line, such as the point of a row: \"bits=4 group=4\""},
	AXIS("codec", "lossless code, e.g. dict:256 (hcbench list codecs)"),
	AXIS("bits", "bits per weight"),
	AXIS("quant", "quantizer (hcbench list quantizers)"),
	AXIS("scope", "what shares one scale: global, tensor, channel"),
	AXIS("round", "nearest or truncate"),
	AXIS("scale", "max or authors"),
	AXIS("trim", "dead zone"),
	AXIS("clip", "largest magnitude, or none"),
	AXIS("batchnorm", "separate or fold"),
	AXIS("group", "symbols per word"),
	AXIS("order", "order of the symbols: oihw or array"),
	AXIS("dict_scope", "one dictionary per model or layer"),
	AXIS("port", "bits that every section is padded to"),
	AXIS("array", "weight-stationary array, for order=array"),
	{ "format", 'f', "FORMAT", "table", false, OUTPUT_FORMATS        },
};

const struct command command_compress = {
	.name = "compress",
	.args = "[MODEL]",
	.min_args = 0,
	.max_args = 1,
	.help = "writes a network as a container: the code of a point, and all that rebuilds the rest",
	.examples =
	        "  hcbench compress lenet5-digits -o l.hcw --bits 4 --group 4 --codec dict:128\n"
	        "  hcbench compress --point \"model=lenet5-digits bits=4 trim=1\" -o l.hcw\n"
	        "  hcbench verify l.hcw --model lenet5-digits; hcbench decompress l.hcw -o l.onnx\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
