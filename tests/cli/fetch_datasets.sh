#!/usr/bin/env bash
# scripts/fetch_datasets against a mirror and file:// servers made here: accepted copies, resumed
# downloads, and everything that must be refused without leaving a file under its final name.
set -uo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
command -v curl >/dev/null || exit 77

work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
cd "$work" || exit 1
failures=0

expect() {
	local what=$1 want=$2 got=$3
	if [[ $got != "$want" ]]; then
		echo "FAIL $what: got '$got', expected '$want'"
		sed 's/^/    /' "$work/log"
		failures=$((failures + 1))
	fi
}

fetch() {
	HCBENCH_MANIFEST=$work/manifest "$root/scripts/fetch_datasets" "$@" >"$work/out" 2>"$work/log"
	echo $?
}

# The file, the same content under another gzip header, and a server each for good and bad copies.
mkdir -p good other/toy html short wrong
head -c 100000 /dev/urandom >content
gzip -nc content >good/a.gz
gzip -c content >other/toy/a.gz
printf '<!DOCTYPE html><html><body>moved</body></html>\n' >html/a.gz
head -c 5000 good/a.gz >short/a.gz
head -c 100000 /dev/urandom | gzip -nc >wrong/a.gz
bytes=$(stat -c %s good/a.gz)
sum=$(sha256sum <good/a.gz | cut -d ' ' -f 1)
content=$(sha256sum <content | cut -d ' ' -f 1)

manifest() {
	printf '# comment\n\ntoy a.gz %s %s %s MIT yes %s\n' "$bytes" "$sum" "$1" "$2" >manifest
}
absent() {
	if [[ -e $1 ]]; then echo present; else echo absent; fi
}

manifest "$content" "file://$work/good/a.gz"
expect "download" 0 "$(fetch --to d1 toy)"
expect "its content" "$sum" "$(sha256sum <d1/toy/a.gz | cut -d ' ' -f 1)"
expect "no part file" absent "$(absent d1/toy/a.gz.part)"
expect "again" 0 "$(fetch --offline --to d1 toy)"
expect "nothing done twice" 1 "$(grep -c 'already there' log)"

mkdir -p d2/toy
head -c 5000 good/a.gz >d2/toy/a.gz.part
expect "resume" 0 "$(fetch --to d2 toy)"
expect "resumed content" "$sum" "$(sha256sum <d2/toy/a.gz | cut -d ' ' -f 1)"
mkdir -p d3/toy
head -c 5000 wrong/a.gz >d3/toy/a.gz.part
expect "resume after the part of something else" 0 "$(fetch --to d3 toy)"
expect "its content" "$sum" "$(sha256sum <d3/toy/a.gz | cut -d ' ' -f 1)"

for bad in html short wrong; do
	manifest "$content" "file://$work/$bad/a.gz"
	expect "$bad copy: exit" 4 "$(fetch --to "bad-$bad" toy)"
	expect "$bad copy: no file" absent "$(absent "bad-$bad/toy/a.gz")"
	expect "$bad copy: no part" absent "$(absent "bad-$bad/toy/a.gz.part")"
done
expect "wrong content is named" 1 "$(grep -cE 'refused' log)"
manifest "$content" "file://$work/html/a.gz|file://$work/good/a.gz"
expect "second server" 0 "$(fetch --to d4 toy)"
manifest "$content" "file://$work/nowhere/a.gz"
expect "no server answers" 3 "$(fetch --to d5 toy)"

# A damaged file under the final name is replaced; offline it is reported.
printf 'x' >d1/toy/a.gz
expect "damaged file offline" 3 "$(fetch --offline --to d1 toy)"
manifest "$content" "file://$work/good/a.gz"
expect "damaged file online" 0 "$(fetch --to d1 toy)"

expect "mirror, other gzip header" 0 "$(fetch --offline --mirror other --to d6 toy)"
expect "mirror was used" 1 "$(grep -c 'copied from the mirror' log)"
mkdir -p badmirror/toy
cp wrong/a.gz badmirror/toy/a.gz
expect "bad mirror offline" 4 "$(fetch --offline --mirror badmirror --to d7 toy)"
expect "bad mirror: no file" absent "$(absent d7/toy/a.gz)"
expect "bad mirror, good server" 0 "$(fetch --mirror badmirror --to d7 toy)"
expect "empty mirror offline" 3 "$(fetch --offline --mirror good --to d8 toy)"

