/* Models of weights only. The files of tests/vectors/weights are made by make_weights.py: kernels
 * are ramps 0, 1/4, 2/4 .. in row-major order. */
#include "base/file.h"
#include "model/importer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WEIGHTS TEST_VECTORS "/weights/"

static struct model *load_path(const char *path)
{
	struct err e = { 0 };
	struct model *m = NULL;

	cr_assert_eq(model_load(&m, path, "net", &e), ST_OK, "%s", e.msg);
	return m;
}

static void expect_ramp(const struct model *m, size_t i, const char *name, const char *layer,
                        const char *shape)
{
	const struct kernel *k = &m->kernels[i];
	char text[64];

	shape_text(&k->shape, text);
	cr_expect_str_eq(k->name, name);
	cr_expect_str_eq(k->layer, layer);
	cr_expect_str_eq(text, shape);
	cr_expect_eq(k->channels, k->shape.dim[0]);
	for (size_t j = 0; j < k->n; j++)
		cr_assert_eq(k->w[j], (float)j / 4, "%s: %zu", name, j);
}

Test(weights, folder_of_npy)
{
	struct model *m = load_path(WEIGHTS "net");
	struct err e = { 0 };

	cr_assert_eq(m->n_kernels, 4);
	expect_ramp(m, 0, "a.conv.weight", "a.conv", "4x2x3x3");
	expect_ramp(m, 1, "b.dense.weight", "b.dense", "3x5"); /* column-major in the file */
	expect_ramp(m, 2, "c.half", "c.half", "2x6");
	expect_ramp(m, 3, "d.conv_fortran", "d.conv_fortran", "2x3x2x2");
	cr_expect_eq(m->n_weights, 72 + 15 + 12 + 24);
	cr_expect_eq(m->n_other, 4 + 1);
	cr_expect_not(model_has_graph(m));
	cr_expect_eq(model_need_graph(m, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "data=none"));
	model_free(m);
}

Test(weights, one_npy)
{
	struct model *m = load_path(WEIGHTS "net/c.half.npy");

	cr_assert_eq(m->n_kernels, 1);
	expect_ramp(m, 0, "net", "net", "2x6");
	model_free(m);
}

Test(weights, safetensors)
{
	struct model *m = load_path(WEIGHTS "net.safetensors");

	cr_assert_eq(m->n_kernels, 3);
	expect_ramp(m, 0, "conv.weight", "conv", "4x2x3x3");
	expect_ramp(m, 1, "half.weight", "half", "2x6");
	expect_ramp(m, 2, "brain", "brain", "3x4");
	cr_expect_eq(m->n_other, 4 + 1);
	/* Floats that lie well in the file are not copied: conv.weight is followed by conv.bias. */
	cr_expect_eq(m->kernels[0].w[72 + 3], 0.75f);
	model_free(m);
}

