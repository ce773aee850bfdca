/* Messages between the sweep's parent and its worker processes: a header and the bytes of one
 * struct, through a pipe (same program, same machine, so the layout agrees). */
#ifndef HCB_RUN_WIRE_H
#define HCB_RUN_WIRE_H

#include "run/row.h"

#include <stdbool.h>

enum wire_type {
	WIRE_TASK,      /* parent to worker: struct wire_task */
	WIRE_LOSSY,     /* struct lossy_row */
	WIRE_POINT,     /* struct point_row */
	WIRE_ENERGY,    /* struct energy_row */
	WIRE_LAYER,     /* struct layer_row */
	WIRE_HISTOGRAM, /* struct wire_histogram */
	WIRE_DONE       /* nothing */
};

struct wire_task {
	size_t task;
	bool known;
	struct lossy_row lossy;
};

enum { WIRE_BINS = 1 << 16 };

struct wire_histogram {
	char lossy_key[DIGEST_HEX];
	size_t n; /* only the first n of each array travel */
	int32_t value[WIRE_BINS];
	int64_t count[WIRE_BINS];
};

/* Both return false at the end of the pipe (the other side is gone). */
bool wire_send(int fd, enum wire_type type, const void *p, size_t n);
/* *n is the room in p on entry and the bytes received on return. */
bool wire_receive(int fd, enum wire_type *type, void *p, size_t *n);

#endif