# Without a content sum the sum of the file itself decides.
manifest - "file://$work/good/a.gz"
expect "file sum, right" 0 "$(fetch --to d9 toy)"
expect "file sum, other header refused" 4 "$(fetch --offline --mirror other --to d10 toy)"

expect "unknown set" 2 "$(fetch --to d11 tyo)"
expect "known sets are named" 1 "$(grep -c "unknown data set 'tyo'; known: toy" log)"
expect "no set" 2 "$(fetch)"
expect "unknown option" 2 "$(fetch --frob toy)"
expect "missing mirror" 3 "$(fetch --mirror nowhere toy)"
expect "list" 0 "$(fetch --list)"
expect "list names the set" 1 "$(grep -c '^toy .*MIT' out)"
expect "default destination" 0 "$(XDG_CACHE_HOME=$work/cache HCBENCH_DATA='' fetch toy)"
expect "default destination holds it" present "$(absent cache/hcbench/toy/a.gz)"
expect "HCBENCH_DATA" 0 "$(HCBENCH_DATA=$work/data fetch toy)"
expect "HCBENCH_DATA holds it" present "$(absent data/toy/a.gz)"

# A list: its files come from the mirror, each checked; what is wrong or missing is named.
mkdir -p album/toy/pictures
for i in 1 2 3; do
	head -c $((1000 * i)) content >album/toy/pictures/$i.jpg
