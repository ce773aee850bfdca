#include "base/hash.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

struct digest digest_of(const struct span *parts, size_t n)
{
	struct sha256_ctx ctx;
	struct digest d;

	sha256_init(&ctx);
	for (size_t i = 0; i < n; i++)
		sha256_update(&ctx, parts[i].n, parts[i].p);
	sha256_digest(&ctx, sizeof(d.byte), d.byte);
	return d;
}

struct digest digest_of_text(const char *s)
{
	return digest_of(&(struct span){ s, strlen(s) }, 1);
}

void digest_hex(const struct digest *d, char out[DIGEST_HEX])
{
	for (size_t i = 0; i < sizeof(d->byte); i++)
		snprintf(out + 2 * i, 3, "%02x", d->byte[i]);
}
