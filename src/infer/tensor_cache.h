/* Decoded pixels kept on disk, under file_cache("tensors"), each set in a file named by the hash of
 * everything that its pixels depend on. The file is mapped, never read into memory: the 50,000
 * images of ImageNet's validation set are 7.5 GB. It ends with a digest of the pixels, so one that
 * is damaged counts as absent. It is made under NAME.part, by one process at a time, for which
 * others wait, and then renamed; what an interrupted process leaves is taken over by the next.
 * hcbench never changes a finished file. Nothing but time and memory depends on the cache: where it
 * cannot be written, pixels are made in memory. */
#ifndef HCB_INFER_TENSOR_CACHE_H
#define HCB_INFER_TENSOR_CACHE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tensor_cache {
	const char *path, *part;
	uint8_t *file; /* head, pixels, digest */
	size_t n_file;
	bool mapped; /* file is; else it is in the arena */
	int fd;      /* of part while this process fills it, else -1 */
	uint8_t *pixels;
	size_t n;         /* bytes of pixels */
	bool ready;       /* the pixels are there, and read-only */
	struct hash hash; /* of the pixels, when they are ready */
};

/* Maps the file of this key, or makes room for n bytes of pixels: the caller fills these unless
 * ready is set. Waits while another process fills them. To be closed also after an error. */
enum status tensor_cache_open(struct tensor_cache *t, struct arena *a, const struct digest *key,
                              size_t n, struct err *e);
/* The pixels are filled: from now on others find them. */
void tensor_cache_keep(struct tensor_cache *t);
/* Ends the use of the pixels; what was not kept is dropped. */
void tensor_cache_close(struct tensor_cache *t);

#endif
