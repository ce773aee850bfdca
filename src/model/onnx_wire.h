/* Protocol-buffer fields, private to the ONNX importer. */
#ifndef HCB_MODEL_ONNX_WIRE_H
#define HCB_MODEL_ONNX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* Where in a message of the file p reading is, and where the message ends. */
struct wire_cursor {
	const uint8_t *p;
	size_t at, end;
};

/* False when it does not end within the message, or is longer than 64 bits. */
bool wire_varint(struct wire_cursor *c, uint64_t *v);

/* Steps over the content of a field; for WIRE_BYTES *start is where its bytes begin. False when it
 * does not end within the message or there is no such wire type. */
bool wire_skip(struct wire_cursor *c, unsigned wire, size_t *start);

#endif
