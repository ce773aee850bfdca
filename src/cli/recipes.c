#include "cli/recipes.h"

/* clang-format off */
const struct recipe recipes[] = {
	{ "smallest", "What is the smallest each network gets at each loss of accuracy?",
	  "SELECT model, loss_level, ratio_fp32, bits_per_weight, top1, top1_delta, point\n"
	  "FROM best ORDER BY model, loss_level" },
	{ "safe", "And if I do not trust a single lucky configuration?",
	  "SELECT model, loss_level, safe_ratio_fp32, safe_bits_per_weight, safe_top1_delta, safe_point\n"
	  "FROM best ORDER BY model, loss_level" },
	{ "codecs", "Which codec is smallest, on the same symbols?",
	  "SELECT model, codec, count(*) AS points, min(bits_per_weight) AS bits_per_weight,\n"
	  "\tavg(efficiency) AS mean_efficiency\n"
	  "FROM points WHERE status = 'ok' AND top1_delta >= -1\n"
	  "GROUP BY model, codec ORDER BY model, bits_per_weight" },
	{ "energy", "Does compression save energy, and how much?",
	  "SELECT model, technology, codec, energy_pj, energy_raw_pj, energy_int8_pj,\n"
	  "\t100 * (1 - energy_pj / energy_int8_pj) AS saved_percent, point\n"
	  "FROM results WHERE energy_pj IS NOT NULL AND top1_delta >= -1\n"
	  "ORDER BY saved_percent DESC LIMIT 20" },
	{ "choice", "Which kind of code needs the least energy in my memory?",
	  "SELECT model, loss_level, technology, memory, kind, energy_pj, point\n"
	  "FROM energy_choice ORDER BY model, loss_level, technology, memory, energy_pj" },
	{ "breakeven", "How expensive must a memory be before a decoder pays?",
	  "SELECT model, codec, memory, technology, saved_int8_bits, decoder_pj, breakeven_int8_pj_per_bit\n"
	  "FROM breakeven WHERE top1_delta >= -1 AND breakeven_int8_pj_per_bit > 0\n"
	  "ORDER BY breakeven_int8_pj_per_bit LIMIT 20" },
	{ "stalls", "Does the decoder keep up with the array?",
	  "SELECT model, codec, array, inference_cycles, load_stalls,\n"
	  "\t100.0 * load_stalls / inference_cycles AS waiting_percent, weights_per_cycle\n"
	  "FROM points WHERE inference_cycles > 0 ORDER BY waiting_percent DESC LIMIT 20" },
	{ "fits", "Which memory holds the network?",
	  "SELECT model, loss_level, min(capacity_bytes) AS smallest_bytes, compressed_bytes, int8_bytes\n"
	  "FROM capacity WHERE compressed_fits GROUP BY model, loss_level" },
	{ "layers", "Which layers cost most?",
	  "SELECT model, layer_name, layer_weights, layer_stream_bits, layer_energy_pj, point\n"
	  "FROM layers ORDER BY layer_energy_pj DESC LIMIT 20" },
	{ "trim", "What does trimming buy, and what does it cost?",
	  "SELECT model, bits, scope, trim, 1.0 * zeros / weights AS zeros, entropy0_bits, top1_delta\n"
	  "FROM accuracy WHERE quant <> 'none' ORDER BY model, bits, scope, trim" },
	{ "dictionary", "How large a dictionary is worth it?",
	  "SELECT model, bits, group_size, entries, min(bits_per_weight) AS bits_per_weight, dict_bits\n"
	  "FROM points WHERE entries > 0 AND status = 'ok'\n"
	  "GROUP BY model, bits, group_size, entries ORDER BY model, bits, group_size, entries" },
	{ "provenance", "Which run made these numbers, with which version, and when?",
	  "SELECT started, status, points, version, git_commit, host, command FROM runs ORDER BY started" },
};
/* clang-format on */

const size_t n_recipes = sizeof(recipes) / sizeof(recipes[0]);

const char *recipe_name(size_t i)
{
	return i < n_recipes ? recipes[i].name : NULL;
}
