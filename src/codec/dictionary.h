/* What the codes of the dictionary family share: the stored dictionary and words as they are.
 * Private to the codec layer. */
#ifndef HCB_CODEC_DICTIONARY_H
#define HCB_CODEC_DICTIONARY_H

#include "base/bits.h"
#include "codec/codec.h"

enum { DICTIONARY_ALL = WORDS_MAX_RANK }; /* no rank is left out */

/* arg[0] words of G x bits bits. */
static inline size_t dictionary_bits(const struct codec_params *p, unsigned bits)
{
	return (size_t)p->arg[0] * p->group * bits;
}

/* Where the dictionary of a layer is kept. */
static inline const struct bit_string *dictionary_of(const struct code *c,
                                                     const struct codec_params *p)
{
	return p->scope == DICT_MODEL ? &c->shared : &c->table;
}

/* The sizes of dictionaries in *out: one that is shared, or one per layer. */
void dictionary_sizes(const struct source *s, const struct codec_params *p,
                      struct coded_sizes *out);

/* Stores the arg[0] most frequent words, less the one of rank `skip`; entries that no word fills
 * are zero. */
enum status dictionary_put(const struct word_table *t, const struct codec_params *p, unsigned bits,
                           uint32_t skip, struct bit_string *out, struct err *e);

/* encode_shared() of codecs that leave no rank out. */
enum status dictionary_put_shared(const struct source *s, const struct codec_params *p,
                                  struct bit_string *out, struct err *e);

/* Reads it as arg[0] x group symbols, which the caller frees. ST_DATA: it has another size. */
enum status dictionary_get(const struct bit_string *stored, const struct codec_params *p,
                           unsigned bits, uint16_t **symbols, struct err *e);

/* Word i of the layer as it is, G symbols; the last one padded with 0. */
void dictionary_put_word(struct bit_writer *w, const struct symbols *layer, size_t i,
                         unsigned group);

/* Its first `take` symbols into v. False: the padding is not 0. */
bool dictionary_get_word(struct bit_reader *r, unsigned group, unsigned bits, uint16_t *v,
                         size_t take);

#endif
