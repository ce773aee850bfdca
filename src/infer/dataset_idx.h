/* Data sets kept in IDX files. */
#ifndef HCB_INFER_DATASET_IDX_H
#define HCB_INFER_DATASET_IDX_H

#include "infer/dataset.h"

/* Fills shape, pixels, labels and classes (at least ten) from the t10k-* pair of dir, plain or
 * .gz. ST_ENV when a file is missing (the message ends with `hint`), ST_DATA when the two do not
 * belong together. */
enum status dataset_read_idx(struct dataset *d, const char *dir, const char *hint, struct err *e);

#endif
