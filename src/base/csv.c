#include "base/csv.h"

#include <string.h>

bool csv_cut(char **s, char **field, bool *more)
{
	char *in = *s, *out = *s;

	*field = out;
	if (*in == '"') {
		for (in++;; in++) {
			if (!*in)
				return false;
			if (*in == '"' && *++in != '"')
				break;
			*out++ = *in;
		}
		if (*in && *in != ',')
			return false;
	} else {
		in += strcspn(in, ",");
		out = in;
	}
	*more = *in == ',';
	*s = *more ? in + 1 : in;
	*out = '\0';
	return true;
}
