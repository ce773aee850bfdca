/* Lines of comma-separated values. */
#ifndef HCB_BASE_CSV_H
#define HCB_BASE_CSV_H

#include <stdbool.h>

/* Cuts the field off at *s, undoing quotes in place, and moves *s behind its comma. *more: there
 * was one, so another field follows. False: an unclosed quote, or text after a closing one. */
bool csv_cut(char **s, char **field, bool *more);

#endif
