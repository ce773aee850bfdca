/* Data sets kept as photographs: a folder of JPEG files with labels (photo_list.h). */
#ifndef HCB_INFER_DATASET_PHOTOS_H
#define HCB_INFER_DATASET_PHOTOS_H

#include "infer/dataset.h"

struct photo_set {
	const char *name; /* of the set that scripts/fetch_datasets gets */
	unsigned n_classes;
	bool synsets; /* may lie in one folder per class, named by synset */
};

/* Fills labels and, with d->preprocess, shape and pixels (mapped from the cache of decoded tensors
 * where that has them). The folder is d->dir, or else the fetched set. ST_ENV when the labels or a
 * photograph are missing, ST_DATA when they are damaged. */
enum status dataset_read_photos(struct dataset *d, const struct photo_set *set, struct err *e);

#endif
