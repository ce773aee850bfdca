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

# The committed manifest: eight columns, plausible sums.
expect "committed manifest" "" "$(grep -vE '^#' "$root/datasets/manifest" |
	grep -vE '^[a-z0-9-]+ [^ ]+ [0-9]+ [0-9a-f]{64} ([0-9a-f]{64}|-) [^ ]+ (yes|no) (-|https?://[^ ]+)$')"

((failures == 0)) && echo "fetch_datasets: all as expected"
exit $((failures != 0))
