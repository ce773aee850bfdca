/* The page on the database (docs/database.md) and what Datasette wants to know of it. */
#ifndef HCB_CLI_DATABASE_HELP_H
#define HCB_CLI_DATABASE_HELP_H

#include "base/err.h"

/* Markdown on stdout. */
enum status print_database_help(struct err *e);
/* metadata.json on stdout, for the database file NAME.db. */
enum status print_datasette(const char *name, struct err *e);

#endif
