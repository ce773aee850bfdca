/* libFuzzer target: any bytes give a model or a clear error. Seeds: tests/vectors/onnx. */
#include "model/importer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct model *m;
	enum status rc;

	if (!importer_onnx.probe((struct span){ data, size }))
		return 0; /* another format: its own target */
	rc = model_load_memory(&m, (struct span){ data, size }, "fuzz", &e);

	if (rc != ST_OK && (rc != ST_DATA || m || !e.msg[0]))
		abort();
	if (rc == ST_OK)
		for (size_t i = 0; i < m->n_nodes; i++)
			(void)model_gemm(m, &m->nodes[i]);
	model_free(m);
	return 0;
}
