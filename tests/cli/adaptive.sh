#!/usr/bin/env bash
# Adaptive evaluation and pruning: what is stored is confirmed on all images where it is on a front,
# and the same whatever the jobs, interruptions and the order of runs.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1

# One instruction set, so that a top-1 class on the edge falls the same way on every machine.
export DNNL_MAX_CPU_ISA=SSE41
cat >s.yaml <<'END'
technologies: unit
defaults: { model: [lenet300-digits], scope: [global, tensor], group: [1, 8], codec: [raw, "dict:16"] }
grids:
  - { quant: none, scope: tensor, codec: raw }
  - { bits: [2, 3], trim: 0 }
  - { bits: 4, trim: 0..2 }
  - { bits: 5, trim: [0, 1, 2, 4, 6] }
  - { bits: 6, trim: "0..16:8" }
  - { bits: [8, 9], trim: 0..1 }
END

sql() { "$HCBENCH" query --db "$1" --format csv --sql "$2" | tail -n +2; }
sweep() { # DB OPTION..
	local db=$1
	shift
	expect 0 '*' "$HCBENCH" sweep s.yaml --db "$db" "$@"
}

# Every column of lossy prefixes and points but identities and the run.
content() {
	"$HCBENCH" query --db "$1" --view accuracy --sort lossy --format csv --columns \
		"$(columns "$1" accuracy)" && "$HCBENCH" query --db "$1" --view points --sort point --format csv \
		--columns "$(columns "$1" points)"
}
columns() {
	"$HCBENCH" query --db "$1" --view "$2" --format csv | head -1 | tr , '\n' |
		grep -vE '^(lossy_id|point_id|run_id)$' | paste -sd,
}
same() { # A B WHAT
	content "$1" >a.csv
	content "$2" >b.csv
	cmp -s a.csv b.csv || fail "$3: $(diff a.csv b.csv | head -4)"
	[ "$(wc -l <a.csv)" -gt 40 ] || fail "$3: nothing compared"
}

# front DB NOTHING MOST: of points with an accuracy that lose at most MOST; up to NOTHING is nothing.
front() {
	sql "$1" "WITH r AS (SELECT compressed_bits AS bits, min(max(-top1_delta, $2)) AS loss FROM results
			WHERE verdict IS NULL AND verified = 1 AND top1_delta >= -$3 - 1e-9 GROUP BY 1)
		SELECT bits, round(loss, 9) FROM r WHERE NOT EXISTS (SELECT 1 FROM r AS s
			WHERE s.bits < r.bits AND s.loss <= r.loss) ORDER BY bits"
}
verdicts() { sql "$1" 'SELECT count(*) FROM lossy WHERE verdict IS NOT NULL'; }

sweep exact.db --jobs 2
grep -q 'evaluations saw' err && fail 'a sweep on all images counts images'
[ "$(verdicts exact.db)" = 0 ] || fail 'verdicts without --evaluate adaptive'
prefixes=$(sql exact.db 'SELECT count(*) FROM lossy')

# Verdicts are right, the front is confirmed and is that of all images.
sweep adaptive.db --jobs 1 --evaluate adaptive:1
grep -Eq '^evaluations saw [0-9]+ of [0-9]+ images, 1 in ' err || fail "no count of images: $(cat err)"
grep -q '^confirming ' err || fail 'no front to confirm'
[ "$(verdicts adaptive.db)" -gt 5 ] || fail "only $(verdicts adaptive.db) verdicts of $prefixes"
[ "$(sql adaptive.db 'SELECT count(*) FROM unconfirmed')" = 0 ] || fail 'unconfirmed rows are left on the front'
[ "$(sql adaptive.db "SELECT count(*) FROM lossy WHERE verdict IS NOT NULL AND (images > total_images
	OR coalesce(top1, correct, correct5, top5, mcnemar_p, selection_images, selection_delta, confirm_delta)
	IS NOT NULL OR top1_delta_low > top1_delta OR top1_delta > top1_delta_high OR rule NOT LIKE 'loss against 1 %')")" = 0 ] ||
	fail 'a verdict pretends to be an accuracy'
for db in exact adaptive; do
	sql $db.db "SELECT lower(hex(lossy_key)), coalesce(verdict, CASE WHEN top1_delta >= -1 - 1e-9
		THEN 'keeps' ELSE 'loses' END) FROM lossy ORDER BY 1" >$db.verdicts
	front $db.db 0 1 >$db.front
	"$HCBENCH" query --db $db.db --where 'verdict IS NULL AND top1_delta >= -1' --pareto bits_per_weight,top1 \
		--columns point,compressed_bits,top1,top1_delta --format csv >$db.pareto
	sql $db.db 'SELECT loss_level, key, top1_delta FROM best WHERE loss_level <= 1' >$db.best
done
cmp -s exact.verdicts adaptive.verdicts || fail "verdicts: $(diff exact.verdicts adaptive.verdicts | head -4)"
cmp -s exact.front adaptive.front || fail "front: $(diff exact.front adaptive.front)"
cmp -s exact.pareto adaptive.pareto || fail "query --pareto: $(diff exact.pareto adaptive.pareto | head -4)"
cmp -s exact.best adaptive.best || fail "view best: $(diff exact.best adaptive.best)"
[ "$(wc -l <exact.front)" -ge 2 ] || fail 'a front of one point shows nothing'
[ "$(sql adaptive.db "SELECT count(*) FROM best WHERE images < 2000 OR safe_top1_delta < -loss_level - 1e-9")" = 0 ] ||
	fail 'view best shows a verdict'