/* The content of a folder is its digest, wherever it lies. */
Test(weights, digest_of_a_folder)
{
	char dir[] = "/tmp/hcbench_weights_XXXXXX", path[256];
	struct model *a, *b;
	struct arena arena = { 0 };
	struct span file;
	struct err e = { 0 };

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(file_read(&arena, WEIGHTS "net/c.half.npy", 1 << 20, &file, &e), ST_OK);
	snprintf(path, sizeof(path), "%s/c.half.npy", dir);
	cr_assert_eq(file_write(path, file.p, file.n, &e), ST_OK);
	a = load_path(dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/d.half.npy", dir);
	cr_assert_eq(file_write(path, file.p, file.n, &e), ST_OK);
	b = load_path(dir);
	cr_expect(memcmp(&a->digest, &b->digest, sizeof(a->digest)), "the name counts");
	model_free(b);
	unlink(path);
	snprintf(path, sizeof(path), "%s/c.half.npy", dir);
	cr_assert_eq(file_write(path, file.p, file.n, &e), ST_OK);
	b = load_path(dir);
	cr_expect_eq(memcmp(&a->digest, &b->digest, sizeof(a->digest)), 0);
	unlink(path);
	rmdir(dir);
	model_free(a);
	model_free(b);
	arena_release(&arena);
}

/* A safetensors file of this header and n bytes of data, all 0 but for the last 4: a NaN. */
static struct span safetensors(struct arena *a, const char *header, size_t n)
{
	const size_t length = strlen(header);
	unsigned char *p = arena_alloc(a, 8 + length + n, 1);

	p[0] = (unsigned char)length;
	p[1] = (unsigned char)(length >> 8);
	memcpy(p + 8, header, length);
	if (n >= 4)
		memcpy(p + 8 + length + n - 4, &(float){ NAN }, 4);
	return (struct span){ p, 8 + length + n };
}

static void expect_refused(struct span file, const char *want)
{
	struct err e = { 0 };
	struct model *m;

	cr_expect_eq(model_load_memory(&m, file, "file", &e), ST_DATA, "%s", want);
	cr_expect(strstr(e.msg, want), "'%s' lacks '%s'", e.msg, want);
	cr_expect_null(strchr(e.msg, '\n'));
	model_free(m);
}

static void refuse_tensors(struct arena *a, const char *header, size_t n, const char *want)
{
	expect_refused(safetensors(a, header, n), want);
}

#define T(type, shape, offsets) \
	"{\"dtype\":\"" type "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

Test(weights, bad_safetensors)
{
	struct arena a = { 0 };
	struct span file = safetensors(&a, "{\"w\":" T("F32", "2,2", "0,16") "}", 16);

	refuse_tensors(&a, "{", 0, "no JSON object");
	refuse_tensors(&a, "{}", 0, "nothing to compress");
	refuse_tensors(&a, "{} {}", 0, "no JSON object");
	refuse_tensors(&a, "{\"b\":" T("F32", "4", "0,16") "}", 16, "nothing to compress");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2", "0,16") "}", 15, "no range of the 15 bytes");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2", "0,16") "}", 17, "1 bytes at the end");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2", "1,17") "}", 17, "begins at byte 1");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,3", "0,16") "}", 16,
	               "6 elements of F32 but 16 bytes");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2", "0,16") "}", 16, "NaN or infinite at index 3");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2", "16,0") "}", 16, "no range");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2", "0,16,16") "}", 16, "no range");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,-2", "0,16") "}", 16, "no list of sizes");
	refuse_tensors(&a, "{\"w\":" T("F32", "2,2.0", "0,16") "}", 16, "no list of sizes");
	refuse_tensors(&a, "{\"w\":" T("F32", "4294967296,4294967296", "0,16") "}", 16,
	               "no list of sizes");
	refuse_tensors(&a, "{\"w\":" T("F32", "1,1,1,1,1,1,1", "0,4") "}", 4,
	               "at most 6 dimensions");
	refuse_tensors(&a, "{\"w\":" T("F64", "1,2", "0,16") "}", 16, "type F64; expected 32-bit");
	refuse_tensors(&a, "{\"w\":" T("F31", "1,2", "0,8") "}", 8, "dtype F31");
	refuse_tensors(&a, "{\"w\":" T("F32", "0,2", "0,0") "}", 0, "no list of sizes");
	refuse_tensors(&a, "{\"w\":3}", 0, "dtype missing");
	refuse_tensors(&a, "{\"w\":" T("I8", "1", "0,1") ",\"w\":" T("I8", "1", "1,2") "}", 2,
	               "duplicate");
	refuse_tensors(&a, "{\"w\":" T("I8", "2", "0,2") ",\"v\":" T("I8", "2", "1,3") "}", 3,
	               "overlap");
	refuse_tensors(&a, "{\"w\":" T("I8", "2", "0,2") ",\"v\":" T("I8", "1", "3,4") "}", 4,
	               "or gap");
	refuse_tensors(&a, "{\"a\\nb\":" T("F32", "1,1", "0,4") "}", 4, "control characters");
	file.n = 40;
	expect_refused(file, "truncated");
	arena_release(&a);
}

/* A .npy file of version 1 with this header and n bytes of data. */
static struct span array(struct arena *a, const char *header, size_t n)
{
	const size_t length = strlen(header);
	unsigned char *p = arena_alloc(a, 10 + length + n, 1);

