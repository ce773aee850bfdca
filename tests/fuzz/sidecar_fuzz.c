/* libFuzzer target: any bytes give values that can be meant, or a clear error. Seeds:
 * the YAML file of tests/vectors/images. */
#include "run/sidecar.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct preprocess p;
	struct err e = { 0 };
	enum status rc = sidecar_parse(&p, (struct span){ data, size }, "fuzz", &e);

	if (rc != ST_OK && (rc != ST_USAGE || !e.msg[0]))
		abort();
	if (rc == ST_OK && preprocess_check(&p, &e))
		abort();
	return 0;
}
