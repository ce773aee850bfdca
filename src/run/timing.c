#include <stdio.h>
#include <string.h>

#include "run/stages.h"

/* Encodes, decodes and compares all layers once; the durations of the first two are added up. */
static enum status time_once(struct pipeline *pl, const struct point *p, double (*now_s)(void),
                             double *encode_s, double *decode_s, struct err *e)
{
	struct code c = { 0 };
	double start = now_s();
	enum status rc = ST_OK;

	if (p->codec->encode_shared)
		rc = p->codec->encode_shared(&pl->source, &p->params, &c.shared, e);
	*encode_s = now_s() - start;
	*decode_s = 0;
	for (size_t l = 0; l < pl->source.n_layers && !rc; l++) {
		const struct symbols *s = &pl->layer[l];
		double encoded;

		start = now_s();
		rc = p->codec->encode(&pl->source, l, &p->params, &c, e);
		encoded = now_s();
		if (!rc)
			rc = p->codec->decode(&c, &p->params, s->bits, pl->scratch, s->n, e);
		*decode_s += now_s() - encoded;
		*encode_s += encoded - start;
		if (!rc && memcmp(pl->scratch, s->v, s->n * sizeof(*s->v)))
			rc = err_set(e, ST_INTERNAL, "it decodes to other symbols");
		code_release(&c);
	}
	bit_string_release(&c.shared);
	return rc;
}

static enum status send(const struct pipeline *pl, const char *key, const char *operation,
                        unsigned sample, double seconds, const struct row_sink *sink, struct err *e)
{
	struct timing_row r = { .sample = sample,
		                .seconds = seconds,
		                .timed_weights = (int64_t)pl->model->n_weights };

	snprintf(r.key, sizeof(r.key), "%s", key);
	snprintf(r.operation, sizeof(r.operation), "%s", operation);
	return sink->timing(sink->arg, &r, e);
}

enum status pipeline_time(struct pipeline *pl, const struct point *p, const char *key,
                          unsigned sample, double (*now_s)(void), const struct row_sink *sink,
                          struct err *e)
{
	double encode_s, decode_s;
	enum status rc = enter_coded(pl, p, e);

	if (!rc)
		rc = time_once(pl, p, now_s, &encode_s, &decode_s, e);
	if (!rc)
		rc = send(pl, key, "encode", sample, encode_s, sink, e);
	return rc ? rc : send(pl, key, "decode", sample, decode_s, sink, e);
}
