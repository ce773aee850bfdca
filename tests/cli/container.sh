#!/usr/bin/env bash
# Containers end to end: the accounted bits are the row's, the decompressed network has the row's
# accuracy to the image, damage is found, and nothing is left half written. Real networks where the
# photographs are (IMAGENET=all: the large ones too).
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
data=${HCBENCH_DATA:-${XDG_CACHE_HOME:-$HOME/.cache}/hcbench}
export HCBENCH_DATA=$data

# A field of the one JSON object in a file.
field() {
	sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '\$.$2')"
}

# round_trip MODEL DATASET AXIS=VALUE..: row, container, model file, accuracy.
round_trip() {
	local model=$1 set=$2 line
	shift 2
	line="$*"
	expect 0 '*' "$HCBENCH" run "model=$model data=$set $line" --format json
	cp "$work/out" "$work/row"
	expect 0 '' "$HCBENCH" compress "$model" --point "$line" -o "$work/c.hcw" --format json
	cp "$work/out" "$work/totals"
	for name in compressed_bits stream_bits dict_bits side_bits padding_bits; do
		[ "$(field "$work/row" $name)" = "$(field "$work/totals" $name)" ] ||
			fail "$model $line: $name $(field "$work/totals" $name), of the row $(field "$work/row" $name)"
	done
	[ "$(field "$work/totals" file_bytes)" = "$(stat -c %s "$work/c.hcw")" ] || fail "$model $line: file_bytes"
	expect 0 '' "$HCBENCH" verify "$work/c.hcw" --model "$model"
	expect 0 '' "$HCBENCH" decompress "$work/c.hcw" -o "$work/c.onnx"
	expect 0 '*' "$HCBENCH" eval "$work/c.onnx" --dataset "$set" --format json
	for name in correct top1 top5; do
		[ "$(field "$work/row" $name)" = "$(field "$work/out" $name)" ] ||
			fail "$model $line: $name $(field "$work/out" $name), of the row $(field "$work/row" $name)"
	done
}

round_trip lenet5-digits digits bits=2 group=4 codec=dict:128
round_trip lenet5-digits digits bits=3 trim=1 scope=channel codec=dict:4 dict_scope=layer group=2
round_trip lenet5-digits digits quant=affine bits=3 scope=channel codec=raw port=256
round_trip lenet300-digits digits quant=none codec=raw
round_trip lenet300-digits digits bits=9 scale=authors scope=global round=truncate trim=20 order=array array=ws:8x4 codec=dict:16

# Command line. Every axis that decides what is in the file has an option.
expect 0 '' "$HCBENCH" compress --help
cp "$work/out" "$work/row"
expect 0 '' "$HCBENCH" list axes --format csv
while IFS=, read -r axis _; do
	case $axis in
	axis | model | data | activations | decoder | lanes | memory | buffer | tile_buffer) ;; # of the hardware
	*) grep -q -- "--$axis VALUE" "$work/row" || fail "compress has no --$axis" ;;
	esac
done <"$work/out"
expect 0 '' "$HCBENCH" compress lenet300-digits -o "$work/l.hcw" --bits 4 --group 4 --codec dict:64 --format csv
expect 0 '' "$HCBENCH" inspect "$work/l.hcw"
grep -q '^ *- *total ' "$work/out" || fail 'inspect has no total'
grep -q 'accounted bits of the row' "$work/out" || fail 'inspect does not say what the rest of the file is'
for format in csv jsonl md; do
	expect 0 '' "$HCBENCH" inspect "$work/l.hcw" --format $format
done
expect 0 '' "$HCBENCH" inspect "$work/l.hcw" --totals --format json
[ $(($(field "$work/out" accounted_bytes) + $(field "$work/out" graph_bytes) + $(field "$work/out" header_bytes))) -eq \
	"$(stat -c %s "$work/l.hcw")" ] || fail 'the parts are not the file'
