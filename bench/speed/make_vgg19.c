/* Writes a safetensors file of the shape of VGG19, 143,652,544 weights of a fixed seed, to stdout.
 * Weights are sums of four uniform numbers, scaled as He's initialization scales them: bell-shaped
 * and without structure, which is the hardest case for a dictionary. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 19, BLOCK = 1 << 16 };

static uint64_t state = 20210407;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Four uniform numbers of 16 bits each: mean 0, variance 1. */
static float bell(void)
{
	uint64_t r = next();
	double sum = (double)(r & 65535) + (double)(r >> 16 & 65535) + (double)(r >> 32 & 65535) +
	             (double)(r >> 48);

	return (float)((sum / 65536 - 2) * sqrt(3));
}

static void write_weights(size_t n, size_t fan_in)
{
	static float block[BLOCK];
	const float scale = (float)sqrt(2.0 / (double)fan_in);

	while (n) {
		size_t now = n < BLOCK ? n : BLOCK;

		for (size_t i = 0; i < now; i++)
			block[i] = scale * bell();
		if (fwrite(block, sizeof(*block), now, stdout) != now)
			exit(3);
		n -= now;
	}
}

int main(void)
{
	static const unsigned layer[LAYERS][3] = {
  /* outputs, inputs, side */
		{64,    3,     3},
                { 64,   64,    3},
                { 128,  64,    3},
                { 128,  128,   3},
		{ 256,  128,   3},
                { 256,  256,   3},
                { 256,  256,   3},
                { 256,  256,   3},
		{ 512,  256,   3},
                { 512,  512,   3},
                { 512,  512,   3},
                { 512,  512,   3},
		{ 512,  512,   3},
                { 512,  512,   3},
                { 512,  512,   3},
                { 512,  512,   3},
		{ 4096, 25088, 1},
                { 4096, 4096,  1},
                { 1000, 4096,  1}
	};
	static char header[8192];
	size_t at = 0, used = 0;
	uint64_t length;

	for (unsigned i = 0; i < LAYERS; i++) {
		const unsigned *l = layer[i];
		size_t n = (size_t)l[0] * l[1] * l[2] * l[2];

		used += (size_t)snprintf(
		        header + used, sizeof(header) - used,
		        l[2] > 1 ? "%s\"layer%02u\":{\"dtype\":\"F32\",\"shape\":[%u,%u,3,3],"
		                 : "%s\"layer%02u\":{\"dtype\":\"F32\",\"shape\":[%u,%u],",
		        i ? "," : "{", i + 1, l[0], l[1]);
		used += (size_t)snprintf(header + used, sizeof(header) - used,
		                         "\"data_offsets\":[%zu,%zu]}", at, at + 4 * n);
		at += 4 * n;
	}
	header[used++] = '}';
	while (used % 8)
		header[used++] = ' ';
	length = used;
	fwrite(&length, sizeof(length), 1, stdout);
	fwrite(header, 1, used, stdout);
	for (unsigned i = 0; i < LAYERS; i++)
		write_weights((size_t)layer[i][0] * layer[i][1] * layer[i][2] * layer[i][2],
		              (size_t)layer[i][1] * layer[i][2] * layer[i][2]);
	return fflush(stdout) || ferror(stdout) ? 3 : 0;
}
