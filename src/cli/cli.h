/* The command line: the only place that prints, reads the clock and chooses exit codes. */
#ifndef HCB_CLI_CLI_H
#define HCB_CLI_CLI_H

/* Runs one command; returns the exit code (enum status). */
int cli_main(int argc, char **argv);

#endif
