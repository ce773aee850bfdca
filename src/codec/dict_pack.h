/* The fast part of encoding a dictionary code. Private to the codec layer; see dict.c. */
#ifndef HCB_CODEC_DICT_PACK_H
#define HCB_CODEC_DICT_PACK_H

#include "base/bits.h"
#include "codec/codec.h"

/* Codes the words of layer l into w, which is empty and has room for a machine word past its last
 * bit. *done: how many, all but the last one or two. */
enum status dict_pack(const struct source *s, const struct codec_params *p, size_t l,
                      struct bit_writer *w, size_t *done, struct err *e);

#endif
