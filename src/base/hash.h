/* Content hashes: SHA-256 (nettle). */
#ifndef HCB_BASE_HASH_H
#define HCB_BASE_HASH_H

#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

struct digest {
	uint8_t byte[32];
};

enum { DIGEST_HEX = 65 }; /* 64 characters and the terminator */

/* Of the concatenation of n spans. */
struct digest digest_of(const struct span *parts, size_t n);
struct digest digest_of_text(const char *s);

/* The same piece by piece. hash_end is the digest of what was added so far; more may follow, to h
 * or to a copy of it. */
struct hash {
	uint64_t state[16];
};

void hash_begin(struct hash *h);
void hash_add(struct hash *h, const void *p, size_t n);
struct digest hash_end(const struct hash *h);

/* Lower-case hexadecimal. */
void digest_hex(const struct digest *d, char out[DIGEST_HEX]);

/* Of Nettle. */
void hash_library_version(char out[32]);

#endif
