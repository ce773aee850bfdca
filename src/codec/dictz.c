/* HardCompress's dictionary with runs of zero words: our variant, since trimmed networks have them.
 *
 * The dictionary holds the D most frequent words of G symbols other than the word of zeros, as in
 * dict.c. In order, a word or a run is sent as
 *   1  index of ceil(log2 D) bits
 *   01 run - 1 of `run` bits: 1 to 2^run words of zeros; a longer run is sent in parts, all but the
 *      last of full length
 *   00 G raw symbols
 * A word of zeros that is so rare that it has no rank is sent raw. */
#include "codec/dictionary.h"

#include <stdlib.h>
#include <string.h>

/* Rank of the word of zeros, or DICTIONARY_ALL. */
static uint32_t zero_rank(const struct word_table *t, unsigned group)
{
	for (size_t r = 0; r < t->n_ranks; r++) {
		const uint16_t *v = t->symbol + r * group;
		unsigned i = 0;

		while (i < group && !v[i])
			i++;
		if (i == group)
			return (uint32_t)r;
	}
	return DICTIONARY_ALL;
}

static size_t runs_in(size_t words, unsigned run_bits)
{
	return (words + ((size_t)1 << run_bits) - 1) >> run_bits;
}

/* Words of zeros in layer l, and the codes of their runs. */
static size_t count_runs(const struct source *s, size_t l, unsigned run_bits, uint32_t zero,
                         size_t *zeros)
{
	uint32_t rank[WORDS_BLOCK];
	size_t run = 0, codes = 0;

	*zeros = 0;
	for (size_t i = 0; i < s->words->layer_words[l]; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n; j++)
			if (rank[j] == zero) {
				run++;
			} else if (run) {
				codes += runs_in(run, run_bits);
				*zeros += run;
				run = 0;
			}
	}
	*zeros += run;
	return codes + runs_in(run, run_bits);
}

static size_t stream_bits(const struct source *s, const struct codec_params *p, size_t l,
                          uint32_t zero)
{
	/* Ranks below `end` are in the dictionary, but for the zero word's. */
	uint32_t end = p->arg[0] + (zero <= p->arg[0]);
	size_t zeros = 0, codes = 0, hits = words_hits(s->words, l, end);

	if (zero != DICTIONARY_ALL)
		codes = count_runs(s, l, p->arg[1], zero, &zeros);
	if (zero < end)
		hits -= zeros;
	return hits * (1 + bits_for_index(p->arg[0])) + codes * (2 + p->arg[1]) +
	       (s->words->layer_words[l] - hits - zeros) * (2 + p->group * s->bits);
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	const struct word_table *last = NULL;
	uint32_t zero = DICTIONARY_ALL;

	(void)e;
	dictionary_sizes(s, p, out);
	for (size_t l = 0; l < s->n_layers; l++) {
		const struct word_table *t = words_table(s->words, l);

		if (t != last)
			zero = zero_rank(t, p->group);
		last = t;
		out->layer_bits[l] = stream_bits(s, p, l, zero);
		symbols_rest(&s->layer[l]);
	}
	return ST_OK;
}

/* Codes of a run of zero words. */
static void put_run(struct bit_writer *w, size_t run, unsigned run_bits)
{
	const size_t longest = (size_t)1 << run_bits;

	for (; run; run -= run < longest ? run : longest)
		bits_put(w, longest | ((run < longest ? run : longest) - 1), run_bits + 2);
}

