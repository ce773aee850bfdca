/* A network made ready to run (the only user of oneDNN): primitives are built once per batch size,
 * only weights are exchanged per configuration. One net per worker process, one thread each. */
#ifndef HCB_INFER_NET_H
#define HCB_INFER_NET_H

#include "base/err.h"
#include "model/model.h"

#include <stddef.h>

/* Images per run, at most: oneDNN picks other kernels at other batch sizes, and results must not
 * depend on who asked, so everyone asks net_batch_for, which depends on the model only. 32 measured
 * best for the LeNets, 2 for networks on ImageNet, 8 for those whose weights no cache holds, 1 for
 * those with concatenations. */
enum { NET_BATCH = 32 };
size_t net_batch_for(const struct model *m);

/* Arithmetic of a network's activations. Weights are single precision in all of them unless it says
 * otherwise, so that any quantizer may have made them. What is stored between layers: the output of
 * a convolution, dense layer, addition, product, averaging or normalization, after the scale,
 * addition and limits that are computed with it. Not stored again: maxima, concatenations and other
 * orders of what is stored already. Neither the input, whose pixels have 8 bits anyhow, nor the
 * scores are rounded.
 *
 * INT8 simulates an accelerator: each stored value lies on a grid of 256 steps with an integer zero
 * point. It runs the f32 primitives and rounds behind each, so it gives no speed. Its sums are
 * those of single precision: against exact sums of the integers, a value within their rounding
 * error of the middle between two steps may come out one step off (a mean of four may lie right
 * there; of the other values in tests/infer_activations_test.c none does). A concatenation keeps
 * the grids of its parts.
 *
 * BF16 stores values, and the weights of convolution and dense layers, as bfloat16; sums are single
 * precision. It is faster than F32 and needs AVX-512. */
enum activations { ACTIVATIONS_F32, ACTIVATIONS_BF16, ACTIVATIONS_INT8, N_ACTIVATIONS };

extern const char *const activations_names[N_ACTIVATIONS]; /* "f32", "bf16", "int8" */

/* ST_USAGE when there is no such name. */
enum status activations_from_name(enum activations *out, const char *name, struct err *e);

/* Smallest and largest of a value over some images. */
struct activation_range {
	float low, high;
};

struct net_options {
	size_t batch;
	enum activations activations;
	const struct activation_range *ranges; /* INT8: of each value of the model (calibrate.h) */
};

struct net;

/* Builds for o->batch images at a time with the model's own weights. Nodes that only one other node
 * reads may be computed with the layer before them. For OP_SCALE (batch normalization) that means:
 * its scale multiplies the weights of that layer, and its scale and shift go into the bias,
 * whenever weights are exchanged. Callers never see that: what they hand over are weights as the
 * file has them. Refuses a primitive whose implementation is `ref` (ST_INTERNAL, naming the layer),
 * and BF16 on a processor without AVX-512 (ST_ENV). m must outlive the net; *o need not. */
enum status net_create(struct net **out, const struct model *m, const struct net_options *o,
                       struct err *e);
void net_free(struct net *n);

/* Exchanges the weights of one kernel (canonical order, as struct kernel). */
enum status net_set_kernel(struct net *n, size_t kernel, const float *w, struct err *e);

/* Runs `batch` images (input shape of the model each) and writes batch x n_outputs scores. */
enum status net_run(struct net *n, const float *images, float *scores, struct err *e);

/* The same, and widens the range of every value that is stored between layers. F32 only. */
enum status net_observe(struct net *n, const float *images, float *scores,
                        struct activation_range *ranges, struct err *e);

size_t net_batch(const struct net *n);
size_t net_inputs(const struct net *n);  /* floats of one image */
size_t net_outputs(const struct net *n); /* scores of one image */

/* Implementation name of each primitive, for doctor and tests; NULL when i is past the end. */
const char *net_implementation(const struct net *n, size_t i);
const char *net_library_version(void);

#endif
