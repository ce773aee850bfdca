/* Study files: any bytes end in a study or one clear error. */
#include <stddef.h>
#include <stdint.h>

#include "run/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct study *s;
	struct err e;

	if (n > 4096) /* a cross product may be large by right */
		return 0;
	if (study_parse(&s, (struct span){ data, n }, "fuzz.yaml", NULL, 0, &e) == ST_OK)
		study_free(s);
	return 0;
}
