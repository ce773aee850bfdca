/* A network of many layers of one size: writing and comparing a container takes the memory of a few
 * layers, with the same bytes as without temporary files. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "run/container.h"

/* 1 MiB of floats per layer. */
enum { LAYERS = 50, SIDE = 512, MIB = 1 << 20 };

static void varint(struct text *t, uint64_t v)
{
	for (; v > 127; v >>= 7)
		text_addf(t, "%c", (int)(v & 127) | 128);
	text_addn(t, (const char[]){ (char)v }, 1);
}

static void number(struct text *t, unsigned field, uint64_t v)
{
	varint(t, field << 3);
	varint(t, v);
}

static void bytes(struct text *t, unsigned field, const void *p, size_t n)
{
	varint(t, field << 3 | 2);
	varint(t, n);
	text_addn(t, p, n);
}

static void string(struct text *t, unsigned field, const char *s)
{
	bytes(t, field, s, strlen(s));
}

/* Puts the message `inner` into t, which takes it over. */
static void message(struct text *t, unsigned field, struct text *inner)
{
	bytes(t, field, text_str(inner), inner->n);
	text_release(inner);
}

/* Field numbers are those of onnx.proto. */
static void add_value(struct text *graph, unsigned field, const char *name)
{
	struct text value = { 0 }, type = { 0 }, tensor = { 0 }, shape = { 0 };

	for (uint64_t i = 0; i < 2; i++) {
		struct text dim = { 0 };

		number(&dim, 1, i ? SIDE : 1);
		message(&shape, 1, &dim);
	}
	number(&tensor, 1, 1);
	message(&tensor, 2, &shape);
	message(&type, 1, &tensor);
	string(&value, 1, name);
	message(&value, 2, &type);
	message(graph, field, &value);
}

/* Gemm y = x w^T, number l; its weights lie at any alignment. */
static void add_layer(struct text *graph, unsigned l)
{
	struct text node = { 0 }, attribute = { 0 }, tensor = { 0 };
	float *w = malloc(SIDE * SIDE * sizeof(*w));
	uint32_t r = l + 1;
	char name[16];

	for (size_t i = 0; i < (size_t)SIDE * SIDE; i++) {
		r = r * 1664525u + 1013904223u;
		w[i] = (float)(int32_t)r / 2147483648.0f * (float)(int32_t)(r << 9) / 2147483648.0f;
	}
	snprintf(name, sizeof(name), "x%u", l);
	string(&node, 1, name);
	snprintf(name, sizeof(name), "w%u", l);
	string(&node, 1, name);
	number(&tensor, 1, SIDE);
	number(&tensor, 1, SIDE);
	number(&tensor, 2, 1);
	string(&tensor, 8, name);
	bytes(&tensor, 9, w, SIDE * SIDE * sizeof(*w));
	free(w);
	snprintf(name, sizeof(name), "x%u", l + 1);
	string(&node, 2, name);
	string(&node, 4, "Gemm");
	string(&attribute, 1, "transB");
	number(&attribute, 3, 1);
	number(&attribute, 20, 2);
	message(&node, 5, &attribute);
	message(graph, 1, &node);
	message(graph, 5, &tensor);
}

static void write_model(char path[64])
{
	struct text graph = { 0 }, model = { 0 }, opset = { 0 };
	char last[16];
	struct err e;

	for (unsigned l = 0; l < LAYERS; l++)
		add_layer(&graph, l);
	snprintf(last, sizeof(last), "x%u", LAYERS);
	add_value(&graph, 11, "x0");
	add_value(&graph, 12, last);
	number(&opset, 2, 12);
	number(&model, 1, 7);
	message(&model, 8, &opset);
	message(&model, 7, &graph);
	strcpy(path, "/tmp/memory-test-XXXXXX");
	close(mkstemp(path));
	cr_assert(!model.fail);
	cr_assert_eq(file_write(path, text_str(&model), model.n, &e), ST_OK, "%s", e.msg);
	text_release(&model);
}

/* Compresses to out and compares, or says why not. */
static enum status work(bool paged, const char *model, const char *rest, const char *out,
                        struct err *e)
{
	char line[256], key[DIGEST_HEX], lossy_key[DIGEST_HEX];
	struct library l, again;
	struct pipeline *pl = NULL;
	struct hcw *h = NULL;
	struct point p;
	enum status rc = library_init(&l, e);

