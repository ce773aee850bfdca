#include "cli/check_data.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

enum { MAX_MANIFEST = 1 << 20 };

/* The first three columns of the manifest; false for comments and files of unknown size. */
static bool read_line(const char *line, char set[64], char file[256], unsigned long long *bytes)
{
	return *line != '#' && sscanf(line, "%63s %255s %llu", set, file, bytes) == 3;
}

enum status check_data_sizes(struct arena *a, void (*wrong)(void *arg, const struct wrong_size *w),
                             void *arg, size_t *n_right, struct err *e)
{
	const char *manifest = file_shipped(a, "datasets/manifest");
	struct span text;
	enum status rc;

	*n_right = 0;
	if (!manifest)
		return err_set(e, ST_ENV,
		               "datasets/manifest, which ships with hcbench, is missing: install "
		               "it again, or set HCBENCH_SHARE");
	rc = file_read(a, manifest, MAX_MANIFEST, &text, e);
	for (const char *line = rc ? "" : text.p; *line;) {
		char set[64], file[256];
		struct wrong_size w = { .set = set };
		struct stat st;

		if (read_line(line, set, file, &w.expected)) {
			const char *rel = arena_printf(a, "%s/%s", set, file);

			w.path = rel ? file_data(a, rel) : NULL;
			if (!w.path)
				return err_nomem(e);
			if (!stat(w.path, &st) && S_ISREG(st.st_mode)) {
				w.bytes = (unsigned long long)st.st_size;
				if (w.bytes == w.expected)
					++*n_right;
				else
					wrong(arg, &w);
			}
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return rc;
}
