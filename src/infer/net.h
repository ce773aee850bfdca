/* A network made ready to run (the only user of oneDNN): primitives are built once per batch size,
 * only weights are exchanged per configuration. One net per worker process, one thread each. */
#ifndef HCB_INFER_NET_H
#define HCB_INFER_NET_H

#include "base/err.h"
#include "model/model.h"

#include <stddef.h>

/* Images per run, at most: oneDNN picks other kernels at other batch sizes, and results must not
 * depend on who asked, so everyone asks net_batch_for, which depends on the model only. 32 measured
 * best for the LeNets, 2 for networks on ImageNet. */
enum { NET_BATCH = 32 };
size_t net_batch_for(const struct model *m);

struct net;

/* What the values between layers are rounded to. */
enum activations { ACTIVATIONS_F32, ACTIVATIONS_BF16, ACTIVATIONS_INT8, N_ACTIVATIONS };

/* Builds for `batch` images at a time with the model's own weights. Nodes that only one other node
 * reads may be computed with the layer before them. For OP_SCALE (batch normalization) that means:
 * its scale multiplies the weights of that layer, and its scale and shift go into the bias,
 * whenever weights are exchanged. Callers never see that: what they hand over are weights as the
 * file has them. Refuses a primitive whose implementation is `ref` (ST_INTERNAL, naming the layer).
 * m must outlive the net. */
enum status net_create(struct net **out, const struct model *m, size_t batch, struct err *e);
void net_free(struct net *n);

/* Exchanges the weights of one kernel (canonical order, as struct kernel). */
enum status net_set_kernel(struct net *n, size_t kernel, const float *w, struct err *e);

/* Runs `batch` images (input shape of the model each) and writes batch x n_outputs scores. */
enum status net_run(struct net *n, const float *images, float *scores, struct err *e);

size_t net_batch(const struct net *n);
size_t net_inputs(const struct net *n);  /* floats of one image */
size_t net_outputs(const struct net *n); /* scores of one image */

/* Implementation name of each primitive, for doctor and tests; NULL when i is past the end. */
const char *net_implementation(const struct net *n, size_t i);
const char *net_library_version(void);

#endif
