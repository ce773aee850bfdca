/* The flag alone says how long a codeword is, so the only chain from word to word is a shift by one
 * of two lengths. A window of 64 bits holds a batch of words whatever their flags. Its lowest bit
 * is set as a marker: where it has moved to tells how many bits the batch took. */
#include "codec/dict_decode.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Within this many bits of the end of the stream every word is checked: what is read ahead. */
enum { AHEAD_BITS = 256, MAX_TABLE_BITS = 12, SLACK = 16 };

/* One way through the loops for each processor; see dict_decode_most(). */
#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_BMI2 1
#endif
#define INLINE static inline __attribute__((always_inline))

struct job {
	const struct dict_entries *d;
	const uint16_t *table; /* words of one symbol: what the next 1 + max(lengths) bits say */
	unsigned table_bits;
	const uint64_t *words;
	size_t last; /* no batch begins after this bit */
	size_t pos;
	uint16_t *v;
	size_t n, done;
};

size_t dict_room(const struct dict_entries *d)
{
	return ((size_t)d->group << d->index_bits) + SLACK;
}

/* 64 bits from bit pos on. */
INLINE uint64_t peek(const uint64_t *words, size_t pos)
{
	const unsigned at = (unsigned)(pos % 64);

	return words[pos / 64] << at | words[pos / 64 + 1] >> 1 >> (63 - at);
}

/* The top n < 64 bits of x. */
INLINE uint64_t top(uint64_t x, unsigned n)
{
	return x >> 1 >> (63 - n);
}

/* Up to four symbols of the given width, the first on top, as they lie in memory. */
INLINE uint64_t spread(uint64_t x, unsigned group, unsigned bits)
{
	const uint64_t one = ((uint64_t)1 << bits) - 1;

	if (group == 1)
		return x;
	if (group == 2)
		return x >> bits | (x & one) << 16;
	x = x >> 2 * bits | (x & (one << bits | one)) << 32;
	return (x >> bits & (one << 32 | one)) | (x & (one << 32 | one)) << 16;
}

INLINE uint64_t load(const uint16_t *v, unsigned n)
{
	uint64_t x = 0;

	memcpy(&x, v, n * sizeof(*v));
	return le64toh(x);
}

INLINE void store(uint16_t *v, uint64_t x, unsigned n)
{
	x = htole64(x);
	memcpy(v, &x, n * sizeof(*v));
}

/* Inlined with a constant group (1, 2 or 4) and number of words in a batch. Stores to v might
 * change anything in memory, hence the copies. */
INLINE void decode_batches(struct job *j, unsigned group, unsigned batch)
{
	const unsigned bits = j->d->bits, index_bits = j->d->index_bits;
	const unsigned hit = 1 + index_bits, miss = 1 + group * bits;
	const unsigned raw_shift = 64 - group * bits, table_shift = 64 - j->table_bits;
	const uint64_t *const words = j->words;
	const uint16_t *const table = j->table, *const symbol = j->d->symbol;
	const size_t last = j->last;
	uint16_t *v = j->v + j->done, *const start = v, *const end = j->v + j->n;
	size_t pos = j->pos;
	uint64_t x = peek(words, pos) | 1;

	while ((size_t)(end - v) >= batch * group && pos <= last) {
		const uint64_t next = peek(words, pos + 63);
		uint64_t unknown = 0;
		unsigned used;

#pragma GCC unroll 16
		for (unsigned i = 0; i < batch; i++) {
			uint64_t is_hit = (uint64_t)0 - (x >> 63);
			const uint64_t by_hit = x << hit, by_miss = x << miss;
			uint64_t word;

			if (group == 1) {
				word = table[x >> table_shift];
			} else {
				const uint64_t index = top(x << 1, index_bits);
				const uint64_t raw = spread(x << 1 >> raw_shift, group, bits);

				word = load(symbol + index * group, group);
				word = (word & is_hit) | (raw & ~is_hit);
			}
			unknown |= word;
			store(v + i * group, word, group);
			x = is_hit ? by_hit : by_miss;
			KEEP(x);
		}
		if (unknown & 0x8000)
			break;
		used = (unsigned)__builtin_ctzll(x);
		x = (x & (x - 1)) | next >> (63 - used) | 1;
		pos += used;
		v += batch * group;
	}
	j->pos = pos;
	j->done += (size_t)(v - start);
}

