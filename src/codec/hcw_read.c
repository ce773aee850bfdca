/* Opening a container: preamble, directory, tables. Counts are checked against the bytes that are
 * there before anything is allocated for them. */
#include "codec/hcw.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/crc.h"
#include "codec/hcw_format.h"
#include "codec/hcw_read.h"

enum status hcw_read(struct hcw *h, uint64_t at, void *p, size_t n, struct err *e)
{
	if (at > h->file_bytes || n > h->file_bytes - at)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": %zu bytes expected, but the file has %" PRIu64
		               ": is it truncated?",
		               at, n, h->file_bytes);
	errno = 0;
	if (fseeko(h->f, (off_t)at, SEEK_SET) || (n && fread(p, 1, n, h->f) != n))
		return err_set(e, ST_ENV, "cannot read %zu bytes at offset %" PRIu64 ": %s", n, at,
		               errno ? strerror(errno) : "did the file change meanwhile?");
	return ST_OK;
}

/* A section of n bytes with this CRC, whole, in the arena. */
static enum status read_checked(struct hcw *h, uint64_t at, uint64_t n, uint32_t crc,
                                const char *what, struct hcw_cursor *out, struct err *e)
{
	uint8_t *p;
	enum status rc;

	if (at > h->file_bytes || n > h->file_bytes - at)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": %s of %" PRIu64
		               " bytes does not fit the file of %" PRIu64,
		               at, what, n, h->file_bytes);
	p = arena_alloc(&h->arena, (size_t)n, 1);
	if (!p)
		return err_nomem(e);
	rc = hcw_read(h, at, p, (size_t)n, e);
	if (!rc && crc32_of(0, p, (size_t)n) != crc && !h->options.ignore_crcs)
		rc = err_set(e, ST_DATA, "offset %" PRIu64 ": %s is damaged (CRC)", at, what);
	*out = (struct hcw_cursor){ .p = p, .n = (size_t)n };
	return rc;
}

/* What a reader of another version or byte order must hear before anything else. */
static enum status check_version(struct hcw *h, struct hcw_cursor *c, struct err *e)
{
	uint32_t order;

	if (memcmp(c->p, HCW_MAGIC, 8) != 0)
		return err_set(e, ST_DATA, "offset 0: no container (.hcw) begins like this");
	c->at = 8;
	order = (uint32_t)hcw_get(c, 4);
	if (order != HCW_BYTE_ORDER)
		return err_set(e, ST_DATA,
		               "offset 8: byte order mark %08" PRIx32
		               "; expected %08x, little-endian numbers",
		               order, HCW_BYTE_ORDER);
	h->major = (unsigned)hcw_get(c, 2);
	h->minor = (unsigned)hcw_get(c, 2);
	if (h->major != HCW_MAJOR)
		return err_set(
		        e, ST_DATA,
		        "offset 12: format version %u.%u; this hcbench reads version %d: use "
		        "the hcbench that wrote it, or a newer one",
		        h->major, h->minor, HCW_MAJOR);
	return ST_OK;
}

static enum status read_preamble(struct hcw *h, struct hcw_cursor *directory, struct err *e)
{
	uint8_t b[HCW_PREAMBLE];
	struct hcw_cursor c = { .p = b, .n = sizeof(b) };
	uint64_t size, at, n;
	uint32_t crc;
	enum status rc = hcw_read(h, 0, b, sizeof(b), e);

	if (!rc)
		rc = check_version(h, &c, e);
	if (rc)
		return rc;
	size = hcw_get(&c, 8);
	at = h->directory_at = hcw_get(&c, 8);
	n = hcw_get(&c, 4);
	h->body_crc = (uint32_t)hcw_get(&c, 4);
	crc = (uint32_t)hcw_get(&c, 4);
	c.at = HCW_PREAMBLE - 4;
	if (crc32_of(0, b, HCW_PREAMBLE - 4) != (uint32_t)hcw_get(&c, 4) && !h->options.ignore_crcs)
		return err_set(e, ST_DATA, "offset 0: the preamble is damaged (CRC)");
	if (size != h->file_bytes)
		return err_set(e, ST_DATA,
		               "offset 16: a file of %" PRIu64 " bytes was written, this one has "
		               "%" PRIu64 ": is it truncated?",
		               size, h->file_bytes);
	if (n > HCW_MAX_SECTIONS)
		return err_set(e, ST_DATA, "offset 32: %" PRIu64 " sections; expected at most %d",
		               n, HCW_MAX_SECTIONS);
	return read_checked(h, at, n * HCW_ENTRY, crc, "the directory", directory, e);
}

