/* In plain C: also the control of the other ways. */
#include "codec/planes_words.h"

/* Words of one symbol, in eights: two short chains of shifts. */
static void run_symbols(struct planes_job *j)
{
	const unsigned index_bits = j->d->index_bits, bits = j->d->bits;
	const uint64_t index_mask = ((uint64_t)1 << index_bits) - 1;
	const uint64_t raw_mask = ((uint64_t)1 << bits) - 1;
	const uint8_t *const entry = j->d->byte;
	struct plane index = j->index, raw = j->raw;
	uint64_t highest = j->highest;

	while (planes_ready(j)) {
		for (unsigned i = 0; i < 8; i++) {
			uint64_t flags = j->flags[i], hits = 0, word = 0;
			uint64_t x = planes_peek(&index, index.pos), y = planes_peek(&raw, raw.pos);

			for (unsigned k = 0; k < 8; k++, flags >>= 1) {
				const uint64_t hit = (uint64_t)0 - (flags & 1);
				const uint64_t at = x & index_mask & hit;

				highest = at > highest ? at : highest;
				word |= ((entry[at] & hit) | (y & raw_mask & ~hit)) << 8 * k;
				x >>= index_bits & hit;
				y >>= bits & ~hit;
				hits -= hit;
			}
			planes_store(j->out + 8 * i, word, 8);
			index.pos += hits * index_bits;
			raw.pos += (8 - hits) * bits;
		}
		j->index.pos = index.pos;
		j->raw.pos = raw.pos;
		j->flags += 8;
		j->out += PLANES_WORDS;
		j->n_blocks--;
	}
	j->highest = (uint32_t)highest;
}

void planes_run_portable(struct planes_job *j)
{
	if (j->d->group == 1)
		run_symbols(j);
	else
		planes_run_words(j);
}
