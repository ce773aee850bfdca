#!/usr/bin/env bash
# reproduce: verdicts, their exit status, and a second run that computes nothing.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
export HCBENCH_DATA=$work/none
claims=$SOURCE_DIR/tests/vectors/claims

expect 1 '*' "$HCBENCH" reproduce --claims "$claims" --db a.db --format csv \
	--columns id,network,published,ours,low,high,verdict,reason
cat >want <<'E'
id,network,published,ours,low,high,verdict,reason
digits-again,lenet300-digits,8,3.9987,,,reproduced,
digits,lenet300-digits,3.99,3.9987,,,reproduced,
digits,keras/vgg16,3.99,,,,cannot be run here,needs keras/vgg16: scripts/fetch_datasets keras
five,no network,5,4,,,not reproduced,
sum,no network,4,4,3.5,4.5,reproduced,by hand
E
# Sizes beyond two digits are not the business of this test.
sed -E 's/,3\.99[0-9]+,,/,3.9987,,/' out | diff want - >difference || fail "verdicts: $(cat difference)"
grep -q '^3 reproduced, 1 not reproduced, 1 cannot be run here$' err || fail "no summary: $(cat err)"
grep -q 'digits-again: 1 points to run' err || fail "nothing was run: $(cat err)"
cp out first

# Again: nothing to run, the same verdicts.
expect 1 '*' "$HCBENCH" reproduce --claims "$claims" --db a.db --format csv \
	--columns id,network,published,ours,low,high,verdict,reason
cmp -s out first || fail 'the second run differs'
grep -q 'to run' err && fail "the second run computed: $(cat err)"
[ "$(sqlite3 a.db 'SELECT count(*) FROM point')" -eq 1 ] || fail 'points: not one'

# JSON has exactly the promised names; status 0 without a claim that fails.
expect 0 '*' "$HCBENCH" reproduce --claims "$claims" --db a.db --format json 'dig*' sum
names=$(sqlite3 :memory: "SELECT group_concat(k.key) FROM json_each(CAST(readfile('out') AS TEXT), '\$[0]') AS k")
[ "$names" = id,source,claim,network,published,ours,low,high,verdict,point,reason ] || fail "JSON names: $names"
expect 0 '*' "$HCBENCH" reproduce --claims "$claims" --db a.db --network '*digits' --format csv digits
[ "$(wc -l <out)" -eq 2 ] || fail "--network: $(cat out)"

expect 0 '*' "$HCBENCH" reproduce --claims "$claims" --db a.db --network 'no*' --format csv sum digits
[ "$(wc -l <out)" -eq 2 ] || fail "--network of a claim without one: $(cat out)"
expect 0 '*' "$HCBENCH" reproduce --db b.db --network 'no *' 'nvdla*' huff0-proba70 --format csv
[ "$(wc -l <out)" -eq 2 ] || fail "--network with claims of several together: $(cat out)"

expect 0 '' "$HCBENCH" reproduce --claims "$claims" --list --format csv
[ "$(wc -l <out)" -eq 5 ] || fail "--list: $(cat out)"
expect 2 "unknown claim 'sun'; did you mean 'sum'" "$HCBENCH" reproduce --claims "$claims" --db a.db sun
expect 3 'nowhere' "$HCBENCH" reproduce --claims nowhere --db a.db
mkdir bad
sed 's/^sql/sqll/' "$claims/sum.yaml" >bad/sum.yaml
expect 4 "bad/sum.yaml:10: unknown key 'sqll'; did you mean 'sql'" "$HCBENCH" reproduce --claims bad --db a.db
# A statement that cannot be run is that claim's verdict, and the next one is judged.
cp "$claims/five.yaml" bad/
sed 's/SELECT 2/SELEKT 2/' "$claims/sum.yaml" >bad/sum.yaml
expect 1 '*' "$HCBENCH" reproduce --claims bad --db a.db --format csv --columns id,verdict
[ "$(tail -n +2 out | tr '\n' ' ')" = 'five,not reproduced sum,cannot be run here ' ] || fail "bad SQL: $(cat out)"
finish
