#include "run/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct header {
	enum wire_type type;
	size_t n;
};

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

static bool read_all(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool wire_send(int fd, enum wire_type type, const void *p, size_t n)
{
	struct header h;
	struct iovec part[2] = {
		{&h,                    sizeof(h)},
                { (void *)(uintptr_t)p, n        }
	};
	ssize_t put;

	memset(&h, 0, sizeof(h));
	h.type = type;
	h.n = n;
	do
		put = writev(fd, part, 2);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return false;
	if ((size_t)put < sizeof(h))
		return write_all(fd, (char *)&h + put, sizeof(h) - (size_t)put) &&
		       write_all(fd, p, n);
	return write_all(fd, (const char *)p + ((size_t)put - sizeof(h)),
	                 n - ((size_t)put - sizeof(h)));
}

bool wire_receive(int fd, enum wire_type *type, void *p, size_t *n)
{
	struct header h;

	if (!read_all(fd, (char *)&h, sizeof(h)) || h.n > *n || !read_all(fd, p, h.n))
		return false;
	*type = h.type;
	*n = h.n;
	return true;
}
