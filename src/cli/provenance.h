/* Who, where and with what a run was made: the provenance row. */
#ifndef HCB_CLI_PROVENANCE_H
#define HCB_CLI_PROVENANCE_H

#include "base/arena.h"
#include "store/store.h"

/* Strings live in a; study may be "". */
struct run_info provenance(struct arena *a, const char *command_line, const char *study);

/* ISO 8601, UTC. */
void time_stamp(char out[32]);

const char *compiler_text(void);
/* "model name" of the first processor, or "unknown". */
const char *processor_name(struct arena *a);

#endif
