/* Shell completion from the option tables. */
#ifndef HCB_CLI_COMPLETION_H
#define HCB_CLI_COMPLETION_H

#include "base/err.h"

#define COMPLETION_SHELLS "bash|zsh|fish"

/* A completion script for that shell on stdout. ST_USAGE: unknown shell. */
enum status print_completion(const char *shell, struct err *e);

#endif
