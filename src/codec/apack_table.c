/* The paper searches for ranges by moving their limits step by step as long as that helps. Here a
 * dynamic programme finds those of least size, so no search does better by what it minimizes:
 * for every range of c among n symbols, c x (its offset bits + log2(n / c)), of log2(n / c) at most
 * the 10 bits of a count of 1. Rounding to 10 bits comes after.
 *
 * A range may begin anywhere up to 8 bits. Among wider symbols, which the paper leaves out, that
 * would take hours, so there it begins at a multiple of 2^(bits - 8) or at a power of two below
 * that from 0, 2^(bits-1) or 2^bits, where small weights lie. A range is as wide as the values in
 * it that occur. */
#include "codec/apack_table.h"

#include <stdlib.h>

#include "base/bits.h"

enum { MAX_CUTS = 257 + 4 * 8, LOG_BITS = 16 };

struct search {
	unsigned bits, n_rows;
	uint64_t n;       /* symbols */
	uint64_t *before; /* 2^bits + 1: how many symbols are smaller than a value */
	size_t n_cuts;
	uint32_t cut[MAX_CUTS]; /* where ranges may begin, and 2^bits */
	/* Of the values in cut[i] .. cut[i + 1] - 1 that occur. There always are some: a limit may
	 * lie anywhere among values that do not. */
	uint32_t first[MAX_CUTS], last[MAX_CUTS];
	uint64_t best[APACK_ROWS + 1][MAX_CUTS]; /* size of k ranges up to a cut */
	uint16_t from[APACK_ROWS + 1][MAX_CUTS]; /* cut that the last of them begins at */
};

/* floor(log2(x) x 2^LOG_BITS), x > 0, up to rounding of the last bits; the same everywhere. */
static uint64_t log2_fixed(uint64_t x)
{
	unsigned whole = 63 - (unsigned)__builtin_clzll(x);
	uint64_t y = whole > 31 ? x >> (whole - 31) : x << (31 - whole); /* 2^31..2^32 */
	uint64_t log = whole;

	for (int i = 0; i < LOG_BITS; i++) {
		y = y * y >> 31;
		log <<= 1;
		if (y >> 32) {
			y >>= 1;
			log |= 1;
		}
	}
	return log;
}

static bool is_cut(uint32_t v, unsigned bits)
{
	uint32_t size = (uint32_t)1 << bits, half = size / 2, fine = size >> 8;
	uint32_t from_half = v < half ? half - v : v - half;
	uint32_t near = v < size - v ? v : size - v;

	if (from_half < near)
		near = from_half;
	return bits <= 8 || v % fine == 0 || (near < fine && (near & (near - 1)) == 0);
}

static void find_cuts(struct search *s)
{
	uint32_t size = (uint32_t)1 << s->bits;
	bool empty = false; /* the values since the last cut */

	for (uint32_t v = 0; v <= size; v++) {
		if (is_cut(v, s->bits)) {
			s->cut[empty ? s->n_cuts - 1 : s->n_cuts++] = v;
			empty = true;
		}
		if (v < size && s->before[v + 1] > s->before[v]) {
			s->last[s->n_cuts - 1] = v;
			if (empty)
				s->first[s->n_cuts - 1] = v;
			empty = false;
		}
	}
}

/* Counts, as sums up to each value. */
static enum status count(struct search *s, const struct symbols *layer, size_t n, struct err *e)
{
	size_t size = (size_t)1 << s->bits;

	s->before = calloc(size + 1, sizeof(*s->before));
	if (!s->before)
		return err_nomem(e);
	for (size_t l = 0; l < n; l++) {
		for (size_t i = 0; i < layer[l].n; i++)
			s->before[layer[l].v[i] + 1]++;
		symbols_rest(&layer[l]);
	}
	for (size_t v = 0; v < size; v++)
		s->before[v + 1] += s->before[v];
	s->n = s->before[size];
	return ST_OK;
}

static uint64_t size_of(const struct search *s, uint64_t c, uint32_t first, uint32_t last)
{
	uint64_t log = log2_fixed(s->n) - log2_fixed(c);
	uint64_t most = (uint64_t)APACK_COUNT_BITS << LOG_BITS;

	return c * (((uint64_t)bits_for_index(last - first + 1) << LOG_BITS) +
	            (log < most ? log : most));
}

/* All ranges that end at cut j, each behind the best ranges before it. */
static void end_at(struct search *s, size_t j)
{
	for (size_t i = j; i-- > 0;) {
		uint64_t c = s->before[s->cut[j]] - s->before[s->cut[i]];
		uint64_t size = size_of(s, c, s->first[i], s->last[j - 1]);

		for (unsigned k = 1; k <= s->n_rows; k++)
			if (s->best[k - 1][i] != UINT64_MAX &&
			    s->best[k - 1][i] + size < s->best[k][j]) {
				s->best[k][j] = s->best[k - 1][i] + size;
				s->from[k][j] = (uint16_t)i;
			}
	}
}

