/* Containers of points: the symbols and the size of a sweep, with every codec; what comes out again
 * is the quantized network. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "run/container.h"
#include "run/stages.h"

#define TOY     TEST_VECTORS "/onnx/ok_conv_pool_gemm.onnx"
#define NORMED  TEST_VECTORS "/onnx/ok_residual.onnx"
#define WEIGHTS TEST_VECTORS "/weights/net.safetensors"

/* A point on its way into a container. */
struct run {
	struct library l;
	struct pipeline *pl;
	struct point p;
	char path[64], out[80];
	struct hcw *h;
};

static void compress(struct run *r, const char *line)
{
	char key[DIGEST_HEX], lossy_key[DIGEST_HEX];
	struct err e;

	cr_assert_eq(library_init(&r->l, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(point_parse(&r->p, line, &e), ST_OK, "%s: %s", line, e.msg);
	cr_assert_eq(library_settle(&r->l, &r->p, key, lossy_key, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(pipeline_create(&r->pl, &r->l, &e), ST_OK);
	strcpy(r->path, "/tmp/container-test-XXXXXX");
	close(mkstemp(r->path));
	cr_assert_eq(container_write(r->pl, &r->p, r->path, &e), ST_OK, "%s: %s", line, e.msg);
	cr_assert_eq(hcw_open(&r->h, r->path, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(container_verify(r->h, &e), ST_OK, "%s: %s", line, e.msg);
}

static void release(struct run *r)
{
	hcw_close(r->h);
	pipeline_free(r->pl);
	library_release(&r->l);
	unlink(r->path);
	unlink(r->out);
}

/* The weights of kernel k by the stages themselves: quantized, trimmed, back to floats. */
static void check_kernel(struct run *r, const struct kernel *got, size_t k)
{
	const struct kernel *want = &r->pl->model->kernels[k];
	float *w = malloc(want->n * sizeof(*w));
	struct err e;

	cr_assert_eq(enter_quant(r->pl, &r->p, &e), ST_OK);
	dequantize(r->pl->quantized, want, k, trimmed_of(r->pl, r->p.trim, k), w);
	cr_assert_eq(got->n, want->n);
	cr_assert_str_eq(got->name, want->name);
	cr_assert_eq(memcmp(got->w, w, want->n * sizeof(*w)), 0, "%s", got->name);
	free(w);
}

static struct model *decompress(struct run *r, const char *extension, size_t only)
{
	struct model *m;
	struct err e;

	snprintf(r->out, sizeof(r->out), "%s%s", r->path, extension);
	cr_assert_eq(!strcmp(extension, ".onnx") ? container_to_onnx(r->h, r->out, &e)
	                                         : container_to_safetensors(r->h, only, r->out, &e),
	             ST_OK, "%s", e.msg);
	cr_assert_eq(model_load(&m, r->out, "again", &e), ST_OK, "%s", e.msg);
	return m;
}

static void check(const char *line)
{
	struct run r = { 0 };
	struct library fresh;
	struct model *m;
	uint64_t bits;
	struct err e;

	compress(&r, line);
	cr_assert_eq(pipeline_size(r.pl, &r.p, &bits, &e), ST_OK);
	cr_assert_eq(bits, r.h->bits.total, "%s", line);
	cr_assert_eq(memcmp(&r.h->info.digest, &r.pl->model->digest, sizeof(r.h->info.digest)), 0);
	cr_assert_eq(library_init(&fresh, &e), ST_OK);
	cr_assert_eq(container_compare(r.h, &fresh, r.p.model, &e), ST_OK, "%s", e.msg);
	library_release(&fresh);
	if (r.h->has_graph) {
		m = decompress(&r, ".onnx", 0);
		cr_assert_eq(m->n_nodes, r.pl->model->n_nodes);
		for (size_t k = 0; k < m->n_kernels; k++)
			check_kernel(&r, &m->kernels[k], k);
		model_free(m);
		unlink(r.out);
	}
	m = decompress(&r, ".safetensors", r.h->n_layers);
	cr_assert_eq(m->n_kernels, r.h->n_layers);
	for (size_t k = 0; k < m->n_kernels; k++)
		check_kernel(&r, &m->kernels[k], k);
	model_free(m);
	unlink(r.out);
	m = decompress(&r, ".safetensors", r.h->n_layers - 1);
	cr_assert_eq(m->n_kernels, 1);
	check_kernel(&r, &m->kernels[0], r.h->n_layers - 1);
	model_free(m);
	release(&r);
}

/* With its arguments, those without an initial value near their least. */
static void codec_line(const struct codec *c, char *out, size_t cap)
{
	int n = snprintf(out, cap, "codec=%s", c->name);

	for (size_t i = 0; i < CODEC_MAX_ARGS && c->arg[i].name; i++) {
		const struct codec_arg *a = &c->arg[i];
		uint32_t v =
		        a->initial >= a->least && a->initial <= a->most ? a->initial : a->least;

		n += snprintf(out + n, cap - (size_t)n, ":%u", v);
	}
}

Test(run_container, every_codec)
{
	static const char *const points[] = {
		"model=" TOY " data=none bits=4 group=2",
		"model=" TOY
		" data=none bits=5 trim=2 clip=9 dict_scope=layer order=array array=ws:3x2",
		"model=" TOY " data=none quant=affine bits=6 scope=channel group=3 port=256",
		"model=" TOY " data=none quant=none port=32",
		"model=" NORMED " data=none batchnorm=fold scope=global",
		"model=" WEIGHTS " data=none bits=7 group=2",
	};
	char codec[64], line[2048];

	for (size_t c = 0; c < n_codecs; c++)
		for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
			codec_line(codecs[c], codec, sizeof(codec));
			snprintf(line, sizeof(line), "%s %s", points[i], codec);
			check(line);
		}
}

/* Magnitudes above the largest level make symbols wider than the weights are. */
Test(run_container, published_scale)
{
	check("model=" TOY " data=none bits=4 scale=authors scope=global round=truncate codec=raw");
}

Test(run_container, another_model_is_found_out)
{
	struct run r = { 0 };
	struct library l;
	struct err e;

	compress(&r, "model=" TOY " data=none bits=4 codec=raw");
	cr_assert_eq(library_init(&l, &e), ST_OK);
	cr_assert_eq(container_compare(r.h, &l, NORMED, &e), ST_FAILED);
	cr_assert(strstr(e.msg, "layer"), "%s", e.msg);
	library_release(&l);
	release(&r);
}

/* The bytes of docs/container.md. 10 i + o (make_onnx.py) as O x I with 2 bits: row o is 0 + o, 10
 * + o, 20 + o, 30 + o, of which the first two become 0 and the others 1, so 00 00 01 01 = 05.
 * Before it 12 symbols and the scale 32 = 2^5: exponent 127 + 5 = 0x84, so 0 10000100 0.. = 42 00
 * 00 00. */
Test(run_container, golden_bytes)
{
	static const uint8_t want[16] = { 0, 0, 0, 12, 0x42, 0, 0, 0, 5, 5, 5 };
	struct arena a = { 0 };
	struct run r = { 0 };
	struct span file;
	struct err e;

	compress(&r, "model=" TEST_VECTORS "/onnx/ok_matmul_add.onnx data=none bits=2 codec=raw");
	cr_assert_eq(r.h->bits.total, 128);
	cr_assert_eq(file_read(&a, r.path, 1 << 20, &file, &e), ST_OK);
	cr_assert_eq(memcmp((const uint8_t *)file.p + 64, want, sizeof(want)), 0);
	cr_assert_eq(memcmp(file.p, "\x89HCW\r\n\x1a\n\4\3\2\1\1\0\0\0", 16), 0);
	arena_release(&a);
	release(&r);
}

/* A container that is damaged gives no model file, not even a part of one. */
Test(run_container, damage_leaves_nothing)
{
	struct run r = { 0 };
	struct err e;
	FILE *f;

	compress(&r, "model=" TOY " data=none bits=4 codec=raw");
	f = fopen(r.path, "r+b");
	cr_assert_not_null(f);
	fseek(f, 70, SEEK_SET); /* the first layer's side information or stream */
	fputc(0x5a, f);
	fclose(f);
	hcw_close(r.h);
	cr_assert_eq(hcw_open(&r.h, r.path, &e), ST_OK, "tables are whole: %s", e.msg);
	snprintf(r.out, sizeof(r.out), "%s.onnx", r.path);
	cr_assert_eq(container_to_onnx(r.h, r.out, &e), ST_DATA);
	cr_assert(strstr(e.msg, "offset") && !file_exists(r.out), "%s", e.msg);
	cr_assert_eq(container_to_safetensors(r.h, 0, r.out, &e), ST_DATA);
	cr_assert_not(file_exists(r.out));
	release(&r);
}

Test(run_container, weights_only_are_no_network)
{
	struct run r = { 0 };
	struct err e;

	compress(&r, "model=" WEIGHTS " data=none codec=raw");
	cr_assert_not(r.h->has_graph);
	cr_assert_eq(container_to_onnx(r.h, "/tmp/never.onnx", &e), ST_USAGE);
	cr_assert(strstr(e.msg, ".safetensors"), "%s", e.msg);
	release(&r);
}

/* The weights are 10 i + o, i = 0..3, o = 0..2 (make_onnx.py). With 2 bits the only levels are 0
 * and
 * +-32, so 0, 1, 2, 10, 11, 12 become 0 and the other six 1: one bit of entropy each. */
Test(run_container, statistics_of_a_layer)
{
	struct layer_statistics s;
	struct run r = { 0 };
	uint64_t counts[1 << 16] = { 0 };
	struct err e;

	compress(&r, "model=" TEST_VECTORS "/onnx/ok_matmul_add.onnx data=none bits=2 codec=raw");
	cr_assert_eq(container_statistics(r.h, 0, &s, counts, &e), ST_OK, "%s", e.msg);
	cr_assert(counts[0] == 6 && counts[1] == 6);
	cr_assert_eq(s.zeros, 6);
	cr_assert_float_eq(s.entropy_bits, 1.0, 1e-12);
	release(&r);
}
