/* The side of hcbench in bench/speed/inference: a network on a data set, obeying commands on stdin,
 * so that the script can alternate it with its peer while both are warm.
 *
 *   info             "key value" pairs in one line
 *   pixels FIRST N   the input of N images, raw floats
 *   time N           runs N images (of the first few, again and again): CPU seconds
 *   exchange N       exchanges all weights N times: CPU seconds of one exchange
 *   predict          the top-1 class of every image, in one line
 *
 * usage: inference_driver MODEL DATASET ACTIVATIONS */
#include "infer/accuracy.h"
#include "infer/calibrate.h"
#include "infer/net.h"
#include "run/sidecar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IMAGES = 32 }; /* that are timed: a multiple of every batch */

struct driver {
	struct model *m;
	struct dataset *d;
	struct net *n;
	float *images, *scores, *weights;
	struct err e;
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum status create_net(struct driver *v, const char *activations)
{
	struct activation_range *ranges = malloc(v->m->n_values * sizeof(*ranges));
	struct net_options o = { .batch = net_batch_for(v->m), .ranges = ranges };
	enum status rc = ranges ? ST_OK : err_nomem(&v->e);

	if (!rc)
		rc = activations_from_name(&o.activations, activations, &v->e);
	if (!rc && o.activations == ACTIVATIONS_INT8)
		rc = calibrate(ranges, v->m, v->d, CALIBRATION_IMAGES, &v->e);
	if (!rc)
		rc = net_create(&v->n, v->m, &o, &v->e);
	free(ranges);
	return rc;
}

static size_t largest_kernel(const struct model *m)
{
	size_t n = 1;

	for (size_t k = 0; k < m->n_kernels; k++)
		n = m->kernels[k].n > n ? m->kernels[k].n : n;
	return n;
}

static enum status open_driver(struct driver *v, const char *path, const char *data,
                               const char *activations)
{
	const struct preprocess *p = NULL;
	struct preprocess room;
	enum status rc = model_load(&v->m, path, path, &v->e);

	if (!rc)
		rc = sidecar_for(path, data, &room, &p, &v->e);
	if (!rc)
		rc = dataset_load(&v->d, data, p, &v->e);
	if (!rc)
		rc = accuracy_check(v->m, v->d, &v->e);
	if (!rc)
		rc = create_net(v, activations);
	if (rc)
		return rc;
	if (v->d->n < IMAGES)
		return err_set(&v->e, ST_USAGE, "%s has %zu images, expected at least %d", data,
		               v->d->n, IMAGES);
	v->images = malloc(IMAGES * net_inputs(v->n) * sizeof(float));
	v->scores = malloc(IMAGES * net_outputs(v->n) * sizeof(float));
	v->weights = malloc(largest_kernel(v->m) * sizeof(float));
	if (!v->images || !v->scores || !v->weights)
		return err_nomem(&v->e);
	dataset_batch(v->d, 0, IMAGES, v->images);
	return ST_OK;
}

static void info(const struct driver *v)
{
	const struct shape *in = &v->m->values[v->m->input].shape;
	size_t steps = 0, references = 0;
	double macs = 0;

	for (const char *name; (name = net_implementation(v->n, steps)); steps++)
		references += !strncmp(name, "ref", 3) || strstr(name, "ref:");
	for (size_t i = 0; i < v->m->n_nodes; i++) {
		struct gemm g = model_gemm(v->m, &v->m->nodes[i]);

		macs += (double)g.m * (double)g.n * (double)g.k * (double)g.groups;
	}
	printf("batch %zu channels %zu height %zu width %zu images %zu steps %zu references %zu "
	       "macs %.0f library %s\n",
	       net_batch(v->n), in->dim[0], in->rank == 3 ? in->dim[1] : 1,
	       in->rank == 3 ? in->dim[2] : 1, v->d->n, steps, references, macs,
	       strchr(net_library_version(), ' ') + 1);
}

static enum status pixels(struct driver *v, size_t first, size_t n)
{
	size_t one = net_inputs(v->n);
	float *out;

	if (!n || first >= v->d->n || n > v->d->n - first)
		return err_set(&v->e, ST_USAGE, "pixels: there are %zu images", v->d->n);
	out = malloc(n * one * sizeof(*out));
	if (!out)
		return err_nomem(&v->e);
	dataset_batch(v->d, first, n, out);
	fwrite(out, sizeof(*out), n * one, stdout);
	free(out);
	return ST_OK;
}

static enum status time_images(struct driver *v, size_t n)
{
	size_t batch = net_batch(v->n), at = 0, done = 0;
	enum status rc = ST_OK;
	double before = cpu_seconds();

	for (; done < n && !rc; done += batch, at = (at + batch) % IMAGES)
		rc = net_run(v->n, v->images + at * net_inputs(v->n), v->scores, &v->e);
	printf("%.9f\n", (cpu_seconds() - before) / (double)done * (double)n);
	return rc;
}

/* Each kernel from a buffer that has just been written, as a dequantizer leaves it. */
static enum status exchange(struct driver *v, size_t n)
{
	enum status rc = ST_OK;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v->m->n_kernels && !rc; k++) {
			double before;

			memcpy(v->weights, v->m->kernels[k].w, v->m->kernels[k].n * sizeof(float));
			before = cpu_seconds();
			rc = net_set_kernel(v->n, k, v->weights, &v->e);
			sum += cpu_seconds() - before;
		}
	printf("%.9f\n", sum / (double)n);
	return rc;
}

static enum status predict(struct driver *v)
{
	uint16_t *top1 = malloc(v->d->n * sizeof(*top1));
	struct accuracy a;
	enum status rc = top1 ? accuracy_run(&a, v->n, v->d, NULL,
	                                     &(struct predictions){ .top1 = top1 }, &v->e)
	                      : err_nomem(&v->e);

	for (size_t i = 0; i < v->d->n && !rc; i++)
		printf("%u%c", top1[i], i + 1 < v->d->n ? ' ' : '\n');
	free(top1);
	return rc;
}

static enum status obey(struct driver *v, const char *line)
{
	char command[16] = "";
	size_t a = 0, b = 0;
	int got = sscanf(line, "%15s %zu %zu", command, &a, &b);

	if (!strcmp(command, "pixels") && got == 3)
		return pixels(v, a, b);
	if (!strcmp(command, "time") && got == 2 && a)
		return time_images(v, a);
	if (!strcmp(command, "exchange") && got == 2 && a)
		return exchange(v, a);
	if (!strcmp(command, "predict"))
		return predict(v);
	if (strcmp(command, "info") != 0)
		return err_set(&v->e, ST_USAGE, "unknown command: %s", line);
	info(v);
	return ST_OK;
}

int main(int argc, char **argv)
{
	struct driver v = { 0 };
	char line[128];
	enum status rc = argc == 4 ? open_driver(&v, argv[1], argv[2], argv[3])
	                           : err_set(&v.e, ST_USAGE,
	                                     "usage: inference_driver MODEL DATASET ACTIVATIONS");

	while (!rc && fgets(line, sizeof(line), stdin)) {
		rc = obey(&v, line);
		fflush(stdout);
	}
	if (rc)
		fprintf(stderr, "inference_driver: %s\n", v.e.msg);
	free(v.images);
	free(v.scores);
	free(v.weights);
	net_free(v.n);
	dataset_free(v.d);
	model_free(v.m);
	return (int)rc;
}
