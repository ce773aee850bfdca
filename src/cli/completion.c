#include "cli/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/recipes.h"
#include "report/figure.h"
#include "store/store.h"

/* What stands for a value in a usage line says what may stand there: VIEW is a view, FILE is a
 * file. Lower-case words with | between them are the words themselves. */
static void add_words(struct text *out, const char *placeholder)
{
	if (!strcmp(placeholder, "VIEW"))
		for (size_t i = 0; store_view(i); i++)
			text_addf(out, " %s", store_view(i)->name);
	else if (!strcmp(placeholder, "RECIPE"))
		for (size_t i = 0; i < n_recipes; i++)
			text_addf(out, " %s", recipes[i].name);
	else if (!strcmp(placeholder, "FORMAT"))
		text_addf(out, " %s", OUTPUT_FORMATS);
	else if (!strcmp(placeholder, "COMMAND"))
		for (size_t i = 0; i < n_commands; i++)
			text_addf(out, " %s", commands[i]->name);
	else if (!strcmp(placeholder, "FIGURE"))
		for (size_t i = 0; i < n_figures; i++)
			text_addf(out, " %s", figures[i]->name);
	else if (islower((unsigned char)*placeholder))
		text_addf(out, " %s", placeholder);
}

/* " a b c": words that may stand for usage ("[COMMAND|man]", "models|datasets", "FORMAT"). */
static void words_of(struct text *out, const char *usage)
{
	for (const char *s = usage; *s;) {
		size_t n = strcspn(s, "|[] .");
		char one[64];

		snprintf(one, sizeof(one), "%.*s", (int)n, s);
		if (n)
			add_words(out, one);
		s += n + (s[n] != '\0');
	}
	for (size_t i = 0; i < out->n; i++)
		if (out->s[i] == ',')
			out->s[i] = ' ';
}

static bool takes_files(const char *usage)
{
	return strstr(usage, "FILE") || strstr(usage, "DIR") || strstr(usage, "MODEL") ||
	       strstr(usage, "yaml") || strstr(usage, ".hcw") || strstr(usage, ".db");
}

/* Text inside the single quotes of a shell. zsh: also what _arguments takes for its own. */
static void quoted(const char *s, const char *special)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", stdout);
		else if (strchr(special, *s))
			printf("\\%c", *s);
		else
			putchar(*s == '\n' ? ' ' : *s);
	}
}

static void bash_values(const struct command *c)
{
	for (size_t i = 0; i < c->n_opts; i++) {
		const struct opt *o = &c->opts[i];
		struct text words = { 0 };

		if (!o->arg)
			continue;
		words_of(&words, o->arg);
		printf("\t'%s --%s'", c->name, o->name);
		if (o->letter)
			printf(" | '%s -%c'", c->name, o->letter);
		printf(") words='%s' options='' files=%s ;;\n", text_str(&words),
		       takes_files(o->arg) ? "1" : "''");
		text_release(&words);
	}
}

static void bash_command(const struct command *c)
{
	struct text words = { 0 };

	words_of(&words, c->args);
	printf("\t'%s '*) words='%s' files=%s options='", c->name, text_str(&words),
	       takes_files(c->args) ? "1" : "''");
	for (size_t i = 0; i < c->n_opts; i++)
		printf("--%s ", c->opts[i].name);
	printf("--help' ;;\n");
	text_release(&words);
}

static void print_bash(void)
{
	printf("# bash completion of hcbench, written by 'hcbench help completion bash'\n"
	       "_hcbench()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
	       "\tlocal words='' options='' files='' at=$command\\ ${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\t[ \"$COMP_CWORD\" -gt 1 ] || at=\n\tcase $at in\n\t'') words='");
	for (size_t i = 0; i < n_commands; i++)
		printf("%s ", commands[i]->name);
	printf("' options='--help --version' ;;\n");
	for (size_t i = 0; i < n_commands; i++)
		bash_values(commands[i]);
	for (size_t i = 0; i < n_commands; i++)
		bash_command(commands[i]);
	printf("\tesac\n\t[[ $cur != -* ]] || words=$options files=''\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"\n"
	       "\t\t[ -z \"$files\" ] || compgen -f -- \"$cur\")\n}\n"
	       "complete -o filenames -F _hcbench hcbench\n");
}

