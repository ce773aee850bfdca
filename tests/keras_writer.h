/* Writes files of weights in the layout of Keras: HDF5, a group per layer, the lists layer_names
 * and weight_names. The file stays in memory. */
#ifndef HCB_TESTS_KERAS_WRITER_H
#define HCB_TESTS_KERAS_WRITER_H

#include "base/span.h"

#include <hdf5.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KW_LAYERS = 200, KW_NAME = 48 };

struct kw {
	hid_t file;
	size_t n;
	char layer[KW_LAYERS][KW_NAME];
	size_t weights;   /* floats of tensors of rank 2 and 4 */
	uint32_t state;   /* of the pseudo-random weights */
	const char *skip; /* layer that is named but not written, or NULL */
	const char *bad;  /* layer that is written wrongly, or NULL; how: */
	enum kw_how { KW_DOUBLE = 1, KW_NAN, KW_NARROW, KW_RANK, KW_ONE_NAME } how;
};

static inline void kw_begin(struct kw *w)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);

	H5Pset_fapl_core(access, 1 << 20, 0);
	w->n = w->weights = 0;
	w->state = 20210407;
	w->file = H5Fcreate("keras_writer_in_memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
	H5Pclose(access);
}

static inline void kw_names(hid_t at, const char *what, const char *names, size_t n)
{
	hsize_t dim = n;
	hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &dim, NULL), a;

	H5Tset_size(type, KW_NAME);
	a = H5Acreate2(at, what, type, space, H5P_DEFAULT, H5P_DEFAULT);
	if (n)
		H5Awrite(a, type, names);
	H5Aclose(a);
	H5Sclose(space);
	H5Tclose(type);
}

static inline float kw_next(struct kw *w, size_t fan_in)
{
	w->state = w->state * 1664525U + 1013904223U;
	return ((float)(w->state >> 8) / (float)(1 << 24) - 0.5f) * 4.0f / (float)fan_in;
}

/* One tensor. Vectors are near 1 (positive, so that they may be variances), kernels near 0. */
static inline void kw_tensor(struct kw *w, hid_t group, const char *name, unsigned rank,
                             const hsize_t *dim, int how)
{
	size_t n = 1, fan;
	hid_t space, set, type = how == KW_DOUBLE ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
	float *v;

	for (unsigned i = 0; i < rank; i++)
		n *= (size_t)dim[i];
	fan = rank > 1 && n ? n / (size_t)dim[rank - 1] : 10;
	v = malloc((n + 1) * sizeof(*v));
	for (size_t i = 0; i < n; i++)
		v[i] = kw_next(w, fan) + (rank == 1 ? 1.0f : 0.0f);
	if (how == KW_NAN && n)
		v[n / 2] = NAN;
	w->weights += rank > 1 ? n : 0;
	space = H5Screate_simple((int)rank, dim, NULL);
	set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	if (n)
		H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, v);
	H5Dclose(set);
	H5Sclose(space);
	free(v);
}

/* A layer of n tensors, of which the first has this rank and shape and the others one number per
 * output. */
