/* Temporary files without a name, for what need not stay in memory. */
#ifndef HCB_BASE_SPOOL_H
#define HCB_BASE_SPOOL_H

#include "base/err.h"

/* A new one, to read and write, in $TMPDIR or else /var/tmp (/tmp is memory on many machines). It
 * is gone when the last descriptor and mapping are closed. -1: errno says why. */
int spool_open(void);

/* The ST_ENV error of a temporary file that could not be made, for the reason `why` (errno). */
enum status spool_failed(int why, struct err *e);

#endif
