#include "model/keras_net.h"

#include "model/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_SIDE = 224, NAME = 64 };

/* The value at the end of what is built so far. */
struct build {
	struct model *m;
	struct keras_file *f;
	size_t at;
};

struct conv {
	size_t stride, pad_begin, pad_end;
	bool depthwise;
};

static enum status begin(struct build *b, struct model *m, struct keras_file *f, struct err *e)
{
	const struct shape image = {
		.rank = 3, .dim = {3, INPUT_SIDE, INPUT_SIDE}
	};

	*b = (struct build){ .m = m, .f = f };
	return graph_input(m, "input_1", &image, &b->at, e);
}

/* From H x W x C rows of n outputs to n x C x H x W. Outputs are taken a cache line at a time,
 * since the first dense layer of VGG has 100 million weights. */
static void to_canonical(const float *src, size_t pixels, size_t channels, size_t n, float *dst)
{
	enum { LINE = 16 };
	const size_t size = pixels * channels;

	for (size_t first = 0; first < n; first += LINE) {
		const size_t end = n - first < LINE ? n : first + LINE;

		for (size_t p = 0; p < pixels; p++)
			for (size_t c = 0; c < channels; c++)
				for (size_t o = first; o < end; o++)
					dst[o * size + c * pixels + p] =
					        src[(p * channels + c) * n + o];
	}
}

/* One number per output: tensor i of the layer, in the model's arena. */
static enum status read_vector(struct build *b, const char *layer, size_t i, size_t n,
                               const float **out, struct err *e)
{
	struct shape shape;
	const char *name;
	float *v, *copy;
	enum status rc = keras_read(b->f, layer, i, 1, &shape, &name, &v, e);

	if (rc)
		return rc;
	if (shape.dim[0] != n) {
		free(v);
		return err_set(e, ST_DATA,
		               "layer '%.80s': tensor '%.80s' has %zu numbers; expected %zu", layer,
		               name, shape.dim[0], n);
	}
	copy = ARENA_NEW(&b->m->arena, float, n);
	for (size_t j = 0; j < n && copy; j++)
		copy[j] = v[j];
	free(v);
	*out = copy;
	return copy ? ST_OK : err_nomem(e);
}

/* Tensor 0 of the layer as a kernel of n outputs over `pixels` pixels of `channels` channels. */
static enum status keep_kernel(struct build *b, struct kernel *k, float *raw, size_t pixels,
                               size_t channels, struct err *e)
{
	const size_t n = k->shape.dim[0], size = n * pixels * channels;
	float *w = ARENA_NEW(&b->m->arena, float, size);

	if (w)
		to_canonical(raw, pixels, channels, n, w);
	free(raw);
	k->w = w;
	return w ? ST_OK : err_nomem(e);
}

/* The bias, where the layer has a second tensor. */
static enum status read_bias(struct build *b, const struct kernel *k, const float **bias,
                             struct err *e)
{
	size_t n;
	enum status rc = keras_count(b->f, k->layer, &n, e);

	*bias = NULL;
	return rc || n < 2 ? rc : read_vector(b, k->layer, 1, k->shape.dim[0], bias, e);
}

/* TensorFlow keeps a kernel as H x W x I x O, a depthwise one as H x W x I x M, whose filter m of
 * channel i makes channel i M + m. */
static enum status conv(struct build *b, const char *layer, struct conv c, struct err *e)
{
	struct kernel k = { .layer = layer, .groups = 1 };
	const float *bias;
	struct window w;
	struct shape s;
	float *raw;
	enum status rc = keras_read(b->f, layer, 0, 4, &s, &k.name, &raw, e);

