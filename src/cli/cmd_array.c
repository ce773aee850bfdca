#include <string.h>

#include "base/file.h"
#include "cli/array_table.h"
#include "cli/command.h"
#include "cli/output.h"

enum { MAX_FILE_BYTES = 64 << 20 };

static enum status run(const struct invocation *in, struct err *e)
{
	const char *format = opt_text(in, "format"), *file = in->args[0];
	const bool from_stdin = !strcmp(file, "-");
	struct arena a = { 0 };
	struct table t;
	struct span content;
	enum status rc = output_check(format, e);

	if (!rc)
		rc = file_read(&a, from_stdin ? "/dev/stdin" : file, MAX_FILE_BYTES, &content, e);
	if (!rc)
		rc = array_table(&t, content, from_stdin ? "stdin" : file, e);
	arena_release(&a);
	if (rc)
		return rc;
	rc = output_table(&t, format, e);
	table_release(&t);
	return rc;
}

static const struct opt opts[] = {
	{"format", 'f', "FORMAT", "csv", false, OUTPUT_FORMATS},
};

const struct command command_array = {
	.name = "array",
	.args = "FILE.csv|-",
	.min_args = 1,
	.max_args = 1,
	.help = "cycles, memory accesses and utilization of layers on systolic arrays",
	.details =
	        "FILE.csv (- is stdin) has a line of column names, among them, in any order,\n"
	        "  m, n, k                 a layer as a matrix product: M output pixels, N filters of K\n"
	        "                          weights (inputs M x K, weights K x N)\n"
	        "  array_rows, array_cols  size of the array\n"
	        "  dataflow                what rests in the array: ws weights, os outputs, is inputs\n"
	        "Lines that are empty or start with # are left out. Other columns are passed through; one\n"
	        "with the name of a result is an error. Behind the columns of the file stand\n"
	        "  cycles            as SCALE-Sim v2 reports them (total_cycles): the index of the last\n"
	        "                    cycle, which is their number less 1; memory never stalls\n"
	        "  ifmap_reads       words of inputs read from the memory (ifmap_sram_reads)\n"
	        "  filter_reads      weights read (filter_sram_reads)\n"
	        "  ofmap_writes      words of outputs written, partial sums among them, as SCALE-Sim v2\n"
	        "                    reports them (ofmap_sram_writes): with os, ROWS + COLS too many in\n"
	        "                    every fold\n"
	        "  utilization       percent (overall_util_pct): 100 m n k / (cycles ROWS COLS); empty\n"
	        "                    where cycles is 0\n"
	        "  true_cycles, true_ofmap_writes, true_utilization\n"
	        "                    the number of cycles, the writes that happen, and the utilization\n"
	        "                    of that number of cycles\n"
	        "A row or header that is wrong is exit status 4 and one line with FILE:LINE.\n",
	.examples = "  hcbench array layers.csv\n"
	            "  printf 'm,n,k,array_rows,array_cols,dataflow\\n256,128,256,32,32,os\\n' | "
	            "hcbench array -\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