/* Cumulative counts of k rows of c symbols each: rounded shares, at least 1, but 2 for the last
 * since the end 1023 is 1024. */
static void share(struct apack_table *t, const uint64_t *c, unsigned k, uint64_t n)
{
	uint64_t sum = 0;
	unsigned end = 0;

	for (unsigned r = 0; r < t->n_rows; r++) {
		if (r + 1 < k) {
			unsigned least = end + 1, most = APACK_TOTAL - (k - r);

			sum += c[r];
			end = (unsigned)((sum * APACK_TOTAL + n / 2) / n);
			end = end < least ? least : end > most ? most : end;
		} else {
			end = APACK_TOTAL;
		}
		t->row[r].end = (uint16_t)end;
	}
}

/* The fewest rows of least size; without symbols, one that is as good as any. */
static void take_best(const struct search *s, struct apack_table *t)
{
	size_t j = s->n_cuts - 1;
	unsigned k = 1;
	uint64_t c[APACK_ROWS] = { 0 };

	for (unsigned i = 2; i <= s->n_rows; i++)
		if (s->best[i][j] < s->best[k][j])
			k = i;
	for (unsigned r = s->n ? k : 0; r > 0; r--) {
		size_t i = s->from[r][j];

		c[r - 1] = s->before[s->cut[j]] - s->before[s->cut[i]];
		t->row[r - 1].base = (uint16_t)s->first[i];
		t->row[r - 1].offset_bits =
		        (uint8_t)bits_for_index(s->last[j - 1] - s->first[i] + 1);
		j = i;
	}
	share(t, c, k, s->n);
}

enum status apack_table_fit(struct apack_table *t, const struct symbols *layer, size_t n,
                            struct err *e)
{
	struct search *s = calloc(1, sizeof(*s));
	enum status rc;

	if (!s)
		return err_nomem(e);
	s->bits = layer->bits;
	s->n_rows = s->bits < 4 ? 1u << s->bits : APACK_ROWS;
	*t = (struct apack_table){ .n_rows = s->n_rows };
	rc = count(s, layer, n, e);
	if (!rc) {
		find_cuts(s);
		for (unsigned k = 0; k <= s->n_rows; k++)
			for (size_t j = 0; j < s->n_cuts; j++)
				s->best[k][j] = k || j ? UINT64_MAX : 0;
		for (size_t j = 1; j < s->n_cuts; j++)
			end_at(s, j);
		take_best(s, t);
	}
	free(s->before);
	free(s);
	return rc;
}

static unsigned row_bits(unsigned bits)
{
	return bits + bits_for_index(bits + 1) + APACK_COUNT_BITS;
}

enum status apack_table_put(const struct apack_table *t, unsigned bits, struct bit_string *out,
                            struct err *e)
{
	size_t n_bits = (size_t)t->n_rows * row_bits(bits);
	struct bit_writer w;
	enum status rc = bit_string_alloc(out, n_bits, e);

	if (rc)
		return rc;
	w = bit_writer_on(out->words, n_bits);
	for (unsigned r = 0; r < t->n_rows; r++) {
		unsigned end = t->row[r].end;

		bits_put(&w, t->row[r].base, bits);
		bits_put(&w, t->row[r].offset_bits, bits_for_index(bits + 1));
		bits_put(&w, end < APACK_TOTAL ? end : APACK_TOTAL - 1, APACK_COUNT_BITS);
	}
	out->n_bits = w.n_bits;
	return ST_OK;
}

bool apack_table_get(struct apack_table *t, unsigned bits, const struct bit_string *in)
{
	struct bit_reader r = bit_reader_on(in->words, in->n_bits);
	unsigned before = 0;

	*t = (struct apack_table){ .n_rows = bits < 4 ? 1u << bits : APACK_ROWS };
	if (in->n_bits != (size_t)t->n_rows * row_bits(bits))
		return false;
	for (unsigned i = 0; i < t->n_rows; i++) {
		struct apack_row *row = &t->row[i];

		row->base = (uint16_t)bits_get(&r, bits);
		row->offset_bits = (uint8_t)bits_get(&r, bits_for_index(bits + 1));
		row->end = (uint16_t)bits_get(&r, APACK_COUNT_BITS);
		if (row->end == APACK_TOTAL - 1)
			row->end = APACK_TOTAL;
		if (row->offset_bits > bits || row->end < before)
			return false;
		before = row->end;
	}
	return before == APACK_TOTAL;
}
