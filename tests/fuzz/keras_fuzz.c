/* libFuzzer target: the bytes say what file of Keras weights is written, and any such file gives a
 * model or a clear error. Not the file itself: libhdf5 is known to crash on hostile ones, and this
 * target looks for faults in hcbench. Seeds: any bytes. */
#include "../keras_writer.h"
#include "model/model.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each byte string of four is one layer: which of the names that the networks use, how many
 * tensors, of which rank and shape. */
static void add_layer(struct kw *w, const uint8_t b[4])
{
	static const char *const names[] = {
		"block1_conv1", "block1_conv2",   "block5_conv3", "block5_conv4",
		"fc1",          "predictions",    "conv1",        "bn_conv1",
		"pool1_pad",    "conv_pw_13",     "conv1_bn",     "conv_dw_1",
		"conv_preds",   "res5c_branch2c", "fc1000",       ""
	};
	const hsize_t shape[] = { b[2] % 4, b[2] / 4 % 4 + (hsize_t)3 * (b[2] >> 7), b[3] % 8,
		                  b[3] / 8 };
	const char *name = names[b[0] % 16];
	const unsigned rank = b[1] % 4 + 1;

	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->layer[i], name) || !*name)
			return;
	w->bad = b[0] & 128 ? name : NULL;
	w->skip = b[0] & 64 ? name : NULL;
	w->how = b[1] / 16 % 6;
	kw_layer(w, name, b[1] / 4 % 5, rank > 1 ? rank : 2, shape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct kw w = { 0 };
	struct span file;
	struct model *m;
	enum status rc;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	kw_begin(&w);
	for (size_t i = 0; i + 4 <= size && i < 4 * 20; i += 4)
		add_layer(&w, data + i);
	file = kw_end(&w);
	rc = model_load_memory(&m, file, "fuzz", &e);
	if (rc != ST_OK && (rc != ST_DATA || m || !e.msg[0]))
		abort();
	model_free(m);
	free((void *)(uintptr_t)file.p);
	return 0;
}