static void put_words(struct bit_writer *w, const struct source *s, const struct codec_params *p,
                      size_t l, uint32_t zero)
{
	const size_t n_ranks = words_table(s->words, l)->n_ranks;
	const unsigned index_bits = bits_for_index(p->arg[0]);
	const uint64_t flag = (uint64_t)1 << index_bits;
	uint32_t rank[WORDS_BLOCK];
	size_t run = 0;

	for (size_t i = 0; i < s->words->layer_words[l]; i += WORDS_BLOCK) {
		size_t n = words_block(s->words, l, i);

		words_rank(s->words, s, l, i, n, rank);
		for (size_t j = 0; j < n; j++) {
			uint32_t index = rank[j] - (rank[j] > zero);

			if (rank[j] == zero && zero < n_ranks) {
				run++;
				continue;
			}
			put_run(w, run, p->arg[1]);
			run = 0;
			if (rank[j] < n_ranks && index < p->arg[0]) {
				bits_put(w, flag | index, index_bits + 1);
			} else {
				bits_put(w, 0, 2);
				dictionary_put_word(w, &s->layer[l], i + j, p->group);
			}
		}
	}
	put_run(w, run, p->arg[1]);
}

static enum status encode_shared(const struct source *s, const struct codec_params *p,
                                 struct bit_string *out, struct err *e)
{
	const struct word_table *t = &s->words->table[0];

	return p->scope == DICT_MODEL
	               ? dictionary_put(t, p, s->bits, zero_rank(t, p->group), out, e)
	               : ST_OK;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct word_table *t = words_table(s->words, l);
	uint32_t zero = zero_rank(t, p->group);
	size_t cap = stream_bits(s, p, l, zero);
	struct bit_writer w;
	enum status rc = ST_OK;

	if (p->scope == DICT_LAYER)
		rc = dictionary_put(t, p, s->bits, zero, &c->table, e);
	if (!rc)
		rc = bit_string_alloc(&c->stream, cap, e);
	if (rc)
		return rc;
	w = bit_writer_on(c->stream.words, cap);
	put_words(&w, s, p, l, zero);
	c->stream.n_bits = w.n_bits;
	return w.fail ? err_set(e, ST_INTERNAL, "dictz: layer %zu does not fit its computed size",
	                        l)
	              : ST_OK;
}

/* The next word or run at v, of which n symbols are left; 0: no such code, else how many symbols it
 * is. */
static size_t get_code(struct bit_reader *r, const uint16_t *dictionary,
                       const struct codec_params *p, unsigned bits, uint16_t *v, size_t n)
{
	size_t take = n < p->group ? n : p->group;

	if (bits_get(r, 1)) {
		size_t index = bits_get(r, bits_for_index(p->arg[0]));

		if (index >= p->arg[0])
			return 0;
		memcpy(v, dictionary + index * p->group, take * sizeof(*v));
	} else if (bits_get(r, 1)) {
		size_t run = bits_get(r, p->arg[1]);

		if (run >= (n + p->group - 1) / p->group)
			return 0;
		run = (run + 1) * p->group;
		take = n < run ? n : run;
		memset(v, 0, take * sizeof(*v));
	} else if (!dictionary_get_word(r, p->group, bits, v, take)) {
		return 0;
	}
	return r->fail ? 0 : take;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	uint16_t *dictionary;
	size_t i = 0, now = 1;
	enum status rc = dictionary_get(dictionary_of(c, p), p, bits, &dictionary, e);

	if (rc)
		return rc;
	for (; i < n && now; i += now)
		now = get_code(&r, dictionary, p, bits, v + i, n - i);
	free(dictionary);
	if (!now || r.pos != r.n_bits)
		return err_set(e, ST_DATA, "dictz stream: damaged near bit %zu", r.pos);
	return ST_OK;
}

const struct codec codec_dictz = {
	.name = "dictz",
	.help = "dict with runs of up to 2^RUN zero words as one code",
	.family = "dictionary",
	.source = "variant of HardCompress's dictionary, this work",
	.arg = {{ "entries", 1, WORDS_MAX_RANK, 0 }, { "run", 1, 16, 4 }},
	.uses_words = true,
	.all_ranks = true,
	.uses_scope = true,
	.uses_order = true,
	.sizes = sizes,
	.encode_shared = encode_shared,
	.encode = encode,
	.decode = decode,
};
