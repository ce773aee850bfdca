/* Which photographs a folder holds, and the class of each. */
#ifndef HCB_INFER_PHOTO_LIST_H
#define HCB_INFER_PHOTO_LIST_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct photo_list {
	unsigned n_classes; /* set by the caller */
	size_t n;
	const char **path; /* n */
	uint16_t *label;   /* n, each below n_classes */
};

/* What a file of labels looks like. */
enum photo_labels {
	PHOTO_LABELS_CSV, /* a line of column names, of which file and class_index are read */
	PHOTO_LABELS_TEXT /* lines "NAME CLASS" */
};

/* Fills *l, whose paths are the names as they stand, from the text of a file of labels, which is
 * changed; `path` is for messages. ST_DATA with the line. */
enum status photo_list_parse(struct photo_list *l, struct arena *a, enum photo_labels format,
                             char *text, const char *path, struct err *e);

/* Finds the photographs of dir in the first of these that is there:
 *
 *   dir/labels.csv      names relative to dir, or to dir/val
 *   dir/val.txt         the same
 *   dir/val/nXXXXXXXX/  one folder per class, class = rank of its name; only with `synsets`, and
 *   dir/nXXXXXXXX/      exactly n_classes of them; every file in them is a photograph
 *
 * ST_ENV when none is, ST_DATA for labels that cannot be meant. The photographs themselves are not
 * looked at. */
enum status photo_list_read(struct photo_list *l, struct arena *a, const char *dir, bool synsets,
                            struct err *e);

#endif
