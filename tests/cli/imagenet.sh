#!/usr/bin/env bash
# Real networks on real photographs: top-1 and top-5 equal the reference of models.csv (PyTorch 1.13 node
# by node, Pillow 9.4) to 0.2 points. The fast ones here; IMAGENET=all takes every network of the table.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"

data=${HCBENCH_DATA:-${XDG_CACHE_HOME:-$HOME/.cache}/hcbench}
if [ ! -e "$data/imagenet/models.csv" ]; then
	echo "skipped: no photographs in $data; get them with scripts/fetch_datasets --mirror DIR imagenet"
	exit 77
fi
export HCBENCH_DATA=$data XDG_CACHE_HOME=$work/cache
fast=' mobilenet_v1_0.25_128_qat8 mobilenet_v1_0.25_224_fp32 squeezenet1_1_fp32 '
tried=0
while IFS=, read -r file _ _ _ _ _ _ top1 top5; do
	name=$(basename "$file" .onnx)
	[[ ${IMAGENET:-} == all || $fast == *" $name "* ]] || continue
	tried=$((tried + 1))
	expect 0 '' "$HCBENCH" eval "$data/imagenet/models/$name.onnx.gz" --dataset imagenet --format json
	near=$(sqlite3 :memory: "SELECT abs(json_extract(r, '\$.top1') - $top1) <= 0.2 AND
		abs(json_extract(r, '\$.top5') - $top5) <= 0.2 AND json_extract(r, '\$.images') = 1000
		FROM (SELECT CAST(readfile('$work/out') AS TEXT) AS r)")
	[ "$near" = 1 ] || fail "$name: reference $top1 / $top5, here $(tr -d '\n' <"$work/out")"
done < <(grep '^models/' "$data/imagenet/models.csv")

# rounded activations cost these networks less than a point
for name in mobilenet_v1_0.25_224_fp32 mcunet_144_int8; do
	top1=$(grep "^models/$name" "$data/imagenet/models.csv" | cut -d, -f8)
	for activations in bf16 int8; do
		[[ $activations == bf16 ]] && ! grep -q avx512bw /proc/cpuinfo && continue
		expect 0 '' "$HCBENCH" eval "$data/imagenet/models/$name.onnx.gz" --dataset imagenet \
			--activations $activations --format json
		near=$(sqlite3 :memory: "SELECT abs(json_extract(r, '\$.top1') - $top1) < 1 AND
			json_extract(r, '\$.activations') = '$activations'
			FROM (SELECT CAST(readfile('$work/out') AS TEXT) AS r)")
		[ "$near" = 1 ] || fail "$name, $activations: $top1 in f32, here $(tr -d '\n' <"$work/out")"
	done
done
[ "$tried" -ge 3 ] || fail "only $tried networks of the table are here"
finish
