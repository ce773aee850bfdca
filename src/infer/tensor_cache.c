#include "infer/tensor_cache.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Head: magic, key, zeros; its 64 bytes keep the pixels aligned. Tail: SHA-256 of all before it. */
enum { HEAD = 64, MAGIC = 16, TAIL = sizeof(struct digest) };

static const char magic[MAGIC] = "hcbench tensors";

enum status tensor_cache_open(struct tensor_cache *t, struct arena *a, const struct digest *key,
                              size_t n, struct err *e)
{
	char hex[DIGEST_HEX];
	const char *dir = file_cache(a, "tensors");

	*t = (struct tensor_cache){ 0 };
	if (!dir || n > SIZE_MAX - HEAD - TAIL)
		return err_nomem(e);
	digest_hex(key, hex);
	t->path = arena_printf(a, "%s/%s", dir, hex);
	t->n = n;
	t->n_file = HEAD + n + TAIL;
	t->file = ARENA_NEW(a, uint8_t, t->n_file);
	if (!t->path || !t->file)
		return err_nomem(e);
	memcpy(t->file, magic, MAGIC);
	memcpy(t->file + MAGIC, key->byte, sizeof(key->byte));
	t->pixels = t->file + HEAD;
	return ST_OK;
}

static struct digest content_digest(const uint8_t *head, const struct tensor_cache *t)
{
	struct span parts[] = {
		{head,       HEAD},
                { t->pixels, t->n}
	};

	return digest_of(parts, 2);
}

bool tensor_cache_load(struct tensor_cache *t)
{
	FILE *f = fopen(t->path, "rb");
	uint8_t head[HEAD], tail[TAIL];
	struct digest d;
	bool whole;

	if (!f)
		return false;
	whole = fread(head, 1, HEAD, f) == HEAD && !memcmp(head, t->file, HEAD) &&
	        fread(t->pixels, 1, t->n, f) == t->n && fread(tail, 1, TAIL, f) == TAIL &&
	        fgetc(f) == EOF;
	fclose(f);
	if (!whole)
		return false;
	d = content_digest(head, t);
	return !memcmp(d.byte, tail, TAIL);
}

void tensor_cache_store(struct tensor_cache *t)
{
	struct digest d = content_digest(t->file, t);
	char *dir = strdup(t->path), *slash = dir ? strrchr(dir, '/') : NULL;

	memcpy(t->file + HEAD + t->n, d.byte, TAIL);
	if (slash) {
		*slash = '\0';
		if (!file_mkdirs(dir, NULL))
			file_write(t->path, t->file, t->n_file, NULL);
	}
	free(dir);
}
