/* Writing a model as a file that others read, piece by piece: the weights of a kernel are asked for
 * when it is their turn, so that they may come from elsewhere, one kernel at a time. All sizes are
 * known beforehand. */
#ifndef HCB_MODEL_EXPORT_H
#define HCB_MODEL_EXPORT_H

#include "model/model.h"

/* What takes the pieces, in the order of the file. */
struct export_sink {
	void *arg;
	/* The next n bytes. */
	enum status (*bytes)(void *arg, const void *p, size_t n, struct err *e);
	/* The weights of kernel k come next: 4 bytes each, as export_floats() makes them. */
	enum status (*weights)(void *arg, size_t k, struct err *e);
};

/* The opset and IR version of the ONNX files: a Clip with limits as inputs, as later ones have it,
 * and a Softmax over all of an image, as later ones do not. */
enum { EXPORT_OPSET = 12, EXPORT_IR = 7 };

/* m as an ONNX model; the importer makes the same graph of it, number for number. Nodes, kernels
 * and the input keep their names where those are unlike each other; a kernel that was transposed
 * on import stands in the file as it did. ST_USAGE without a graph; ST_DATA beyond 2 GiB, which
 * protobuf cannot hold. */
enum status export_onnx(const struct model *m, const struct export_sink *sink, struct err *e);

/* The kernels of m as safetensors, in canonical order; nothing else of m. */
enum status export_safetensors(const struct model *m, const struct export_sink *sink,
                               struct err *e);

/* n floats as files have them, little-endian: into 4 n bytes that must not be w. */
void export_floats(const float *w, size_t n, uint8_t *out);

/* The same of a matrix of rows x columns, turned around (columns x rows). */
void export_transposed(const float *w, size_t rows, size_t columns, uint8_t *out);

#endif
