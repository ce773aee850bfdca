/* Numbers and names of the container format (docs/container.md), private to hcw*.c. */
#ifndef HCB_CODEC_HCW_FORMAT_H
#define HCB_CODEC_HCW_FORMAT_H

#include "base/arena.h"
#include "base/bits.h"
#include "base/text.h"

#include <string.h>

/* As PNG's: a byte that is no text, the name, line ends that a text transfer would change. */
#define HCW_MAGIC "\x89HCW\r\n\x1a\n"

enum {
	HCW_PREAMBLE = 64,
	HCW_ENTRY = 32,          /* of the directory */
	HCW_MAX_SECTIONS = 1024, /* more is damage */
	HCW_REQUIRED = 1,        /* flag of a section: who does not know it must not go on */
	HCW_SMALLEST_RECORD = 96 /* no layer's record is shorter */
};

#define HCW_BYTE_ORDER   0x01020304u
#define HCW_SECTION_META "META"
#define HCW_SECTION_DATA "DATA"
#define HCW_SECTION_LAYR "LAYR"
#define HCW_SECTION_GRPH "GRPH"

/* Little-endian numbers and strings (length, bytes) at the end of a text. */
static inline void hcw_put(struct text *t, uint64_t v, unsigned n_bytes)
{
	char b[8];

	for (unsigned i = 0; i < n_bytes; i++)
		b[i] = (char)(v >> (8 * i));
	text_addn(t, b, n_bytes);
}

static inline void hcw_put_string(struct text *t, const char *s)
{
	hcw_put(t, strlen(s), 4);
	text_add(t, s);
}

/* Reads what hcw_put wrote. Past the end it yields zeros and latches fail. */
struct hcw_cursor {
	const uint8_t *p;
	size_t n, at;
	bool fail;
};

static inline uint64_t hcw_get(struct hcw_cursor *c, unsigned n_bytes)
{
	uint64_t v = 0;

	if (c->fail || n_bytes > c->n - c->at) {
		c->fail = true;
		return 0;
	}
	for (unsigned i = 0; i < n_bytes; i++)
		v |= (uint64_t)c->p[c->at + i] << (8 * i);
	c->at += n_bytes;
	return v;
}

/* Into the arena; NULL (and fail) where it does not fit or holds a NUL. */
static inline const char *hcw_get_string(struct hcw_cursor *c, struct arena *a)
{
	uint64_t n = hcw_get(c, 4);
	const char *s = NULL;

	if (!c->fail && n <= c->n - c->at && !memchr(c->p + c->at, 0, (size_t)n)) {
		s = arena_strndup(a, (const char *)c->p + c->at, (size_t)n);
		c->at += (size_t)n;
	}
	c->fail |= !s;
	return s;
}

/* Bytes of a section of n bits in the payload. */
static inline size_t hcw_section_bytes(size_t n_bits, unsigned port_bits)
{
	return bits_round_up(n_bits, port_bits) / 8;
}

#endif
