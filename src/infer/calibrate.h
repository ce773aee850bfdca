/* Ranges of activations, for the grids of activations=int8. */
#ifndef HCB_INFER_CALIBRATE_H
#define HCB_INFER_CALIBRATE_H

#include "infer/dataset.h"
#include "infer/net.h"

/* Images that ranges are taken from: the first of the selection half, in the data set's order. */
enum { CALIBRATION_IMAGES = 128 };

/* The smallest and largest, 0 included, of every value that a network stores between layers
 * (net.h), in single precision with the model's own weights, over the first n_images of the
 * selection half (all of it, if it has fewer); 0 to 0 for other values. ST_USAGE when model and
 * data set do not fit together, ST_DATA when a value is not finite. */
enum status calibrate(struct activation_range *ranges /* m->n_values */, const struct model *m,
                      const struct dataset *d, size_t n_images, struct err *e);

#endif
