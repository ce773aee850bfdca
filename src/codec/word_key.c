#include "codec/word_key.h"
#include "base/clones.h"

/* Inlined with constants: the loops over symbols disappear. */
static inline void make_run(enum key_kind kind, const uint16_t *w, unsigned group, unsigned bits,
                            size_t n, uint64_t *key)
{
	for (size_t i = 0; i < n; i++)
		key_make(kind, w + i * group, group, bits, key + i * key_lanes(kind));
}

CLONES void keys_make(const struct word_scope *s, size_t l, size_t first, size_t n, uint64_t *key)
{
	const enum key_kind kind = key_kind_of(s->group, s->bits);
	const size_t full = s->layer[l].n / s->group;
	const size_t whole = first + n <= full ? n : full - first;
	const uint16_t *w = s->layer[l].v + first * s->group;

	if (kind == KEY_ONE && s->group == 2)
		make_run(KEY_ONE, w, 2, s->bits, whole, key);
	else if (kind == KEY_ONE && s->group == 4)
		make_run(KEY_ONE, w, 4, s->bits, whole, key);
	else if (kind == KEY_ONE && s->group == 8)
		make_run(KEY_ONE, w, 8, s->bits, whole, key);
	else if (kind == KEY_ONE && s->group == 16)
		make_run(KEY_ONE, w, 16, s->bits, whole, key);
	else if (kind == KEY_TWO && s->group == 16)
		make_run(KEY_TWO, w, 16, s->bits, whole, key);
	else
		make_run(kind, w, s->group, s->bits, whole, key);
	if (whole < n)
		key_make(kind, s->tail + l * s->group, s->group, s->bits,
		         key + whole * key_lanes(kind));
}

static inline void make_narrow(const uint16_t *w, unsigned group, unsigned bits, size_t n,
                               uint32_t *key)
{
	for (size_t i = 0; i < n; i++)
		key[i] = key_mix_narrow((uint32_t)key_pack(w + i * group, group, bits),
		                        group * bits);
}

CLONES void keys_make_narrow(const struct word_scope *s, size_t l, size_t first, size_t n,
                             uint32_t *key)
{
	const size_t full = s->layer[l].n / s->group;
	const size_t whole = first + n <= full ? n : full - first;
	const uint16_t *w = s->layer[l].v + first * s->group;

	if (s->group == 2)
		make_narrow(w, 2, s->bits, whole, key);
	else if (s->group == 4)
		make_narrow(w, 4, s->bits, whole, key);
	else if (s->group == 8)
		make_narrow(w, 8, s->bits, whole, key);
	else
		make_narrow(w, s->group, s->bits, whole, key);
	if (whole < n)
		make_narrow(s->tail + l * s->group, s->group, s->bits, 1, key + whole);
}
