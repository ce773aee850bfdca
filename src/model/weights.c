#include "model/weights.h"

#include "model/graph.h"

#include <math.h>
#include <string.h>

static uint16_t word16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static float float_from_bits(uint32_t u)
{
	float f;

	memcpy(&f, &u, sizeof(f));
	return f;
}

/* IEEE half precision: 5 bits of exponent, 10 of fraction. */
static float from_half(uint16_t h)
{
	const int exponent = h >> 10 & 31, fraction = h & 1023;
	float v;

	if (exponent == 31)
		v = fraction ? NAN : INFINITY;
	else if (exponent == 0)
		v = ldexpf((float)fraction, -24);
	else
		v = ldexpf((float)(1024 + fraction), exponent - 25);
	return h >> 15 ? -v : v;
}

static float element(const struct tensor *t, size_t i)
{
	const uint8_t *p = t->bytes + (t->number == NUMBER_F32 ? 4 : 2) * i;

	if (t->number == NUMBER_F16)
		return from_half(word16(p));
	if (t->number == NUMBER_BF16) /* the upper half of a float */
		return float_from_bits((uint32_t)word16(p) << 16);
	return float_from_bits((uint32_t)word16(p) | (uint32_t)word16(p + 2) << 16);
}

/* Where element i of the row-major order stands in a column-major tensor. */
static size_t column_major(const struct shape *s, size_t i)
{
	size_t at = 0, step[SHAPE_MAX_RANK], n = 1;

	for (unsigned d = 0; d < s->rank; d++) {
		step[d] = n;
		n *= s->dim[d];
	}
	for (unsigned d = s->rank; d-- > 0; i /= s->dim[d])
		at += i % s->dim[d] * step[d];
	return at;
}

const float *floats_in_place(const void *p)
{
	const uint16_t one = 1;
	const bool little_endian = *(const uint8_t *)&one == 1;

	return little_endian && (uintptr_t)p % _Alignof(float) == 0 ? p : NULL;
}

static const float *floats_of(struct model *m, const struct tensor *t)
{
	const bool plain = t->stays && t->number == NUMBER_F32 && !t->fortran;
	const float *there = plain ? floats_in_place(t->bytes) : NULL;
	float *w;

	if (there)
		return there;
	w = ARENA_NEW(&m->arena, float, t->n);
	for (size_t i = 0; i < t->n && w; i++)
		w[i] = element(t, t->fortran ? column_major(&t->shape, i) : i);
	return w;
}

/* "block.conv.weight" -> "block.conv". */
static const char *layer_name(struct arena *a, const char *name)
{
	const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
	const char *last = slash > dot ? slash : dot;

	if (!last || last == name ||
	    (strcmp(last + 1, "weight") != 0 && strcmp(last + 1, "kernel") != 0))
		return name;
	return arena_strndup(a, name, (size_t)(last - name));
}

/* Names are shown in messages and tables. */
static bool printable(const char *name)
{
	const char *p = name;

	while ((unsigned char)*p >= ' ' && *p != 127)
		p++;
	return p > name && !*p;
}

enum status weights_add(struct model *m, const struct tensor *t, struct err *e)
{
	struct kernel k = { .name = t->name, .shape = t->shape, .groups = 1 };

	if (!printable(t->name))
		return err_set(e, ST_DATA, "a tensor has no name, or one with control characters");
	if (t->shape.rank != 4 && t->shape.rank != 2) {
		m->n_other += t->n;
		return ST_OK;
	}
	if (t->number == NUMBER_OTHER)
		return err_set(
		        e, ST_DATA,
		        "tensor '%.80s' has elements of type %.20s; expected 32-bit floats "
		        "(16-bit ones in safetensors and .npy are widened): save the weights "
		        "as float32",
		        t->name, t->type);
	k.layer = layer_name(&m->arena, t->name);
	k.w = t->n ? floats_of(m, t) : NULL;
	if (!k.layer || (t->n && !k.w))
		return err_nomem(e);
	return graph_weights(m, &k, e);
}

enum status weights_end(const struct model *m, struct err *e)
{
	if (m->n_kernels)
		return ST_OK;
	return err_set(e, ST_DATA,
	               "no tensor of rank 4 (convolution) or 2 (dense): there is nothing to "
	               "compress");
}
