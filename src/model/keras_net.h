/* The networks of keras-applications that a file of weights is for: the file has no graph, so the
 * layers stand here. Widths are those of the tensors; they need only fit together. Private to the
 * model layer. */
#ifndef HCB_MODEL_KERAS_NET_H
#define HCB_MODEL_KERAS_NET_H

#include "model/keras_file.h"
#include "model/model.h"

struct keras_net {
	const char *name;
	const char *sign; /* a layer that only this network, of those listed after it, has */
	enum status (*build)(struct model *m, struct keras_file *f, struct err *e);
};

extern const struct keras_net keras_nets[];
extern const size_t n_keras_nets;

#endif
