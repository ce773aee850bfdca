/* Layers for hcbench array from memory: a table whose results hold together, or ST_DATA. */
#include "cli/array_table.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct table t;
	size_t cycles, true_cycles;
	enum status rc = array_table(&t, (struct span){ data, n }, "fuzz.csv", NULL);

	if (rc && rc != ST_DATA)
		abort();
	if (rc)
		return 0;
	cycles = table_column(&t, "cycles");
	true_cycles = table_column(&t, "true_cycles");
	for (size_t i = 0; i < t.n_rows; i++) {
		int64_t c = table_cell(&t, i, true_cycles)->i;

		if (c <= 0 || table_cell(&t, i, cycles)->i != c - 1)
			abort();
	}
	table_release(&t);
	return 0;
}
