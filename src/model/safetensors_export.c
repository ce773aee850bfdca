/* Kernels as safetensors: the length of a JSON header in 8 bytes, the header, all weights. */
#include "model/export.h"

#include "base/text.h"

static void put_string(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s; s++)
		if ((unsigned char)*s < ' ')
			text_addf(t, "\\u%04x", (unsigned)(unsigned char)*s);
		else if (*s == '"' || *s == '\\')
			text_addf(t, "\\%c", *s);
		else
			text_addn(t, s, 1);
	text_add(t, "\"");
}

static void put_tensor(struct text *t, const struct kernel *k, uint64_t *at)
{
	put_string(t, k->name);
	text_add(t, ":{\"dtype\":\"F32\",\"shape\":[");
	for (unsigned i = 0; i < k->shape.rank; i++)
		text_addf(t, "%s%zu", i ? "," : "", k->shape.dim[i]);
	text_addf(t, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)*at,
	          (unsigned long long)(*at + 4 * k->n));
	*at += 4 * k->n;
}

enum status export_safetensors(const struct model *m, const struct export_sink *sink, struct err *e)
{
	struct text header = { 0 };
	uint8_t length[8];
	uint64_t at = 0;
	enum status rc;

	text_add(&header, "{");
	for (size_t k = 0; k < m->n_kernels; k++) {
		text_add(&header, k ? "," : "");
		put_tensor(&header, &m->kernels[k], &at);
	}
	text_add(&header, "}");
	while (header.n % 8 && !header.fail) /* weights begin at a multiple of 8 */
		text_add(&header, " ");
	for (unsigned b = 0; b < 8; b++)
		length[b] = (uint8_t)((uint64_t)header.n >> (8 * b));
	rc = header.fail ? err_nomem(e) : sink->bytes(sink->arg, length, sizeof(length), e);
	if (!rc)
		rc = sink->bytes(sink->arg, header.s, header.n, e);
	for (size_t k = 0; k < m->n_kernels && !rc; k++)
		rc = sink->weights(sink->arg, k, e);
	text_release(&header);
	return rc;
}
