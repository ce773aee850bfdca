#include "base/file_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status file_out_open(struct file_out *o, const char *path, struct err *e)
{
	size_t room = strlen(path) + 16;
	struct stat st;
	enum status rc;
	int fd = -1;

	*o = (struct file_out){ 0 };
	/* a rename would put a file where the device was */
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return err_set(e, ST_ENV, "cannot write %s: it is %s; name a plain file", path,
		               S_ISDIR(st.st_mode) ? "a folder" : "a device or a pipe");
	*o = (struct file_out){ .path = strdup(path), .tmp = malloc(room) };
	if (!o->path || !o->tmp) {
		rc = err_nomem(e);
		goto release;
	}
	snprintf(o->tmp, room, "%s.XXXXXX", path);
	fd = mkstemp(o->tmp);
	o->f = fd < 0 ? NULL : fdopen(fd, "wb");
	if (o->f)
		return ST_OK;
	rc = err_set(e, ST_ENV, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(o->tmp);
	}
release:
	free(o->path);
	free(o->tmp);
	*o = (struct file_out){ 0 };
	return rc;
}

/* Keeps the first reason. */
static void failed(struct file_out *o)
{
	if (!o->why)
		o->why = errno ? errno : EIO;
}

void file_out_put(struct file_out *o, const void *p, size_t n)
{
	o->n += n;
	if (n && !o->why && fwrite(p, 1, n, o->f) != n)
		failed(o);
}

void file_out_patch(struct file_out *o, uint64_t at, const void *p, size_t n)
{
	if (!o->why && (fseeko(o->f, (off_t)at, SEEK_SET) || fwrite(p, 1, n, o->f) != n ||
	                fseeko(o->f, 0, SEEK_END)))
		failed(o);
}

enum status file_out_finish(struct file_out *o, struct err *e)
{
	enum status rc = ST_OK;

	if (!o->why && (fflush(o->f) || fsync(fileno(o->f)) || fchmod(fileno(o->f), 0644)))
		failed(o);
	if (fclose(o->f))
		failed(o);
	o->f = NULL;
	if (!o->why && rename(o->tmp, o->path))
		failed(o);
	if (o->why) {
		rc = err_set(e, ST_ENV, "cannot write %s: %s", o->path, strerror(o->why));
		unlink(o->tmp);
	}
	free(o->path);
	free(o->tmp);
	*o = (struct file_out){ 0 };
	return rc;
}

void file_out_drop(struct file_out *o)
{
	if (!o->path)
		return;
	fclose(o->f);
	unlink(o->tmp);
	free(o->path);
	free(o->tmp);
	*o = (struct file_out){ 0 };
}
