/* ONNX export, private to the model layer: the messages of one file as they come together. */
#ifndef HCB_MODEL_ONNX_EXPORT_H
#define HCB_MODEL_ONNX_EXPORT_H

#include "model/model.h"

#include "onnx/onnx.pb-c.h"

struct onnx_export {
	const struct model *m;
	struct arena arena; /* of all messages, until the file is packed */
	Onnx__GraphProto graph;
	uint8_t *marker; /* where the weights of each kernel seem to be */
	char **kernel_name, **value_name;
	const char **taken; /* hash table of tensor names */
	size_t mask;
};

/* "WANTED SUFFIX", or with a number behind where another tensor has that name. NULL: no memory. */
char *onnx_export_name(struct onnx_export *x, const char *wanted, const char *suffix);

/* Nodes and constants of the whole graph. */
enum status onnx_export_nodes(struct onnx_export *x, struct err *e);

#endif
