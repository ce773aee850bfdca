/* Decoded pixels kept on disk, under file_cache("tensors"), each set in a file named by the hash of
 * everything that its pixels depend on. A file ends with a digest of its content, so one that is
 * damaged counts as absent; it is written beside its name and renamed, so any number of processes
 * may use the folder. Nothing but time depends on the cache: what cannot be kept is made anew. */
#ifndef HCB_INFER_TENSOR_CACHE_H
#define HCB_INFER_TENSOR_CACHE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tensor_cache {
	const char *path; /* of the file */
	uint8_t *file;    /* its content: head, pixels, digest */
	size_t n_file;
	uint8_t *pixels; /* within file */
	size_t n;        /* bytes of pixels */
};

/* Makes room for n bytes of pixels in the arena. */
enum status tensor_cache_open(struct tensor_cache *t, struct arena *a, const struct digest *key,
                              size_t n, struct err *e);
/* Fills the pixels from the file; false when there is none, or one that is damaged. */
bool tensor_cache_load(struct tensor_cache *t);
/* Writes the file where that is possible. */
void tensor_cache_store(struct tensor_cache *t);

#endif
