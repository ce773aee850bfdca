/* SHA-256 of the photographs of a folder, remembered: 50,000 files are 6.7 GB to read, but their
 * sizes and times are quickly asked for.
 *
 * Per folder there is a list, file_cache("photos")/HASH OF THE FOLDER'S PATH, of name, size, and
 * times of last change of content and of inode, in ns. A photograph is read again when one of these
 * differs, or when its inode changed within two seconds before the list was written or later: then
 * it may have changed once more without another time. A list ends with a digest of its content, so
 * one that is damaged counts as absent, and it is replaced whole, so any number of processes may
 * use it. */
#ifndef HCB_INFER_PHOTO_DIGESTS_H
#define HCB_INFER_PHOTO_DIGESTS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PHOTO_MAX_BYTES = 1 << 26 };

/* A line of the list. */
struct photo_stamp {
	const char *name;
	int64_t size, mtime_ns, ctime_ns;
	struct digest digest;
};

/* The lines of a list, sorted by name, in the arena; false for anything that photo_stamps_write did
 * not write. Names point into the arena. */
bool photo_stamps_parse(struct arena *a, struct span file, struct photo_stamp **stamp, size_t *n);

/* Digests of the n photographs, whose paths begin with "dir/", from the list or from their content;
 * the list is brought up to date where that is possible. ST_ENV when a photograph cannot be read,
 * ST_DATA when it has more than PHOTO_MAX_BYTES. */
enum status photo_digests(struct arena *a, const char *dir, const char *const *path, size_t n,
                          struct digest *digest, struct err *e);

/* Removes the list of dir: a photograph was found not to have the digest that it says. */
void photo_digests_forget(const char *dir);

#endif
