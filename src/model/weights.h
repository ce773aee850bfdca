/* Tensors of weights: what importers share. Private to the model layer. */
#ifndef HCB_MODEL_WEIGHTS_H
#define HCB_MODEL_WEIGHTS_H

#include "model/model.h"

#include <stdint.h>

enum number { NUMBER_F32, NUMBER_F16, NUMBER_BF16, NUMBER_OTHER };

/* A tensor as a file has it: little-endian, in row-major order unless fortran. */
struct tensor {
	const char *name;
	const char *type; /* name of the element type in the file, for messages */
	enum number number;
	bool fortran; /* column-major */
	bool stays;   /* the bytes live as long as the model */
	struct shape shape;
	size_t n;             /* elements */
	const uint8_t *bytes; /* of n elements; only read where number is not NUMBER_OTHER */
};

/* Adds a kernel for a tensor of rank 4 or 2, which must be of floats; half precision is widened,
 * which changes no value. Any other tensor counts as other parameters. The layer of a kernel is its
 * name without a last part "weight" or "kernel". */
enum status weights_add(struct model *m, const struct tensor *t, struct err *e);

/* Checks that there is at least one kernel. */
enum status weights_end(const struct model *m, struct err *e);

/* Little-endian floats at p as this machine can use them where they are; NULL when it cannot. */
const float *floats_in_place(const void *p);

#endif
