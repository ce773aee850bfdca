/* Symbols as bytes, for codes that are made of bytes: one byte a symbol of up to 8 bits, two bytes,
 * the lower first, a wider one. General-purpose compressors are codecs by way of this. */
#ifndef HCB_CODEC_BYTEWISE_H
#define HCB_CODEC_BYTEWISE_H

#include "codec/codec.h"

/* A general-purpose compressor. Both functions set no message of their own for ST_DATA. */
struct byte_packer {
	const char *name;
	size_t (*bound)(size_t n); /* bytes that n bytes may need at most */
	/* n > 0 bytes into out, which holds bound(n); *used is how many it took. */
	enum status (*pack)(const uint8_t *in, size_t n, uint32_t level, uint8_t *out, size_t cap,
	                    size_t *used, struct err *e);
	/* Exactly n > 0 bytes from all of the n_in bytes, or ST_DATA. Allocates no more than n
	 * bytes need and, whatever the stream says, a constant of at most 17 MiB. */
	enum status (*unpack)(const uint8_t *in, size_t n_in, uint8_t *out, size_t n,
	                      struct err *e);
};

/* A layer as one stream, arg[0] of the codec being the level. A layer without symbols is an empty
 * stream. */
enum status bytewise_encode(const struct byte_packer *b, const struct symbols *layer,
                            uint32_t level, struct bit_string *out, struct err *e);
enum status bytewise_decode(const struct byte_packer *b, const struct bit_string *in, unsigned bits,
                            uint16_t *v, size_t n, struct err *e);

/* Defines encode() and decode() of a codec whose streams `packer` makes. */
#define BYTEWISE_CODEC(packer)                                                                    \
	static enum status encode(const struct source *s, size_t l, const struct codec_params *p, \
	                          struct code *c, struct err *e)                                  \
	{                                                                                         \
		return bytewise_encode(&(packer), &s->layer[l], p->arg[0], &c->stream, e);        \
	}                                                                                         \
                                                                                                  \
	static enum status decode(const struct code *c, const struct codec_params *p,             \
	                          unsigned bits, uint16_t *v, size_t n, struct err *e)            \
	{                                                                                         \
		(void)p;                                                                          \
		return bytewise_decode(&(packer), &c->stream, bits, v, n, e);                     \
	}

/* n bytes as a bit string, which the caller releases. */
enum status bytes_to_bits(const uint8_t *bytes, size_t n, struct bit_string *out, struct err *e);

/* Byte i of a bit string that has it. */
static inline uint8_t bits_byte(const struct bit_string *b, size_t i)
{
	return (uint8_t)(b->words[i / 8] >> (56 - i % 8 * 8));
}

#endif
