#!/usr/bin/env bash
# The demo makes a database and figures, runs again, and leaves folders of others alone.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
command -v gnuplot >/dev/null || { echo 'skipped: needs gnuplot (apt-get install gnuplot-nox)'; exit 77; }
cd "$work" || exit 1
start=$SECONDS
expect 0 '*' "$HCBENCH" demo
grep -q '^Next:' err || fail 'it does not say what to do next'
[ $((SECONDS - start)) -lt 60 ] || fail "took $((SECONDS - start)) s" # sanitizers and busy machines
[ -s hcbench-demo/figures/pareto_accuracy-lenet300-digits.svg ] || fail 'no figure'
# What it says next runs, and gives rows.
sed -n '/^Next:/,$p' err | grep -oE 'hcbench query .*' | while read -r line; do
	# shellcheck disable=SC2086 # words
	"$HCBENCH" ${line#hcbench } >table 2>&1 || echo "$line: $(cat table)"
	[ "$(wc -l <table)" -gt 1 ] || echo "$line: no rows"
done >bad
[ ! -s bad ] || fail "$(cat bad)"
expect 0 '*' "$HCBENCH" demo
grep -q '^0 new points' err || fail 'the second demo computed again'
mkdir mine && touch mine/thesis.tex
expect 2 "mine: holds files that are not the demo's" "$HCBENCH" demo --out mine
[ "$(ls -A mine)" = thesis.tex ] || fail 'it wrote into a folder of others'
touch file
expect 3 'file: ' "$HCBENCH" demo --out file
finish
