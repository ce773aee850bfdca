/* With AVX-512: fields of bits to bytes by a permutation and a shift in each byte, look-ups by
 * permutation or gather, and "expand", which deals out entries and raw words by the flags. */
#include "codec/planes_block.h"

#ifdef PLANES_X86
#include <immintrin.h>

/* Gathers are macros where nothing is optimised, with masks of the wrong sign. */
#pragma GCC diagnostic ignored "-Wsign-conversion"

#define TARGET \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2,popcnt")))
#undef PLANES_INLINE
#define PLANES_INLINE TARGET static inline __attribute__((always_inline))

enum { VECTOR = 64, TABLES = 8 };

/* How 64 fields of up to 8 bits become bytes: eight fields are as many bytes as a field has bits,
 * so that the first of eight is at the same bit of its byte. */
struct bytes_of {
	__m512i from, shift, mask;
};

PLANES_INLINE struct bytes_of bytes_of(unsigned bits)
{
	uint8_t from[VECTOR], shift[VECTOR];

	for (unsigned i = 0; i < VECTOR; i++) {
		from[i] = (uint8_t)(i / 8 * bits + i % 8);
		shift[i] = (uint8_t)(i % 8 * bits);
	}
	return (struct bytes_of){ _mm512_loadu_si512(from), _mm512_loadu_si512(shift),
		                  _mm512_set1_epi8((char)((1u << bits) - 1)) };
}

PLANES_INLINE __m512i take_bytes(const struct plane *p, size_t pos, const struct bytes_of *how)
{
	const __m512i x = _mm512_permutexvar_epi8(how->from, _mm512_loadu_si512(p->at + pos / 8));
	const __m512i shift = _mm512_add_epi8(how->shift, _mm512_set1_epi8((char)(pos % 8)));

	return _mm512_and_si512(_mm512_multishift_epi64_epi8(shift, x), how->mask);
}

/* 16 fields of up to 16 bits as numbers of 32. */
PLANES_INLINE __m512i take_numbers(const struct plane *p, size_t pos, unsigned bits)
{
	const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	const __m512i step = _mm512_mullo_epi32(lane, _mm512_set1_epi32((int)bits));
	const __m512i first =
	        _mm512_broadcast_i32x4(_mm_set_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0));
	const __m512i at = _mm512_add_epi32(step, _mm512_set1_epi32((int)(pos % 8)));
	const __m512i byte = _mm512_add_epi8(_mm512_shuffle_epi8(_mm512_srli_epi32(at, 3), first),
	                                     _mm512_set1_epi32(0x03020100));
	const __m512i x = _mm512_permutexvar_epi8(byte, _mm512_loadu_si512(p->at + pos / 8));

	return _mm512_and_si512(_mm512_srlv_epi32(x, _mm512_and_si512(at, _mm512_set1_epi32(7))),
	                        _mm512_set1_epi32((int)((1u << bits) - 1)));
}

/* Inlined with a constant number of bits, not less than the index has. */
PLANES_INLINE __m512i look_up_bytes(const __m512i *t, __m512i index, unsigned bits)
{
	__m512i found;

	if (bits <= 6)
		return _mm512_permutexvar_epi8(index, t[0]);
	found = _mm512_permutex2var_epi8(t[0], index, t[1]);
	if (bits == 7)
		return found;
	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), found,
	                              _mm512_permutex2var_epi8(t[2], index, t[3]));
}

PLANES_INLINE __m512i look_up_pairs(const __m512i *t, __m512i index, unsigned bits)
{
	const __mmask32 odd = _mm512_test_epi16_mask(index, _mm512_set1_epi16(64));
	const __mmask32 high = _mm512_test_epi16_mask(index, _mm512_set1_epi16(128));
	const __m512i found = _mm512_permutex2var_epi16(t[0], index, t[1]);

	if (bits <= 6)
		return found;
	return _mm512_mask_blend_epi16(
	        high,
	        _mm512_mask_blend_epi16(odd, found, _mm512_permutex2var_epi16(t[2], index, t[3])),
	        _mm512_mask_blend_epi16(odd, _mm512_permutex2var_epi16(t[4], index, t[5]),
	                                _mm512_permutex2var_epi16(t[6], index, t[7])));
}

