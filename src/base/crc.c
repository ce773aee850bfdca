#include "base/crc.h"

#include <zlib.h>

uint32_t crc32_of(uint32_t crc, const void *p, size_t n)
{
	return n ? (uint32_t)crc32_z(crc, p, n) : crc;
}
