/* Numbers as files have them. */
#include "model/export.h"

#include <string.h>

static void put_float(float v, uint8_t *out)
{
	uint32_t u;

	memcpy(&u, &v, sizeof(u));
	for (unsigned b = 0; b < 4; b++)
		out[b] = (uint8_t)(u >> (8 * b));
}

void export_floats(const float *w, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++)
		put_float(w[i], out + 4 * i);
}

void export_transposed(const float *w, size_t rows, size_t columns, uint8_t *out)
{
	for (size_t c = 0; c < columns; c++)
		for (size_t r = 0; r < rows; r++)
			put_float(w[r * columns + c], out + 4 * (c * rows + r));
}
