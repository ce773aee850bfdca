/* The side of hcbench in bench/speed/sizes: sizes of all dictionary codes of a network, obeying
 * commands on stdin, so that the script can alternate it with its peers.
 *
 *   info             weights and kernels
 *   weights          all of them, raw floats
 *   sizes BITS TRIM  CPU seconds until symbols, words and sizes are there, in one line with the
 *                    compressed bits of each group and number of entries (shared dictionary)
 *   memory           peak resident bytes
 *
 * Symmetric quantizer, a scale per kernel, truncated. A number instead of a model stands for so
 * many synthetic weights (normal, kernels of half a million, or 64 larger ones), which are drawn
 * kernel by kernel and never all there.
 *
 * usage: sizes_driver MODEL|WEIGHTS */
#include "codec/codec.h"
#include "model/importer.h"
#include "quant/trim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 4096, KERNEL = 500000, MAX_KERNELS = 64, MAX_ENTRIES = 4096, PORT_BITS = 1 };

static const unsigned groups[] = { 1, 2, 4, 8, 16 };

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

struct driver {
	struct model *m; /* NULL: synthetic */
	size_t n_kernels, n_weights, largest;
	size_t kernel; /* weights of a synthetic kernel */
	float *room;   /* a synthetic kernel */
	int16_t *q;
	struct symbols *layer;
	struct coded_sizes sizes;
	size_t *side;
	struct words_room *room_of_words;
	struct err e;
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static size_t kernel_size(const struct driver *v, size_t k)
{
	size_t rest;

	if (v->m)
		return v->m->kernels[k].n;
	rest = v->n_weights - k * v->kernel;
	return rest < v->kernel ? rest : v->kernel;
}

/* Sum of eight uniform numbers: near enough to normal. */
static const float *kernel_weights(struct driver *v, size_t k)
{
	uint64_t x = k + 1;

	if (v->m)
		return v->m->kernels[k].w;
	for (size_t i = 0; i < kernel_size(v, k); i++) {
		uint64_t z = x += UINT64_C(0x9e3779b97f4a7c15);
		int sum = -1020;

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		for (int j = 0; j < 8; j++)
			sum += (int)(z >> 8 * j & 255);
		v->room[i] = (float)sum / 8192;
	}
	return v->room;
}

static enum status open_driver(struct driver *v, const char *what)
{
	enum status rc = ST_OK;

	if (strspn(what, "0123456789") == strlen(what)) {
		v->n_weights = strtoull(what, NULL, 10);
		v->kernel =
		        v->n_weights / MAX_KERNELS > KERNEL ? v->n_weights / MAX_KERNELS : KERNEL;
		v->n_kernels = (v->n_weights + v->kernel - 1) / v->kernel;
	} else {
		rc = model_load(&v->m, what, what, &v->e);
		v->n_kernels = rc ? 0 : v->m->n_kernels;
		v->n_weights = rc ? 0 : v->m->n_weights;
	}
	if (rc)
		return rc;
	v->layer = calloc(v->n_kernels + 1, sizeof(*v->layer));
	v->side = calloc(v->n_kernels + 1, sizeof(*v->side));
	v->sizes.table_bits = calloc(v->n_kernels + 1, sizeof(*v->sizes.table_bits));
	v->sizes.layer_bits = calloc(v->n_kernels + 1, sizeof(*v->sizes.layer_bits));
	if (!v->layer || !v->side || !v->sizes.table_bits || !v->sizes.layer_bits)
		return err_nomem(&v->e);
	for (size_t k = 0; k < v->n_kernels; k++) {
		size_t n = kernel_size(v, k);

		v->largest = n > v->largest ? n : v->largest;
		v->layer[k] = (struct symbols){ .v = malloc(n * sizeof(uint16_t)), .n = n };
		if (!v->layer[k].v)
			return err_nomem(&v->e);
	}
	v->room = malloc((v->largest + 1) * sizeof(*v->room));
	v->q = malloc(BLOCK * sizeof(*v->q));
	v->room_of_words = words_room_create();
	return v->room && v->q && v->room_of_words ? ST_OK : err_nomem(&v->e);
}

/* Symbols of all kernels; CPU seconds without drawing weights. */
static double make_symbols(struct driver *v, unsigned bits, unsigned trim)
{
	const struct quant_spec spec = { .quantizer = &quantizer_symmetric,
		                         .bits = bits,
		                         .scope = SCOPE_TENSOR,
		                         .round = ROUND_TRUNCATE };
	double sum = 0;

	for (size_t k = 0; k < v->n_kernels; k++) {
		struct symbols *s = &v->layer[k];
		const float *w = kernel_weights(v, k);
		double before = cpu_seconds();
		struct quant_group g = quantizer_symmetric.fit(&spec, &w, &s->n, 1, NULL);

		for (size_t i = 0; i < s->n; i += BLOCK) {
			const size_t n = s->n - i < BLOCK ? s->n - i : BLOCK;
			uint16_t *wire = (uint16_t *)(uintptr_t)(s->v + i);

			quantizer_symmetric.quantize(&spec, g, w + i, n, v->q);
			trim_apply((struct trim_spec){ .trim = trim }, v->q, n, v->q);
			quantizer_symmetric.to_wire(bits, g, v->q, n, wire);
		}
		s->bits = bits;
		sum += cpu_seconds() - before;
	}
	return sum;
}

static enum status sizes(struct driver *v, unsigned bits, unsigned trim)
{
	struct source s = { .n_layers = v->n_kernels,
		            .layer = v->layer,
		            .bits = bits,
		            .max_ranks = MAX_ENTRIES,
		            .room = v->room_of_words };
	double symbols, counting[LEN(groups)], sizing = 0;
	uint64_t total[LEN(groups)][16];
	size_t n_entries = 0;
	enum status rc = ST_OK;

