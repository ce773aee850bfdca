/* A borrowed run of bytes. */
#ifndef HCB_BASE_SPAN_H
#define HCB_BASE_SPAN_H

#include <stddef.h>

struct span {
	const void *p;
	size_t n;
};

#endif
