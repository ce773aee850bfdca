#!/usr/bin/env bash
# compare: codecs at equal accuracy, and results against earlier ones with the exit status of a gate.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
json() { sqlite3 :memory: "SELECT json_valid(CAST(readfile('$1') AS TEXT))"; }

cat >s.yaml <<'Y'
technologies: unit
defaults: { model: lenet300-digits }
grids:
  - { bits: [4, 6], group: [1, 4], codec: [raw, "dict:4..64*4"] }
  - { bits: [4, 6], group: 1, dict_scope: layer, codec: "dict:1" }
Y

expect 3 "no such database: make one with 'hcbench sweep bench/compare.yaml --db none.db'" \
	"$HCBENCH" compare --db none.db
expect 0 '*' "$HCBENCH" sweep s.yaml --db a.db --time 3
grep -q '^timed 16 points' err || fail "not timed: $(cat err)"
points=$(sqlite3 a.db 'SELECT count(*) FROM point')
[ "$(sqlite3 a.db 'SELECT count(*) FROM timing')" -eq $((points * 3 * 2)) ] || fail 'timings: not two per repetition'

for format in table csv json jsonl md latex; do
	expect 0 '*' "$HCBENCH" compare --db a.db --format $format --technology unit
	grep -q 'order-0, per layer' out || fail "$format: no bound per layer"
	case $format in
	json) [ "$(json out)" = 1 ] || fail 'compare: not JSON' ;;
	latex) [ "$(grep -Ec '^\\begin\{tabular\}|bits\\_per\\_weight' out)" -eq 2 ] || fail 'latex: no tabular' ;;
	esac
done
expect 0 '*' "$HCBENCH" compare --db a.db --format csv --columns basis,name,compressed_bits,of_hardcompress,decode_mb_s
grep -Eq '^same,dict,[0-9]+,1,[0-9.]+$' out || fail "no reference row with a speed: $(cat out)"
grep -Eq '^own,raw,[0-9]+,0\.[0-9]+,[0-9.]+$' out || fail "no raw row: $(cat out)"
expect 0 '*' "$HCBENCH" compare --db a.db
grep -q '^no energies priced with 45nm-lstp; this database has unit$' err || fail "no word about energies: $(cat err)"
expect 2 "no results of the network 'nonesuch'" "$HCBENCH" compare --db a.db --model nonesuch
expect 2 "loss: 'much'" "$HCBENCH" compare --db a.db --loss much
expect 2 'format: no' "$HCBENCH" compare --db a.db --format xls

# The same study again: every column is equal; three samples cannot make a timing significant.
expect 0 '*' "$HCBENCH" sweep s.yaml --db b.db --time 3
expect 0 '*' "$HCBENCH" compare --db b.db --against a.db --format csv
grep -q "^$points points in both, .* 0 differ; 0 points only before, 0 only after" err || fail "A/A: $(cat err)"
grep -q '^with 3 samples nothing can be significant' err || fail "no word about too few samples: $(cat err)"
grep -q '^differs' out && fail "A/A differs: $(cat out)"

# A changed result, a slower decoder.
sqlite3 b.db "UPDATE point SET decode_cycles = decode_cycles + 1 WHERE point_id = 1"
expect 1 '*' "$HCBENCH" compare --db b.db --against a.db --format csv --columns verdict,what
grep -q '^differs,decode_cycles$' out || fail "the change went unnoticed: $(cat out)"
grep -q '1 regressions: 1 differ, 0 slower' err || fail "no summary: $(cat err)"
expect 0 '*' "$HCBENCH" sweep s.yaml --db a.db --time 15 --set bits=4 --set codec=dict:4 --set group=1 --set dict_scope=model
grep -q '^0 new points' err || fail "timing ran points again: $(cat err)"
cp a.db slow.db
sqlite3 slow.db "UPDATE timing SET seconds = 10 * seconds WHERE operation = 'decode'"
expect 1 '*' "$HCBENCH" compare --db slow.db --against a.db --format csv --columns verdict,what
grep -q '^slower,decode$' out || fail "the slow decoder went unnoticed: $(cat out)"
grep -q '^slower,encode$' out && fail 'encoding did not change'
expect 0 '*' "$HCBENCH" compare --db a.db --against slow.db --format csv --columns verdict,what
grep -q '^faster,decode$' out || fail "the fast decoder went unnoticed: $(cat out)"

# Runs of one database, and what cannot be compared.
expect 0 '*' "$HCBENCH" compare --db a.db --against 1 --threshold 100
grep -q 'two runs of one database' err || fail "runs: $(cat err)"
expect 3 'neither a file nor the number of a run' "$HCBENCH" compare --db a.db --against none.db
expect 2 "threshold: '-1'" "$HCBENCH" compare --db a.db --against b.db --threshold -1
finish
