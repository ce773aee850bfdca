/* Binary range coder on bytes. The interval [low, low + range) of 32 bits starts as [0, 2^32 - 1);
 * a bin that is 1 with probability p / 2^16 takes the lower part, (range >> 16) * p of it. Whenever
 * range is below 2^24 the top byte of low is sent and both move up by 8 bits; a carry goes into the
 * bytes already sent. At the end one more byte is sent: that of the only multiple of 2^24 within
 * the first 2^24 of the interval. The decoder reads zeros beyond the end; it accepts exactly the
 * stream that the encoder sends for what it decodes, as to length and last byte. */
#ifndef HCB_CODEC_RANGE_CODER_H
#define HCB_CODEC_RANGE_CODER_H

#include "codec/bytewise.h"

#include <stdlib.h>

enum { RANGE_MIN = 1 << 24 };

/* out is the caller's to free. */
struct range_encoder {
	uint32_t low, range;
	uint8_t *out;
	size_t n, cap;
	bool fail; /* out of memory */
};

static inline struct range_encoder range_encoder_new(void)
{
	return (struct range_encoder){ .range = UINT32_MAX };
}

/* Room for one byte more. */
static inline bool range_grow(struct range_encoder *c)
{
	size_t cap = c->cap ? 2 * c->cap : 4096;
	uint8_t *out = c->fail ? NULL : realloc(c->out, cap);

	if (!out) {
		c->fail = true;
		return false;
	}
	c->out = out;
	c->cap = cap;
	return true;
}

/* low += by. The interval ends below 2^32 of the bytes sent so far, so a carry finds its byte. */
static inline void range_raise(struct range_encoder *c, uint32_t by)
{
	c->low += by;
	if (c->low < by && !c->fail)
		for (size_t i = c->n; i > 0 && ++c->out[i - 1] == 0;)
			i--;
}

static inline void range_send(struct range_encoder *c)
{
	if (c->n < c->cap || range_grow(c))
		c->out[c->n++] = (uint8_t)(c->low >> 24);
	c->low <<= 8;
	c->range <<= 8;
}

/* p: of a 1, in 1..2^16 - 1. */
static inline void range_encode(struct range_encoder *c, uint32_t p, unsigned bin)
{
	uint32_t lower = (c->range >> 16) * p;

	if (bin) {
		c->range = lower;
	} else {
		range_raise(c, lower);
		c->range -= lower;
	}
	while (c->range < RANGE_MIN)
		range_send(c);
}

/* The low n bits of v, each as likely 0 as 1. */
static inline void range_encode_bypass(struct range_encoder *c, uint32_t v, unsigned n)
{
	while (n-- > 0)
		range_encode(c, 1u << 15, v >> n & 1);
}

static inline void range_finish(struct range_encoder *c)
{
	range_raise(c, RANGE_MIN - 1);
	range_send(c);
}

struct range_decoder {
	uint32_t offset, range; /* offset: of the stream's number from low */
	const struct bit_string *in;
	size_t pos, n; /* bytes taken, and that are there */
};

static inline void range_take(struct range_decoder *d)
{
	d->offset = d->offset << 8 | (d->pos < d->n ? bits_byte(d->in, d->pos) : 0u);
	d->pos++;
}

static inline struct range_decoder range_decoder_on(const struct bit_string *in)
{
	struct range_decoder d = { .range = UINT32_MAX, .in = in, .n = in->n_bits / 8 };

	for (int i = 0; i < 4; i++)
		range_take(&d);
	return d;
}

static inline unsigned range_decode(struct range_decoder *d, uint32_t p)
{
	uint32_t lower = (d->range >> 16) * p;
	unsigned bin = d->offset < lower;

	if (bin) {
		d->range = lower;
	} else {
		d->offset -= lower;
		d->range -= lower;
	}
	while (d->range < RANGE_MIN) {
		d->range <<= 8;
		range_take(d);
	}
	return bin;
}

static inline uint32_t range_decode_bypass(struct range_decoder *d, unsigned n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 1 | range_decode(d, 1u << 15);
	return v;
}

/* Whether the decoder has gone further than a whole stream lets it. */
static inline bool range_overrun(const struct range_decoder *d)
{
	return d->pos > d->n + 3;
}

/* Whether the stream ends here. */
static inline bool range_at_end(const struct range_decoder *d)
{
	return d->in->n_bits % 8 == 0 && d->pos == d->n + 3 && d->offset < RANGE_MIN;
}

#endif