static inline void kw_layer(struct kw *w, const char *layer, size_t n, unsigned rank,
                            const hsize_t *shape)
{
	static const char *const suffix[] = { "W_1:0", "b_1:0", "running_mean:0", "running_std:0" };
	char names[4][KW_NAME] = { { 0 } };
	hsize_t dim[4] = { 0 }, one[1];
	const int how = w->bad && !strcmp(w->bad, layer) ? (int)w->how : 0;
	hid_t group;

	memset(w->layer[w->n], 0, KW_NAME);
	snprintf(w->layer[w->n++], KW_NAME, "%s", layer);
	if (w->skip && !strcmp(w->skip, layer))
		return;
	group = H5Gcreate2(w->file, layer, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	for (size_t i = 0; i < n; i++)
		snprintf(names[i], KW_NAME, "%.30s_%s", layer, suffix[i]);
	kw_names(group, "weight_names", names[0], how == KW_ONE_NAME ? n - 1 : n);
	if (n) {
		memcpy(dim, shape, rank * sizeof(*dim));
		one[0] = dim[rank - 1];
		if (rank == 4 && dim[3] == 1) /* depthwise: outputs are the channels */
			one[0] = dim[2];
		dim[rank - 1] += how == KW_NARROW;
		if (how == KW_RANK && rank > 1)
			dim[--rank - 1] = 1;
		kw_tensor(w, group, names[0], rank, dim, how);
		for (size_t i = 1; i < n; i++)
			kw_tensor(w, group, names[i], 1, one, 0);
	}
	H5Gclose(group);
}

static inline void kw_conv(struct kw *w, const char *layer, size_t n, hsize_t side, hsize_t in,
                           hsize_t out)
{
	kw_layer(w, layer, n, 4, (const hsize_t[]){ side, side, in, out });
}

static inline void kw_dense(struct kw *w, const char *layer, hsize_t in, hsize_t out)
{
	kw_layer(w, layer, 2, 2, (const hsize_t[]){ in, out });
}

static inline void kw_norm(struct kw *w, const char *layer, hsize_t n)
{
	kw_layer(w, layer, 4, 1, &n);
}

/* The bytes of the file, to be freed. */
static inline struct span kw_end(struct kw *w)
{
	ssize_t n;
	void *bytes;

	kw_names(w->file, "layer_names", w->layer[0], w->n);
	H5Fflush(w->file, H5F_SCOPE_GLOBAL);
	n = H5Fget_file_image(w->file, NULL, 0);
	bytes = malloc((size_t)n);
	H5Fget_file_image(w->file, bytes, (size_t)n);
	H5Fclose(w->file);
	return (struct span){ bytes, (size_t)n };
}

/* The networks with widths divided by `thin` and this many classes. */
static inline struct span kw_vgg(struct kw *w, unsigned deep, hsize_t thin, hsize_t classes)
{
	const hsize_t width[] = { 64 / thin, 128 / thin, 256 / thin, 512 / thin, 512 / thin };
	const hsize_t hidden = 4096 / thin;
	hsize_t in = 3;
	char name[KW_NAME];

	kw_begin(w);
	kw_layer(w, "input_1", 0, 0, NULL);
	for (unsigned b = 0; b < 5; b++) {
		for (unsigned i = 0; i < (b < 2 ? 2 : deep == 16 ? 3U : 4U); i++) {
			snprintf(name, sizeof(name), "block%u_conv%u", b + 1, i + 1);
			kw_conv(w, name, 2, 3, in, width[b]);
			in = width[b];
		}
		snprintf(name, sizeof(name), "block%u_pool", b + 1);
		kw_layer(w, name, 0, 0, NULL);
	}
	kw_layer(w, "flatten", 0, 0, NULL);
	kw_dense(w, "fc1", 49 * in, hidden);
	kw_dense(w, "fc2", hidden, hidden);
	kw_dense(w, "predictions", hidden, classes);
	return kw_end(w);
}

static inline void kw_bottleneck(struct kw *w, unsigned stage, char block, hsize_t *in,
                                 hsize_t width)
{
	const hsize_t from[] = { *in, width, width }, to[] = { width, width, 4 * width };
	char name[KW_NAME];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "res%u%c_branch2%c", stage, block, 'a' + (char)i);
		kw_conv(w, name, 2, i == 1 ? 3 : 1, from[i], to[i]);
		snprintf(name, sizeof(name), "bn%u%c_branch2%c", stage, block, 'a' + (char)i);
		kw_norm(w, name, to[i]);
	}
	if (block == 'a') {
		snprintf(name, sizeof(name), "res%u%c_branch1", stage, block);
		kw_conv(w, name, 2, 1, *in, 4 * width);
		snprintf(name, sizeof(name), "bn%u%c_branch1", stage, block);
		kw_norm(w, name, 4 * width);
	}
	*in = 4 * width;
}

/* pool1_pad: as later releases save it. */
static inline struct span kw_resnet50(struct kw *w, hsize_t thin, hsize_t classes, int pool1_pad)
{
	static const unsigned blocks[] = { 3, 4, 6, 3 };
	hsize_t in = 64 / thin;

	kw_begin(w);
	kw_conv(w, "conv1", 2, 7, 3, in);
	kw_norm(w, "bn_conv1", in);
	if (pool1_pad)
		kw_layer(w, "pool1_pad", 0, 0, NULL);
	for (unsigned s = 2; s < 6; s++)
		for (unsigned i = 0; i < blocks[s - 2]; i++)
			kw_bottleneck(w, s, (char)('a' + (int)i), &in, (32U << (s - 1)) / thin);
	kw_dense(w, "fc1000", in, classes);
	return kw_end(w);
}

static inline struct span kw_mobilenet(struct kw *w, hsize_t thin, hsize_t classes)
{
	static const unsigned width[] = { 64,  128, 128, 256, 256,  512, 512,
		                          512, 512, 512, 512, 1024, 1024 };
	hsize_t in = 32 / thin;
	char name[KW_NAME];

	kw_begin(w);
	kw_conv(w, "conv1", 1, 3, 3, in);
	kw_norm(w, "conv1_bn", in);
	for (unsigned i = 0; i < 13; i++) {
		snprintf(name, sizeof(name), "conv_dw_%u", i + 1);
		kw_layer(w, name, 1, 4, (const hsize_t[]){ 3, 3, in, 1 });
		snprintf(name, sizeof(name), "conv_dw_%u_bn", i + 1);
		kw_norm(w, name, in);
		snprintf(name, sizeof(name), "conv_pw_%u", i + 1);
		kw_conv(w, name, 1, 1, in, width[i] / thin);
		in = width[i] / thin;
		snprintf(name, sizeof(name), "conv_pw_%u_bn", i + 1);
		kw_norm(w, name, in);
	}
	kw_conv(w, "conv_preds", 2, 1, in, classes);
	return kw_end(w);
}

#endif
