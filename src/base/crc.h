/* CRC-32 as PNG, gzip and Ethernet have it (polynomial 0xedb88320, reflected, inverted; zlib). */
#ifndef HCB_BASE_CRC_H
#define HCB_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of the bytes that `crc` is of (0: none yet), followed by n more. */
uint32_t crc32_of(uint32_t crc, const void *p, size_t n);

#endif
