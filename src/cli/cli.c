#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"

#define ENTRY(n) &command_##n,
const struct command *const commands[] = { COMMANDS(ENTRY) };
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

const char *command_name(size_t i)
{
	return i < n_commands ? commands[i]->name : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int fail(const char *command, const struct err *e)
{
	fprintf(stderr, "hcbench%s%s: %s\n", command ? " " : "", command ? command : "", e->msg);
	return (int)e->code;
}

/* The command line as a shell would take it, for provenance. */
static void quote(struct text *t, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		text_add(t, i ? " " : "");
		text_add_argument(t, i ? argv[i] : "hcbench");
	}
}

static int unknown_command(const char *name)
{
	struct err e;

	err_unknown(&e, "command", name, command_name, "--help");
	return fail(NULL, &e);
}

/* A reader that went away (| head) is no error; a full disk is. */
static int finish_output(const char *command, enum status rc)
{
	struct err e;
	bool failed = fflush(stdout) || ferror(stdout);
	int why = errno;

	if (!failed || why == EPIPE)
		return (int)rc;
	err_set(&e, ST_ENV, "cannot write to stdout: %s", strerror(why));
	return fail(command, &e);
}

static int run_command(const struct command *c, int argc, char **argv, const char *line)
{
	struct invocation in;
	struct err e = { 0 };
	bool help;
	enum status rc = options_parse(c, argc, argv, &in, &help, &e);

	if (rc)
		return fail(c->name, &e);
	if (help) {
		print_help(c);
		return finish_output(c->name, ST_OK);
	}
	in.command_line = line;
	rc = c->run(&in, &e);
	if (rc == ST_SKIP) /* not applicable: nothing came out */
		rc = ST_FAILED;
	if (rc && *e.msg)
		fail(c->name, &e);
	return finish_output(c->name, rc);
}

int cli_main(int argc, char **argv)
{
	struct text line = { 0 };
	const struct command *c;
	int rc;

	stats_init();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit becomes an error of write() */
	progress_listen();        /* before anything slow: asking must never end a run */
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(NULL);
		return argc < 2 ? ST_USAGE : finish_output(NULL, ST_OK);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("hcbench %s (%s)\n", HCBENCH_VERSION, HCBENCH_COMMIT);
		return finish_output(NULL, ST_OK);
	}
	c = command_find(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	quote(&line, argc, argv);
	rc = run_command(c, argc - 1, argv + 1, text_str(&line));
	text_release(&line);
	return rc;
}
