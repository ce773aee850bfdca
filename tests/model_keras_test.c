/* Files in the layout of keras-applications, written here with the HDF5 library. */
#include "keras_writer.h"
#include "model/model.h"

#include <criterion/criterion.h>

static struct model *load_bytes(struct span file)
{
	struct err e = { 0 };
	struct model *m = NULL;

	cr_assert_eq(model_load_memory(&m, file, "keras", &e), ST_OK, "%s", e.msg);
	free((void *)(uintptr_t)file.p);
	return m;
}

static void expect_refused(struct span file, const char *want)
{
	struct err e = { 0 };
	struct model *m = NULL;

	cr_expect_eq(model_load_memory(&m, file, "keras", &e), ST_DATA, "%s", want);
	cr_expect_null(m);
	cr_expect(strstr(e.msg, want), "'%s' lacks '%s'", e.msg, want);
	cr_expect_null(strchr(e.msg, '\n'));
	model_free(m);
	free((void *)(uintptr_t)file.p);
}

static uint64_t macs(const struct model *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_nodes; i++) {
		struct gemm g = model_gemm(m, &m->nodes[i]);

		sum += (uint64_t)g.m * g.n * g.k * g.groups;
	}
	return sum;
}

static const struct kernel *kernel_of(const struct model *m, const char *layer)
{
	for (size_t k = 0; k < m->n_kernels; k++)
		if (!strcmp(m->kernels[k].layer, layer))
			return &m->kernels[k];
	cr_assert_fail("no kernel of %s", layer);
	return NULL;
}

static const struct node *node_named(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n_nodes; i++)
		if (!strcmp(m->nodes[i].name, name))
			return &m->nodes[i];
	cr_assert_fail("no node %s", name);
	return NULL;
}

static void expect_output(const struct model *m, const char *node, const char *shape)
{
	char text[64];

	shape_text(&m->values[node_named(m, node)->output].shape, text);
	cr_expect_str_eq(text, shape, "%s is %s", node, text);
}

/* Kernel weights and multiply-accumulates of the full network, by its published table. A 3 x 3
 * convolution on s x s pixels takes 9 i o s s. */
static void expect_full_vgg(unsigned deep, uint64_t want_weights, uint64_t want_macs)
{
	static const uint64_t width[] = { 64, 128, 256, 512, 512 };
	uint64_t weights = 25088 * 4096 + 4096 * 4096 + 4096 * 1000, side = 224, in = 3;
	uint64_t work = weights;

	for (unsigned b = 0; b < 5; b++, side /= 2)
		for (unsigned i = 0; i < (b < 2 ? 2 : deep == 16 ? 3U : 4U); i++) {
			weights += 9 * in * width[b];
			work += 9 * in * width[b] * side * side;
			in = width[b];
		}
	cr_expect_eq(weights, want_weights);
	cr_expect_eq(work, want_macs);
}

/* One sixteenth of the widths: what the table of the full network gives with 4, 8, 16, 32, 32
 * channels. */
Test(keras, vgg16)
{
	struct kw w = { 0 };
	struct model *m = load_bytes(kw_vgg(&w, 16, 16, 10));

	expect_full_vgg(16, 138344128, 15470264320);
	cr_expect_eq(m->n_kernels, 16);
	cr_expect_eq(m->n_weights, w.weights);
	/* 9 (3*4 + 4*4 + 4*8 + 8*8 + 8*16 + 2*16*16 + 16*32 + 5*32*32)
	 * + 49*32*256 + 256*256 + 256*10 */
	cr_expect_eq(m->n_weights, 9 * 6396 + 401408 + 65536 + 2560);
	cr_expect_eq(m->n_other, 2 * 4 + 2 * 8 + 3 * 16 + 6 * 32 + 2 * 256 + 10);
	cr_expect_str_eq(m->kernels[0].name, "block1_conv1_W_1:0");
	cr_expect_str_eq(m->kernels[15].layer, "predictions");
	expect_output(m, "block1_conv2", "4x224x224");
	expect_output(m, "block5_pool", "32x7x7");
	expect_output(m, "fc1", "256");
	expect_output(m, "softmax", "10");
	model_free(m);
}

Test(keras, vgg19)
{
	struct kw w = { 0 };
	struct model *m = load_bytes(kw_vgg(&w, 19, 16, 10));

	expect_full_vgg(19, 143652544, 19632062464);
	cr_expect_eq(m->n_kernels, 19);
	cr_expect_eq(m->n_weights, w.weights);
	cr_expect_eq(m->n_weights, 9 * (6396 + 16 * 16 + 2 * 32 * 32) + 401408 + 65536 + 2560);
	expect_output(m, "block5_pool", "32x7x7");
	model_free(m);
}

