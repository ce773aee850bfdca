/* Laying planes out, and checking them while they are read. */
#include "base/bits.h"
#include "codec/planes_block.h"

#include <stdlib.h>

/* A block of raw words of 16 at most, twice: the end of a plane and zeros to read past it. */
enum { END_BYTES = 2 * (PLANES_WORDS * PLANES_MAX_GROUP + PLANES_AHEAD) };
enum { CHUNK = 4096, TABLE_BYTES = 8 * 64 }; /* symbols; what the look-ups load whole */

struct layout {
	size_t n_words, hits, index_at, raw_at, n_bytes; /* where planes begin and end */
};

const char *planes_path_name(enum planes_path path)
{
	static const char *const name[] = { "portable", "avx2", "vbmi2" };

	return name[path];
}

bool planes_path_runs(enum planes_path path)
{
#ifdef PLANES_X86
	if (path == PLANES_AVX2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
		       __builtin_cpu_supports("popcnt");
	if (path == PLANES_VBMI2)
		return planes_path_runs(PLANES_AVX2) && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
		       __builtin_cpu_supports("avx512vbmi2");
#endif
	return path == PLANES_PORTABLE;
}

enum planes_path planes_path_best(void)
{
	enum planes_path path = N_PLANES_PATHS - 1;

	while (!planes_path_runs(path))
		path--;
	return path;
}

enum status planes_dict_make(struct planes_dict *d, const uint16_t *symbol, uint32_t entries,
                             unsigned group, unsigned bits, struct err *e)
{
	const unsigned index_bits = bits_for_index(entries);
	const size_t n = (size_t)entries * group, room = (size_t)group << index_bits;

	*d = (struct planes_dict){
		.entries = entries, .group = group, .bits = bits, .index_bits = index_bits
	};
	d->symbol = calloc(room, sizeof(*d->symbol));
	if (d->symbol && bits <= 8)
		d->byte = calloc(room + TABLE_BYTES, 1);
	if (!d->symbol || (bits <= 8 && !d->byte)) {
		planes_dict_release(d);
		return err_nomem(e);
	}
	memcpy(d->symbol, symbol, n * sizeof(*symbol));
	for (size_t i = 0; d->byte && i < n; i++)
		d->byte[i] = (uint8_t)symbol[i];
	return ST_OK;
}

void planes_dict_release(struct planes_dict *d)
{
	free(d->symbol);
	free(d->byte);
	*d = (struct planes_dict){ 0 };
}

static struct layout layout_of(const struct planes_dict *d, size_t n_words, size_t hits)
{
	struct layout y = { .n_words = n_words, .hits = hits, .index_at = (n_words + 7) / 8 };

	y.raw_at = y.index_at + (hits * d->index_bits + 7) / 8;
	y.n_bytes = y.raw_at + ((n_words - hits) * d->group * d->bits + 7) / 8;
	return y;
}

size_t planes_bytes(const struct planes_dict *d, size_t n_words, size_t hits)
{
	return layout_of(d, n_words, hits).n_bytes;
}

/* Bytes of a plane, filled from the lowest bit up. */
struct filler {
	uint8_t *at;
	uint64_t rest;
	unsigned n_rest;
};

/* n <= 32 bits. */
static inline void fill(struct filler *f, uint64_t x, unsigned n)
{
	f->rest |= x << f->n_rest;
	f->n_rest += n;
	if (f->n_rest >= 32) {
		const uint32_t low = htole32((uint32_t)f->rest);

		memcpy(f->at, &low, sizeof(low));
		f->at += sizeof(low);
		f->rest >>= 32;
		f->n_rest -= 32;
	}
}

static void fill_up(struct filler *f)
{
	for (; f->n_rest; f->n_rest -= f->n_rest < 8 ? f->n_rest : 8, f->rest >>= 8)
		*f->at++ = (uint8_t)f->rest;
}

void planes_encode(const struct planes_dict *d, const uint16_t *v, size_t n, const uint32_t *rank,
                   uint8_t *out)
{
	const size_t n_words = (n + d->group - 1) / d->group;
	struct filler index, raw;
	struct layout y;
	size_t hits = 0;

	for (size_t i = 0; i < n_words; i++) {
		const unsigned hit = rank[i] < d->entries;

		out[i / 8] |= (uint8_t)(hit << i % 8);
		hits += hit;
	}
	y = layout_of(d, n_words, hits);
	index = (struct filler){ .at = out + y.index_at };
	raw = (struct filler){ .at = out + y.raw_at };
	for (size_t i = 0; i < n_words; i++) {
		const size_t at = i * d->group;

		if (rank[i] < d->entries) {
			fill(&index, rank[i], d->index_bits);
			continue;
		}
		for (size_t g = 0; g < d->group; g++)
			fill(&raw, at + g < n ? v[at + g] : 0, d->bits);
	}
	fill_up(&index);
	fill_up(&raw);
}

/* Flags set; *spare: bits past the last that are. */
static size_t count_hits(const uint8_t *in, size_t n_words, unsigned *spare)
{
	size_t hits = 0, i = 0;

	for (; i + 8 <= n_words / 8; i += 8)
		hits += (unsigned)__builtin_popcountll(planes_load(in + i));
	for (; i < n_words / 8; i++)
		hits += (unsigned)__builtin_popcount(in[i]);
	*spare = n_words % 8 ? (unsigned)in[i] >> n_words % 8 : 0;
	return hits + (n_words % 8 ? (unsigned)__builtin_popcount(in[i]) : 0);
}

/* What n bits leave of their last byte. */
static unsigned spare_of(const uint8_t *plane, size_t n_bits)
{
	return n_bits % 8 ? (unsigned)plane[n_bits / 8] >> n_bits % 8 : 0;
}

static bool find_planes(const struct planes_dict *d, const uint8_t *in, size_t n_bytes, size_t n,
                        struct layout *y)
{
	const size_t n_words = n / d->group + (n % d->group > 0);
	unsigned spare;

	if (n_words / 8 > n_bytes || (n_words + 7) / 8 > n_bytes)
		return false;
	*y = layout_of(d, n_words, count_hits(in, n_words, &spare));
	return y->n_bytes == n_bytes && !spare &&
	       !spare_of(in + y->index_at, y->hits * d->index_bits) &&
	       !spare_of(in + y->raw_at, (n_words - y->hits) * d->group * d->bits);
}

/* A plane, and its end once it is near: copied, so that what is read past it is 0. */
struct reading {
	struct plane *plane;
	size_t n_bytes;
	uint8_t tail[END_BYTES];
};

static void read_tail(struct reading *r)
{
	struct plane *p = r->plane;
	const size_t from = p->pos / 8;

	memset(r->tail, 0, sizeof(r->tail));
	if (r->n_bytes > from)
		memcpy(r->tail, p->at + from, r->n_bytes - from);
	*p = (struct plane){ .at = r->tail, .pos = p->pos % 8, .last = SIZE_MAX };
}

/* A plane of n bytes, of which a block uses at most `block`. */
static void begin(struct reading *r, struct plane *p, const uint8_t *at, size_t n, size_t block)
{
	const size_t need = block + PLANES_AHEAD;

	r->plane = p;
	r->n_bytes = n;
	*p = (struct plane){ .at = at };
	if (n < need)
		read_tail(r);
	else
		p->last = (n - need) * 8;
}

static void run_blocks(struct planes_job *j, enum planes_path path, struct reading *index,
                       struct reading *raw)
{
	while (j->n_blocks) {
		if (j->index.pos > j->index.last)
			read_tail(index);
		if (j->raw.pos > j->raw.last)
			read_tail(raw);
		if (path == PLANES_VBMI2)
			planes_run_vbmi2(j);
		else if (path == PLANES_AVX2)
			planes_run_avx2(j);
		else
			planes_run_portable(j);
	}
}

static void widen(uint16_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

/* Into v or wide, whichever is there. Returns the highest index. */
static uint32_t by_blocks(const struct planes_dict *d, enum planes_path path, const uint8_t *in,
                          const struct layout *y, uint8_t *v, uint16_t *wide, size_t n)
{
	const size_t block = (size_t)PLANES_WORDS * d->group, rest = n % block;
	struct planes_job j = { .d = d, .flags = in };
	struct reading index, raw;
	uint8_t chunk[CHUNK], last[8] = { 0 };

	begin(&index, &j.index, in + y->index_at, y->raw_at - y->index_at, PLANES_WORDS * 2);
	begin(&raw, &j.raw, in + y->raw_at, y->n_bytes - y->raw_at, block);
	for (size_t i = 0; i + block <= n;) {
		const size_t left = (n - i) / block, some = CHUNK / block;
		const size_t take = v || left < some ? left : some;

		j.out = v ? v + i : chunk;
		j.n_blocks = take;
		run_blocks(&j, path, &index, &raw);
		if (!v)
			widen(wide + i, chunk, take * block);
		i += take * block;
	}
	if (rest) {
		memcpy(last, j.flags,
		       y->n_words % PLANES_WORDS ? (y->n_words % PLANES_WORDS + 7) / 8
		                                 : sizeof(last));
		j.flags = last;
		j.out = chunk;
		j.n_blocks = 1;
		run_blocks(&j, path, &index, &raw);
		if (v)
			memcpy(v + n - rest, chunk, rest);
		else
			widen(wide + n - rest, chunk, rest);
	}
	return j.highest;
}

/* n <= 16 bits at bit pos of a plane that has them. */
static unsigned take_bits(const uint8_t *at, size_t pos, unsigned n)
{
	uint32_t x = 0;

	for (size_t i = pos / 8, shift = 0; n && i <= (pos + n - 1) / 8; i++, shift += 8)
		x |= (uint32_t)at[i] << shift;
	return x >> pos % 8 & ((1u << n) - 1);
}

/* Of any width. */
static uint32_t by_symbols(const struct planes_dict *d, const uint8_t *in, const struct layout *y,
                           uint8_t *v, uint16_t *wide, size_t n)
{
	size_t index_at = y->index_at * 8, raw_at = y->raw_at * 8;
	uint32_t highest = 0;

	for (size_t w = 0; w < y->n_words; w++) {
		const bool hit = in[w / 8] >> w % 8 & 1;
		const unsigned k = hit ? take_bits(in, index_at, d->index_bits) : 0;

		highest = k > highest ? k : highest;
		for (size_t g = 0, i = w * d->group; g < d->group && i < n; g++, i++) {
			const unsigned s = hit ? d->symbol[(size_t)k * d->group + g]
			                       : take_bits(in, raw_at + g * d->bits, d->bits);

			if (v)
				v[i] = (uint8_t)s;
			else
				wide[i] = (uint16_t)s;
		}
		index_at += hit ? d->index_bits : 0;
		raw_at += hit ? 0 : (size_t)d->group * d->bits;
	}
	return highest;
}

static enum status decode_planes(const struct planes_dict *d, enum planes_path path,
                                 const uint8_t *in, size_t n_bytes, uint8_t *v, uint16_t *wide,
                                 size_t n, struct err *e)
{
	const bool is_short = d->bits <= 8 && d->group <= PLANES_MAX_GROUP &&
	                      (d->group & (d->group - 1)) == 0 &&
	                      (d->group > 1 || d->index_bits <= 8);
	struct layout y;
	uint32_t highest;

	if (!find_planes(d, in, n_bytes, n, &y))
		return err_set(e, ST_DATA,
		               "planes: %zu bytes are not the flags, indices and raw words of %zu "
		               "symbols in words of %u",
		               n_bytes, n, d->group);
	highest = is_short ? by_blocks(d, path, in, &y, v, wide, n)
	                   : by_symbols(d, in, &y, v, wide, n);
	if (highest >= d->entries)
		return err_set(e, ST_DATA, "planes: index %u in a dictionary of %u words", highest,
		               d->entries);
	return ST_OK;
}

enum status planes_decode8(const struct planes_dict *d, enum planes_path path, const uint8_t *in,
                           size_t n_bytes, uint8_t *v, size_t n, struct err *e)
{
	if (d->bits > 8)
		return err_set(e, ST_USAGE, "planes: symbols of %u bits do not fit bytes", d->bits);
	return decode_planes(d, path, in, n_bytes, v, NULL, n, e);
}

enum status planes_decode16(const struct planes_dict *d, enum planes_path path, const uint8_t *in,
                            size_t n_bytes, uint16_t *v, size_t n, struct err *e)
{
	return decode_planes(d, path, in, n_bytes, NULL, v, n, e);
}
