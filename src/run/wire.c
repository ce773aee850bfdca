#include "run/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct header {
	enum wire_type type;
	size_t n;
};

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

static bool read_all(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool wire_send(int fd, enum wire_type type, const void *p, size_t n)
{
	struct header h;
	struct iovec part[2] = {
		{&h,                    sizeof(h)},
                { (void *)(uintptr_t)p, n        }
	};
	ssize_t put;

	memset(&h, 0, sizeof(h));
	h.type = type;
	h.n = n;
	do
		put = writev(fd, part, 2);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return false;
	if ((size_t)put < sizeof(h))
		return write_all(fd, (char *)&h + put, sizeof(h) - (size_t)put) &&
		       write_all(fd, p, n);
	return write_all(fd, (const char *)p + ((size_t)put - sizeof(h)),
	                 n - ((size_t)put - sizeof(h)));
}

bool wire_receive(int fd, enum wire_type *type, struct text *body)
{
	struct header h;

	body->n = 0;
	if (!read_all(fd, (char *)&h, sizeof(h)) || h.n > WIRE_MAX_BYTES)
		return false;
	if (!text_reserve(body, h.n) || !read_all(fd, body->s, h.n))
		return false;
	body->n = h.n;
	*type = h.type;
	return true;
}

enum part_kind { PART_LOSSY, PART_HISTOGRAM, PART_POINT, PART_ENERGY, PART_LAYER, PART_TIMING };

struct part {
	enum part_kind kind;
	size_t n; /* bytes that follow */
};

struct histogram_head {
	char lossy_key[DIGEST_HEX];
	size_t n; /* that many values and counts follow */
};

static enum status add_part(struct wire_outbox *o, enum part_kind kind, const void *p, size_t n,
                            struct err *e)
{
	struct part head;

	memset(&head, 0, sizeof(head));
	head.kind = kind;
	head.n = n;
	text_addn(&o->body, (const char *)&head, sizeof(head));
	text_addn(&o->body, p, n);
	return o->body.fail ? err_nomem(e) : ST_OK;
}

enum status wire_flush(struct wire_outbox *o, struct err *e)
{
	bool ok = o->body.n == 0 || wire_send(o->fd, WIRE_ROWS, o->body.s, o->body.n);

	o->body.n = 0;
	return ok ? ST_OK : err_set(e, ST_STOPPED, "the parent process is gone");
}

static enum status up_lossy(void *arg, const struct lossy_row *r, const struct point *p,
                            struct err *e)
{
	enum status rc = wire_flush(arg, e);

	(void)p;
	return rc ? rc : add_part(arg, PART_LOSSY, r, sizeof(*r), e);
}

static enum status up_point(void *arg, const struct point_row *r, const struct point *p,
                            struct err *e)
{
	enum status rc = wire_flush(arg, e);

	(void)p;
	return rc ? rc : add_part(arg, PART_POINT, r, sizeof(*r), e);
}

static enum status up_energy(void *arg, const struct energy_row *r, struct err *e)
{
	return add_part(arg, PART_ENERGY, r, sizeof(*r), e);
}

static enum status up_layer(void *arg, const struct layer_row *r, struct err *e)
{
	return add_part(arg, PART_LAYER, r, sizeof(*r), e);
}

static enum status up_histogram(void *arg, const char *lossy_key, const int32_t *value,
                                const int64_t *count, size_t n, struct err *e)
{
	struct text t = { 0 };
	struct histogram_head head;
	enum status rc;

	memset(&head, 0, sizeof(head));
	snprintf(head.lossy_key, sizeof(head.lossy_key), "%s", lossy_key);
	head.n = n;
	text_addn(&t, (const char *)&head, sizeof(head));
	text_addn(&t, (const char *)value, n * sizeof(*value));
	text_addn(&t, (const char *)count, n * sizeof(*count));
	rc = t.fail ? err_nomem(e) : add_part(arg, PART_HISTOGRAM, t.s, t.n, e);
	text_release(&t);
	return rc;
}

/* A message of their own, since a point that is timed may be stored already. */
static enum status up_timing(void *arg, const struct timing_row *r, struct err *e)
{
	struct wire_outbox *o = arg;
	struct timing_row first;
	enum status rc = ST_OK;

	if (!wire_first_timing(&o->body, &first) || strcmp(first.key, r->key))
		rc = wire_flush(o, e);
	return rc ? rc : add_part(o, PART_TIMING, r, sizeof(*r), e);
}

struct row_sink wire_sink(struct wire_outbox *o)
{
	return (struct row_sink){ o,        up_lossy,     up_point, up_energy,
		                  up_layer, up_histogram, up_timing };
}

/* Copies, since a body is a run of bytes without alignment. */
static enum status unpack_histogram(const char *at, const struct row_sink *sink, struct err *e)
{
	struct histogram_head head;
	int32_t *value;
	int64_t *count;
	enum status rc;

	memcpy(&head, at, sizeof(head));
	at += sizeof(head);
	value = malloc((head.n + 1) * sizeof(*value));
	count = malloc((head.n + 1) * sizeof(*count));
	if (value && count) {
		memcpy(value, at, head.n * sizeof(*value));
		memcpy(count, at + head.n * sizeof(*value), head.n * sizeof(*count));
		rc = sink->histogram
		             ? sink->histogram(sink->arg, head.lossy_key, value, count, head.n, e)
		             : ST_OK;
	} else {
		rc = err_nomem(e);
	}
	free(value);
	free(count);
	return rc;
}

static enum status unpack_part(enum part_kind kind, const char *at, const struct point *p,
                               const struct row_sink *sink, struct err *e)
{
	union {
		struct lossy_row lossy;
		struct point_row point;
		struct energy_row energy;
		struct layer_row layer;
		struct timing_row timing;
	} row;

	switch (kind) {
	case PART_LOSSY:
		memcpy(&row.lossy, at, sizeof(row.lossy));
		return sink->lossy(sink->arg, &row.lossy, p, e);
	case PART_POINT:
		memcpy(&row.point, at, sizeof(row.point));
		return sink->point(sink->arg, &row.point, p, e);
	case PART_ENERGY:
		memcpy(&row.energy, at, sizeof(row.energy));
		return sink->energy(sink->arg, &row.energy, e);
	case PART_LAYER:
		memcpy(&row.layer, at, sizeof(row.layer));
		return sink->layer(sink->arg, &row.layer, e);
	case PART_TIMING:
		memcpy(&row.timing, at, sizeof(row.timing));
		return sink->timing ? sink->timing(sink->arg, &row.timing, e) : ST_OK;
	case PART_HISTOGRAM:
		return unpack_histogram(at, sink, e);
	}
	return err_set(e, ST_INTERNAL, "a worker sent an unknown row");
}

enum status wire_unpack(const struct text *body, const struct point *p, const struct row_sink *sink,
                        struct err *e)
{
	enum status rc = ST_OK;

	for (size_t at = 0; at < body->n && !rc;) {
		struct part head;

		memcpy(&head, body->s + at, sizeof(head));
		at += sizeof(head);
		rc = unpack_part(head.kind, body->s + at, p, sink, e);
		at += head.n;
	}
	return rc;
}

static bool first_row(const struct text *body, enum part_kind kind, void *out, size_t n)
{
	struct part head;

	if (body->n < sizeof(head) + n)
		return false;
	memcpy(&head, body->s, sizeof(head));
	if (head.kind != kind)
		return false;
	memcpy(out, body->s + sizeof(head), n);
	return true;
}

bool wire_first_point(const struct text *body, struct point_row *out)
{
	return first_row(body, PART_POINT, out, sizeof(*out));
}

bool wire_first_lossy(const struct text *body, struct lossy_row *out)
{
	return first_row(body, PART_LOSSY, out, sizeof(*out));
}

bool wire_first_timing(const struct text *body, struct timing_row *out)
{
	return first_row(body, PART_TIMING, out, sizeof(*out));
}
