/* Cycles of systolic arrays, against SCALE-Sim: of one layer, and of all runs that ship. */
#include "report/claim_check.h"

#include "base/file.h"
#include "hw/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum status array_run(const char *argument, struct arena *a, struct claim_result *out,
                             struct err *e)
{
	char name[32];
	struct array array;
	struct gemm g = { .groups = 1 };
	struct array_counts counts;
	int end = 0;

	(void)a;
	if (sscanf(argument, "%31s %8zu %8zu %8zu%n", name, &g.m, &g.n, &g.k, &end) != 4 ||
	    argument[end] || !g.m || !g.n || !g.k || !array_from_text(&array, name, 4096))
		return err_set(e, ST_USAGE, "array: '%.60s' is not FLOW:RxC M N K", argument);
	counts = array_count(array, g);
	out->ours = (double)array_scalesim(array, &counts).cycles;
	return ST_OK;
}

const struct claim_check claim_check_array = {
	.name = "array",
	.help = "FLOW:RxC M N K: cycles of one layer without stalls, as SCALE-Sim reports them",
	.run = array_run,
};

/* Whether the closed form gives the cycles of this line: stalls come on top. */
static bool agrees(const char *line, bool *is_run)
{
	char layer[64], flow[3], text[64];
	struct gemm g = { .groups = 1 };
	struct array_counts counts;
	struct array array;
	unsigned rows, cols;
	uint64_t cycles, stalls;

	*is_run = sscanf(line, "%63[^,],%8zu,%8zu,%8zu,%4u,%4u,%2[a-z],%" SCNu64 ",%" SCNu64, layer,
	                 &g.m, &g.n, &g.k, &rows, &cols, flow, &cycles, &stalls) == 9;
	if (!*is_run)
		return false;
	snprintf(text, sizeof(text), "%s:%ux%u", flow, rows, cols);
	if (!g.m || !g.n || !g.k || !array_from_text(&array, text, 4096))
		return false;
	counts = array_count(array, g);
	return array_scalesim(array, &counts).cycles + stalls == cycles;
}

static enum status scalesim_run(const char *argument, struct arena *a, struct claim_result *out,
                                struct err *e)
{
	const char *path = file_shipped(a, "datasets/scalesim.csv");
	size_t runs = 0, equal = 0;
	struct span file;
	char *save = NULL;
	enum status rc;

	(void)argument;
	if (!path)
		return err_set(e, ST_ENV, "datasets/scalesim.csv is not installed");
	rc = file_read(a, path, 1 << 22, &file, e);
	if (rc)
		return rc;
	for (char *line = strtok_r((char *)file.p, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		bool is_run = false;

		equal += *line != '#' && agrees(line, &is_run);
		runs += is_run;
	}
	out->ours = (double)equal;
	out->low = out->high = out->ours;
	out->reason = arena_printf(a, "%zu of %zu runs have the same cycles", equal, runs);
	return out->reason ? ST_OK : err_nomem(e);
}

const struct claim_check claim_check_scalesim = {
	.name = "scalesim",
	.help = "runs of datasets/scalesim.csv whose cycles come out the same",
	.run = scalesim_run,
};
