/* Extended bit-plane compression (Cavigelli, Rutishauser, Benini, IEEE JETCAS 9(4), 2019, arXiv
 * 1908.11645), made for feature maps, here on weights; code words and order as in the authors'
 * hardware (github pulp-platform/stream-ebpc), blocks of 8 and zero runs of up to 16.
 *
 * A layer's stream is a bit that says how symbols stand for signed numbers (0: two's complement, 1:
 * sign-magnitude, whichever makes the sum of magnitudes smaller), then
 * zeros: per symbol that is not zero a 1, per run of 1 to 16 zeros a 0 and run - 1 in 4 bits;
 * planes: the others in blocks of 8, the last filled up with zeros. A block is its first number, b
 *   bits, and the 7 differences, b + 1 bits each, bit plane by bit plane from the least significant
 *   on. A plane P is sent as X = P xor the plane before, 7 bits, the first difference's first:
 *     01                   X is 0
 *     001 n - 2            so are n in a row, 2 to b + 1; ceil(log2 b) bits
 *     00000                X is all ones
 *     00001                P is 0
 *     00010 place          X has two ones, neighbours; place of the first in 3 bits
 *     00011 place          X has a single one
 *     1 X                  otherwise
 * Both parts are filled up with 0 to a multiple of b bits. The hardware reads them side by side;
 * where the second begins follows from the first and is not stored. */
#include "base/bits.h"
#include "codec/codec.h"

#include <string.h>

enum {
	BLOCK = 8,
	DELTAS = BLOCK - 1,
	ALL_ONES = (1 << DELTAS) - 1,
	RUN_BITS = 4,
	LONGEST_RUN = 1 << RUN_BITS,
	PLANES_ROOM = 24,  /* 17 planes at most, in eights */
	PLANE_BITS = BLOCK /* of the longest code of a plane */
};

struct plane_code {
	uint8_t code, n_bits;
};

/* Codes of X, without and with P = 0; X = 0 has none. */
struct plane_codes {
	struct plane_code of[2][ALL_ONES + 1];
};

static struct plane_code plane_code(unsigned x)
{
	unsigned first = 0, rest;

	while (!(x >> (DELTAS - 1 - first) & 1))
		first++;
	rest = x ^ 1u << (DELTAS - 1 - first);
	if (x == ALL_ONES)
		return (struct plane_code){ 0, 5 };
	if (!rest)
		return (struct plane_code){ (uint8_t)(3 << 3 | first), 8 };
	if (first < DELTAS - 1 && rest == 1u << (DELTAS - 2 - first))
		return (struct plane_code){ (uint8_t)(2 << 3 | first), 8 };
	return (struct plane_code){ (uint8_t)(1 << DELTAS | x), 8 };
}

static void make_codes(struct plane_codes *c)
{
	for (unsigned x = 1; x <= ALL_ONES; x++) {
		c->of[0][x] = c->of[1][x] = plane_code(x);
		if (x != ALL_ONES)
			c->of[1][x] = (struct plane_code){ 1, 5 };
	}
}

/* Sign-magnitude to two's complement of `bits` bits and back. The magnitude 0 with a sign takes the
 * place of the number that has no opposite. */
static uint16_t other_form(uint16_t v, unsigned bits)
{
	const unsigned half = 1u << (bits - 1);

	return (uint16_t)(v <= half ? v : 3 * half - v);
}

/* Whether the symbols look like sign-magnitude. */
static bool is_sign_magnitude(const struct symbols *l)
{
	const unsigned half = 1u << (l->bits - 1);
	uint64_t complement = 0, magnitude = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] >= half) {
			complement += 2 * half - l->v[i];
			magnitude += l->v[i] - half;
		}
	return magnitude < complement;
}

