/* A technology table from memory: a table or ST_DATA, and a table that can be priced. */
#include "hw/tech.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tech *t;
	double pj;
	enum status rc = tech_parse(&t, (struct span){ data, n }, "fuzz.csv", "fuzz", NULL);

	if (rc && (rc != ST_DATA || t))
		abort();
	if (rc)
		return 0;
	for (size_t i = 0; i < t->n_prices; i++) {
		const struct price *p = &t->price[i];

		if (p->capacity_bytes)
			rc = tech_sram(t, p->action, p->capacity_bytes, p->width_bits, &pj, NULL);
		else
			rc = tech_price(t, p->action, p->width_bits, &pj, NULL);
		if (rc || !(pj == p->energy_pj))
			abort();
		if (p->capacity_bytes)
			rc = tech_sram(t, p->action, p->capacity_bytes + 1, p->width_bits, &pj,
			               NULL);
		if (rc ? rc != ST_USAGE : !isfinite(pj))
			abort();
	}
	tech_free(t);
	return 0;
}
