/* The operators of onnx_ops.c's table, by file, and what these files share. */
#ifndef HCB_MODEL_ONNX_OPS_H
#define HCB_MODEL_ONNX_OPS_H

#include "model/onnx.h"

/* What `load` of struct onnx_op is. */
#define LOADER(name) \
	enum status onnx_load_##name(struct onnx *x, const Onnx__NodeProto *n, struct err *e)

LOADER(add);
LOADER(avgpool);
LOADER(batchnorm);
LOADER(clip);
LOADER(concat);
LOADER(constant);
LOADER(conv);
LOADER(dequantize);
LOADER(div);
LOADER(dropout);
LOADER(flatten);
LOADER(gather);
LOADER(gemm);
LOADER(global_avgpool);
LOADER(identity);
LOADER(lrn);
LOADER(matmul);
LOADER(maxpool);
LOADER(mul);
LOADER(pad);
LOADER(quantize);
LOADER(reduce_mean);
LOADER(relu);
LOADER(reshape);
LOADER(shape);
LOADER(softmax);
LOADER(squeeze);
LOADER(sub);
LOADER(transpose);
LOADER(unsqueeze);

#undef LOADER

/* The window of a pooling, or of a convolution, whose weights have set w->kernel already. padding
 * is that of a Pad before it. */
enum status onnx_window(const struct onnx *x, const Onnx__NodeProto *n, size_t in,
                        const size_t padding[4], struct window *w, struct err *e);

/* Input i as one float per channel, NULL when absent: n_channels elements in a row. what names it
 * in messages. */
enum status onnx_channels(struct onnx *x, const Onnx__NodeProto *n, size_t i, const char *what,
                          size_t n_channels, const float **out, struct err *e);

/* A node of the graph with one input and no parameters. */
enum status onnx_load_unary(struct onnx *x, const Onnx__NodeProto *n, enum op op, struct err *e);

/* Attribute axis, counted with the batch; negative ones count from the end. rank is that of one
 * image of input 0. */
enum status onnx_axis(struct onnx *x, const Onnx__NodeProto *n, int64_t fallback, int64_t *axis,
                      unsigned *rank, struct err *e);

#endif
