#include "base/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}

int spool_open(void)
{
	char path[4096];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/hcbench.XXXXXX", folder()) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkstemp(path);
	if (fd >= 0)
		unlink(path);
	return fd;
}

enum status spool_failed(int why, struct err *e)
{
	return err_set(e, ST_ENV,
	               "cannot write a temporary file in %s: %s; set TMPDIR to a folder with room "
	               "for twice the weights as 32-bit floats",
	               folder(), strerror(why));
}