/* A section that this reader knows. */
struct found {
	bool there;
	uint64_t at, n;
	uint32_t crc;
};

struct sections {
	struct found meta, data, layers, graph;
};

static enum status read_directory(const struct hcw *h, struct hcw_cursor *c, struct sections *s,
                                  struct err *e)
{
	for (size_t i = 0; i < c->n / HCW_ENTRY; i++) {
		const char *type = (const char *)c->p + c->at;
		struct found *to = !memcmp(type, HCW_SECTION_META, 4)   ? &s->meta
		                   : !memcmp(type, HCW_SECTION_DATA, 4) ? &s->data
		                   : !memcmp(type, HCW_SECTION_LAYR, 4) ? &s->layers
		                   : !memcmp(type, HCW_SECTION_GRPH, 4) ? &s->graph
		                                                        : NULL;
		struct found f = { .there = true };
		uint64_t flags;

		c->at += 4;
		flags = hcw_get(c, 4);
		f.at = hcw_get(c, 8);
		f.n = hcw_get(c, 8);
		f.crc = (uint32_t)hcw_get(c, 4);
		c->at += 4;
		if (f.at > h->file_bytes || f.n > h->file_bytes - f.at || (to && to->there))
			return err_set(e, ST_DATA,
			               "offset %" PRIu64 ": a section of %" PRIu64
			               " bytes at offset %" PRIu64
			               " does not fit the file, or stands twice",
			               h->directory_at + i * HCW_ENTRY, f.n, f.at);
		if (!to && flags & HCW_REQUIRED)
			return err_set(e, ST_DATA,
			               "offset %" PRIu64 ": a section that this hcbench does not "
			               "know is marked as required: use a newer one",
			               h->directory_at + i * HCW_ENTRY);
		if (to)
			*to = f;
	}
	if (s->data.n > h->file_bytes - s->graph.n)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": DATA and GRPH are larger than the file",
		               h->directory_at);
	if (!s->meta.there || !s->data.there || !s->layers.there)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": the directory lacks one of META, DATA and LAYR",
		               h->directory_at);
	return ST_OK;
}

static enum status read_meta(struct hcw *h, const struct found *f, struct err *e)
{
	struct hcw_cursor c;
	enum status rc = read_checked(h, f->at, f->n, f->crc, "section META", &c, e);

	if (rc)
		return rc;
	h->meta_at = f->at;
	h->n_layers = (size_t)hcw_get(&c, 4);
	h->info.port_bits = (unsigned)hcw_get(&c, 4);
	h->n_weights = (size_t)hcw_get(&c, 8);
	h->bits.total = hcw_get(&c, 8);
	h->bits.stream = hcw_get(&c, 8);
	h->bits.dict = hcw_get(&c, 8);
	h->bits.side = hcw_get(&c, 8);
	h->bits.padding = hcw_get(&c, 8);
	h->shared_bits = (size_t)hcw_get(&c, 8);
	h->shared_crc = (uint32_t)hcw_get(&c, 4);
	for (size_t i = 0; i < sizeof(h->info.digest.byte); i++)
		h->info.digest.byte[i] = (uint8_t)hcw_get(&c, 1);
	h->info.model = hcw_get_string(&c, &h->arena);
	h->info.lossy = hcw_get_string(&c, &h->arena);
	h->info.point = hcw_get_string(&c, &h->arena);
	if (c.fail)
		return err_set(e, ST_DATA, "offset %" PRIu64 ": section META ends early", f->at);
	if (h->info.port_bits < 8 || h->info.port_bits > 4096 || h->info.port_bits % 8)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": a port of %u bits; expected whole bytes",
		               f->at + 4, h->info.port_bits);
	return ST_OK;
}

static enum status read_layers(struct hcw *h, const struct found *f, struct err *e)
{
	struct hcw_cursor c;
	enum status rc;