	if (rc)
		return rc;
	k.shape = (struct shape){
		.rank = 4, .dim = {s.dim[3], s.dim[2], s.dim[0], s.dim[1]}
	};
	if (c.depthwise) {
		k.groups = s.dim[2];
		k.shape.dim[0] = s.dim[2] * s.dim[3];
		k.shape.dim[1] = 1;
	}
	w = (struct window){
		.kernel = {s.dim[0],     s.dim[1]   },
		.stride = { c.stride,    c.stride   },
		.dilation = { 1,           1          },
		.pad_begin = { c.pad_begin, c.pad_begin},
		.pad_end = { c.pad_end,   c.pad_end  },
	};
	rc = keep_kernel(b, &k, raw, s.dim[0] * s.dim[1], k.shape.dim[1], e);
	if (!rc)
		rc = read_bias(b, &k, &bias, e);
	return rc ? rc : graph_conv(b->m, layer, b->at, &k, &w, bias, &b->at, e);
}

/* Keras flattens an image as H x W x C, hcbench as C x H x W: for a dense layer behind an image the
 * columns of the kernel move with the pixels that they weigh, so that the network computes the same
 * and its weights are the same but for their order. */
static enum status dense(struct build *b, const char *layer, struct err *e)
{
	const struct shape in = b->m->values[b->at].shape;
	size_t pixels = in.rank == 3 ? in.dim[1] * in.dim[2] : 1;
	struct kernel k = { .layer = layer, .groups = 1, .transposed = true };
	const float *bias;
	struct shape s;
	float *raw;
	char flat[NAME];
	enum status rc = keras_read(b->f, layer, 0, 2, &s, &k.name, &raw, e);

	if (rc)
		return rc;
	k.shape = (struct shape){
		.rank = 2, .dim = {s.dim[1], s.dim[0]}
	};
	if (s.dim[0] % pixels)
		pixels = 1; /* does not fit, which graph_dense() says */
	rc = keep_kernel(b, &k, raw, pixels, s.dim[0] / pixels, e);
	snprintf(flat, sizeof(flat), "%.40s_flatten", layer);
	if (!rc && in.rank == 3)
		rc = graph_unary(b->m, OP_FLATTEN, flat, b->at, &b->at, e);
	if (!rc)
		rc = read_bias(b, &k, &bias, e);
	return rc ? rc : graph_dense(b->m, layer, b->at, &k, bias, &b->at, e);
}

/* (v - mean) / sqrt(variance + epsilon) * gamma + beta with Keras' epsilon, rounded once. */
static enum status batchnorm(struct build *b, const char *layer, struct err *e)
{
	enum { GAMMA, BETA, MEAN, VARIANCE, N };
	const double epsilon = 1e-3;
	const size_t n = b->m->values[b->at].shape.dim[0];
	const float *p[N];
	float *scale = ARENA_NEW(&b->m->arena, float, n),
	      *shift = ARENA_NEW(&b->m->arena, float, n);
	enum status rc = scale && shift ? ST_OK : err_nomem(e);

	for (size_t i = 0; i < N && !rc; i++)
		rc = read_vector(b, layer, i, n, &p[i], e);
	if (rc)
		return rc;
	for (size_t c = 0; c < n; c++) {
		double factor = (double)p[GAMMA][c] / sqrt((double)p[VARIANCE][c] + epsilon);

		scale[c] = (float)factor;
		shift[c] = (float)((double)p[BETA][c] - (double)p[MEAN][c] * factor);
	}
	return graph_scale(b->m, layer, b->at, scale, shift, &b->at, e);
}

static enum status relu(struct build *b, const char *layer, struct err *e)
{
	char name[NAME];

	snprintf(name, sizeof(name), "%.40s_relu", layer);
	return graph_unary(b->m, OP_RELU, name, b->at, &b->at, e);
}

static enum status maxpool(struct build *b, const char *name, size_t side, size_t pad,
                           struct err *e)
{
	const struct window w = {
		.kernel = {side, side},
		.stride = { 2,   2   },
		.dilation = { 1,   1   },
		.pad_begin = { pad, pad },
		.pad_end = { pad, pad },
	};

	return graph_maxpool(b->m, name, b->at, &w, &b->at, e);
}

static enum status finish(struct build *b, struct err *e)
{
	enum status rc = graph_unary(b->m, OP_SOFTMAX, "softmax", b->at, &b->at, e);

