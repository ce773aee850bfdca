/* libFuzzer target: any bytes as labels.csv, as val.txt and as a list of digests give labels below
 * the number of classes, or a clear error. Seeds: tests/vectors/photos. */
#include "infer/photo_digests.h"
#include "infer/photo_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_labels(const uint8_t *data, size_t size, enum photo_labels format)
{
	struct photo_list l = { .n_classes = 10 };
	struct arena a = { 0 };
	struct err e = { 0 };
	char *text = malloc(size + 1);
	enum status rc;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	rc = photo_list_parse(&l, &a, format, text, "fuzz", &e);
	if (rc != ST_OK && (rc != ST_DATA || !e.msg[0]))
		abort();
	if (rc == ST_OK && !l.n)
		abort();
	for (size_t i = 0; rc == ST_OK && i < l.n; i++)
		if (l.label[i] >= 10 || !*l.path[i])
			abort();
	arena_release(&a);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct photo_stamp *stamp;
	struct arena a = { 0 };
	size_t n;

	if (!memchr(data, '\0', size)) {
		check_labels(data, size, PHOTO_LABELS_CSV);
		check_labels(data, size, PHOTO_LABELS_TEXT);
	}
	if (photo_stamps_parse(&a, (struct span){ data, size }, &stamp, &n))
		for (size_t i = 0; i < n; i++)
			if (!*stamp[i].name || stamp[i].size < 0)
				abort();
	arena_release(&a);
	return 0;
}
