#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Messages quote file content: a control byte must not reach the terminal or break the one line. */
static void make_one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

enum status err_set(struct err *e, enum status code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	make_one_line(e->msg);
	return code;
}

void err_wrap(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	int n;

	if (!e)
		return;
	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n + 2 < sizeof(e->msg)) {
		size_t room = sizeof(e->msg) - (size_t)n;

		snprintf(e->msg + n, room, ": %.*s", (int)(room - 3), old);
	}
	make_one_line(e->msg);
}

enum status err_nomem(struct err *e)
{
	return err_set(e, ST_ENV, "out of memory: use fewer --jobs or a machine with more memory");
}