done
(cd album/toy && sha256sum pictures/*.jpg >list.sha256)
printf 'toy list.sha256 %s %s - MIT no -\n' "$(stat -c %s album/toy/list.sha256)" \
	"$(sha256sum <album/toy/list.sha256 | cut -d ' ' -f 1)" >manifest
expect "a list" 0 "$(fetch --mirror album --to d12 toy)"
expect "its files" "" "$(diff -r album/toy d12/toy)"
expect "a list again, no mirror" 0 "$(fetch --to d12 toy)"
expect "nothing copied twice" 1 "$(grep -c 'its 3 files are there' log)"
printf x >>d12/toy/pictures/2.jpg
rm d12/toy/pictures/3.jpg
expect "damaged and missing, no mirror" 3 "$(fetch --to d12 toy)"
expect "their number" 1 "$(grep -c '2 of its files are missing' log)"
expect "mended" 0 "$(fetch --mirror album --to d12 toy)"
expect "mended files" "" "$(diff -r album/toy d12/toy)"
expect "no mirror, no address" 3 "$(fetch --to d13 toy)"
expect "what to do" 1 "$(grep -c 'no fixed address; name a folder with toy/list.sha256 by --mirror' log)"
printf y >>album/toy/pictures/1.jpg
expect "wrong picture in the mirror" 4 "$(fetch --mirror album --to d14 toy)"
expect "it is named" 1 "$(grep -c 'album/toy/pictures/1.jpg has another sha256' log)"
expect "it is not there" absent "$(absent d14/toy/pictures/1.jpg)"
expect "the others are" present "$(absent d14/toy/pictures/3.jpg)"
expect "nothing else stays" "list.sha256 pictures " "$(find d14/toy -mindepth 1 -maxdepth 1 -printf '%f\n' |
	sort | tr '\n' ' ')"

# Pins of other kinds: md5 with no size, nothing at all, a pointer of Git LFS, single files, and the
# YAML files of networks that the committed tables know.
mkdir -p nets
head -c 70000 content >nets/one
head -c 80000 content >nets/two
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 70000\n' >nets/pointer
md5=$(md5sum <nets/one | cut -d ' ' -f 1)
networks() { # PIN URL: the manifest with a network of each of the two sets
	printf 'keras vgg16_weights_tf_dim_ordering_tf_kernels.h5 - %s - CC-BY-4.0 yes %s\n' "$1" "$2"
	printf 'keras mobilenet_1_0_224_tf.h5 - - - Apache-2.0 yes file://%s\n' "$work/nets/two"
	printf 'onnx-zoo squeezenet1.1-7.onnx 70000 %s - Apache-2.0 yes file://%s\n' \
		"$(sha256sum <nets/one | cut -d ' ' -f 1)" "$work/nets/one"
	printf 'onnx-zoo mnist-12.onnx 80000 %s - MIT yes file://%s\n' \
		"$(sha256sum <nets/two | cut -d ' ' -f 1)" "$work/nets/two"
} >manifest
networks "md5:$md5" "file://$work/nets/one"
expect "md5" 0 "$(fetch --to d15 keras/vgg16_weights_tf_dim_ordering_tf_kernels.h5)"
expect "md5: content" "$md5" "$(md5sum <d15/keras/vgg16_weights_tf_dim_ordering_tf_kernels.h5 | cut -d ' ' -f 1)"
expect "md5: its YAML file" "channel_order: BGR mean: [103.939, 116.779, 123.68] std: [1, 1, 1] " \
	"$(grep -E 'order|mean|std' d15/keras/vgg16_weights_tf_dim_ordering_tf_kernels.yaml | tr '\n' ' ')"
expect "only one file" "vgg16_weights_tf_dim_ordering_tf_kernels.h5 vgg16_weights_tf_dim_ordering_tf_kernels.yaml " \
	"$(find d15/keras -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')"
expect "a pinned file is no warning" 0 "$(grep -c WARNING log)"
expect "md5 again" 0 "$(fetch --offline --to d15 keras/vgg16_weights_tf_dim_ordering_tf_kernels.h5)"
expect "nothing pins" 0 "$(fetch --to d15 keras)"
warning="WARNING: keras/mobilenet_1_0_224_tf.h5 is not checked, nothing published pins it; what is there has sha256 $(
	sha256sum <nets/two | cut -d ' ' -f 1)"
expect "nothing pins: warning" 1 "$(grep -cF "$warning" log)"
expect "nothing pins: again" 0 "$(fetch --offline --to d15 keras)"
expect "nothing pins: warning again" 1 "$(grep -cF "$warning" log)"
expect "nothing pins: content" "" "$(cmp nets/two d15/keras/mobilenet_1_0_224_tf.h5 2>&1)"
mkdir -p d16/keras
head -c 3000 nets/one >d16/keras/mobilenet_1_0_224_tf.h5.part
expect "nothing pins: no resume" 0 "$(fetch --to d16 keras/mobilenet_1_0_224_tf.h5)"
expect "nothing pins: whole" "" "$(cmp nets/two d16/keras/mobilenet_1_0_224_tf.h5 2>&1)"
networks "md5:$md5" "file://$work/nets/two"
expect "another md5" 4 "$(fetch --to d17 keras)"
expect "another md5 is said" 1 "$(grep -c 'has another md5 than the manifest says: refused' log)"
expect "another md5: no file" absent "$(absent d17/keras/vgg16_weights_tf_dim_ordering_tf_kernels.h5)"
networks - "file://$work/nets/pointer"
expect "a pointer" 4 "$(fetch --to d18 keras)"
expect "a pointer is said" 1 "$(grep -c 'is a Git LFS pointer, not the data: refused' log)"
expect "networks of the zoo" 0 "$(fetch --to d19 onnx-zoo)"
expect "YAML of the one for photographs" "mnist-12.onnx squeezenet1.1-7.onnx squeezenet1.1-7.yaml " \
	"$(find d19/onnx-zoo -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')"
expect "its mean" 1 "$(grep -cF 'mean: [123.675, 116.28, 103.53]' d19/onnx-zoo/squeezenet1.1-7.yaml)"
expect "unknown file of a set" 2 "$(fetch --to d20 onnx-zoo/none.onnx)"
expect "list of files" 0 "$(fetch --list keras)"
expect "list says what pins" 1 "$(grep -c 'mobilenet_1_0_224_tf.h5 .*size open.*nothing published pins it' out)"
expect "list of sets with an open size" 0 "$(fetch --list)"
expect "it says so" 1 "$(grep -c '^keras .*2 files .*size open .*CC-BY-4.0, Apache-2.0' out)"

# The committed manifest: eight columns, plausible sums; every network of a table is a file of its set.
expect "committed manifest" "" "$(grep -vE '^#' "$root/datasets/manifest" |
	grep -vE '^[a-z0-9-]+ [^ ]+ ([0-9]+|-) ([0-9a-f]{64}|md5:[0-9a-f]{32}|-) ([0-9a-f]{64}|-) [^ ]+ (yes|no) (-|https?://[^ ]+)$')"
for set in onnx-zoo keras; do
	expect "committed table of $set" "" "$(grep -vE '^(#|file,)' "$root/datasets/${set}_models.csv" |
		while IFS=, read -r file _; do
			grep -qF -- "$set $file " "$root/datasets/manifest" || echo "$file"
		done)"
	mkdir "yaml-$set"
	expect "YAML files of $set" 0 "$("$root/scripts/imagenet_sidecars" \
		"$root/datasets/${set}_models.csv" "yaml-$set" 2>log >&2; echo $?)"
done

((failures == 0)) && echo "fetch_datasets: all as expected"
exit $((failures != 0))
