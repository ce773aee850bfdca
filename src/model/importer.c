#include "model/importer.h"

#define IMPORTER_ENTRY(n) &importer_##n,

const struct importer *const importers[] = { IMPORTERS(IMPORTER_ENTRY) };
const size_t n_importers = sizeof(importers) / sizeof(importers[0]);
