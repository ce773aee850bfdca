#include "run/values.h"

#include "base/text.h"
#include "codec/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Dictionary sizes of codecs that must be told one, with "all". */
enum { LARGEST_OF_ALL = 4096, STEP_OF_ALL = 4 };

/* "a..b", "a..b:step", "a..b*factor": false when s is no range. */
static bool parse_range(const char *s, uint64_t *low, uint64_t *high, uint64_t *step, bool *times)
{
	char text[64], *dots, *tail;

	if (strlen(s) >= sizeof(text))
		return false;
	strcpy(text, s);
	dots = strstr(text, "..");
	if (!dots)
		return false;
	*dots = '\0';
	tail = dots + 2 + strcspn(dots + 2, ":*");
	*times = *tail == '*';
	*step = 1;
	if (*tail) {
		*tail++ = '\0';
		if (!parse_u64(tail, UINT32_MAX, step) || *step < (*times ? 2 : 1))
			return false;
	}
	return parse_u64(text, UINT32_MAX, low) && parse_u64(dots + 2, UINT32_MAX, high) &&
	       *low <= *high && (!*times || *low > 0);
}

/* Every codec; where an argument must be given, with the sizes that cover its range. */
static enum status all_codecs(enum status (*each)(void *arg, const char *value, struct err *e),
                              void *arg, struct err *e)
{
	enum status rc = ST_OK;

	for (size_t i = 0; i < n_codecs && !rc; i++) {
		const struct codec_arg *a = &codecs[i]->arg[0];
		char value[64];

		if (!a->name || (a->initial >= a->least && a->initial <= a->most)) {
			rc = each(arg, codecs[i]->name, e);
			continue;
		}
		for (uint32_t v = 1; v <= LARGEST_OF_ALL && v <= a->most && !rc; v *= STEP_OF_ALL) {
			snprintf(value, sizeof(value), "%s:%" PRIu32, codecs[i]->name, v);
			if (v >= a->least)
				rc = each(arg, value, e);
		}
	}
	return rc;
}

enum status values_expand(const char *axis, const char *value,
                          enum status (*each)(void *arg, const char *value, struct err *e),
                          void *arg, struct err *e)
{
	const char *colon = strchr(value, ':'), *dots = strstr(value, "..");
	const char *range = colon && dots && colon < dots ? colon + 1 : value;
	char text[96];
	uint64_t low, high, step;
	bool times;
	enum status rc = ST_OK;

	if (!strcmp(axis, "codec") && !strcmp(value, "all"))
		return all_codecs(each, arg, e);
	if (range - value >= 64 || !parse_range(range, &low, &high, &step, &times))
		return each(arg, value, e);
	for (uint64_t v = low; v <= high && !rc; v = times ? v * step : v + step) {
		snprintf(text, sizeof(text), "%.*s%" PRIu64, (int)(range - value), value, v);
		rc = each(arg, text, e);
	}
	return rc;
}
