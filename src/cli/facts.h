/* What rows refer to, taken from the library into the store. */
#ifndef HCB_CLI_FACTS_H
#define HCB_CLI_FACTS_H

#include "run/sweep.h"
#include "store/store.h"

/* Models, data sets and price tables of a plan. */
enum status put_facts(struct store *db, struct library *l, const struct plan *p,
                      const struct study *s, struct err *e);

#endif
