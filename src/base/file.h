/* Files: read whole (gzip is undone by content), write whole or not at all. */
#ifndef HCB_BASE_FILE_H
#define HCB_BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>

/* Reads path whole into the arena, gunzipping when its first bytes say gzip; of a paged arena
 * through a temporary file, so that nothing larger than a buffer is in memory then. ST_ENV when it
 * cannot be opened or read (the message names path and cause), ST_DATA when the gzip data is
 * damaged or truncated or the content exceeds max_bytes. A terminating NUL follows the bytes,
 * uncounted. */
enum status file_read(struct arena *a, const char *path, size_t max_bytes, struct span *out,
                      struct err *e);

/* Replaces path by n bytes: written beside it, synced, renamed. On error path is as it was.
 * A folder, device or pipe is refused. */
enum status file_write(const char *path, const void *p, size_t n, struct err *e);

/* Creates dir and its parents where missing. */
enum status file_mkdirs(const char *dir, struct err *e);

bool file_exists(const char *path);
bool file_is_directory(const char *path);

/* Finds a file that ships with hcbench (rel, e.g. "tech/45nm-lstp.csv"): under $HCBENCH_SHARE
 * when that is set, else ../share/hcbench beside the executable, else the source tree it was built
 * from, else the share folder of the prefix it was configured for (a program of others that links
 * the core library). NULL when absent; otherwise a path in the arena. */
const char *file_shipped(struct arena *a, const char *rel);

/* Finds a file of a fetched data set ("mnist/t10k-images-idx3-ubyte.gz"): under $HCBENCH_DATA,
 * else under $XDG_CACHE_HOME/hcbench (default ~/.cache/hcbench). The path is returned whether or
 * not the file exists; NULL only when out of memory. */
const char *file_data(struct arena *a, const char *rel);

/* Where a file may be kept that can be made again: under $XDG_CACHE_HOME/hcbench (default
 * ~/.cache/hcbench). NULL only when out of memory. */
const char *file_cache(struct arena *a, const char *rel);

/* Of zlib. */
const char *file_library_version(void);

#endif