# Again: nothing to do. Two jobs: the same rows.
sweep adaptive.db --jobs 2 --evaluate adaptive:1
grep -q '^0 new points (0 evaluations)' err || fail "a second adaptive run did work: $(cat err)"
sweep two.db --jobs 2 --evaluate adaptive:1
same adaptive.db two.db 'two jobs'

# The study can ask for it too.
{ cat s.yaml && echo 'evaluate: adaptive:1'; } >adaptive.yaml
expect 0 '*' "$HCBENCH" sweep adaptive.yaml --db adaptive.db
grep -q '^0 new points (0 evaluations)' err || fail "evaluate: in the study is another: $(cat err)"

# Interrupted again and again, killed once, at any phase: the same rows in the end.
"$HCBENCH" sweep s.yaml --db cut.db --jobs 2 --evaluate adaptive:1 >/dev/null 2>&1 &
pid=$!
sleep 0.7
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
for _ in {1..12}; do
	"$HCBENCH" sweep s.yaml --db cut.db --jobs 2 --evaluate adaptive:1 >/dev/null 2>err &
	pid=$!
	sleep 0.$((RANDOM % 9 + 1))
	kill -INT $pid 2>/dev/null
	wait $pid
	status=$?
	[ $status -eq 0 ] && break
	[ $status -eq 130 ] || fail "interrupted sweep ended with $status: $(cat err)"
done
sweep cut.db --evaluate adaptive:1
same adaptive.db cut.db 'interrupted and resumed'

# All images afterwards: as if it had always been so.
sweep adaptive.db --evaluate all
[ "$(verdicts adaptive.db)" = 0 ] || fail "--evaluate all left $(verdicts adaptive.db) verdicts"
same exact.db adaptive.db 'upgraded'
sweep adaptive.db --evaluate adaptive:1
same exact.db adaptive.db 'a verdict in the place of an accuracy'

# Pruned: fewer evaluations, the same front.
for how in "0 1" "0 2" "0.1 1" "0.1 2" "0.1 1 adaptive:1"; do
	read -r nothing jobs evaluate <<<"$how"
	rm -f pruned.db
	sweep pruned.db --jobs "$jobs" --prune "$nothing" ${evaluate:+--evaluate "$evaluate"}
	grep -q "^pruned: [1-9][0-9]* evaluations with .* at most $nothing points" err || fail "--prune $how: $(cat err)"
	most=${evaluate:+1}
	front exact.db "$nothing" "${most:-100}" >all.front
	front pruned.db "$nothing" "${most:-100}" >pruned.front
	cmp -s all.front pruned.front || fail "--prune $how: $(diff all.front pruned.front)"
	[ "$(sql pruned.db 'SELECT count(*) FROM lossy')" -lt "$prefixes" ] || fail "--prune $how saved nothing"
	sweep pruned.db --jobs "$jobs" --prune "$nothing" ${evaluate:+--evaluate "$evaluate"}
	grep -q '^0 new points (0 evaluations)' err || fail "--prune $how again did work: $(cat err)"
done
[ "$(sql pruned.db "SELECT count(*) FROM lossy WHERE verdict = 'keeps'")" = 0 ] || fail 'pruned by a verdict'

# Pruning after verdicts asks what they did not say; all that was left out can follow.
sweep two.db --prune 0.1 --evaluate adaptive:1
front exact.db 0.1 1 >all.front
front two.db 0.1 1 >pruned.front
cmp -s all.front pruned.front || fail "pruned after verdicts: $(diff all.front pruned.front)"
sweep pruned.db
same exact.db pruned.db 'completed after pruning'

# Refused before any database exists.
refused() { # REGEX OPTION..
	expect 2 "$1" "$HCBENCH" sweep s.yaml --db no.db "${@:2}"
	[ ! -e no.db ] || fail "a database in spite of ${*:2}"
	rm -f no.db*
}
refused "--prune: '-1' is no loss in percentage points" --prune -1
refused "--prune: 'x' is no loss" --prune x
refused "--prune: 'nan' is no loss" --prune nan
refused "--prune: '100.1' is no loss" --prune 100.1
refused "evaluate: 'adaptive' is not valid .expected all, or adaptive:POINTS" --evaluate adaptive
refused "evaluate: 'adaptive:0' is not valid" --evaluate adaptive:0
refused "evaluate: 'adaptive:101' is not valid" --evaluate adaptive:101
refused "evaluate: 'most' is not valid" --evaluate most
refused "--prune 0.5: .*adaptive:0.1 .*at most 0.1" --prune 0.5 --evaluate adaptive:0.1
for bad in adaptive adaptive:0 adaptive:101 '[all]' 3; do
	{ cat s.yaml && echo "evaluate: $bad"; } >bad.yaml
	expect 2 "bad.yaml:10: evaluate: " "$HCBENCH" sweep bad.yaml --db no.db
	[ ! -e no.db ] || fail "a database in spite of evaluate: $bad"
done
finish