	return rc ? rc : graph_output(b->m, b->at, e);
}

static enum status no_classifier(const struct build *b, const char *layer, struct err *e)
{
	if (keras_has(b->f, layer))
		return ST_OK;
	return err_set(e, ST_DATA,
	               "the file has no layer '%s': expected the weights with the classifier, not "
	               "those of a file named ..notop",
	               layer);
}

/* Blocks of 3 x 3 convolutions that keep the size, each block ended by a pooling that halves it. */
static enum status build_vgg(struct model *m, struct keras_file *f, const unsigned convs[5],
                             struct err *e)
{
	static const char *const classifier[] = { "fc1", "fc2", "predictions" };
	const struct conv same = { .stride = 1, .pad_begin = 1, .pad_end = 1 };
	char name[NAME];
	struct build b;
	enum status rc = begin(&b, m, f, e);

	if (!rc)
		rc = no_classifier(&b, "predictions", e);
	for (unsigned block = 0; block < 5 && !rc; block++) {
		for (unsigned i = 0; i < convs[block] && !rc; i++) {
			snprintf(name, sizeof(name), "block%u_conv%u", block + 1, i + 1);
			rc = conv(&b, name, same, e);
			if (!rc)
				rc = relu(&b, name, e);
		}
		snprintf(name, sizeof(name), "block%u_pool", block + 1);
		if (!rc)
			rc = maxpool(&b, name, 2, 0, e);
	}
	for (size_t i = 0; i < 3 && !rc; i++) {
		rc = dense(&b, classifier[i], e);
		if (!rc && i < 2)
			rc = relu(&b, classifier[i], e);
	}
	return rc ? rc : finish(&b, e);
}

static enum status build_vgg16(struct model *m, struct keras_file *f, struct err *e)
{
	return build_vgg(m, f, (const unsigned[]){ 2, 2, 3, 3, 3 }, e);
}

static enum status build_vgg19(struct model *m, struct keras_file *f, struct err *e)
{
	return build_vgg(m, f, (const unsigned[]){ 2, 2, 4, 4, 4 }, e);
}

/* Convolution res<at> and normalization bn<at>. */
static enum status conv_norm(struct build *b, const char *at, size_t stride, size_t pad,
                             struct err *e)
{
	const struct conv c = { .stride = stride, .pad_begin = pad, .pad_end = pad };
	char name[NAME];
	enum status rc;

	snprintf(name, sizeof(name), "res%.40s", at);
	rc = conv(b, name, c, e);
	snprintf(name, sizeof(name), "bn%.40s", at);
	return rc ? rc : batchnorm(b, name, e);
}

/* 1 x 1, 3 x 3, 1 x 1 beside the identity or, in the first block of a stage, beside a 1 x 1
 * convolution. The first 1 x 1 has the stride, as in the Caffe network that the weights are of. */
static enum status bottleneck(struct build *b, unsigned stage, char block, struct err *e)
{
	const size_t stride = block == 'a' && stage > 2 ? 2 : 1, in = b->at;
	size_t shortcut = in;
	char at[3][NAME];
	enum status rc = ST_OK;

	for (unsigned i = 0; i < 3 && !rc; i++) {
		snprintf(at[i], NAME, "%u%c_branch2%c", stage, block, 'a' + (char)i);
		rc = conv_norm(b, at[i], i ? 1 : stride, i == 1, e);
		if (!rc && i < 2)
			rc = relu(b, at[i], e);
	}
	if (!rc && block == 'a') {
		const size_t main_path = b->at;

		b->at = in;
		snprintf(at[0], NAME, "%u%c_branch1", stage, block);
		rc = conv_norm(b, at[0], stride, 0, e);
		shortcut = b->at;
		b->at = main_path;
	}
	snprintf(at[0], NAME, "add_%u%c", stage, block);
	if (!rc)
		rc = graph_binary(b->m, OP_ADD, at[0], b->at, shortcut, &b->at, e);
	return rc ? rc : relu(b, at[0], e);
}

