/* Energy of a memory access in the price tables. */
#include "report/claim_check.h"

#include "base/text.h"
#include "hw/tech.h"

#include <stdio.h>

static enum status sram_run(const char *argument, struct arena *a, struct claim_result *out,
                            struct err *e)
{
	char technology[32], size[32];
	uint64_t bytes;
	unsigned width;
	struct tech *t;
	int end = 0;
	enum status rc;

	(void)a;
	if (sscanf(argument, "%31s %31s %4u%n", technology, size, &width, &end) != 3 ||
	    argument[end] || !parse_bytes(size, &bytes))
		return err_set(e, ST_USAGE, "sram: '%.60s' is not TECHNOLOGY BYTES WIDTH",
		               argument);
	rc = tech_load(&t, technology, e);
	if (!rc)
		rc = tech_sram(t, "sram_read", bytes, width, &out->ours, e);
	tech_free(t);
	return rc;
}

const struct claim_check claim_check_sram = {
	.name = "sram",
	.help = "TECHNOLOGY BYTES WIDTH: energy of a read in pJ",
	.run = sram_run,
};