	memcpy(p, "\x93NUMPY\x01\x00", 8);
	p[8] = (unsigned char)length;
	memcpy(p + 10, header, length);
	return (struct span){ p, 10 + length + n };
}

static void refuse_array(struct arena *a, const char *header, size_t n, const char *want)
{
	expect_refused(array(a, header, n), want);
}

#define H(descr, fortran, shape) \
	"{'descr': " descr ", 'fortran_order': " fortran ", 'shape': " shape ", }\n"

Test(weights, bad_npy)
{
	struct arena a = { 0 };
	struct span file = array(&a, H("'<f4'", "False", "(1, 2)"), 8);

	refuse_array(&a, H("'<f4'", "False", "(2, 2)"), 15, "declared 2x2 of <f4 but holds 15");
	refuse_array(&a, H("'<f4'", "False", "(2, 2)"), 20, "holds 20 bytes");
	refuse_array(&a, H("'<f4'", "False", "(4,)"), 16, "nothing to compress");
	refuse_array(&a, H("'<f4'", "False", "()"), 4, "nothing to compress");
	refuse_array(&a, H("'<f8'", "False", "(1, 2)"), 16, "type <f8; expected 32-bit floats");
	refuse_array(&a, H("'>f4'", "False", "(1, 2)"), 8, "type >f4");
	refuse_array(&a, H("'<f4'", "Falsch", "(1, 2)"), 8, "expected a header");
	refuse_array(&a, H("'<f4'", "False", "(1, 2"), 8, "expected a header");
	refuse_array(&a, H("'<f4'", "False", "(1, -2)"), 8, "expected a header");
	refuse_array(&a, H("'<f4'", "False", "(1,1,1,1,1,1,1)"), 4, "at most 6 dimensions");
	refuse_array(&a, H("'<f4'", "False", "(99999999999999999999, 2)"), 8, "expected a header");
	refuse_array(&a, H("'<f4'", "False", "(4611686018427387904, 4)"), 0, "holds 0 bytes");
	refuse_array(&a, H("[('a', '<f4')]", "False", "(1, 2)"), 8, "expected a header");
	refuse_array(&a, H("'|O'", "False", "(1, 2)"), 8, "expected a header");
	refuse_array(&a, "{'descr': '<f4', 'shape': (1, 2), }", 8, "expected a header");
	refuse_array(&a, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}",
	             8, "expected a header");
	refuse_array(&a, H("'<f4'", "False", "(0, 2)"), 0, "empty");
	file.n = 20;
	expect_refused(file, "cut off");
	((unsigned char *)(uintptr_t)file.p)[6] = 4;
	expect_refused(file, "version 1 to 3");
	arena_release(&a);
}

/* Halves by the definition: 1 + 1/1024 at 0x3c01, the smallest 2^-24, the largest 65504. */
Test(weights, half_precision)
{
	static const uint16_t half[] = { 0x3c01, 0x0001, 0x7bff, 0x8000, 0xc000, 0x03ff };
	static const float want[] = {
		1.0009765625f, 5.9604644775390625e-8f, 65504, -0.0f, -2, 6.097555160522461e-5f
	};
	struct arena a = { 0 };
	struct span file = array(&a, H("'<f2'", "False", "(6, 1)"), 12);
	struct err e = { 0 };
	struct model *m;
	unsigned char *p = (unsigned char *)(uintptr_t)file.p + file.n - 12;

	for (size_t i = 0; i < 6; i++) {
		p[2 * i] = (unsigned char)half[i];
		p[2 * i + 1] = (unsigned char)(half[i] >> 8);
	}
	cr_assert_eq(model_load_memory(&m, file, "half", &e), ST_OK, "%s", e.msg);
	for (size_t i = 0; i < 6; i++)
		cr_expect_eq(m->kernels[0].w[i], want[i], "%zu", i);
	cr_expect(signbit(m->kernels[0].w[3]));
	model_free(m);
	p[1] = 0x7c; /* infinite */
	p[0] = 0;
	expect_refused(file, "NaN or infinite at index 0");
	arena_release(&a);
}
