/* How many plug-ins of a kind the files of a folder define, so that a forgotten line in a list
 * fails a test. */
#ifndef HCB_TESTS_PLUGINS_H
#define HCB_TESTS_PLUGINS_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Lines of the .c files of SOURCE_DIR/folder that begin with definition, e.g. "const struct codec
 * codec_". */
static inline size_t plugins_defined(const char *folder, const char *definition)
{
	char path[4096], line[1024];
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", SOURCE_DIR, folder);
	dir = opendir(path);
	cr_assert_not_null(dir, "%s", path);
	for (struct dirent *d; (d = readdir(dir));) {
		FILE *f;

		if (strlen(d->d_name) < 3 || strcmp(d->d_name + strlen(d->d_name) - 2, ".c"))
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", SOURCE_DIR, folder, d->d_name);
		f = fopen(path, "r");
		cr_assert_not_null(f, "%s", path);
		while (fgets(line, sizeof(line), f))
			n += !strncmp(line, definition, strlen(definition));
		fclose(f);
	}
	closedir(dir);
	return n;
}

#endif
