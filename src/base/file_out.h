/* A file written piece by piece: there whole once it is finished, or not at all. It lies beside its
 * final name until then. */
#ifndef HCB_BASE_FILE_OUT_H
#define HCB_BASE_FILE_OUT_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct file_out {
	char *path, *tmp;
	FILE *f;
	uint64_t n; /* bytes put so far */
	int why;    /* errno of the first failure, which file_out_finish reports */
};

/* ST_ENV when nothing can be written there, or when path is a folder, device or pipe; then *o needs
 * no more care. */
enum status file_out_open(struct file_out *o, const char *path, struct err *e);

void file_out_put(struct file_out *o, const void *p, size_t n);

/* Overwrites n bytes that were put at offset `at`. */
void file_out_patch(struct file_out *o, uint64_t at, const void *p, size_t n);

/* Syncs and renames. ST_ENV when anything went wrong since the beginning; path is as it was. *o is
 * released in any case. */
enum status file_out_finish(struct file_out *o, struct err *e);

/* Leaves path as it was. Fine after file_out_finish and on { 0 }. */
void file_out_drop(struct file_out *o);

#endif