/* The published file (v0.2 of fchollet/deep-learning-models) is of a network that pools without
 * padding, 112 to 55 pixels: resnet50.py there, and in the first keras-applications. Later releases
 * put a layer pool1_pad of one pixel before the pooling; a file saved by one of those names it. */
static enum status build_resnet50(struct model *m, struct keras_file *f, struct err *e)
{
	static const unsigned blocks[] = { 3, 4, 6, 3 };
	const struct conv first = { .stride = 2, .pad_begin = 3, .pad_end = 3 };
	struct build b;
	enum status rc = begin(&b, m, f, e);

	if (!rc)
		rc = no_classifier(&b, "fc1000", e);
	if (!rc)
		rc = conv(&b, "conv1", first, e);
	if (!rc)
		rc = batchnorm(&b, "bn_conv1", e);
	if (!rc)
		rc = relu(&b, "conv1", e);
	if (!rc)
		rc = maxpool(&b, "pool1", 3, keras_has(f, "pool1_pad"), e);
	for (unsigned stage = 2; stage < 6; stage++)
		for (unsigned i = 0; i < blocks[stage - 2] && !rc; i++)
			rc = bottleneck(&b, stage, (char)('a' + (int)i), e);
	if (!rc)
		rc = graph_global_avgpool(m, "avg_pool", b.at, &b.at, e);
	if (!rc)
		rc = dense(&b, "fc1000", e);
	return rc ? rc : finish(&b, e);
}

/* Convolution, normalization, ReLU6. With stride 2 the padding of one pixel is at the end only:
 * TensorFlow's "same", which later releases write as a padding layer of its own. */
static enum status conv_relu6(struct build *b, const char *layer, struct conv c, struct err *e)
{
	char name[NAME];
	enum status rc = conv(b, layer, c, e);

	snprintf(name, sizeof(name), "%.40s_bn", layer);
	if (!rc)
		rc = batchnorm(b, name, e);
	snprintf(name, sizeof(name), "%.40s_relu", layer);
	return rc ? rc : graph_clip(b->m, name, b->at, 0, 6, &b->at, e);
}

static enum status build_mobilenet(struct model *m, struct keras_file *f, struct err *e)
{
	static const unsigned strides[] = { 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1 };
	const struct conv point = { .stride = 1 };
	char name[NAME];
	struct build b;
	enum status rc = begin(&b, m, f, e);

	if (!rc)
		rc = no_classifier(&b, "conv_preds", e);
	if (!rc)
		rc = conv_relu6(&b, "conv1", (struct conv){ .stride = 2, .pad_end = 1 }, e);
	for (unsigned i = 0; i < sizeof(strides) / sizeof(strides[0]) && !rc; i++) {
		const struct conv depthwise = { .stride = strides[i],
			                        .pad_begin = strides[i] == 1,
			                        .pad_end = 1,
			                        .depthwise = true };

		snprintf(name, sizeof(name), "conv_dw_%u", i + 1);
		rc = conv_relu6(&b, name, depthwise, e);
		snprintf(name, sizeof(name), "conv_pw_%u", i + 1);
		if (!rc)
			rc = conv_relu6(&b, name, point, e);
	}
	if (!rc)
		rc = graph_global_avgpool(m, "global_average_pooling2d_1", b.at, &b.at, e);
	if (!rc)
		rc = conv(&b, "conv_preds", point, e);
	if (!rc)
		rc = graph_unary(m, OP_FLATTEN, "reshape_2", b.at, &b.at, e);
	return rc ? rc : finish(&b, e);
}

const struct keras_net keras_nets[] = {
	{"VGG19",      "block5_conv4",   build_vgg19    },
	{ "VGG16",     "block5_conv3",   build_vgg16    },
	{ "ResNet50",  "res5c_branch2c", build_resnet50 },
	{ "MobileNet", "conv_pw_13",     build_mobilenet},
};
const size_t n_keras_nets = sizeof(keras_nets) / sizeof(keras_nets[0]);
