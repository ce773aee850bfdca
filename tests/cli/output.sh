#!/usr/bin/env bash
# Machine output is only data and parses; help, man page and completion come from one table.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
ok=$SOURCE_DIR/tests/vectors/onnx/ok_conv_pool_gemm.onnx
point="model=$ok data=none memory=64KiB buffer=64KiB"
json() { sqlite3 :memory: "SELECT json_valid(CAST(readfile('$1') AS TEXT))"; }

expect 0 '' "$HCBENCH" run "$point bits=4 codec=dict:4" --format json
[ "$(json out)" = 1 ] || fail 'run: not JSON'
for field in point key bits_per_weight compressed_bits ratio_fp32 ratio_int8 ratio_dense entropy0_bits \
	efficiency top1 top1_low top1_high top1_delta images decode_cycles energy_pj verified; do
	grep -q "\"$field\":" out || fail "run: no field $field"
done
grep -q '"verified": 1' out || fail 'run: not verified'
grep -q '"top1": null' out || fail 'run: accuracy without images must be null'

# The canonical point that a row prints gives the same row again.
cp out first
canonical=$(sqlite3 :memory: "SELECT json_extract(CAST(readfile('first') AS TEXT), '\$.point')")
expect 0 '' "$HCBENCH" run "$canonical" --format json
cmp -s out first || fail 'the canonical point does not reproduce its row'

expect 0 '' "$HCBENCH" inspect "$ok" --authors --format json
[ "$(json out)" = 1 ] || fail 'inspect --authors: not JSON'
for field in kernels weights scale zeros ones distinct max counts; do
	grep -q "\"$field\":" out || fail "inspect --authors: no field $field"
done

printf 'technologies: unit\ngrids:\n  - { model: "%s", data: none, bits: 3..5, codec: [raw, "dict:4", lz4] }\n' "$ok" >s.yaml
expect 0 '*' "$HCBENCH" sweep s.yaml --db a.db
[ ! -s out ] || fail 'sweep printed on stdout'
grep -q $'\r\|\033' err && fail 'control characters in the progress of a pipe'
for format in json jsonl csv md table; do
	expect 0 '' "$HCBENCH" query --db a.db --format $format
	case $format in
	json) [ "$(json out)" = 1 ] || fail 'query: not JSON' ;;
	jsonl) [ "$(wc -l <out)" -eq 9 ] || fail 'jsonl: not a line per row' ;;
	csv) [ "$(wc -l <out)" -eq 10 ] || fail 'csv: not a header and a line per row' ;;
	esac
done
expect 0 '' "$HCBENCH" query --db a.db --sql 'SELECT 1 AS "a,b", NULL AS n, '"'x\"y'"' AS q' --format csv
[ "$(cat out)" = $'"a,b",n,q\n1,,"x""y"' ] || fail "csv quoting: $(cat out)"
expect 0 '*' "$HCBENCH" sweep s.yaml --db a.db --set bits=6 --dry-run
[ "$(wc -l <out)" -eq 3 ] || fail 'dry run: not a line per point'

# A new technology prices stored points without running them again; what no decoder passes has no energy,
# now or later.
sed -i 's/technologies: unit/technologies: [unit, 45nm-hp]/' s.yaml
expect 0 '*' "$HCBENCH" sweep s.yaml --db a.db
grep -q 'priced 6 stored points with 45nm-hp' err || fail "not priced: $(cat err)"
grep -q '^0 new points' err || fail 'a new technology re-ran points'
expect 0 '' "$HCBENCH" query --db a.db --sql "SELECT count(*) AS n FROM energy AS e JOIN point AS p ON
	p.point_id = e.point_id WHERE p.weight_reads IS NULL OR e.energy_pj NOT BETWEEN 1 AND 1e12" --format csv
[ "$(tail -n 1 out)" = 0 ] || fail "points without counts have energies: $(cat out)"

# What the manifest says of the shipped networks is what models.csv says, and the files are those.
models=$SOURCE_DIR/datasets/models
grep -v '^#' "$models/models.csv" | tail -n +2 | while IFS=, read -r name file _ _ _ accuracy _ sha256 _; do
	echo "$sha256  $models/$file" | sha256sum --quiet -c || echo "$name: sha256"
	grep -Eq "^#   $name .* $accuracy %$" "$SOURCE_DIR/datasets/manifest" || echo "$name: manifest"
done >models.txt
[ ! -s models.txt ] || fail "models.csv, manifest and files differ: $(cat models.txt)"

"$HCBENCH" help man >page.1
cmp -s page.1 "$SOURCE_DIR/docs/hcbench.1" || fail 'docs/hcbench.1 is stale: hcbench help man > docs/hcbench.1'
# A disk that is full under stdout is an error, not silence.
[ ! -e /dev/full ] || { "$HCBENCH" list fields >/dev/full 2>err; [ $? -eq 3 ] || fail 'a full disk went unnoticed'; }

"$HCBENCH" help completion >complete.txt
bash -n complete.txt || fail 'the completion is not bash'
for c in sweep run query compare figures eval inspect compress decompress verify array list doctor; do
	expect 0 '' "$HCBENCH" $c --help
	grep -oE -- ' --[a-z0-9-]+' out | sort -u >options.txt
	while read -r option; do
		grep -q -- "$option" complete.txt || fail "completion of $c lacks $option"
		[ "$option" = --help ] || grep -q -- "$(printf '%s' "$option" | sed 's/-/\\\\-/g')" page.1 ||
			fail "man page lacks $option of $c"
	done <options.txt
done
expect 0 '' "$HCBENCH" --version
expect 0 '' "$HCBENCH" --help
finish
