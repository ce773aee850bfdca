/* The list of decoders, and the one that is none. */
#include "hw/decoder.h"
#include "plugins.h"

#include <criterion/criterion.h>

Test(hw, decoder_list)
{
	cr_assert_eq(n_decoders, plugins_defined("src/hw", "const struct decoder decoder_"));
	for (size_t i = 0; i < n_decoders; i++) {
		const struct decoder *d = decoders[i];

		cr_expect_eq(decoder_find(d->name), d);
		cr_expect(d->help && *d->help && d->codecs && *d->codecs && d->run);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(d->name, decoders[j]->name);
	}
	cr_expect_null(decoder_find("ringo"));
	cr_expect_null(decoder_find(""));
}

Test(hw, decoder_handles_whole_names)
{
	const struct decoder two = { .codecs = "dict  huffman" }, any = { .codecs = "*" };

	cr_expect(decoder_handles(decoder_find("ring"), "dict"));
	cr_expect(!decoder_handles(decoder_find("ring"), "raw"));
	cr_expect(decoder_handles(decoder_find("none"), "raw"));
	cr_expect(!decoder_handles(decoder_find("none"), "dict"));
	cr_expect(decoder_handles(&two, "dict") && decoder_handles(&two, "huffman"));
	cr_expect(!decoder_handles(&two, "dic") && !decoder_handles(&two, "dicts"));
	cr_expect(!decoder_handles(&two, "") && !decoder_handles(&two, " "));
	cr_expect(decoder_handles(&any, "anything"));
}

/* 100 symbols of 5 bits: 500 bits, 8 words of 64. One symbol per cycle: 100 cycles, the port waits
 * 92 of them; 50 per cycle: 2 deliveries, the array waits for 6 of 8 words. */
Test(hw, decoder_none_takes_the_slower_side)
{
	struct decode_job job = { .n_symbols = 100, .symbol_bits = 5, .port_bits = 64 };
	struct decode_result r;

	job.sink_symbols = 1;
	cr_assert_eq(decoder_none.run(&job, &r, NULL), ST_OK);
	cr_expect_eq(r.cycles, 100);
	cr_expect_eq(r.output_stalls, 92);
	cr_expect_eq(r.input_stalls, 0);
	cr_expect_eq(r.port_reads, 8);
	cr_expect_eq(r.beats, 0);
	job.sink_symbols = 50;
	cr_assert_eq(decoder_none.run(&job, &r, NULL), ST_OK);
	cr_expect_eq(r.cycles, 8);
	cr_expect_eq(r.input_stalls, 6);
	cr_expect_eq(r.output_stalls, 0);
}
