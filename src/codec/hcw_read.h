/* Parts of the reader, private to hcw_*.c. */
#ifndef HCB_CODEC_HCW_READ_H
#define HCB_CODEC_HCW_READ_H

#include "codec/hcw.h"
#include "codec/hcw_format.h"

/* n bytes of the file. */
enum status hcw_read(struct hcw *h, uint64_t at, void *p, size_t n, struct err *e);

/* The tables that all layers share, at the beginning of the payload. */
enum status hcw_read_shared(struct hcw *h, struct err *e);

/* One layer's record, every number checked. */
enum status hcw_read_layer(struct hcw *h, struct hcw_cursor *c, struct hcw_layer *l, struct err *e);

/* The sections of the layers lie one behind the other and fill the payload, and the account adds
 * up; the weights of the graph are in order. */
enum status hcw_check_layout(const struct hcw *h, struct err *e);

#endif
