/* Data sets kept as photographs: a folder with labels.csv and the JPEG files that it names. */
#ifndef HCB_INFER_DATASET_PHOTOS_H
#define HCB_INFER_DATASET_PHOTOS_H

#include "infer/dataset.h"

/* Fills labels and, with d->preprocess, shape and pixels (from the cache of decoded tensors where
 * that has them). The folder is d->dir, or else the fetched set of this name. labels.csv starts
 * with a line of column names, of which `file` (relative to the folder) and `class_index` (below
 * n_classes) are read. ST_ENV when labels.csv or a photograph is missing, ST_DATA when labels.csv
 * or a photograph is damaged. */
enum status dataset_read_photos(struct dataset *d, const char *set, unsigned n_classes,
                                struct err *e);

#endif
