#!/usr/bin/env bash
# What query refuses, what it suggests, and groups, fronts and formats over a small database, each
# against the same computed by the sqlite3 shell.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
ok=$SOURCE_DIR/tests/vectors/onnx/ok_conv_pool_gemm.onnx
printf 'technologies: unit\ngrids:\n  - { model: "%s", data: none, bits: 3..6, codec: [raw, huffman, zeromask, "dict:4"], memory: 64KiB, buffer: 64KiB }\n' \
	"$ok" >s.yaml
expect 0 '*' "$HCBENCH" sweep s.yaml --db a.db
q=("$HCBENCH" query --db a.db)

# A group's first row under --sort is its best one; n and the ends are SQL's.
expect 0 '' "${q[@]}" --group-by codec --sort compressed_bits --format csv \
	--columns 'codec,n,compressed_bits,min(compressed_bits),max(compressed_bits),mean(compressed_bits),bits'
tail -n +2 out | sort >ours
sqlite3 -csv a.db 'SELECT codec, count(*), min(compressed_bits), min(compressed_bits), max(compressed_bits),
	printf("%.12g", avg(compressed_bits)), (SELECT bits FROM results AS b WHERE b.codec = a.codec
	ORDER BY compressed_bits LIMIT 1) FROM results AS a GROUP BY codec ORDER BY 1' | tr -d '"\r' | sort >theirs
cmp -s ours theirs || fail "group-by: $(diff ours theirs)"
expect 0 '' "${q[@]}" --group-by codec --limit 2 --format csv
[ "$(wc -l <out)" -eq 3 ] || fail '--limit does not cut groups'
expect 0 '' "${q[@]}" --pareto=-compressed_bits,+weight_rmse,-bits --group-by bits --format csv
[ "$(wc -l <out)" -gt 1 ] || fail 'no front of three columns'

# A missing value is not the best one.
expect 0 '' "${q[@]}" --sort energy_pj --columns energy_pj --format csv
[ -n "$(sed -n 2p out)" ] || fail 'missing values come first'
grep -qx '' out || fail 'no missing value to sort: the check above says nothing'

for format in table csv json jsonl md latex; do
	expect 0 '' "${q[@]}" --group-by codec --format $format
	[ -s out ] || fail "$format: nothing"
done
grep -q '^\\toprule' <("${q[@]}" --format latex) || fail 'latex without the rules of booktabs'

# One line each, with the name that was meant.
expect 2 "did you mean 'compressed_bits'" "${q[@]}" --sort compresed_bits
expect 2 "did you mean 'bits_per_weight'" "${q[@]}" --columns bits_per_wight
expect 2 "did you mean 'codec'" "${q[@]}" --group-by codecs
expect 2 "did you mean 'model'" "${q[@]}" --pareto=-bits --within modell
expect 2 "did you mean 'bits'" "${q[@]}" --where 'bitss > 3'
expect 2 "did you mean 'ratio_fp32'" "${q[@]}" --pareto ratio_fp3
expect 2 "did you mean 'layers'" "${q[@]}" --view layer
expect 2 'did you mean --group-by' "${q[@]}" --groupby codec
expect 2 "two columns are named 'codec'" "${q[@]}" --sql 'SELECT codec, codec FROM point' --format json
expect 0 '' "${q[@]}" --sql 'SELECT codec, codec FROM point' --format csv

# Reading only, and not for ever.
before=$(sha256sum a.db)
for sql in "ATTACH 'other.db' AS o" 'PRAGMA user_version' 'DELETE FROM point' 'DROP VIEW best' \
	"SELECT load_extension('x')" 'VACUUM' 'SELECT 1; SELECT 2'; do
	expect 2 'query: ' "${q[@]}" --sql "$sql"
done
[ "$before" = "$(sha256sum a.db)" ] || fail 'a query changed the database'
[ ! -e other.db ] || fail 'ATTACH made a file'
expect 2 'stopped after 1 s' "${q[@]}" --seconds 1 \
	--sql 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n'
finish
