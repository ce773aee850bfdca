/* What the program offers, for other programs: 'hcbench help --json'. */
#ifndef HCB_CLI_HELP_JSON_H
#define HCB_CLI_HELP_JSON_H

#include "base/err.h"

/* One object on stdout: version, commands with their options, and the lists that belong to the
 * program rather than to files beside it, each as 'hcbench list TOPIC --format json' has it. */
enum status print_help_json(struct err *e);

/* What 'hcbench list TOPIC --format FORMAT' prints. ST_USAGE: no such topic or format. */
enum status list_topic(const char *topic, const char *format, struct err *e);

#endif
