/* Keras weights in HDF5: a group per layer, named in the attribute layer_names, each with its
 * tensors in the order of the attribute weight_names. Private to the model layer.
 *
 * libhdf5 is not made for hostile files: a crafted one may crash inside it. What can be checked
 * beforehand is (size, types, layouts, links out of the file are refused), but read only files
 * whose origin you trust, or whose checksum you know. */
#ifndef HCB_MODEL_KERAS_FILE_H
#define HCB_MODEL_KERAS_FILE_H

#include "base/span.h"
#include "model/model.h"

enum { KERAS_MAX_NAMES = 4096, KERAS_MAX_NAME = 256 };

struct keras_file;

/* bytes are borrowed until keras_close(). */
enum status keras_open(struct keras_file **out, struct span bytes, struct err *e);
void keras_close(struct keras_file *f); /* NULL is fine */

size_t keras_n_layers(const struct keras_file *f);

/* Whether the file names this layer; layers without weights are named too. */
bool keras_has(const struct keras_file *f, const char *layer);

/* Number of the layer's tensors. ST_DATA when the file lacks the layer. */
enum status keras_count(struct keras_file *f, const char *layer, size_t *n, struct err *e);

/* Tensor i of the layer, by its place in weight_names, since its name changed with the releases of
 * Keras. It must have this rank and hold 32-bit floats. *out is the caller's to free; *name is
 * valid until the file is closed. */
enum status keras_read(struct keras_file *f, const char *layer, size_t i, unsigned rank,
                       struct shape *shape, const char **name, float **out, struct err *e);

/* Of HDF5. */
void keras_library_version(char out[32]);

#endif
