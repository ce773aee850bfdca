#!/usr/bin/env bash
# Doctor: FAIL and exit status 3 only for what is needed, a mend with everything that is not ok.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
command -v gnuplot >/dev/null || { echo 'skipped: needs gnuplot (apt-get install gnuplot-nox)'; exit 77; }
cd "$work" || exit 1
export HCBENCH_DATA=$work/nothing
expect 0 '' "$HCBENCH" doctor --db "$work/r.db"
for what in hcbench libraries readers processor instructions sqlite gnuplot networks digits mnist disk 'file system'; do
	grep -Eq "^(ok|note) +$what " out || fail "nothing about $what"
done
[ "$(grep '^ok  *readers' out | grep -oE ' [0-9]+(\.[0-9]+)+' | wc -l)" -eq 7 ] || fail "versions: $(grep readers out)"
grep -Eq '^note +mnist .*fetch_datasets' out || fail "no mend for missing data: $(grep mnist out)"
expect 0 '' "$HCBENCH" doctor --full
grep -Eq '^ok +digits .*sha256 [0-9a-f]{16}' out || fail "--full does not hash: $(grep digits out)"

# Sizes against the manifest, whose first file of mnist has 9912422 bytes: one byte less is noted.
mkdir -p "$HCBENCH_DATA/mnist"
truncate -s 9912421 "$HCBENCH_DATA/mnist/train-images-idx3-ubyte.gz"
truncate -s 28881 "$HCBENCH_DATA/mnist/train-labels-idx1-ubyte.gz"
expect 0 '' "$HCBENCH" doctor
grep -Eq '^note +mnist .*train-images.* 9912421 bytes .* 9912422: .*fetch_datasets mnist' out || fail "no note on a short file"
grep -Eq '^ok +data sizes +1 fetched' out || fail "sizes: $(grep sizes out)"

# A gnuplot that knows SVG only is enough; one that does not, and none, are not.
mkdir bin
printf '#!/bin/sh\ncase "$*" in *cairo*) exit 1 ;; esac\necho gnuplot 5.4\n' >bin/gnuplot
chmod +x bin/gnuplot
expect 0 '' env PATH="$work/bin:$PATH" "$HCBENCH" doctor
[ "$(grep -c '^note  gnuplot .*apt-get install' out)" -eq 2 ] || fail 'missing terminals go unnoticed'
# shellcheck disable=SC2016 # for that script's shell
printf '#!/bin/sh\n[ "$1" = --version ] && echo gnuplot 5.4\n' >bin/gnuplot
expect 3 'checks failed' env PATH="$work/bin:$PATH" "$HCBENCH" doctor
expect 3 'checks failed' env PATH="$work/nowhere" "$HCBENCH" doctor
grep -q '^FAIL  gnuplot .*apt-get install' out || fail 'no mend for a missing gnuplot'
finish
