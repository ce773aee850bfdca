#include "codec/bytewise.h"

#include <stdlib.h>

#include "base/bits.h"

static unsigned bytes_each(unsigned bits)
{
	return bits <= 8 ? 1 : 2;
}

static void put_symbols(const struct symbols *s, uint8_t *out)
{
	if (bytes_each(s->bits) == 1)
		for (size_t i = 0; i < s->n; i++)
			out[i] = (uint8_t)s->v[i];
	else
		for (size_t i = 0; i < s->n; i++) {
			out[2 * i] = (uint8_t)(s->v[i] & 255);
			out[2 * i + 1] = (uint8_t)(s->v[i] >> 8);
		}
}

/* False: a symbol of more than `bits` bits. */
static bool get_symbols(const uint8_t *in, unsigned bits, uint16_t *v, size_t n)
{
	unsigned each = bytes_each(bits), any = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned v_i = each == 1 ? in[i] : in[2 * i] | (unsigned)in[2 * i + 1] << 8;

		v[i] = (uint16_t)v_i;
		any |= v_i;
	}
	return any >> bits == 0;
}

enum status bytes_to_bits(const uint8_t *bytes, size_t n, struct bit_string *out, struct err *e)
{
	enum status rc = bit_string_alloc(out, n * 8, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		out->words[i / 8] |= (uint64_t)bytes[i] << (56 - i % 8 * 8);
	out->n_bits = n * 8;
	return ST_OK;
}

enum status bytewise_encode(const struct byte_packer *b, const struct symbols *layer,
                            uint32_t level, struct bit_string *out, struct err *e)
{
	size_t n = layer->n * bytes_each(layer->bits), cap = b->bound(n), used = 0;
	uint8_t *plain, *packed;
	enum status rc;

	if (n == 0)
		return bit_string_alloc(out, 0, e);
	plain = malloc(n);
	packed = malloc(cap);
	if (plain && packed) {
		put_symbols(layer, plain);
		rc = b->pack(plain, n, level, packed, cap, &used, e);
	} else {
		rc = err_nomem(e);
	}
	if (!rc)
		rc = bytes_to_bits(packed, used, out, e);
	free(packed);
	free(plain);
	return rc;
}

static enum status unpack(const struct byte_packer *b, const struct bit_string *in, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	size_t n_in = in->n_bits / 8, n_plain = n * bytes_each(bits);
	uint8_t *packed = malloc(n_in), *plain = malloc(n_plain);
	enum status rc;

	if (packed && plain) {
		for (size_t i = 0; i < n_in; i++)
			packed[i] = bits_byte(in, i);
		rc = b->unpack(packed, n_in, plain, n_plain, e);
		if (!rc && !get_symbols(plain, bits, v, n))
			rc = ST_DATA;
	} else {
		rc = err_nomem(e);
	}
	free(plain);
	free(packed);
	return rc;
}

enum status bytewise_decode(const struct byte_packer *b, const struct bit_string *in, unsigned bits,
                            uint16_t *v, size_t n, struct err *e)
{
	enum status rc = ST_DATA;

	if (n == 0)
		rc = in->n_bits ? ST_DATA : ST_OK;
	else if (in->n_bits && in->n_bits % 8 == 0)
		rc = unpack(b, in, bits, v, n, e);
	if (rc == ST_DATA)
		return err_set(e, ST_DATA,
		               "%s stream: %zu bits are not %zu symbols of %u bits as one whole "
		               "frame",
		               b->name, in->n_bits, n, bits);
	return rc;
}
