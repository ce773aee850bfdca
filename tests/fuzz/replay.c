/* Runs a fuzz target without libFuzzer, as an ordinary test: on every file given, and on that file
 * cut short and with bytes changed, from a fixed seed. Buffers have the exact size, so that the
 * address sanitizer sees a read past the end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { VARIANTS = 60, MAX_BYTES = 1 << 16 };

static uint64_t state = 20210407;

static size_t below(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? (size_t)(state % n) : 0;
}

static void run(const uint8_t *data, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	if (!exact || n > MAX_BYTES)
		exit(1);
	memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void run_variants(const uint8_t *data, size_t n)
{
	uint8_t *v = malloc(n ? n : 1);

	if (!v)
		exit(1);
	run(data, n);
	for (int i = 0; i < VARIANTS; i++) {
		size_t cut = i % 2 ? n : below(n);

		memcpy(v, data, n);
		for (size_t k = 1 + below(8); k > 0 && n; k--)
			v[below(n)] = (uint8_t)below(256);
		run(v, cut);
	}
	free(v);
}

int main(int argc, char **argv)
{
	static uint8_t data[MAX_BYTES];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
		run_variants(data, n);
	}
	printf("%d files, %d inputs\n", argc - 1, (argc - 1) * (VARIANTS + 1));
	return argc < 2;
}
