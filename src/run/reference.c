#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "run/reference.h"

#include <stdatomic.h>
#include <sys/mman.h>

struct reference {
	atomic_bool ready;
	size_t bytes; /* of the whole mapping */
	struct accuracy accuracy;
	uint16_t *top1; /* both inside the mapping, which all processes have at one address */
	float margin[];
};

struct reference *reference_create(size_t n)
{
	size_t bytes = sizeof(struct reference) + n * (sizeof(float) + sizeof(uint16_t));
	struct reference *r =
	        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		return NULL;
	r->bytes = bytes;
	r->top1 = (uint16_t *)(r->margin + n);
	return r;
}

void reference_free(struct reference *r)
{
	if (r)
		munmap(r, r->bytes);
}

bool reference_ready(const struct reference *r)
{
	return atomic_load_explicit(&r->ready, memory_order_acquire);
}

struct predictions reference_predictions(const struct reference *r)
{
	return (struct predictions){ r->top1, (float *)r->margin };
}

const struct accuracy *reference_accuracy(const struct reference *r)
{
	return &r->accuracy;
}

enum status reference_fill(struct reference *r, struct net *n, const struct dataset *d,
                           struct err *e)
{
	const struct predictions p = reference_predictions(r);
	struct accuracy a;
	enum status rc;

	if (reference_ready(r))
		return ST_OK;
	rc = accuracy_run(&a, n, d, NULL, &p, e);
	if (rc)
		return rc;
	r->accuracy = a;
	atomic_store_explicit(&r->ready, true, memory_order_release);
	return ST_OK;
}
