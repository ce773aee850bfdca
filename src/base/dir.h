/* Folders: the names in one. */
#ifndef HCB_BASE_DIR_H
#define HCB_BASE_DIR_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The names in dir in the order of their bytes, without those that begin with a dot, in the arena.
 * ST_ENV when it cannot be read (the message names it and the cause). */
enum status dir_names(struct arena *a, const char *dir, const char ***names, size_t *n,
                      struct err *e);

bool dir_exists(const char *path);

#endif
