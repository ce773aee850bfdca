/* From bytes to messages. protobuf-c says only "no" to a damaged file, recurses as deep as the file
 * nests, and takes quadratic time to merge a message that occurs more than once; so the structure
 * is walked first, against the same descriptors, and its memory is limited. */
#include "model/onnx_wire.h"
#include "model/onnx.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A message whose neighbours may come to memory with it, and have to go when it is done. */
enum { LARGE = 1 << 16 };

bool wire_varint(struct wire_cursor *c, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		uint8_t byte = c->p[c->at++];

		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

bool wire_skip(struct wire_cursor *c, unsigned wire, size_t *start)
{
	uint64_t n;

	switch (wire) {
	case WIRE_VARINT:
		return wire_varint(c, &n);
	case WIRE_64:
		n = 8;
		break;
	case WIRE_32:
		n = 4;
		break;
	case WIRE_BYTES:
		if (!wire_varint(c, &n))
			return false;
		break;
	default:
		return false;
	}
	*start = c->at;
	if (n > c->end - c->at)
		return false;
	c->at += (size_t)n;
	return true;
}

static enum status walk(const struct arena *owner, const ProtobufCMessageDescriptor *d,
                        struct wire_cursor c, unsigned depth, struct err *e)
{
	uint64_t seen = 0;

	if (depth > ONNX_MAX_DEPTH)
		return err_set(e, ST_DATA,
		               "byte %zu: messages nest more than %d deep; expected a plain "
		               "network without nested graphs",
		               c.at, ONNX_MAX_DEPTH);
	while (c.at < c.end) {
		const size_t begin = c.at;
		const ProtobufCFieldDescriptor *f;
		struct wire_cursor inner = { .p = c.p };
		uint64_t tag, bit;
		enum status rc;

		if (!wire_varint(&c, &tag) || tag >> 3 == 0 || tag >> 3 > INT32_MAX ||
		    !wire_skip(&c, (unsigned)(tag & 7), &inner.at))
			return err_set(
			        e, ST_DATA,
			        "not an ONNX file or a damaged or truncated one: the field at byte %zu, in "
			        "%s, does not end within its %zu bytes",
			        begin, d->short_name, c.end);
		f = protobuf_c_message_descriptor_get_field(d, (unsigned)(tag >> 3));
		if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		bit = (uint64_t)1 << (f - d->fields);
		if ((tag & 7) != WIRE_BYTES ||
		    (f->label != PROTOBUF_C_LABEL_REPEATED && seen & bit))
			return err_set(e, ST_DATA,
			               "damaged ONNX file: field '%s' of %s at byte %zu has the "
			               "wrong type or occurs twice",
			               f->name, d->short_name, begin);
		seen |= bit;
		inner.end = c.at;
		rc = walk(owner, f->descriptor, inner, depth + 1, e);
		if (rc)
			return rc;
		if (inner.end - inner.at > LARGE)
			arena_rest(owner, c.p + inner.at, inner.end - inner.at);
	}
	return ST_OK;
}

static void *limited_alloc(void *data, size_t size)
{
	struct onnx_file *f = data;
	void *p;

	if (size > f->limit || f->used > f->limit - size) {
		f->over = true;
		return NULL;
	}
	f->used += size + 16; /* what malloc itself takes */
	p = malloc(size);
	f->no_memory = f->no_memory || !p;
	return p;
}

static void limited_free(void *data, void *p)
{
	(void)data;
	free(p);
}

static enum status unpack(struct onnx_file *f, struct span rest, size_t file_bytes, struct err *e)
{
	f->model = onnx__model_proto__unpack(&f->allocator, rest.n, rest.p);
	if (f->model)
		return ST_OK;
	if (f->no_memory)
		return err_nomem(e);
	if (f->over)
		return err_set(e, ST_DATA,
		               "the ONNX file needs more than %zu bytes of memory for its %zu "
		               "bytes: refused",
		               f->limit, file_bytes);
	return err_set(e, ST_DATA, "damaged ONNX file: a field has the wrong type");
}

enum status onnx_file_read(struct onnx_file *f, struct span bytes, struct arena *owner,
                           struct err *e)
{
	struct span rest = { NULL, 0 };
	enum status rc;

	*f = (struct onnx_file){
		.allocator = {limited_alloc, limited_free, f},
		.limit = 4 * bytes.n + ((size_t)32 << 20),
		.owner = owner,
	};
	rc = walk(owner, &onnx__model_proto__descriptor,
	          (struct wire_cursor){ bytes.p, 0, bytes.n }, 0, e);
	if (!rc)
		rc = onnx_without_raw(f, bytes, &rest, e);
	if (!rc)
		rc = unpack(f, rest, bytes.n, e);
	free((void *)rest.p);
	if (!rc && f->model->graph)
		rc = onnx_place_raw(f, false, e);
	return rc;
}

void onnx_file_release(struct onnx_file *f)
{
	if (f->model && f->model->graph)
		(void)onnx_place_raw(f, true, NULL);
	if (f->model)
		onnx__model_proto__free_unpacked(f->model, &f->allocator);
	free(f->raw);
	f->model = NULL;
	f->raw = NULL;
}
