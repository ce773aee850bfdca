/* Commands and their options. One table per command feeds parsing, --help, the man page and shell
 * completion. */
#ifndef HCB_CLI_COMMAND_H
#define HCB_CLI_COMMAND_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opt {
	const char *name;    /* long name without dashes */
	char letter;         /* short form, or 0 */
	const char *arg;     /* name of its argument, or NULL for a flag */
	const char *initial; /* value when absent, or NULL */
	bool repeats;        /* may stand several times (read with opt_each) */
	const char *help;
};

enum { MAX_OPTS = 24, MAX_REPEATS = 64 };

struct invocation;

struct command {
	const char *name;
	const char *args; /* usage of what follows the options: "STUDY.yaml" */
	int min_args, max_args;
	const char *help;     /* one line */
	const char *details;  /* more lines for --help, or NULL */
	const char *examples; /* lines, each a runnable command */
	const struct opt *opts;
	size_t n_opts;
	enum status (*run)(const struct invocation *in, struct err *e);
};

struct invocation {
	const struct command *command;
	int n_args;
	char **args;
	const char *value[MAX_OPTS]; /* last one given, or initial */
	const char *each[MAX_REPEATS];
	size_t n_each; /* of the one option that repeats */
	const char *command_line;
};

#define COMMANDS(X)   \
	X(sweep)      \
	X(run)        \
	X(query)      \
	X(compare)    \
	X(reproduce)  \
	X(figures)    \
	X(report)     \
	X(eval)       \
	X(inspect)    \
	X(compress)   \
	X(decompress) \
	X(verify)     \
	X(array)      \
	X(list)       \
	X(demo)       \
	X(doctor)     \
	X(help)

#define DECLARE_COMMAND(n) extern const struct command command_##n;
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

/* Where results go when --db is not given. */
#define DEFAULT_FOLDER "results"
#define DEFAULT_DB     DEFAULT_FOLDER "/hcbench.db"

extern const struct command *const commands[];
extern const size_t n_commands;
const struct command *command_find(const char *name);
const char *command_name(size_t i);

/* Value of an option (never NULL for options with an initial value); a name that the command does
 * not have is a programmer's mistake. */
const char *opt_text(const struct invocation *in, const char *name);
bool opt_flag(const struct invocation *in, const char *name);
/* ST_USAGE unless it is a whole number in low..high. */
enum status opt_uint(const struct invocation *in, const char *name, uint64_t low, uint64_t high,
                     uint64_t *out, struct err *e);

/* Fills *in from argv (argv[0] is the command). ST_USAGE with a suggestion. *help: --help given. */
enum status options_parse(const struct command *c, int argc, char **argv, struct invocation *in,
                          bool *help, struct err *e);

/* --help of a command to stdout; the whole program's when c is NULL. */
void print_help(const struct command *c);

#endif
