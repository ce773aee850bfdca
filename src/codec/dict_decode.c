/* The flag alone says how long a codeword is, so the only chain from word to word is a shift by one
 * of two lengths. A window of 64 bits holds a batch of words whatever their flags. Its lowest bit
 * is set as a marker: where it has moved to tells how many bits the batch took. */
#include "codec/dict_decode.h"
#include "base/bits.h"
#include "codec/branchless.h"

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

/* The compiler may not turn a branch with this in it into a choice. */
#ifdef __GNUC__
#define FORESEEN() __asm__ volatile("")
#else
#define FORESEEN() (void)0
#endif

struct job {
	const struct dict_entries *d;
	const uint16_t *table; /* words of one symbol: what the next 1 + max(lengths) bits say */
	unsigned table_bits;
	bool foreseen; /* nearly all words are hits, or nearly none */
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

/* The low bits of x at the places where mask has ones. Only for the way of BMI2. */
INLINE uint64_t deposit(uint64_t x, uint64_t mask)
{
#ifdef HAS_BMI2
	uint64_t out;

	__asm__("pdep %2, %1, %0" : "=r"(out) : "r"(x), "r"(mask));
	return out;
#else
	return x & mask;
#endif
}

/* Up to four symbols of the given width, the first on top, as they lie in memory. Higher bits of x
 * are 0, except with `by_bmi2`, which is for 2 or 4 symbols of at most 8 bits. */
INLINE uint64_t spread(uint64_t x, unsigned group, unsigned bits, bool by_bmi2)
{
	const uint64_t one = ((uint64_t)1 << bits) - 1;

	if (group == 1)
		return x;
	if (by_bmi2 && group == 2) /* in the upper bytes, then all bytes in reverse */
		return __builtin_bswap32((uint32_t)deposit(x, one << 24 | one << 8));
	if (by_bmi2)
		return __builtin_bswap64(deposit(x, one * UINT64_C(0x0100010001000100)));
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

/* How the loops below are compiled; constants wherever they are used. */
struct way {
	bool bmi2;     /* bits are laid apart by pdep; symbols of at most 8 bits */
	bool branches; /* where flags are foreseen the chain of shifts is no chain; not for G = 1 */
	bool whole;    /* no index is beyond the dictionary */
};

/* What decode_word() needs besides the window. */
struct word_shape {
	const uint16_t *table, *symbol;
	unsigned bits, index_bits, hit, miss, raw_shift, table_shift;
	uint64_t raw_mask; /* without the flag, unless that does no harm */
};

INLINE uint64_t entry_at(const struct word_shape *s, uint64_t x, unsigned group)
{
	const uint64_t index = (x & UINT64_MAX >> 1) >> (63 - s->index_bits);

	return load(s->symbol + index * group, group);
}

INLINE uint64_t raw_at(const struct word_shape *s, uint64_t x, unsigned group, struct way way)
{
	return spread((x & s->raw_mask) >> s->raw_shift, group, s->bits, way.bmi2);
}

/* Takes the word on top of the window. */
INLINE uint64_t decode_word(const struct word_shape *s, uint64_t *window, unsigned group,
                            struct way way)
{
	const uint64_t x = *window, by_hit = x << s->hit, by_miss = x << s->miss;
	uint64_t word;

	if (group > 1 && way.branches && x >> 63) {
		FORESEEN();
		*window = by_hit;
		return entry_at(s, x, group);
	}
	if (group > 1 && way.branches) {
		FORESEEN();
		*window = by_miss;
		return raw_at(s, x, group, way);
	}
	if (group == 1) {
		*window = pick_by_top(x, by_hit, by_miss);
		return s->table[x >> s->table_shift];
	}
	word = raw_at(s, x, group, way);
	*window = pick_by_top(x, by_hit, by_miss);
	return pick_by_top(x, entry_at(s, x, group), word);
}

/* Inlined with a constant group (1, 2 or 4), number of words in a batch and way. Stores to v might
 * change anything in memory, hence the copies. */
INLINE void decode_batches(struct job *j, unsigned group, unsigned batch, struct way way)
{
	const unsigned bits = j->d->bits, index_bits = j->d->index_bits;
	const struct word_shape s = { .table = j->table,
		                      .symbol = j->d->symbol,
		                      .bits = bits,
		                      .index_bits = index_bits,
		                      .hit = 1 + index_bits,
		                      .miss = 1 + group * bits,
		                      .raw_shift = 63 - group * bits,
		                      .table_shift = 64 - j->table_bits,
		                      .raw_mask = way.bmi2 ? UINT64_MAX : UINT64_MAX >> 1 };
	const uint64_t *const words = j->words;
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
			const uint64_t word = decode_word(&s, &x, group, way);

			unknown |= word;
			store(v + i * group, word, group);
		}
		if (!way.whole && unknown & 0x8000)
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
INLINE void decode_long(struct job *j, unsigned group, struct way way)
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
				      spread(peek(j->words, at) >> (64 - 4 * d->bits), 4, d->bits,
				             way.bmi2),
				      4);
			j->pos += 1 + group * d->bits;
		}
		j->done += group;
	}
}

