/* Claim files: any bytes end in a claim or one clear error. */
#include <stddef.h>
#include <stdint.h>

#include "report/claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = { 0 };
	struct claim c;
	struct err e;

	if (claim_parse(&c, &a, (struct span){ data, n }, "fuzz.yaml", &e) == ST_OK) {
		for (size_t i = 0; i < claim_rows(&c); i++)
			(void)claim_network(&c, i)[0];
		(void)claim_holds(&c, c.published);
	}
	arena_release(&a);
	return 0;
}
