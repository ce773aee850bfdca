/* With pdep, which puts fields of bits where their bytes go, and shuffles of bytes as look-ups. */
#include "codec/planes_block.h"

#ifdef PLANES_X86
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,bmi2,popcnt")))
/* Always inlined, so with the target of its callers, which is what pdep asks for. */
#define UNPACK(x, n, bits) \
	_pdep_u64(x, (((uint64_t)1 << (bits)) - 1) * UINT64_C(0x0101010101010101))
#undef PLANES_INLINE
#define PLANES_INLINE TARGET static inline __attribute__((always_inline))
#include "codec/planes_words.h"

enum { TABLES = 4, VECTOR = 32 };

/* 16 entries each, in both halves. */
struct tables {
	__m256i of[TABLES];
	unsigned n;
};

/* By the low bits; then the bits above choose between the tables. */
PLANES_INLINE __m256i look_up(const struct tables *t, __m256i index)
{
	__m256i found = _mm256_shuffle_epi8(t->of[0], index);

	if (t->n > 1)
		found = _mm256_blendv_epi8(found, _mm256_shuffle_epi8(t->of[1], index),
		                           _mm256_slli_epi16(index, 3));
	if (t->n > 2) {
		const __m256i high = _mm256_blendv_epi8(_mm256_shuffle_epi8(t->of[2], index),
		                                        _mm256_shuffle_epi8(t->of[3], index),
		                                        _mm256_slli_epi16(index, 3));

		found = _mm256_blendv_epi8(found, high, _mm256_slli_epi16(index, 2));
	}
	return found;
}

/* Larger dictionaries byte by byte. */
PLANES_INLINE __m256i look_up_each(const uint8_t *entry, __m256i index)
{
	uint8_t at[VECTOR];

	_mm256_storeu_si256((__m256i *)at, index);
	for (unsigned i = 0; i < VECTOR; i++)
		at[i] = entry[at[i]];
	return _mm256_loadu_si256((const __m256i *)at);
}

/* 8 words: their indices and raw symbols, each in its byte, the others 0; the mask of hits. */
struct eight {
	uint64_t index, raw, hit;
};

PLANES_INLINE struct eight take_eight(const struct plane *index, const struct plane *raw,
                                      size_t *at, size_t *raw_at, uint8_t flags,
                                      const struct planes_dict *d, uint64_t index_fields,
                                      uint64_t raw_fields)
{
	const uint64_t hit = _pdep_u64(flags, UINT64_C(0x0101010101010101)) * 255;
	const unsigned hits = (unsigned)_mm_popcnt_u32(flags);
	const struct eight r = { _pdep_u64(planes_peek(index, *at), hit & index_fields),
		                 _pdep_u64(planes_peek(raw, *raw_at), ~hit & raw_fields), hit };

	*at += hits * d->index_bits;
	*raw_at += (8 - hits) * d->bits;
	return r;
}

/* Inlined with a constant number of tables; 0: byte by byte. */
PLANES_INLINE void run_symbols(struct planes_job *j, unsigned n_tables)
{
	const struct planes_dict *const d = j->d;
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t index_fields = (((uint64_t)1 << d->index_bits) - 1) * ones;
	const uint64_t raw_fields = (((uint64_t)1 << d->bits) - 1) * ones;
	struct tables t = { .n = n_tables };
	__m256i highest = _mm256_setzero_si256();
	uint8_t seen[VECTOR];

	for (unsigned i = 0; i < n_tables; i++)
		t.of[i] = _mm256_broadcastsi128_si256(
		        _mm_loadu_si128((const __m128i *)(d->byte + (size_t)i * 16)));
	while (planes_ready(j)) {
		const struct plane index = j->index, raw = j->raw;
		size_t at = index.pos, raw_at = raw.pos;

#pragma GCC unroll 2
		for (unsigned i = 0; i < 8; i += 4) {
			struct eight w[4];
			__m256i k, hit, found, plain;

#pragma GCC unroll 4
			for (unsigned q = 0; q < 4; q++)
				w[q] = take_eight(&index, &raw, &at, &raw_at, j->flags[i + q], d,
				                  index_fields, raw_fields);
			k = _mm256_set_epi64x((long long)w[3].index, (long long)w[2].index,
			                      (long long)w[1].index, (long long)w[0].index);
			plain = _mm256_set_epi64x((long long)w[3].raw, (long long)w[2].raw,
			                          (long long)w[1].raw, (long long)w[0].raw);
			hit = _mm256_set_epi64x((long long)w[3].hit, (long long)w[2].hit,
			                        (long long)w[1].hit, (long long)w[0].hit);
			found = n_tables ? look_up(&t, k) : look_up_each(d->byte, k);
			highest = _mm256_max_epu8(highest, k);
			_mm256_storeu_si256((__m256i *)(j->out + (size_t)i * 8),
			                    _mm256_or_si256(plain, _mm256_and_si256(found, hit)));
		}
		j->index.pos = at;
		j->raw.pos = raw_at;
		j->flags += 8;
		j->out += PLANES_WORDS;
		j->n_blocks--;
	}
	_mm256_storeu_si256((__m256i *)seen, highest);
	for (unsigned i = 0; i < VECTOR; i++)
		j->highest = seen[i] > j->highest ? seen[i] : j->highest;
}

