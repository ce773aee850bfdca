/* A codec whose hardware nobody has described here: sizes and accuracy stand, cycles and energy are
 * missing. */
#include "hw/decoder.h"

static enum status run(const struct decode_job *job, struct decode_result *out, struct err *e)
{
	(void)job;
	*out = (struct decode_result){ 0 };
	return err_set(e, ST_SKIP, "no decoder hardware is modelled: neither cycles nor energy");
}

const struct decoder decoder_unmodelled = {
	.name = "unmodelled",
	.help = "no hardware model: neither cycles nor energy",
	.codecs = "*",
	.run = run,
};
