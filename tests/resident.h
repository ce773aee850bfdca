/* How much of a mapping is in this process's memory. */
#ifndef HCB_TESTS_RESIDENT_H
#define HCB_TESTS_RESIDENT_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/* Bytes of the n from p on whose page is mapped, to pages; false where the system does not say. */
static inline bool resident(const void *p, size_t n, size_t *bytes)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)p / page;
	const int fd = open("/proc/self/pagemap", O_RDONLY);
	bool ok = fd >= 0;
	uint64_t entry;

	*bytes = 0;
	for (uintptr_t i = first; i <= ((uintptr_t)p + n - 1) / page && ok; i++) {
		ok = pread(fd, &entry, sizeof(entry), (off_t)(i * sizeof(entry))) == sizeof(entry);
		*bytes += ok && entry >> 63 ? page : 0; /* bit 63: the page is present */
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

#endif
