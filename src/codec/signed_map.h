/* Wire symbols as unsigned numbers that are small where the weight is small: 0, 1, -1, 2, -2 .. as
 * 0, 1, 2, 3, 4 .. (H.264's se(v)). A codec does not know the quantizer, and sign-magnitude and
 * two's complement (affine) lie on the wire differently, so that the encoder says which it was.
 * Symbol 2^(bits-1), minus zero or the most negative number, becomes the largest. Private to the
 * codec layer. */
#ifndef HCB_CODEC_SIGNED_MAP_H
#define HCB_CODEC_SIGNED_MAP_H

#include <stdint.h>

enum signed_form { FORM_SIGN_MAGNITUDE, FORM_TWOS_COMPLEMENT, N_SIGNED_FORMS };

/* Both are one to one on 0 .. 2^bits - 1; 2 <= bits <= 16. */
static inline uint32_t signed_to_unsigned(uint32_t symbol, unsigned bits, enum signed_form form)
{
	uint32_t half = (uint32_t)1 << (bits - 1);
	uint32_t magnitude = symbol;

	if (symbol == half)
		return 2 * half - 1;
	if (symbol > half)
		magnitude = form == FORM_TWOS_COMPLEMENT ? 2 * half - symbol : symbol - half;
	return 2 * magnitude - (symbol > 0 && symbol < half);
}

static inline uint32_t signed_from_unsigned(uint32_t u, unsigned bits, enum signed_form form)
{
	uint32_t half = (uint32_t)1 << (bits - 1), magnitude = u / 2 + (u & 1);

	if (u & 1 || u == 0)
		return magnitude; /* 2 half - 1 too */
	return form == FORM_TWOS_COMPLEMENT ? 2 * half - magnitude : half + magnitude;
}

#endif
