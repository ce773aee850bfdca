#!/usr/bin/env bash
# Networks on photographs: prepared as the YAML file beside the model says, with the predictions that
# NumPy and Pillow give (tests/vectors/make_images.py), decoded once; scripts/imagenet_sidecars.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"

export XDG_CACHE_HOME=$work/cache
photos=$SOURCE_DIR/tests/vectors/images
net=$work/net.onnx
cp "$photos/net.onnx" "$net"
evaluate() {
	"$HCBENCH" eval "$1" --dataset cifar10 --data "$photos" --predictions "$work/top1.csv" \
		--format json
}
expect_top1() {
	expect 0 '' evaluate "$1"
	cmp -s "$photos/top1_$2.csv" "$work/top1.csv" || fail "predictions of $1 ($2): $(cat "$work/top1.csv")"
	[ "$(grep -cE "\"correct\": $3,|\"images\": 4" "$work/out")" -eq 2 ] ||
		fail "not $3 of 4 correct: $(cat "$work/out")"
}

expect 2 "holds photographs, so a file $work/net.yaml must say" evaluate "$net"

# The table as networks are published with; NAME.yaml serves NAME.onnx and NAME.onnx.gz.
cat >"$work/models.csv" <<END
# note
file,sha256,input,resize_short_side,channel_order,mean,std,top1_pct
models/net.onnx,00,16,24,BGR,120 110 100,60 50.5 40,61.4
END
sidecars=$SOURCE_DIR/scripts/imagenet_sidecars
expect 0 'net.yaml$' "$sidecars" "$work/models.csv" "$work"
expect_top1 "$net" bgr 1
gzip -c "$net" >"$net.gz"
expect_top1 "$net.gz" bgr 1
sed -i 's/BGR/RGB/' "$work/net.yaml"
expect_top1 "$net" rgb 0
[ "$(find "$work/cache/hcbench/tensors" -type f | wc -l)" -eq 1 ] || fail 'not decoded once'

# The same folder as data set of a sweep, fetched or named.
mkdir "$work/data"
ln -s "$photos" "$work/data/cifar10"
cat >"$work/study.yaml" <<END
name: photos
technologies: [45nm-lstp]
grids:
  - { model: $net, data: "cifar10:$photos", bits: [8, 16], codec: raw }
  - { model: $net, data: cifar10, bits: 8, codec: raw }
END
HCBENCH_DATA=$work/data expect 0 '*' "$HCBENCH" sweep "$work/study.yaml" --db "$work/p.db" --jobs 2
"$HCBENCH" query --db "$work/p.db" --columns images,top1 --format csv >"$work/rows"
[ "$(grep -c '^4,0$' "$work/rows")" -eq 3 ] || fail "rows of the sweep: $(cat "$work/rows")"

# What cannot be meant is said in one line.
expect 2 'takes images of 3x16x16, data set .* has 3x20x20' env sh -c "sed 's/input: 16/input: 20/' \
	'$work/net.yaml' >'$work/other.yaml'; cp '$net' '$work/other.onnx'
	'$HCBENCH' eval '$work/other.onnx' --dataset cifar10 --data '$photos'"
expect 3 'there is no folder .*nowhere' "$HCBENCH" eval "$net" --dataset imagenet --data "$work/nowhere"
mkdir "$work/unlabelled"
expect 3 'no labelled photographs: expected labels.csv .* or val.txt .* or 1000 folders named by synset' \
	"$HCBENCH" eval "$net" --dataset imagenet --data "$work/unlabelled"
touch "$work/unlabelled/ILSVRC2012_validation_ground_truth.txt"
expect 4 'an order of its own .* give .*unlabelled/val.txt' \
	"$HCBENCH" eval "$net" --dataset imagenet --data "$work/unlabelled"
HCBENCH_DATA=$work/nowhere expect 3 'fetch_datasets imagenet' "$HCBENCH" eval "$net" --dataset imagenet
echo 'inputs: 3' >>"$work/net.yaml"
expect 2 "net.yaml:6: unknown key 'inputs'; did you mean 'input'" evaluate "$net"
rm "$work/net.yaml"

for damage in 's/,std,/,stdev,/:no column std' 's/BGR/GBR/:line 3: cannot be read' \
	's/60 50.5 40/60 50.5/:line 3: cannot be read' 's/61.4/61.4,1/:line 3: 9 columns, 8 expected'; do
	sed "${damage%%:*}" "$work/models.csv" >"$work/bad.csv"
	mkdir -p "$work/empty"
	expect 4 "${damage#*:}" "$sidecars" "$work/bad.csv" "$work/empty"
done
[ -z "$(ls "$work/empty")" ] || fail 'a damaged table left files'
mkdir "$work/keras"
expect 0 '*' "$sidecars" "$SOURCE_DIR/datasets/keras_models.csv" "$work/keras"
grep -qx 'mean: \[103.939, 116.779, 123.68\]' \
	"$work/keras/resnet50_weights_tf_dim_ordering_tf_kernels.yaml" || fail 'no file for ResNet50'
expect 2 'usage' "$sidecars"
expect 3 'cannot read' "$sidecars" "$work/none.csv" "$work"
expect 3 'is not a folder' "$sidecars" "$work/models.csv" "$work/none"
finish