/* conv1 9408, stage of width w behind i channels: 4 w i (shortcut) + w i + n (9 w w + 4 w w)
 * + (n - 1) 4 w w; classifier 2048000. */
Test(keras, resnet50_full_size)
{
	struct kw w = { 0 };
	struct model *m = load_bytes(kw_resnet50(&w, 1, 1000, 0));

	cr_expect_eq(m->n_kernels, 54);
	cr_expect_eq(m->n_weights, 25502912);
	cr_expect_eq(m->n_weights, w.weights);
	cr_expect_eq(m->n_other, 26560 + 1000 + 2 * 26560); /* biases, scales and shifts */
	expect_output(m, "conv1", "64x112x112");
	expect_output(m, "pool1", "64x55x55");
	expect_output(m, "res3a_branch2a", "128x28x28");
	expect_output(m, "add_5c", "2048x7x7");
	expect_output(m, "softmax", "1000");
	cr_expect_eq(node_named(m, "res3a_branch2a")->window.stride[0], 2);
	cr_expect_eq(node_named(m, "res3a_branch2b")->window.stride[0], 1);
	cr_expect_eq(node_named(m, "res3a_branch1")->window.stride[0], 2);
	model_free(m);
}

Test(keras, resnet50_that_names_pool1_pad)
{
	struct kw w = { 0 };
	struct model *m = load_bytes(kw_resnet50(&w, 8, 10, 1));

	expect_output(m, "pool1", "8x56x56");
	expect_output(m, "add_5c", "256x7x7");
	model_free(m);
}

Test(keras, mobilenet_full_size)
{
	struct kw w = { 0 };
	struct model *m = load_bytes(kw_mobilenet(&w, 1, 1000));
	const struct kernel *dw = kernel_of(m, "conv_dw_13");

	cr_expect_eq(m->n_kernels, 28);
	cr_expect_eq(m->n_weights, 4209088);
	cr_expect_eq(macs(m), 568740352); /* "569 million mult-adds", MobileNets, table 4 */
	cr_expect_eq(dw->groups, 1024);
	cr_expect_eq(dw->shape.dim[0], 1024);
	cr_expect_eq(dw->shape.dim[1], 1);
	expect_output(m, "conv1", "32x112x112");
	expect_output(m, "conv_dw_2", "64x56x56");
	expect_output(m, "conv_pw_13", "1024x7x7");
	cr_expect_eq(node_named(m, "conv_dw_2")->window.pad_begin[0], 0);
	cr_expect_eq(node_named(m, "conv_dw_2")->window.pad_end[1], 1);
	cr_expect_eq(node_named(m, "conv_dw_3")->window.pad_begin[0], 1);
	cr_expect_eq(node_named(m, "conv_dw_3_relu")->high, 6);
	model_free(m);
}

/* The floats of a tensor as they stand in the file. */
static float *stored(struct span file, const char *path, size_t n)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS), f, set;
	float *v = malloc(n * sizeof(*v));

	H5Pset_fapl_core(access, 1 << 20, 0);
	H5Pset_file_image(access, (void *)(uintptr_t)file.p, file.n);
	f = H5Fopen("stored", H5F_ACC_RDONLY, access);
	set = H5Dopen2(f, path, H5P_DEFAULT);
	cr_assert_geq(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, v), 0);
	H5Dclose(set);
	H5Fclose(f);
	H5Pclose(access);
	return v;
}

/* fc1 takes an image of 32 x 7 x 7. Pixel (h, w) of channel c is input (h*7 + w)*32 + c to Keras
 * and c*49 + h*7 + w to hcbench; the weights of an output stand in a column there and a row here.
 */
Test(keras, columns_of_the_first_dense_layer_move_with_their_pixels)
{
	struct kw w = { 0 };
	struct span file = kw_vgg(&w, 16, 16, 10);
	float *fc1 = stored(file, "fc1/fc1_W_1:0", 1568 * 256);
	float *conv = stored(file, "block1_conv2/block1_conv2_W_1:0", 3 * 3 * 4 * 4);
	struct model *m = load_bytes(file);
	const float *k = kernel_of(m, "fc1")->w, *c = kernel_of(m, "block1_conv2")->w;

	cr_expect_eq(k[0], fc1[0]);
	cr_expect_eq(k[1], fc1[32 * 256]);                   /* pixel (0, 1), channel 0 */
	cr_expect_eq(k[49], fc1[1 * 256]);                   /* pixel (0, 0), channel 1 */
	cr_expect_eq(k[7], fc1[7 * 32 * 256]);               /* pixel (1, 0), channel 0 */
	cr_expect_eq(k[5 * 1568 + 2 * 49 + 3 * 7 + 4],       /* output 5, pixel (3, 4) */
	             fc1[((3 * 7 + 4) * 32 + 2) * 256 + 5]); /* of channel 2 */
	cr_expect_eq(k[256 * 1568 - 1], fc1[256 * 1568 - 1]);
	/* A convolution: filter 3, channel 1, row 2, column 0. */
	cr_expect_eq(c[((3 * 4 + 1) * 3 + 2) * 3 + 0], conv[((2 * 3 + 0) * 4 + 1) * 4 + 3]);
	free(fc1);
	free(conv);
	model_free(m);
}

