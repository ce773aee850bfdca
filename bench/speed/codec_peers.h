/* General compressors on plain bytes, as a program that has bytes would call them. */
#ifndef HCB_BENCH_CODEC_PEERS_H
#define HCB_BENCH_CODEC_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
	const char *name;
	/* Bytes written; 0: failed. */
	size_t (*encode)(const uint8_t *in, size_t n, uint8_t *out, size_t cap, int level);
	bool (*decode)(const uint8_t *in, size_t n_in, uint8_t *out, size_t n);
};

/* "name" or "name:LEVEL"; NULL: not a peer. */
const struct peer *peer_find(const char *name, int *level);

/* Enough room for the code of n bytes, whatever the peer. */
size_t peers_bound(size_t n);

#endif