/* Bytes of one number: `words` words of `group` symbols, each in a lane of the number. */
enum { NUMBER = 8 };

/* What the lanes of k look up. */
PLANES_INLINE uint64_t look_up_words(const uint8_t *entry, uint64_t k, unsigned group)
{
	const unsigned lane = 8 * group;
	const uint64_t all = UINT64_MAX >> (64 - lane);
	uint64_t found = 0;

#pragma GCC unroll 4
	for (unsigned at = 0; at < 64; at += lane)
		found |= planes_entry(entry + (k >> at & all) * group, group) << at;
	return found;
}

/* Words of 2 or 4 symbols, 8 symbols at once. Inlined with a constant group. */
PLANES_INLINE void run_lanes(struct planes_job *j, unsigned group)
{
	const unsigned words = NUMBER / group, index_bits = j->d->index_bits, bits = j->d->bits;
	const uint64_t all = UINT64_MAX >> (64 - 8 * group);
	const uint64_t ones = group == 2 ? UINT64_C(0x0001000100010001) : UINT64_C(0x100000001);
	const uint64_t index_fields = (((uint64_t)1 << index_bits) - 1) * ones;
	const uint64_t raw_fields = (((uint64_t)1 << bits) - 1) * UINT64_C(0x0101010101010101);
	const uint8_t *const entry = j->d->byte;
	const unsigned raw_bits = group * bits;
	__m128i highest = _mm_setzero_si128();
	uint32_t seen[4];

	while (planes_ready(j)) {
		const struct plane index = j->index, raw = j->raw;
		uint64_t flags = planes_load(j->flags);
		size_t at = index.pos, raw_at = raw.pos;
		uint8_t *out = j->out;

		for (unsigned i = 0; i < PLANES_WORDS; i += words, flags >>= words, out += NUMBER) {
			const uint64_t hit = _pdep_u64(flags, ones) * all;
			const unsigned hits = (unsigned)_mm_popcnt_u64(flags & ((1u << words) - 1));
			const uint64_t k = _pdep_u64(planes_peek(&index, at), hit & index_fields);
			const uint64_t x = _pdep_u64(planes_peek(&raw, raw_at), ~hit & raw_fields);

			planes_store(out, (look_up_words(entry, k, group) & hit) | x, NUMBER);
			highest = group == 2
			                  ? _mm_max_epu16(highest, _mm_cvtsi64_si128((long long)k))
			                  : _mm_max_epu32(highest, _mm_cvtsi64_si128((long long)k));
			at += hits * index_bits;
			raw_at += (words - hits) * raw_bits;
		}
		j->index.pos = at;
		j->raw.pos = raw_at;
		j->flags += 8;
		j->out = out;
		j->n_blocks--;
	}
	if (group == 2)
		highest = _mm_cvtepu16_epi32(highest);
	_mm_storeu_si128((__m128i *)seen, highest);
	for (unsigned i = 0; i < 4; i++)
		j->highest = seen[i] > j->highest ? seen[i] : j->highest;
}

/* Indices of a number must be in what is peeked at. */
enum { MOST_LANE_BITS = 57 };

TARGET void planes_run_avx2(struct planes_job *j)
{
	const unsigned group = j->d->group, index_bits = j->d->index_bits;

	if (group == 2 && 4 * index_bits <= MOST_LANE_BITS)
		run_lanes(j, 2);
	else if (group == 4)
		run_lanes(j, 4);
	else if (group > 1)
		planes_run_words(j);
	else if (j->d->index_bits <= 4)
		run_symbols(j, 1);
	else if (j->d->index_bits == 5)
		run_symbols(j, 2);
	else if (j->d->index_bits == 6)
		run_symbols(j, 4);
	else
		run_symbols(j, 0);
}
#else
void planes_run_avx2(struct planes_job *j)
{
	(void)j;
}
#endif