/* The largest batch of those compiled that fits a window. */
INLINE void decode_group(struct job *j, struct way way)
{
	const struct dict_entries *d = j->d;
	const unsigned raw = d->group * d->bits;
	const unsigned batch = 63 / (1 + (raw > d->index_bits ? raw : d->index_bits));

	if (d->group == 1 && j->table) {
		if (batch >= 12)
			decode_batches(j, 1, 12, way);
		else if (batch >= 9)
			decode_batches(j, 1, 9, way);
		else if (batch >= 7)
			decode_batches(j, 1, 7, way);
		else if (batch >= 4)
			decode_batches(j, 1, 4, way);
	} else if (d->group == 2 && d->bits < 16) {
		if (batch >= 7)
			decode_batches(j, 2, 7, way);
		else if (batch >= 4)
			decode_batches(j, 2, 4, way);
		else if (batch >= 3)
			decode_batches(j, 2, 3, way);
		else if (batch >= 1)
			decode_batches(j, 2, 1, way);
	} else if (d->group == 4 && raw < 63) {
		if (batch >= 3)
			decode_batches(j, 4, 3, way);
		else if (batch >= 2)
			decode_batches(j, 4, 2, way);
		else
			decode_batches(j, 4, 1, way);
	} else if (d->group == 8) {
		decode_long(j, 8, way);
	} else if (d->group == 16) {
		decode_long(j, 16, way);
	} else {
		decode_long(j, d->group, way);
	}
}

/* Four symbols at a time, or eight. Inlined with a constant choice. */
INLINE size_t unpack(const struct dict_entries *d, const struct bit_string *stored, bool by_bmi2)
{
	const unsigned step = 8, half = 4 * d->bits;
	const size_t n = (size_t)d->n * d->group;
	size_t i = 0, at = 0;

	if (d->bits > 8 || stored->n_bits < AHEAD_BITS)
		return 0;
	for (; i + step <= n && at <= stored->n_bits - AHEAD_BITS; i += step, at += 2 * half) {
		const uint64_t x = peek(stored->words, at);

		store(d->symbol + i, spread(x >> (64 - half), 4, d->bits, by_bmi2), 4);
		store(d->symbol + i + 4, spread(x << half >> (64 - half), 4, d->bits, by_bmi2), 4);
	}
	return i;
}

#ifdef HAS_BMI2
/* Shifts by a count in any register, without flags. */
__attribute__((target("bmi,bmi2"))) static void decode_bmi2(struct job *j)
{
	const bool whole = j->d->n == (uint32_t)1 << j->d->index_bits;

	if (j->d->bits > 8)
		decode_group(j, (struct way){ .whole = false });
	else if (j->foreseen)
		decode_group(j, (struct way){ .bmi2 = true, .branches = true });
	else if (whole)
		decode_group(j, (struct way){ .bmi2 = true, .whole = true });
	else
		decode_group(j, (struct way){ .bmi2 = true });
}
#endif

#ifdef HAS_BMI2
__attribute__((target("bmi,bmi2"))) static size_t unpack_bmi2(const struct dict_entries *d,
                                                              const struct bit_string *stored)
{
	return unpack(d, stored, true);
}
#endif

void dict_unpack(const struct dict_entries *d, const struct bit_string *stored)
{
	const size_t n = (size_t)d->n * d->group;
	struct bit_reader r = bit_reader_on(stored->words, stored->n_bits);
	size_t i = 0;

#ifdef HAS_BMI2
	if (__builtin_cpu_supports("bmi2"))
		i = unpack_bmi2(d, stored);
	else
#endif
		i = unpack(d, stored, false);
	r.pos = i * d->bits;
	bits_get_run(&r, d->symbol + i, n - i, d->bits);
	memset(d->symbol + n, 0xff, (dict_room(d) - n) * sizeof(*d->symbol));
}

/* Words of 8 or 16, hit or not, without branches, from the dictionary as it is stored: either way
 * a word is symbols from some bit of some string on. Inlined with a constant group. */
