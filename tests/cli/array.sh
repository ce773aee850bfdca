#!/usr/bin/env bash
# hcbench array: SCALE-Sim's own numbers from its layers, whatever the order of the columns; rows that
# are none are refused with file and line.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
vector=$SOURCE_DIR/datasets/scalesim.csv

# Columns of the vector: 1 layer, 2-7 m n k rows cols dataflow, 8 cycles, 9 stalls, 10 utilization,
# 11-13 reads and writes. The runs that never stall, asked for in another order of the columns.
grep -v '^#' "$vector" | awk -F, '$9 == 0 || NR == 1' >runs.csv
awk -F, -v OFS=, '{ print $7, $6, $5, $4, $3, $2 }' runs.csv >turned.csv
awk -F, -v OFS=, 'NR > 1 { print $8, $11, $12, $13, sprintf("%.6f", $10) }' runs.csv >wanted.csv
[ "$(wc -l <wanted.csv)" -eq 268 ] || fail "$(wc -l <wanted.csv) runs"
expect 0 '' "$HCBENCH" array turned.csv
head -1 out | grep -qx 'dataflow,array_cols,array_rows,k,n,m,cycles,ifmap_reads,filter_reads,ofmap_writes,utilization,true_cycles,true_ofmap_writes,true_utilization' ||
	fail "header: $(head -1 out)"
awk -F, -v OFS=, 'NR > 1 { print $7, $8, $9, $10, sprintf("%.6f", $11) }' out >got.csv
cmp wanted.csv got.csv || fail "not SCALE-Sim's numbers: $(diff wanted.csv got.csv | head -4)"
cp out turned.out

# The same from a pipe; other columns, comments, blank lines, CRLF, quotes and blanks change nothing.
"$HCBENCH" array - <turned.csv >piped.out 2>err || fail "stdin: $(cat err)"
cmp -s piped.out turned.out || fail 'stdin differs from the file'
printf '\xef\xbb\xbf# of my network\r\n\r\nname , m,n,k,array_rows,array_cols,dataflow\r\n"a, b",256,128, 256 ,32,32,"os"\r\n' >dos.csv
expect 0 '' "$HCBENCH" array dos.csv
[ "$(sed -n 2p out)" = '"a, b",256,128,256,32,32,os,10175,262144,262144,34816,80.5110565111,10176,32768,80.5031446541' ] ||
	fail "dos.csv: $(cat out)"
printf 'm,n,k,array_rows,array_cols,dataflow\n1,1,1,1,1,os\n' >one.csv
expect 0 '' "$HCBENCH" array one.csv
[ "$(sed -n 2p out)" = '1,1,1,1,1,os,0,1,1,3,,1,1,100' ] || fail "one multiplication: $(cat out)"
expect 0 '' "$HCBENCH" array one.csv --format json
[ "$(sqlite3 :memory: "SELECT json_extract(CAST(readfile('out') AS TEXT), '\$[0].true_cycles')")" = 1 ] || fail 'not JSON'

bad() { printf '%b' "m,n,k,array_rows,array_cols,dataflow\n4,4,4,2,2,ws\n$1\n" >bad.csv; }
for row in 0,4,4,2,2,ws -1,4,4,2,2,ws 4.5,4,4,2,2,ws x,4,4,2,2,ws ,4,4,2,2,ws 4294967297,4,4,2,2,ws; do
	bad "$row" && expect 4 'bad.csv:3: m is .*expected a whole number' "$HCBENCH" array bad.csv
done
bad 4,4,4,0,2,ws && expect 4 'bad.csv:3: array_rows is' "$HCBENCH" array bad.csv
bad 4,4,4,2,65537,ws && expect 4 'bad.csv:3: array_cols is .*1..65536' "$HCBENCH" array bad.csv
bad 4294967296,4294967296,2,2,2,ws && expect 4 'bad.csv:3: m n k is more than' "$HCBENCH" array bad.csv
bad 4,4,4,2,2,WS && expect 4 "bad.csv:3: dataflow is 'WS', expected ws, os or is" "$HCBENCH" array bad.csv
bad 4,4,4,2,2 && expect 4 'bad.csv:3: 5 fields, expected 6' "$HCBENCH" array bad.csv
bad 4,4,4,2,2,ws,7 && expect 4 'bad.csv:3: 7 fields, expected 6' "$HCBENCH" array bad.csv
bad '4,4,4,2,2,"ws' && expect 4 'bad.csv:3: a quoted field' "$HCBENCH" array bad.csv
bad '4,4,4,2,2,w\0000s' && expect 4 'bad.csv:3: a NUL byte' "$HCBENCH" array bad.csv
[ ! -s out ] || fail 'results in front of an error'
: >bad.csv && expect 4 'bad.csv: empty' "$HCBENCH" array bad.csv
echo 'm,n,k,array_rows,array_cols' >bad.csv && expect 4 "bad.csv:1: no column 'dataflow'" "$HCBENCH" array bad.csv
echo 'm,n,k,m,array_rows,array_cols,dataflow' >bad.csv && expect 4 "bad.csv:1: the column 'm' stands twice" "$HCBENCH" array bad.csv
echo 'm,n,k,array_rows,array_cols,dataflow,cycles' >bad.csv && expect 4 "bad.csv:1: .*'cycles' has the name of a result" "$HCBENCH" array bad.csv
expect 3 'missing.csv' "$HCBENCH" array missing.csv
expect 2 'FILE.csv' "$HCBENCH" array
expect 2 'no .xml' "$HCBENCH" array one.csv --format xml
finish
