/* Between the files of the energy model. */
#ifndef HCB_HW_ENERGY_PARTS_H
#define HCB_HW_ENERGY_PARTS_H

#include "hw/energy.h"

/* Sets decoder_pj and its parts in *out, which holds zeros there. ST_USAGE: a price is missing, or
 * the fit is negative at this size. */
enum status energy_add_decoder(struct energy *out, const struct action_counts *c,
                               const struct platform *p, const struct tech *t, struct err *e);

#endif