INLINE void decode_stored(struct job *j, const uint64_t *stored, unsigned group, bool by_bmi2)
{
	const unsigned bits = j->d->bits, half = 4 * bits, index_bits = j->d->index_bits;
	const uint64_t *const words = j->words, n_entries = j->d->n;
	const size_t hit_bits = 1 + index_bits, miss_bits = 1 + (size_t)group * bits;
	uint16_t *v = j->v + j->done, *const start = v, *const end = j->v + j->n;
	size_t pos = j->pos;

	while ((size_t)(end - v) >= group && pos <= j->last) {
		const uint64_t x = peek(words, pos), index = top(x << 1, index_bits);
		uint64_t is_hit = (uint64_t)0 - (x >> 63), from, at;

		if (is_hit & ((uint64_t)0 - (index >= n_entries)))
			break;
		KEEP(is_hit);
		from = ((uintptr_t)stored & is_hit) | ((uintptr_t)words & ~is_hit);
		at = (index * group * bits & is_hit) | ((pos + 1) & ~is_hit);
#pragma GCC unroll 2
		for (unsigned i = 0; i < group; i += 8, at += 2 * half) {
			const uint64_t y = peek((const uint64_t *)(uintptr_t)from, at);

			store(v + i, spread(y >> (64 - half), 4, bits, by_bmi2), 4);
			store(v + i + 4, spread(y << half >> (64 - half), 4, bits, by_bmi2), 4);
		}
		pos += (hit_bits & is_hit) | (miss_bits & ~is_hit);
		v += group;
	}
	j->pos = pos;
	j->done += (size_t)(v - start);
}

#ifdef HAS_BMI2
__attribute__((target("bmi,bmi2"))) static void decode_stored_bmi2(struct job *j,
                                                                   const uint64_t *stored)
{
	if (j->d->group == 8)
		decode_stored(j, stored, 8, true);
	else
		decode_stored(j, stored, 16, true);
}
#endif

static void decode_stored_best(struct job *j, const uint64_t *stored)
{
#ifdef HAS_BMI2
	if (__builtin_cpu_supports("bmi2")) {
		decode_stored_bmi2(j, stored);
		return;
	}
#endif
	if (j->d->group == 8)
		decode_stored(j, stored, 8, false);
	else
		decode_stored(j, stored, 16, false);
}

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

/* Whether at most one word in DICT_SELDOM is of the rarer kind, as the length of the stream tells.
 */
static bool flags_foreseen(const struct dict_entries *d, size_t n_bits, size_t n)
{
	const size_t words = (n + d->group - 1) / d->group;
	const size_t hit = words * (1 + d->index_bits), miss = words * (1 + d->group * d->bits);
	const size_t low = hit < miss ? hit : miss, high = hit < miss ? miss : hit;

	if (n_bits <= low || n_bits >= high)
		return true;
	return n_bits - low <= (high - low) / DICT_SELDOM ||
	       high - n_bits <= (high - low) / DICT_SELDOM;
}

bool dict_stays_stored(const struct dict_entries *d, size_t n_bits, size_t n)
{
	return (d->group == 8 || d->group == 16) && d->bits <= 8 &&
	       (!flags_foreseen(d, n_bits, n) || n < (size_t)d->n * d->group);
}

size_t dict_decode_stored(const struct dict_entries *d, const uint64_t *stored,
                          const struct bit_string *stream, size_t *pos, uint16_t *v, size_t n)
{
	struct job j = { .d = d, .words = stream->words, .pos = *pos, .v = v, .n = n };

	if (stream->n_bits < AHEAD_BITS)
		return 0;
	j.last = stream->n_bits - AHEAD_BITS;
	decode_stored_best(&j, stored);
	*pos = j.pos;
	return j.done;
}

size_t dict_decode_most(const struct dict_entries *d, const struct bit_string *stream, size_t *pos,
                        uint16_t *v, size_t n)
{
	struct job j = { .d = d, .words = stream->words, .pos = *pos, .v = v, .n = n };
	uint16_t *table;

	if (stream->n_bits < AHEAD_BITS)
		return 0;
	j.last = stream->n_bits - AHEAD_BITS;
	j.foreseen = d->group > 1 && flags_foreseen(d, stream->n_bits, n);
	j.table = table = make_table(d, n, &j.table_bits);
#ifdef HAS_BMI2
	if (__builtin_cpu_supports("bmi2"))
		decode_bmi2(&j);
	else
#endif
		decode_group(&j, (struct way){ .bmi2 = false });
	free(table);
	*pos = j.pos;
	return j.done;
}
