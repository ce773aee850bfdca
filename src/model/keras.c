/* Keras-applications weights in HDF5. */
#include "base/text.h"
#include "model/importer.h"
#include "model/keras_net.h"

#include <string.h>

static const unsigned char magic[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };

static bool probe(struct span file)
{
	return file.n >= sizeof(magic) && !memcmp(file.p, magic, sizeof(magic));
}

static enum status unknown_net(const struct keras_file *f, struct err *e)
{
	struct text known = { 0 };
	enum status rc;

	for (size_t i = 0; i < n_keras_nets; i++)
		text_addf(&known, "%s%s", i ? ", " : "", keras_nets[i].name);
	rc = err_set(e, ST_DATA,
	             "the %zu layers of this Keras file are of no network that hcbench has the "
	             "layers of (%s): convert the model to ONNX with tf2onnx",
	             keras_n_layers(f), text_str(&known));
	text_release(&known);
	return rc;
}

static enum status load(struct model *m, struct span file, struct err *e)
{
	struct keras_file *f;
	size_t i = 0;
	enum status rc = keras_open(&f, file, e);

	if (rc)
		return rc;
	while (i < n_keras_nets && !keras_has(f, keras_nets[i].sign))
		i++;
	if (i == n_keras_nets) {
		rc = unknown_net(f, e);
	} else {
		rc = keras_nets[i].build(m, f, e);
		if (rc)
			err_wrap(e, "Keras %s", keras_nets[i].name);
	}
	keras_close(f);
	return rc;
}

const struct importer importer_keras = {
	.name = "keras",
	.help = "weights of VGG16, VGG19, ResNet50 or MobileNet as keras-applications saves them (HDF5)",
	.probe = probe,
	.load = load,
};
