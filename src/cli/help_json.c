#include "cli/help_json.h"

#include <jansson.h>
#include <stdio.h>

#include "cli/command.h"

/* "" for what is absent would be an argument of no name: null. */
static json_t *text_json(const char *s)
{
	return s && *s ? json_string(s) : json_null();
}

static json_t *option_json(const struct opt *o)
{
	const char letter[2] = { o->letter, '\0' };

	return json_pack("{s:s, s:o, s:o, s:o, s:b, s:s}", "name", o->name, "letter",
	                 text_json(letter), "argument", text_json(o->arg), "default",
	                 text_json(o->initial), "repeats", (int)o->repeats, "help", o->help);
}

static json_t *command_json(const struct command *c)
{
	json_t *options = json_array();

	for (size_t i = 0; i < c->n_opts; i++)
		json_array_append_new(options, option_json(&c->opts[i]));
	return json_pack("{s:s, s:o, s:i, s:i, s:s, s:o, s:o, s:o}", "name", c->name, "arguments",
	                 text_json(c->args), "min_arguments", c->min_args, "max_arguments",
	                 c->max_args, "help", c->help, "details", text_json(c->details), "examples",
	                 text_json(c->examples), "options", options);
}

enum status print_help_json(struct err *e)
{
	static const char *const topics[] = { "axes",       "codecs", "decoders",
		                              "quantizers", "arrays", "importers",
		                              "figures",    "views",  "fields" };
	enum status rc = ST_OK;

	printf("{\"version\": \"%s\",\n\"commands\": [", HCBENCH_VERSION);
	for (size_t i = 0; i < n_commands; i++) {
		json_t *o = command_json(commands[i]);

		if (!o)
			return err_nomem(e);
		printf(i ? ",\n" : "\n");
		json_dumpf(o, stdout, JSON_COMPACT);
		json_decref(o);
	}
	printf("\n]");
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]) && !rc; i++) {
		printf(",\n\"%s\": ", topics[i]);
		rc = list_topic(topics[i], "json", e);
	}
	printf("}\n");
	return rc;
}