PLANES_INLINE void load_tables(__m512i *t, unsigned n, const uint8_t *entry)
{
	for (unsigned i = 0; i < n; i++)
		t[i] = _mm512_loadu_si512(entry + (size_t)i * VECTOR);
}

PLANES_INLINE void end_block(struct planes_job *j, uint64_t flags)
{
	const size_t hits = (size_t)_mm_popcnt_u64(flags);

	j->index.pos += hits * j->d->index_bits;
	j->raw.pos += (PLANES_WORDS - hits) * j->d->group * j->d->bits;
	j->out += (size_t)PLANES_WORDS * j->d->group;
	j->flags += 8;
	j->n_blocks--;
}

PLANES_INLINE void see(struct planes_job *j, uint32_t index)
{
	j->highest = index > j->highest ? index : j->highest;
}

PLANES_INLINE void see_bytes(struct planes_job *j, __m512i highest)
{
	uint8_t seen[VECTOR];

	_mm512_storeu_si512(seen, highest);
	for (unsigned i = 0; i < VECTOR; i++)
		see(j, seen[i]);
}

/* Words of one symbol, a block at once. */
PLANES_INLINE void run_symbols(struct planes_job *j, unsigned bits)
{
	const struct bytes_of index = bytes_of(j->d->index_bits), raw = bytes_of(j->d->bits);
	__m512i highest = _mm512_setzero_si512(), t[TABLES];

	load_tables(t, TABLES, j->d->byte);
	while (planes_ready(j)) {
		const uint64_t flags = planes_load(j->flags);
		const __m512i k = _mm512_maskz_expand_epi8(
		        flags, take_bytes(&j->index, j->index.pos, &index));
		const __m512i x = take_bytes(&j->raw, j->raw.pos, &raw);

		highest = _mm512_max_epu8(highest, k);
		_mm512_storeu_si512(j->out,
		                    _mm512_mask_expand_epi8(look_up_bytes(t, k, bits), ~flags, x));
		end_block(j, flags);
	}
	see_bytes(j, highest);
}

/* The next 16 indices where the flags are set, else 0; *at moves on. */
PLANES_INLINE __m512i next_indices(const struct planes_job *j, __mmask16 flags, size_t *at,
                                   __m512i *highest)
{
	const __m512i k =
	        _mm512_maskz_expand_epi32(flags, take_numbers(&j->index, *at, j->d->index_bits));

	*at += (size_t)_mm_popcnt_u32(flags) * j->d->index_bits;
	*highest = _mm512_max_epu32(*highest, k);
	return k;
}

/* Words of 2, 32 at once. bits: as above. */
PLANES_INLINE void run_pairs(struct planes_job *j, unsigned bits)
{
	const struct bytes_of raw = bytes_of(j->d->bits);
	__m512i highest = _mm512_setzero_si512(), t[TABLES];

	load_tables(t, TABLES, j->d->byte);
	while (planes_ready(j)) {
		const uint64_t flags = planes_load(j->flags);
		size_t at = j->index.pos, raw_at = j->raw.pos;

		for (unsigned i = 0; i < PLANES_WORDS; i += 32) {
			const __mmask32 hit = (__mmask32)(flags >> i);
			__m512i k[2], found;

			k[0] = next_indices(j, (__mmask16)hit, &at, &highest);
			k[1] = next_indices(j, (__mmask16)(hit >> 16), &at, &highest);
			found = _mm512_inserti64x4(
			        _mm512_castsi256_si512(_mm512_cvtepi32_epi16(k[0])),
			        _mm512_cvtepi32_epi16(k[1]), 1);
			found = look_up_pairs(t, found, bits);
			_mm512_storeu_si512(
			        j->out + (size_t)i * 2,
			        _mm512_mask_expand_epi16(found, ~hit,
			                                 take_bytes(&j->raw, raw_at, &raw)));
			raw_at += (32 - (size_t)_mm_popcnt_u32(hit)) * 2 * j->d->bits;
		}
		end_block(j, flags);
	}
	see(j, _mm512_reduce_max_epu32(highest));
}

