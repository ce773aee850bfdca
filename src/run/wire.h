/* Messages between the sweep's parent and its worker processes, through pipes (same program, same
 * machine, so struct layouts agree). Rows travel as one message per point or lossy prefix, with
 * everything that belongs to it: what arrives is whole or not there. */
#ifndef HCB_RUN_WIRE_H
#define HCB_RUN_WIRE_H

#include "base/text.h"
#include "run/row.h"

#include <stdbool.h>

enum wire_type {
	WIRE_TASK,  /* parent to worker: struct wire_task */
	WIRE_ROWS,  /* parts, see wire_sink() */
	WIRE_SIZE,  /* uint64_t: bits of the task's smallest point */
	WIRE_ERROR, /* struct err: the worker gives up */
	WIRE_DONE   /* the task is finished */
};

struct wire_task {
	size_t task;
	bool size_only; /* answered by WIRE_SIZE */
	bool time_only; /* sample number `sample` of the durations of its points */
	unsigned sample;
	bool known; /* lossy is the stored row of the task's prefix */
	struct lossy_row lossy;
};

/* Both return false at the end of the pipe (the other side is gone). A message of more than
 * WIRE_MAX_BYTES is refused like that. */
enum { WIRE_MAX_BYTES = 1 << 26 };
bool wire_send(int fd, enum wire_type type, const void *p, size_t n);
bool wire_receive(int fd, enum wire_type *type, struct text *body);

/* Rows on their way up: a sink that gathers the parts of one message and sends it when the next one
 * begins or on wire_flush(). ST_STOPPED: the parent is gone. */
struct wire_outbox {
	int fd;
	struct text body;
};
struct row_sink wire_sink(struct wire_outbox *o);
enum status wire_flush(struct wire_outbox *o, struct err *e);

/* Hands the parts of a WIRE_ROWS body to a sink. p is the point that the rows belong to. */
enum status wire_unpack(const struct text *body, const struct point *p, const struct row_sink *sink,
                        struct err *e);
/* The row that a body starts with; false when it is of the other kind. */
bool wire_first_point(const struct text *body, struct point_row *out);
bool wire_first_lossy(const struct text *body, struct lossy_row *out);
bool wire_first_timing(const struct text *body, struct timing_row *out);

#endif
