/* libFuzzer target: any safetensors or .npy bytes give a model or a clear error. Seeds:
 * tests/vectors/weights. */
#include "model/importer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span file = { data, size };
	struct err e = { 0 };
	struct model *m;
	enum status rc;

	if (!importer_safetensors.probe(file) && !importer_npy.probe(file))
		return 0;
	rc = model_load_memory(&m, file, "fuzz", &e);
	if (rc != ST_OK && (rc != ST_DATA || m || !e.msg[0] || strchr(e.msg, '\n')))
		abort();
	if (rc == ST_OK && (model_has_graph(m) || model_need_graph(m, &e) != ST_USAGE))
		abort();
	model_free(m);
	return 0;
}