	l.paged = paged;
	snprintf(line, sizeof(line), "model=%s data=none %s", model, rest);
	if (!rc)
		rc = point_parse(&p, line, e);
	if (!rc)
		rc = library_settle(&l, &p, key, lossy_key, e);
	if (!rc)
		rc = pipeline_create(&pl, &l, e);
	if (!rc)
		rc = container_write(pl, &p, out, e);
	pipeline_free(pl);
	library_release(&l);
	if (!rc)
		rc = hcw_open(&h, out, e);
	if (!rc)
		rc = library_init(&again, e);
	if (!rc) {
		again.paged = paged;
		rc = container_compare(h, &again, model, e);
		library_release(&again);
	}
	hcw_close(h);
	return rc;
}

/* By how much MiB the process that does it grows. */
static long growth(bool paged, const char *model, const char *rest, const char *out)
{
	struct rusage before, after;
	long mib = -1;
	int fd[2];
	pid_t child;

	cr_assert_eq(pipe(fd), 0);
	child = fork();
	if (child == 0) {
		struct err e;
		enum status rc;

		getrusage(RUSAGE_SELF, &before);
		rc = work(paged, model, rest, out, &e);
		getrusage(RUSAGE_SELF, &after);
		mib = (after.ru_maxrss - before.ru_maxrss) / 1024;
		if (rc)
			fprintf(stderr, "%s\n", e.msg);
		_exit(!rc && write(fd[1], &mib, sizeof(mib)) == sizeof(mib) ? 0 : 1);
	}
	close(fd[1]);
	cr_assert_eq(read(fd[0], &mib, sizeof(mib)), (ssize_t)sizeof(mib), "%s", rest);
	close(fd[0]);
	waitpid(child, NULL, 0);
	return mib;
}

static bool same(const char *x, const char *y)
{
	struct arena a = { 0 };
	struct span p = { 0 }, q = { 0 };
	struct err e;
	bool ok = !file_read(&a, x, 1 << 28, &p, &e) && !file_read(&a, y, 1 << 28, &q, &e) &&
	          p.n == q.n && !memcmp(p.p, q.p, p.n);

	arena_release(&a);
	return ok;
}

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
        __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

/* 50 MiB of weights and 25 of symbols. Held whole, as the second run shows, they are 75 and more;
 * paged, some layers, 4 MiB of each arena, and what words are counted in: about half of that at
 * most. */
Test(run_memory, a_few_layers_and_the_same_bytes, .timeout = 240)
{
	static const char *const points[] = {
		"quant=symmetric bits=6 scope=global codec=huffman",
		"quant=symmetric bits=6 scope=tensor group=8 codec=dict:64",
		"quant=affine bits=8 scope=channel trim=3 order=array array=ws:16x16 codec=rans",
		"quant=symmetric bits=8 scope=global scale=authors round=truncate codec=raw",
		"quant=affine bits=8 scope=global codec=csc",
	};
	char model[64], x[80], y[80];

	write_model(model);
	snprintf(x, sizeof(x), "%s.x", model);
	snprintf(y, sizeof(y), "%s.y", model);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		const long paged = growth(true, model, points[i], x);
		const long whole = growth(false, model, points[i], y);

		cr_assert(same(x, y), "%s", points[i]);
		if (SANITIZED)
			break; /* its own memory is in the figures; the rest is the same again */
		cr_log_info("%s: %ld MiB, held whole %ld", points[i], paged, whole);
		cr_assert_leq(paged, 40, "%s: %ld MiB", points[i], paged);
		cr_assert_geq(whole, 70, "%s: %ld MiB", points[i], whole);
	}
	unlink(model);
	unlink(x);
	unlink(y);
}

/* Neither container nor part of one is left. */
Test(run_memory, no_room_for_temporary_files)
{
	char model[64], out[80];
	struct err e;

	write_model(model);
	snprintf(out, sizeof(out), "%s.x", model);
	setenv("TMPDIR", "/proc/none", 1);
	cr_assert_eq(work(true, model, "bits=4 codec=raw", out, &e), ST_ENV);
	cr_assert(strstr(e.msg, "cannot write a temporary file in /proc/none"), "%s", e.msg);
	cr_assert_not(file_exists(out));
	unlink(model);
}
