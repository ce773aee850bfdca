#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names are collected in memory of their own, which may move. */
static enum status collect(struct arena *a, DIR *d, const char *dir, const char ***out, size_t *n,
                           struct err *e)
{
	const char **names = NULL;
	size_t cap = 0;
	struct dirent *entry;

	while (errno = 0, (entry = readdir(d)) != NULL) {
		if (*entry->d_name == '.')
			continue;
		if (*n == cap) {
			const char **grown;

			cap = cap ? 2 * cap : 64;
			grown = realloc(names, cap * sizeof(*names));
			if (!grown) {
				free(names);
				return err_nomem(e);
			}
			names = grown;
		}
		names[*n] = arena_strdup(a, entry->d_name);
		if (!names[(*n)++]) {
			free(names);
			return err_nomem(e);
		}
	}
	*out = names;
	return errno ? err_set(e, ST_ENV, "cannot read folder %s: %s", dir, strerror(errno))
	             : ST_OK;
}

enum status dir_names(struct arena *a, const char *dir, const char ***names, size_t *n,
                      struct err *e)
{
	DIR *d = opendir(dir);
	const char **all = NULL;
	enum status rc;

	*names = NULL;
	*n = 0;
	if (!d)
		return err_set(e, ST_ENV, "cannot open folder %s: %s", dir, strerror(errno));
	rc = collect(a, d, dir, &all, n, e);
	closedir(d);
	if (!rc)
		*names = ARENA_NEW(a, const char *, *n);
	if (!rc && !*names)
		rc = err_nomem(e);
	if (!rc && *n) {
		memcpy(*names, all, *n * sizeof(*all));
		qsort(*names, *n, sizeof(**names), by_name);
	}
	free(all);
	return rc;
}

bool dir_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}
