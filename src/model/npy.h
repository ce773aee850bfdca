/* Folders of NumPy arrays: every file NAME.npy is a tensor NAME, in the order of the names' bytes.
 * Private to the model layer. */
#ifndef HCB_MODEL_NPY_H
#define HCB_MODEL_NPY_H

#include "model/model.h"

/* Fills m, as an importer does, and sets its digest: SHA-256 of, for each file, its name, a NUL and
 * the SHA-256 of its content. */
enum status npy_load_folder(struct model *m, const char *path, struct err *e);

#endif
