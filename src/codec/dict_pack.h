/* The fast part of encoding a dictionary code. Private to the codec layer; see dict.c. */
#ifndef HCB_CODEC_DICT_PACK_H
#define HCB_CODEC_DICT_PACK_H

#include "base/bits.h"
#include "codec/codec.h"

/* Codes the first words of layer l into w, which is empty and has room for a machine word past its
 * last bit; `few` knows the ranks. Returns how many, none of them padded; 0 where no fast way is
 * made for such words. */
size_t dict_pack_most(const struct word_table *few, const struct source *s,
                      const struct codec_params *p, size_t l, struct bit_writer *w);

#endif
