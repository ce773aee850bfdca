#include <string.h>

#include "cli/command.h"
#include "run/container.h"

static bool ends_with(const char *s, const char *end)
{
	const size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

static enum status find_layer(const struct hcw *h, const char *name, size_t *l, struct err *e)
{
	*l = name ? hcw_find(h, name) : h->n_layers;
	if (name && *l == h->n_layers)
		return err_set(e, ST_USAGE, "--layer: no '%s' in %s; see 'hcbench inspect %s'",
		               name, h->path, h->path);
	return ST_OK;
}

static enum status run(const struct invocation *in, struct err *e)
{
	const char *path = opt_text(in, "output"), *name = opt_text(in, "layer");
	const bool onnx = path && ends_with(path, ".onnx");
	struct hcw *h = NULL;
	size_t l;
	enum status rc;

	if (!onnx && (!path || !ends_with(path, ".safetensors")))
		return err_set(e, ST_USAGE,
		               "--output must be given and end in .onnx or .safetensors, which "
		               "says what is written");
	if (onnx && name)
		return err_set(e, ST_USAGE,
		               "--layer: one layer is no network; write a .safetensors file");
	rc = hcw_open(&h, in->args[0], e);
	if (!rc)
		rc = find_layer(h, name, &l, e);
	if (!rc)
		rc = onnx ? container_to_onnx(h, path, e) : container_to_safetensors(h, l, path, e);
	hcw_close(h);
	return rc;
}

static const struct opt opts[] = {
	{"output", 'o', "FILE", NULL, false,
         "MODEL.onnx, a network that runs, or MODEL.safetensors, its weights"},
	{ "layer", 'l', "NAME", NULL, false,
         "only this layer, or tensor; the others are not read"               },
};

const struct command command_decompress = {
	.name = "decompress",
	.args = "FILE.hcw",
	.min_args = 1,
	.max_args = 1,
	.help = "writes the network of a container with the weights that its codes stand for",
	.examples = "  hcbench decompress l.hcw -o l.onnx && hcbench eval l.onnx --dataset digits\n"
	            "  hcbench decompress l.hcw -o conv1.safetensors --layer conv1\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
