#!/usr/bin/env bash
# Models of weights only: sizes, decoder cycles and the energy of the weights; what needs the layers
# between them is missing, and asking for accuracy is refused.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"

vectors=$SOURCE_DIR/tests/vectors/weights
cat >"$work/study.yaml" <<END
name: weights
technologies: [45nm-lstp]
grids:
  - { model: [$vectors/net, $vectors/net.safetensors], data: none, bits: 6, group: [1, 4], codec: [raw, "dict:4"] }
END
expect 0 '*' "$HCBENCH" sweep "$work/study.yaml" --db "$work/w.db" --jobs 2
"$HCBENCH" query --db "$work/w.db" --format csv --columns \
	compressed_bits,decode_cycles,macs,inference_cycles,buffer_reads,energy_macs_pj,energy_activations_pj,energy_note \
	>"$work/rows"
[ "$(grep -cE '^[0-9]+,[0-9]+,,,,,,weights only: ' "$work/rows")" -eq 6 ] ||
	fail "rows: $(cat "$work/rows")"
"$HCBENCH" query --db "$work/w.db" --view layers --format csv --columns layer_energy_pj,layer_macs \
	>"$work/layers"
[ "$(grep -cE '^[0-9.e+]+,$' "$work/layers")" -eq 21 ] || fail "layers: $(cat "$work/layers")"
"$HCBENCH" query --db "$work/w.db" --format csv --columns energy_pj,energy_memory_pj,energy_decoder_pj,energy_dram_pj |
	awk -F, 'NR > 1 && ($1 - $2 - $3 - $4) ^ 2 > 1e-9 * $1 ^ 2 { print; bad = 1 } END { exit bad }' ||
	fail 'energy is not the sum of what is known'

expect 0 '' "$HCBENCH" inspect "$vectors/net"
[ "$(grep -c '' "$work/out")" -eq 5 ] || fail "not four kernels: $(cat "$work/out")"
expect 0 '' "$HCBENCH" run "model=$vectors/net data=none bits=4"
expect 2 'holds weights only.*data=none gives' "$HCBENCH" run "model=$vectors/net data=digits"
expect 2 'holds weights only.*data=none gives' "$HCBENCH" eval "$vectors/net.safetensors" --dataset digits
expect 2 'data=none for sizes' "$HCBENCH" run "model=$vectors/net"
mkdir "$work/empty"
expect 4 'without .npy files is no model' "$HCBENCH" inspect "$work/empty"
head -c 500 "$vectors/net.safetensors" >"$work/cut.safetensors"
expect 4 'truncated' "$HCBENCH" inspect "$work/cut.safetensors"
finish
