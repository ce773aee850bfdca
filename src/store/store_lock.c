#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

bool store_fs_is_remote(unsigned long magic)
{
	static const uint32_t remote[] = {
		0x00006969, /* NFS */
		0x0000517b, /* SMB */
		0xfe534d42, /* SMB2 */
		0xff534d42, /* CIFS */
		0x0bd00bd0, /* Lustre */
		0x47504653, /* GPFS */
		0x19830326, /* BeeGFS */
		0x00c36400, /* Ceph */
		0x20030528, /* OrangeFS */
		0x01161970, /* GFS2 */
		0x7461636f, /* OCFS2 */
		0x5346414f, /* AFS */
		0x6b414653, /* kAFS */
		0x73757245, /* Coda */
		0x0000564c, /* NCP */
		0x01021997, /* 9P */
	};

	/* The type of f_type is signed and narrower on some machines. */
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)magic == remote[i])
			return true;
	return false;
}

static enum status check_file_system(int fd, const char *path, struct err *e)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) || !store_fs_is_remote((unsigned long)fs.f_type))
		return ST_OK;
	return err_set(e, ST_ENV,
	               "%s: on a network file system, where a database can be damaged: put it on a "
	               "local disk (--db) and copy it afterwards",
	               path);
}

static enum status held_by_other(int fd, const char *path, const char *lock, struct err *e)
{
	char text[320];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char host[256] = "";
	long pid = 0;

	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%255s %ld", host, &pid) == 2)
		return err_set(
		        e, ST_ENV,
		        "%s: in use, process %ld on host %s is writing it and holds %s: wait "
		        "for it or stop it",
		        path, pid, host, lock);
	return err_set(e, ST_ENV,
	               "%s: in use, another process is writing it and holds %s: wait for it or "
	               "stop it",
	               path, lock);
}

/* Whether path still names the file that fd is: its last holder may have removed it between our
 * open and our lock. */
static bool is_current(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void write_holder(int fd)
{
	char host[256] = "?", text[320];
	int n;

	gethostname(host, sizeof(host) - 1);
	n = snprintf(text, sizeof(text), "%s %ld\n", *host ? host : "?", (long)getpid());
	/* Only information for others: on a full disk the lock holds without it. */
	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
		return;
}

enum status store_lock(struct store_lock *l, const char *file, const char *path, struct err *e)
{
	size_t n = strlen(file) + sizeof(".lock");
	enum status rc = ST_OK;

	l->fd = -1;
	l->path = malloc(n);
	if (!l->path)
		return err_nomem(e);
	snprintf(l->path, n, "%s.lock", file);
	for (;;) {
		int fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

		if (fd < 0)
			return err_set(e, ST_ENV,
			               "%s: cannot create %s: %s (the folder of a database must "
			               "exist and be writable)",
			               path, l->path, strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			rc = errno == EWOULDBLOCK ? held_by_other(fd, path, l->path, e)
			                          : err_set(e, ST_ENV, "%s: cannot lock %s: %s",
			                                    path, l->path, strerror(errno));
			close(fd);
			return rc;
		}
		if (!is_current(fd, l->path)) {
			close(fd);
			continue;
		}
		l->fd = fd;
		rc = check_file_system(fd, path, e);
		if (rc)
			store_unlock(l);
		else
			write_holder(fd);
		return rc;
	}
}

void store_unlock(struct store_lock *l)
{
	if (l->fd >= 0) {
		unlink(l->path);
		close(l->fd);
	}
	l->fd = -1;
	free(l->path);
	l->path = NULL;
}