/* Entries of the hits of some blocks, in the order of the indices: looked up one by one, which is
 * faster than a gather, and only where there is one. Then the flags deal them out. */
enum { SOME_BLOCKS = 8, SOME_ROOM = SOME_BLOCKS * PLANES_WORDS + VECTOR };

/* Blocks that can be read together, at least one; *hits of them. */
PLANES_INLINE unsigned take_blocks(const struct planes_job *j, unsigned *hits)
{
	unsigned n = j->n_blocks < SOME_BLOCKS ? (unsigned)j->n_blocks : SOME_BLOCKS;

	*hits = 0;
	for (unsigned b = 0; b < n; b++)
		*hits += (unsigned)_mm_popcnt_u64(planes_load(j->flags + 8 * (size_t)b));
	if (j->index.pos + (size_t)*hits * j->d->index_bits <= j->index.last &&
	    j->raw.pos + ((size_t)n * PLANES_WORDS - *hits) * j->d->group * j->d->bits <=
	            j->raw.last)
		return n;
	*hits = (unsigned)_mm_popcnt_u64(planes_load(j->flags));
	return 1;
}

PLANES_INLINE void look_up_hits(const struct planes_job *j, unsigned hits, unsigned group,
                                uint8_t *entry, __m512i *highest)
{
	const unsigned index_bits = j->d->index_bits;
	size_t at = j->index.pos;
	uint32_t k[16];

	for (unsigned i = 0; i < hits; i += 16, at += 16 * (size_t)index_bits) {
		const unsigned left = hits - i < 16 ? hits - i : 16;
		const __mmask16 there = (__mmask16)((1u << left) - 1);
		const __m512i index =
		        _mm512_maskz_mov_epi32(there, take_numbers(&j->index, at, index_bits));

		*highest = _mm512_max_epu32(*highest, index);
		_mm512_storeu_si512(k, index);
#pragma GCC unroll 16
		for (unsigned n = 0; n < 16; n++)
			memcpy(entry + (i + n) * group, j->d->byte + (size_t)k[n] * group, group);
	}
}

/* Words of 2, 32 at once, or of 4, 16 at once. Inlined with a constant group. */
PLANES_INLINE void run_looked_up(struct planes_job *j, unsigned group)
{
	const struct bytes_of raw = bytes_of(j->d->bits);
	const unsigned step = VECTOR / group;
	__m512i highest = _mm512_setzero_si512();
	uint8_t entry[SOME_ROOM * 4];

	while (planes_ready(j)) {
		unsigned hits, n = take_blocks(j, &hits);
		const uint8_t *known = entry;

		look_up_hits(j, hits, group, entry, &highest);
		for (; n > 0; n--) {
			const uint64_t flags = planes_load(j->flags);
			size_t raw_at = j->raw.pos;

			for (unsigned i = 0; i < PLANES_WORDS; i += step) {
				const uint64_t hit = flags >> i & (UINT64_MAX >> (64 - step));
				const unsigned n_hit = (unsigned)_mm_popcnt_u64(hit);
				const __m512i x = take_bytes(&j->raw, raw_at, &raw);
				const __m512i y = _mm512_loadu_si512(known);

				_mm512_storeu_si512(j->out + (size_t)i * group,
				                    group == 2 ? _mm512_mask_expand_epi16(
				                                         _mm512_maskz_expand_epi16(
				                                                 (__mmask32)hit, y),
				                                         (__mmask32)~hit, x)
				                               : _mm512_mask_expand_epi32(
				                                         _mm512_maskz_expand_epi32(
				                                                 (__mmask16)hit, y),
				                                         (__mmask16)~hit, x));
				known += (size_t)n_hit * group;
				raw_at += (size_t)(step - n_hit) * group * j->d->bits;
			}
			end_block(j, flags);
		}
	}
	see(j, _mm512_reduce_max_epu32(highest));
}

