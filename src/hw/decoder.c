#include "hw/decoder.h"

#include <string.h>

#define ENTRY(n) &decoder_##n,
const struct decoder *const decoders[] = { DECODERS(ENTRY) };
#undef ENTRY
const size_t n_decoders = sizeof(decoders) / sizeof(decoders[0]);

const struct decoder *decoder_find(const char *name)
{
	for (size_t i = 0; i < n_decoders; i++)
		if (!strcmp(decoders[i]->name, name))
			return decoders[i];
	return NULL;
}

bool decoder_handles(const struct decoder *d, const char *codec)
{
	size_t len = strlen(codec);

	if (!strcmp(d->codecs, "*"))
		return true;
	for (const char *s = d->codecs; *s;) {
		size_t n = strcspn(s, " ");

		if (n == len && !memcmp(s, codec, n))
			return true;
		s += n;
		s += strspn(s, " ");
	}
	return false;
}

struct decoder_size decoder_size_of(const struct decode_job *job)
{
	unsigned longest = job->codes->longest_bits;

	return (struct decoder_size){
		.port_bits = job->port_bits,
		.window_bits = longest < job->port_bits ? longest : job->port_bits,
		.dict_bits = (double)job->entries * job->codes->symbols_per_code * job->symbol_bits,
	};
}
