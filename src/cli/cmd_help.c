#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/completion.h"
#include "cli/database_help.h"
#include "cli/help_json.h"

static const char exit_codes[] =
        "Exit status: 0 ok; 1 some points failed; 2 wrong usage or study file; 3 environment (missing\n"
        "file, disk full, lock held); 4 bad data (damaged model or database); 70 internal error;\n"
        "75 terminated, 130 interrupted (the same command resumes).\n";

static void print_option(const struct opt *o)
{
	char left[64], letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
	         o->arg ? o->arg : "");
	printf("  %-26s %s", left, o->help);
	if (o->initial)
		printf(" [%s]", o->initial);
	printf("\n");
}

static void print_program_help(void)
{
	printf("hcbench: benchmark of weight compression in DNN accelerators\n\n"
	       "usage: hcbench COMMAND [options] [arguments]\n\n");
	for (size_t i = 0; i < n_commands; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->help);
	printf("\n'hcbench COMMAND --help' explains one; 'hcbench list axes' names what a point is "
	       "made of.\nFirst steps: hcbench demo, or\n"
	       "  hcbench run \"model=lenet300-digits bits=4 group=8 codec=dict:64\"\n\n%s",
	       exit_codes);
}

void print_help(const struct command *c)
{
	static const struct opt help = { "help", 'h', NULL, NULL, false, "this text" };

	if (!c) {
		print_program_help();
		return;
	}
	printf("usage: hcbench %s%s%s%s\n\n%s\n", c->name, c->n_opts ? " [options]" : "",
	       *c->args ? " " : "", c->args, c->help);
	if (c->details)
		printf("\n%s", c->details);
	printf("\noptions:\n");
	for (size_t i = 0; i < c->n_opts; i++)
		print_option(&c->opts[i]);
	print_option(&help);
	if (c->examples)
		printf("\nexamples:\n%s", c->examples);
}

/* roff: a hyphen in options must stay a hyphen, and no text may start with a control character. */
static void roff(const char *s)
{
	if (*s == '.' || *s == '\'')
		printf("\\&");
	for (; *s; s++) {
		if (*s == '\\')
			printf("\\e");
		else if (*s == '-')
			printf("\\-");
		else
			putchar(*s);
	}
}

static void man_option(const struct opt *o)
{
	printf(".TP\n.B ");
	if (o->letter)
		printf("\\-%c, ", o->letter);
	printf("\\-\\-");
	roff(o->name);
	if (o->arg)
		printf(" \\fI%s\\fR", o->arg);
	printf("\n");
	roff(o->help);
	if (o->initial) {
		printf(" [");
		roff(o->initial);
		printf("]");
	}
	printf("\n");
}

static void print_man(void)
{
	printf(".\\\" Written by 'hcbench help man'; do not edit.\n"
	       ".TH HCBENCH 1 \"\" \"hcbench %s\" \"User Commands\"\n"
	       ".SH NAME\nhcbench \\- benchmark of weight compression in DNN accelerators\n"
	       ".SH SYNOPSIS\n.B hcbench\n\\fICOMMAND\\fR [options] [arguments]\n.SH COMMANDS\n",
	       HCBENCH_VERSION);
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *c = commands[i];

		printf(".SS \"hcbench %s%s%s\"\n", c->name, *c->args ? " " : "", c->args);
		roff(c->help);
		printf(".\n");
		if (c->details) {
			printf(".PP\n.nf\n");
			roff(c->details);
			printf(".fi\n");
		}
		for (size_t j = 0; j < c->n_opts; j++)
			man_option(&c->opts[j]);
		if (c->examples) {
			printf(".PP\nExamples:\n.nf\n");
			roff(c->examples);
			printf(".fi\n");
		}
	}
	printf(".SH EXIT STATUS\n");
	roff(exit_codes);
	printf(".SH ENVIRONMENT\n.TP\n.B HCBENCH_DATA\nfolder of the data sets\n.TP\n"
	       ".B HCBENCH_SHARE\nfolder of the files that ship with hcbench\n.TP\n"
	       ".B NO_COLOR\nno colour is used, with or without it\n"
	       ".SH SIGNALS\nSIGUSR1 makes a sweep say how far it is.\n");
}

static const char *topic_name(size_t i)
{
	static const char *const more[] = { "man", "completion", "database", "datasette", NULL };

	return i < n_commands ? commands[i]->name : more[i - n_commands];
}

static enum status run(const struct invocation *in, struct err *e)
{
	const struct command *c;

	if (opt_flag(in, "json")) {
		if (in->n_args)
			return err_set(e, ST_USAGE,
			               "--json is about the whole program: leave '%.40s' away",
			               in->args[0]);
		return print_help_json(e);
	}
	if (in->n_args == 0) {
		print_help(NULL);
	} else if (!strcmp(in->args[0], "man")) {
		print_man();
	} else if (!strcmp(in->args[0], "completion")) {
		return print_completion(in->n_args > 1 ? in->args[1] : "bash", e);
	} else if (!strcmp(in->args[0], "database")) {
		return print_database_help(e);
	} else if (!strcmp(in->args[0], "datasette")) {
		return print_datasette(in->n_args > 1 ? in->args[1] : "hcbench", e);
	} else {
		c = command_find(in->args[0]);
		if (!c)
			return err_unknown(e, "command", in->args[0], topic_name, "--help");
		print_help(c);
	}
	return ST_OK;
}

static const struct opt opts[] = {
	{"json", 0, NULL, NULL, false,
         "commands, options, axes, codecs and the like for other programs"},
};

const struct command command_help = {
	.name = "help",
	.args = "[COMMAND|man|completion|database|datasette] [bash|zsh|fish|NAME]",
	.max_args = 2,
	.help = "help of a command, the man page, shell completion, the database and its recipes",
	.examples = "  hcbench help sweep\n  hcbench help man | man -l -\n"
	            "  hcbench help completion zsh >~/.zfunc/_hcbench\n"
	            "  hcbench help --json\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