/* Transposes a matrix of 8 x 8 bits: bit 8 i + k becomes bit 8 k + i. */
static uint64_t transpose(uint64_t x)
{
	uint64_t t = (x ^ x >> 7) & UINT64_C(0x00aa00aa00aa00aa);

	x ^= t ^ t << 7;
	t = (x ^ x >> 14) & UINT64_C(0x0000cccc0000cccc);
	x ^= t ^ t << 14;
	t = (x ^ x >> 28) & UINT64_C(0x00000000f0f0f0f0);
	return x ^ t ^ t << 28;
}

/* Planes of the differences, bit DELTAS - 1 of each being the first difference's. */
static void to_planes(const int32_t delta[DELTAS], uint8_t plane[PLANES_ROOM], unsigned n_planes)
{
	for (unsigned at = 0; at < n_planes; at += 8) {
		uint64_t x = 0;

		for (unsigned i = 0; i < DELTAS; i++)
			x = x << 8 | ((uint32_t)delta[i] >> at & 0xff);
		x = transpose(x);
		for (unsigned k = 0; k < 8; k++, x >>= 8)
			plane[at + k] = (uint8_t)x;
	}
}

static void from_planes(const uint8_t plane[PLANES_ROOM], uint32_t delta[DELTAS], unsigned n_planes)
{
	memset(delta, 0, DELTAS * sizeof(*delta));
	for (unsigned at = 0; at < n_planes; at += 8) {
		uint64_t x = 0;

		for (unsigned k = 8; k-- > 0;)
			x = x << 8 | plane[at + k];
		x = transpose(x);
		for (unsigned i = DELTAS; i-- > 0; x >>= 8)
			delta[i] |= (uint32_t)(x & 0xff) << at;
	}
}

static void put_zero_planes(struct bit_writer *w, unsigned run, unsigned bits)
{
	if (run == 1)
		bits_put(w, 1, 2);
	else if (run > 1) /* at most bits + 1, so that run - 2 fits */
		bits_put(w, (uint64_t)1 << bits_for_index(bits) | (run - 2),
		         3 + bits_for_index(bits));
}

/* A block of numbers in two's complement. */
static void put_block(struct bit_writer *w, const struct plane_codes *codes,
                      const uint16_t number[BLOCK], unsigned bits)
{
	const int32_t half = 1 << (bits - 1);
	int32_t delta[DELTAS];
	uint8_t plane[PLANES_ROOM], before = 0;
	unsigned run = 0;

	for (unsigned i = 0; i < DELTAS; i++)
		delta[i] = (number[i + 1] ^ half) - (number[i] ^ half);
	to_planes(delta, plane, bits + 1);
	bits_put(w, number[0], bits);
	for (unsigned k = 0; k <= bits; k++) {
		unsigned x = plane[k] ^ before;
		struct plane_code code = codes->of[plane[k] == 0][x];

		before = plane[k];
		if (!x) {
			run++;
			continue;
		}
		put_zero_planes(w, run, bits);
		run = 0;
		bits_put(w, code.code, code.n_bits);
	}
	put_zero_planes(w, run, bits);
}

/* Up to a multiple of b bits from `start` on; there are zeros already. */
static void fill_up(struct bit_writer *w, size_t start, unsigned bits)
{
	bits_put(w, 0, (unsigned)(bits_round_up(w->n_bits - start, bits) - (w->n_bits - start)));
}

static void put_zeros(struct bit_writer *w, const struct symbols *l)
{
	size_t start = w->n_bits, run;

	for (size_t i = 0; i < l->n; i += run) {
		for (run = 0; run < l->n - i && run < LONGEST_RUN && !l->v[i + run];)
			run++;
		if (run) {
			bits_put(w, run - 1, 1 + RUN_BITS);
			continue;
		}
		while (run < l->n - i && run < 64 && l->v[i + run])
			run++;
		bits_put(w, UINT64_MAX >> (64 - run), (unsigned)run);
	}
	fill_up(w, start, l->bits);
}

