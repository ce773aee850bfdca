#include <stdio.h>

#include "cli/command.h"
#include "run/container.h"

static enum status compare(struct hcw *h, const char *model, struct err *e)
{
	struct library l;
	enum status rc = library_init(&l, e);

	l.paged = true;
	if (!rc)
		rc = container_compare(h, &l, model, e);
	library_release(&l);
	return rc;
}

static enum status run(const struct invocation *in, struct err *e)
{
	const char *model = opt_text(in, "model");
	struct hcw *h = NULL;
	enum status rc = hcw_open(&h, in->args[0], e);

	if (!rc)
		rc = container_verify(h, e);
	if (!rc && model)
		rc = compare(h, model, e);
	if (!rc)
		printf("%s: %zu layers, %zu weights: every byte is as written, every layer "
		       "decodes%s%s\n",
		       h->path, h->n_layers, h->n_weights,
		       model ? ", every symbol is that of " : "", model ? model : "");
	hcw_close(h);
	return rc;
}

static const struct opt opts[] = {
	{"model", 'm', "MODEL", NULL, false,
         "quantizes it again and compares every symbol, scale and zero point"},
};

const struct command command_verify = {
	.name = "verify",
	.args = "FILE.hcw",
	.min_args = 1,
	.max_args = 1,
	.help = "checks a container: every CRC, every layer decoded, and with --model every symbol",
	.examples = "  hcbench verify l.hcw\n  hcbench verify l.hcw --model lenet5-digits\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
