/* A file without the raw data of its initializers, which is nearly all of it: protobuf-c copies
 * what it unpacks, so it gets the rest and the raw data stays where it is. The lengths of the
 * messages around are rewritten in as many bytes as they had; nothing else changes. */
#include "model/onnx.h"
#include "model/onnx_wire.h"

#include <stdlib.h>
#include <string.h>

enum { MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5, TENSOR_RAW_DATA = 9 }; /* fields of onnx.proto */

enum level { IN_MODEL, IN_GRAPH, IN_INITIALIZER };

struct rest {
	uint8_t *p;
	size_t n;
	struct onnx_file *f;
	size_t cap; /* of f->raw */
	bool no_memory;
};

static void put(struct rest *r, const struct wire_cursor *c, size_t begin, size_t end)
{
	memcpy(r->p + r->n, c->p + begin, end - begin);
	r->n += end - begin;
}

/* Rewrites the length of n bytes that ends at r->p[end]. */
static void patch_length(struct rest *r, size_t end, size_t n)
{
	const size_t length = r->n - end;

	for (size_t i = 0; i < n; i++)
		r->p[end - n + i] = (uint8_t)((length >> 7 * i & 0x7f) | (i + 1 < n ? 0x80 : 0));
}

/* A place for the raw data of one more initializer. */
static void add_initializer(struct rest *r)
{
	struct onnx_file *f = r->f;

	if (f->n_raw == r->cap) {
		const size_t cap = r->cap ? 2 * r->cap : 64;
		struct span *grown = realloc(f->raw, cap * sizeof(*grown));

		r->no_memory = !grown;
		if (!grown)
			return;
		f->raw = grown;
		r->cap = cap;
	}
	f->raw[f->n_raw++] = (struct span){ NULL, 0 };
}

/* Copies a message whose structure has been checked. The recursion is two deep. */
static void copy(struct rest *r, enum level level, struct wire_cursor c)
{
	while (c.at < c.end && !r->no_memory) {
		const size_t begin = c.at;
		struct wire_cursor inner = { .p = c.p };
		size_t length_at, end;
		uint64_t tag = 0;

		wire_varint(&c, &tag);
		length_at = c.at;
		wire_skip(&c, (unsigned)(tag & 7), &inner.at);
		if (level == IN_INITIALIZER && tag == (TENSOR_RAW_DATA << 3 | WIRE_BYTES)) {
			/* The last one counts. */
			r->f->raw[r->f->n_raw - 1] =
			        (struct span){ c.p + inner.at, c.at - inner.at };
			continue;
		}
		if (!(level == IN_MODEL && tag == (MODEL_GRAPH << 3 | WIRE_BYTES)) &&
		    !(level == IN_GRAPH && tag == (GRAPH_INITIALIZER << 3 | WIRE_BYTES))) {
			put(r, &c, begin, c.at);
			continue;
		}
		if (level == IN_GRAPH)
			add_initializer(r);
		put(r, &c, begin, inner.at);
		inner.end = c.at;
		end = r->n;
		copy(r, level + 1, inner);
		patch_length(r, end, inner.at - length_at);
		arena_rest(r->f->owner, c.p + inner.at, c.at - inner.at);
	}
}

enum status onnx_without_raw(struct onnx_file *f, struct span bytes, struct span *out,
                             struct err *e)
{
	/* As much as the file is reserved; what is not written takes no memory. */
	struct rest r = { .p = malloc(bytes.n), .f = f };

	r.no_memory = !r.p;
	copy(&r, IN_MODEL, (struct wire_cursor){ bytes.p, 0, bytes.n });
	*out = (struct span){ r.p, r.n };
	return r.no_memory ? err_nomem(e) : ST_OK;
}

enum status onnx_place_raw(struct onnx_file *f, bool remove, struct err *e)
{
	const Onnx__GraphProto *g = f->model->graph;

	for (size_t i = 0; i < f->n_raw && i < g->n_initializer; i++) {
		const struct span raw = f->raw[i];
		Onnx__TensorProto *t = g->initializer[i];

		if (!raw.p)
			continue;
		t->has_raw_data = !remove;
		t->raw_data.data = NULL;
		t->raw_data.len = remove ? 0 : raw.n;
		if (remove || !raw.n)
			continue;
		/* Floats can be used in place where they are aligned. In front of the data are
		 * its tag and length and those of the tensor: four bytes that nobody needs now. */
		t->raw_data.data = (uint8_t *)raw.p - (uintptr_t)raw.p % _Alignof(float);
		if (t->raw_data.data != raw.p &&
		    !arena_store(f->owner, t->raw_data.data, raw.p, raw.n))
			return arena_explain(f->owner, ST_ENV, e);
		arena_rest(f->owner, raw.p, raw.n);
	}
	return ST_OK;
}
