/* What a value in a study file stands for. Private to the run layer. */
#ifndef HCB_RUN_VALUES_H
#define HCB_RUN_VALUES_H

#include "base/err.h"

/* Calls each() with every value that `value` of an axis stands for, in order: a range of whole
 * numbers
 * ("a..b", "a..b:step", "a..b*factor", also behind "dict:"), on the axis codec "all", else itself.
 * Stops at the first status of each() that is not ST_OK, and returns it. */
enum status values_expand(const char *axis, const char *value,
                          enum status (*each)(void *arg, const char *value, struct err *e),
                          void *arg, struct err *e);

#endif