static void put_blocks(struct bit_writer *w, const struct symbols *l, bool sign_magnitude)
{
	const size_t start = w->n_bits;
	struct plane_codes codes = { 0 };
	uint16_t number[BLOCK];
	size_t k = 0;

	make_codes(&codes);
	for (size_t i = 0; i < l->n; i++) {
		if (!l->v[i])
			continue;
		number[k++] = sign_magnitude ? other_form(l->v[i], l->bits) : l->v[i];
		if (k == BLOCK) {
			put_block(w, &codes, number, l->bits);
			k = 0;
		}
	}
	if (k) {
		memset(number + k, 0, (BLOCK - k) * sizeof(*number));
		put_block(w, &codes, number, l->bits);
	}
	fill_up(w, start, l->bits);
}

/* No stream of the layer is longer. */
static size_t most_bits(const struct symbols *l)
{
	const size_t block = l->bits + (l->bits + 1) * (size_t)PLANE_BITS;
	size_t zeros = 0, others;

	for (size_t i = 0; i < l->n; i++)
		zeros += !l->v[i];
	others = l->n - zeros;
	return 1 + (1 + RUN_BITS) * zeros + others + (others + BLOCK - 1) / BLOCK * block +
	       2 * l->bits;
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	const bool sign_magnitude = is_sign_magnitude(layer);
	size_t cap = most_bits(layer);
	struct bit_writer w;
	enum status rc = bit_string_alloc(&c->stream, cap, e);

	(void)p;
	if (rc)
		return rc;
	w = bit_writer_on(c->stream.words, cap);
	bits_put(&w, sign_magnitude, 1);
	put_zeros(&w, layer);
	put_blocks(&w, layer, sign_magnitude);
	c->stream.n_bits = w.n_bits;
	return w.fail ? err_set(e, ST_INTERNAL, "ebpc: layer %zu is longer than it can be", l)
	              : ST_OK;
}

/* The filling must be 0. */
static bool skip_fill(struct bit_reader *r, size_t start, unsigned bits)
{
	size_t n = bits_round_up(r->pos - start, bits) - (r->pos - start);

	return bits_get(r, (unsigned)n) == 0 && !r->fail;
}

/* The next 8 bits, zeros where there are none, without taking them. */
static unsigned peek(const struct bit_reader *r)
{
	struct bit_reader ahead = *r;
	size_t left = r->n_bits - r->pos;
	unsigned n = left < PLANE_BITS ? (unsigned)left : PLANE_BITS;

	return (unsigned)bits_get(&ahead, n) << (PLANE_BITS - n);
}

/* Leaves 1 in v where a symbol is not zero. */
static bool get_zeros(struct bit_reader *r, unsigned bits, uint16_t *v, size_t n)
{
	size_t start = r->pos;

	for (size_t i = 0; i < n && !r->fail;) {
		size_t run = (unsigned)__builtin_clz(~(peek(r) << (32 - PLANE_BITS)));

		run = run < n - i ? run : n - i;
		if (run) {
			bits_get(r, (unsigned)run);
			while (run-- > 0)
				v[i++] = 1;
			continue;
		}
		run = bits_get(r, 1 + RUN_BITS) + 1;
		if (run > n - i)
			return false;
		memset(v + i, 0, run * sizeof(*v));
		i += run;
	}
	return !r->fail && skip_fill(r, start, bits);
}

/* What a code of one or more planes begins with, as its first 8 bits say. */
struct plane_start {
	enum { PLANE, PLANE_RUN, PLANE_BAD } kind;
	uint8_t n_bits; /* of the code; of a run, before the length of it */
	uint8_t keep;   /* P = (the plane before and keep) xor x */
	uint8_t x;
};

/* By the first 8 bits. */
struct plane_starts {
	struct plane_start of[1 << PLANE_BITS];
};

static struct plane_start plane_start(unsigned code)
{
	unsigned place = code & 7, two = code >> 3 == 2;

