#include "cli/command.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct command *suggesting; /* nearest_name() takes no context */

static const char *option_name(size_t i)
{
	return i < suggesting->n_opts ? suggesting->opts[i].name : NULL;
}

static size_t index_of(const struct invocation *in, const char *name)
{
	for (size_t i = 0; i < in->command->n_opts; i++)
		if (!strcmp(in->command->opts[i].name, name))
			return i;
	assert(!"option not in the command's table");
	return 0;
}

const char *opt_text(const struct invocation *in, const char *name)
{
	return in->value[index_of(in, name)];
}

bool opt_flag(const struct invocation *in, const char *name)
{
	return opt_text(in, name) != NULL;
}

enum status opt_uint(const struct invocation *in, const char *name, uint64_t low, uint64_t high,
                     uint64_t *out, struct err *e)
{
	const char *text = opt_text(in, name);

	if (!parse_u64(text, high, out) || *out < low)
		return err_set(e, ST_USAGE, "--%s: '%s' is not a whole number in %llu..%llu", name,
		               text, (unsigned long long)low, (unsigned long long)high);
	return ST_OK;
}

static enum status unknown_option(const struct command *c, const char *word, struct err *e)
{
	const char *near, *name = word + strspn(word, "-");

	suggesting = c;
	near = nearest_name(name, option_name);
	if (near)
		return err_set(e, ST_USAGE, "unknown option '%s'; did you mean --%s?", word, near);
	return err_set(e, ST_USAGE, "unknown option '%s'; see 'hcbench %s --help'", word, c->name);
}

static enum status take(struct invocation *in, size_t i, const char *value, struct err *e)
{
	const struct opt *o = &in->command->opts[i];

	if (!o->arg)
		value = "1";
	if (o->repeats) {
		if (in->n_each == MAX_REPEATS)
			return err_set(e, ST_USAGE, "--%s stands more than %d times", o->name,
			               MAX_REPEATS);
		in->each[in->n_each++] = value;
	}
	in->value[i] = value;
	return ST_OK;
}

static enum status bad_option(const struct command *c, int code, char **argv, int at, struct err *e)
{
	if (code != ':')
		return unknown_option(c, argv[at], e);
	return err_set(e, ST_USAGE, "option '%s' needs a value; see 'hcbench %s --help'", argv[at],
	               c->name);
}

enum status options_parse(const struct command *c, int argc, char **argv, struct invocation *in,
                          bool *help, struct err *e)
{
	struct option longs[MAX_OPTS + 2] = {
		{"help", no_argument, NULL, 'h'}
	};
	char shorts[3 * MAX_OPTS + 4] = ":h";
	int got, at;
	enum status rc;

	assert(c->n_opts <= MAX_OPTS);
	*in = (struct invocation){ .command = c };
	*help = false;
	for (size_t i = 0; i < c->n_opts; i++) {
		const struct opt *o = &c->opts[i];
		size_t n = strlen(shorts);

		in->value[i] = o->initial;
		longs[i + 1] = (struct option){ o->name, o->arg ? required_argument : no_argument,
			                        NULL, 256 + (int)i };
		if (o->letter)
			snprintf(shorts + n, sizeof(shorts) - n, "%c%s", o->letter,
			         o->arg ? ":" : "");
	}
	opterr = 0;
	optind = 1;
	while (at = optind, (got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		size_t i = 0;

		if (got == 'h') {
			*help = true;
			return ST_OK;
		}
		if (got == '?' || got == ':')
			return bad_option(c, got, argv, optind > at ? optind - 1 : at, e);
		if (got >= 256)
			i = (size_t)got - 256;
		else
			while (c->opts[i].letter != got)
				i++;
		rc = take(in, i, optarg, e);
		if (rc)
			return rc;
	}
	in->n_args = argc - optind;
	in->args = argv + optind;
	if (in->n_args < c->min_args || in->n_args > c->max_args)
		return err_set(e, ST_USAGE, "expected %s%s%s; see 'hcbench %s --help'",
		               *c->args ? c->args : "no argument",
		               in->n_args > c->max_args ? ", not " : "",
		               in->n_args > c->max_args ? in->args[c->max_args] : "", c->name);
	return ST_OK;
}
