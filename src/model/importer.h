/* Contract of a model file format: one const struct per file, listed in importer.c. */
#ifndef HCB_MODEL_IMPORTER_H
#define HCB_MODEL_IMPORTER_H

#include "base/span.h"
#include "model/model.h"

struct importer {
	const char *name, *help;

	/* Whether the bytes look like this format. Pure; never fails. */
	bool (*probe)(struct span file);

	/* Kernels may point into the file, which then belongs to the model: it lives as long, and
	 * load may change it. */
	bool keeps_file;

	/* Fills a zeroed model (arena, graph, kernels) through graph.h. The caller sets name, path
	 * and digest, and releases the arena on error. Memory: at most 8 x file + 64 MiB. */
	enum status (*load)(struct model *m, struct span file, struct err *e);
};

#define IMPORTERS(X)   \
	X(keras)       \
	X(npy)         \
	X(safetensors) \
	X(onnx) /* last: its probe goes by one byte */

#define DECLARE_IMPORTER(n) extern const struct importer importer_##n;
IMPORTERS(DECLARE_IMPORTER)
#undef DECLARE_IMPORTER

extern const struct importer *const importers[];
extern const size_t n_importers;

/* Of protobuf-c, which onnx.c reads with. */
const char *onnx_library_version(void);

#endif