[ "$(field "$work/out" compressed_bits)" -eq $((8 * $(field "$work/out" accounted_bytes))) ] || fail 'accounted bytes'
expect 0 '' "$HCBENCH" decompress "$work/l.hcw" -o "$work/l.safetensors"
expect 0 '' "$HCBENCH" inspect "$work/l.safetensors"
[ "$(grep -c '' "$work/out")" -eq 4 ] || fail "not three kernels: $(cat "$work/out")"
expect 0 '' "$HCBENCH" decompress "$work/l.hcw" -o "$work/one.safetensors" --layer gemm1
expect 0 '' "$HCBENCH" inspect "$work/one.safetensors"
[ "$(grep -c '' "$work/out")" -eq 2 ] || fail "not one kernel: $(cat "$work/out")"
expect 2 'no .gemm9. in .*hcbench inspect' "$HCBENCH" decompress "$work/l.hcw" -o "$work/x.safetensors" --layer gemm9
expect 2 'one layer is no network' "$HCBENCH" decompress "$work/l.hcw" -o "$work/x.onnx" --layer gemm1
expect 2 'end in .onnx or .safetensors' "$HCBENCH" decompress "$work/l.hcw" -o "$work/x.bin"
expect 2 'output must be given' "$HCBENCH" compress lenet300-digits
expect 2 'axis bits stands twice' "$HCBENCH" compress lenet300-digits --point bits=4 --bits 5 -o "$work/x.hcw"
expect 2 'did you mean .dict' "$HCBENCH" compress lenet300-digits --codec dixt:4 -o "$work/x.hcw"
expect 2 'not a container' "$HCBENCH" inspect "$work/l.hcw" --authors
expect 2 'needs a container' "$HCBENCH" inspect lenet300-digits --totals
expect 3 'cannot write' "$HCBENCH" compress lenet300-digits -o "$work/none/x.hcw"
expect 3 'cannot open' "$HCBENCH" verify "$work/none.hcw"
expect 1 'layer' "$HCBENCH" verify "$work/l.hcw" --model lenet5-digits
expect 4 'offset 0: no container' "$HCBENCH" verify "$work/l.safetensors"
expect 0 '' "$HCBENCH" compress "$SOURCE_DIR/tests/vectors/weights/net" --codec raw -o "$work/w.hcw"
expect 2 'weights only.*write a .safetensors' "$HCBENCH" decompress "$work/w.hcw" -o "$work/w.onnx"
expect 0 '' "$HCBENCH" decompress "$work/w.hcw" -o "$work/w.safetensors"

# Damage, and a disk that is full.
head -c 20000 "$work/l.hcw" >"$work/cut.hcw"
expect 4 'offset 16: a file of [0-9]+ bytes was written, this one has 20000' "$HCBENCH" inspect "$work/cut.hcw"
for at in 20 70 20000 $(($(stat -c %s "$work/l.hcw") - 200)); do
	cp "$work/l.hcw" "$work/bad.hcw"
	printf '\xa5' | dd of="$work/bad.hcw" bs=1 seek="$at" conv=notrunc status=none
	expect 4 'offset' "$HCBENCH" verify "$work/bad.hcw"
	expect 4 'offset' "$HCBENCH" decompress "$work/bad.hcw" -o "$work/bad.onnx"
done
(
	failures=0
	ulimit -f 8
	expect 3 'cannot write .*small.onnx: File too large' "$HCBENCH" decompress "$work/l.hcw" -o "$work/small.onnx"
	[ "$failures" -eq 0 ]
) || fail 'a full disk'
rm -f "$work"/c.* "$work"/l.* "$work"/w.* "$work"/one.* "$work"/cut.* "$work/bad.hcw" "$work"/out "$work"/err "$work"/row "$work"/totals
[ -z "$(ls "$work")" ] || fail "left behind: $(ls "$work")"

if [ ! -e "$data/imagenet/models.csv" ]; then
	echo "no photographs in $data: real networks skipped (scripts/fetch_datasets --mirror DIR imagenet)"
	finish
	exit
fi
export XDG_CACHE_HOME=$work/cache
real() {
	cp "$data/imagenet/models/$1.yaml" "$work/c.yaml"
	round_trip "imagenet/$1" imagenet "${@:2}"
}
real mobilenet_v1_0.25_128_qat8 quant=affine bits=7 scope=channel group=2 codec=dict:1024
real squeezenet1_1_fp32 bits=6 scope=channel group=2 codec=dict:256
if [[ ${IMAGENET:-} == all ]]; then
	real mobilenet_v2_1.0_224_fp32_fc8 quant=affine bits=8 scope=channel trim=3 batchnorm=fold codec=raw
	real resnet18_pq_ktb bits=8 group=9 dict_scope=layer codec=dict:256
	real resnet50_pq_ktb batchnorm=fold bits=8 scope=channel group=4 codec=dict:4096
fi
finish
