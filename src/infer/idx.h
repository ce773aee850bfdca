/* The IDX format of MNIST (plain or gzip): big-endian magic 0 0 8 rank, rank dimensions, bytes. */
#ifndef HCB_INFER_IDX_H
#define HCB_INFER_IDX_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct idx {
	unsigned rank;
	size_t dim[4];
	const uint8_t *bytes; /* product of dim */
};

/* rank is what the caller expects (1 labels, 3 images). ST_DATA names file, offset, expectation. */
enum status idx_read(struct arena *a, const char *path, unsigned rank, struct idx *out,
                     struct err *e);
/* Writes plain IDX, atomically. */
enum status idx_write(const char *path, const struct idx *in, struct err *e);

#endif
