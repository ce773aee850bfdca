#include "infer/idx.h"

#include "base/file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Far above any data set of this format, so a damaged header cannot ask for all memory. */
static const size_t max_bytes = (size_t)1 << 30;

enum { MAX_RANK = 4, TYPE_U8 = 8 };

static size_t header_size(unsigned rank)
{
	return 4 + 4 * (size_t)rank;
}

static uint32_t big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Product of the dimensions; false when those that are not 0 multiply to more than max_bytes. */
static bool content_size(const size_t *dim, unsigned rank, size_t *out)
{
	size_t n = 1;
	bool empty = false;

	for (unsigned i = 0; i < rank; i++) {
		if (dim[i] == 0) {
			empty = true;
			continue;
		}
		if (n > max_bytes / dim[i])
			return false;
		n *= dim[i];
	}
	*out = empty ? 0 : n;
	return true;
}

static enum status check_magic(const uint8_t *p, size_t n, const char *path, unsigned rank,
                               struct err *e)
{
	if (n < 4)
		return err_set(e, ST_DATA,
		               "%s: %zu bytes, too short for the 4-byte magic of an IDX file: "
		               "truncated, fetch it again",
		               path, n);
	if (p[0] || p[1])
		return err_set(e, ST_DATA,
		               "%s: offset 0: magic %02x %02x %02x %02x is not that of an IDX file "
		               "(expected 00 00 08 %02x)",
		               path, p[0], p[1], p[2], p[3], rank);
	if (p[2] != TYPE_U8)
		return err_set(
		        e, ST_DATA,
		        "%s: offset 2: element type 0x%02x, only unsigned bytes (0x08) are read",
		        path, p[2]);
	if (p[3] != rank)
		return err_set(
		        e, ST_DATA,
		        "%s: offset 3: %u dimensions, expected %u (1 for labels, 3 for images): "
		        "is it the right file of the pair?",
		        path, p[3], rank);
	return ST_OK;
}

enum status idx_read(struct arena *a, const char *path, unsigned rank, struct idx *out,
                     struct err *e)
{
	struct span file;
	struct idx in = { .rank = rank };
	const uint8_t *p;
	size_t header = header_size(rank), n;
	enum status rc;

	if (rank < 1 || rank > MAX_RANK)
		return err_set(e, ST_INTERNAL, "%s: IDX of rank %u asked for, 1 to %d are possible",
		               path, rank, MAX_RANK);
	rc = file_read(a, path, header + max_bytes, &file, e);
	if (rc)
		return rc;
	p = file.p;
	rc = check_magic(p, file.n, path, rank, e);
	if (rc)
		return rc;
	if (file.n < header)
		return err_set(e, ST_DATA,
		               "%s: ends at offset %zu inside its header of %zu bytes: truncated, "
		               "fetch it again",
		               path, file.n, header);
	for (unsigned i = 0; i < rank; i++)
		in.dim[i] = big_endian(p + 4 + 4 * i);
	if (!content_size(in.dim, rank, &n))
		return err_set(e, ST_DATA,
		               "%s: offset 4: the dimensions ask for more than %zu bytes, refused",
		               path, max_bytes);
	if (file.n - header < n)
		return err_set(
		        e, ST_DATA,
		        "%s: ends at offset %zu, its dimensions ask for %zu bytes: truncated, "
		        "fetch it again",
		        path, file.n, header + n);
	if (file.n - header > n)
		return err_set(
		        e, ST_DATA,
		        "%s: offset %zu: %zu bytes after the %zu that its dimensions ask for", path,
		        header + n, file.n - header - n, header + n);
	in.bytes = p + header;
	*out = in;
	return ST_OK;
}

enum status idx_write(const char *path, const struct idx *in, struct err *e)
{
	size_t header = header_size(in->rank), n;
	enum status rc;
	uint8_t *p;

	if (in->rank < 1 || in->rank > MAX_RANK || !content_size(in->dim, in->rank, &n))
		return err_set(e, ST_INTERNAL, "%s: not a shape that IDX can hold", path);
	p = malloc(header + n);
	if (!p)
		return err_nomem(e);
	memcpy(p, (const uint8_t[]){ 0, 0, TYPE_U8, (uint8_t)in->rank }, 4);
	for (unsigned i = 0; i < in->rank; i++)
		for (unsigned j = 0; j < 4; j++)
			p[4 + 4 * i + j] = (uint8_t)(in->dim[i] >> (24 - 8 * j));
	if (n)
		memcpy(p + header, in->bytes, n);
	rc = file_write(path, p, header + n, e);
	free(p);
	return rc;
}