	if (bits < quantizer_symmetric.min_bits || bits > quantizer_symmetric.max_bits)
		return err_set(&v->e, ST_USAGE, "sizes: %u bits", bits);
	symbols = make_symbols(v, bits, trim);
	for (size_t g = 0; g < LEN(groups) && !rc; g++) {
		struct codec_params p = { .group = groups[g], .scope = DICT_MODEL };
		struct words *words;
		double before = cpu_seconds();

		rc = words_count(&words, &s, groups[g], DICT_MODEL, &v->e);
		if (rc)
			break;
		counting[g] = cpu_seconds() - before;
		before = cpu_seconds();
		s.words = words;
		n_entries = 0;
		for (p.arg[0] = 2; p.arg[0] <= MAX_ENTRIES && !rc; p.arg[0] *= 2) {
			rc = codec_dict.sizes(&s, &p, &v->sizes, &v->e);
			if (!rc)
				total[g][n_entries++] =
				        account(&v->sizes, v->side, v->n_kernels, PORT_BITS).total;
		}
		words_free(words);
		sizing += cpu_seconds() - before;
	}
	if (rc)
		return rc;
	printf("%.6f", symbols);
	for (size_t g = 0; g < LEN(groups); g++)
		printf(" %.6f", counting[g]);
	printf(" %.6f", sizing);
	for (size_t g = 0; g < LEN(groups); g++)
		for (size_t i = 0; i < n_entries; i++)
			printf(" %llu", (unsigned long long)total[g][i]);
	printf("\n");
	return ST_OK;
}

/* What getrusage() tells would include the peak of the process that started this one. */
static long peak_bytes(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

static enum status obey(struct driver *v, const char *line)
{
	unsigned bits, trim;

	if (sscanf(line, "sizes %u %u", &bits, &trim) == 2)
		return sizes(v, bits, trim);
	if (!strncmp(line, "info", 4)) {
		printf("%zu", v->n_weights);
		for (size_t k = 0; k < v->n_kernels; k++)
			printf(" %zu", kernel_size(v, k));
		printf("\n");
	} else if (!strncmp(line, "weights", 7)) {
		for (size_t k = 0; k < v->n_kernels; k++)
			fwrite(kernel_weights(v, k), sizeof(float), kernel_size(v, k), stdout);
	} else if (!strncmp(line, "memory", 6)) {
		printf("%ld\n", peak_bytes());
	} else {
		return err_set(&v->e, ST_USAGE, "unknown command: %s", line);
	}
	return ST_OK;
}

int main(int argc, char **argv)
{
	struct driver v = { 0 };
	char line[128];
	enum status rc = argc == 2 ? open_driver(&v, argv[1])
	                           : err_set(&v.e, ST_USAGE, "usage: sizes_driver MODEL|WEIGHTS");

	while (!rc && fgets(line, sizeof(line), stdin)) {
		rc = obey(&v, line);
		fflush(stdout);
	}
	if (rc)
		fprintf(stderr, "sizes_driver: %s\n", v.e.msg);
	for (size_t k = 0; v.layer && k < v.n_kernels; k++)
		free((void *)(uintptr_t)v.layer[k].v);
	free(v.layer);
	free(v.side);
	free(v.sizes.table_bits);
	free(v.sizes.layer_bits);
	free(v.room);
	free(v.q);
	words_room_free(v.room_of_words);
	model_free(v.m);
	return (int)rc;
}
