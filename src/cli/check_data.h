/* Fetched data against datasets/manifest, by size alone: seconds where hashing takes minutes. */
#ifndef HCB_CLI_CHECK_DATA_H
#define HCB_CLI_CHECK_DATA_H

#include "base/arena.h"
#include "base/err.h"

/* A file that is there and not as long as the manifest says. */
struct wrong_size {
	const char *set, *path;
	unsigned long long bytes, expected;
};

/* Asks after every file of the manifest; those that are not there do not count. `wrong` is called
 * for each that has another size; *n_right is the number of the others. ST_ENV: no manifest. */
enum status check_data_sizes(struct arena *a, void (*wrong)(void *arg, const struct wrong_size *w),
                             void *arg, size_t *n_right, struct err *e);

#endif