/* gamma / sqrt(variance + 0.001), beta - mean * that, by hand for the first channel. */
Test(keras, batch_normalization)
{
	struct kw w = { 0 };
	struct span file = kw_mobilenet(&w, 8, 10);
	float *gamma = stored(file, "conv1_bn/conv1_bn_W_1:0", 4);
	float *beta = stored(file, "conv1_bn/conv1_bn_b_1:0", 4);
	float *mean = stored(file, "conv1_bn/conv1_bn_running_mean:0", 4);
	float *variance = stored(file, "conv1_bn/conv1_bn_running_std:0", 4);
	struct model *m = load_bytes(file);
	const struct node *n = node_named(m, "conv1_bn");
	const float scale = gamma[3] / sqrtf(variance[3] + 0.001f);

	cr_expect_eq(n->op, OP_SCALE);
	cr_expect_float_eq(n->scale[3], scale, 1e-5);
	cr_expect_float_eq(n->bias[3], beta[3] - mean[3] * scale, 1e-5);
	free(gamma);
	free(beta);
	free(mean);
	free(variance);
	model_free(m);
}

Test(keras, a_whole_saved_model_keeps_its_weights_one_group_down)
{
	struct kw w = { 0 };
	struct span file;
	hid_t out;
	void *bytes;

	kw_begin(&w);
	out = w.file;
	w.file = H5Gcreate2(out, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	kw_layer(&w, "conv_pw_13", 0, 0, NULL);
	kw_names(w.file, "layer_names", w.layer[0], w.n);
	H5Gclose(w.file);
	H5Fflush(out, H5F_SCOPE_GLOBAL);
	file.n = (size_t)H5Fget_file_image(out, NULL, 0);
	file.p = bytes = malloc(file.n);
	H5Fget_file_image(out, bytes, file.n);
	H5Fclose(out);
	/* It is found to be a MobileNet, without its classifier. */
	expect_refused(file, "Keras MobileNet: the file has no layer 'conv_preds'");
}

static struct span bad_vgg(const char *layer, enum kw_how how)
{
	struct kw w = { .bad = layer, .how = how };

	return kw_vgg(&w, 16, 16, 10);
}

Test(keras, what_is_wrong_is_said)
{
	struct kw w = { 0 };
	struct span file;

	expect_refused(bad_vgg("fc2", KW_DOUBLE), "tensor 'fc2_W_1:0' has elements of 64 bits");
	expect_refused(bad_vgg("fc2", KW_NAN), "'fc2_W_1:0' is NaN or infinite at index");
	expect_refused(bad_vgg("fc2", KW_NARROW),
	               "tensor 'fc2_b_1:0' has 256 numbers; expected 257");
	expect_refused(bad_vgg("fc1", KW_RANK), "tensor 'fc1_W_1:0' has rank 1; expected rank 2");
	expect_refused(bad_vgg("block3_conv1", KW_NARROW), "expected 17");
	w.skip = "fc2";
	expect_refused(kw_vgg(&w, 16, 16, 10), "layer 'fc2' is named but has no group");
	w = (struct kw){ .bad = "bn2a_branch2a", .how = KW_ONE_NAME };
	expect_refused(kw_resnet50(&w, 8, 10, 0), "layer 'bn2a_branch2a' has 3 tensors");
	w = (struct kw){ 0 };
	kw_begin(&w);
	kw_dense(&w, "dense_1", 4, 2);
	expect_refused(kw_end(&w), "VGG19, VGG16, ResNet50, MobileNet");
	kw_begin(&w);
	kw_conv(&w, "block5_conv3", 2, 3, 4, 4);
	expect_refused(kw_end(&w), "Keras VGG16: the file has no layer 'predictions'");
	file = kw_mobilenet(&w, 8, 10);
	file.n /= 2;
	expect_refused(file, "damaged or truncated HDF5 file");
	file = kw_mobilenet(&w, 8, 10);
	file.n = 8;
	expect_refused(file, "damaged or truncated HDF5 file");
}