/* ":WHAT:(a b c)", ":WHAT:_files" or ":WHAT: " */
static void zsh_value(const char *usage)
{
	struct text words = { 0 };

	words_of(&words, usage);
	putchar(':');
	quoted(usage, ":[]()\\");
	if (words.n)
		printf(":(%s)", text_str(&words) + 1);
	else
		printf(":%s", takes_files(usage) ? "_files" : " ");
	text_release(&words);
}

static void zsh_option(const struct opt *o)
{
	const char *star = o->repeats ? "*" : "";

	for (int letter = o->letter ? 1 : 0; letter >= 0; letter--) {
		if (letter)
			printf(" \\\n\t\t\t'%s-%c[", star, o->letter);
		else
			printf(" \\\n\t\t\t'%s--%s[", star, o->name);
		quoted(o->help, ":[]\\");
		putchar(']');
		if (o->arg)
			zsh_value(o->arg);
		putchar('\'');
	}
}

static void print_zsh(void)
{
	printf("#compdef hcbench\n# zsh completion of hcbench, written by 'hcbench help completion "
	       "zsh'\n_hcbench()\n{\n\tlocal -a commands\n\tcommands=(\n");
	for (size_t i = 0; i < n_commands; i++) {
		printf("\t\t'%s:", commands[i]->name);
		quoted(commands[i]->help, ":\\");
		printf("'\n");
	}
	printf("\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tlocal command=$words[2]\n\tshift words\n\t((CURRENT--))\n\tcase $command in\n");
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *c = commands[i];

		printf("\t\t%s) _arguments '--help[this text]'", c->name);
		for (size_t j = 0; j < c->n_opts; j++)
			zsh_option(&c->opts[j]);
		if (*c->args) {
			printf(" \\\n\t\t\t'*");
			zsh_value(c->args);
			putchar('\'');
		}
		printf(" ;;\n");
	}
	printf("\tesac\n}\n[ \"$funcstack[1]\" != _hcbench ] || _hcbench \"$@\"\n");
}

static void fish_option(const struct command *c, const struct opt *o)
{
	printf("complete -c hcbench -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
	if (o->letter)
		printf(" -s %c", o->letter);
	if (o->arg) {
		struct text words = { 0 };

		words_of(&words, o->arg);
		printf(" %s", takes_files(o->arg) ? "-r -F" : "-x");
		if (words.n)
			printf(" -a '%s'", text_str(&words) + 1);
		text_release(&words);
	}
	printf(" -d '");
	/* fish ends a quote with \' inside it */
	for (const char *s = o->help; *s; s++)
		printf(*s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
	printf("'\n");
}

static void print_fish(void)
{
	printf("# fish completion of hcbench, written by 'hcbench help completion fish'\n"
	       "complete -c hcbench -f\n"
	       "complete -c hcbench -n __fish_use_subcommand -l version -d 'its version'\n"
	       "complete -c hcbench -l help -s h -d 'what it does'\n");
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *c = commands[i];
		struct text words = { 0 };

		printf("complete -c hcbench -n __fish_use_subcommand -a %s -d '", c->name);
		for (const char *s = c->help; *s; s++)
			printf(*s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
		printf("'\n");
		words_of(&words, c->args);
		if (words.n)
			printf("complete -c hcbench -n '__fish_seen_subcommand_from %s' -a '%s'\n",
			       c->name, text_str(&words) + 1);
		if (takes_files(c->args))
			printf("complete -c hcbench -n '__fish_seen_subcommand_from %s' -F\n",
			       c->name);
		text_release(&words);
		for (size_t j = 0; j < c->n_opts; j++)
			fish_option(c, &c->opts[j]);
	}
}

enum status print_completion(const char *shell, struct err *e)
{
	if (!strcmp(shell, "bash"))
		print_bash();
	else if (!strcmp(shell, "zsh"))
		print_zsh();
	else if (!strcmp(shell, "fish"))
		print_fish();
	else
		return err_set(e, ST_USAGE, "no completion for '%s' (expected %s)", shell,
		               COMPLETION_SHELLS);
	return ST_OK;
}