	if (code >> 7)
		return (struct plane_start){ PLANE, 8, ALL_ONES, (uint8_t)(code & ALL_ONES) };
	if (code >> 6)
		return (struct plane_start){ PLANE, 2, ALL_ONES, 0 };
	if (code >> 5)
		return (struct plane_start){ PLANE_RUN, 3, ALL_ONES, 0 };
	if (code >> 3 == 0)
		return (struct plane_start){ PLANE, 5, ALL_ONES, ALL_ONES };
	if (code >> 3 == 1)
		return (struct plane_start){ PLANE, 5, 0, 0 };
	if (place + two >= DELTAS)
		return (struct plane_start){ .kind = PLANE_BAD };
	return (struct plane_start){ PLANE, 8, ALL_ONES,
		                     (uint8_t)((two ? 3 : 1) << (DELTAS - 1 - two - place)) };
}

static void make_starts(struct plane_starts *s)
{
	for (unsigned code = 0; code < 1 << PLANE_BITS; code++)
		s->of[code] = plane_start(code);
}

static bool get_planes(struct bit_reader *r, const struct plane_starts *starts, unsigned bits,
                       uint8_t plane[PLANES_ROOM])
{
	const unsigned run_bits = bits_for_index(bits);
	unsigned before = 0;

	for (unsigned k = 0; k <= bits;) {
		const struct plane_start s = starts->of[peek(r)];

		if (s.kind == PLANE_BAD || s.n_bits > r->n_bits - r->pos)
			return false;
		r->pos += s.n_bits;
		if (s.kind == PLANE_RUN) {
			unsigned run = (unsigned)bits_get(r, run_bits) + 2;

			if (run > bits + 1 - k)
				return false;
			memset(plane + k, (int)before, run);
			k += run;
		} else { /* without branches, since any may come */
			before = (before & s.keep) ^ s.x;
			plane[k++] = (uint8_t)before;
		}
	}
	return !r->fail;
}

/* A block of numbers in two's complement. */
static bool get_block(struct bit_reader *r, const struct plane_starts *starts, unsigned bits,
                      uint16_t number[BLOCK])
{
	const uint32_t mask = (1u << bits) - 1;
	uint8_t plane[PLANES_ROOM] = { 0 };
	uint32_t delta[DELTAS];

	number[0] = (uint16_t)bits_get(r, bits);
	if (!get_planes(r, starts, bits, plane))
		return false;
	from_planes(plane, delta, bits + 1);
	for (unsigned i = 0; i < DELTAS; i++)
		number[i + 1] = (uint16_t)((number[i] + delta[i]) & mask);
	return true;
}

/* Puts numbers where v is 1. False: damaged, or a number is 0, or the filling is not. */
static bool get_blocks(struct bit_reader *r, bool sign_magnitude, unsigned bits, uint16_t *v,
                       size_t n)
{
	const size_t start = r->pos;
	struct plane_starts starts;
	uint16_t number[BLOCK], filling = 0;
	unsigned k = BLOCK;

	make_starts(&starts);
	for (size_t i = 0; i < n; i++) {
		if (!v[i])
			continue;
		if (k == BLOCK) {
			if (!get_block(r, &starts, bits, number))
				return false;
			k = 0;
		}
		v[i] = sign_magnitude ? other_form(number[k], bits) : number[k];
		if (!number[k++])
			return false;
	}
	while (k < BLOCK)
		filling |= number[k++];
	return !filling && skip_fill(r, start, bits);
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	struct bit_reader r = bit_reader_on(c->stream.words, c->stream.n_bits);
	bool sign_magnitude = bits_get(&r, 1);

	(void)p;
	if (!get_zeros(&r, bits, v, n) || !get_blocks(&r, sign_magnitude, bits, v, n) ||
	    r.pos != r.n_bits)
		return err_set(e, ST_DATA, "ebpc stream: damaged near bit %zu", r.pos);
	return ST_OK;
}

const struct codec codec_ebpc = {
	.name = "ebpc",
	.help = "extended bit-plane compression: zero runs, the rest in blocks of 8 by bit planes",
	.family = "sparse",
	.source = "Cavigelli et al., EBPC, IEEE JETCAS 9(4), 2019, arXiv 1908.11645",
	.uses_order = true,
	.encode = encode,
	.decode = decode,
};
