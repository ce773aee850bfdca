#include "codec/signed_code.h"

#include "codec/symbol_list.h"

static size_t coded_bits(const struct signed_code *c, const struct symbol_list *count,
                         unsigned bits, enum signed_form form, unsigned k)
{
	size_t n_bits = 0;

	for (size_t i = 0; i < count->n; i++) {
		uint32_t u = signed_to_unsigned(count->symbol[i], bits, form);

		n_bits += count->number[i] * c->length(u, k, bits);
	}
	return n_bits;
}

enum status signed_choose(struct signed_choice *out, const struct signed_code *c,
                          const struct symbols *l, unsigned k, struct err *e)
{
	unsigned from = k == SIGNED_BEST_K ? 0 : k, to = k == SIGNED_BEST_K ? l->bits : k + 1;
	struct symbol_list count;
	enum status rc;

	*out = (struct signed_choice){ 0 };
	if (!l->n)
		return ST_OK;
	rc = symbol_list_count(&count, l, 1, l->bits, e);
	out->n_bits = SIZE_MAX;
	for (int form = 0; form < N_SIGNED_FORMS && !rc; form++)
		for (unsigned i = from; i < to; i++) {
			size_t n_bits = coded_bits(c, &count, l->bits, (enum signed_form)form, i);

			if (n_bits < out->n_bits)
				*out = (struct signed_choice){ (enum signed_form)form, i, n_bits };
		}
	out->n_bits += k == SIGNED_BEST_K ? 1u + SIGNED_K_BITS : 1u;
	symbol_list_release(&count);
	return rc;
}

enum status signed_sizes(const struct signed_code *c, const struct source *s, unsigned k,
                         struct coded_sizes *out, struct err *e)
{
	enum status rc = ST_OK;

	out->shared_bits = 0;
	for (size_t l = 0; l < s->n_layers && !rc; l++) {
		struct signed_choice how;

		rc = signed_choose(&how, c, &s->layer[l], k, e);
		out->table_bits[l] = 0;
		out->layer_bits[l] = how.n_bits;
	}
	return rc;
}
