#!/usr/bin/env bash
# tests/cli/golden/*.txt: the first line is a command, "$ hcbench ...", the rest exactly what it prints
# on stdout and stderr, and its exit status. Accept changes with: UPDATE=1 ctest -R cli_transcripts
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$SOURCE_DIR" || exit 1 # commands name files of the tree

shown=0
for transcript in "$SOURCE_DIR"/tests/cli/golden/*.txt; do
	line=$(head -n 1 "$transcript")
	arguments=()
	eval "arguments=(${line#\$ hcbench })"
	{
		echo "$line"
		"$HCBENCH" "${arguments[@]}" 2>&1 </dev/null
		echo "exit status $?"
	} >"$work/now"
	[ -z "${UPDATE:-}" ] || cp "$work/now" "$transcript"
	diff -u "$transcript" "$work/now" >"$work/difference" || fail "$(basename "$transcript"): $(head -n 20 "$work/difference")"
	shown=$((shown + 1))
done
[ "$shown" -ge 8 ] || fail "only $shown transcripts"
finish
