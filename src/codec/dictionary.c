#include "codec/dictionary.h"

#include <stdlib.h>

void dictionary_sizes(const struct source *s, const struct codec_params *p, struct coded_sizes *out)
{
	size_t n_bits = dictionary_bits(p, s->bits);

	out->shared_bits = p->scope == DICT_MODEL ? n_bits : 0;
	for (size_t l = 0; l < s->n_layers; l++)
		out->table_bits[l] = p->scope == DICT_LAYER ? n_bits : 0;
}

enum status dictionary_put(const struct word_table *t, const struct codec_params *p, unsigned bits,
                           uint32_t skip, struct bit_string *out, struct err *e)
{
	size_t n_bits = dictionary_bits(p, bits), put = 0;
	struct bit_writer w;
	enum status rc = bit_string_alloc(out, n_bits, e);

	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	for (size_t r = 0; r < t->n_ranks && put < p->arg[0]; r++)
		if (r != skip) {
			bits_put_run(&w, t->symbol + r * p->group, p->group, bits);
			put++;
		}
	out->n_bits = n_bits; /* the rest stays zero */
	return ST_OK;
}

enum status dictionary_put_shared(const struct source *s, const struct codec_params *p,
                                  struct bit_string *out, struct err *e)
{
	return p->scope == DICT_MODEL
	               ? dictionary_put(&s->words->table[0], p, s->bits, DICTIONARY_ALL, out, e)
	               : ST_OK;
}

enum status dictionary_get(const struct bit_string *stored, const struct codec_params *p,
                           unsigned bits, uint16_t **symbols, struct err *e)
{
	size_t n = (size_t)p->arg[0] * p->group;
	struct bit_reader r = bit_reader_on(stored->words, stored->n_bits);

	*symbols = NULL;
	if (stored->n_bits != dictionary_bits(p, bits))
		return err_set(e, ST_DATA, "dictionary of %zu bits, expected %zu", stored->n_bits,
		               dictionary_bits(p, bits));
	*symbols = malloc((n + 1) * sizeof(**symbols));
	if (!*symbols)
		return err_nomem(e);
	bits_get_run(&r, *symbols, n, bits);
	return ST_OK;
}

void dictionary_put_word(struct bit_writer *w, const struct symbols *layer, size_t i,
                         unsigned group)
{
	static const uint16_t padding[CODEC_MAX_GROUP];
	size_t at = i * group, n = layer->n - at < group ? layer->n - at : group;

	bits_put_run(w, layer->v + at, n, layer->bits);
	if (n < group)
		bits_put_run(w, padding, group - n, layer->bits);
}

bool dictionary_get_word(struct bit_reader *r, unsigned group, unsigned bits, uint16_t *v,
                         size_t take)
{
	uint16_t padding[CODEC_MAX_GROUP], used = 0;

	bits_get_run(r, v, take, bits);
	if (take == group)
		return true;
	bits_get_run(r, padding, group - take, bits);
	for (size_t i = 0; i < group - take; i++)
		used |= padding[i];
	return !used;
}
