#include "base/hash.h"

#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct hash), "struct hash is too small");

void hash_begin(struct hash *h)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	memcpy(h, &ctx, sizeof(ctx));
}

void hash_add(struct hash *h, const void *p, size_t n)
{
	struct sha256_ctx ctx;

	memcpy(&ctx, h, sizeof(ctx));
	sha256_update(&ctx, n, p);
	memcpy(h, &ctx, sizeof(ctx));
}

struct digest hash_end(const struct hash *h)
{
	struct sha256_ctx ctx;
	struct digest d;

	memcpy(&ctx, h, sizeof(ctx));
	sha256_digest(&ctx, sizeof(d.byte), d.byte);
	return d;
}

struct digest digest_of(const struct span *parts, size_t n)
{
	struct hash h;

	hash_begin(&h);
	for (size_t i = 0; i < n; i++)
		hash_add(&h, parts[i].p, parts[i].n);
	return hash_end(&h);
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

void hash_library_version(char out[32])
{
	snprintf(out, 32, "%d.%d", nettle_version_major(), nettle_version_minor());
}
