#!/usr/bin/env bash
# bench/ci.yaml reproduces results/golden/ci.csv byte for byte, with one job and with two, and when it
# is interrupted and resumed. Accept new numbers with: UPDATE=1 ctest -R cli_golden
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"

# One instruction set, so that a top-1 class on the edge falls the same way on every machine.
export DNNL_MAX_CPU_ISA=SSE41
study=$SOURCE_DIR/bench/ci.yaml
golden=$SOURCE_DIR/results/golden/ci.csv
columns=point,technology,compressed_bits,stream_bits,dict_bits,side_bits,padding_bits,bits_per_weight
columns+=,ratio_fp32,ratio_int8,ratio_dense,entropy0_bits,efficiency,zeros,verified,images,top1,top1_low
columns+=,top1_high,top1_delta,lost,gained,selection_delta,decode_cycles,decode_output_stalls
columns+=,inference_cycles,weight_reads,dram_bits,codes,macs,energy_pj,energy_decoder_pj,energy_raw_pj
columns+=,energy_int8_pj

table() {
	"$HCBENCH" query --db "$1" --sort point,technology --columns "$columns" --format csv
}

# Every point has its layers and energies, which add up to the whole; every untrimmed network its histogram.
complete() {
	"$HCBENCH" query --db "$1" --format csv --sql "SELECT
		(SELECT count(*) FROM point WHERE status <> 'ok'),
		(SELECT count(*) FROM point AS p WHERE (SELECT count(*) FROM layer AS y WHERE y.point_id = p.point_id)
			<> (SELECT count(*) FROM kernel AS k JOIN lossy AS l ON k.model_id = l.model_id WHERE l.lossy_id = p.lossy_id)),
		(SELECT count(*) FROM point AS p WHERE (SELECT count(*) FROM energy AS e WHERE e.point_id = p.point_id) <> 2),
		(SELECT count(*) FROM lossy AS l WHERE trim = 0 AND clip = 'none' AND quant <> 'none'
			AND NOT EXISTS (SELECT 1 FROM histogram AS h WHERE h.lossy_id = l.lossy_id)),
		(SELECT count(*) FROM energy AS e WHERE abs(1 - (SELECT sum(component_pj) FROM breakdown AS b
			WHERE b.point_id = e.point_id AND b.technology = e.technology) / energy_pj) > 1e-12),
		(SELECT count(*) FROM energy AS e WHERE abs(1 - (SELECT sum(layer_energy_pj) FROM layers AS y
			WHERE y.point_id = e.point_id AND y.technology = e.technology) / energy_pj) > 1e-12)" | tail -1
}

for jobs in 1 2; do
	expect 0 '*' "$HCBENCH" sweep "$study" --db "$work/$jobs.db" --jobs $jobs
	table "$work/$jobs.db" >"$work/$jobs.csv"
	[ "$(complete "$work/$jobs.db")" = 0,0,0,0,0,0 ] || fail "incomplete: $(complete "$work/$jobs.db")"
done
if [ -n "${UPDATE:-}" ]; then
	cp "$work/1.csv" "$golden"
	echo "wrote $golden: review the difference"
fi
cmp "$golden" "$work/1.csv" || {
	fail 'one job differs from the golden table'
	diff "$golden" "$work/1.csv" | head -4
}
cmp "$golden" "$work/2.csv" || fail 'two jobs differ from the golden table'

# Interrupted again and again, the same command finishes the same table.
for _ in {1..20}; do
	"$HCBENCH" sweep "$study" --db "$work/cut.db" --jobs 2 >"$work/out" 2>"$work/err" &
	pid=$!
	sleep 0.$((RANDOM % 9 + 1))
	kill -INT $pid 2>/dev/null
	wait $pid
	status=$?
	case $status in
	0) break ;;
	130) grep -q 'resume with' "$work/err" || fail 'no advice on how to resume' ;;
	*) fail "interrupted sweep ended with $status: $(cat "$work/err")" ;;
	esac
done
expect 0 '*' "$HCBENCH" sweep "$study" --db "$work/cut.db" --jobs 2
table "$work/cut.db" >"$work/cut.csv"
cmp "$golden" "$work/cut.csv" || fail 'resumed differs from uninterrupted'
[ "$(complete "$work/cut.db")" = 0,0,0,0,0,0 ] || fail "incomplete after resuming: $(complete "$work/cut.db")"
expect 0 '*' "$HCBENCH" sweep "$study" --db "$work/cut.db" --jobs 2
grep -q '^0 new points (0 evaluations)' "$work/err" || fail "a finished sweep did work again: $(cat "$work/err")"

# kill -9 in the middle loses only what was not yet committed.
"$HCBENCH" sweep "$study" --db "$work/killed.db" --jobs 2 >/dev/null 2>&1 &
pid=$!
sleep 1
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
expect 0 '*' "$HCBENCH" sweep "$study" --db "$work/killed.db" --jobs 2
table "$work/killed.db" >"$work/killed.csv"
cmp "$golden" "$work/killed.csv" || fail 'killed and resumed differs from uninterrupted'
[ "$(complete "$work/killed.db")" = 0,0,0,0,0,0 ] || fail "incomplete after a kill: $(complete "$work/killed.db")"
finish
