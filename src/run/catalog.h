/* Which file a network's name stands for: the networks that ship with hcbench
 * (datasets/models/models.csv), those of fetched data sets, and paths. */
#ifndef HCB_RUN_CATALOG_H
#define HCB_RUN_CATALOG_H

#include "base/arena.h"
#include "base/err.h"
#include "run/point.h"

#include <stddef.h>

struct catalog_entry {
	const char *name; /* "lenet5-mnist" */
	const char *path; /* of the model file */
	const char *data; /* data set it was trained for */
	const char *accuracy_percent, *help;
};

struct catalog {
	struct arena arena;
	size_t n;
	struct catalog_entry *entry;
};

enum status catalog_load(struct catalog *c, struct err *e);
void catalog_release(struct catalog *c);
const struct catalog_entry *catalog_find(const struct catalog *c, const char *name);

/* Where the file of a point's model is: a shipped name; SET/NAME, a network of a fetched set (in
 * the set's folder or its folder models, as NAME with or without .onnx, .onnx.gz, .h5); or a path
 * (anything with '/' or '.'). An unknown name is ST_USAGE with the names that there are, a network
 * that was not fetched ST_ENV. *path lives as long as c. */
enum status catalog_resolve(struct catalog *c, const char *model, const char **path, struct err *e);

/* Settles data=auto: what a shipped network was trained for; ST_USAGE for other models. */
enum status catalog_settle(struct catalog *c, struct point *p, struct err *e);

#endif
