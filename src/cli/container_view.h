/* Containers as tables. */
#ifndef HCB_CLI_CONTAINER_VIEW_H
#define HCB_CLI_CONTAINER_VIEW_H

#include "codec/hcw.h"

/* One row: what the container is of, its accounted bits and its bytes. */
enum status print_container(const struct hcw *h, const char *format, struct err *e);

/* A row per layer and one for all; in format "table" followed by the row above and what the file
 * holds beyond the accounted bits. Decodes every layer. */
enum status print_container_layers(struct hcw *h, const char *format, struct err *e);

#endif