/* Words of 8, 8 at once. */
TARGET static void run_eights(struct planes_job *j)
{
	const struct bytes_of raw = bytes_of(j->d->bits);
	__m512i highest = _mm512_setzero_si512();

	while (planes_ready(j)) {
		const uint64_t flags = planes_load(j->flags);
		size_t at = j->index.pos, raw_at = j->raw.pos;

		for (unsigned i = 0; i < PLANES_WORDS; i += 8) {
			const __mmask8 hit = (__mmask8)(flags >> i);
			const __m512i k = next_indices(j, hit, &at, &highest);
			const __m512i found =
			        _mm512_i32gather_epi64(_mm512_castsi512_si256(k), j->d->byte, 8);
			const __m512i x = take_bytes(&j->raw, raw_at, &raw);

			_mm512_storeu_si512(j->out + (size_t)i * 8,
			                    _mm512_mask_expand_epi64(found, (__mmask8)~hit, x));
			raw_at += (8 - (size_t)_mm_popcnt_u32(hit)) * 8 * j->d->bits;
		}
		end_block(j, flags);
	}
	see(j, _mm512_reduce_max_epu32(highest));
}

/* Words of 16, 4 at once; their indices are in what is peeked at. */
TARGET static void run_sixteens(struct planes_job *j)
{
	const struct bytes_of raw = bytes_of(j->d->bits);
	const unsigned index_bits = j->d->index_bits;
	const uint64_t ones = UINT64_C(0x0001000100010001);
	const uint64_t fields = (((uint64_t)1 << index_bits) - 1) * ones;
	const uint8_t *const entry = j->d->byte;
	__m128i highest = _mm_setzero_si128();
	uint16_t seen[8];

	while (planes_ready(j)) {
		const uint64_t flags = planes_load(j->flags);
		size_t at = j->index.pos, raw_at = j->raw.pos;

		for (unsigned i = 0; i < PLANES_WORDS; i += 4) {
			const uint64_t hit = flags >> i & 15, n_hit = (uint64_t)_mm_popcnt_u64(hit);
			const __mmask8 halves = (__mmask8)(_pdep_u64(hit, 0x55) * 3);
			const uint64_t k = _pdep_u64(planes_peek(&j->index, at),
			                             _pdep_u64(hit, ones) * UINT16_MAX & fields);
			const __m512i x = take_bytes(&j->raw, raw_at, &raw);
			__m512i found;

			found = _mm512_castsi128_si512(
			        _mm_loadu_si128((const __m128i *)(entry + (k & UINT16_MAX) * 16)));
#define INSERT(n)                   \
	found = _mm512_inserti32x4( \
	        found,              \
	        _mm_loadu_si128((const __m128i *)(entry + (k >> 16 * n & UINT16_MAX) * 16)), n)
			INSERT(1);
			INSERT(2);
			INSERT(3);
#undef INSERT
			highest = _mm_max_epu16(highest, _mm_cvtsi64_si128((long long)k));
			_mm512_storeu_si512(j->out + (size_t)i * 16,
			                    _mm512_mask_expand_epi64(found, (__mmask8)~halves, x));
			at += n_hit * index_bits;
			raw_at += (4 - n_hit) * 16 * j->d->bits;
		}
		end_block(j, flags);
	}
	_mm_storeu_si128((__m128i *)seen, highest);
	for (unsigned i = 0; i < 4; i++)
		see(j, seen[i]);
}

TARGET void planes_run_vbmi2(struct planes_job *j)
{
	const unsigned bits = j->d->index_bits;

	if (j->d->group == 1 && bits <= 6)
		run_symbols(j, 6);
	else if (j->d->group == 1 && bits == 7)
		run_symbols(j, 7);
	else if (j->d->group == 1)
		run_symbols(j, 8);
	else if (j->d->group == 2 && bits <= 6)
		run_pairs(j, 6);
	else if (j->d->group == 2 && bits <= 8)
		run_pairs(j, 8);
	else if (j->d->group == 2)
		run_looked_up(j, 2);
	else if (j->d->group == 4)
		run_looked_up(j, 4);
	else if (j->d->group == 8)
		run_eights(j);
	else if (j->d->group == 16 && 4 * bits <= 57)
		run_sixteens(j);
	else
		planes_run_avx2(j);
}
#else
void planes_run_vbmi2(struct planes_job *j)
{
	(void)j;
}
#endif