	if (h->n_layers < 1 || h->n_layers > f->n / HCW_SMALLEST_RECORD)
		return err_set(e, ST_DATA,
		               "offset %" PRIu64 ": %zu layers, but %" PRIu64
		               " bytes of layer records; expected 1 or more of at least %d bytes",
		               h->meta_at, h->n_layers, f->n, HCW_SMALLEST_RECORD);
	rc = read_checked(h, f->at, f->n, f->crc, "section LAYR", &c, e);
	if (rc)
		return rc;
	h->layer = ARENA_NEW(&h->arena, struct hcw_layer, h->n_layers);
	if (!h->layer)
		return err_nomem(e);
	for (size_t l = 0; l < h->n_layers && !rc; l++) {
		uint64_t n = hcw_get(&c, 4), at = f->at + c.at;
		struct hcw_cursor record;

		if (c.fail || n > c.n - c.at)
			return err_set(e, ST_DATA,
			               "offset %" PRIu64 ": the record of layer %zu ends early", at,
			               l);
		record = (struct hcw_cursor){ .p = c.p + c.at, .n = (size_t)n };
		c.at += (size_t)n; /* a later version may have more in it */
		rc = hcw_read_layer(h, &record, &h->layer[l], e);
		if (rc)
			err_wrap(e, "offset %" PRIu64 ": layer %zu", at, l);
	}
	return rc ? rc : hcw_check_layout(h, e);
}

static enum status open_file(struct hcw *h, struct err *e)
{
	struct hcw_cursor directory;
	struct sections s = { 0 };
	enum status rc = read_preamble(h, &directory, e);

	if (!rc)
		rc = read_directory(h, &directory, &s, e);
	if (!rc)
		rc = read_meta(h, &s.meta, e);
	if (rc)
		return rc;
	h->payload_at = s.data.at;
	h->payload_bytes = s.data.n;
	h->payload_crc = s.data.crc;
	h->has_graph = s.graph.there;
	h->graph_at = s.graph.at;
	h->graph_bytes = s.graph.n;
	h->graph_crc = s.graph.crc;
	h->layers_at = s.layers.at;
	rc = read_layers(h, &s.layers, e);
	return rc ? rc : hcw_read_shared(h, e);
}

static enum status open_handle(struct hcw **out, FILE *f, uint64_t n, const char *path,
                               const struct hcw_options *o, struct err *e)
{
	struct hcw *h = f ? calloc(1, sizeof(*h)) : NULL;
	enum status rc;

	*out = NULL;
	if (!h) {
		if (f)
			fclose(f);
		return err_nomem(e);
	}
	h->f = f;
	h->file_bytes = n;
	h->options = *o;
	h->path = arena_strdup(&h->arena, path);
	rc = h->path ? open_file(h, e) : err_nomem(e);
	if (rc) {
		err_wrap(e, "%s", path);
		hcw_close(h);
	} else {
		*out = h;
	}
	return rc;
}

enum status hcw_open(struct hcw **out, const char *path, struct err *e)
{
	FILE *f = fopen(path, "rb");
	off_t n;

	*out = NULL;
	if (!f)
		return err_set(e, ST_ENV, "cannot open %s: %s", path, strerror(errno));
	if (fseeko(f, 0, SEEK_END) || (n = ftello(f)) < 0) {
		fclose(f);
		return err_set(e, ST_ENV, "cannot read %s: %s", path, strerror(errno));
	}
	return open_handle(out, f, (uint64_t)n, path, &(struct hcw_options){ 0 }, e);
}

enum status hcw_open_memory(struct hcw **out, struct span file, const struct hcw_options *o,
                            struct err *e)
{
	*out = NULL;
	if (file.n == 0)
		return err_set(e, ST_DATA, "offset 0: the file is empty");
	return open_handle(out, fmemopen((void *)file.p, file.n, "rb"), file.n, "container", o, e);
}

void hcw_close(struct hcw *h)
{
	if (!h)
		return;
	fclose(h->f);
	bit_string_release(&h->shared);
	arena_release(&h->arena);
	free(h);
}

bool hcw_probe(const char *path)
{
	FILE *f = fopen(path, "rb");
	char b[4];
	bool is = f && fread(b, 1, sizeof(b), f) == sizeof(b) && !memcmp(b, HCW_MAGIC, sizeof(b));

	if (f)
		fclose(f);
	return is;
}

size_t hcw_find(const struct hcw *h, const char *name)
{
	for (size_t l = 0; l < h->n_layers; l++)
		if (!strcmp(h->layer[l].name, name) || !strcmp(h->layer[l].tensor, name))
			return l;
	return h->n_layers;
}