/* Inlined with a constant group, or any. */
INLINE void decode_long(struct job *j, unsigned group)
{
	const struct dict_entries *d = j->d;

	while (j->n - j->done >= group + SLACK && j->pos <= j->last) {
		const uint64_t x = peek(j->words, j->pos);
		uint16_t *v = j->v + j->done;

		if (x >> 63) {
			const uint64_t index = top(x << 1, d->index_bits);

			if (index >= d->n)
				return;
			for (unsigned i = 0; i < group; i += 8)
				memcpy(v + i, d->symbol + index * group + i, 8 * sizeof(*v));
			j->pos += 1 + d->index_bits;
		} else {
			size_t at = j->pos + 1;

			if (at > j->last - (j->last < group * d->bits ? j->last : group * d->bits))
				return;
			for (unsigned i = 0; i < group; i += 4, at += 4 * d->bits)
				store(v + i,
				      spread(peek(j->words, at) >> (64 - 4 * d->bits), 4, d->bits),
				      4);
			j->pos += 1 + group * d->bits;
		}
		j->done += group;
	}
}

/* The largest batch of those compiled that fits a window. */
INLINE void decode_group(struct job *j)
{
	const struct dict_entries *d = j->d;
	const unsigned raw = d->group * d->bits;
	const unsigned batch = 63 / (1 + (raw > d->index_bits ? raw : d->index_bits));

	if (d->group == 1 && j->table) {
		if (batch >= 12)
			decode_batches(j, 1, 12);
		else if (batch >= 9)
			decode_batches(j, 1, 9);
		else if (batch >= 7)
			decode_batches(j, 1, 7);
		else if (batch >= 4)
			decode_batches(j, 1, 4);
	} else if (d->group == 2 && d->bits < 16) {
		if (batch >= 7)
			decode_batches(j, 2, 7);
		else if (batch >= 4)
			decode_batches(j, 2, 4);
		else if (batch >= 3)
			decode_batches(j, 2, 3);
		else if (batch >= 1)
			decode_batches(j, 2, 1);
	} else if (d->group == 4 && raw < 63) {
		if (batch >= 3)
			decode_batches(j, 4, 3);
		else if (batch >= 2)
			decode_batches(j, 4, 2);
		else
			decode_batches(j, 4, 1);
	} else if (d->group == 8) {
		decode_long(j, 8);
	} else if (d->group == 16) {
		decode_long(j, 16);
	} else {
		decode_long(j, d->group);
	}
}

#ifdef HAS_BMI2
/* Shifts by a count in any register, without flags. */
__attribute__((target("bmi,bmi2"))) static void decode_bmi2(struct job *j)
{
	decode_group(j);
}
#endif

/* What each value of the next bits stands for; a NULL if that would not pay. */
static uint16_t *make_table(const struct dict_entries *d, size_t n, unsigned *bits)
{
	const unsigned longest = d->bits > d->index_bits ? d->bits : d->index_bits;
	const size_t half = (size_t)1 << longest;
	uint16_t *table;

	*bits = longest + 1;
	if (d->group > 1 || *bits > MAX_TABLE_BITS || n < 4 * half)
		return NULL;
	table = malloc(2 * half * sizeof(*table));
	for (size_t i = 0; table && i < half; i++) {
		table[i] = (uint16_t)(i >> (longest - d->bits));
		table[half + i] = d->symbol[i >> (longest - d->index_bits)];
	}
	return table;
}

size_t dict_decode_most(const struct dict_entries *d, const struct bit_string *stream, size_t *pos,
                        uint16_t *v, size_t n)
{
	struct job j = { .d = d, .words = stream->words, .pos = *pos, .v = v, .n = n };
	uint16_t *table;

	if (stream->n_bits < AHEAD_BITS)
		return 0;
	j.last = stream->n_bits - AHEAD_BITS;
	j.table = table = make_table(d, n, &j.table_bits);
#ifdef HAS_BMI2
	if (__builtin_cpu_supports("bmi2"))
		decode_bmi2(&j);
	else
#endif
		decode_group(&j);
	free(table);
	*pos = j.pos;
	return j.done;
}
